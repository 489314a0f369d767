import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { timelineOf } from '../../src/incident/timeline.ts'
import { firstBroken } from '../../src/remediation/audit.ts'
import { approve, expire } from '../../src/remediation/decide.ts'
import { execute, giveUpExecution } from '../../src/remediation/execute.ts'
import { offerUndo } from '../../src/remediation/undo.ts'
import { movable } from './clock.ts'
import { presser, pressOf, ROLLBACK, type Stage, stage } from './stage.ts'

/** Every way in which an action ends beside the straight one: what the row says, what the thread is told, and what the cluster got. */

const never = new AbortController().signal
const RESTART = { ...ROLLBACK, action: 'restart_workload', params: { kind: 'Deployment', namespace: 'shop', name: 'checkout' } }

const approved = async (made: Stage, wish = ROLLBACK) => {
  const card = (await made.propose(wish)).at(-1)
  assert.ok(card)
  assert.deepEqual(await approve(made.context, pressOf(card), presser()), { done: true, status: 'approved', missing: 0 })
  return card
}

const ending = async ({ context, incident }: Stage) => {
  const entry = (await timelineOf(context.db, incident)).findLast(({ type }) => type === 'action_ended')
  return entry?.type === 'action_ended' ? entry : undefined
}

const result = async ({ context, incident }: Stage) => {
  const entry = (await timelineOf(context.db, incident)).findLast(({ type }) => type === 'action_done')
  return entry?.type === 'action_done' ? entry : undefined
}

const withTime = async (t: TestContext, more: Parameters<typeof stage>[1] = {}) => {
  const { clock, travel } = movable()
  const made = await stage(t, { ...more, clock })
  return { ...made, now: clock.now, travel: (ms: number) => travel(made.context.db, ms) }
}

test('what nobody decides expires by the clock of the database, and not a moment sooner', async (t) => {
  const made = await withTime(t)
  const [card] = await made.propose(ROLLBACK)
  assert.ok(card)
  await made.travel(14.9 * 60_000)
  await expire(made.context, card.id)
  assert.equal((await made.action(card.id)).status, 'awaiting_approval')
  await made.travel(7000)
  await expire(made.context, card.id)
  assert.equal((await made.action(card.id)).status, 'expired')
  assert.deepEqual([(await ending(made))?.how, (await ending(made))?.reason], ['expired', 'nobody decided in time'])
  assert.equal(await made.status(), 'analysed')
  assert.equal(made.cluster.ledger.length, 0)
})

test('a problem that is gone on fresh data is not treated: the incident is resolved as healed by itself', async (t) => {
  const made = await stage(t)
  const card = await approved(made)
  Object.assign(made.prometheus.state, { value: 0.002, newest: new Date() })
  await execute(made.context, card.id, never)
  assert.equal((await made.action(card.id)).status, 'self_healed')
  assert.match((await ending(made))?.reason ?? '', /^0\.2 % .*it was gone before anything was done$/)
  assert.equal(await made.status(), 'resolved')
  assert.equal(made.cluster.ledger.length, 0)
})

test('a problem that only looks gone is treated: old samples and missing ones do not count as healed', async (t) => {
  for (const [value, newest] of [
    [0.002, new Date(Date.now() - 10 * 60_000)],
    [null, null],
    [null, new Date()],
  ] as const) {
    const made = await stage(t)
    const card = await approved(made)
    Object.assign(made.prometheus.state, { value, newest })
    await execute(made.context, card.id, never)
    assert.equal((await made.action(card.id)).status, 'succeeded')
    assert.equal(made.cluster.ledger.length, 1)
  }
})

test('the fourth deed on one target in five minutes is blocked by its breaker, and said', async (t) => {
  const made = await withTime(t)
  for (let deed = 1; deed <= 3; deed++) {
    await made.travel(20_000)
    const card = await approved(made, RESTART)
    await execute(made.context, card.id, never)
    assert.equal((await made.action(card.id)).status, 'succeeded', `deed ${deed}`)
    await made.context.db.updateTable('incident').set({ status: 'analysed' }).execute()
  }
  await made.travel(20_000)
  const fourth = await approved(made, RESTART)
  await execute(made.context, fourth.id, never)
  assert.equal((await made.action(fourth.id)).status, 'blocked')
  assert.equal((await ending(made))?.reason, 'blocked: circuit open, 3 actions on this target in 5 minutes')
  assert.equal(made.cluster.ledger.length, 3)
  await made.travel(5 * 60_000)
  const later = await approved(made, RESTART)
  await execute(made.context, later.id, never)
  assert.equal((await made.action(later.id)).status, 'succeeded', 'it closes by itself')
})

