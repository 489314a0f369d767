import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** One incident's evidence: v2.14.0 of checkout cut its database pool from 50 to 10 at 03:02; the alert fired at 03:09. */
const day = '2026-03-04'
const at = (clock: string): number => Date.parse(`${day}T${clock}Z`) / 1000
const from = at('02:50:00')

const series = (labels: Labels, value: (t: number) => number): Series => ({
  labels,
  points: Array.from({ length: 31 }, (_, index): [number, number] => [from + index * 60, value(from + index * 60)]),
})
const step = (low: number, high: number, when: string) => (t: number) => (t < at(when) ? low : high)
const range = { from: `${day}T02:50:00Z`, to: `${day}T03:20:00Z` }

const summary = (all: readonly Series[]): string =>
  all
    .map(({ labels, points }) => {
      const values = points.map(([, value]) => value)
      const n = (x: number): string => String(Number(x.toPrecision(4)))
      const written = Object.entries(labels)
        .map(([key, value]) => `${key}="${value}"`)
        .join(', ')
      return `{${written}} last ${n(values.at(-1)!)} min ${n(Math.min(...values))} max ${n(Math.max(...values))} mean ${n(values.reduce((a, b) => a + b, 0) / values.length)}`
    })
    .join('\n')

const metric = (id: Evidence['id'], query: string, all: readonly Series[]): Evidence => ({
  id,
  at: `${day}T03:20:05Z`,
  source: 'prometheus',
  query,
  range,
  output: { kind: 'series', series: all },
  shown: summary(all),
  complete: true,
})

const lines = (count: number, first: string, every: number, line: (index: number) => string): LogLine[] =>
  Array.from({ length: count }, (_, index) => ({
    at: new Date((at(first) + index * every) * 1000).toISOString(),
    line: line(index),
    labels: { app: 'checkout', namespace: 'shop', pod: index % 3 ? 'checkout-7d9f8c6b5-x2k4p' : 'checkout-7d9f8c6b5-q8w7z' },
  }))

const timeouts = lines(
  1204,
  '03:02:10',
  0.8,
  (i) => `level=error msg="timeout acquiring connection from pool" waited=5s pool_max=10 trace=${i.toString(16).padStart(8, '0')}`,
)
const others = lines(311, '02:51:00', 5, (i) => `level=info msg="order accepted" order=${9000 + i}`)
const deadlines = lines(87, '03:04:40', 6, () => 'level=warn msg="upstream payments-db: context deadline exceeded"')

const logs = (id: Evidence['id'], query: string, all: readonly LogLine[], complete = true): Evidence => {
  const templates = new Map<string, LogLine[]>()
  for (const line of all) {
    const key = line.line.replace(/trace=\w+/, 'trace=<*>').replace(/order=\d+/, 'order=<*>')
    templates.set(key, [...(templates.get(key) ?? []), line])
  }
  return {
    id,
    at: `${day}T03:20:06Z`,
    source: 'loki',
    query,
    range,
    output: { kind: 'lines', lines: all },
    shown: [...templates].map(([text, its]) => `${its.length} x ${text}  first ${its[0]!.at} last ${its.at(-1)!.at}`).join('\n'),
    complete,
  }
}

const text = (id: Evidence['id'], source: string, query: string, shown: string): Evidence => ({
  id,
  at: `${day}T03:20:07Z`,
  source,
  query,
  range: null,
  output: { kind: 'text', text: shown },
  shown,
  complete: true,
})

const pods = ['checkout-7d9f8c6b5-x2k4p', 'checkout-7d9f8c6b5-q8w7z', 'checkout-7d9f8c6b5-m3n5v'].map((name, index) => ({
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: 'checkout', version: 'v2.14.0' } },
  spec: { nodeName: `ip-10-0-1-${4 + index}`, containers: [{ name: 'checkout', image: 'registry.example/shop/checkout:v2.14.0' }] },
  status: { phase: 'Running', restartCount: 0, ready: true },
}))

