import type { Prometheus } from '../datasources/prometheus.ts'
import { durations, type Episode, episodes, quantile } from '../series/episodes.ts'
import { duration } from '../text/number.ts'
import type { Cited } from './evidence.ts'

/** How far back an alert's own firing is looked at. */
export const HISTORY_DAYS = 14
/** 14 days at this step are 10,080 points, below the 11,000 that Prometheus allows. */
export const HISTORY_STEP_SECONDS = 120

/** How often an alert fired, and for how long. */
export type History = {
  /** Oldest first; the last one may go on. */
  readonly episodes: readonly Episode[]
  /** Seconds that the ended ones lasted, shortest first. */
  readonly lasted: readonly number[]
  readonly stepSeconds: number
  readonly answer: Cited
}

type Asked = {
  readonly alertname: string
  /** Labels that tell this alert from others of its name, such as its service: never a pod's name, which changes. */
  readonly labels: Readonly<Record<string, string>>
  readonly now: Date
  readonly signal: AbortSignal
}

/** What Prometheus remembers of an alert's firing in the last 14 days. Throws what the client throws. */
export const firingHistory = async (prometheus: Prometheus, { alertname, labels, now, signal }: Asked): Promise<History> => {
  const matchers = Object.entries({ alertname, alertstate: 'firing', ...labels }).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const query = `count(ALERTS{${matchers.join(', ')}})`
  const from = new Date(now.getTime() - HISTORY_DAYS * 86_400_000)
  const { series, complete } = await prometheus.range(query, { from, to: now, stepSeconds: HISTORY_STEP_SECONDS, signal })
  const all = episodes(series[0]?.points ?? [], { step: HISTORY_STEP_SECONDS, end: now.getTime() / 1000 })
  const lasted = durations(all)
  return {
    episodes: all,
    lasted,
    stepSeconds: HISTORY_STEP_SECONDS,
    answer: {
      source: 'prometheus',
      query,
      range: { from: from.toISOString(), to: now.toISOString() },
      output: { kind: 'series', series },
      shown: shownOf(all, lasted),
      complete,
      link: prometheus.link(query, { from, to: now }),
    },
  }
}

/** Episodes that are listed; the whole course is in the output. */
const LISTED = 12

const shownOf = (all: readonly Episode[], lasted: readonly number[]): string => {
  if (all.length === 0) return `It did not fire in the last ${HISTORY_DAYS} days.`
  const [shortest, median, longest] = [lasted[0], quantile(lasted, 0.5), lasted.at(-1)]
  const spread =
    shortest === undefined || median === undefined || longest === undefined
      ? ''
      : `, over by itself or by hand after ${duration(shortest)} to ${duration(longest)}, median ${duration(median)}`
  return [
    `It fired ${all.length} times in the last ${HISTORY_DAYS} days${spread}.`,
    ...all.slice(-LISTED).map(({ from, until }) => `${iso(from)} ${until === null ? 'until now' : `for ${duration(until - from)}`}`),
  ].join('\n')
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** Fewer episodes are no habit. */
const HABIT = 5
/** Share of the episodes that have to be as short. */
const USUALLY = 0.9

export type Usually = { readonly times: number; readonly of: number; readonly medianSeconds: number; readonly withinSeconds: number }

/**
 * Whether an alert usually goes within `limitSeconds`: of at least five earlier episodes, nine in ten did. `withinSeconds` is how long the
 * longest of those took. Null: it does not, or nobody can say.
 */
export const usuallyGoes = ({ lasted }: Pick<History, 'lasted'>, limitSeconds: number): Usually | null => {
  const short = lasted.filter((seconds) => seconds <= limitSeconds)
  const [median, within] = [quantile(lasted, 0.5), short.at(-1)]
  if (lasted.length < HABIT || short.length < USUALLY * lasted.length || median === undefined || within === undefined) return null
  return { times: short.length, of: lasted.length, medianSeconds: median, withinSeconds: within }
}
