import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { at } from '../../../src/kubernetes/read.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { actionContract, offerOf, planWith, run } from '../../contracts/action.ts'
import { pod } from '../../kubernetes/made.ts'
import { stage } from '../stage.ts'
import { budget, node, nodes, withVolumes } from './pods-and-nodes.ts'

const cause = { kind: 'Node', name: 'worker-1' }
const params = { name: 'worker-1' }

actionContract({
  kind: 'drain_node',
  objects: () => nodes(),
  params,
  cause,
  back: (cluster) => at(cluster.find('Node', 'worker-1'), 'spec', 'unschedulable') === true,
})

const drain = { actions: [{ kind: 'drain_node', targets: ['worker-*'] }], cause }
const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 30), signal) }

test('a drain cordons first, evicts each pod by itself, and leaves those of DaemonSets and of the node', async (t) => {
  const { context } = await stage(t, { objects: nodes(), ...drain })
  const { steps, change } = offerOf(await planWith(context, 'drain_node', params))
  assert.deepEqual(
    steps.map(({ request }) => `${at(request, 'method')} ${at(request, 'kind')} ${at(request, 'name')}`),
    ['PATCH Node worker-1', ...[0, 1, 2].map((i) => `POST Pod checkout-6c9f4d7b8b-aaaa${i}`)],
  )
  assert.ok(change.includes('+ spec.unschedulable: true'))
})

test('what would be lost is named and refused', async (t) => {
  const refused = async (...more: KubeObject[]): Promise<string> => {
    const { context } = await stage(t, {
      objects: [...nodes().filter((one) => more.every((other) => other.metadata.name !== one.metadata.name)), ...more],
      ...drain,
    })
    const planning = await planWith(context, 'drain_node', params)
    return planning.ok ? '' : planning.reason
  }
  assert.equal(await refused(pod('shop/debug', { labels: {} })), 'node worker-1 has pods that nobody would make anew: shop/debug')
  const [, , , , , first] = nodes()
  assert.ok(first)
  const local = withVolumes({ ...first, metadata: { ...first.metadata, name: 'cache-1' } }, [{ name: 'tmp', emptyDir: {} }])
  assert.equal(await refused(local), 'node worker-1 has pods whose emptyDir would be lost: shop/cache-1')
  const many = Array.from({ length: 48 }, (_, i) => ({ ...first, metadata: { ...first.metadata, name: `more-${i}`, uid: `uid-${i}` } }))
  assert.match(await refused(...many), /has 51 pods to move, more than 50/)
  assert.match(await refused(node('worker-2', {}, 'False'), node('worker-3', { unschedulable: true })), /no other node takes pods/)
})

test('a budget that lets nobody go refuses the drain before it begins; one that shuts meanwhile is waited for', async (t) => {
  const shut = await stage(t, { objects: [...nodes(), budget(0)], ...drain })
  const planning = await planWith(shut.context, 'drain_node', params)
  assert.match(planning.ok ? '' : planning.reason, /disruption budget/)

  const { cluster, ...made } = await stage(t, { objects: [...nodes(), budget(1)], ...drain, clock })
  const [card] = await made.propose({ action: 'drain_node', params, why: 'it is ill', receipts: [] })
  assert.ok(card)
  cluster.put(budget(0))
  setTimeout(() => cluster.put(budget(1)), 300).unref()
  const done = await run({ cluster, ...made }, 'drain_node', params)
  assert.equal(done.status, 'succeeded', done.result ?? '')
  assert.equal(cluster.ledger.length, 4)
  assert.ok(cluster.tried.filter(({ dryRun }) => !dryRun).length > 4, 'it was asked again')
})
