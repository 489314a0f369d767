import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context as HonoContext } from 'hono'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import { refuse } from './answer.ts'
import type { Authorise } from './auth.ts'
import { type Body, readBody, readRaw } from './body.ts'
import { failure, isTransient, within } from './failure.ts'

/** What a handler is given of a request. */
type Call = {
  readonly param: (name: string) => string
  readonly query: Readonly<Record<string, string>>
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown
  /** The body's very bytes, for a signature over them. */
  readonly raw: Uint8Array
  readonly header: (name: string) => string | undefined
}

/** One method of one path: what it does, and what the OpenAPI document says of it. */
export type Route = {
  readonly method: 'get' | 'post' | 'put'
  /** As OpenAPI writes it: `/api/v1/triage/{id}`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** Answers without a token. */
  readonly open?: true
  /** Answers to a signature instead of the token: the handler checks it over `raw`, and only then parses that itself. */
  readonly signed?: { readonly maxBytes: number }
  readonly query?: z.ZodObject
  readonly params?: z.ZodObject
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean; readonly example: unknown }
  /** Its own answers; those that every route has are added to the document. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>
  /** Milliseconds that it may take before the sender is told to come back; default 1,800. */
  readonly deadlineMs?: number
  handle(call: Call): Promise<Response> | Response
}

/** Set for each request, so that metrics and logs carry the pattern and not the path. */
export type Env = { Variables: { route: string } }

/** A sender hears 503 within 2 s when the database is gone (SAFETY T5); a body of several MB takes longer to store. */
const DEADLINE = 1800
const MB = 1024 * 1024

type Mounting = { readonly context: Context; readonly authorise: Authorise; readonly suspect: () => void }

/** Serves the routes. Another method on one of their paths is 405, which hono would answer with 404. */
export const mount = (app: OpenAPIHono<Env>, routes: readonly Route[], mounting: Mounting): void => {
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path)
    const allow = here.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])).join(', ')
    for (const route of here) app.on(route.method.toUpperCase(), pattern(path), (c) => serve(c, route, mounting))
    app.all(pattern(path), (c) => {
      c.set('route', path)
      return refuse(405, 'method_not_allowed', `${path} takes ${allow} only.`, { allow })
    })
  }
}

const pattern = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

const serve = async (c: HonoContext<Env>, route: Route, { context, authorise, suspect }: Mounting): Promise<Response> => {
  c.set('route', route.path)
  try {
    const refusal = route.open || route.signed ? undefined : authorise(c.req.header('authorization'))
    if (refusal !== undefined) return refusal
    const body = await bodyOf(c.req.raw, route, context.config.http.max_body_mb * MB)
    if (!body.read) return body.refusal
    if (route.body?.required && !route.signed && body.bytes === 0) return refuse(400, 'invalid_json', 'The body is empty; this needs JSON.')
    const { value, raw } = body
    const header = (name: string): string | undefined => c.req.header(name)
    const call: Call = { param: (name) => c.req.param(name) ?? '', query: c.req.query(), body: value, raw, header }
    const deadline = (route.deadlineMs ?? DEADLINE) * Math.max(1, Math.ceil(body.bytes / MB))
    return await within(context.clock, deadline, Promise.resolve(route.handle(call)))
  } catch (error) {
    if (isTransient(error)) suspect()
    return failure(error, context.log, route.path)
  }
}

const bodyOf = async (request: Request, { body, signed }: Route, maxBytes: number): Promise<Body> => {
  if (body === undefined) return NO_BODY
  return signed === undefined
    ? readBody(request, { maxBytes, ownLimit: false })
    : readRaw(request, { maxBytes: signed.maxBytes, ownLimit: true })
}

const NO_BODY = { read: true, value: undefined, raw: Buffer.alloc(0), bytes: 0 } as const
