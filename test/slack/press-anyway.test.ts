import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Context, systemClock } from '../../src/context.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import type { Workspace } from '../../src/demo/slack/contract.ts'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import { recordNow, type TimelineEntry } from '../../src/incident/timeline.ts'
import type { Model } from '../../src/llm/model.ts'
import { onlyModel } from '../context.ts'
import { createPeer } from '../incident/peer.ts'
import { actions, button, incidentWithCard } from './card.ts'
import { settled, slackDoor, timelineTypes, wordsOf } from './door.ts'
import { analysis, brief, spending } from './story.ts'

/** Never asked: only jobs are enqueued here. */
const model: Model = { id: 'claude-sonnet-5-5', complete: () => Promise.reject(new Error('not asked')) }

const gated: TimelineEntry = {
  type: 'gated',
  investigation: 1,
  decision: 'ignore',
  reason: 'log rotation',
  evidence: [],
  spending: spending(),
}

const end = (context: Context, incident: string, more: Record<string, unknown> = {}) =>
  context.db
    .updateTable('investigation')
    .set({ status: 'complete', ...more })
    .where('incident_id', '=', incident)
    .execute()

const investigations = (context: Context) =>
  context.db.selectFrom('investigation').select(['number', 'kind', 'forced', 'about']).orderBy('number').execute()

test('"Investigate anyway" goes past the gate once, and says so when there is nothing to go past', async (t) => {
  const made = await slackDoor(t)
  const { context } = made
  const { incident, press, told } = await incidentWithCard(made, (one) => [actions(button('force', one))])
  await press('ana', 'force')
  assert.match(wordsOf(told().at(-1)!), /being investigated already/)
  await recordNow(context, incident.id, [{ type: 'briefed', brief: brief() }, gated])
  await end(context, incident.id)
  const before = told().length
  await press('ana', 'force')
  assert.equal(told().length, before, 'the thread shows it')
  assert.deepEqual((await investigations(context)).at(-1), { number: 2, kind: 'again', forced: true, about: null })
  assert.ok((await timelineTypes(context, incident.id)).includes('forced'))
  await press('tom', 'force')
  assert.match(wordsOf(told().at(-1)!), /somebody was a moment before you/)
  await end(context, incident.id)
  await press('tom', 'force')
  assert.match(wordsOf(told().at(-1)!), /nothing holds it back any more/)
  await context.db.updateTable('incident').set({ status: 'resolved' }).execute()
  await press('tom', 'force')
  assert.match(wordsOf(told().at(-1)!), /it is over/)
})

test('"Prove me wrong" starts one challenge of that analysis, from the button and from the menu, and says what is in its way', async (t) => {
  const made = await slackDoor(t, { context: { models: onlyModel(model) } })
  const { context } = made
  const menu = (one: string) => ({
    type: 'overflow',
    action_id: 'more',
    options: ['challenge', 'details'].map((what) => ({ text: { type: 'plain_text', text: what }, value: `${what}:${one}:1` })),
  })
  const { incident, press, told } = await incidentWithCard(made, (one) => [actions(button('challenge', `${one}:1`), menu(one))])
  await end(context, incident.id)
  await press('ana', 'challenge')
  assert.match(wordsOf(told().at(-1)!), /no analysis by a model/)
  await end(context, incident.id, { analysis: JSON.stringify(analysis()) })
  const before = told().length
  await press('ana', 'more', { selectedOption: `challenge:${incident.id}:1` })
  assert.equal(told().length, before, 'the thread shows it')
  assert.deepEqual((await investigations(context)).at(-1), { number: 2, kind: 'challenge', forced: false, about: 1 })
  await press('tom', 'challenge')
  assert.match(wordsOf(told().at(-1)!), /being looked into right now/)
  assert.equal((await investigations(context)).length, 2)
  await press('tom', 'more', { selectedOption: `details:${incident.id}:1` })
  assert.match(JSON.stringify(openView(made.workspace).payload), /DB_POOL_MAX/)
})

test('without a model nothing is challenged, and that is said', async (t) => {
  const made = await slackDoor(t)
  const { press, told } = await incidentWithCard(made, (one) => [actions(button('challenge', `${one}:1`))])
  await press('ana', 'challenge')
  assert.match(wordsOf(told().at(-1)!), /no model is configured/)
})

const openView = (workspace: Workspace) => {
  const [view] = [...workspace.state.views.values()]
  assert.ok(view, 'a modal is open')
  assert.deepEqual(faultsOf(view.payload), [])
  return view
}

