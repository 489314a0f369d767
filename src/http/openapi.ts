import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { OpenApiDocument } from './docs-page.ts'
import type { Env, Route } from './route.ts'
import { refusal } from './schemas.ts'

/** Makes the OpenAPI 3.1 document of the routes, from the very schemas that check what comes in. Called again it gives the same one. */
export const documentOf = (app: OpenAPIHono<Env>, routes: readonly Route[]): (() => OpenApiDocument) => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'VIGIL_API_TOKEN',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'signature', {
    type: 'apiKey',
    in: 'header',
    name: 'x-vigil-signature',
    description: "t=<seconds since 1970>,v1=<hex>: HMAC-SHA-256 of `<t>.<body>` with the secret of the action's entry, at most 300 s old",
  })
  for (const route of routes) app.openAPIRegistry.registerPath(configOf(route))
  let made: OpenApiDocument | undefined
  return () => {
    made ??= JSON.parse(JSON.stringify(app.getOpenAPI31Document(about))) as OpenApiDocument
    return made
  }
}

const about = {
  openapi: '3.1.0',
  info: {
    title: 'Vigil',
    version: '1',
    description: 'Alerts in, incidents out. Every error is {"error": {"code", "message"}}; 503 carries Retry-After and may be sent again.',
  },
}

const configOf = (route: Route): RouteConfig => ({
  method: route.method,
  path: route.path,
  tags: [route.tag],
  summary: route.summary,
  ...(route.description === undefined ? {} : { description: route.description }),
  ...(route.open ? {} : { security: [route.signed === undefined ? { token: [] } : { signature: [] }] }),
  request: {
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { query: route.query }),
    ...(route.body === undefined
      ? {}
      : {
          body: {
            required: route.body.required,
            content: { 'application/json': { schema: route.body.schema, example: route.body.example } },
          },
        }),
  },
  responses: Object.fromEntries(
    Object.entries({ ...route.answers, ...commonAnswers(route) }).map(([status, { description, schema }]) => [
      status,
      { description, ...(schema === undefined ? {} : { content: { 'application/json': { schema } } }) },
    ]),
  ),
})

const commonAnswers = (route: Route): Route['answers'] => ({
  ...(route.body === undefined && route.query === undefined
    ? {}
    : { 400: { description: 'It cannot be used; the message says why', schema: refusal } }),
  ...(route.body === undefined ? {} : { 413: { description: 'The body is too large', schema: refusal } }),
  ...(route.open
    ? {}
    : {
        ...(route.signed === undefined ? TOKEN : SIGNATURE),
        500: { description: 'A fault of Vigil', schema: refusal },
        503: { description: 'Not now: overload, or the database is gone', schema: refusal },
      }),
})

const TOKEN: Route['answers'] = {
  401: { description: 'No token, or not the right one', schema: refusal },
  403: { description: 'The API is off: no token is configured', schema: refusal },
}

const SIGNATURE: Route['answers'] = { 401: { description: 'No signature, not the right one, or one that is too old', schema: refusal } }
