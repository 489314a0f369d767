import type { Labels } from '../../series/series.ts'
import { evaluateMetric, selectLines } from './logql/evaluate.ts'
import { parseLogql } from './logql/parse.ts'
import type { Labelled, LogQuery, MetricQuery } from './logql/query.ts'
import { LogqlError } from './logql/query.ts'
import type { ShopLogs } from './logs.ts'
import { matchesAll } from './matcher.ts'
import { compareLabels, signature } from './promql/labels.ts'
import { formatValue, parseDuration } from './promql/number.ts'
import type { Answer, Handle } from './server.ts'

/** Loki's HTTP API over computed logs: same paths, same shapes, errors as plain text. Any tenant in X-Scope-OrgID is welcome. */
export const lokiApi =
  (world: LokiWorld): Handle =>
  (asked) => {
    if (asked.path === '/ready') return { status: 200, body: 'ready\n' }
    const values = /^\/loki\/api\/v1\/label\/([^/]+)\/values$/.exec(asked.path)?.[1]
    try {
      if (values !== undefined) return success(labelValues(world, asked.params, decodeURIComponent(values)))
      const route = routes[asked.path]
      return route === undefined ? { status: 404, body: '404 page not found\n' } : route(world, asked.params)
    } catch (error) {
      if (error instanceof LogqlError) return { status: 400, body: error.message }
      throw error
    }
  }

const routes: Readonly<Record<string, (world: LokiWorld, params: URLSearchParams) => Answer>> = {
  '/loki/api/v1/query_range': (world, params) => queryRange(world, params),
  '/loki/api/v1/query': (world, params) => query(world, params),
  '/loki/api/v1/labels': (world, params) => success([...new Set(streamsOf(world, params).flatMap((labels) => Object.keys(labels)))].sort()),
  '/loki/api/v1/series': (world, params) => {
    if (!params.has('match[]') && !params.has('match')) throw new LogqlError('0 matcher groups supplied, but at least 1 is required')
    return success(streamsOf(world, params))
  },
  '/loki/api/v1/status/buildinfo': () => ({
    status: 200,
    body: {
      version: '3.0.0',
      revision: 'simulated',
      branch: 'HEAD',
      buildUser: 'vigil-demo',
      buildDate: '2026-11-01T00:00:00Z',
      goVersion: 'go1.21.9',
    },
  }),
}

const success = (data: unknown): Answer => ({ status: 200, body: { status: 'success', data } })

const stats = {
  summary: { bytesProcessedPerSecond: 0, linesProcessedPerSecond: 0, totalBytesProcessed: 0, totalLinesProcessed: 0, execTime: 0.001 },
}

/** Loki's default max_entries_limit_per_query. */
const mostLines = 5_000

const queryRange = (world: LokiWorld, params: URLSearchParams): Answer => {
  const parsed = parseLogql(params.get('query') ?? '')
  const to = timeOf(params, 'end', world.now())
  const from = timeOf(params, 'start', to - 3_600_000_000_000n)
  if (to < from) throw new LogqlError('end timestamp must not be before or equal to start time')
  const span = { from: clamp(from, world), to: clamp(to, world) }
  if (parsed.kind !== 'log') return matrix(world, parsed, { params, ...span })
  const limit = Number(params.get('limit') ?? 100)
  if (!Number.isInteger(limit) || limit <= 0) throw new LogqlError('limit must be a positive value')
  if (limit > mostLines)
    throw new LogqlError(`max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${mostLines})`)
  const direction = (params.get('direction') ?? 'backward').toLowerCase()
  if (direction !== 'backward' && direction !== 'forward') throw new LogqlError(`invalid direction '${direction}'`)
  const lines = selectLines(world.logs(), parsed, { ...span, limit, newestFirst: direction === 'backward' })
  return success({ resultType: 'streams', result: streams(lines), stats })
}

const streams = (lines: readonly Labelled[]): unknown => {
  const grouped = new Map<string, { stream: Labels; values: [string, string][] }>()
  for (const { labels, nanoseconds, line } of lines) {
    const key = signature(labels)
    const group = grouped.get(key) ?? { stream: labels, values: [] }
    grouped.set(key, group)
    group.values.push([String(nanoseconds), line])
  }
  return [...grouped.values()].sort((a, b) => compareLabels(a.stream, b.stream))
}

