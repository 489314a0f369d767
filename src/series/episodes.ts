import type { Point } from './series.ts'

/** A stretch of time in which something was so, in Unix seconds. `until` is null where it still is at the end of what was seen. */
export type Episode = { readonly from: number; readonly until: number | null }

/** Points further apart than so many steps belong to two episodes: one missed evaluation is not an end. */
const GAP_STEPS = 2.5

/**
 * The unbroken stretches of a series that has points only while something holds (`ALERTS`), sampled every `step` seconds up to `end`.
 * An episode of one point lasts one step, since nobody saw it end earlier.
 */
export const episodes = (points: readonly Point[], { step, end }: { readonly step: number; readonly end: number }): Episode[] => {
  const found: { from: number; last: number }[] = []
  for (const [at] of points) {
    const current = found.at(-1)
    if (current === undefined || at - current.last > GAP_STEPS * step) found.push({ from: at, last: at })
    else current.last = at
  }
  return found.map(({ from, last }) => ({ from, until: end - last <= GAP_STEPS * step ? null : last + step }))
}

/** Seconds that the ended ones lasted, shortest first. */
export const durations = (all: readonly Episode[]): number[] =>
  all.flatMap(({ from, until }) => (until === null ? [] : [until - from])).sort((a, b) => a - b)

/** The value below which a share of sorted numbers lies (nearest rank); undefined of none. */
export const quantile = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
