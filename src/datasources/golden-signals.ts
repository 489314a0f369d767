import { EXPORTER } from '../kubernetes/names.ts'
import type { Series } from '../series/series.ts'
import { compare } from '../text/compare.ts'
import { durationHistograms } from './latency.ts'
import type { Prometheus } from './prometheus.ts'

/**
 * How a service does at two moments, by the names that metrics have by convention. `errors`: the share of its requests, 0 to 1; `latency`: the
 * 95th percentile in seconds; `not_ready`: pods.
 */
export type Golden = {
  readonly what: 'errors' | 'latency' | 'not_ready'
  readonly of: string
  readonly before: number
  readonly now: number
}

export type Moments = { readonly namespace: string; readonly before: Date; readonly now: Date; readonly signal: AbortSignal }

/**
 * Errors, latency and readiness of everything in a namespace (site reliability engineering's golden signals, without saturation, which has no
 * common name). What was not measured at both moments is left out. Throws what the client throws.
 */
export const goldenSignals = async (prometheus: Prometheus, moments: Moments): Promise<Golden[]> => {
  const found = await Promise.all([errors(prometheus, moments), latency(prometheus, moments), notReady(prometheus, moments)])
  return found.flat().toSorted((a, b) => compare(a.of, b.of) || compare(a.what, b.what))
}

/** Two scrapes of the usual kind and more. */
const WINDOW = '2m'
const WINDOW_SECONDS = 120

/** Of fewer requests in the window a share says nothing. */
const LEAST_REQUESTS = 20

/** Metrics of one kind that are asked for, by name. */
const MOST = 3

const COUNTERS = '.+(request|response|handled|calls).*_(total|count)'

/** Where exporters write how a request ended: client libraries, Micrometer, OpenTelemetry, Istio and Envoy, gRPC. */
const CODES: Readonly<Record<string, string>> = {
  code: '5..|5xx',
  status: '5..|5xx',
  status_code: '5..|5xx',
  http_status_code: '5..|5xx',
  http_response_status_code: '5..|5xx',
  response_code: '5..|5xx',
  grpc_code: 'Unknown|DeadlineExceeded|ResourceExhausted|Internal|Unavailable|DataLoss',
}

/** Who it is about, most telling first: a proxy speaks of where a request goes. */
const OWNERS = [
  'destination_workload',
  'service',
  'service_name',
  'app',
  'app_kubernetes_io_name',
  'deployment',
  'statefulset',
  'container',
  'job',
]
const BY_OWNER = `by (${OWNERS.join(', ')})`

const errors = async (prometheus: Prometheus, moments: Moments): Promise<Golden[]> => {
  const here = `namespace=${JSON.stringify(moments.namespace)}`
  const { series } = await prometheus.instant(
    `count by (__name__, ${Object.keys(CODES).join(', ')}) ({__name__=~"${COUNTERS}", ${here}})`,
    {
      at: moments.now,
      signal: moments.signal,
      limit: 500,
    },
  )
  const asked = await Promise.all(
    codesOf(series).map(([name, label]) => {
      const all = `sum ${BY_OWNER} (rate(${name}{${here}, ${label}!=""}[${WINDOW}]))`
      const bad = `sum ${BY_OWNER} (rate(${name}{${here}, ${label}=~"${CODES[label]}"}[${WINDOW}]))`
      // A service without an error has no series of them.
      return pairs(prometheus, `(${bad} or 0 * ${all}) / (${all} > ${LEAST_REQUESTS / WINDOW_SECONDS})`, moments)
    }),
  )
  return asked.flat().map((one) => ({ what: 'errors', ...one }))
}

/** The counters whose label holds codes, and which label that is. */
const codesOf = (series: readonly Series[]): (readonly [name: string, label: string])[] => {
  const found = new Map<string, string>()
  for (const { labels } of series) {
    const name = labels['__name__'] ?? ''
    const label = Object.keys(CODES).find((one) => isCode(one, labels[one] ?? ''))
    if (label !== undefined && !found.has(name)) found.set(name, label)
  }
  return [...found].sort(([a], [b]) => compare(a, b)).slice(0, MOST)
}

const isCode = (label: string, value: string): boolean =>
  label === 'grpc_code' ? /^[A-Z][A-Za-z]+$/.test(value) : /^[1-5](?:\d\d|xx)$/.test(value)

const latency = async (prometheus: Prometheus, moments: Moments): Promise<Golden[]> => {
  const here = `namespace=${JSON.stringify(moments.namespace)}`
  const histograms = await durationHistograms(prometheus, { selector: here, now: moments.now, signal: moments.signal })
  const asked = await Promise.all(
    histograms.slice(0, MOST).map(async ({ name, unit }) => {
      const rate = `sum by (le, ${OWNERS.join(', ')}) (rate(${name}{${here}}[${WINDOW}]))`
      const enough = `sum ${BY_OWNER} (rate(${name}{${here}, le="+Inf"}[${WINDOW}])) > ${LEAST_REQUESTS / WINDOW_SECONDS}`
      const found = await pairs(prometheus, `histogram_quantile(0.95, ${rate}) and (${enough})`, moments)
      return found.map(({ of, before, now }) => ({ of, before: before * unit, now: now * unit }))
    }),
  )
  return asked.flat().map((one) => ({ what: 'latency', ...one }))
}

/** As kube-state-metrics tells it. Where more pods are wanted than before, those that never were ready are none that were lost: an autoscaler waits for nodes. */
const notReady = async (prometheus: Prometheus, moments: Moments): Promise<Golden[]> => {
  const here = `{namespace=${JSON.stringify(moments.namespace)}}`
  const deployments = `sum by (deployment) (kube_deployment_status_replicas_unavailable${here})`
  const statefulSets = `sum by (statefulset) (kube_statefulset_replicas${here}) - sum by (statefulset) (kube_statefulset_status_replicas_ready${here})`
  const available = `sum by (deployment) (kube_deployment_status_replicas_available${here}) or sum by (statefulset) (kube_statefulset_status_replicas_ready${here})`
  const [missing, ready] = await Promise.all([
    pairs(prometheus, `${deployments} or ${statefulSets}`, moments),
    pairs(prometheus, available, moments),
  ])
  const isLost = ({ of }: Pair): boolean => {
    const same = ready.filter((one) => one.of === of)
    return same.length === 0 || same.some(({ before, now }) => now < before)
  }
  return missing.filter((one) => one.now <= one.before || isLost(one)).map((one) => ({ what: 'not_ready', ...one }))
}

/** What is cut off is not compared: enough for hundreds of services with a few containers each. */
const MOST_SERIES = 2000

type Pair = Pick<Golden, 'of' | 'before' | 'now'>

/** The value of each owner at both moments, in one query whose step is the time between them. */
const pairs = async (prometheus: Prometheus, query: string, { before, now, signal }: Moments): Promise<Pair[]> => {
  const stepSeconds = Math.floor((now.getTime() - before.getTime()) / 1000)
  if (stepSeconds < 1) return []
  const to = new Date(before.getTime() + stepSeconds * 1000)
  const { series } = await prometheus.range(query, { from: before, to, stepSeconds, signal, limit: MOST_SERIES })
  return series.flatMap(({ labels, points }) => {
    const of = OWNERS.map((label) => labels[label]).find((name) => name !== undefined && name !== '' && !EXPORTER.test(name))
    const [first, last] = points
    if (of === undefined || first === undefined || last === undefined) return []
    return Number.isFinite(first[1]) && Number.isFinite(last[1]) ? [{ of, before: first[1], now: last[1] }] : []
  })
}
