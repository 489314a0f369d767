import type { Labels, Point, Series } from '../../series/series.ts'
import { labelText } from '../../series/text.ts'
import { amount, percent } from '../../text/number.ts'
import type { Rule } from './rule.ts'

/**
 * A pool, a queue, file descriptors, threads or connections at their limit: pairs of metrics of the subject of which one is the other's
 * maximum by its name (process_open_fds and process_max_fds, hikaricp_connections_active and hikaricp_connections_max). One that was as
 * full before the onset explains nothing.
 */
export const saturation: Rule = {
  id: 'saturation',
  looksAt: 'pools and limits',
  needs: ['prometheus'],
  evaluate: async ({ sources: { prometheus }, subject, alert, onset, clock, signal, cite }) => {
    if (prometheus === undefined || subject === null) return []
    const query = `{__name__=~${JSON.stringify(NAMES)}, ${selectorOf(subject, alert.labels)}}`
    const now = clock.now()
    const before = new Date(onset.getTime() - BEFORE_MS)
    const stepSeconds = Math.max(15, Math.ceil((now.getTime() - before.getTime()) / 1000 / STEPS))
    const { series, complete } = await prometheus.range(query, { from: before, to: now, stepSeconds, signal, limit: MOST })
    const full = pairsIn(series).filter(({ share, shareBefore }) => share >= FULL && (shareBefore ?? 0) < CALM)
    const [worst] = full.toSorted((a, b) => b.share - a.share || (a.key < b.key ? -1 : 1))
    if (worst === undefined) return []
    const was = worst.shareBefore
    const shown = `${worst.name} ${amount(worst.used)} of ${amount(worst.limit)} (${percent(worst.share)})${was === undefined ? '' : `, ${percent(was)} ten minutes before the onset`}`
    const answer = cite({
      source: 'prometheus',
      query,
      range: { from: before.toISOString(), to: now.toISOString() },
      output: { kind: 'series', series: [worst.usedSeries, worst.limitSeries] },
      shown: `${shown}\n${labelText(worst.usedSeries.labels)}\n${labelText(worst.limitSeries.labels)}`,
      complete,
      link: prometheus.link(query, { from: before, to: now }),
    })
    const { namespace } = alert.labels
    return [
      {
        rule: 'saturation',
        severity: 'high',
        confidence: 'medium',
        summary: `${subject} is at its limit: ${shown}.`,
        suggestion: `Look who holds them: ${worst.name}`,
        object: namespace === undefined ? { kind: 'service', name: subject } : { kind: 'service', namespace, name: subject },
        category: 'saturation',
        weight: 0.5,
        evidence: [answer],
      },
    ]
  },
}

const NAMES = '.+_(?:max|limit|capacity|maximum|open|active|used|current|in_use|busy|size|count|length)(?:_.+)?'
const MOST = 1000
const STEPS = 30
const BEFORE_MS = 10 * 60_000
const FULL = 0.95
/** A pool that is nearly full on a good day is sized so. */
const CALM = 0.85

/** Labels that exporters and applications name a service by; `selectorOf` asks for any of them in one query. */
const selectorOf = (subject: string, labels: Labels): string => {
  const name = ['service', 'app', 'app_kubernetes_io_name', 'job'].find((label) => labels[label] === subject) ?? 'service'
  const { namespace } = labels
  return `${name}=${JSON.stringify(subject)}${namespace === undefined ? '' : `, namespace=${JSON.stringify(namespace)}`}`
}

type Pair = {
  readonly key: string
  readonly name: string
  readonly used: number
  readonly limit: number
  readonly share: number
  /** Where both had a value then. */
  readonly shareBefore: number | undefined
  readonly usedSeries: Series
  readonly limitSeries: Series
}

const LIMIT = /_(?:max|limit|capacity|maximum)(?=_|$)/
const USED = ['open', 'active', 'used', 'current', 'in_use', 'busy', 'size', 'count', 'length', '']

const pairsIn = (all: readonly Series[]): Pair[] => {
  const byKey = new Map(all.map((series) => [keyOf(series.labels), series]))
  return all.flatMap((limitSeries) => {
    const name = limitSeries.labels['__name__'] ?? ''
    if (!LIMIT.test(name)) return []
    for (const word of USED) {
      const usedName = name.replace(LIMIT, word === '' ? '' : `_${word}`)
      const usedSeries = byKey.get(keyOf({ ...limitSeries.labels, __name__: usedName }))
      const [used, limit] = [lastOf(usedSeries?.points), lastOf(limitSeries.points)]
      if (usedSeries === undefined || used === undefined || limit === undefined || !(limit >= LEAST_LIMIT) || used > limit * 1.5) continue
      const [usedBefore, limitBefore] = [firstOf(usedSeries.points), firstOf(limitSeries.points)]
      const shareBefore = usedBefore === undefined || !limitBefore ? undefined : usedBefore / limitBefore
      return [{ key: keyOf(usedSeries.labels), name: usedName, used, limit, share: used / limit, shareBefore, usedSeries, limitSeries }]
    }
    return []
  })
}

/** "1 of 1" is how some things always are. */
const LEAST_LIMIT = 2

const keyOf = (labels: Labels): string => labelText(labels)

const lastOf = (points: readonly Point[] | undefined): number | undefined => counted(points?.at(-1))
const firstOf = (points: readonly Point[]): number | undefined => counted(points[0])

const counted = (point: Point | undefined): number | undefined => {
  const value = point?.[1]
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined
}
