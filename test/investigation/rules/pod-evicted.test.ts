import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { podEvicted as rule } from '../../../src/investigation/rules/pod-evicted.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, event, node, pod } from '../../kubernetes/made.ts'

const MEMORY =
  'The node was low on resource: memory. Threshold quantity: 100Mi, available: 61232Ki. Container app was using 1843200Ki, request is 128Mi, has larger consumption of memory. '

const running = app('checkout', { replicas: 2 })

const husk = (minutes: number, message = MEMORY): KubeObject =>
  pod('shop/checkout-6c9f4d7b8b-zzzzz', {
    owner: running[1]!,
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message,
      conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message, lastTransitionTime: ago(minutes) }],
      containerStatuses: [],
    },
  })

ruleContract(rule, {
  found: inCluster([...running, node('worker-1'), husk(14)]),
  nothing: inCluster([...running, node('worker-1'), husk(60 * 24 * 9)]),
})

describe('pod-evicted', () => {
  it("accuses the node that pushed the alert's pod off, and names the resource", async () => {
    const findings = await found(rule, inCluster([...running, node('worker-1'), husk(14)]))
    assert.deepEqual(accused(findings), ['Node worker-1'])
    assert.match(findings[0]?.summary ?? '', /pushed off 1 pod for want of memory.*Deployment shop\/checkout/)
  })

  it('finds an eviction by its event alone when the pod is gone', async () => {
    const gone = event(pod('shop/checkout-6c9f4d7b8b-yyyyy'), 'Evicted', MEMORY, { minutes: 13 })
    const findings = await found(rule, inCluster([...running, node('worker-1'), gone]))
    assert.deepEqual(accused(findings), ['Node worker-1'])
    assert.deepEqual(findings[0]?.explains?.[0], { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
  })

  it('accuses the workload that wrote more than it may', async () => {
    for (const message of [
      'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ',
      'Usage of EmptyDir volume "cache" exceeds the limit "500Mi". ',
    ]) {
      const findings = await found(rule, inCluster([...running, node('worker-1'), husk(14, message)]))
      assert.deepEqual(accused(findings), ['Deployment checkout'])
      assert.equal(findings[0]?.category, 'disk')
    }
  })

  it('gives evictions of other workloads as a hint', async () => {
    const other = pod('shop/batch-1', {
      status: {
        phase: 'Failed',
        reason: 'Evicted',
        message: MEMORY,
        conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(14) }],
      },
      spec: { nodeName: 'worker-9', containers: [] },
    })
    assert.deepEqual(accused(await found(rule, inCluster([...running, node('worker-1'), other]))), [])
  })

  it("accuses the workload for which the alert's pod was preempted", async () => {
    const winners = app('batch', {}, { spec: { nodeName: 'worker-1', priorityClassName: 'urgent', containers: [] } })
    const winner = winners[2]!
    const told = (by: string) =>
      event(pod('shop/checkout-6c9f4d7b8b-xxxxx'), 'Preempted', `Preempted by ${by} on node worker-1`, {
        minutes: 14,
        component: 'default-scheduler',
      })
    for (const by of [`pod ${winner.metadata.uid}`, `shop/${winner.metadata.name}`]) {
      const findings = await found(rule, inCluster([...running, ...winners, told(by)]))
      assert.deepEqual(accused(findings), ['Deployment batch'], by)
      assert.match(findings[0]?.summary ?? '', /Deployment shop\/checkout lost a pod.*urgent/)
    }
  })

  it('sees a preemption by the mark on the pod alone, not an old one', async () => {
    const marked = (minutes: number) =>
      pod('shop/checkout-6c9f4d7b8b-wwwww', {
        owner: running[1]!,
        metadata: { deletionTimestamp: ago(minutes) },
        status: {
          conditions: [
            {
              type: 'DisruptionTarget',
              status: 'True',
              reason: 'PreemptionByScheduler',
              message: 'default-scheduler: preempting to accommodate a higher priority pod',
              lastTransitionTime: ago(minutes),
            },
          ],
        },
      })
    assert.deepEqual(accused(await found(rule, inCluster([...running, marked(14)]))), ['Deployment checkout'])
    assert.deepEqual(await found(rule, inCluster([...running, marked(300)])), [])
  })
})
