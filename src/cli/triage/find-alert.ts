import type { Prometheus } from '../../datasources/prometheus.ts'
import { InputError } from '../../errors.ts'
import type { Labels, Series } from '../../series/series.ts'
import { labelText } from '../../series/text.ts'
import { nearest } from '../../text/nearest.ts'

/** An alert as Prometheus remembers it: `ALERTS` has one series for each, with a sample at every evaluation while it fires. */
export type Fired = {
  readonly labels: Labels
  readonly startsAt: Date
  /** The moment to look from: the one that was asked for, or the last at which it fired. */
  readonly at: Date
  /** Others of the same name at the same time. */
  readonly others: number
}

export type Wanted = {
  readonly name: string
  /** Matchers as they stand in a query: `service="checkout"`. */
  readonly matchers: readonly string[]
  /** Null: now, or when it fired last. */
  readonly at: Date | null
  readonly now: Date
}

const HOUR_MS = 3_600_000
/** Rules are evaluated every minute or more often; a longer hole than five is another firing. */
const STEP_SECONDS = 60
const HOLE_SECONDS = 300

/** Finds the alert in the history of Prometheus. Throws InputError that names what fired instead, or what the clients throw. */
export const findFired = async (prometheus: Prometheus, wanted: Wanted): Promise<Fired> => {
  const to = wanted.at ?? wanted.now
  const from = new Date(to.getTime() - (wanted.at === null ? 24 : 6) * HOUR_MS)
  const query = `ALERTS{${[`alertname=${JSON.stringify(wanted.name)}`, 'alertstate="firing"', ...wanted.matchers].join(',')}}`
  const { series } = await prometheus.range(query, { from, to, stepSeconds: STEP_SECONDS, limit: 500 })
  const firing = series.flatMap((one) => lastRun(one) ?? []).toSorted((a, b) => b.until - a.until || (a.key < b.key ? -1 : 1))
  const [found] = firing
  if (found === undefined) throw new InputError(await insteadOf(prometheus, wanted, { from, to }))
  const lasting = found.until > to.getTime() / 1000 - HOLE_SECONDS
  if (wanted.at !== null && !lasting)
    throw new InputError(
      `${wanted.name} did not fire at ${short(wanted.at)}; before that it did until ${short(new Date(found.until * 1000))}: --at ${iso(found.until)}`,
    )
  const others = firing.filter(({ until }) => until > found.until - HOLE_SECONDS).length - 1
  const { alertstate: _state, __name__: _name, ...labels } = found.series.labels
  return { labels, startsAt: new Date(found.since * 1000), at: lasting ? to : new Date(found.until * 1000), others }
}

type Run = { readonly series: Series; readonly key: string; readonly since: number; readonly until: number }

/** The last time that it fired without a hole. */
const lastRun = (series: Series): Run | undefined => {
  const times = series.points.map(([at]) => at)
  const until = times.at(-1)
  if (until === undefined) return undefined
  let since = until
  for (const at of times.toReversed()) {
    if (since - at > HOLE_SECONDS) break
    since = at
  }
  return { series, key: labelText(series.labels), since, until }
}

const insteadOf = async (prometheus: Prometheus, { name, matchers }: Wanted, { from, to }: { from: Date; to: Date }): Promise<string> => {
  const hours = Math.round((to.getTime() - from.getTime()) / HOUR_MS)
  const query = `group by (alertname) (last_over_time(ALERTS{alertstate="firing"}[${hours}h]))`
  const { series } = await prometheus.instant(query, { at: to, limit: 200 })
  const names = series.flatMap(({ labels }) => labels['alertname'] || []).toSorted()
  const when = `in the ${hours} hours before ${short(to)}`
  if (names.length === 0)
    return `No alert fired ${when}, as far as this Prometheus knows (its ALERTS history is empty). Does it evaluate the rules, and is --at right?`
  if (names.includes(name) && matchers.length > 0) return `${name} fired ${when}, but not with ${matchers.join(', ')}.`
  const meant = nearest(name, names)
  const list = names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ')
  return `${name} did not fire ${when}.${meant === undefined ? '' : ` Did you mean ${meant}?`} What did: ${list}`
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const short = (moment: Date): string => `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`
