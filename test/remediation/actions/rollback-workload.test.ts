import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LiveCluster } from '../../../src/demo/kubernetes/api.ts'
import { at } from '../../../src/kubernetes/read.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { actionContract, offerOf, planWith } from '../../contracts/action.ts'
import { container, object, ownedBy } from '../../kubernetes/made.ts'
import { checkout, stage } from '../stage.ts'

const template = (cluster: LiveCluster) => at(cluster.find('Deployment', 'checkout'), 'spec', 'template')

actionContract({
  kind: 'rollback_workload',
  objects: checkout,
  params: { kind: 'Deployment', namespace: 'shop', name: 'checkout', revision: 1 },
  after: (cluster) => {
    const live = cluster.find('Deployment', 'checkout')
    const old = cluster.find('ReplicaSet', 'checkout-old1')
    if (live === undefined || old === undefined) return
    const to = (one: KubeObject): KubeObject => ({
      ...one,
      metadata: { ...one.metadata, annotations: { ...one.metadata.annotations, 'deployment.kubernetes.io/revision': '3' } },
    })
    cluster.put(to(live))
    cluster.put(to(old))
  },
  back: template,
})

/** A StatefulSet or DaemonSet at revision 3 that had 2 before; as their controller keeps them. */
const revised = (kind: 'StatefulSet' | 'DaemonSet'): KubeObject[] => {
  const made = (image: string) => ({
    metadata: { labels: { app: 'db' } },
    spec: { containers: [container({ name: 'db', image })] },
  })
  const live = object(kind, 'shop/db', {
    metadata: { generation: 4 },
    spec: { ...(kind === 'StatefulSet' ? { replicas: 2 } : {}), template: made('r.example/db:16.2') },
    status: { observedGeneration: 4, updateRevision: 'db-new' },
  })
  const revision = (name: string, number: number, image: string): KubeObject =>
    object('ControllerRevision', `shop/${name}`, {
      apiVersion: 'apps/v1',
      metadata: ownedBy(live),
      revision: number,
      data: { spec: { template: { $patch: 'replace', ...made(image) } } },
    })
  return [live, revision('db-new', 3, 'r.example/db:16.2'), revision('db-old', 2, 'r.example/db:16.1')]
}

for (const kind of ['StatefulSet', 'DaemonSet'] as const)
  test(`a ${kind} goes back to the template of its revision before, without the instruction that stands in it`, async (t) => {
    const { context } = await stage(t, { objects: revised(kind) })
    const offer = offerOf(await planWith(context, 'rollback_workload', { kind, namespace: 'shop', name: 'db' }))
    assert.equal(offer.title, 'Roll back shop/db to revision 2 (db:16.1)')
    assert.deepEqual(offer.change, [
      '- spec.template.spec.containers[db].image: "r.example/db:16.2"',
      '+ spec.template.spec.containers[db].image: "r.example/db:16.1"',
    ])
    assert.doesNotMatch(JSON.stringify(offer.steps), /\$patch/)
    assert.deepEqual(offer.undo, { entry: 'rollback_workload', params: { kind, namespace: 'shop', name: 'db', revision: 3 } })
  })

test('a template that no pod would get is not written', async (t) => {
  const paused = checkout().map((one) => (one.kind === 'Deployment' ? { ...one, spec: { ...one.spec, paused: true } } : one))
  const { context } = await stage(t, { objects: paused })
  for (const kind of ['rollback_workload', 'restart_workload']) {
    const planning = await planWith(context, kind, { namespace: 'shop', name: 'checkout' })
    assert.match(planning.ok ? '' : planning.reason, /is paused: nothing would happen/)
  }
})

test('a revision that is not kept any more is refused, with those that are', async (t) => {
  const { context } = await stage(t)
  const planning = await planWith(context, 'rollback_workload', { namespace: 'shop', name: 'checkout', revision: 9 })
  assert.equal(planning.ok ? '' : planning.reason, 'shop/checkout has no revision 9 to go back to (it has 2, 1)')
})

test('Argo CD would put the newer version back: the card says so', async (t) => {
  const objects = checkout().map((one) =>
    one.kind === 'Deployment'
      ? {
          ...one,
          metadata: {
            ...one.metadata,
            annotations: { ...one.metadata.annotations, 'argocd.argoproj.io/tracking-id': 'shop-checkout:apps/Deployment:shop/checkout' },
          },
        }
      : one,
  )
  const { context } = await stage(t, { objects })
  const offer = offerOf(await planWith(context, 'rollback_workload', { namespace: 'shop', name: 'checkout' }))
  assert.ok(
    offer.notes.includes('Argo CD owns this (shop-checkout): with auto-sync it would put back checkout:1.4.0, unless Git is changed too'),
    offer.notes.join('\n'),
  )
  const both = await stage(t, { objects, actions: [{ kind: 'rollback_workload' }, { kind: 'argocd_rollback', targets: ['*'] }] })
  const named = offerOf(await planWith(both.context, 'rollback_workload', { namespace: 'shop', name: 'checkout' }))
  assert.ok(named.notes.some((note) => note.endsWith('unless Git is changed too; argocd_rollback does it in Argo CD itself')))
  const restart = offerOf(await planWith(context, 'restart_workload', { namespace: 'shop', name: 'checkout' }))
  assert.ok(restart.notes.includes('Argo CD manages this (shop-checkout); this changes nothing that it keeps'))
})
