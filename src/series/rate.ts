import type { Labels, Point, Series } from './series.ts'

/**
 * Series as people think of them: a counter as its increase per second, the sum and the count of a histogram as their mean as well, anything else
 * as it is. A fall of a counter is a restart: what it counts after it began at zero. What is not finite is left out. A metric is a
 * counter when its name ends as counters' names end (the conventions of Prometheus and OpenMetrics) and it never falls but to begin again.
 */
export const asRates = (all: readonly Series[]): Series[] => {
  const rates = all.map(asRate)
  return [...rates, ...meansOf(rates)]
}

const asRate = (series: Series): Series => {
  const isWhole = series.points.every(([, value]) => Number.isFinite(value))
  const points = isWhole ? series.points : series.points.filter(([, value]) => Number.isFinite(value))
  return isCounter(series.labels['__name__'] ?? '', points) ? { ...series, points: rateOf(points) } : { ...series, points }
}

const COUNTER = /_(total|count|sum|bucket)$/

const isCounter = (name: string, points: readonly Point[]): boolean =>
  COUNTER.test(name) && points.every(([, value], at) => value >= 0 && isRise(points[at - 1]?.[1], value))

/** A restart begins near zero: a gauge that is called like a counter falls by any amount. */
const isRise = (before: number | undefined, value: number): boolean => before === undefined || value >= before || value <= before / 2

const rateOf = (points: readonly Point[]): Point[] =>
  points.flatMap(([at, value], index) => {
    const before = points[index - 1]
    if (before === undefined || at <= before[0]) return []
    return [[at, (value >= before[1] ? value - before[1] : value) / (at - before[0])] as const]
  })

/** `x_sum` by `x_count`: a mean moves with what is measured, the sum with how often as well. */
const meansOf = (rates: readonly Series[]): Series[] => {
  const counts = new Map(rates.flatMap((one) => (nameOf(one).endsWith('_count') ? [[keyOf(one.labels, 6), one] as const] : [])))
  return rates.flatMap((sum): Series[] => {
    const name = nameOf(sum)
    const count = name.endsWith('_sum') ? counts.get(keyOf(sum.labels, 4)) : undefined
    if (count === undefined) return []
    const times = new Map(count.points)
    const points = sum.points.flatMap(([at, value]): Point[] => {
      const often = times.get(at)
      return often === undefined || often === 0 ? [] : [[at, value / often]]
    })
    return [{ labels: { ...sum.labels, __name__: `${name.slice(0, -4)}_mean` }, points }]
  })
}

const nameOf = ({ labels }: Series): string => labels['__name__'] ?? ''

const keyOf = ({ __name__: name = '', ...others }: Labels, suffix: number): string =>
  JSON.stringify([name.slice(0, -suffix), Object.entries(others).toSorted(([a], [b]) => (a < b ? -1 : 1))])
