import { quantile } from '../series/episodes.ts'
import type { Series } from '../series/series.ts'
import type { Prometheus } from './prometheus.ts'

/** The p99 of one histogram of durations: seconds, newest, in the middle and at most of the window before the onset. `past` counts its samples there. */
export type Latency = {
  readonly name: string
  readonly query: string
  readonly window: { readonly from: Date; readonly to: Date }
  readonly series: readonly Series[]
  readonly complete: boolean
  readonly now: number
  readonly middle: number
  readonly high: number
  readonly past: number
}

/** Histograms of durations by their names, which tell the unit as well. */
const NAMES = '.+(duration|latency|response_time).*_(seconds|milliseconds|ms)_bucket'

const UNIT = /_(?:seconds|milliseconds|ms)_bucket$/

/** Of a service, asked for; the first by name. */
const MOST = 2

const WINDOW_MS = 30 * 60_000
const AHEAD_MS = 60_000

type Asked = { readonly selector: string; readonly onset: Date; readonly now: Date; readonly signal: AbortSignal }

/** The p99 of the classic histograms that a selector such as `service="checkout"` has, over the half hour before the onset and since. */
export const latencies = async (prometheus: Prometheus, { selector, onset, now, signal }: Asked): Promise<Latency[]> => {
  const histograms = await durationHistograms(prometheus, { selector, now, signal })
  return Promise.all(
    histograms.slice(0, MOST).map(async ({ name, unit }): Promise<Latency> => {
      const query = `histogram_quantile(0.99, sum by (le) (rate(${name}{${selector}}[5m])))`
      const window = { from: new Date(onset.getTime() - WINDOW_MS), to: now }
      const answer = await prometheus.range(query, { ...window, stepSeconds: 60, signal })
      const points = (answer.series[0]?.points ?? []).filter(([, value]) => Number.isFinite(value))
      const before = points.flatMap(([at, value]) => (at * 1000 < onset.getTime() - AHEAD_MS ? [value * unit] : [])).sort((a, b) => a - b)
      const found = {
        now: (points.at(-1)?.[1] ?? 0) * unit,
        middle: quantile(before, 0.5) ?? 0,
        high: before.at(-1) ?? 0,
        past: before.length,
      }
      return { name, query, window, series: answer.series, complete: answer.complete, ...found }
    }),
  )
}

type Where = { readonly selector: string; readonly now: Date; readonly signal: AbortSignal }

/** The classic histograms of durations that a selector has, by name; `unit`: seconds in one of theirs. */
export const durationHistograms = async (
  prometheus: Prometheus,
  { selector, now, signal }: Where,
): Promise<{ readonly name: string; readonly unit: number }[]> => {
  const { series } = await prometheus.instant(`group by (__name__) ({__name__=~"${NAMES}", ${selector}})`, { at: now, signal })
  return series
    .flatMap(({ labels }) => labels['__name__'] ?? [])
    .filter((name) => UNIT.test(name))
    .sort()
    .map((name) => ({ name, unit: name.endsWith('_seconds_bucket') ? 1 : 0.001 }))
}
