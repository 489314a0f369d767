import type { Labels } from '../../series/series.ts'
import { clusterSeries } from './cluster.ts'
import { nothing } from './curve.ts'
import type { Load } from './load.ts'
import { loadOf } from './load.ts'
import { chance, hash } from './noise.ts'
import type { Pod, ShopState, Trouble } from './shop.ts'
import { place, podsOf, services, troublesOf } from './shop.ts'
import { usual } from './standing.ts'
import type { ComputedSeries } from './storage.ts'
import { merged } from './storage.ts'

/** Every series that the shop exposes, scraped every `everyMs`. */
export const shopSeries = (state: ShopState, everyMs: number): ComputedSeries[] => {
  const troubles = troublesOf(state)
  const pods = podsOf(state)
  const loads = new Map(pods.map((pod) => [pod, loadOf(pod, troubles)]))
  return merged([
    ...pods.flatMap((pod) => {
      const load = loads.get(pod)
      return load === undefined ? [] : podSeries(pod, { load, troubles, everyMs })
    }),
    ...databaseSeries({ pods, troubles, loads, everyMs }),
    ...clusterSeries({ state, pods, everyMs }),
    ...certificateSeries(troubles, everyMs),
  ])
}

const appSeries = (pod: Pod, everyMs: number, metric: Metric): ComputedSeries => ({
  labels: { __name__: metric.name, ...targetLabels(pod), version: pod.version, ...metric.labels },
  everyMs,
  offsetMs: hash(`${pod.name}/scrape`) % everyMs,
  segments: pod.lives.map(({ from, to }) => {
    const since = metric.counts === true ? Math.max(from, pod.serving) : from
    return { from, to, value: (seconds) => metric.value(seconds, since) }
  }),
})

const targetLabels = (pod: Pod): Labels => ({ ...place, service: pod.service, job: pod.service, pod: pod.name, instance: `${pod.ip}:8080` })

/** `counts`: a counter, which starts at zero when the pod begins to serve; `value` gets the second and that start. */
type Metric = {
  readonly name: string
  readonly labels?: Labels
  readonly counts?: boolean
  value(seconds: number, since: number): number
}

type Made = { readonly load: Load; readonly troubles: readonly Trouble[]; readonly everyMs: number }

const podSeries = (pod: Pod, { load, troubles, everyMs }: Made): ComputedSeries[] => {
  const metrics = [
    ...(pod.service === 'payments-db' ? [] : httpMetrics(load)),
    ...poolMetrics(pod, load),
    ...processMetrics(pod, load, troubles),
  ]
  const offsetMs = hash(`${pod.name}/scrape`) % everyMs
  const alive = (seconds: number) => (pod.lives.some(({ from, to }) => from <= seconds && seconds < to) ? 1 : 0)
  const up = {
    labels: { __name__: 'up', ...targetLabels(pod) },
    everyMs,
    offsetMs,
    segments: [{ from: pod.from, to: pod.to, value: alive }],
  }
  return [up, ...metrics.map((metric) => appSeries(pod, everyMs, metric))]
}

/** Share of ordinary requests that are answered within a time, and what the failing and the slowed ones add. */
const requestBuckets: readonly (readonly [le: number, share: number])[] = [
  [0.025, 0.22],
  [0.05, 0.55],
  [0.1, 0.86],
  [0.25, 0.972],
  [0.5, 0.993],
  [1, 0.9985],
  [2.5, 0.9999],
  [5, 1],
  [10, 1],
]

const growth =
  (area: (seconds: number) => number) =>
  (seconds: number, since: number): number =>
    Math.max(0, Math.floor(area(seconds) - area(since)))

