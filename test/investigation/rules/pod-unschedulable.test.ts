import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { podUnschedulable as rule } from '../../../src/investigation/rules/pod-unschedulable.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, event, node, object, pod, unschedulable } from '../../kubernetes/made.ts'

const TAIL = ' preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.'
const nodes = [
  node('worker-1', { labels: { disk: 'hdd' } }),
  node('worker-2'),
  node('cp-1', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }),
]
const pending = (message: string, spec: Readonly<Record<string, unknown>> = {}, minutes = 12): KubeObject[] => [
  ...app(
    'checkout',
    { ready: 0 },
    { created: ago(minutes), spec: { nodeName: undefined, ...spec }, status: unschedulable(message + TAIL, ago(minutes)), statuses: [] },
  ),
  ...nodes,
]
const CPU = '0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu.'

ruleContract(rule, { found: inCluster(pending(CPU)), nothing: inCluster([...app('checkout'), ...nodes]) })

describe('pod-unschedulable', () => {
  const say = async (message: string, spec?: Readonly<Record<string, unknown>>, more: readonly KubeObject[] = []) =>
    (await found(rule, inCluster([...pending(message, spec), ...more])))[0]

  it('says what is asked and what the largest node has, and never blames the control plane for its taint', async () => {
    const finding = await say(CPU)
    assert.deepEqual(finding?.object, { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
    assert.equal(finding?.category, 'scheduling')
    assert.match(
      finding?.summary ?? '',
      /1 pod of Deployment shop\/checkout finds no node.*not enough cpu is free on 2 nodes: it requests 0.1, the largest node has 4 in all/,
    )
    const large = await say(CPU, { containers: [container({ resources: { requests: { cpu: '8' } } })] })
    assert.match(large?.summary ?? '', /requests 8 of cpu, and the largest node \(cp-1\) has 4/)
  })

  it('names the label that no node has', async () => {
    const selector =
      "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector."
    assert.match((await say(selector, { nodeSelector: { disk: 'ssd' } }))?.summary ?? '', /a node with disk=ssd, and none of 3 has it/)
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['eu-1', 'eu-2'] }] }],
        },
      },
    }
    assert.match((await say(selector, { affinity }))?.summary ?? '', /zone In eu-1\|eu-2/)
  })

  it('names taints, anti-affinity and cordoned nodes', async () => {
    assert.match(
      (await say('0/3 nodes are available: 3 node(s) had untolerated taint {dedicated: gpu}.'))?.summary ?? '',
      /does not tolerate the taint dedicated: gpu on 3 nodes/,
    )
    assert.match(
      (
        await say(
          "0/3 nodes are available: 2 node(s) didn't match pod anti-affinity rules, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.",
        )
      )?.summary ?? '',
      /anti-affinity forbids on 2 nodes/,
    )
    const cordoned = { ...node('worker-3'), spec: { unschedulable: true } }
    const finding = await say(
      '0/4 nodes are available: 1 node(s) were unschedulable, 3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.',
      {},
      [cordoned],
    )
    assert.deepEqual(finding?.object, { kind: 'Node', name: 'worker-3' })
  })

  it('takes what the open nodes lack for the cause, not the nodes that are for other work', async () => {
    const message =
      "0/6 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint {dedicated: gpu}, 3 node(s) didn't match Pod's node affinity/selector."
    assert.match((await say(message))?.summary ?? '', /not enough memory is free on 1 node/)
  })

  it('accuses a node whose taint came after pods that do not tolerate it', async () => {
    const taints = [{ key: 'maintenance', value: 'soon', effect: 'NoSchedule' }]
    const message = '0/4 nodes are available: 1 node(s) had untolerated taint {maintenance: soon}, 3 Insufficient cpu.'
    const stays = pod('shop/cart-1', { labels: { app: 'cart' }, spec: { nodeName: 'worker-9' } })
    const finding = await say(message, {}, [node('worker-9', { taints }), stays])
    assert.deepEqual(finding?.object, { kind: 'Node', name: 'worker-9' })
    const tolerant = pod('shop/cart-1', {
      labels: { app: 'cart' },
      spec: { nodeName: 'worker-9', tolerations: [{ key: 'maintenance', operator: 'Exists' }] },
    })
    assert.equal((await say(message, {}, [node('worker-9', { taints }), tolerant]))?.object?.kind, 'Deployment')
  })

  it('leaves claims and sick nodes to the rules that know more, but says what holds the pod', async () => {
    const claim = object('PersistentVolumeClaim', 'shop/data', { status: { phase: 'Pending' } })
    const spec = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }
    const finding = await say('0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.', spec, [claim])
    assert.deepEqual([finding?.object?.name, finding?.category, finding?.weight], ['data', 'volume', 0.45])
  })

  it('waits a moment with fresh pods, and gives a cluster that grows its time', async () => {
    assert.deepEqual(await found(rule, inCluster(pending(CPU, {}, 1))), [])
    const objects = pending(CPU)
    const growing = event(objects[2] as KubeObject, 'TriggeredScaleUp', 'pod triggered scale-up: [{workers 3->4 (max: 10)}]', {
      minutes: 2,
      type: 'Normal',
      component: 'cluster-autoscaler',
    })
    assert.equal((await found(rule, inCluster([...objects, growing])))[0]?.weight, 0.45)
  })

  it('weighs less when others of the workload serve', async () => {
    const [, , ready] = app('checkout', {}, { metadata: { name: 'checkout-6c9f4d7b8b-ready' } })
    const [finding] = await found(rule, inCluster([...pending(CPU), ready as KubeObject]))
    assert.deepEqual([accused(finding === undefined ? [] : [finding]), finding?.weight], [['Deployment checkout'], 0.7])
  })
})
