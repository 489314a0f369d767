import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import type { StoredAction } from '../../src/db/schema.ts'
import { tellDeed } from '../../src/incident/deed.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { why } from '../../src/incident/why.ts'
import { firstBroken } from '../../src/remediation/audit.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute, giveUpExecution } from '../../src/remediation/execute.ts'
import { found, type Look } from '../../src/remediation/found.ts'
import { offerAnew } from '../../src/remediation/offer-anew.ts'
import { offerUndo } from '../../src/remediation/undo.ts'
import { verify } from '../../src/remediation/verify.ts'
import { movable } from './clock.ts'
import { presser, pressOf, ROLLBACK, type Stage, stage } from './stage.ts'

const NOBODY = '0192f3a0-0000-7000-8000-000000000000'

const never = new AbortController().signal

/** An approved rollback that was on its way when all that ran it was lost; with `ran` after the cluster had done it. */
const lost = async (made: Stage, { ran = false, waiting }: { ran?: boolean; waiting?: StoredAction } = {}) => {
  const card = waiting ?? (await made.propose(ROLLBACK)).at(-1)
  assert.ok(card)
  await approve(made.context, pressOf(card), presser())
  if (ran) await execute(made.context, card.id, never)
  await made.context.db
    .updateTable('action')
    .set({ status: 'executing', started_at: sql`vigil_now()` as never })
    .where('id', '=', card.id)
    .execute()
  await giveUpExecution(made.context, card.id, new Error('no answer'))
  assert.equal((await made.action(card.id)).status, 'outcome_unknown')
  assert.equal(await made.status(), 'escalated')
  return card
}

test('whether it was done is said once, by somebody who may, of exactly what was asked; not done has failed and is offered anew', async (t) => {
  const made = await stage(t, { actions: [{ kind: 'rollback_workload', risk: 'HIGH' }] })
  const { context } = made
  const [card] = await made.propose(ROLLBACK)
  assert.ok(card)
  const say = (who: ReturnType<typeof presser> | null, more: Partial<Look> & { pressed?: object } = {}) =>
    found(context, card.id, {
      said: 'not_done',
      detail: '',
      ...more,
      by: who === null ? null : { pressed: { ...pressOf(card), ...more.pressed }, presser: who },
    })
  const whyNot = async (...asked: Parameters<typeof say>) => {
    const outcome = await say(...asked)
    return outcome.done ? 'done' : outcome.why
  }
  assert.equal(await whyNot(presser()), 'not_unknown', 'it waits still')
  assert.equal(await whyNot(null), 'not_unknown')
  await approve(context, pressOf(card), presser('U0TOM'))
  await lost(made, { waiting: card })
  for (const over of [{ user: 'U0EVE' }, { person: 'guest' }, { person: 'stranger' }, { person: 'unknown' }, { shared: true }] as const)
    assert.equal(await whyNot(presser('U0ANA', over)), 'denied', JSON.stringify(over))
  assert.equal(await whyNot(presser(), { pressed: { version: 2 } }), 'stale')
  assert.equal(await whyNot(presser(), { pressed: { digest: 'f'.repeat(64) } }), 'tampered')
  assert.equal(await whyNot(presser(), { pressed: { elsewhere: true } }), 'elsewhere')
  const nobody = await found(context, NOBODY, { said: 'done', detail: '', by: null })
  assert.equal(nobody.done ? '' : nobody.why, 'gone')
  assert.equal((await made.action(card.id)).status, 'outcome_unknown')

  await context.db.updateTable('action').set({ requested_by: 'U0ANA' }).execute()
  const told = await Promise.all([say(presser('U0ANA')), say(presser('U0TOM'), { said: 'done' }), say(presser('U0ANA'))])
  assert.deepEqual(told.map((one) => (one.done ? 'done' : one.why)).sort(), ['done', 'found', 'found'])
  const first = told.find((one) => one.done)
  const second = told.find((one) => !one.done && one.why === 'found')
  assert.ok(first?.done === true && second?.done === false && second.why === 'found')
  assert.equal(second.entry.by, first.entry.by, 'the second is told who was first')
  assert.equal(made.cluster.ledger.length, 0)
  assert.equal((await made.entries()).filter((type) => type === 'action_found').length, 1)
  assert.equal(await firstBroken(context.db), null)
  const audited = await context.db
    .selectFrom('audit')
    .select(['what', 'who'])
    .where('what', 'in', ['finding_denied', 'action_found'])
    .execute()
  assert.equal(audited.filter(({ what }) => what === 'finding_denied').length, 5)
  assert.deepEqual(
    audited.filter(({ what }) => what === 'action_found').map(({ who }) => who),
    [first.entry.by],
  )
})

