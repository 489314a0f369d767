import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { createReceive } from '../../src/alert/receive.ts'
import { systemClock } from '../../src/context.ts'
import { jsonbText } from '../../src/db/jsonb.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { at } from '../../src/kubernetes/read.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { appendAudit, firstBroken } from '../../src/remediation/audit.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { freeze, unfreeze } from '../../src/remediation/freeze.ts'
import { hasRoom, limitOf } from '../../src/remediation/limits.ts'
import { offerAnew } from '../../src/remediation/offer-anew.ts'
import { offerUndo } from '../../src/remediation/undo.ts'
import { verify } from '../../src/remediation/verify.ts'
import { hook, one } from '../alert/intakes.ts'
import { app } from '../kubernetes/app.ts'
import { budget, nodes } from './actions/pods-and-nodes.ts'
import { movable } from './clock.ts'
import { checkout, LABELS, mutateOffer, presser, pressOf, ROLLBACK, type Stage, stage } from './stage.ts'

/** What happens between a press and its end while nobody looks: brakes, other deeds, other processes, and what changes around the target. */

const never = new AbortController().signal
const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 20), signal) }
const RESTART = { ...ROLLBACK, action: 'restart_workload' }

const approved = async (made: Stage, ...[wish]: Parameters<Stage['propose']>) => {
  assert.ok(wish)
  const card = (await made.propose(wish)).at(-1)
  assert.ok(card)
  assert.equal((await approve(made.context, pressOf(card), presser())).done, true)
  return card
}

const reasonOf = async ({ context, incident }: Stage) => {
  const entry = (await timelineOf(context.db, incident)).findLast(({ type }) => type === 'action_ended')
  return entry?.type === 'action_ended' ? entry.reason : ''
}

test('a drain that is frozen half way sends no further eviction, and one that runs out of time says so: both offer the undo of what they left', async (t) => {
  const params = { name: 'worker-1' }
  const made = await stage(t, {
    clock,
    objects: [...nodes(), budget(1)],
    actions: [
      { kind: 'drain_node', targets: ['worker-*'] },
      { kind: 'drain_node', name: 'drain_quickly', targets: ['worker-*'], timeout_seconds: 2 },
      { kind: 'uncordon_node', targets: ['worker-*'] },
    ],
    cause: { kind: 'Node', name: 'worker-1' },
  })
  const { context, cluster } = made
  const isCordoned = () => at(cluster.find('Node', 'worker-1'), 'spec', 'unschedulable') === true
  const undoStands = async () => {
    const undo = (await made.actions()).at(-1)
    assert.ok(undo?.undo_of && undo.kind === 'uncordon_node', 'the undo stands')
    return undo
  }
  const takeBack = async () => {
    const undo = await undoStands()
    await approve(context, pressOf(undo), presser())
    await execute(context, undo.id, never)
    assert.equal((await made.action(undo.id)).status, 'succeeded')
    assert.equal(isCordoned(), false)
  }
  const wish = { action: 'drain_node', params, why: 'it is ill', receipts: [] }
  const drain = await approved(made, wish)
  cluster.put(budget(0))
  const running = execute(context, drain.id, AbortSignal.timeout(8000))
  while (!isCordoned()) await systemClock.sleep(5)
  await freeze(context, 'U0BOB', 'stop that')
  await running
  cluster.put(budget(1))
  const { status, result } = await made.action(drain.id)
  assert.deepEqual([status, result], ['failed', 'step 2 of 4: frozen by U0BOB: stop that'])
  assert.equal(cluster.ledger.length, 1, 'it was cordoned, and no pod went')
  await unfreeze(context, 'U0BOB')
  await takeBack()

  const quick = await approved(made, { ...wish, action: 'drain_quickly' })
  cluster.put(budget(0))
  await execute(context, quick.id, never)
  assert.equal((await made.action(quick.id)).status, 'failed')
  assert.equal(isCordoned(), true)
  await undoStands()
  await execute(context, quick.id, never)
  assert.equal((await made.actions()).length, 4, 'the same job once more offers nothing anew while the undo stands')
})

