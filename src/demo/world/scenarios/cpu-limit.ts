import { mended, nothing } from '../curve.ts'
import type { Scenario } from './scenario.ts'

/** What a pod needs at the usual load. */
const NEEDED = 200

/** Somebody saves costs and gives checkout a quarter of its cpu: the kernel holds its pods back, and requests time out. Its version is the same. */
export const cpuLimit: Scenario = {
  id: 'cpu-limit',
  title: 'A cost review cuts the cpu limit of checkout to a quarter',
  hint: 'Approve the higher limit: the pods get it, and the thread turns green',
  mended: 'Somebody set the limit back',
  onsetSeconds: 130,
  sets: {
    to: { cpuMillicores: 125 },
    told: { commit: 'e2b7710', author: 'cost-review', change: 'limits.cpu 500m -> 125m' },
  },
  effects: ({ from, until }) => {
    const errors = mended(
      [
        [from + 60, 0],
        [from + 115, 0.14],
      ],
      until,
    )
    const throttled = mended(
      [
        [from + 10, 0],
        [from + 50, 0.71],
      ],
      until,
    )
    return {
      errors: ({ standing }) => (standing.cpuMillicores < NEEDED ? errors : nothing),
      throttled: ({ standing }) => (standing.cpuMillicores < NEEDED ? throttled : nothing),
      code: '503',
      traffic: nothing,
      slowness: nothing,
      pressure: nothing,
      failure: (chance) => `request took longer than 2000ms, giving up (waited ${Math.round(1400 + chance * 500)}ms for cpu)`,
    }
  },
}
