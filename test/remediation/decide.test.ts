import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { jsonbText } from '../../src/db/jsonb.ts'
import { resolveByPerson } from '../../src/incident/resolve.ts'
import { firstBroken } from '../../src/remediation/audit.ts'
import { approve, cancel, expire, reject } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { freeze, frozen, unfreeze } from '../../src/remediation/freeze.ts'
import { mutateOffer, presser, pressOf, ROLLBACK, type Stage, stage } from './stage.ts'

const never = new AbortController().signal

const card = async (made: Stage) => {
  const found = (await made.propose(ROLLBACK)).at(-1)
  assert.ok(found)
  return found
}

test('whoever may not approve is refused with the reason, and nothing is done', async (t) => {
  const made = await stage(t, {
    actions: [{ kind: 'rollback_workload', approvers: { users: ['U0ANA'], usergroups: ['S0ONCALL'] }, risk: 'HIGH' }],
  })
  const one = await card(made)
  const { context } = made
  await context.db.updateTable('action').set({ requested_by: 'U0ANA', edited_by: 'U0SAM' }).execute()
  const cases = [
    [{ user: 'U0EVE' }, 'not_an_approver'],
    [{ user: 'U0EVE', groups: ['S0OTHER'] }, 'not_an_approver'],
    [{ user: 'U0EVE', groups: null }, 'look_up_failed'],
    [{ person: 'guest' }, 'guest'],
    [{ person: 'bot' }, 'bot'],
    [{ person: 'stranger' }, 'stranger'],
    [{ person: 'deactivated' }, 'deactivated'],
    [{ person: 'unknown' }, 'look_up_failed'],
    [{ shared: true }, 'shared_channel'],
    [{ user: 'U0ANA' }, 'asked_for_it'],
    [{ user: 'U0SAM', groups: ['S0ONCALL'] }, 'edited_it'],
  ] as const
  for (const [who, denial] of cases) {
    const decision = await approve(context, pressOf(one), presser('U0ANA', who))
    assert.equal(decision.done, false)
    assert.equal('denial' in decision ? decision.denial : decision.why, denial, JSON.stringify(who))
  }
  assert.equal((await made.action(one.id)).status, 'awaiting_approval')
  await execute(context, one.id, never)
  assert.equal(made.cluster.ledger.length, 0)
  assert.equal(await firstBroken(context.db), null)
})

test('what was pressed is not what stands: old version, other digest, changed row, another action', async (t) => {
  const made = await stage(t)
  const one = await card(made)
  const { context } = made
  const why = async (pressed: Parameters<typeof approve>[1]) => {
    const decision = await approve(context, pressed, presser())
    return decision.done ? 'done' : decision.why
  }
  assert.equal(await why({ ...pressOf(one), version: 2 }), 'stale')
  assert.equal(await why({ ...pressOf(one), digest: 'f'.repeat(64) }), 'tampered')
  assert.equal(await why({ ...pressOf(one), action: '0192f3a0-0000-7000-8000-000000000000' }), 'gone')
  await mutateOffer(made, one.id, (offer) => ({ ...offer, params: { namespace: 'shop', name: 'payments' } }))
  assert.equal(await why(pressOf(one)), 'tampered')
  await mutateOffer(made, one.id, () => ({ ...one.offer, approvals: 0 }))
  assert.equal(await why(pressOf(one)), 'tampered')
  assert.equal(made.cluster.ledger.length, 0)
})

test('of fifty presses at once one decides, and it runs once', async (t) => {
  const made = await stage(t)
  const one = await card(made)
  const presses = Array.from({ length: 50 }, (_, i) =>
    i % 5 === 4
      ? reject(made.context, pressOf(one), { ...presser('U0TOM'), reason: 'no' })
      : approve(made.context, pressOf(one), presser(i % 2 === 0 ? 'U0ANA' : 'U0TOM')),
  )
  const decisions = await Promise.all(presses)
  assert.equal(decisions.filter(({ done }) => done).length, 1)
  await Promise.all([execute(made.context, one.id, never), execute(made.context, one.id, never)])
  const { status } = await made.action(one.id)
  assert.equal(made.cluster.ledger.length, status === 'rejected' ? 0 : 1)
})

test('HIGH takes two people, each counted once', async (t) => {
  const made = await stage(t, { actions: [{ kind: 'rollback_workload', risk: 'HIGH' }] })
  const one = await card(made)
  assert.equal(one.offer.approvals, 2)
  assert.deepEqual(await approve(made.context, pressOf(one), presser('U0ANA')), { done: true, status: 'awaiting_approval', missing: 1 })
  assert.deepEqual(await approve(made.context, pressOf(one), presser('U0ANA')), { done: false, why: 'yours_already', missing: 1 })
  assert.equal((await made.action(one.id)).status, 'awaiting_approval')
  assert.deepEqual(await approve(made.context, pressOf(one), presser('U0TOM')), { done: true, status: 'approved', missing: 0 })
})