const matrix = (
  world: LokiWorld,
  parsed: MetricQuery,
  { params, from, to }: { params: URLSearchParams; from: bigint; to: bigint },
): Answer => {
  const [start, end] = [Number(from) / 1e9, Number(to) / 1e9]
  const step = stepOf(params, end - start)
  if ((end - start) / step > 11_000)
    throw new LogqlError('exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter')
  const instants = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step)
  const result = evaluateMetric(world.logs(), parsed, instants)
    .map(({ labels, values }) => ({
      metric: labels,
      values: values.flatMap((value, index) => (value === undefined ? [] : [[instants[index], formatValue(value)]])),
    }))
    .filter(({ values }) => values.length > 0)
    .sort((a, b) => compareLabels(a.metric, b.metric))
  return success({ resultType: 'matrix', result, stats })
}

const query = (world: LokiWorld, params: URLSearchParams): Answer => {
  const parsed = parseLogql(params.get('query') ?? '')
  if (parsed.kind === 'log')
    throw new LogqlError('log queries are not supported as an instant query type, please change your query to a range query type')
  const at = Number(timeOf(params, 'time', world.now())) / 1e9
  const result = evaluateMetric(world.logs(), parsed, [at])
    .flatMap(({ labels, values: [value] }) => (value === undefined ? [] : [{ metric: labels, value: [at, formatValue(value)] }]))
    .sort((a, b) => compareLabels(a.metric, b.metric))
  return success({ resultType: 'vector', result, stats })
}

/** Nanoseconds, from nanoseconds (ten digits and more), seconds with fractions, or RFC 3339; as Loki guesses. */
const timeOf = (params: URLSearchParams, name: string, otherwise: bigint): bigint => {
  const text = params.get(name)
  if (text === null || text === '') return otherwise
  if (/^\d{11,}$/.test(text)) return BigInt(text)
  if (/^\d+(\.\d+)?$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new LogqlError(`could not parse '${name}' parameter: parsing time ${JSON.stringify(text)}: cannot parse`)
  return BigInt(ms) * 1_000_000n
}

/** Seconds; without one Loki takes a 250th of the range, at least a second. */
const stepOf = (params: URLSearchParams, seconds: number): number => {
  const text = params.get('step')
  if (text === null || text === '') return Math.max(1, Math.floor(seconds / 250))
  const step = Number.isFinite(Number(text)) ? Number(text) : (parseDuration(text) ?? 0) / 1000
  if (step <= 0) throw new LogqlError('zero or negative query resolution step widths are not accepted. Try a positive integer')
  return step
}

const clamp = (nanoseconds: bigint, world: LokiWorld): bigint => {
  const from = world.from()
  const now = world.now()
  return nanoseconds < from ? from : nanoseconds > now ? now : nanoseconds
}

const streamsOf = (world: LokiWorld, params: URLSearchParams): Labels[] => {
  const texts = [...params.getAll('match[]'), ...params.getAll('match'), ...params.getAll('query')]
  const to = Number(timeOf(params, 'end', world.now())) / 1e9
  const from = Number(timeOf(params, 'start', world.now() - 6n * 3_600_000_000_000n)) / 1e9
  const selectors = texts.map((text): LogQuery => {
    const parsed = parseLogql(text)
    if (parsed.kind !== 'log') throw new LogqlError('only label matchers are supported')
    return parsed
  })
  return world
    .logs()
    .streams()
    .filter((stream) => stream.from < to && stream.to > from)
    .map(({ labels }) => labels)
    .filter((labels) => selectors.length === 0 || selectors.some(({ matchers }) => matchesAll(labels, matchers)))
    .sort(compareLabels)
}

const labelValues = (world: LokiWorld, params: URLSearchParams, name: string): string[] =>
  [...new Set(streamsOf(world, params).flatMap((labels) => labels[name] ?? []))].sort()

type LokiWorld = {
  logs(): ShopLogs
  /** Nanoseconds since the epoch: the oldest line that is kept, and now. */
  from(): bigint
  now(): bigint
}
