import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Brief, latest, record, timelineOf } from '../../src/incident/timeline.ts'
import type { Suspect } from '../../src/investigation/suspects.ts'
import { propose } from '../../src/remediation/propose.ts'
import { brief } from '../slack/story.ts'
import { checkout, ROLLBACK, type Stage, stage } from './stage.ts'

const refusal = async ({ context, incident }: Stage): Promise<string | undefined> =>
  latest(await timelineOf(context.db, incident), 'action_refused')?.reason

const payments = () =>
  checkout().map((object) => ({
    ...JSON.parse(JSON.stringify(object).replaceAll('checkout', 'payments')),
  }))

test('what is not in the catalogue, not in its bounds, not there, or not of this incident is refused, and said', async (t) => {
  const made = await stage(t, {
    objects: [...checkout(), ...payments()],
    actions: [{ kind: 'rollback_workload', targets: ['shop/checkout', 'shop/payments', 'shop/gone'], params: { revision: { max: 1 } } }],
  })
  const cases = [
    [{ ...ROLLBACK, action: 'drop_database' }, /^drop_database is not in the catalogue of default$/],
    [{ ...ROLLBACK, action: 'restart_workload' }, /^restart_workload is not in the catalogue/],
    [{ ...ROLLBACK, params: { namespace: 'shop', name: 'cart' } }, /there is no Deployment shop\/cart|not among the targets/],
    [{ ...ROLLBACK, params: { namespace: 'kube-system', name: 'coredns' } }, /not among the targets of rollback_workload/],
    [{ ...ROLLBACK, params: { namespace: 'shop', name: 'gone' } }, /there is no Deployment shop\/gone/],
    [{ ...ROLLBACK, params: { namespace: 'shop', name: 'payments' } }, /^payments is not a thing of this incident/],
    [{ ...ROLLBACK, params: { namespace: 'shop', name: 'checkout', revision: 2 } }, /revision 2 is above 1/],
    [{ ...ROLLBACK, params: { namespace: 'shop', name: 'checkout', extra: true } }, /cannot be done with these parameters/],
    [{ ...ROLLBACK, params: { namespace: 'shop', name: '../../secrets/x' } }, /cannot be done with these parameters/],
    [{ ...ROLLBACK, params: { namespace: 'shop', name: '-n kube-system' } }, /cannot be done with these parameters/],
  ] as const
  for (const [proposal, reason] of cases) {
    await made.propose({ ...proposal, receipts: [] })
    assert.match((await refusal(made)) ?? '', reason, JSON.stringify(proposal.params))
  }
  assert.deepEqual(await made.actions(), [])
  assert.deepEqual(made.cluster.ledger, [])
  assert.equal(await made.status(), 'analysed')
})

test('an alert that nobody vouches for gets no proposals', async (t) => {
  const made = await stage(t)
  await made.context.db.updateTable('alert').set({ confirmed: false }).execute()
  assert.deepEqual(await made.propose(ROLLBACK), [])
})

test('at most two, and running the job again offers nothing twice', async (t) => {
  const made = await stage(t)
  const restart = { ...ROLLBACK, action: 'restart_workload' }
  assert.equal((await made.propose(ROLLBACK, restart)).length, 2)
  await propose(made.context, made.incident)
  assert.equal((await made.actions()).length, 2)
})

test('a card says each reason why the confidence protocol leaves it to a person', async (t) => {
  const made = await stage(t, { actions: [{ kind: 'restart_workload', automatic: true }] })
  await made.propose({ ...ROLLBACK, action: 'restart_workload' })
  const entry = latest(await timelineOf(made.context.db, made.incident), 'action_proposed')
  assert.equal(entry?.route, 'approval')
  assert.ok(entry.reasons.includes('no runbook matches'), entry.reasons.join('; '))
})

test('without an account for changes nothing is offered, and it is said what to configure', async (t) => {
  const made = await stage(t)
  const context = {
    ...made.context,
    config: { ...made.context.config, kubernetes: { ...made.context.config.kubernetes, runner: undefined } },
  }
  await made.propose()
  const timeline = await timelineOf(made.context.db, made.incident)
  const analysed = latest(timeline, 'analysed')
  assert.ok(analysed)
  const { id: _, at: __, ...entry } = analysed
  await made.context.db
    .transaction()
    .execute((trx) =>
      record(made.context, trx, made.incident, { entries: [{ ...entry, analysis: { ...entry.analysis, proposals: [ROLLBACK] } }] }),
    )
  await propose(context, made.incident)
  assert.match((await refusal(made)) ?? '', /kubernetes\.runner/)
})

