import type { Context } from '../../context.ts'
import { stats } from '../../incident/stats.ts'
import { answer } from '../answer.ts'
import type { Route } from '../route.ts'
import { statsAnswer } from '../schemas.ts'

/** Counters for a first look; for graphs there is /metrics on the ops port. */
export const statsRoutes = (context: Context): Route[] => {
  const route: Route = {
    method: 'get',
    path: '/api/v1/stats',
    tag: 'Stats',
    summary: 'Counters: alerts, incidents, investigations, tokens, money',
    answers: { 200: { description: 'Counters over everything that is stored', schema: statsAnswer } },
    handle: async () => answer(200, await stats(context.db)),
  }
  return [route, { ...route, path: '/api/stats' }]
}
