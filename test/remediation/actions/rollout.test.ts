import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLUX_RECONCILE } from '../../../src/kubernetes/ownership.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { actionContract, offerOf, planWith } from '../../contracts/action.ts'
import { checkout, stage } from '../stage.ts'

const params = { namespace: 'shop', name: 'checkout' }
const paused = (status = {}): KubeObject[] =>
  checkout().map((one) =>
    one.kind === 'Deployment' ? { ...one, spec: { ...one.spec, paused: true }, status: { ...one.status, ...status } } : one,
  )

const isPaused = (cluster: { find: (kind: string, name: string) => KubeObject | undefined }) =>
  cluster.find('Deployment', 'checkout')?.spec?.['paused'] === true

actionContract({ kind: 'pause_rollout', objects: checkout, params, back: isPaused })
actionContract({ kind: 'resume_rollout', objects: () => paused(), params, back: isPaused })

const flux = (): KubeObject[] =>
  checkout().map((one) => {
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps' }
    const annotations = { [FLUX_RECONCILE]: 'disabled' }
    return one.kind === 'Deployment' ? { ...one, metadata: { ...one.metadata, labels, annotations } } : one
  })

actionContract({ kind: 'flux_resume', objects: flux, params })

test('Flux is let again only where it was stopped', async (t) => {
  const { context } = await stage(t, { actions: [{ kind: 'flux_resume' }] })
  const planning = await planWith(context, 'flux_resume', params)
  assert.equal(planning.ok ? '' : planning.reason, 'shop/checkout is in no Kustomization of Flux')
})

test('resuming says which pods it replaces', async (t) => {
  const { context } = await stage(t, {
    objects: paused({ updatedReplicas: 1 }),
    actions: [{ kind: 'resume_rollout' }, { kind: 'pause_rollout' }],
  })
  const offer = offerOf(await planWith(context, 'resume_rollout', params))
  assert.equal(offer.risk, 'MEDIUM')
  assert.equal(offer.why[0], '2 of 3 pods are replaced by checkout:1.4.0')
  const again = await planWith(context, 'pause_rollout', params)
  assert.equal(again.ok ? '' : again.reason, 'the rollout of shop/checkout is paused already')
})
