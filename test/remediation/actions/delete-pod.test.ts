import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { actionContract, offerOf, planWith } from '../../contracts/action.ts'
import { pod } from '../../kubernetes/made.ts'
import { stage } from '../stage.ts'
import { budget, nodes } from './pods-and-nodes.ts'

const name = 'checkout-6c9f4d7b8b-aaaa1'
const params = { namespace: 'shop', name }

actionContract({ kind: 'delete_pod', objects: () => nodes(), params })

const planned = async (t: Parameters<typeof stage>[0], objects: KubeObject[], wanted = name) => {
  const { context } = await stage(t, { objects, actions: [{ kind: 'delete_pod' }] })
  return planWith(context, 'delete_pod', { namespace: 'shop', name: wanted })
}

test('the only pod that serves is deleted at HIGH risk, one among others at LOW', async (t) => {
  assert.equal(offerOf(await planned(t, nodes())).risk, 'LOW')
  const alone = nodes().filter(({ metadata }) => !/aaaa[02]$/.test(metadata.name))
  const offer = offerOf(await planned(t, alone))
  assert.equal(offer.risk, 'HIGH')
  assert.match(offer.why[0] ?? '', /the only one that serves/)
})

test('a pod that nobody makes anew, a mirror pod, and one that a budget holds are refused', async (t) => {
  const reason = async (...given: [KubeObject[], string?]): Promise<string> => {
    const planning = await planned(t, ...given)
    return planning.ok ? '' : planning.reason
  }
  assert.match(await reason([...nodes(), pod('shop/debug', { labels: {} })], 'debug'), /^nobody would make shop\/debug anew/)
  assert.match(await reason(nodes(), 'proxy-worker-1'), /a copy of what a node runs from a file/)
  assert.match(await reason([...nodes(), budget(0)]), /^PodDisruptionBudget checkout lets no pod of ReplicaSet/)
})
