import type { Point } from './series.ts'

/** A straight line through points: its value at `at` (seconds), its slope a second, and how much of the spread it explains (0 to 1). */
export type Trend = { readonly at: number; readonly value: number; readonly slope: number; readonly fit: number }

/** Least squares over the finite points; undefined for fewer than three, or all at one time. */
export const trendOf = (points: readonly Point[]): Trend | undefined => {
  const known = points.filter(([, value]) => Number.isFinite(value))
  const last = known.at(-1)
  if (known.length < 3 || last === undefined) return undefined
  const meanAt = known.reduce((sum, [at]) => sum + at, 0) / known.length
  const mean = known.reduce((sum, [, value]) => sum + value, 0) / known.length
  let [across, along, spread] = [0, 0, 0]
  for (const [at, value] of known) {
    across += (at - meanAt) * (value - mean)
    along += (at - meanAt) ** 2
    spread += (value - mean) ** 2
  }
  if (along === 0) return undefined
  const slope = across / along
  const fit = spread === 0 ? 0 : across ** 2 / (along * spread)
  return { at: last[0], value: mean + slope * (last[0] - meanAt), slope, fit }
}

/** Seconds after the trend's last point until it reaches `bound`; undefined when it moves away from it, or stands still. */
export const secondsUntil = ({ value, slope }: Trend, bound: number): number | undefined => {
  const seconds = (bound - value) / slope
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}
