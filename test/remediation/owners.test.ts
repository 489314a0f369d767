import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { timelineOf } from '../../src/incident/timeline.ts'
import { FLUX_RECONCILE } from '../../src/kubernetes/ownership.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { remind } from '../../src/remediation/remind.ts'
import { nodes } from './actions/pods-and-nodes.ts'
import { movable } from './clock.ts'
import { argoWire } from './runners/argocd-wire.ts'
import { checkout, presser, pressOf, ROLLBACK, type Stage, stage } from './stage.ts'

const never = new AbortController().signal
const HOUR_MS = 3_600_000

const labelled = (labels: Readonly<Record<string, string>>): KubeObject[] =>
  checkout().map((one) =>
    one.kind === 'Deployment' ? { ...one, metadata: { ...one.metadata, labels: { ...one.metadata.labels, ...labels } } } : one,
  )

const FLUX = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' }

const markOf = ({ cluster }: Stage): string | undefined => cluster.find('Deployment', 'checkout')?.metadata.annotations?.[FLUX_RECONCILE]

const press = async ({ context, action }: Stage, id: string, users = ['U0ANA']) => {
  for (const user of users) await approve(context, pressOf(await action(id)), presser(user))
  await execute(context, id, never)
  const done = await action(id)
  assert.equal(done.status, 'succeeded', done.result ?? '')
  return done
}

const reminders = async ({ context, incident }: Stage) =>
  (await timelineOf(context.db, incident)).flatMap((entry) => (entry.type === 'action_left' ? [[entry.what, entry.offered]] : []))

const held = async (t: TestContext, kinds: readonly string[]) => {
  const { clock, travel } = movable()
  const room = await stage(t, { clock, objects: labelled(FLUX), actions: kinds.map((kind) => ({ kind })) })
  const [card] = await room.propose(ROLLBACK)
  assert.ok(card)
  return { room, card, travel: (ms: number) => travel(room.context.db, ms) }
}

test('what Flux would put back is changed and kept from it in one patch, and an hour later its thread is reminded, with a card to let it again', async (t) => {
  const { room, card, travel } = await held(t, ['rollback_workload', 'flux_resume'])
  assert.equal(card.offer.steps.length, 1)
  assert.ok(card.offer.change.some((line) => line.startsWith('+') && line.includes(FLUX_RECONCILE)))
  assert.match(card.offer.notes.join('\n'), /Flux \(kustomization apps\) is told in the same change to leave this Deployment as it is/)
  assert.match(card.offer.notes.join('\n'), /a reminder comes after 60 min/)
  assert.match(
    card.offer.command,
    / annotate deployment\/checkout kustomize.toolkit.fluxcd.io\/reconcile=disabled && kubectl -n shop rollout undo /,
  )
  await press(room, card.id)
  assert.equal(markOf(room), 'disabled')
  await room.context.db.updateTable('incident').set({ status: 'resolved' }).execute()

  await travel(HOUR_MS)
  await remind(room.context, card.id)
  await remind(room.context, card.id)
  assert.deepEqual(
    await reminders(room),
    [['Flux is told not to touch shop/checkout: nothing that is merged reaches it', true]],
    'said once while its card stands',
  )
  const resume = (await room.actions()).find(({ kind }) => kind === 'flux_resume')
  assert.ok(resume)
  assert.equal(await room.status(), 'resolved', 'a reminder opens nothing again')
  await press(room, resume.id)
  assert.equal(markOf(room), undefined)
  await remind(room.context, card.id)
  assert.equal((await reminders(room)).length, 1)
  assert.equal(room.cluster.ledger.length, 2)
  assert.equal(await room.status(), 'resolved')
})

test('where letting Flux go on is not enabled it is not stopped, and the card says what it would do', async (t) => {
  const { card } = await held(t, ['rollback_workload'])
  assert.ok(!JSON.stringify(card.offer.steps).includes(FLUX_RECONCILE))
  assert.match(card.offer.notes.join('\n'), /Flux owns this \(kustomization apps\): with its next reconciliation it would put back/)
  assert.equal(card.offer.risk, 'MEDIUM')
})