export const evidence: readonly Evidence[] = [
  metric(
    'E1',
    'sum(rate(http_requests_total{service="checkout",code=~"5.."}[5m])) / sum(rate(http_requests_total{service="checkout"}[5m]))',
    [series({}, step(0.0021, 0.1163, '03:04:00'))],
  ),
  metric(
    'E2',
    'sum by (version) (rate(http_requests_total{service="checkout",code=~"5.."}[5m])) / sum by (version) (rate(http_requests_total{service="checkout"}[5m]))',
    [series({ version: 'v2.14.0' }, step(0.0018, 0.1237, '03:04:00')), series({ version: 'v2.13.4' }, () => 0.0011)],
  ),
  logs('E3', '{app="checkout"} |= ""', [...others, ...timeouts, ...deadlines]),
  metric('E4', 'histogram_quantile(0.99, sum by (le) (rate(db_query_duration_seconds_bucket{db="payments-db"}[5m])))', [
    series({ db: 'payments-db' }, step(0.0402, 0.3094, '03:03:00')),
  ]),
  metric('E5', 'sum by (datname) (pg_stat_activity_count{instance="payments-db-0:9187"})', [
    series({ datname: 'payments-db' }, (t) => (t < at('03:05:00') ? 38 : 41)),
    series({ datname: 'search-db' }, () => 12),
  ]),
  text('E6', 'prometheus', 'pg_settings_max_connections{datname="payments-db"}', 'pg_settings_max_connections{datname="payments-db"} 200'),
  metric('E7', 'sum(rate(http_requests_total{service="checkout"}[5m]))', [series({}, (t) => (t < at('03:10:00') ? 498 : 512))]),
  metric('E8', 'sum(rate(http_requests_total{service="checkout"}[5m] offset 1d))', [series({}, () => 502)]),
  {
    id: 'E9',
    at: `${day}T03:20:08Z`,
    source: 'kubernetes',
    query: 'pods -n shop -l app=checkout',
    range: null,
    output: { kind: 'objects', objects: pods },
    shown: pods
      .map((pod) => `${pod.metadata.name} Running restarts 0 node ${pod.spec.nodeName} image ${pod.spec.containers[0]!.image}`)
      .join('\n'),
    complete: true,
  },
  text(
    'E10',
    'vigil',
    'deploys of checkout in the last 26 h',
    `${day}T03:01:52Z checkout v2.13.4 -> v2.14.0 by ana (commit 4f2c9ab)\n  env DB_POOL_MAX: 50 -> 10\n  env LOG_LEVEL: info (unchanged)`,
  ),
  text('E11', 'vigil', 'deploys of payments-db in the last 26 h', 'no deploys of payments-db in the last 26 h'),
  logs('E12', '{app="search"} |~ "(?i)error|timeout"', []),
  metric('E13', 'container_memory_working_set_bytes{namespace="shop",container="checkout"}', [
    series({ pod: 'checkout-7d9f8c6b5-x2k4p', namespace: 'shop' }, (t) => 402_653_184 + (t - from) * 1000),
    series({ pod: 'checkout-7d9f8c6b5-q8w7z', namespace: 'shop' }, () => 398_458_880),
  ]),
  logs('E14', '{namespace="shop"} |= "error"', timeouts.slice(0, 500), false),
  metric('E15', 'sum by (service) (rate(http_requests_total{service=~"checkout|search",code=~"5.."}[5m]))', [
    series({ service: 'checkout' }, step(1.05, 59.6, '03:04:00')),
    series({ service: 'search' }, () => 0.31),
  ]),
]

export const given: Given = {
  alert: {
    labels: { alertname: 'CheckoutErrorRateHigh', service: 'checkout', namespace: 'shop', severity: 'critical', cluster: 'prod-eu' },
    expression:
      'sum(rate(http_requests_total{service="checkout",code=~"5.."}[5m])) / sum(rate(http_requests_total{service="checkout"}[5m])) > 0.05',
    threshold: 0.05,
    startsAt: `${day}T03:09:00Z`,
    onset: `${day}T03:04:00Z`,
    object: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
  },
  now: new Date(`${day}T03:20:10Z`),
}

