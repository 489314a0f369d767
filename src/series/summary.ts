import { changePoint, median } from './change.ts'
import type { Point, Series } from './series.ts'

/**
 * What one series says. Times in seconds since the epoch. `points` counts the finite ones, of which alone the statistics are made; without any they
 * are NaN. `change` is last minus first. `gaps` counts the holes: places where the distance to the next finite point is more than one
 * and a half of the usual step. `changedAt` is the first point of the new level, where there clearly is one.
 */
export type Summary = {
  readonly first: number
  readonly last: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly change: number
  readonly points: number
  readonly gaps: number
  readonly from: number
  readonly to: number
  readonly changedAt?: number
}

export const summarise = (series: Series): Summary => {
  const points = finite(series.points)
  const values = points.map(([, value]) => value)
  const [first, last] = [points[0] ?? NOTHING, points.at(-1) ?? NOTHING]
  const changedAt = points[changePoint(values) ?? -1]?.[0]
  return {
    first: first[1],
    last: last[1],
    min: least(values),
    max: most(values),
    mean: meanOf(values),
    change: last[1] - first[1],
    points: points.length,
    gaps: countGaps(points, series.points),
    from: first[0],
    to: last[0],
    ...(changedAt === undefined ? {} : { changedAt }),
  }
}

/**
 * At most `count` of the points, in their order: first, last, lowest and highest always (as far as `count` goes, last first), the others
 * the lowest and highest of equal stretches, so that no spike is lost between two kept points. Points that are not finite are left out.
 */
export const thin = (points: readonly Point[], count: number): Point[] => {
  const all = finite(points)
  if (all.length <= count) return all
  if (count < 1) return []
  const indexes = all.map((_, index) => index)
  const byValue = (of: readonly number[], sign: 1 | -1): number =>
    of.reduce((best, index) => (sign * valueAt(all, index) > sign * valueAt(all, best) ? index : best), of[0] ?? 0)
  const kept = new Set<number>()
  const keep = (index: number): void => {
    if (kept.size < count) kept.add(index)
  }
  for (const index of [all.length - 1, byValue(indexes, 1), byValue(indexes, -1), 0]) keep(index)
  const stretches = Math.max(1, Math.floor((count - kept.size) / 2))
  for (let stretch = 0; stretch < stretches && kept.size < count; stretch += 1) {
    const part = indexes.slice(Math.floor((stretch * all.length) / stretches), Math.floor(((stretch + 1) * all.length) / stretches))
    keep(byValue(part, 1))
    keep(byValue(part, -1))
  }
  return all.filter((_, index) => kept.has(index))
}

const NOTHING: Point = [Number.NaN, Number.NaN]

const finite = (points: readonly Point[]): Point[] => points.filter(([, value]) => Number.isFinite(value))

const valueAt = (points: readonly Point[], index: number): number => points[index]?.[1] ?? Number.NaN

// Not Math.min(...values): 11,000 points, the most Prometheus gives, are safe arguments; 200,000 are not.
const least = (values: readonly number[]): number => values.reduce((low, value) => Math.min(low, value), values[0] ?? Number.NaN)
const most = (values: readonly number[]): number => values.reduce((high, value) => Math.max(high, value), values[0] ?? Number.NaN)

/** Running mean: a plain sum of values near 1.8e308 would be infinite. */
const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((mean, value, index) => mean + (value - mean) / (index + 1), 0)

const countGaps = (points: readonly Point[], all: readonly Point[]): number => {
  const usual = median(steps(all))
  return steps(points).filter((step) => step > usual * 1.5).length
}

const steps = (points: readonly Point[]): number[] => points.slice(1).map(([seconds], index) => seconds - (points[index]?.[0] ?? seconds))