test('what grew riskier, was approved by too few, or meets a dry-run mode that came since, is not run', async (t) => {
  const made = await stage(t, { clock, objects: nodes(), actions: [{ kind: 'delete_pod' }], cause: { kind: 'Pod', name: POD } })
  const { context, cluster } = made
  const wish = { action: 'delete_pod', params: { namespace: 'shop', name: POD }, why: 'it hangs', receipts: [] }
  const bare = (await made.propose(wish)).at(-1)
  assert.equal(bare?.offer.risk, 'LOW')
  await context.db.updateTable('action').set({ status: 'approved', decided_by: 'U0ANA' }).execute()
  await execute(context, bare.id, never)
  assert.equal((await made.action(bare.id)).status, 'changed')
  assert.match(await reasonOf(made), /fewer people approved it than the 1 that it takes/)

  const dry = await approved(made, wish)
  const config = { ...context.config, remediation: { ...context.config.remediation, dry_run: true } }
  await execute({ ...context, config }, dry.id, never)
  assert.match(await reasonOf(made), /only dry runs are allowed since then/)

  const rewritten = await approved(made, wish)
  await mutateOffer(made, rewritten.id, (offer) => ({ ...offer, risk: 'HIGH' }))
  await execute(context, rewritten.id, never)
  assert.match(await reasonOf(made), /what is stored is not what was approved/)

  const riskier = await approved(made, wish)
  for (const pod of cluster.objects().filter(({ kind, metadata }) => kind === 'Pod' && metadata.name !== POD)) cluster.put(unready(pod))
  await execute(context, riskier.id, never)
  assert.equal((await made.action(riskier.id)).status, 'changed')
  assert.match(await reasonOf(made), /its risk is HIGH now, and was LOW when this was shown: it is the only one that serves/)
  assert.equal(cluster.ledger.length, 0)
})

const POD = 'checkout-6c9f4d7b8b-aaaa1'

const unready = (pod: KubeObject): KubeObject => ({ ...pod, status: { ...pod.status, conditions: [{ type: 'Ready', status: 'False' }] } })

test('of two deeds on one incident the one that was overtaken is never verified: only the later one may have helped', async (t) => {
  const { clock: moved, travel } = movable()
  const made = await stage(t, { clock: { ...moved, sleep: clock.sleep }, remediation: { verify_seconds: 300 } })
  const { context, prometheus } = made
  const healthy = () => Object.assign(prometheus.state, { value: 0.002, newest: moved.now() })
  const first = await approved(made, RESTART)
  await execute(context, first.id, never)
  const second = await approved(made, ROLLBACK)
  await travel(context.db, 5000)
  prometheus.state.newest = moved.now()
  await execute(context, second.id, never)
  assert.equal((await made.action(second.id)).status, 'succeeded')
  for (let look = 0; look < 8; look++) {
    await travel(context.db, 20_000)
    healthy()
    await verify(context, first.id)
    if (look < 2) assert.equal(await made.status(), 'verifying')
    await verify(context, second.id)
  }
  assert.equal((await made.action(first.id)).verification, 'cannot_tell')
  assert.equal((await made.action(second.id)).verification, 'verified')
  assert.equal(await made.status(), 'resolved')

  // A process that died between "worse" and its undo: the job comes again.
  await context.db.updateTable('action').set({ verification: 'worsened' }).where('id', '=', second.id).execute()
  await verify(context, second.id)
  await verify(context, second.id)
  assert.deepEqual(
    (await made.actions()).filter(({ undo_of }) => undo_of !== null).map(({ undo_of }) => undo_of),
    [second.id],
  )
})

test('the alert that was asked before is asked afterwards, whatever else has fired into the incident since', async (t) => {
  const { clock: moved, travel } = movable()
  const made = await stage(t, { clock: { ...moved, sleep: clock.sleep }, remediation: { verify_seconds: 300 } })
  const { context, prometheus } = made
  const card = await approved(made, ROLLBACK)
  await execute(context, card.id, never)
  await travel(context.db, 1000)
  const labels = { ...LABELS, alertname: 'SlowCheckout' }
  await createReceive(context)(hook([one(labels, { generatorURL: 'http://p/graph?g0.expr=latency_seconds+%3E+1' })], { by: ['service'] }))
  await context.db.updateTable('alert').set({ incident_id: made.incident, open: true, confirmed: true, last_seen: moved.now() }).execute()
  // Nine times its limit: by its own measure bad, by that of the first alert it would be "worse".
  prometheus.state.valueOf = (query) => (query.includes('latency_seconds') ? 9 : 0.1)
  for (let look = 0; look < 2; look++) {
    await travel(context.db, 20_000)
    prometheus.state.newest = moved.now()
    await verify(context, card.id)
  }
  const { verification, watch } = await made.action(card.id)
  assert.equal(verification, null)
  assert.deepEqual(
    watch?.points.map(([, value]) => value),
    [0.1, 0.1],
  )

  // Its undo says that the target is not as the deed had left it.
  const notes = async () => (await made.actions()).at(-1)?.offer.notes.join() ?? ''
  assert.equal(await offerUndo(context, await made.action(card.id)), 'offered')
  assert.doesNotMatch(await notes(), /changed again after the deed/)
  await context.db.updateTable('action').set({ status: 'rejected' }).where('undo_of', 'is not', null).execute()
  const live = made.cluster.find('Deployment', 'checkout')
  assert.ok(live)
  made.cluster.put({ ...live, metadata: { ...live.metadata, generation: Number(live.metadata['generation']) + 1 } })
  assert.equal(await offerUndo(context, await made.action(card.id)), 'offered')
  assert.match(await notes(), /changed again after the deed/)
})

