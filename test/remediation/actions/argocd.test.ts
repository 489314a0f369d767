import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { timelineOf } from '../../../src/incident/timeline.ts'
import { approve } from '../../../src/remediation/decide.ts'
import { execute } from '../../../src/remediation/execute.ts'
import { offerUndo } from '../../../src/remediation/undo.ts'
import { type ArgoWire, argoWire, OLD } from '../runners/argocd-wire.ts'
import { presser, pressOf, type Stage, stage } from '../stage.ts'

const never = new AbortController().signal
const KINDS = ['argocd_sync', 'argocd_rollback', 'argocd_auto_sync']

const open = async (t: TestContext): Promise<{ wire: ArgoWire; room: Stage }> => {
  const wire = await argoWire(t)
  const env = { VIGIL_ARGOCD_ENDPOINT: wire.url, VIGIL_ARGOCD_TOKEN: 'reads', VIGIL_ARGOCD_RUNNER_TOKEN: 'changes' }
  return { wire, room: await stage(t, { env, actions: KINDS.map((kind) => ({ kind, targets: ['checkout'] })) }) }
}

const wish = (action: string, more: object = {}) => ({
  action,
  params: { application: 'checkout', ...more },
  why: 'It helps.',
  receipts: [],
})

const refusals = async ({ context, incident }: Stage): Promise<string[]> =>
  (await timelineOf(context.db, incident)).flatMap((entry) => (entry.type === 'action_refused' ? [entry.reason] : []))

const press = async ({ context, action }: Stage, id: string) => {
  const card = await action(id)
  for (const user of ['U0ANA', 'U0TOM'].slice(0, card.offer.approvals)) await approve(context, pressOf(card), presser(user))
  await execute(context, id, never)
  return action(id)
}

test('an application is rolled back to the entry before, and its undo goes to the entry that was live', async (t) => {
  const { wire, room } = await open(t)
  const [card] = await room.propose(wish('argocd_rollback'))
  assert.ok(card, String(await refusals(room)))
  assert.equal(card.offer.title, 'Roll back checkout to aaaaaaa (entry 3 of its history)')
  assert.deepEqual([card.offer.risk, card.offer.undo], ['MEDIUM', { entry: 'argocd_rollback', params: { application: 'checkout', id: 4 } }])
  assert.deepEqual(wire.deeds, [])
  const done = await press(room, card.id)
  assert.equal(done.status, 'succeeded', done.result ?? '')
  assert.deepEqual(wire.deeds, ['rollback 3'])
  assert.equal(wire.app.status.history.at(-1)?.revision, OLD)
  assert.equal(await offerUndo(room.context, done), 'offered')
  const undo = (await room.actions()).find(({ undo_of }) => undo_of === card.id)
  assert.ok(undo)
  await press(room, undo.id)
  assert.deepEqual(wire.deeds, ['rollback 3', 'rollback 4'])
})

test('what syncs by itself is paused in the same action, which two people approve, and the undo lets it sync again', async (t) => {
  const { wire, room } = await open(t)
  wire.app.spec.syncPolicy = { automated: { prune: false, selfHeal: true } }
  wire.app.status.resources.push({ kind: 'Service', namespace: 'shop', name: 'checkout', status: 'Synced' })
  const [card] = await room.propose(wish('argocd_rollback', { id: 3 }))
  assert.ok(card, String(await refusals(room)))
  assert.equal(card.offer.risk, 'HIGH')
  assert.ok(card.offer.change.includes('- automatic sync'))
  assert.match(card.offer.notes.join(), /stays off until it is switched on again/)
  assert.ok(card.offer.notes.includes('All of it goes back: Deployment shop/checkout, Service shop/checkout'))
  const done = await press(room, card.id)
  assert.equal(done.status, 'succeeded', done.result ?? '')
  assert.deepEqual(wire.deeds, ['patch {"spec":{"syncPolicy":{"automated":null}}}', 'rollback 3'])
  assert.equal(await offerUndo(room.context, done), 'offered')
  const undo = (await room.actions()).find(({ undo_of }) => undo_of === card.id)
  assert.ok(undo)
  assert.equal(undo.offer.title, 'Let checkout sync by itself again')
  await press(room, undo.id)
  assert.deepEqual(wire.app.spec.syncPolicy.automated, { prune: false, selfHeal: true })
})

test('a sync names what differs, and carries the action so that a look knows it again', async (t) => {
  const { wire, room } = await open(t)
  const [card] = await room.propose(wish('argocd_sync'))
  assert.ok(card, String(await refusals(room)))
  assert.deepEqual(card.offer.change, ['~ Deployment shop/checkout'])
  const done = await press(room, card.id)
  assert.equal(done.status, 'succeeded', done.result ?? '')
  assert.deepEqual(wire.app.status.operationState.operation.info, [{ name: 'vigil', value: card.id }])
})

test('an entry that is not in the history, a sync of what is in sync, and an application that is busy or none are refused', async (t) => {
  const { wire, room } = await open(t)
  await room.propose(wish('argocd_rollback', { id: 9 }), wish('argocd_rollback', { id: 4 }))
  wire.app.status.sync.status = 'Synced'
  await room.propose(wish('argocd_sync'), wish('argocd_sync', { application: 'billing' }))
  wire.app.status.operationState.phase = 'Running'
  await room.propose(wish('argocd_rollback'))
  const [none, same, synced, other, busy] = await refusals(room)
  assert.match(none ?? '', /has no entry 9 .*it has 3, 4/)
  assert.match(same ?? '', /is at entry 4 already/)
  assert.match(synced ?? '', /as Git has it already/)
  assert.match(other ?? '', /billing is not among the targets/)
  assert.match(busy ?? '', /under way in Argo CD already/)
  assert.deepEqual(wire.deeds, [])
})

test('an approval does not hold when something was deployed since', async (t) => {
  const { wire, room } = await open(t)
  const [card] = await room.propose(wish('argocd_rollback'))
  assert.ok(card)
  wire.app.status.history.push({ id: 5, revision: 'c'.repeat(40), deployedAt: '2026-11-20T13:00:00Z' })
  await press(room, card.id)
  assert.deepEqual(wire.deeds, [])
  assert.notEqual((await room.action(card.id)).status, 'succeeded')
})
