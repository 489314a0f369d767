import { curve, nothing } from '../curve.ts'
import type { Scenario } from './scenario.ts'

const BAD = 'v2.14.0'

/**
 * v2.14.0 of checkout cuts its database pool from 50 to 10: first single timeouts after a minute, the alert's limit is crossed 3 minutes
 * after the deploy. Pods of another version do not know the trouble.
 */
export const badDeploy: Scenario = {
  id: 'bad-deploy',
  title: 'A deploy of checkout cuts its database pool from 50 to 10',
  hint: 'Approve the rollback and the thread turns green. Reject it and say why, then mend it yourself',
  mended: 'Somebody deployed the version before',
  onsetSeconds: 183,
  sets: {
    to: { version: BAD, poolMax: 10 },
    told: { commit: 'a39bf2c', author: 'alice', change: 'DB_POOL_MAX 50 -> 10' },
  },
  effects: ({ from }) => {
    const errors = curve([
      [from + 65, 0],
      [from + 70, 0.005],
      [from + 146, 0.019],
      [from + 171, 0.14],
      [from + 300, 0.155],
    ])
    return {
      errors: ({ standing }) => (standing.version === BAD ? errors : nothing),
      code: '500',
      traffic: nothing,
      slowness: nothing,
      pressure: curve([
        [from + 20, 0],
        [from + 160, 1],
      ]),
      failure: (chance) => `timeout acquiring connection from pool after 3000ms (pool max=10, waiting=${Math.round(29 + chance * 12)})`,
    }
  },
}
