import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at } from '../../../src/kubernetes/read.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { actionContract, offerOf, planWith } from '../../contracts/action.ts'
import { object } from '../../kubernetes/made.ts'
import { checkout, stage } from '../stage.ts'

const params = { kind: 'Deployment', namespace: 'shop', name: 'checkout', replicas: 5 }

actionContract({
  kind: 'scale_workload',
  objects: checkout,
  params,
  bounds: { replicas: { type: 'integer', min: 2, max: 20 } },
  back: (cluster) => at(cluster.find('Deployment', 'checkout'), 'spec', 'replicas'),
})

const hpa = (metadata = {}): KubeObject =>
  object('HorizontalPodAutoscaler', 'shop/checkout', {
    apiVersion: 'autoscaling/v2',
    metadata,
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' }, minReplicas: 2, maxReplicas: 4 },
  })

actionContract({
  kind: 'scale_workload',
  objects: () => [...checkout(), hpa()],
  params,
  back: (cluster) => cluster.find('HorizontalPodAutoscaler', 'checkout')?.spec,
})

const entry = (max: number) => ({ actions: [{ kind: 'scale_workload', params: { replicas: { type: 'integer', min: 1, max } } }] })

test('under an autoscaler its limits are changed: more lifts the least, fewer lowers the most', async (t) => {
  const { context } = await stage(t, { objects: [...checkout(), hpa()], ...entry(10) })
  const more = offerOf(await planWith(context, 'scale_workload', params))
  assert.deepEqual(more.change, ['- spec.maxReplicas: 4', '+ spec.maxReplicas: 5', '- spec.minReplicas: 2', '+ spec.minReplicas: 5'])
  assert.equal(at(more.steps[0]?.request, 'kind'), 'HorizontalPodAutoscaler')
  const fewer = offerOf(await planWith(context, 'scale_workload', { ...params, replicas: 1 }))
  assert.deepEqual(fewer.change, ['- spec.maxReplicas: 4', '+ spec.maxReplicas: 1', '- spec.minReplicas: 2', '+ spec.minReplicas: 1'])
  assert.equal(fewer.risk, 'HIGH')
})

test('what bounds the replicas bounds the limits of the autoscaler too', async (t) => {
  const { context } = await stage(t, { objects: [...checkout(), hpa()], ...entry(10) })
  for (const limit of ['min_replicas', 'max_replicas']) {
    const planning = await planWith(context, 'scale_workload', { ...params, replicas: undefined, [limit]: 11 })
    assert.equal(planning.ok ? '' : planning.reason, `${limit} 11 is above 10`)
  }
})

test('an undo that the bounds do not reach is not promised', async (t) => {
  const { context } = await stage(t, { actions: [{ kind: 'scale_workload', params: { replicas: { type: 'integer', min: 4, max: 9 } } }] })
  const offer = offerOf(await planWith(context, 'scale_workload', params))
  assert.equal(offer.undo, null)
  assert.ok(offer.notes.some((note) => note.startsWith('No undo here')))
})

test('KEDA would put replicas back: refused with where to change them', async (t) => {
  const keda = hpa({ ownerReferences: [{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'checkout-queue', uid: 'u1' }] })
  const { context } = await stage(t, { objects: [...checkout(), keda], ...entry(10) })
  const planning = await planWith(context, 'scale_workload', params)
  assert.match(planning.ok ? '' : planning.reason, /^KEDA's ScaledObject checkout-queue sets the replicas of shop\/checkout/)
})

test('scaling to nothing is HIGH, to what is there already is refused', async (t) => {
  const { context } = await stage(t, { actions: [{ kind: 'scale_workload' }] })
  const offer = offerOf(await planWith(context, 'scale_workload', { ...params, replicas: 0 }))
  assert.equal(offer.risk, 'HIGH')
  assert.equal(offer.approvals, 2)
  const same = await planWith(context, 'scale_workload', { ...params, replicas: 3 })
  assert.equal(same.ok ? '' : same.reason, 'shop/checkout has 3 replicas already')
})
