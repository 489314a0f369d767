import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../src/config.ts'
import { type Grant, grantsOf } from '../../src/remediation/rights.ts'

const grants = (...entries: readonly Record<string, unknown>[]): string[] =>
  grantsOf(
    { actions: entries.map((entry) => ({ params: {}, automatic: false, verify: [], ...entry })) as unknown as Config['actions'] },
    'default',
  ).map(
    ({ namespace, verb, kind, subresource, names }: Grant) =>
      `${namespace ?? '*'}: ${verb} ${kind}${subresource === null ? '' : `/${subresource}`}${names === null ? '' : ` ${names.join(',')}`}`,
  )

test('an entry grants what its steps need, in the namespaces of its targets', () => {
  assert.deepEqual(grants({ kind: 'rollback_workload', targets: ['shop/*'] }), [
    'shop: patch DaemonSet',
    'shop: patch Deployment',
    'shop: patch StatefulSet',
  ])
  assert.deepEqual(grants({ kind: 'scale_workload', targets: ['shop/checkout'], params: { kind: { values: ['Deployment'] } } }), [
    'shop: patch Deployment checkout',
    'shop: patch HorizontalPodAutoscaler',
  ])
  assert.deepEqual(grants({ kind: 'delete_pod', targets: ['*/*'] }), ['*: delete Pod'])
  assert.deepEqual(grants({ kind: 'drain_node', targets: ['worker-*'] }), ['*: patch Node', '*: create Pod/eviction'])
})

test('several entries are one account: what is granted as a whole is not granted by name too', () => {
  assert.deepEqual(
    grants(
      { kind: 'pause_rollout', targets: ['shop/web', 'shop/api'] },
      { kind: 'resume_rollout', targets: ['shop/web', 'ads/*'] },
      { kind: 'cordon_node', targets: ['worker-1'] },
    ),
    ['ads: patch Deployment', 'shop: patch Deployment api,web', '*: patch Node worker-1'],
  )
})

test('an entry that runs as a Job may make and remove it and its walls, in its namespace', () => {
  const job = { kind: 'vacuum', runner: 'job', image: 'r.example/tools:1', namespace: 'sandbox', argv: ['true'], targets: ['shop/*'] }
  assert.deepEqual(grants(job), [
    'sandbox: create Job',
    'sandbox: delete Job',
    'sandbox: create NetworkPolicy',
    'sandbox: delete NetworkPolicy',
  ])
})

test('a manifest may be applied to the kinds of its entry, and made only where the entry says so', () => {
  const params = { kind: { values: ['Deployment', 'ConfigMap'] } }
  const entry = { kind: 'apply_manifest', manifests: './manifests', targets: ['shop/checkout'], params }
  assert.deepEqual(grants(entry), ['shop: patch ConfigMap checkout', 'shop: patch Deployment checkout'])
  assert.deepEqual(grants({ ...entry, create: true }), [
    'shop: create ConfigMap',
    'shop: patch ConfigMap checkout',
    'shop: create Deployment',
    'shop: patch Deployment checkout',
  ])
  const all = grants({ kind: 'apply_manifest', manifests: './manifests', create: true, targets: ['*/*'] }).join('; ')
  assert.doesNotMatch(all, /Secret|Role|ServiceAccount|Namespace|Node|NetworkPolicy|PersistentVolume|Webhook|delete/)
})

test('no entry, one of another cluster, one of another runner, or one whose targets it cannot have grants nothing', () => {
  assert.deepEqual(grants(), [])
  assert.deepEqual(grants({ kind: 'delete_pod', targets: ['shop/*'], clusters: ['prod-eu'] }), [])
  assert.deepEqual(grants({ kind: 'restart_unit', runner: 'command', argv: ['true'], targets: ['shop/*'] }), [])
  assert.deepEqual(grants({ kind: 'delete_pod', targets: ['worker-*'] }, { kind: 'cordon_node', targets: ['shop/*'] }), [])
})
