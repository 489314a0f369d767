import type { Labels } from '../../series/series.ts'
import { catalogue } from './catalogue.ts'
import type { Matcher } from './matcher.ts'
import type { Expr } from './promql/ast.ts'
import { QueryError } from './promql/ast.ts'
import { typeOf } from './promql/check.ts'
import type { Matrix, Result, Storage } from './promql/evaluate.ts'
import { evaluateInstant, evaluateRange } from './promql/evaluate.ts'
import { formatLabels } from './promql/labels.ts'
import { formatExponent, formatValue, parseDuration } from './promql/number.ts'
import { parsePromql } from './promql/parse.ts'
import type { AlertLife, Rules } from './rules.ts'
import type { Answer, Handle } from './server.ts'
import { labelSets } from './storage.ts'

/** Prometheus's HTTP API (2.42) over a computed storage: same paths, same shapes, same errors. */
export const prometheusApi =
  (world: PrometheusWorld): Handle =>
  (asked) => {
    if (asked.path === '/-/healthy') return { status: 200, body: 'Prometheus Server is Healthy.\n' }
    if (asked.path === '/-/ready') return { status: 200, body: 'Prometheus Server is Ready.\n' }
    const values = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(asked.path)
    try {
      if (values?.[1] !== undefined) return success(labelValues(world, asked.params, decodeURIComponent(values[1])))
      if (asked.path === '/' || asked.path === '/graph') return { status: 200, body: graphPage(world, asked.params) }
      const route = routes[asked.path]
      return route === undefined ? { status: 404, body: '404 page not found\n' } : success(route(world, asked.params))
    } catch (error) {
      if (error instanceof QueryError) return failure(error)
      throw error
    }
  }

const routes: Readonly<Record<string, (world: PrometheusWorld, params: URLSearchParams) => unknown>> = {
  '/api/v1/query': (world, params) => query(world, params),
  '/api/v1/query_range': (world, params) => queryRange(world, params),
  '/api/v1/rules': (world) => rules(world),
  '/api/v1/alerts': (world) => ({ alerts: world.rules.active().map(alertOf) }),
  '/api/v1/labels': (world, params) => [...new Set(selected(world, params).flatMap((labels) => Object.keys(labels)))].sort(),
  '/api/v1/series': (world, params) => {
    if (!params.has('match[]')) throw new QueryError('bad_data', 'no match[] parameter provided')
    return selected(world, params)
  },
  '/api/v1/metadata': (_, params) => metadata(params),
  '/api/v1/targets': (world, params) => targets(world, params.get('state')),
  '/api/v1/status/buildinfo': () => ({
    version: '2.42.0+simulated',
    revision: 'simulated',
    branch: 'HEAD',
    buildUser: 'vigil-demo',
    buildDate: '20261101-00:00:00',
    goVersion: 'go1.19.8',
  }),
}

/** Where an alert's link leads: no graph, but the expression and what it says now. */
const graphPage = ({ storage, now }: PrometheusWorld, params: URLSearchParams): string => {
  const expression = params.get('g0.expr') ?? 'up'
  const result = evaluateInstant(parsePromql(expression), now(), { storage })
  const rows = result.type === 'vector' ? result.samples.map(({ labels, value }) => `${formatLabels(labels)}  ${formatValue(value)}`) : []
  return [
    `Simulated Prometheus, ${new Date(now()).toISOString()}`,
    '',
    expression,
    '',
    ...(rows.length > 0 ? rows : ['no result']),
    '',
  ].join('\n')
}

const success = (data: unknown): Answer => ({ status: 200, body: { status: 'success', data } })

const failure = ({ kind, message }: QueryError): Answer => ({
  status: kind === 'bad_data' ? 400 : kind === 'execution' ? 422 : 503,
  body: { status: 'error', errorType: kind, error: message },
})

const invalid = (parameter: string, reason: string): QueryError => new QueryError('bad_data', `invalid parameter "${parameter}": ${reason}`)

const parseQuery = (params: URLSearchParams): Expr => {
  try {
    return parsePromql(params.get('query') ?? '')
  } catch (error) {
    if (error instanceof QueryError) throw invalid('query', error.message)
    throw error
  }
}

const query = (world: PrometheusWorld, params: URLSearchParams): unknown => {
  const at = timeOf(params, 'time', world.now())
  const deadline = deadlineOf(params)
  const result = evaluateInstant(parseQuery(params), at, { storage: world.storage, deadline })
  if (performance.now() > deadline) throw new QueryError('timeout', 'query timed out in expression evaluation')
  return { resultType: result.type, result: instantResult(result, at / 1000) }
}

const instantResult = (result: Result, at: number): unknown => {
  if (result.type === 'scalar') return [at, formatValue(result.value)]
  if (result.type === 'string') return [at, result.value]
  if (result.type === 'vector') return result.samples.map(({ labels, value }) => ({ metric: labels, value: [at, formatValue(value)] }))
  return matrixResult(result)
}

const matrixResult = ({ series }: Matrix): unknown =>
  series.map(({ labels, times, values }) => ({
    metric: labels,
    values: times.map((time, index) => [time / 1000, formatValue(values[index] ?? Number.NaN)]),
  }))

const queryRange = (world: PrometheusWorld, params: URLSearchParams): unknown => {
  const from = timeOf(params, 'start')
  const to = timeOf(params, 'end')
  if (to < from) throw invalid('end', 'end timestamp must not be before start time')
  const step = stepOf(params)
  // Prometheus's own limit: web/api/v1, 11,000 points fit a day of 10 s steps with room.
  if ((to - from) / step > 11_000)
    throw new QueryError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  const expr = parseQuery(params)
  const type = typeOf(expr)
  if (type !== 'scalar' && type !== 'instant vector')
    throw new QueryError('bad_data', `invalid expression type ${JSON.stringify(type)} for range query, must be Scalar or instant Vector`)
  const result = evaluateRange(expr, { from, to, step }, { storage: world.storage, deadline: deadlineOf(params) })
  return { resultType: 'matrix', result: matrixResult(result) }
}

