import { mended, nothing } from '../curve.ts'
import { type Change, usual } from '../standing.ts'
import type { Scenario } from './scenario.ts'

/** payments-db answers slowly (a lock held by a report), so every pod of checkout runs into its query timeout, whatever its version. */
export const dependencyDown: Scenario = {
  id: 'dependency-down',
  title: 'payments-db becomes slow and checkout waits for it',
  hint: 'No fix is offered: more pods, or new ones, would press harder on the database. The thread says what to do there',
  mended: 'Somebody ended the report that held the lock',
  onsetSeconds: 85,
  effects: ({ from, until, changes }) => {
    const slowness = mended(
      [
        [from, 0],
        [from + 30, 1],
      ],
      until,
    )
    const errors = mended(pressed(from, changes), until)
    return {
      errors: () => errors,
      code: '500',
      traffic: nothing,
      slowness,
      pressure: slowness,
      failure: (chance) => `payments-db: canceling statement due to statement timeout after 2000ms (attempt ${chance < 0.7 ? 1 : 2})`,
    }
  },
}

/** The more pods ask the database, the longer each waits. */
const pressed = (from: number, changes: readonly Change[]): [number, number][] => {
  const at = (pods: number) => (0.095 * (pods + 1)) / (usual.pods + 1)
  const corners: [number, number][] = [
    [from + 40, 0],
    [from + 60, at(usual.pods)],
  ]
  let pods = usual.pods
  for (const change of changes) {
    if (change.at <= from + 60 || change.to.pods === pods) continue
    corners.push([change.at, at(pods)], [change.at + 10, at(change.to.pods)])
    pods = change.to.pods
  }
  return corners
}