test('what was not done can be offered anew on what is live, as an action of its own; words that anybody sent are cleaned and cut', async (t) => {
  const made = await stage(t)
  const { context } = made
  const card = await lost(made)
  const detail = `still \u202ev1.4.0\u0000 <!channel> ${'x'.repeat(2000)}`
  const told = await found(context, card.id, { said: 'not_done', detail, by: { pressed: pressOf(card), presser: presser('U0TOM') } })
  assert.ok(told.done)
  assert.equal(told.entry.detail.length, 500)
  assert.match(told.entry.detail, /^still v1\.4\.0 <!channel> x/)
  const { status, result } = await made.action(card.id)
  assert.equal(status, 'failed')
  assert.match(result ?? '', /^not done, as U0TOM said: still v1\.4\.0.*\n\nit could not be followed to its end: no answer$/s)
  assert.equal(await made.status(), 'escalated')
  assert.match((await why(context.db, made.incident)).at(-1)?.text ?? '', /^action 1 was not done: a person looked and said so/)
  const offered = await offerAnew(context, { pressed: pressOf(card), presser: presser('U0BOB') })
  assert.deepEqual(offered, { offered: true, version: 1 })
  const [old, anew] = await made.actions()
  assert.deepEqual([old?.status, anew?.status, anew?.number], ['failed', 'awaiting_approval', 2])
  assert.notEqual(anew?.id, card.id, 'what was sent under the old id may still be on its way')
  assert.equal(await made.status(), 'awaiting_approval')
  const twice = await offerAnew(context, { pressed: pressOf(card), presser: presser('U0BOB') })
  assert.deepEqual(twice, { offered: false, why: 'refused', reason: 'another card for the same stands in this thread' })
  const edited = await offerAnew(context, { pressed: pressOf(card), presser: presser(), params: card.offer.params })
  assert.equal(edited.offered ? '' : edited.why, 'moved_on', 'of what was begun nothing is edited')
  const later = await found(context, card.id, { said: 'done', detail: '', by: null })
  assert.equal(later.done ? '' : later.why, 'found')
})

test('what was done is watched on samples that are newer than the word, may be undone, and ends the incident when it helped', async (t) => {
  const { clock, travel } = movable()
  const made = await stage(t, { clock, remediation: { verify_seconds: 300 } })
  const { context, prometheus } = made
  const card = await lost(made, { ran: true })
  await travel(context.db, 600_000)
  Object.assign(prometheus.state, { value: 0.002, newest: new Date(clock.now().getTime() - 1000) })
  await verify(context, card.id)
  assert.equal((await made.action(card.id)).watch, null, 'nothing is concluded while nobody knows')
  const told = await found(context, card.id, { said: 'done', detail: 'revision 3 runs', by: null })
  assert.ok(told.done && told.entry.by === null)
  assert.equal(await made.status(), 'verifying')
  await verify(context, card.id)
  assert.equal((await made.action(card.id)).watch?.last, 'blind', 'a sample from before the word says nothing of the deed')
  assert.equal(await offerUndo(context, await made.action(card.id)), 'offered')
  const deed = { incident: null, target: 'checkout', deed: 'restart', status: 'completed', detail: '', by: null } as const
  assert.ok((await tellDeed(context, { ...deed, at: clock.now() })).told)
  for (let look = 0; look < 20 && (await made.action(card.id)).verification === null; look++) {
    await travel(context.db, 20_000)
    prometheus.state.newest = clock.now()
    await verify(context, card.id)
  }
  assert.equal((await made.action(card.id)).verification, 'verified')
  assert.equal(await made.status(), 'resolved')
  const verified = (await timelineOf(context.db, made.incident)).findLast(({ type }) => type === 'action_verified')
  assert.match(JSON.stringify(verified), /on fresh samples; meanwhile, outside of Vigil: restart of checkout"/)
  assert.match(
    (await why(context.db, made.incident)).map(({ text }) => text).join('\n'),
    /action 1 was done: the API said so \(revision 3 runs\)/,
  )
})

test('what was done only as far as it was sent has failed: the steps behind it were never sent', async (t) => {
  const made = await stage(t)
  const card = await lost(made)
  const { offer } = await made.action(card.id)
  const [step] = offer.steps
  assert.ok(step)
  await made.context.db
    .updateTable('action')
    .set({ offer: JSON.stringify({ ...offer, steps: [step, step, step] }), step: 1 })
    .execute()
  await sql`delete from pgboss.job where name = 'execute'`.execute(made.context.db)
  const told = await found(made.context, card.id, { said: 'done', detail: '', by: null })
  assert.ok(told.done)
  assert.deepEqual([told.entry.outcome, told.entry.unsent], ['failed', 1])
  assert.equal((await made.action(card.id)).step, 2, 'what was sent is counted')
  const { rows } = await sql`select id from pgboss.job where name = 'execute' and data ->> 'action' = ${card.id}`.execute(made.context.db)
  assert.equal(rows.length, 1, 'whoever takes it up offers the undo of what was done')
  assert.equal((await made.action(card.id)).status, 'failed')
  assert.equal(await made.status(), 'escalated')
})