test('a target is left alone for its cool-down, of which an undo is free', async (t) => {
  const made = await withTime(t, { remediation: { cooldown_seconds: 600 } })
  const first = await approved(made)
  await execute(made.context, first.id, never)
  await made.context.db.updateTable('incident').set({ status: 'analysed' }).execute()
  await made.travel(9 * 60_000)
  const second = await approved(made, RESTART)
  await execute(made.context, second.id, never)
  assert.equal((await made.action(second.id)).status, 'blocked')
  assert.match((await ending(made))?.reason ?? '', /^cool-down: an action ran on this target 9 min ago, the next one may in \d+ s$/)
  assert.equal(made.cluster.ledger.length, 1)
  assert.equal(await offerUndo(made.context, await made.action(first.id)), 'offered')
  const undo = (await made.actions()).at(-1)
  assert.ok(undo)
  await approve(made.context, pressOf(undo), presser())
  await execute(made.context, undo.id, never)
  assert.equal((await made.action(undo.id)).status, 'succeeded')
  await made.context.db.updateTable('incident').set({ status: 'analysed' }).execute()
  await made.travel(601_000)
  const third = await approved(made, RESTART)
  await execute(made.context, third.id, never)
  assert.equal((await made.action(third.id)).status, 'succeeded')
})

test('with dry runs only, everything happens but the deed', async (t) => {
  const made = await stage(t, { remediation: { dry_run: true } })
  const card = await approved(made)
  assert.equal(card.offer.dryRun, true)
  await execute(made.context, card.id, never)
  const { status, verification } = await made.action(card.id)
  assert.deepEqual([status, verification], ['dry_run', null])
  assert.equal(await made.status(), 'analysed', 'nothing waits for a press any more')
  assert.equal(made.cluster.ledger.length, 0)
  assert.ok(made.cluster.tried.length > 0 && made.cluster.tried.every(({ dryRun }) => dryRun))
  assert.equal((await result(made))?.detail, 'dry run: the other side would have done it; nothing was changed')
})

test('a target that changed after the card was shown is not touched, and it is said', async (t) => {
  const made = await stage(t)
  const card = await approved(made)
  const live = made.cluster.find('Deployment', 'checkout')
  assert.ok(live)
  const template = JSON.parse(JSON.stringify(live.spec).replaceAll('checkout:1.4.0', 'checkout:1.4.1'))
  made.cluster.put({ ...live, spec: template, metadata: { ...live.metadata, generation: 8, resourceVersion: '99' } })
  await execute(made.context, card.id, never)
  assert.equal((await made.action(card.id)).status, 'changed')
  assert.match((await ending(made))?.reason ?? '', /not as it was when this was shown/)
  assert.equal(made.cluster.ledger.length, 0)
})

test('a target that is gone is not touched either', async (t) => {
  const made = await stage(t)
  const card = await approved(made)
  made.cluster.remove('Deployment', 'checkout')
  await execute(made.context, card.id, never)
  assert.equal((await made.action(card.id)).status, 'changed')
  assert.equal(made.cluster.ledger.length, 0)
})

const QUICK = { actions: [{ kind: 'rollback_workload', timeout_seconds: 2 }] }

test('an answer that is lost after the deed is found by a look: done, once', async (t) => {
  const made = await stage(t, QUICK)
  const card = await approved(made)
  made.cluster.next('dies')
  await execute(made.context, card.id, never)
  assert.equal((await made.action(card.id)).status, 'succeeded')
  assert.match((await result(made))?.detail ?? '', /^step 1 was done, as a look shows/)
  assert.equal(made.cluster.ledger.length, 1)
})

test('a request that is lost before the deed is found by a look: failed, nothing was done, and it is not tried again', async (t) => {
  const made = await stage(t, QUICK)
  const card = await approved(made)
  made.cluster.next('hangs')
  await execute(made.context, card.id, never)
  const { status, result: words } = await made.action(card.id)
  assert.equal(status, 'failed')
  assert.match(words ?? '', /a look shows that nothing was done$/)
  assert.equal(made.cluster.ledger.length, 0)
  assert.equal(made.cluster.tried.filter(({ dryRun }) => !dryRun).length, 1)
  assert.equal(await made.status(), 'escalated')
})

test('a refusal of the other side is repeated in its own words, and nothing was done', async (t) => {
  const made = await stage(t, QUICK)
  const card = await approved(made)
  made.cluster.next('refused')
  await execute(made.context, card.id, never)
  const { status, result: words } = await made.action(card.id)
  assert.equal(status, 'failed')
  assert.match(words ?? '', /etcdserver: request timed out/)
  assert.equal(made.cluster.ledger.length, 0)
})

test('where a look cannot tell either, a person is asked and nothing is run again', async (t) => {
  const made = await stage(t, QUICK)
  const card = await approved(made)
  made.cluster.next('dies')
  const running = execute(made.context, card.id, never)
  for (let i = 0; i < 200 && made.cluster.ledger.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  await made.cluster.close()
  await running
  const { status, result: words } = await made.action(card.id)
  assert.equal(status, 'outcome_unknown')
  assert.match(words ?? '', /whether it was done cannot be seen$/)
  assert.equal(await made.status(), 'escalated')
  await execute(made.context, card.id, never)
  await giveUpExecution(made.context, card.id, new Error('again'))
  assert.equal(made.cluster.ledger.length, 1)
  assert.equal((await made.action(card.id)).status, 'outcome_unknown')
  assert.equal((await made.entries()).filter((type) => type === 'action_done').length, 1)
  assert.equal(await firstBroken(made.context.db), null)
})