test('an offer ends by the clock of the database: a press at its end, and after it, does nothing', async (t) => {
  const made = await stage(t)
  const one = await card(made)
  await made.context.db
    .updateTable('action')
    .set({ expires_at: sql`vigil_now()` as never })
    .execute()
  const decision = await approve(made.context, pressOf(one), presser())
  assert.equal(decision.done ? 'done' : decision.why, 'expired')
  assert.equal((await made.action(one.id)).status, 'expired')
  assert.equal(await made.status(), 'analysed')
  const again = await approve(made.context, pressOf(one), presser())
  assert.equal(again.done ? 'done' : again.why, 'expired')
  await expire(made.context, one.id)
  assert.equal(made.cluster.ledger.length, 0)
})

test('a brake holds every press and every execution, also of what was approved before it', async (t) => {
  const made = await stage(t)
  const one = await card(made)
  const { context } = made
  await approve(context, pressOf(one), presser())
  assert.equal((await freeze(context, 'U0TOM', 'DB migration until 04:00')).frozen, true)
  assert.equal((await freeze(context, 'U0ANA', 'me too')).by.by, 'U0TOM')
  await execute(context, one.id, never)
  assert.equal((await made.action(one.id)).status, 'blocked')
  const two = await card(made)
  const decision = await approve(context, pressOf(two), presser())
  assert.equal(decision.done ? 'done' : decision.why, 'frozen')
  assert.equal((await unfreeze(context, 'U0TOM'))?.reason, 'DB migration until 04:00')
  assert.equal((await approve(context, pressOf(two), presser())).done, true)
  assert.equal(made.cluster.ledger.length, 0)
})

test('rejected, taken back, superseded: it never runs', async (t) => {
  const made = await stage(t)
  const { context } = made
  const one = await card(made)
  assert.equal((await reject(context, pressOf(one), { ...presser('U0TOM'), reason: 'not now' })).done, true)
  assert.equal((await made.action(one.id)).reason, 'not now')
  assert.equal(await made.status(), 'analysed')
  const two = await card(made)
  const three = await card(made)
  assert.equal((await made.action(two.id)).status, 'superseded', 'a newer card for the same deed')
  await approve(context, pressOf(three), presser())
  assert.equal((await cancel(context, three.id, presser('U0EVE'))).done, false)
  assert.equal((await cancel(context, three.id, null)).done, true)
  for (const { id } of await made.actions()) await execute(context, id, never)
  assert.equal(made.cluster.ledger.length, 0)
})

test('what was approved is not run when a person has closed the incident since', async (t) => {
  const made = await stage(t)
  const one = await card(made)
  await approve(made.context, pressOf(one), presser())
  assert.equal((await resolveByPerson(made.context, made.incident, 'U0BOB')).moved, true)
  await execute(made.context, one.id, never)
  assert.equal((await made.action(one.id)).status, 'self_healed')
  assert.equal(made.cluster.ledger.length, 0)
})

test('an incident that is over ends the cards that wait', async (t) => {
  const made = await stage(t)
  const one = await card(made)
  await made.context.db.updateTable('incident').set({ status: 'resolved' }).execute()
  const pressed = await approve(made.context, pressOf(one), presser())
  assert.deepEqual('status' in pressed ? [pressed.done, pressed.status] : pressed, [false, 'self_healed'])
  await expire(made.context, one.id)
  assert.equal((await made.action(one.id)).status, 'self_healed')
  assert.equal((await made.context.db.selectFrom('approval').selectAll().execute()).length, 0)
})

test('ten actions in a quarter of an hour freeze everything, until a person who has looked lets it go on', async (t) => {
  const made = await stage(t)
  const { context } = made
  const one = await card(made)
  await approve(context, pressOf(one), presser())
  const ran = Array.from({ length: 10 }, (_, i) => ({
    ...one,
    id: context.random.id(),
    number: i + 20,
    target: `t${i}`,
    status: 'succeeded' as const,
    started_at: new Date(),
    offer: jsonbText(one.offer),
    baseline: null,
    watch: null,
    callback: null,
  }))
  await context.db.insertInto('action').values(ran).execute()
  await execute(context, one.id, never)
  const { status, reason } = await made.action(one.id)
  assert.deepEqual(
    [status, reason],
    ['blocked', 'frozen by Vigil itself: 10 actions in 15 minutes over everything, which a person should look at first'],
  )
  assert.equal((await frozen(context.db))?.by, 'vigil')
  assert.deepEqual(made.cluster.ledger, [])
  await unfreeze(context, 'U0ANA')
  const again = (await made.propose(ROLLBACK)).find(({ target, status }) => target === one.target && status === 'awaiting_approval')
  assert.ok(again)
  await approve(context, pressOf(again), presser())
  await execute(context, again.id, never)
  assert.equal((await made.action(again.id)).status, 'succeeded', 'what was looked at counts no more')
})