/** Milliseconds; Prometheus takes seconds with fractions and RFC 3339. */
const timeOf = (params: URLSearchParams, name: string, otherwise?: number): number => {
  const text = params.get(name) ?? ''
  if (text === '' && otherwise !== undefined) return otherwise
  const ms = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
    ? Math.round(Number(text) * 1000)
    : isRfc3339(text)
      ? Date.parse(text)
      : Number.NaN
  if (Number.isNaN(ms)) throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`)
  return ms
}

const isRfc3339 = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)

const stepOf = (params: URLSearchParams): number => {
  const text = params.get('step') ?? ''
  const ms = durationOf(text)
  if (ms === undefined) throw invalid('step', `cannot parse ${JSON.stringify(text)} to a valid duration`)
  if (ms <= 0) throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer')
  return ms
}

const durationOf = (text: string): number | undefined => {
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Math.round(Number(text) * 1000)
  return parseDuration(text)
}

/** An instant of `performance.now()`; without a `timeout` Prometheus's default of 2 minutes. */
const deadlineOf = (params: URLSearchParams): number => {
  const text = params.get('timeout')
  const ms = text === null ? 120_000 : durationOf(text)
  if (ms === undefined) throw invalid('timeout', `cannot parse ${JSON.stringify(text)} to a valid duration`)
  return performance.now() + ms
}

const selectorsOf = (params: URLSearchParams): Matcher[][] =>
  params.getAll('match[]').map((text) => {
    const expr = parsePromql(text)
    if (expr.type !== 'vector') throw invalid('match[]', `${text} is no selector`)
    return [...expr.matchers]
  })

/** Without a start the last six hours: the world forgets nothing, and all of it would be slow. */
const selected = (world: PrometheusWorld, params: URLSearchParams): Labels[] => {
  const to = timeOf(params, 'end', world.now())
  const from = timeOf(params, 'start', to - 6 * 3_600_000)
  return labelSets(world.storage, { from, to: Math.min(to, world.now()) }, selectorsOf(params))
}

const labelValues = (world: PrometheusWorld, params: URLSearchParams, name: string): string[] => {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new QueryError('bad_data', `invalid label name: ${JSON.stringify(name)}`)
  return [...new Set(selected(world, params).flatMap((labels) => labels[name] ?? []))].sort()
}

const metadata = (params: URLSearchParams): Record<string, unknown> => {
  const metric = params.get('metric')
  const entries = Object.entries(catalogue).filter(([name]) => metric === null || name === metric)
  return Object.fromEntries(entries.map(([name, { type, help }]) => [name, [{ type, help, unit: '' }]]))
}

const instant = (seconds: number): string => new Date(Math.round(seconds * 1000)).toISOString()

const alertOf = ({ labels, annotations, firedAt, activeAt, value }: AlertLife): unknown => ({
  labels,
  annotations,
  state: firedAt === undefined ? 'pending' : 'firing',
  activeAt: instant(activeAt),
  value: formatExponent(value),
})

const rules = ({ rules: all, now }: PrometheusWorld): unknown => {
  const lastEvaluation = instant(all.evaluatedAt() ?? now() / 1000)
  const described = all.rules.map((rule) => {
    const alerts = all.active().filter((life) => life.rule === rule)
    const state = alerts.some(({ firedAt }) => firedAt !== undefined) ? 'firing' : alerts.length > 0 ? 'pending' : 'inactive'
    const { name, expression, forSeconds, labels, annotations } = rule
    return {
      state,
      name,
      query: expression,
      duration: forSeconds,
      keepFiringFor: 0,
      labels,
      annotations,
      alerts: alerts.map(alertOf),
      health: 'ok',
      evaluationTime: 0.0004,
      lastEvaluation,
      type: 'alerting',
    }
  })
  const group = {
    name: 'shop',
    file: 'shop.yml',
    rules: described,
    interval: all.everySeconds,
    limit: 0,
    evaluationTime: 0.0008,
    lastEvaluation,
  }
  return { groups: [group] }
}

const targets = ({ storage, now, scrapeSeconds }: PrometheusWorld, state: string | null): unknown => {
  const up = evaluateInstant(parsePromql('up'), now(), { storage })
  const samples = up.type === 'vector' && state !== 'dropped' ? up.samples : []
  const every = `${scrapeSeconds}s`
  const activeTargets = samples.map(({ labels: { __name__: _, ...labels }, value, time }) => ({
    discoveredLabels: {
      __address__: labels['instance'],
      __metrics_path__: '/metrics',
      __scheme__: 'http',
      __scrape_interval__: every,
      __scrape_timeout__: every,
      job: labels['job'],
    },
    labels,
    scrapePool: labels['job'],
    scrapeUrl: `http://${labels['instance']}/metrics`,
    globalUrl: `http://${labels['instance']}/metrics`,
    lastError: value === 1 ? '' : `Get "http://${labels['instance']}/metrics": connect: connection refused`,
    lastScrape: instant((time ?? now()) / 1000),
    lastScrapeDuration: 0.002,
    health: value === 1 ? 'up' : 'down',
    scrapeInterval: every,
    scrapeTimeout: every,
  }))
  return { activeTargets, droppedTargets: [] }
}

type PrometheusWorld = {
  readonly storage: Storage
  readonly rules: Rules
  readonly scrapeSeconds: number
  /** Milliseconds since the epoch. */
  now(): number
}
