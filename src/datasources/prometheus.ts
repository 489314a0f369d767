import { z } from 'zod'
import { PermanentError } from '../errors.ts'
import type { Labels, Series } from '../series/series.ts'
import { parsed } from './answer.ts'
import { connect } from './http.ts'
import type { SourceOptions } from './line.ts'
import { sourceNames } from './sources.ts'
import { formatDuration } from './time.ts'

/** The client of one Prometheus. Guarding queries that come from models or people is for the caller: `guardPromql`. */
export const prometheus = (options: SourceOptions): Prometheus => {
  const line = connect(source, options)
  return { ...clientOf(line, false), first: clientOf(line, true) }
}

const clientOf = (line: ReturnType<typeof connect>, isFirst: boolean): Prometheus => {
  // The server stops working on a query when we stop waiting for it.
  const timeout = `${Math.max(1, Math.round(line.timeoutMs / 1000))}s`

  const query = async (path: string, form: Record<string, string>, { signal, limit, maxBytes }: Cut) => {
    const body = await line.ask({ path, form: { ...form, timeout }, signal, isFirst, ...(maxBytes === undefined ? {} : { maxBytes }) })
    return seriesAnswer(parsed(source, answer, body), limit)
  }

  const names = async (path: string, { from, to, match, signal }: NamesOptions) => {
    const query = { start: unix(from), end: unix(to), ...(match === undefined ? {} : { 'match[]': match }) }
    return parsed(source, strings, await line.ask({ path, query, signal })).data
  }

  return {
    endpoint: line.endpoint,
    instant: (text, { at, signal, limit = 50, maxBytes }) =>
      query('/api/v1/query', { query: text, ...(at ? { time: unix(at) } : {}) }, { signal, limit, maxBytes }),
    range: (text, { from, to, stepSeconds, signal, limit = 20, maxBytes }) =>
      query(
        '/api/v1/query_range',
        { query: text, start: unix(from), end: unix(to), step: String(stepSeconds) },
        { signal, limit, maxBytes },
      ),
    rules: async ({ signal }) => {
      // All rules of a large cluster with their texts: 20 MB, as for alerts. Servers that do not know the parameters ignore them.
      const body = await line.ask({
        path: '/api/v1/rules',
        query: { type: 'alert', exclude_alerts: 'true' },
        maxBytes: 20_000_000,
        signal,
        isFirst,
      })
      return parsed(source, rules, body).data.groups.flatMap(alertingRules)
    },
    labelValues: async (name, options) => names(`/api/v1/label/${encodeURIComponent(name)}/values`, options),
    labelNames: async (options) => names('/api/v1/labels', options),
    metadata: async ({ signal }) => {
      const { data } = parsed(
        source,
        metadata,
        await line.ask({ path: '/api/v1/metadata', query: { limit_per_metric: '1' }, maxBytes: 20_000_000, signal }),
      )
      return new Map(Object.entries(data).flatMap(([name, [first]]) => (first === undefined ? [] : [[name, first] as const])))
    },
    version: async ({ signal }) => parsed(source, buildinfo, await line.ask({ path: '/api/v1/status/buildinfo', signal })).data.version,
    link: (text, range) => link(line.endpoint, text, range),
  }
}

type Cut = { readonly signal: AbortSignal | undefined; readonly limit: number; readonly maxBytes: number | undefined }

const source = sourceNames.prometheus

/** By hand: an answer has 100,000 of them, and z.tuple takes three times as long. */
const point = z.custom<[number, string]>(
  (value) => Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'string',
)
const metric = z.record(z.string(), z.string())
const answer = z.object({
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric, value: point.optional(), histogram: z.unknown().optional() })),
    }),
    z.object({
      resultType: z.literal('matrix'),
      result: z.array(z.object({ metric, values: z.array(point).optional(), histograms: z.unknown().optional() })),
    }),
    z.object({ resultType: z.literal('scalar'), result: point }),
    z.object({ resultType: z.literal('string'), result: point }),
  ]),
  warnings: z.array(z.string()).nullish(),
})

const group = z.object({
  name: z.string(),
  interval: z.number(),
  rules: z.array(
    z.object({
      type: z.string(),
      name: z.string(),
      query: z.string(),
      duration: z.number().default(0),
      labels: metric.nullish(),
      annotations: metric.nullish(),
    }),
  ),
})
const rules = z.object({ data: z.object({ groups: z.array(group) }) })
const strings = z.object({ data: z.array(z.string()) })
const metadata = z.object({ data: z.record(z.string(), z.array(z.object({ type: z.string(), help: z.string() }))) })
const buildinfo = z.object({ data: z.object({ version: z.string() }) })

