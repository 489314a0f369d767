import { curve, mended, nothing } from '../curve.ts'
import type { Scenario } from './scenario.ts'

/** v2.14.0 of checkout cuts its database pool from 50 to 10: first single timeouts after a minute, the alert's limit is crossed 3 minutes after the deploy. */
export const badDeploy: Scenario = {
  id: 'bad-deploy',
  title: 'A deploy of checkout cuts its database pool from 50 to 10',
  onsetSeconds: 183,
  effects: (from, until) => ({
    deploy: { previous: 'v2.13.4', version: 'v2.14.0', commit: 'a39bf2c', author: 'alice', poolMax: 10, from, until },
    errors: mended(
      [
        [from + 65, 0],
        [from + 70, 0.004],
        [from + 146, 0.015],
        [from + 171, 0.112],
        [from + 300, 0.124],
      ],
      until,
    ),
    code: '500',
    traffic: nothing,
    slowness: nothing,
    pressure: curve([
      [from + 20, 0],
      [from + 160, 1],
    ]),
    failure: (chance) => `timeout acquiring connection from pool after 3000ms (pool max=10, waiting=${Math.round(29 + chance * 12)})`,
  }),
}
