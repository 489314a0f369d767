import { answer } from '../answer.ts'
import { docsPage, type OpenApiDocument } from '../docs-page.ts'
import type { Route } from '../route.ts'
import { health } from '../schemas.ts'

/** What answers without a token: whether the process lives, and what the API is. */
export const openRoutes = (document: () => OpenApiDocument): Route[] => [
  alive('/health'),
  alive('/healthz'),
  {
    method: 'get',
    path: '/openapi.json',
    tag: 'About',
    summary: 'This document',
    open: true,
    answers: { 200: { description: 'OpenAPI 3.1' } },
    handle: () => answer(200, document()),
  },
  {
    method: 'get',
    path: '/docs',
    tag: 'About',
    summary: 'This document as a page',
    open: true,
    answers: { 200: { description: 'HTML' } },
    handle: () => new Response(docsPage(document()), { headers: PAGE }),
  },
]

const alive = (path: string): Route => ({
  method: 'get',
  path,
  tag: 'About',
  summary: 'Whether the process lives; whether it is ready is on the ops port',
  open: true,
  answers: { 200: { description: 'It lives', schema: health } },
  handle: () => answer(200, { status: 'healthy', service: 'vigil' }),
})

const PAGE = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
}
