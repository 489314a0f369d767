import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at } from '../../../src/kubernetes/read.ts'
import { actionContract, offerOf, planWith } from '../../contracts/action.ts'
import { stage } from '../stage.ts'
import { node, nodes } from './pods-and-nodes.ts'

const cause = { kind: 'Node', name: 'worker-1' }
const params = { name: 'worker-1' }
const unschedulable = (name: string) => (cluster: { find: (kind: string, name: string) => unknown }) =>
  at(cluster.find('Node', name), 'spec', 'unschedulable') === true

actionContract({ kind: 'cordon_node', objects: () => nodes(), params, cause, back: unschedulable('worker-1') })
actionContract({ kind: 'uncordon_node', objects: () => nodes({ unschedulable: true }), params, cause, back: unschedulable('worker-1') })

const entries = { actions: ['cordon_node', 'uncordon_node'].map((kind) => ({ kind, targets: ['worker-*'] })) }

test('the fewer nodes are left, the higher the risk', async (t) => {
  const { context, cluster } = await stage(t, { objects: nodes(), ...entries })
  const risk = async () => offerOf(await planWith(context, 'cordon_node', params)).risk
  assert.equal(await risk(), 'LOW')
  cluster.put(node('worker-3', { unschedulable: true }))
  assert.equal(await risk(), 'MEDIUM')
  cluster.put(node('worker-2', {}, 'Unknown'))
  assert.equal(await risk(), 'HIGH')
})

test('a node that is as it is wanted already, or that is not there, is refused', async (t) => {
  const { context } = await stage(t, { objects: nodes(), ...entries })
  const reason = async (kind: string, name: string) => {
    const planning = await planWith(context, kind, { name })
    return planning.ok ? '' : planning.reason
  }
  assert.equal(await reason('uncordon_node', 'worker-1'), 'node worker-1 is not cordoned')
  assert.equal(await reason('cordon_node', 'worker-9'), 'there is no node worker-9 in default')
  assert.match(await reason('cordon_node', 'control-1'), /^control-1 is not among the targets/)
})
