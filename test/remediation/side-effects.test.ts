import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import type { ComputedSeries } from '../../src/demo/world/storage.ts'
import type { Target } from '../../src/remediation/offer.ts'
import { sideEffectsOf } from '../../src/remediation/side-effects.ts'
import type { Labels } from '../../src/series/series.ts'
import { computedPrometheus } from '../datasources/computed.ts'

const DEED = Date.parse('2026-11-20T22:00:00Z')
const NOW = DEED + 300_000
const seconds = (at: number): number => at / 1000

const series = (labels: Labels, when: 'before' | 'since' | 'always', value: (since: number) => number = () => 1): ComputedSeries => ({
  labels: { namespace: 'shop', ...labels },
  everyMs: 15_000,
  offsetMs: 1000,
  segments: [
    { from: when === 'since' ? seconds(DEED + 1000) : seconds(DEED - 3_600_000), to: seconds(when === 'before' ? DEED : NOW) + 60 },
  ].map((one) => ({ ...one, value: (at: number) => value(at - seconds(DEED)) })),
})

const firing = (labels: Labels, when: 'before' | 'since' | 'always', alertstate = 'firing'): ComputedSeries =>
  series({ __name__: 'ALERTS', alertstate, ...labels }, when)

const looked = (all: readonly ComputedSeries[], target: Target = { kind: 'Deployment', namespace: 'shop', name: 'checkout' }) => {
  const client = computedPrometheus(all, NOW)
  const context = { sources: () => ({ prometheus: client }), clock: { ...systemClock, now: () => new Date(NOW) } }
  const action = { cluster: 'default', offer: { target }, baseline: { at: new Date(DEED - 1000).toISOString() } }
  return sideEffectsOf(context as unknown as Parameters<typeof sideEffectsOf>[0], action as unknown as StoredAction, {
    isStillBad: false,
    signal: AbortSignal.timeout(5000),
  })
}

test('an alert that fires since is told, and of whom: not of the exporter that reports of it', async () => {
  const ksm = { alertname: 'KubePodNotReady', service: 'kube-state-metrics' }
  const { worse } = await looked([
    firing({ ...ksm, pod: 'mail-7d9f8c6b5-x2v4z' }, 'always'),
    firing({ ...ksm, pod: 'cart-7d9f8c6b5-x2v4z' }, 'since'),
  ])
  assert.deepEqual(worse, ['since then also fires: KubePodNotReady of cart'])
})

test('the same alert of a pod that the deed replaced, and one that was pending before it, are none of its doing', async () => {
  const effects = await looked([
    firing({ alertname: 'CrashLooping', pod: 'checkout-7d9f8c6b5-x2v4z' }, 'before'),
    firing({ alertname: 'CrashLooping', pod: 'checkout-6b5c4d7f8-q9w8r' }, 'since'),
    firing({ alertname: 'SlowForLong', service: 'cart' }, 'before', 'pending'),
    firing({ alertname: 'SlowForLong', service: 'cart' }, 'since'),
  ])
  assert.deepEqual(effects, { worse: [], unseen: false })
})

test('in a storm of alerts those that fired before are not told as new', async () => {
  const storm = Array.from({ length: 100 }, (_, i) => firing({ alertname: `A${i}`, service: 'cart' }, i < 40 ? 'before' : 'always'))
  assert.deepEqual(await looked(storm), { worse: [], unseen: false })
})

test('that a deleted pod is missed by its own workload is the deed itself', async () => {
  const missing = (deployment: string) =>
    series({ __name__: 'kube_deployment_status_replicas_unavailable', deployment }, 'always', (since) => (since < 0 ? 0 : 1))
  const pod = { kind: 'Pod', namespace: 'shop', name: 'checkout-7d9f8c6b5-x2v4z' }
  const { worse } = await looked([missing('checkout'), missing('cart')], pod)
  assert.deepEqual(worse, ['1 pods of cart are not ready; before the deed it was 0'])
})

test('of what has no namespace nobody looked at the neighbours, and that is said', async () => {
  assert.deepEqual(await looked([], { kind: 'Application', name: 'checkout' }), { worse: [], unseen: true })
})
