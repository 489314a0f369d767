import { mended, nothing } from '../curve.ts'
import { type Change, usual } from '../standing.ts'
import type { Scenario } from './scenario.ts'

/** How many times the usual load, and how much of it one pod more bears, in parts of the usual load. */
const TIMES = 4
const PER_POD = 0.728

/** A campaign brings four times the normal traffic; checkout sheds what it cannot queue, and its autoscaler may not add pods. Nothing was deployed and the database is calm. */
export const traffic: Scenario = {
  id: 'traffic',
  title: 'Four times the usual traffic hits checkout, and its autoscaler stands at its maximum',
  hint: 'Approve the higher maximum: pods come, and the thread turns green',
  mended: 'The campaign is over',
  onsetSeconds: 98,
  effects: ({ from, until, changes }) => ({
    errors: () => mended(shed(from, changes), until),
    code: '503',
    traffic: mended(
      [
        [from, 0],
        [from + 60, TIMES - 1],
      ],
      until,
    ),
    slowness: nothing,
    pressure: nothing,
    failure: (chance) => `request queue full, shedding load (queued=512, in flight=${Math.round(240 + chance * 16)})`,
  }),
}

/** What more pods take over is not shed, once they are there. The baseline is one of them. */
const shed = (from: number, changes: readonly Change[]): [number, number][] => {
  const at = (pods: number) => Math.max(0, TIMES - (pods + 1) * PER_POD)
  const corners: [number, number][] = [
    [from + 50, 0],
    [from + 80, at(usual.pods)],
  ]
  let pods = usual.pods
  for (const change of changes) {
    if (change.at <= from + 80 || change.to.pods === pods) continue
    corners.push([change.at, at(pods)], [change.at + change.pace * Math.max(1, change.to.pods - pods), at(change.to.pods)])
    pods = change.to.pods
  }
  return corners
}
