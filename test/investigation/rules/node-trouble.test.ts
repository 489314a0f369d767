import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nodeTrouble as rule } from '../../../src/investigation/rules/node-trouble.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, event, node, object, pod } from '../../kubernetes/made.ts'

const on = (nodeName: string) => ({ spec: { nodeName, containers: [] } })

const sick = (name: string, condition: Readonly<Record<string, unknown>>, over = {}): KubeObject =>
  object('Node', name, {
    spec: {},
    ...over,
    status: {
      conditions: [
        { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory', lastTransitionTime: ago(9000) },
        ...(condition['type'] === 'Ready'
          ? []
          : [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(9000) }]),
        condition,
      ],
    },
  })

const UNKNOWN = {
  type: 'Ready',
  status: 'Unknown',
  reason: 'NodeStatusUnknown',
  message: 'Kubelet stopped posting node status.',
  lastTransitionTime: ago(12),
}

const down = [...app('checkout', { replicas: 2 }), ...app('cart', {}, on('worker-2')), sick('worker-1', UNKNOWN), node('worker-2')]
const healthy = [...app('checkout', { replicas: 2 }), ...app('cart', {}, on('worker-2')), node('worker-1'), node('worker-2')]

ruleContract(rule, { found: inCluster(down), nothing: inCluster(healthy) })

describe('node-trouble', () => {
  it('accuses a budget that keeps a cordoned node from being drained, of an alert about that node alone', async () => {
    const budget = (desiredHealthy: number) =>
      object('PodDisruptionBudget', 'shop/checkout', {
        spec: { selector: { matchLabels: { app: 'checkout' } } },
        status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy, expectedPods: 2 },
      })
    const shut = (desired: number) => [
      ...app('checkout', { replicas: 2 }),
      object('Node', 'worker-1', { ...node('worker-1'), spec: { unschedulable: true } }),
      budget(desired),
    ]
    const about = { labels: { alertname: 'DrainStuck', node: 'worker-1' }, subject: null }
    const [finding] = await found(rule, inCluster(shut(2), about))
    assert.deepEqual([finding?.object?.kind, finding?.weight], ['PodDisruptionBudget', 0.8])
    assert.match(
      finding?.summary ?? '',
      /lets no pod of Deployment shop\/checkout go \(2 of 2 must be healthy, 1 are\): Node worker-1, cordoned, cannot/,
    )
    assert.equal((await found(rule, inCluster(shut(1), about)))[0]?.weight, 0.5)
    assert.deepEqual(accused(await found(rule, inCluster(shut(2)))), [])
  })

  it("takes the node for the alert's own where all else is the exporter's", async () => {
    const own = {
      job: 'kube-state-metrics',
      service: 'kube-state-metrics',
      container: 'kube-state-metrics',
      pod: 'kube-state-metrics-6f7c9d8b5f-x2x7k',
    }
    const labels = { alertname: 'NodePressure', namespace: '', node: 'worker-9', ...own }
    const pressure = sick('worker-9', {
      type: 'MemoryPressure',
      status: 'True',
      reason: 'KubeletHasInsufficientMemory',
      lastTransitionTime: ago(12),
    })
    const exporter = app('kube-state-metrics', {}, on('worker-2'))
    const [finding] = await found(rule, inCluster([pressure, node('worker-2'), ...exporter], { labels, subject: 'worker-9' }))
    assert.equal(finding?.object?.name, 'worker-9')
    assert.ok((finding?.weight ?? 0) >= 0.7)
  })

  it("accuses the node on which the alert's pods stand, and explains all that stands there", async () => {
    const [finding] = await found(rule, inCluster(down))
    assert.deepEqual(finding?.object, { kind: 'Node', name: 'worker-1' })
    assert.equal(finding?.category, 'node')
    assert.ok((finding?.weight ?? 0) > 0.85)
    assert.equal(finding?.since, '2026-11-20T21:48:00.000Z')
    assert.deepEqual(
      finding?.explains?.map(({ kind, name }) => `${kind} ${name}`),
      ['Deployment checkout', 'Pod checkout-6c9f4d7b8b-aaaa0', 'Pod checkout-6c9f4d7b8b-aaaa1'],
    )
  })

  it('gives a node on which nothing of the alert stands as a hint at most', async () => {
    const objects = [...app('checkout', {}, on('worker-2')), ...app('cart'), sick('worker-1', UNKNOWN), node('worker-2')]
    assert.deepEqual(accused(await found(rule, inCluster(objects))), [])
  })

  it('names the network plugin where it is that', async () => {
    const message =
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized'
    const [finding] = await found(
      rule,
      inCluster([...app('checkout'), sick('worker-1', { ...UNKNOWN, status: 'False', reason: 'KubeletNotReady', message })]),
    )
    assert.match(finding?.summary ?? '', /its network plugin is not ready/)
  })

  it('sees pressure, and weighs it more when pods are pushed off', async () => {
    for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'ReadonlyFilesystem']) {
      const pressed = sick('worker-1', {
        type,
        status: 'True',
        reason: `KubeletHas${type}`,
        message: 'kubelet has it',
        lastTransitionTime: ago(14),
      })
      const calm = await found(rule, inCluster([...app('checkout'), pressed]))
      assert.deepEqual(accused(calm), ['Node worker-1'], type)
      const evicted = event(pod('shop/other-1'), 'Evicted', 'The node was low on resource: memory.', { minutes: 12 })
      const worse = await found(rule, inCluster([...app('checkout'), pressed, evicted]))
      assert.ok((worse[0]?.weight ?? 0) > (calm[0]?.weight ?? 0))
    }
  })

  it('accuses a node that no longer exists but not where nodes could not be read', async () => {
    const gone = [...app('checkout', {}, { ...on('spot-7'), metadata: { deletionTimestamp: ago(8) } }), node('worker-2')]
    assert.deepEqual(accused(await found(rule, inCluster(gone))), ['Node spot-7'])
    assert.deepEqual(await found(rule, inCluster(gone, { unread: [{ kind: 'Node', reason: 'forbidden' }] })), [])
    assert.deepEqual(
      await found(rule, inCluster([...app('checkout', {}, { ...on('spot-7'), status: { phase: 'Succeeded' } }), node('worker-2')])),
      [],
    )
  })

  it('lets cordoned nodes and troubles of last week rest', async () => {
    const cordoned = object('Node', 'worker-1', {
      ...node('worker-1'),
      spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
    })
    const old = event(node('worker-2'), 'NodeNotReady', 'Node worker-2 status is now: NodeNotReady', { minutes: 60 * 24 * 7 })
    assert.deepEqual(await found(rule, inCluster([...app('checkout', { replicas: 2 }), cordoned, node('worker-2'), old])), [])
  })

  it('remembers a node that was away when the alert began, not one that is new', async () => {
    const back = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(9) }
    const was = sick('worker-1', back)
    const rebooted = event(was, 'Rebooted', 'Node worker-1 has been rebooted, boot id: 6a1f', { minutes: 11 })
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), was, rebooted]))), ['Node worker-1'])
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), was])), [])
  })

  it('weighs a node that has been down since yesterday less', async () => {
    const [since12min] = await found(rule, inCluster(down))
    const [sinceYesterday] = await found(
      rule,
      inCluster([...app('checkout'), sick('worker-1', { ...UNKNOWN, lastTransitionTime: ago(60 * 26) })]),
    )
    assert.ok((sinceYesterday?.weight ?? 1) < (since12min?.weight ?? 0) * 0.7)
  })
})
