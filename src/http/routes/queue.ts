import type { Context } from '../../context.ts'
import { queueStats } from '../../remediation/queue-stats.ts'
import { queueAnswer } from '../action-schemas.ts'
import { answer } from '../answer.ts'
import type { Route } from '../route.ts'

/** How much waits to be executed, and how it went. */
export const queueRoutes = (context: Context): Route[] => [
  {
    method: 'get',
    path: '/api/v1/queue/stats',
    tag: 'Stats',
    summary: 'The queue of actions, and the jobs behind everything',
    answers: { 200: { description: 'Counted from what is stored', schema: queueAnswer } },
    handle: async () => {
      const [stats, jobs] = await Promise.all([queueStats(context.db), context.queue.depth()])
      return answer(200, { ...stats, jobs })
    },
  },
]
