import { changePoint, median } from '../../../series/change.ts'
import type { Point, Series } from '../../../series/series.ts'

/** Where a series left its level: milliseconds since the epoch of the first point beyond it and of the one before, and the usual step. */
export type Departure = { readonly at: number; readonly before: number; readonly step: number; readonly known: boolean }

/**
 * The first point that leaves the level before and does not come back until the change is done; null without a clear change. The change
 * point itself lies in the middle of a slope. `known` is false for a series that moves from its first points on: it began earlier.
 */
export const departure = ({ points }: Series): Departure | null => {
  const finite = points.filter(([, value]) => Number.isFinite(value))
  const values = finite.map(([, value]) => value)
  const change = changePoint(values) ?? steadily(values)
  if (change === undefined) return null
  const quarter = leaving(values, change, Math.floor(change / 4))
  // A slope may begin early in the first quarter already.
  const { index, drifts } = quarter.drifts ? leaving(values, change, LEAST_BEFORE + 1) : quarter
  const time = (place: number): number => (finite[place]?.[0] ?? 0) * 1000
  return { at: time(index), before: time(Math.max(0, index - 1)), step: stepOf(finite) * 1000, known: index >= LEAST_BEFORE && !drifts }
}

/** A steady slope has no two levels: its end stands for the change, where nearly all of its steps go one way. */
const steadily = (values: readonly number[]): number | undefined => {
  const steps = values
    .slice(1)
    .map((value, index) => value - (values[index] ?? value))
    .filter((step) => step !== 0)
  const rising = steps.filter((step) => step > 0).length
  const oneWay = Math.max(rising, steps.length - rising) >= 0.95 * steps.length
  return steps.length >= values.length / 4 && steps.length > LEAST_BEFORE && oneWay ? values.length - 1 : undefined
}

/** Walks back from a change to the last point that lies on the level of the first ones. */
const leaving = (values: readonly number[], change: number, count: number): { index: number; drifts: boolean } => {
  const head = values.slice(0, Math.max(LEAST_BEFORE, count))
  const level = median(head)
  const far = Math.abs(median(values.slice(change)) - level)
  const noise = 4 * median(head.map((value) => Math.abs(value - level)))
  // Without noise the smallest step is one.
  const band = Math.max(noise === 0 ? far / 1000 : far / 50, noise)
  let index = change
  while (index > 0 && Math.abs((values[index - 1] ?? level) - level) > band) index -= 1
  return { index, drifts: Math.abs((head.at(-1) ?? level) - (head[0] ?? level)) > far / 20 }
}

/** So many points must show the level before. */
const LEAST_BEFORE = 3

const stepOf = (points: readonly Point[]): number => {
  const [first] = points
  const last = points.at(-1)
  return first && last && points.length > 1 ? (last[0] - first[0]) / (points.length - 1) : 60
}