const httpMetrics = (load: Load): Metric[] => {
  const troubled = (seconds: number) => load.errors(seconds, '500') + load.errors(seconds, '503')
  const byCode: Readonly<Record<string, (seconds: number) => number>> = {
    '200': (seconds) => load.total(seconds) - 0.0116 * load.normal(seconds) - troubled(seconds),
    '404': (seconds) => 0.0108 * load.normal(seconds),
    '500': (seconds) => 0.0006 * load.normal(seconds) + load.errors(seconds, '500'),
    '503': (seconds) => 0.0002 * load.normal(seconds) + load.errors(seconds, '503'),
  }
  // For every request that fails, one and a half get through late.
  const ordinary = (seconds: number) => load.total(seconds) - 2.5 * troubled(seconds)
  const name = 'http_request_duration_seconds'
  return [
    ...Object.entries(byCode).map(([code, area]) => ({ name: 'http_requests_total', labels: { code }, counts: true, value: growth(area) })),
    ...[...requestBuckets, [Number.POSITIVE_INFINITY, 1] as const].map(([le, share]) => ({
      name: `${name}_bucket`,
      labels: { le: Number.isFinite(le) ? String(le) : '+Inf' },
      counts: true,
      value: growth(
        (seconds) => share * ordinary(seconds) + (le >= 2.5 ? 1.5 : 0) * troubled(seconds) + (le >= 5 ? 1 : 0) * troubled(seconds),
      ),
    })),
    { name: `${name}_count`, counts: true, value: growth(load.total) },
    { name: `${name}_sum`, counts: true, value: growth((seconds) => 0.071 * ordinary(seconds) + (1.5 * 1.7 + 3.02) * troubled(seconds)) },
    { name: 'http_requests_in_flight', value: (seconds) => Math.round(load.rate(seconds) * 0.07 + load.errorRate(seconds) * 3) },
  ]
}

/** How many of the pool's connections a pod uses: 14 or so would do, and a trouble takes all it can get. */
const poolUse = (pod: Pod, load: Load, seconds: number): { used: number; waiting: number } => {
  const jitter = chance(`${pod.name}/pool`)(Math.floor(seconds / 5))
  const pressure = Math.min(
    1,
    load.concerned.reduce((most, trouble) => Math.max(most, troubleNow(trouble, seconds) * trouble.pressure.at(seconds)), 0),
  )
  const calm = Math.min(pod.poolMax, (pod.service === 'checkout' ? 13 : 6) + Math.floor(jitter * 4))
  const used = Math.round(calm + (pod.poolMax - calm) * Math.min(1, pressure * 1.2))
  return { used, waiting: Math.round(pressure * (31 + jitter * 9)) }
}

const troubleNow = ({ until }: Trouble, seconds: number): number =>
  until === undefined ? 1 : Math.max(0, 1 - Math.max(0, seconds - until) / 8)

const poolMetrics = (pod: Pod, load: Load): Metric[] => {
  if (pod.poolMax === 0) return []
  return [
    { name: 'db_pool_connections', labels: { state: 'used' }, value: (seconds) => poolUse(pod, load, seconds).used },
    { name: 'db_pool_connections', labels: { state: 'max' }, value: () => pod.poolMax },
    { name: 'db_pool_max', value: () => pod.poolMax },
    { name: 'db_pool_waiting', value: (seconds) => poolUse(pod, load, seconds).waiting },
    { name: 'db_pool_timeouts_total', counts: true, value: growth(load.timeouts) },
  ]
}

const megabyte = 2 ** 20

const processMetrics = (pod: Pod, load: Load, troubles: readonly Trouble[]): Metric[] => {
  const mib = pod.service === 'payments-db' ? 2_100 : 180 + (hash(pod.name) % 90)
  const limit = pod.service === 'checkout' ? pod.standing.memoryMib : pod.service === 'payments-db' ? 4_096 : usual.memoryMib
  const jitter = chance(`${pod.name}/memory`)
  const hoards = (pod.service === 'checkout' ? troubles : []).flatMap((trouble) => trouble.hoard?.(pod) ?? [])
  const hoarded = (...at: [seconds: number, since: number]): number =>
    hoards.reduce((most, hoard) => Math.max(most, hoard(...at)), 0) * (usual.memoryMib - mib - 12)
  return [
    {
      name: 'process_resident_memory_bytes',
      value: (seconds, since) => {
        const own = mib + jitter(Math.floor(seconds / 15)) * 12 + (hoards.length > 0 ? 0 : load.errorRate(seconds) * 1.5)
        return Math.round((Math.min(limit, own + hoarded(seconds, since)) * megabyte) / 4096) * 4096
      },
    },
    { name: 'process_start_time_seconds', value: (_, since) => since },
    { name: 'container_spec_memory_limit_bytes', labels: { container: pod.service }, value: () => limit * megabyte },
    ...cpuMetrics(pod, load, troubles),
  ]
}

