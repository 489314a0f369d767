import assert from 'node:assert/strict'
import { test } from 'node:test'
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
