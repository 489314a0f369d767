import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quotaExceeded as rule } from '../../../src/investigation/rules/quota-exceeded.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, event, object } from '../../kubernetes/made.ts'

const quota = (hard: Readonly<Record<string, string>>, used: Readonly<Record<string, string>>): KubeObject =>
  object('ResourceQuota', 'shop/compute', { spec: { hard }, status: { hard, used } })

const EXCEEDED =
  'pods "checkout-6c9f4d7b8b-q8x2v" is forbidden: exceeded quota: compute, requested: requests.cpu=500m,requests.memory=256Mi, used: requests.cpu=3800m,requests.memory=2Gi, limited: requests.cpu=4,requests.memory=8Gi'

const failing = (message: string): KubeObject[] => {
  const [made, set] = app('checkout', {
    replicas: 3,
    ready: 1,
    status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(14) }] },
  })
  return [made!, set!, app('checkout')[2]!]
}
const full = quota({ 'requests.cpu': '4', 'requests.memory': '8Gi' }, { 'requests.cpu': '3800m', 'requests.memory': '2Gi' })

ruleContract(rule, { found: inCluster([...failing(EXCEEDED), full]), nothing: inCluster([...app('checkout', { replicas: 3 }), full]) })

describe('quota-exceeded', () => {
  it('accuses the quota, says what it refuses and how many pods are missing', async () => {
    const findings = await found(rule, inCluster([...failing(EXCEEDED), full]))
    assert.deepEqual(accused(findings), ['ResourceQuota compute'])
    assert.match(findings[0]?.summary ?? '', /Deployment shop\/checkout.*requests.cpu=500m.*1 of 3 pods/)
    assert.equal(findings[0]?.category, 'quota')
  })

  it('forgets a refusal once the quota has room for what was asked', async () => {
    const raised = quota({ 'requests.cpu': '8', 'requests.memory': '8Gi' }, { 'requests.cpu': '3800m', 'requests.memory': '2Gi' })
    assert.deepEqual(await found(rule, inCluster([...failing(EXCEEDED), raised])), [])
  })

  it('reads events where there is no condition, as long as pods are missing', async () => {
    const set = (replicas: number) =>
      object('StatefulSet', 'shop/checkout', {
        spec: { replicas: 2, template: { metadata: { labels: { app: 'checkout' } }, spec: { containers: [] } } },
        status: { replicas },
      })
    const claims =
      'create Claim data-checkout-1 for Pod checkout-1 in StatefulSet checkout failed error: persistentvolumeclaims "data-checkout-1" is forbidden: exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=95Gi, limited: requests.storage=100Gi'
    const objects = [set(1), event(set(1), 'FailedCreate', claims, { minutes: 3, count: 9 })]
    assert.deepEqual(accused(await found(rule, inCluster(objects))), ['ResourceQuota storage'])
    const old = [set(1), event(set(1), 'FailedCreate', claims, { minutes: 300 })]
    assert.deepEqual(await found(rule, inCluster(old)), [])
    const [made, sets, ...pods] = app('checkout', { replicas: 2 })
    assert.deepEqual(await found(rule, inCluster([made!, sets!, ...pods, event(sets!, 'FailedCreate', EXCEEDED, { minutes: 9 })])), [])
  })

  it('accuses a quota that wants limits where there are none', async () => {
    const message =
      'pods "checkout-6c9f4d7b8b-q8x2v" is forbidden: failed quota: compute: must specify limits.cpu for: app; limits.memory for: app'
    assert.deepEqual(accused(await found(rule, inCluster([...failing(message), full]))), ['ResourceQuota compute'])
  })

  it('accuses the limit range that refuses, the one with that bound among several', async () => {
    const range = (name: string, limits: readonly unknown[]) => object('LimitRange', `shop/${name}`, { spec: { limits } })
    const ranges = [
      range('a', [{ type: 'Container', max: { memory: '4Gi' } }]),
      range('bounds', [{ type: 'Container', max: { memory: '512Mi' }, min: { cpu: '100m' } }]),
    ]
    for (const message of [
      'pods "checkout-6c9f4d7b8b-q8x2v" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi',
      'pods "checkout-6c9f4d7b8b-q8x2v" is forbidden: [minimum cpu usage per Container is 100m, but request is 10m, maximum memory usage per Container is 512Mi, but limit is 1Gi]',
    ]) {
      const findings = await found(rule, inCluster([...failing(message), ...ranges]))
      assert.deepEqual(accused(findings), ['LimitRange bounds'])
    }
  })

  it('gives a refusal of another workload as a hint', async () => {
    const other = failing(EXCEEDED).map((one) => JSON.parse(JSON.stringify(one).replaceAll('checkout', 'cart')) as KubeObject)
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), ...other, full]))), [])
  })
})