test('what is left and cannot be put back by a press is said in words, until somebody has done it', async (t) => {
  const { clock, travel } = movable()
  const room = await stage(t, {
    clock,
    objects: nodes(),
    cause: { kind: 'Node', name: 'worker-1' },
    actions: [{ kind: 'cordon_node', targets: ['worker-*'] }],
  })
  const [card] = await room.propose({ action: 'cordon_node', params: { name: 'worker-1' }, why: 'It is ill.', receipts: [] })
  assert.ok(card)
  await press(room, card.id)
  await travel(room.context.db, HOUR_MS)
  await remind(room.context, card.id)
  assert.deepEqual(await reminders(room), [['node worker-1 takes no new pods', false]])
  const node = room.cluster.find('Node', 'worker-1')
  assert.ok(node)
  // Each change of a spec raises it: a controller that is still at the older one writes nothing over this.
  const generation = Number(node.metadata['generation'] ?? 1) + 1
  room.cluster.put({ ...node, metadata: { ...node.metadata, generation }, spec: { ...node.spec, unschedulable: false } })
  await remind(room.context, card.id)
  assert.equal((await reminders(room)).length, 1)
})

test('while nobody can see whether it is left, the reminder comes again later: no outage ends it', async (t) => {
  const { room, card, travel } = await held(t, ['rollback_workload', 'flux_resume'])
  await press(room, card.id)
  await travel(HOUR_MS)
  const sent: number[] = []
  const queue = {
    ...room.context.queue,
    sendNow: async (_: string, __: unknown, options?: { afterSeconds?: number }) => void sent.push(options?.afterSeconds ?? 0),
  }
  const context = { ...room.context, queue } as typeof room.context
  const blind = { ...context, sources: () => ({ ...context.sources('default'), kubernetes: undefined }) } as unknown as typeof context
  await remind(blind, card.id)
  assert.deepEqual([await reminders(room), sent], [[], [3600]])
  await remind(context, card.id)
  assert.deepEqual([(await reminders(room)).length, sent], [1, [3600, 86_400]])
})

test('a rollback of what Argo CD would put back is done in Argo CD', async (t) => {
  const wire = await argoWire(t)
  wire.app.spec.syncPolicy = { automated: { prune: false, selfHeal: true } }
  const env = { VIGIL_ARGOCD_ENDPOINT: wire.url, VIGIL_ARGOCD_TOKEN: 'reads', VIGIL_ARGOCD_RUNNER_TOKEN: 'changes' }
  const actions = [{ kind: 'rollback_workload' }, { kind: 'argocd_rollback', targets: ['checkout'] }]
  const room = await stage(t, { env, objects: labelled({ 'argocd.argoproj.io/instance': 'checkout' }), actions })
  const [card] = await room.propose(ROLLBACK)
  assert.ok(card)
  assert.deepEqual([card.kind, card.offer.target.name, card.offer.risk], ['argocd_rollback', 'checkout', 'HIGH'])
  const proposed = (await timelineOf(room.context.db, room.incident)).find(({ type }) => type === 'action_proposed')
  assert.match(proposed?.type === 'action_proposed' ? proposed.because.text : '', /Argo CD owns shop\/checkout and heals by itself/)
  await press(room, card.id, ['U0ANA', 'U0TOM'])
  assert.deepEqual(wire.deeds, ['patch {"spec":{"syncPolicy":{"automated":null}}}', 'rollback 3'])
  assert.deepEqual(room.cluster.ledger, [])
  for (const [at, syncPolicy] of [{}, { automated: { prune: true, selfHeal: false } }].entries()) {
    wire.app.spec.syncPolicy = syncPolicy
    const beside = (await room.propose(ROLLBACK))[at + 1]
    assert.equal(beside?.kind, 'rollback_workload', 'what nobody puts back before the next commit is changed where it is')
  }
})

test('where the rollback in Argo CD is not enabled for that application, what was wanted stays, and the card says who owns it', async (t) => {
  const wire = await argoWire(t)
  wire.app.spec.syncPolicy = { automated: { prune: false, selfHeal: true } }
  const env = { VIGIL_ARGOCD_ENDPOINT: wire.url, VIGIL_ARGOCD_TOKEN: 'reads', VIGIL_ARGOCD_RUNNER_TOKEN: 'changes' }
  const actions = [{ kind: 'rollback_workload' }, { kind: 'argocd_rollback', targets: ['payments'] }]
  const room = await stage(t, { env, objects: labelled({ 'argocd.argoproj.io/instance': 'checkout' }), actions })
  const [card] = await room.propose(ROLLBACK)
  assert.equal(card?.kind, 'rollback_workload')
  assert.match(card.offer.notes.join('\n'), /Argo CD owns this \(checkout\): with auto-sync it would put back/)
})
