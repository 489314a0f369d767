import { OpenAPIHono } from '@hono/zod-openapi'
import type { Receive } from '../alert/receive.ts'
import type { Context } from '../context.ts'
import { refuse } from './answer.ts'
import { createAuthorise } from './auth.ts'
import { failure } from './failure.ts'
import { type Listening, listen } from './listen.ts'
import { observe } from './observe.ts'
import { documentOf } from './openapi.ts'
import { watchDatabase } from './outage.ts'
import type { Readiness } from './readiness.ts'
import { type Env, mount, type Route } from './route.ts'
import { routesOf } from './routes/index.ts'

/**
 * Opens the API on `config.http`. Throws InputError when the port cannot be had. While the database is gone it answers 503 and
 * sets the readiness part `database`; it clears it itself when the database is back.
 */
export const openApi = async (context: Context, doors: { receive: Receive; readiness: Readiness }): Promise<Listening> => {
  const app = new OpenAPIHono<Env>()
  const watch = watchDatabase(context, doors.readiness)
  const routes: Route[] = routesOf(context, { receive: doors.receive, document: () => document() })
  const document = documentOf(app, routes)
  app.use(observe(context))
  mount(app, routes, { context, authorise: createAuthorise(context.config.api_token), suspect: watch.suspect })
  app.notFound(() => refuse(404, 'not_found', 'There is no such path; /docs lists those that there are.'))
  app.onError((error, c) => failure(error, context.log, c.get('route')))
  const { host, port } = context.config.http
  const { port: opened, close } = await listen(app.fetch, { host, port, variable: 'VIGIL_HTTP_PORT' }, context.clock)
  return {
    port: opened,
    close: async (budgetMs) => {
      await close(budgetMs)
      watch.stop()
    },
  }
}
