import type { Series } from '../series/series.ts'
import { literally } from './matcher.ts'
import type { Prometheus } from './prometheus.ts'
import { formatDuration } from './time.ts'

/** Where to look: a namespace, or services by the label that names them. */
export type Place = {
  readonly namespace: string | null
  readonly label: string
  readonly services: readonly string[]
}

export type Moment = { readonly onset: Date; readonly now: Date; readonly signal?: AbortSignal }

/** Every series of a place, from well before the onset until now. */
export type Nearby = {
  readonly series: readonly Series[]
  /** Fit to be pasted into the source's own page. */
  readonly selector: string
  readonly from: Date
  readonly to: Date
  /** False when a cap cut it. */
  readonly complete: boolean
  readonly total: number
}

/**
 * Samples as they were stored, so that neither a look-back nor a step hides one; as far back as `POINTS` of them go, an hour at least, six at
 * most. Where an hour has more, a value every few minutes. Buckets of histograms and what only describes are left out. Asks how much there is,
 * then for the samples. Throws what the client throws.
 */
export const nearby = async (prometheus: Prometheus, place: Place, moment: Moment): Promise<Nearby> => {
  const to = new Date(Math.min(moment.now.getTime(), moment.onset.getTime() + AFTER_SECONDS * 1000))
  const asked = await narrowest(prometheus, place, { ...moment, now: to })
  const passed = (to.getTime() - moment.onset.getTime()) / 1000
  const least = passed + PAST_SECONDS.least
  const room = asked.perSecond === 0 ? PAST_SECONDS.most : POINTS / asked.perSecond
  const seconds = Math.round(Math.min(passed + PAST_SECONDS.most, Math.max(least, room)))
  const from = new Date(to.getTime() - seconds * 1000)
  const options = { limit: MOST_SERIES, maxBytes: MOST_BYTES, ...(moment.signal === undefined ? {} : { signal: moment.signal }) }
  const { series, complete, total } =
    asked.count === 0
      ? { series: [], complete: true, total: 0 }
      : room >= least
        ? await prometheus.instant(`${asked.selector}[${formatDuration(seconds)}]`, { ...options, at: to })
        : await prometheus.range(asked.selector, { ...options, from, to, stepSeconds: stepOf(seconds, asked.count) })
  return { series, selector: asked.selector, from, to, complete, total }
}

/** 120,000 points are 4 MB, which a busy machine reads in a quarter of a second. */
const POINTS = 120_000
const PAST_SECONDS = { least: 3600, most: 6 * 3600 }
/** What came an hour after the onset says nothing about what began it. */
const AFTER_SECONDS = 3600
const MOST_SERIES = 20_000
const MOST_BYTES = 20_000_000
/** Of a namespace with more, the services that matter are asked for alone. */
const MANY_SERIES = 5000

const stepOf = (seconds: number, count: number): number => Math.max(60, Math.ceil((seconds * count) / POINTS / 15) * 15)

type Sized = { readonly selector: string; readonly count: number; readonly perSecond: number }

/** The widest selector of a place: its namespace, else its services. */
export const selectorOf = ({ namespace, label, services }: Place): string =>
  braced(namespace === null || namespace === '' ? byName(label, services) : byNamespace(namespace))

const narrowest = async (prometheus: Prometheus, place: Place, moment: Moment): Promise<Sized> => {
  const { namespace, label, services } = place
  const wide = selectorOf(place)
  const sized = await sizeOf(prometheus, wide, moment)
  if (sized.count <= MANY_SERIES || services.length === 0 || namespace === null || namespace === '') return sized
  const less = await sizeOf(prometheus, braced([...byNamespace(namespace), ...byName(label, services)]), moment)
  return less.count === 0 ? sized : less
}

const byNamespace = (namespace: string): string[] => [`namespace=${JSON.stringify(namespace)}`]

const byName = (label: string, services: readonly string[]): string[] =>
  services.length === 0 ? [] : [`${label}=~${JSON.stringify(services.slice(0, MOST_SERVICES).map(literally).join('|'))}`]

/** A pattern of so many names is what a server still reads quickly. */
const MOST_SERVICES = 100

const braced = (matchers: readonly string[]): string =>
  `{${[...matchers, '__name__!~".+_bucket|.+_created|.+_info|ALERTS.*|scrape_.+"'].join(',')}}`
/** Three samples of a metric that is taken every five minutes. */
const SIZED = '[15m]'
const SIZED_SECONDS = 900

/** Metrics of which the distance of samples is looked up: those with most series. */
const SIZED_METRICS = 3

/**
 * How many series there are, and how many samples they get: by the metrics with most series, since of all at once it cannot be asked
 * (`count_over_time` drops the name, and then labels are no longer unique).
 */
const sizeOf = async (prometheus: Prometheus, selector: string, { now, signal }: Moment): Promise<Sized> => {
  const options = { at: now, limit: MOST_SERIES, ...(signal === undefined ? {} : { signal }) }
  const { series } = await prometheus.instant(`count by (__name__) (last_over_time(${selector}${SIZED}))`, options)
  const names = series
    .map((one) => ({ name: one.labels['__name__'] ?? '', count: newest([one]) }))
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
  const count = names.reduce((sum, one) => sum + one.count, 0)
  const samples = await Promise.all(
    names.slice(0, SIZED_METRICS).map(async ({ name, count: of }) => {
      const named = `${selector.slice(0, -1)},__name__=${JSON.stringify(name)}}`
      const counted = await prometheus.instant(`sum(count_over_time(${named}${SIZED}))`, options)
      return newest(counted.series) / of
    }),
  )
  return { selector, count, perSecond: (count * Math.max(0, ...samples)) / SIZED_SECONDS }
}

const newest = ([first]: readonly Series[]): number => first?.points.at(-1)?.[1] ?? 0
