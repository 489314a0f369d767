import { mended, nothing } from '../curve.ts'
import type { Scenario } from './scenario.ts'

/** A campaign brings four times the normal traffic; checkout sheds what it cannot queue. Nothing was deployed and the database is calm. */
export const traffic: Scenario = {
  id: 'traffic',
  title: 'Four times the usual traffic hits frontend and checkout',
  onsetSeconds: 98,
  effects: (from, until) => ({
    // 0.36 of the normal traffic is 9 % of four times as much.
    errors: mended(
      [
        [from + 50, 0],
        [from + 80, 0.36],
      ],
      until,
    ),
    code: '503',
    traffic: mended(
      [
        [from, 0],
        [from + 60, 3],
      ],
      until,
    ),
    slowness: nothing,
    pressure: nothing,
    failure: (chance) => `request queue full, shedding load (queued=512, in flight=${Math.round(240 + chance * 16)})`,
  }),
}
