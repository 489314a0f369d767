import { type Comparison, healthOf, matchesAlert, type Split, splitComparison } from '../datasources/comparison.ts'
import { newestSample } from '../datasources/newest.ts'
import type { Prometheus } from '../datasources/prometheus.ts'
import type { Cited } from '../investigation/evidence.ts'
import type { Labels, Series } from '../series/series.ts'
import { metricValue } from '../text/number.ts'

/** What the alert's own expression says at one moment. */
export type Reading = {
  readonly side: 'healthy' | 'unhealthy' | 'no_samples' | 'unknown'
  readonly value: number | null
  readonly threshold: number | null
  /** "12.4 % (limit 5 %)", or what stands there instead. */
  readonly text: string
  /** When the newest sample behind the value was taken; null when there is none. */
  readonly newest: Date | null
  readonly answers: readonly Cited[]
}

type Question = { readonly expression: string; readonly labels: Labels; readonly signal?: AbortSignal; readonly at: Date }

/**
 * Asks the expression without its comparison for the alert's own series, and how old the samples behind it are. A quiet alert is
 * not a healthy system (promise 12): what has no samples is `no_samples`, never healthy. Throws what the client throws.
 */
export const readExpression = async (prometheus: Prometheus, question: Question): Promise<Reading> => {
  const split = splitComparison(question.expression)
  const [current, newest] = await Promise.all([
    valueNow(prometheus, split, question),
    newestSample(prometheus, split.kind === 'other' ? question.expression : split.left, question),
  ])
  const { answer, partial, ...read } = current
  const whole = partial || newest.partial ? unlessHealthy(read) : read
  return { ...whole, newest: newest.at, answers: [answer, newest.answer] }
}

type Value = Pick<Reading, 'side' | 'value' | 'threshold' | 'text'>
type Current = Value & { readonly answer: Cited; readonly partial: boolean }

/** Where a store did not take part, what is missing may be just what is ill; what is seen to be ill is. */
const unlessHealthy = (read: Value): Value =>
  read.side === 'healthy' ? { ...read, side: 'unknown', text: `${read.text}, but not all of its stores answered` } : read

/** As many as a rule of a large cluster gives; the alert's own is searched among them. */
const MOST_SERIES = 10_000

/** Of them so many are kept as evidence, its own first. */
const MOST_KEPT = 50

const valueNow = async (prometheus: Prometheus, split: Split, question: Question): Promise<Current> => {
  const query = split.kind === 'other' ? question.expression : split.left
  const { series, complete, partial } = await prometheus.instant(query, { ...signalOf(question), limit: MOST_SERIES })
  const own = split.kind === 'absent' ? series[0] : ownSeries(series, question.labels, split.kind === 'other' ? undefined : split)
  const value = own?.points.at(-1)?.[1] ?? null
  const answer: Cited = {
    source: 'prometheus',
    query,
    range: { from: null, to: question.at.toISOString() },
    output: { kind: 'series', series: [...(own === undefined ? [] : [own]), ...series.filter((one) => one !== own)].slice(0, MOST_KEPT) },
    shown: shownOf(own, value),
    complete: complete && series.length <= MOST_KEPT,
    link: prometheus.link(query),
  }
  if (split.kind === 'threshold' || split.kind === 'up_zero')
    return { ...judged(split, question.expression, value), threshold: split.threshold, answer, partial }
  if (split.kind === 'absent') {
    return {
      side: value === null ? 'no_samples' : 'healthy',
      value,
      threshold: null,
      text: value === null ? 'no samples' : 'samples again',
      answer,
      partial,
    }
  }
  // Without a comparison to take off, only firing can be read from it: silence may be health or blindness.
  return value === null
    ? { side: 'unknown', value, threshold: null, text: 'its rule has no comparison to take off', answer, partial }
    : { side: 'unhealthy', value, threshold: null, text: `its rule still gives ${metricValue(value)}`, answer, partial }
}

const judged = (split: Comparison, expression: string, value: number | null): Pick<Reading, 'side' | 'value' | 'text'> => {
  if (value === null)
    return { side: split.filters ? 'unknown' : 'no_samples', value, text: `no samples (limit ${limitText(split, expression)})` }
  const side = healthOf(split, value)
  return { side: side === 'unhealthy' && split.rest !== null ? 'unhealthy' : side, value, text: stateText(split, expression, value) }
}

/** "12.4 % (limit 5 %)"; what rounds to its limit is "just over 5 % (limit 5 %)", or "just under": the side is what matters. */
export const stateText = (split: Comparison, expression: string, value: number): string => {
  const limit = limitText(split, expression)
  const shown = metricValue(value, unitOf(split, expression))
  const near = shown !== limit || value === split.threshold ? '' : value > split.threshold ? 'just over ' : 'just under '
  return `${near}${shown} (limit ${limit})`
}

const limitText = (split: Comparison, expression: string): string => metricValue(split.threshold, unitOf(split, expression))

/** A quotient against a limit of at most one is a share; else the suffix of the metric's name tells (prometheus.io/docs/practices/naming). */
export const unitOf = (split: Pick<Comparison, 'threshold' | 'left'>, expression: string): string | undefined => {
  if (/\bpercent\b|_percent\b|\*\s*100\b/.test(expression)) return 'percent'
  if (split.left.includes('/') && split.threshold > 0 && split.threshold <= 1) return 'ratio'
  if (/_ratio\b/.test(expression)) return 'ratio'
  if (/_bytes\b/.test(expression) && !split.left.includes('/')) return 'bytes'
  if (/_seconds(_bucket|_sum)?\b/.test(expression) && !/_seconds_(total|count)\b/.test(expression)) return 'seconds'
  return undefined
}

/** The series of the alert among the answers; of several the one that is furthest on the wrong side. */
export const ownSeries = (series: readonly Series[], labels: Labels, split: Comparison | undefined): Series | undefined => {
  const own = series.filter((one) => matchesAlert(one.labels, labels) && !Number.isNaN(one.points.at(-1)?.[1] ?? Number.NaN))
  const value = (one: Series): number => one.points.at(-1)?.[1] ?? 0
  // Of `==` and `!=` neither end of the scale is the wrong one.
  if (split?.operator === '==' || split?.operator === '!=') return own.find((one) => healthOf(split, value(one)) === 'unhealthy') ?? own[0]
  const downwards = split?.operator === '<' || split?.operator === '<='
  return own.toSorted((a, b) => (value(b) - value(a)) * (downwards ? -1 : 1))[0]
}

const shownOf = (own: Series | undefined, value: number | null): string =>
  own === undefined || value === null ? 'no series of this alert' : `${labelText(own.labels)} ${value}`

const labelText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`

const signalOf = ({ signal }: Question): { signal?: AbortSignal } => (signal === undefined ? {} : { signal })
