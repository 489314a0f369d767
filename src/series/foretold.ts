import { median } from './change.ts'
import type { Point } from './series.ts'

type Foretelling = {
  /** Seconds: what is asked about happened then. */
  readonly event: number
  /** Seconds: when the series left its limits. */
  readonly crossing: number
  readonly limit: number
  /** Whether a value is beyond the limit. */
  readonly isBeyond: (value: number) => boolean
}

/**
 * Whether a series was on its way across its limit before an event: it would have crossed without it, so the event did not begin it. True
 * when the trend of the hour before (Theil and Sen's: the median of the slopes between points, which wild values do not pull) stands out
 * of the noise and leads across the limit by the crossing, or has gone half of the way at the event; also when the series was beyond the
 * limit again and again in the minutes before. Null: fewer than eight points before the event.
 */
export const foretold = (points: readonly Point[], { event, crossing, limit, isBeyond }: Foretelling): boolean | null => {
  const before = points.filter(([at, value]) => at < event && at >= event - LOOK_BACK && Number.isFinite(value))
  if (before.length < LEAST_POINTS) return null
  const close = before.filter(([at]) => at >= event - CLOSE)
  if (close.filter(([, value]) => isBeyond(value)).length > Math.max(1, close.length / 20)) return true
  const { at, slope, noise } = trendOf(thinned(before))
  const first = before[0]?.[0] ?? event
  const way = limit - at(first)
  const gone = at(event) - at(first)
  if (way === 0 || Math.abs(gone) < 3 * noise || Math.sign(gone) !== Math.sign(way) || slope === 0) return false
  // The trend is known to its noise, and what leaks rarely leaks in a straight line: four fifths of the way are enough.
  return (at(crossing) - at(first)) / way >= 0.8 || gone / way >= 0.5
}

const LOOK_BACK = 3600
const CLOSE = 20 * 60
const LEAST_POINTS = 8
/** 60 points have 1,770 pairs. */
const MOST_POINTS = 60

const thinned = (points: readonly Point[]): readonly Point[] => {
  const every = Math.ceil(points.length / MOST_POINTS)
  return points.filter((_, i) => i % every === 0)
}

const trendOf = (points: readonly Point[]) => {
  const slopes = points.flatMap(([x, y], i) => points.slice(i + 1).flatMap(([x2, y2]) => (x2 > x ? [(y2 - y) / (x2 - x)] : [])))
  const slope = slopes.length === 0 ? 0 : median(slopes)
  const offset = median(points.map(([x, y]) => y - slope * x))
  const at = (seconds: number): number => offset + slope * seconds
  return { slope, at, noise: median(points.map(([x, y]) => Math.abs(y - at(x)))) }
}
