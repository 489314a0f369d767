import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { FailHow } from './faults.ts'
import { chatMethods } from './methods/chat.ts'
import { conversationMethods } from './methods/conversations.ts'
import { fileMethods } from './methods/files.ts'
import { type Answer, type Body, type Method, refuse, textOf } from './methods/method.ts'
import { peopleMethods } from './methods/people.ts'
import { viewMethods } from './methods/views.ts'
import type { Slack } from './slack.ts'

/** Answers one call of the Web API as Slack would, faults and rates first. Every call is kept in `state.calls`. */
export const answerCall = async (slack: Slack, c: Context<{ Bindings: HttpBindings }>): Promise<Response> => {
  const method = c.req.param('method') ?? ''
  const body = await readBody(c.req.raw)
  const channel = textOf(body, 'channel')
  if (slack.disruption.isDown()) return cut(c)
  const wait = slack.disruption.limited(method, channel) || slack.rates.take(method, channel)
  if (wait > 0)
    return reply(slack, { method, body }, { answer: refuse('ratelimited'), status: 429, headers: { 'retry-after': String(wait) } })
  if (method === 'apps.connections.open' && slack.sockets.refused())
    return reply(slack, { method, body }, { answer: refuse('fatal_error'), status: 503 })
  const how = slack.disruption.failure(method)
  const token = tokenOf(c.req.raw, body)
  const run = (): Answer => answerOf(slack, { method, body, token })
  return how === undefined ? reply(slack, { method, body }, { answer: run() }) : fail(slack, c, { method, body, how, run })
}

/** Closes the connection without a word. */
export const cut = (c: Context<{ Bindings: HttpBindings }>): Response => {
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

const METHODS: Readonly<Record<string, Method>> = {
  ...chatMethods,
  ...conversationMethods,
  ...peopleMethods,
  ...viewMethods,
  ...fileMethods,
}

const answerOf = (slack: Slack, call: { method: string; body: Body; token: string | undefined }): Answer => {
  const method = METHODS[call.method]
  const { settings } = slack
  if (!method) return refuse('unknown_method', { req_method: call.method })
  if (call.method === 'api.test') return method.run(slack, call.body)
  if (call.token === undefined) return refuse('not_authed')
  const wanted = method.token === 'app' ? settings.appToken : settings.botToken
  if (call.token !== wanted)
    return refuse([settings.appToken, settings.botToken].includes(call.token) ? 'not_allowed_token_type' : 'invalid_auth')
  const scope = typeof method.scope === 'function' ? method.scope(slack, call.body) : method.scope
  if (scope !== undefined && !settings.scopes.has(scope))
    return refuse('missing_scope', { needed: scope, provided: [...settings.scopes].join(',') })
  return method.run(slack, call.body)
}

const fail = (slack: Slack, c: Context<{ Bindings: HttpBindings }>, failing: Failing): Response | Promise<Response> => {
  const { method, body, how, run } = failing
  const note = (answer: unknown): void => record(slack, { at: Date.now(), method, body, status: 0, answer })
  switch (how) {
    case 'cut_before':
      note(how)
      return cut(c)
    case 'cut_after_accept':
      note(run())
      return cut(c)
    case 'hang':
      note(how)
      return new Promise(() => {})
    case 'hang_after_accept':
      note(run())
      return new Promise(() => {})
    default:
      if (typeof how === 'string') return reply(slack, { method, body }, { answer: refuse(how) })
      return reply(
        slack,
        { method, body },
        { answer: refuse('internal_error'), status: how, ...(how === 429 ? { headers: { 'retry-after': '1' } } : {}) },
      )
  }
}

const reply = (slack: Slack, call: { method: string; body: Body }, sent: Sent): Response => {
  record(slack, { at: Date.now(), ...call, status: sent.status ?? 200, answer: sent.answer })
  const scope = METHODS[call.method]?.scope
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'x-oauth-scopes': [...slack.settings.scopes].join(','),
    ...(typeof scope === 'string' ? { 'x-accepted-oauth-scopes': scope } : {}),
    ...sent.headers,
  }
  return new Response(JSON.stringify(sent.answer), { status: sent.status ?? 200, headers })
}

const record = (slack: Slack, call: Slack['state']['calls'][number]): void => {
  slack.state.calls.push(call)
  slack.state.changed({ type: 'call', call })
}

const tokenOf = (request: Request, body: Body): string | undefined => {
  const bearer = /^Bearer\s+(\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  const token = bearer ?? textOf(body, 'token')
  delete body['token']
  return token
}

/** Arguments that are lists or objects come as JSON inside a form. */
const STRUCTURED = ['blocks', 'attachments', 'metadata', 'view', 'files']

const readBody = async (request: Request): Promise<Body> => {
  const type = request.headers.get('content-type') ?? ''
  const query = Object.fromEntries(new URL(request.url).searchParams)
  if (request.method === 'GET') return unpack(query)
  const text = await request.text()
  if (!type.startsWith('application/json')) return unpack({ ...query, ...Object.fromEntries(new URLSearchParams(text)) })
  const json = parsed(text)
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...query, ...json } : query
}

const unpack = (fields: Record<string, string>): Body =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, STRUCTURED.includes(key) ? parsed(value) : value]))

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type Failing = { method: string; body: Body; how: FailHow; run: () => Answer }
type Sent = { answer: Answer; status?: number; headers?: Record<string, string> }