test('"Copy the rule" shows the rule as it goes into a file, and what it would have done', async (t) => {
  const made = await slackDoor(t)
  const { incident, press } = await incidentWithCard(made, (one) => [actions(button('copy_rule', one))])
  const rule = { change: 'for', now: 'for: 2m', better: 'for: 15m', days: 14, fired: 16, would_have_fired: 2, kept: 2, real: 2 } as const
  await recordNow(made.context, incident.id, [{ type: 'better_rule', rule, evidence: 'E4' }])
  await made.context.db.updateTable('alert').set({ expression: 'errors / requests\n  > 0.05' }).execute()
  await press('ana', 'copy_rule')
  const shown = JSON.stringify(openView(made.workspace).payload)
  assert.ok(
    shown.includes(
      JSON.stringify(`- alert: ${incident.alertname}\n  expr: errors / requests > 0.05\n  for: 15m  # was for: 2m`).slice(1, -1),
    ),
    shown,
  )
  assert.match(shown, /would have fired 2 times in 14 days, not 16, and kept both that were real\. Its history is E4\./)
})

test('the full analysis draws the way from cause to symptom, with what is first seen of each, and says whose confidence it is', async (t) => {
  const made = await slackDoor(t)
  const { context } = made
  const { incident, press } = await incidentWithCard(made, (one) => [actions(button('details', `${one}:1`))])
  const output = { kind: 'lines', lines: [{ at: '2026-11-20T03:02:10Z', line: 'timeout acquiring connection', labels: {} }] }
  await context.db
    .insertInto('evidence')
    .values({ ...evidenceRow(incident.id), source: 'loki', output: JSON.stringify(output) })
    .execute()
  const [deploy, pool, service] = ['deployment', 'pool', 'service'].map((kind) => ({ kind, namespace: 'shop', name: `checkout-${kind}` }))
  const quote = [{ evidence: 'E1', quote: 'timeout acquiring' }]
  const chain = [
    { from: deploy, to: pool, relation: 'changed', receipts: [] },
    { from: pool, to: service, relation: 'starved', receipts: quote },
  ]
  const shown = analysis({ chain: chain as never, confidence: 55, model_confidence: 87, confidence_why: '2 of 7 sentences had no proof' })
  await end(context, incident.id, { analysis: JSON.stringify(shown) })
  await context.db
    .updateTable('incident')
    .set({ onset: new Date('2026-11-20T03:04:00Z') })
    .execute()
  await press('ana', 'details')
  const text = JSON.stringify(openView(made.workspace).payload)
  const order = [
    'From cause to symptom',
    'deployment shop/checkout-deployment',
    '↓ changed',
    'pool shop/checkout-pool',
    '↓ starved  (first seen 03:02:10 UTC · E1)',
    'service shop/checkout-service',
    'since 03:04:00 UTC',
    '55 %, lowered: 2 of 7 sentences had no proof. The model itself said 87 %.',
  ].map((part) => text.indexOf(part))
  assert.ok(
    order.every((at, i) => at > (order[i - 1] ?? -1)),
    order.join(),
  )
})

const evidenceRow = (incident: string) => ({
  incident_id: incident,
  number: 1,
  source: 'prometheus',
  query: 'sum(rate(errors_total{service="checkout"}[5m]))',
  range_to: '2026-11-20T03:06:00Z',
  output: JSON.stringify({ kind: 'series', series: [{ labels: {}, points: [[1, 0.124]] }] }),
  shown: '1 series\n0.124',
  complete: true,
})

test('evidence says what rests on it, and can be asked again in its window, at most once in 3 s', async (t) => {
  const peer = await createPeer()
  t.after(() => peer.close())
  let asked = 0
  peer.state.valueOf = (query) => {
    if (query.includes('errors_total')) asked += 1
    return 0.002
  }
  const source = prometheus({ endpoint: peer.url, fetch: globalThis.fetch, clock: systemClock })
  const made = await slackDoor(t, { context: { sources: () => ({ prometheus: source }) } })
  const { context, workspace } = made
  const { incident, press } = await incidentWithCard(made, (one) => [actions(button('evidence', `${one}:E1`))])
  await context.db.insertInto('evidence').values(evidenceRow(incident.id)).execute()
  const claims = [{ text: 'Errors are at 12.4 %', kind: 'observation', receipts: [{ evidence: 'E1', quote: '0.124' }] }]
  await end(context, incident.id, { analysis: JSON.stringify(analysis({ cause: null, claims: claims as never, ruled_out: [] })) })
  await press('ana', 'evidence')
  const whole = JSON.stringify(openView(workspace).payload)
  assert.match(whole, /What rests on it.*Errors are at 12\.4 % {2}\(seen\)/)
  assert.match(whole, /"bold":true,"code":true|"code":true,"bold":true/)
  const inside = async (actionId: string, value: string) => {
    const result = await workspace.press({ user: 'ana', actionId, viewId: openView(workspace).id, value })
    assert.equal(result.acked, true)
    await settled(context)
    return JSON.stringify(openView(workspace).payload)
  }
  const now = await inside('run_again', `${incident.id}:E1`)
  assert.match(now, /last value: 0\.124 then, 0\.002 now/)
  assert.match(now, /Shown to you alone and not kept/)
  await inside('run_again', `${incident.id}:E1`)
  assert.equal(asked, 1, 'a second press within 3 s asks nothing')
  assert.match(await inside('page_show', `evidence:${incident.id}:E1:0`), /What rests on it/)
})