test('two replicas that begin on one target at the same moment: its cool-down lets one of them', async (t) => {
  const made = await stage(t, { clock, remediation: { cooldown_seconds: 600 } })
  const { context } = made
  await createReceive(context)(hook([one({ ...LABELS, alertname: 'Slow' })], { by: ['alertname'] }))
  const other = await context.db.selectFrom('incident').select('id').where('id', '<>', made.incident).executeTakeFirstOrThrow()
  await context.db.updateTable('incident').set({ status: 'analysed' }).execute()
  await made.propose(RESTART)
  await made.proposeIn(other.id, ROLLBACK)
  const cards = await context.db.selectFrom('action').selectAll().execute()
  assert.equal(cards.length, 2)
  for (const card of cards) await approve(context, pressOf(card), presser())
  // Both have counted before either has written, unless they take turns.
  await sql`create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.3); return new; end $$`.execute(
    context.db,
  )
  await sql`create trigger slow before update on action for each row when (new.status = 'executing' and old.status = 'approved') execute function slow()`.execute(
    context.db,
  )
  await Promise.all(cards.map(({ id }) => execute(context, id, never)))
  const ends = await context.db.selectFrom('action').select('status').orderBy('status').execute()
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['blocked', 'succeeded'],
  )

  // What nobody presses for has limits of its own, whatever the cool-down.
  const quick = { db: context.db, config: { ...context.config, remediation: { ...context.config.remediation, cooldown_seconds: 0 } } }
  const limit = (target: string) => limitOf(quick, { cluster: 'default', target, isUndo: false, isAutomatic: true })
  const [ran] = await context.db.selectFrom('action').selectAll().where('status', '=', 'succeeded').execute()
  assert.ok(ran)
  assert.equal(await limit(ran.target), null, 'a person pressed for that one')
  await context.db.updateTable('action').set({ decided_by: 'vigil' }).where('id', '=', ran.id).execute()
  assert.match((await limit(ran.target)) ?? '', /on this target without a press already$/)
  assert.equal(await limit('another'), null)
  await context.db
    .insertInto('action')
    .values(
      [8, 9].map((number) => ({
        ...ran,
        id: context.random.id(),
        number,
        decided_by: 'vigil',
        offer: jsonbText(ran.offer),
        baseline: null,
        watch: null,
        callback: null,
      })),
    )
    .execute()
  assert.equal(await limit('another'), '3 actions within an hour ran without a press already')

  // Of everything at once: ten in a quarter of an hour, and so many at the same time as are allowed.
  const pressed = () => limitOf(quick, { cluster: 'default', target: 'another', isUndo: true })
  assert.equal(await pressed(), null)
  const more = Array.from({ length: 7 }, (_, i) => i + 20).map((number) => ({
    ...ran,
    id: context.random.id(),
    number,
    target: `t${number}`,
    status: 'executing' as const,
    offer: jsonbText(ran.offer),
    baseline: null,
    watch: null,
    callback: null,
  }))
  await context.db.insertInto('action').values(more).execute()
  assert.match((await pressed()) ?? '', /^blocked: 10 actions in 15 minutes over everything/)
  const room = (parallel: number) =>
    context.db
      .transaction()
      .execute((trx) => hasRoom({ config: { ...quick.config, remediation: { ...quick.config.remediation, parallel } } }, trx))
  assert.deepEqual([await room(7), await room(8)], [false, true])

  // Two that append to the trail at once do not fork it.
  const deed = { incident: null, action: null, who: 'U0ANA', what: 'test', data: {} }
  await Promise.all(Array.from({ length: 12 }, () => context.db.transaction().execute((trx) => appendAudit(trx, deed))))
  assert.equal(await firstBroken(context.db), null)
})

