import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { firstBroken, trailOf } from '../../src/remediation/audit.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { refired, settle } from '../../src/remediation/outcome.ts'
import { offerUndo } from '../../src/remediation/undo.ts'
import { verify } from '../../src/remediation/verify.ts'
import { hook, type Labels, one } from '../alert/intakes.ts'
import { movable } from './clock.ts'
import { LABELS, presser, pressOf, ROLLBACK, stage } from './stage.ts'

const never = new AbortController().signal
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A rollback that was verified, and a clock, of the database and of the process, that can be moved. */
const helped = async (t: TestContext) => {
  const { clock, travel: move } = movable()
  const set = await stage(t, { clock })
  const { context, prometheus, action } = set
  const travel = (ms: number): Promise<void> => move(context.db, ms)
  const [card] = await set.propose(ROLLBACK)
  assert.ok(card)
  await approve(context, pressOf(card), presser())
  await execute(context, card.id, never)
  prometheus.state.value = 0.002
  for (let look = 0; look < 10 && (await action(card.id)).verification === null; look++) {
    await travel(500)
    prometheus.state.newest = clock.now()
    await verify(context, card.id)
  }
  assert.equal((await action(card.id)).verification, 'verified')
  assert.equal(await set.status(), 'resolved')
  /** The alert fires; what the jobs do about it is done. */
  const fire = async (labels: Labels = LABELS): Promise<string> => {
    prometheus.state.value = 0.12
    prometheus.state.newest = clock.now()
    const generatorURL = 'http://p/graph?g0.expr=error_ratio+%3E+0.05'
    const received = await createReceive(context)(
      hook([one(labels, { generatorURL, startsAt: clock.now().toISOString() })], { by: ['alertname'] }),
    )
    const incident = received.accepted[0]?.incident
    assert.ok(incident)
    await refired(context, incident)
    await context.db.updateTable('incident').set({ status: 'analysed' }).where('id', '=', incident).execute()
    return incident
  }
  return { ...set, card, travel, fire }
}

const offered = (actions: readonly { incident_id: string; kind: string }[], incident: string): string[] =>
  actions.filter(({ incident_id }) => incident_id === incident).map(({ kind }) => kind)

test('a problem that comes back after 23 h 59 min makes its resolution ineffective, said where it was resolved, and not proposed again', async (t) => {
  const { context, card, travel, fire, action, incident, proposeIn } = await helped(t)
  await travel(24 * HOUR - MINUTE)
  const again = await fire()
  assert.notEqual(again, incident)
  assert.ok((await action(card.id)).ineffective_at)
  const said = (await timelineOf(context.db, incident)).filter((entry) => entry.type === 'action_ineffective')
  assert.deepEqual(
    said.map((entry) => entry.type === 'action_ineffective' && [entry.action, entry.detail]),
    [[card.id, 'the problem came back 23 h 59 min after it had been verified (INC-2)']],
  )
  assert.deepEqual(offered(await proposeIn(again, ROLLBACK), again), [])
  const refused = (await timelineOf(context.db, again)).find((entry) => entry.type === 'action_refused')
  assert.match(refused?.type === 'action_refused' ? refused.reason : '', /did not help against this before \(INC-1\)/)
  // Another kind of action may still be offered.
  const restart = { ...ROLLBACK, action: 'restart_workload', params: { kind: 'Deployment', namespace: 'shop', name: 'checkout' } }
  assert.deepEqual(offered(await proposeIn(again, restart), again), ['restart_workload'])

  await refired(context, again)
  await travel(2 * HOUR)
  await settle(context, card.id)
  assert.equal((await action(card.id)).worked_at, null, 'what came back has not worked')
  assert.equal((await timelineOf(context.db, incident)).filter(({ type }) => type === 'action_ineffective').length, 1, 'said once')
  assert.equal(await firstBroken(context.db), null)
})

test('after 24 h 01 min it is a new incident, the action has worked, and it may be proposed again', async (t) => {
  const { context, card, travel, fire, action, incident, proposeIn } = await helped(t)
  await travel(24 * HOUR + MINUTE)
  await settle(context, card.id)
  assert.ok((await action(card.id)).worked_at)
  const again = await fire()
  assert.notEqual(again, incident)
  assert.equal((await action(card.id)).ineffective_at, null)
  assert.deepEqual(offered(await proposeIn(again, ROLLBACK), again), ['rollback_workload'])
  const words = []
  for await (const { what } of trailOf(context.db)) words.push(what)
  assert.equal(words.filter((what) => what === 'action_worked').length, 1)
})

test('a return inside the cool-down reopens the incident and is the same', async (t) => {
  const { card, travel, fire, action, incident, entries, proposeIn } = await helped(t)
  await travel(10 * MINUTE)
  assert.equal(await fire(), incident)
  assert.ok((await action(card.id)).ineffective_at)
  assert.equal((await entries()).filter((type) => type === 'action_ineffective').length, 1)
  assert.deepEqual(offered(await proposeIn(incident, ROLLBACK), incident), ['rollback_workload'], 'only the card of before')
})

test('nothing is settled before its day is over, whenever the job comes', async (t) => {
  const { context, card, travel, action } = await helped(t)
  await travel(24 * HOUR - MINUTE)
  await settle(context, card.id)
  assert.deepEqual([(await action(card.id)).worked_at, (await action(card.id)).ineffective_at], [null, null])
  await travel(2 * MINUTE)
  await settle(context, card.id)
  assert.ok((await action(card.id)).worked_at)
})

test('what was taken back within its day has not worked, though the problem stayed away', async (t) => {
  const { context, card, travel, action, actions } = await helped(t)
  await travel(2 * HOUR)
  assert.equal(await offerUndo(context, await action(card.id)), 'offered')
  const undo = (await actions()).at(-1)
  assert.ok(undo)
  await approve(context, pressOf(undo), presser())
  await execute(context, undo.id, never)
  assert.equal((await action(undo.id)).status, 'succeeded')
  await travel(24 * HOUR)
  await settle(context, card.id)
  assert.deepEqual([(await action(card.id)).worked_at, (await action(card.id)).ineffective_at], [null, null])

  // Nor has what was never seen to help, whoever sends the job.
  await context.db.updateTable('action').set({ status: 'rejected' }).where('id', '=', undo.id).execute()
  for (const verification of ['cannot_tell', 'no_change'] as const) {
    await context.db.updateTable('action').set({ verification }).where('id', '=', card.id).execute()
    await settle(context, card.id)
    assert.equal((await action(card.id)).worked_at, null, verification)
  }
})

test('another problem, of another service or by another alert, says nothing about the action', async (t) => {
  const { context, card, travel, fire, action } = await helped(t)
  await travel(2 * HOUR)
  await fire({ ...LABELS, service: 'mail' })
  await fire({ ...LABELS, alertname: 'Slow' })
  assert.equal((await action(card.id)).ineffective_at, null)
  await travel(23 * HOUR)
  await settle(context, card.id)
  assert.ok((await action(card.id)).worked_at)
})

test('a return that nobody looked at in time is found by the job after a day', async (t) => {
  const { context, card, travel, action, prometheus } = await helped(t)
  await travel(5 * HOUR)
  prometheus.state.value = 0.12
  await createReceive(context)(hook([one(LABELS)], { by: ['alertname'] }))
  await travel(20 * HOUR)
  await settle(context, card.id)
  const { ineffective_at, worked_at } = await action(card.id)
  assert.ok(ineffective_at)
  assert.equal(worked_at, null)
})
