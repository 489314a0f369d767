import type { MiddlewareHandler } from 'hono'
import type { Context } from '../context.ts'
import type { Env } from './route.ts'

/** What is asked all day long, and says nothing when it goes well. */
const QUIET = new Set(['/health', '/healthz'])

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** One metric and one log line a request: its pattern, never its path, body or headers, so that labels stay few and secrets out. */
export const observe =
  ({ clock, log, telemetry }: Context): MiddlewareHandler<Env> =>
  async (c, next) => {
    const began = clock.monotonic()
    c.set('route', 'unmatched')
    await next()
    const event = {
      method: METHODS.has(c.req.method) ? c.req.method : 'other',
      route: c.get('route'),
      status: c.res.status,
      ms: Math.round(clock.monotonic() - began),
    }
    telemetry.requested(event)
    log[QUIET.has(event.route) ? 'debug' : 'info'](event, 'request')
  }
