import { mended, nothing } from '../curve.ts'
import type { Scenario } from './scenario.ts'

const NEW = 'v2.15.0'
const OLD = 'v2.13.4'
/** What mends it forward. */
const NEXT = 'v2.15.1'

/**
 * v2.15.0 of checkout fails for some customers, and writes orders in a form that the version before cannot read. So the obvious deed makes it
 * worse: from the first pod on that is set back.
 */
export const badRollback: Scenario = {
  id: 'bad-rollback',
  title: 'A deploy of checkout fails for some, and the version before cannot read what it wrote',
  hint: 'Approve the rollback: it gets worse, and the thread offers to take it back with one press. Press that too',
  mended: `Somebody deployed ${NEXT}, which is right for everybody`,
  onsetSeconds: 150,
  sets: {
    to: { version: NEW },
    told: { commit: '7d01c4e', author: 'alice', change: 'ORDER_FORMAT 1 -> 2' },
    isForAll: true,
  },
  mends: { version: NEXT },
  effects: ({ from, until }) => ({
    errors: ({ standing, from: born }) => {
      if (standing.version === NEW)
        return mended(
          [
            [from + 75, 0],
            [from + 85, 0.01],
            [from + 125, 0.02],
            [from + 140, 0.13],
            [from + 300, 0.14],
          ],
          until,
        )
      // What came before wrote and read the old form; what is set back meets the new one.
      return standing.version === OLD && born > from
        ? mended(
            [
              [born, 0],
              [born + 3, 0.62],
            ],
            until,
          )
        : nothing
    },
    code: '500',
    traffic: nothing,
    slowness: nothing,
    pressure: nothing,
    failure: (chance, { standing }) =>
      standing.version === NEW
        ? `no tax rate for region ${['NO-03', 'CH-GE', 'IS-1'][Math.floor(chance * 3)] ?? 'NO-03'} in the new table`
        : `cannot read order ${88_000 + Math.round(chance * 999)}: unknown order format 2 (this version reads up to 1)`,
  }),
}