const seriesAnswer = ({ data, warnings }: z.infer<typeof answer>, limit: number): SeriesAnswer => {
  const series = seriesOf(data)
    .map((one) => ({ key: JSON.stringify(Object.entries(one.labels)), one }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ one }) => one)
  // Thanos and Mimir answer 200 with a warning when a store did not take part; remarks on the query's style begin with "PromQL".
  const partial = (warnings ?? []).some((warning) => !warning.startsWith('PromQL'))
  return { series: series.slice(0, limit), complete: !partial && series.length <= limit, partial, total: series.length }
}

const seriesOf = (data: z.infer<typeof answer>['data']): Series[] => {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric: labels, value, histogram }) => floats(labels, value ? [value] : [], histogram))
    case 'matrix':
      return data.result.map(({ metric: labels, values, histograms }) => floats(labels, values ?? [], histograms))
    case 'scalar':
      return [floats({}, [data.result], undefined)]
    case 'string':
      throw new PermanentError(`${source} answered the text ${JSON.stringify(data.result[1])}: ask for an expression with a value`)
  }
}

const floats = (labels: Labels, values: readonly [number, string][], histogram: unknown): Series => {
  if (histogram !== undefined) {
    throw new PermanentError(`${source} answered native histograms: use histogram_quantile(), histogram_avg() or histogram_count() over it`)
  }
  return { labels: sorted(labels), points: values.map(([seconds, value]) => [seconds, float(value)] as const) }
}

const sorted = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

/** A sample's value: Go's spelling of floats. */
const float = (text: string): number => {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return Number(text)
}

const alertingRules = ({ name: groupName, interval, rules: members }: z.infer<typeof group>): AlertingRule[] =>
  members
    .filter(({ type }) => type === 'alerting')
    .map((rule) => ({
      name: rule.name,
      group: groupName,
      expression: rule.query,
      forSeconds: rule.duration,
      intervalSeconds: interval,
      labels: rule.labels ?? {},
      annotations: rule.annotations ?? {},
    }))

const unix = (moment: Date): string => (moment.getTime() / 1000).toFixed(3)

const link = (endpoint: string, text: string, range: { from: Date; to: Date } | undefined): string => {
  const page = new URLSearchParams({ 'g0.expr': text, 'g0.tab': range ? '0' : '1' })
  if (range) {
    page.set('g0.range_input', formatDuration(Math.max(1, (range.to.getTime() - range.from.getTime()) / 1000)))
    page.set('g0.end_input', range.to.toISOString().slice(0, 19).replace('T', ' '))
  }
  return `${endpoint}/graph?${page}`
}

/** One alerting rule as `/api/v1/rules` gives it; `for` in seconds. */
export type AlertingRule = {
  readonly name: string
  readonly group: string
  readonly expression: string
  readonly forSeconds: number
  readonly intervalSeconds: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * `complete` is false when a cap cut the answer or not every store took part, which is `partial`; `total` counts the series before the cut.
 */
export type SeriesAnswer = {
  readonly series: readonly Series[]
  readonly complete: boolean
  readonly partial: boolean
  readonly total: number
}

type RangeOptions = {
  readonly from: Date
  readonly to: Date
  readonly stepSeconds: number
  readonly signal?: AbortSignal
  readonly limit?: number
  readonly maxBytes?: number
}

type NamesOptions = { readonly from: Date; readonly to: Date; readonly match?: string; readonly signal?: AbortSignal }

/** What exporters say about a metric: its type as they know it, `unknown` included, and one line of help. */
export type MetricMeta = { readonly type: string; readonly help: string }

/** A read-only client of the Prometheus HTTP API (also Mimir, Thanos, VictoriaMetrics). Throws TransientError or PermanentError. */
export type Prometheus = {
  readonly endpoint: string
  /**
   * Instant query; `at` defaults to the server's now. A scalar comes as one series without labels, a range selector as samples as they were
   * stored. `maxBytes` caps the answer, by default at 5 MB.
   */
  instant(query: string, options: { at?: Date; signal?: AbortSignal; limit?: number; maxBytes?: number }): Promise<SeriesAnswer>
  range(query: string, options: RangeOptions): Promise<SeriesAnswer>
  rules(options: { signal?: AbortSignal }): Promise<readonly AlertingRule[]>
  /** The values that a label had in a window, `__name__` included; with `match`, of the series that fit it. */
  labelValues(name: string, options: NamesOptions): Promise<readonly string[]>
  /** The labels that series had in a window; with `match`, of the series that fit it. */
  labelNames(options: NamesOptions): Promise<readonly string[]>
  /** By metric, of the targets that are scraped now; a remote store may know none. */
  metadata(options: { signal?: AbortSignal }): Promise<ReadonlyMap<string, MetricMeta>>
  /** Version as the server names it. */
  version(options: { signal?: AbortSignal }): Promise<string>
  /** The server's own page for a query. */
  link(query: string, range?: { from: Date; to: Date }): string
  /** The same server for the few questions that must not wait behind all others. */
  readonly first?: Prometheus
}