export const r = {
  ratio: { evidence: 'E1', statistic: 'last', value: 11.6, unit: '%' },
  ratioChange: { evidence: 'E1', statistic: 'change', value: 11.4, unit: '%' },
  ratioMax: { evidence: 'E1', statistic: 'max', value: 11.63, unit: '%' },
  v214: { evidence: 'E2', series: { version: 'v2.14.0' }, statistic: 'last', value: 12.4, unit: '%' },
  v213: { evidence: 'E2', series: { version: 'v2.13.4' }, statistic: 'last', value: 0.1, unit: '%' },
  v214quote: { evidence: 'E2', quote: '{version="v2.14.0"} last 0.1237' },
  timeouts: { evidence: 'E3', count: 1204, matching: 'timeout acquiring connection from pool' },
  timeoutQuote: { evidence: 'E3', quote: 'timeout acquiring connection from pool' },
  poolMaxQuote: { evidence: 'E3', quote: 'waited=5s pool_max=10' },
  deadlines: { evidence: 'E3', count: 87, matching: 'context deadline exceeded' },
  deadlineQuote: { evidence: 'E3', quote: 'upstream payments-db: context deadline exceeded' },
  noOom: { evidence: 'E3', absent: 'OutOfMemory' },
  p99: { evidence: 'E4', statistic: 'last', value: 309, unit: 'ms' },
  p99change: { evidence: 'E4', statistic: 'change', value: 269, unit: 'ms' },
  connections: { evidence: 'E5', series: { datname: 'payments-db' }, statistic: 'last', value: 41 },
  connectionsMax: { evidence: 'E5', series: { datname: 'payments-db' }, statistic: 'max', value: 41 },
  searchConnections: { evidence: 'E5', series: { datname: 'search-db' }, statistic: 'last', value: 12 },
  limit: { evidence: 'E6', quote: 'pg_settings_max_connections{datname="payments-db"} 200' },
  traffic: { evidence: 'E7', statistic: 'last', value: 512, unit: 'req/s' },
  trafficChange: { evidence: 'E7', statistic: 'change', value: 14 },
  yesterday: { evidence: 'E8', statistic: 'mean', value: 502 },
  pods: { evidence: 'E9', count: 3, matching: 'Running' },
  podX: { evidence: 'E9', quote: 'checkout-7d9f8c6b5-x2k4p Running restarts 0' },
  noRestart: { evidence: 'E9', absent: 'CrashLoopBackOff' },
  image: { evidence: 'E9', quote: 'registry.example/shop/checkout:v2.14.0' },
  deploy: { evidence: 'E10', quote: 'checkout v2.13.4 -> v2.14.0 by ana' },
  pool: { evidence: 'E10', quote: 'env DB_POOL_MAX: 50 -> 10' },
  noDeploy: { evidence: 'E11', quote: 'no deploys of payments-db in the last 26 h' },
  searchClean: { evidence: 'E12', count: 0, matching: 'timeout' },
  searchAbsent: { evidence: 'E12', absent: 'error' },
  memory: { evidence: 'E13', series: { pod: 'checkout-7d9f8c6b5-x2k4p' }, statistic: 'last', value: 386, unit: 'MiB' },
  memoryChange: { evidence: 'E13', series: { pod: 'checkout-7d9f8c6b5-x2k4p' }, statistic: 'change', value: 1.8, unit: 'MB' },
  memoryOther: { evidence: 'E13', series: { pod: 'checkout-7d9f8c6b5-q8w7z' }, statistic: 'last', value: 380, unit: 'MiB' },
  cutCount: { evidence: 'E14', count: 400, matching: 'timeout' },
  checkoutErrors: { evidence: 'E15', series: { service: 'checkout' }, statistic: 'last', value: 59.6 },
  checkoutErrorsChange: { evidence: 'E15', series: { service: 'checkout' }, statistic: 'change', value: 58.6 },
  searchErrors: { evidence: 'E15', series: { service: 'search' }, statistic: 'last', value: 0.31 },
} satisfies Record<string, Receipt>
