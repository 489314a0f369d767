import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goldenSignals } from '../../src/datasources/golden-signals.ts'
import type { ComputedSeries } from '../../src/demo/world/storage.ts'
import type { Labels } from '../../src/series/series.ts'
import { computedPrometheus } from './computed.ts'

const DEED = Date.parse('2026-11-20T22:00:00Z')
const NOW = DEED + 300_000
const FROM = DEED / 1000 - 3600

/** A series whose value is a function of seconds since the deed. */
const series = (labels: Labels, value: (since: number) => number): ComputedSeries => ({
  labels: { namespace: 'shop', ...labels },
  everyMs: 15_000,
  offsetMs: 1000,
  segments: [{ from: FROM, to: NOW / 1000 + 60, value: (at) => value(at - DEED / 1000) }],
})

/** A counter that grows by so much a second before and after the deed. */
const counter = (labels: Labels, before: number, after: number): ComputedSeries =>
  series(labels, (since) => 1_000_000 + since * (since < 0 ? before : after))

const requests = (service: string, [before, after]: readonly [number, number], rate = 10): ComputedSeries[] => [
  counter({ __name__: 'http_requests_total', service, code: '200' }, rate * (1 - before), rate * (1 - after)),
  // Without an error there is no series of errors.
  ...(before + after === 0 ? [] : [counter({ __name__: 'http_requests_total', service, code: '503' }, rate * before, rate * after)]),
]

/** Every request takes between half of `ms` and `ms`. */
const durations = (service: string, [before, after]: readonly [number, number]): ComputedSeries[] =>
  [50, 100, 200, 400, 800, 1600, Number.POSITIVE_INFINITY].map((le) =>
    counter(
      { __name__: 'rpc_duration_milliseconds_bucket', service, le: le === Number.POSITIVE_INFINITY ? '+Inf' : String(le) },
      le >= before ? 10 : 0,
      le >= after ? 10 : 0,
    ),
  )

const asked = (all: readonly ComputedSeries[], namespace = 'shop') => {
  const client = computedPrometheus(all, NOW)
  return goldenSignals(client, { namespace, before: new Date(DEED - 1000), now: new Date(NOW), signal: AbortSignal.timeout(5000) })
}

const rounded = (found: Awaited<ReturnType<typeof asked>>): string[] =>
  found.map(({ what, of, before, now }) => `${of} ${what} ${before.toFixed(2)} -> ${now.toFixed(2)}`)

test('errors, latency and readiness of each service before the deed and now, also of one that had no error before', async () => {
  const found = await asked([
    ...requests('cart', [0, 0.3]),
    ...requests('mail', [0.02, 0.02]),
    ...durations('payments', [100, 800]),
    series({ __name__: 'kube_deployment_status_replicas_unavailable', deployment: 'search', job: 'kube-state-metrics' }, (since) =>
      since < 0 ? 0 : 2,
    ),
    series({ __name__: 'kube_statefulset_replicas', statefulset: 'db' }, () => 3),
    series({ __name__: 'kube_statefulset_status_replicas_ready', statefulset: 'db' }, () => 3),
  ])
  assert.deepEqual(rounded(found), [
    'cart errors 0.00 -> 0.30',
    'db not_ready 0.00 -> 0.00',
    'mail errors 0.02 -> 0.02',
    'payments latency 0.10 -> 0.78',
    'search not_ready 0.00 -> 2.00',
  ])
})

test('a handful of requests, another namespace, and a status that is no code say nothing', async () => {
  const words = counter({ __name__: 'jobs_requests_total', service: 'mail', status: 'success' }, 10, 10)
  assert.deepEqual(await asked([...requests('cart', [0, 0.9], 0.1), words]), [])
  assert.deepEqual(await asked(requests('cart', [0, 0.3]), 'other'), [])
})

test('a neighbour that is scaled out waits for pods that never were: not ready is what was', async () => {
  const pods = (deployment: string, [ready, missing]: readonly [number, number]) => [
    series({ __name__: 'kube_deployment_status_replicas_available', deployment }, (since) => (since < 0 ? 3 : ready)),
    series({ __name__: 'kube_deployment_status_replicas_unavailable', deployment }, (since) => (since < 0 ? 0 : missing)),
  ]
  const sets = (statefulset: string, [ready, wanted]: readonly [number, number]) => [
    series({ __name__: 'kube_statefulset_status_replicas_ready', statefulset }, (since) => (since < 0 ? 3 : ready)),
    series({ __name__: 'kube_statefulset_replicas', statefulset }, (since) => (since < 0 ? 3 : wanted)),
  ]
  const all = [...pods('grows', [4, 6]), ...pods('breaks', [1, 2]), ...sets('db-grows', [3, 5]), ...sets('db-breaks', [2, 3])]
  assert.deepEqual(rounded(await asked(all)), ['breaks not_ready 0.00 -> 2.00', 'db-breaks not_ready 0.00 -> 1.00'])
})

test('what appeared after the deed cannot be compared', async () => {
  const [ok, bad] = requests('cart', [0, 0.3])
  assert.ok(ok !== undefined && bad !== undefined)
  const since = (one: ComputedSeries): ComputedSeries => ({
    ...one,
    segments: one.segments.map((part) => ({ ...part, from: DEED / 1000 })),
  })
  assert.deepEqual(await asked([since(ok), since(bad)]), [])
})

test('gRPC, and a mesh that speaks of where the request goes', async () => {
  const grpc = (code: string, before: number, after: number) =>
    counter({ __name__: 'grpc_server_handled_total', service: 'stock', grpc_code: code }, before, after)
  const mesh = (code: string, before: number, after: number) =>
    counter({ __name__: 'istio_requests_total', app: 'cart', destination_workload: 'mail', response_code: code }, before, after)
  assert.deepEqual(
    rounded(
      await asked([...[grpc('OK', 10, 5), grpc('NotFound', 5, 5), grpc('Unavailable', 0, 10)], ...[mesh('200', 10, 5), mesh('500', 0, 5)]]),
    ),
    ['mail errors 0.00 -> 0.50', 'stock errors 0.00 -> 0.50'],
  )
})