/** A pod whose limit is below what its requests need has what the kernel lets it have. */
const cpuMetrics = (pod: Pod, load: Load, troubles: readonly Trouble[]): Metric[] => {
  const labels = { container: pod.service }
  const held = (pod.service === 'checkout' ? troubles : []).flatMap((trouble) => trouble.throttled?.(pod) ?? [])
  const isHeld = held.some((one) => one !== nothing)
  return [
    {
      name: 'container_cpu_usage_seconds_total',
      labels,
      counts: true,
      value: (seconds, since) =>
        isHeld
          ? (pod.standing.cpuMillicores / 1000) * 0.98 * (seconds - since)
          : Math.max(0, 0.012 * (load.total(seconds) - load.total(since))),
    },
    // The kernel counts ten periods a second.
    { name: 'container_cpu_cfs_periods_total', labels, counts: true, value: growth((seconds) => seconds * 10) },
    {
      name: 'container_cpu_cfs_throttled_periods_total',
      labels,
      counts: true,
      value: growth((seconds) => 10 * held.reduce((sum, one) => sum + one.area(seconds), 0.01 * seconds)),
    },
  ]
}

const queryBuckets: readonly (readonly [le: number, calm: number, slow: number])[] = [
  [0.005, 0.31, 0.02],
  [0.01, 0.62, 0.05],
  [0.025, 0.91, 0.12],
  [0.05, 0.993, 0.3],
  [0.1, 0.999, 0.55],
  [0.25, 1, 0.8],
  [0.5, 1, 0.93],
  [1, 1, 0.97],
  [2.5, 1, 1],
  [Number.POSITIVE_INFINITY, 1, 1],
]

type Database = {
  readonly pods: readonly Pod[]
  readonly troubles: readonly Trouble[]
  readonly loads: ReadonlyMap<Pod, Load>
  readonly everyMs: number
}

const databaseSeries = ({ pods, troubles, loads, everyMs }: Database): ComputedSeries[] =>
  pods
    .filter(({ service }) => service === 'payments-db')
    .flatMap((pod) => {
      const rate = services['payments-db'].rate
      const slow = (seconds: number) => rate * 0.8 * troubles.reduce((sum, { slowness }) => sum + slowness.area(seconds), 0)
      const calm = (seconds: number) => (loads.get(pod)?.total(seconds) ?? 0) - slow(seconds)
      const clients = pods.filter(({ service }) => service === 'checkout')
      const active = (seconds: number) =>
        clients.reduce((sum, client) => {
          const load = loads.get(client)
          return load === undefined || seconds < client.serving || seconds >= client.to ? sum : sum + poolUse(client, load, seconds).used
        }, 3)
      const name = 'db_query_duration_seconds'
      const metrics: Metric[] = [
        {
          name: 'pg_stat_activity_count',
          labels: { state: 'active', datname: 'payments' },
          value: (seconds) => Math.min(197, Math.round(active(seconds) * 0.55)),
        },
        {
          name: 'pg_stat_activity_count',
          labels: { state: 'idle', datname: 'payments' },
          value: (seconds) => Math.round(active(seconds) * 0.2),
        },
        { name: 'pg_settings_max_connections', value: () => 200 },
        ...queryBuckets.map(([le, calmShare, slowShare]) => ({
          name: `${name}_bucket`,
          labels: { le: Number.isFinite(le) ? String(le) : '+Inf' },
          counts: true,
          value: growth((seconds) => calmShare * calm(seconds) + slowShare * slow(seconds)),
        })),
        { name: `${name}_count`, counts: true, value: growth((seconds) => calm(seconds) + slow(seconds)) },
        { name: `${name}_sum`, counts: true, value: growth((seconds) => 0.011 * calm(seconds) + 0.19 * slow(seconds)) },
      ]
      return metrics.map((metric) => appSeries(pod, everyMs, metric))
    })

/** What x509-certificate-exporter tells of a certificate that a trouble is about. */
const certificateSeries = (troubles: readonly Trouble[], everyMs: number): ComputedSeries[] =>
  troubles.flatMap(({ certificateUntil, from, until }) => {
    if (certificateUntil === undefined) return []
    const labels = { secret_name: 'checkout-client-tls', secret_namespace: place.namespace, subject_CN: 'checkout.shop.svc' }
    const before = { from: 0, to: until ?? Number.POSITIVE_INFINITY, value: () => Math.round(from) }
    const after = until === undefined ? [] : [{ from: until, to: Number.POSITIVE_INFINITY, value: () => Math.round(certificateUntil) }]
    return [
      {
        labels: { __name__: 'x509_cert_not_after', cluster: place.cluster, namespace: place.namespace, job: 'x509-exporter', ...labels },
        everyMs,
        offsetMs: 0,
        segments: [before, ...after],
      },
    ]
  })
