import type { Series } from '../../../series/series.ts'
import { coveredNames } from '../read/names.ts'
import { fold } from '../read/passage.ts'
import type { Cover, Prepared } from './cover.ts'
import { labelNames } from './cover-parts.ts'
import { departure } from './departure.ts'
import type { Computed, Statistic } from './recompute.ts'

/** Both sides of where a series left its level, and of its largest step where it is one: "rose at 03:03". */
export const turns = ({ series }: Computed): number[] => {
  const left = departure(series)
  // Where it arrived: the same, seen from its end.
  const backwards = departure({ ...series, points: series.points.map(([at, value]) => [-at, value] as const).toReversed() })
  const arrived = backwards?.known ? [-backwards.at, -backwards.before] : []
  const { min, max } = extremesOf(series)
  const steps: number[] = []
  const all: number[] = []
  for (let index = 1; index < series.points.length; index++) {
    const [before, after] = [series.points[index - 1], series.points[index]]
    if (before && after && after[1] !== before[1]) all.push(before[0] * 1000, after[0] * 1000)
    if (before && after && Math.abs(after[1] - before[1]) > (max - min) / 3) steps.push(before[0] * 1000, after[0] * 1000)
  }
  // More than a few are noise.
  return [...(left?.known ? [left.before, left.at] : []), ...arrived, ...(steps.length <= 8 ? steps : []), ...(all.length <= 20 ? all : [])]
}

export const extremesOf = ({ points }: Series): { min: number; max: number } => {
  const values = points.map(([, value]) => value).filter(Number.isFinite)
  return {
    min: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    max: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  }
}

export const meanOf = ({ points }: Series): number => {
  const values = points.map(([, value]) => value).filter(Number.isFinite)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Which way a series went, as far as the cited statistic tells: a maximum may be risen to and fallen from. */
export const slopeOf = (
  statistic: Statistic,
  { value, first, last, series }: Computed,
  names: ReadonlySet<string>,
): Cover['slopes'][number] => {
  // What went up and down by half of its range may be said to have done either, where one point of it is cited.
  if (/^(?:at|min|max|mean)$/.test(statistic) && isWild(series)) return { up: true, down: true, flat: false, names }
  const end = statistic === 'at' ? value : last[1]
  const up = end > first[1] || (statistic === 'max' && value > first[1])
  const down = end < first[1] || (statistic === 'min' && value < first[1]) || (statistic === 'max' && end < value)
  return { up: up || (statistic === 'min' && end > value), down, flat: flat(first[1], end), names }
}

/** The course of the one series that a quoted line is about. */
export const slopeOfLine = (line: string, { evidence }: Prepared): Cover['slopes'] => {
  if (evidence.output.kind !== 'series') return []
  const named = coveredNames(line)
  const { series } = evidence.output
  const matching =
    series.length === 1 ? series : series.filter(({ labels }) => Object.values(labels).every((value) => named.has(fold(value))))
  const [one] = matching
  const points = one?.points.filter(([, value]) => Number.isFinite(value)) ?? []
  const [first] = points
  const last = points.at(-1)
  if (!one || matching.length > 1 || !first || !last) return []
  const { min, max } = extremesOf(one)
  const peaked = /\bmax\b|\bpeak/.test(line) && max > last[1] && max > first[1]
  const dipped = /\bmin\b/.test(line) && min < last[1] && min < first[1]
  return [
    {
      up: last[1] > first[1] || peaked || dipped,
      down: last[1] < first[1] || peaked || dipped,
      flat: flat(first[1], last[1]),
      names: labelNames(one.labels),
    },
  ]
}

const isWild = ({ points }: Series): boolean => {
  const values = points.map(([, value]) => value).filter(Number.isFinite)
  const { min, max } = extremesOf({ labels: {}, points })
  let [low, high, rose, fell] = [values[0] ?? 0, values[0] ?? 0, 0, 0]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
    rose = Math.max(rose, value - low)
    fell = Math.max(fell, high - value)
  }
  return Math.min(rose, fell) > (max - min) / 2
}

const flat = (first: number, last: number): boolean => Math.abs(last - first) <= Math.abs(first) / 10