test('a process that was stopped behind its intent and wakes up when another has taken over sends nothing', async (t) => {
  let now = 0
  const made = await stage(t, { clock: { ...clock, monotonic: () => (now += 60_000) } })
  const { context, cluster } = made
  const card = await approved(made, ROLLBACK)
  await sql`create function taken() returns trigger language plpgsql as $$ begin new.epoch := new.epoch + 1; return new; end $$`.execute(
    context.db,
  )
  await sql`create trigger taken before update on action for each row when (new.intent_at is not null and old.intent_at is null) execute function taken()`.execute(
    context.db,
  )
  await assert.rejects(execute(context, card.id, never), /was taken over/)
  assert.equal(cluster.ledger.length, 0)
})

test('an edit may not press harder on what is exhausted either, and of HIGH risk no editor of any version approves', async (t) => {
  const exhausted = { kind: 'service', namespace: 'shop', name: 'postgres' }
  const cause = { text: 'postgres is full', object: exhausted, category: 'saturation' as const, receipts: [] }
  const made = await stage(t, {
    clock,
    objects: [...checkout(), ...app('payments', { replicas: 2 })],
    actions: [{ kind: 'scale_workload', risk: 'HIGH', approvers: { users: ['U0ANA', 'U0TOM', 'U0SAM', 'U0KIM'], usergroups: [] } }],
    analysis: { cause },
  })
  const { context } = made
  const params = { kind: 'Deployment', namespace: 'shop', name: 'checkout', replicas: 2 }
  await made.propose({ action: 'scale_workload', params: { ...params, replicas: 9 }, why: 'more room', receipts: [] })
  const refusal = (await timelineOf(context.db, made.incident)).findLast(({ type }) => type === 'action_refused')
  assert.match(refusal?.type === 'action_refused' ? refusal.reason : '', /would press harder on postgres/)
  const [card] = await made.propose({ action: 'scale_workload', params, why: 'less load', receipts: [] })
  assert.ok(card)
  const edit = async (user: string, replicas: number) =>
    offerAnew(context, { pressed: pressOf(await made.action(card.id)), presser: presser(user), params: { ...params, replicas } })
  assert.deepEqual(await approve(context, pressOf(card), presser('U0SAM')), { done: true, status: 'awaiting_approval', missing: 1 })
  const refused = await edit('U0ANA', 9)
  assert.match('reason' in refused ? refused.reason : '', /would press harder on postgres/)
  const elsewhere = { ...params, name: 'payments', replicas: 1 }
  const other = await offerAnew(context, { pressed: pressOf(await made.action(card.id)), presser: presser(), params: elsewhere })
  assert.match('reason' in other ? other.reason : '', /^payments is not a thing of this incident$/)
  const stale = pressOf(await made.action(card.id))
  const edits = await Promise.all(
    [1, 2].map((replicas) => offerAnew(context, { pressed: stale, presser: presser('U0ANA'), params: { ...params, replicas } })),
  )
  assert.deepEqual(edits.map((one) => one.offered).toSorted(), [false, true], 'of two edits of one version one counts')
  assert.equal((await edit('U0TOM', 2)).offered, true)
  const pressAll = async (id: string) => {
    const presses = []
    for (const user of ['U0ANA', 'U0TOM', 'U0SAM', 'U0KIM']) {
      const decision = await approve(context, pressOf(await made.action(id)), presser(user))
      presses.push(decision.done ? decision.missing : 'denial' in decision ? decision.denial : decision.why)
    }
    return presses
  }
  assert.deepEqual(await pressAll(card.id), ['edited_it', 'edited_it', 1, 0], 'what was pressed for the first version counts no more')
  // What failed is offered anew under an id of its own, with the parameters that they had chosen.
  await context.db.updateTable('action').set({ status: 'failed' }).execute()
  const quick = { ...context.config.remediation, cooldown_seconds: 600 }
  await sql`update action set started_at = vigil_now()`.execute(context.db)
  const early = await offerAnew(
    { ...context, config: { ...context.config, remediation: quick } },
    { pressed: pressOf(await made.action(card.id)), presser: presser() },
  )
  assert.match('reason' in early ? early.reason : '', /^cool-down/)
  const anew = await offerAnew(context, { pressed: pressOf(await made.action(card.id)), presser: presser('U0SAM') })
  assert.equal(anew.offered, true)
  const next = (await made.actions()).at(-1)
  assert.ok(next !== undefined && next.id !== card.id)
  assert.deepEqual(await pressAll(next.id), ['edited_it', 'edited_it', 1, 0])
})