const suspect = (over: Partial<Suspect> = {}): Suspect => ({
  object: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
  category: 'bad_deploy',
  why: '1.3.9 -> 1.4.0 of checkout went out 2 min before the onset.',
  confidence: 'high',
  weight: 0.9,
  rules: ['recent-deploy'],
  explains: [],
  evidence: ['E1'],
  ...over,
})

/** What the rules found, and what follows from it. */
const looked = async ({ context, incident }: Stage, first: Suspect | null, more: { next?: Brief['next']; again?: boolean } = {}) => {
  const { next = 'no_model', again = false } = more
  const found = brief({ suspects: first === null ? [] : [first], next })
  const entry = again ? ({ type: 'amended', brief: found, rules: [] } as const) : ({ type: 'briefed', brief: found } as const)
  await context.db.transaction().execute((trx) => record(context, trx, incident, { entries: [entry] }))
  await propose(context, incident)
}

test('where no model looks, the rules offer to take back the deploy that they are sure of, once, and never without a press', async (t) => {
  const room = await stage(t, { actions: [{ kind: 'rollback_workload', automatic: true }] })
  await looked(room, suspect())
  await propose(room.context, room.incident)
  await looked(room, suspect({ weight: 0.95 }), { again: true })
  const [card, second] = await room.actions()
  assert.ok(card)
  assert.equal(second, undefined, 'what a slow source adds to the same suspect offers nothing anew')
  assert.deepEqual([card.kind, card.offer.target.name, card.status], ['rollback_workload', 'checkout', 'awaiting_approval'])
  const entry = latest(await timelineOf(room.context.db, room.incident), 'action_proposed')
  assert.ok(entry)
  assert.deepEqual([entry.route, entry.because.text], ['approval', suspect().why])
  assert.ok(entry.reasons.includes('no model has looked: the rules alone say so'), entry.reasons.join('; '))
  assert.ok(entry.reasons.includes('confidence is not known'))
})

test('a service that a pipeline told of is the Deployment of that name in the namespace of the alert', async (t) => {
  const room = await stage(t)
  await looked(room, suspect({ object: { kind: 'service', name: 'checkout' } }))
  assert.deepEqual(
    (await room.actions()).map(({ offer }) => offer.target),
    [{ kind: 'Deployment', namespace: 'shop', name: 'checkout' }],
  )
})

test('the rules offer nothing where they are not sure, the cause is another, it is nothing to roll back, or a model is about to look', async (t) => {
  const room = await stage(t)
  await looked(room, null)
  await looked(room, suspect({ confidence: 'medium' }))
  await looked(room, suspect({ category: 'saturation' }))
  await looked(room, suspect({ object: { kind: 'Node', name: 'worker-1' } }))
  await looked(room, suspect(), { next: 'investigating' })
  assert.deepEqual(await room.actions(), [])
  assert.equal(await refusal(room), undefined, 'nobody asked for anything')
  await looked(room, suspect({ object: { kind: 'Deployment', namespace: 'shop', name: 'gone' } }), { again: true })
  assert.match((await refusal(room)) ?? '', /there is no Deployment shop\/gone/)
  await looked(room, suspect(), { again: true })
  assert.equal((await room.actions()).length, 1, 'another suspect is another answer')
})

test('the rules do not offer to take back what Vigil itself did right before: its own card does, and knows what it took back', async (t) => {
  const room = await stage(t)
  await looked(room, suspect({ rules: ['recent-deploy', 'own-action'] }))
  assert.deepEqual([await room.actions(), await refusal(room)], [[], undefined])
})

test('when an incident is open again, what was concluded the time before asks for nothing and keeps nothing back', async (t) => {
  const room = await stage(t)
  const again = async () => {
    const entry = { type: 'reopened', source: 'alertmanager', fingerprint: 'f' } as const
    await room.context.db.transaction().execute((trx) => record(room.context, trx, room.incident, { entries: [entry] }))
  }
  await room.propose({ ...ROLLBACK, action: 'drop_database' })
  await again()
  await propose(room.context, room.incident)
  assert.deepEqual(await room.actions(), [])
  await looked(room, suspect())
  assert.deepEqual(
    (await room.actions()).map(({ kind }) => kind),
    ['rollback_workload'],
  )
})
