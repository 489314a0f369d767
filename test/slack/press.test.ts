import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownBlock } from '@slack/types'
import type { Context } from '../../src/context.ts'
import type { Workspace } from '../../src/demo/slack/contract.ts'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import { actions, button, incidentWithCard } from './card.ts'
import { incidentsOf, saidBy, settled, slackDoor, timelineTypes, wordsOf } from './door.ts'

test('the first press makes an owner, a second one is told so, another person takes over visibly', async (t) => {
  const made = await slackDoor(t)
  const { incident, press, id, told } = await incidentWithCard(made, (one) => [actions(button('own', one))])
  await press('ana', 'own')
  await press('ana', 'own')
  assert.equal((await incidentsOf(made.context))[0]?.owner, id('ana'))
  assert.match(wordsOf(told()[0]!), /yours already/)
  assert.equal(told()[0]?.ephemeralFor, id('ana'))
  await press('tom', 'own')
  assert.equal((await incidentsOf(made.context))[0]?.owner, id('tom'))
  const owned = (await timelineTypes(made.context, incident.id)).filter((type) => type === 'owned')
  assert.equal(owned.length, 2)
})

test('two people who press at once: one after the other, the later one has it, both are in the timeline', async (t) => {
  const made = await slackDoor(t)
  const { incident, press, id } = await incidentWithCard(made, (one) => [actions(button('own', one))])
  await Promise.all([press('ana', 'own'), press('tom', 'own')])
  const rows = await made.context.db.selectFrom('timeline').select('data').where('type', '=', 'owned').orderBy('id').execute()
  const users = rows.map(({ data }) => (data as { user: string }).user)
  assert.deepEqual([...users].sort(), [id('ana'), id('tom')].sort())
  assert.equal((await incidentsOf(made.context)).find((one) => one.id === incident.id)?.owner, users.at(-1))
})

test('people of another workspace are refused, in words that say that nothing was changed', async (t) => {
  const made = await slackDoor(t, { workspace: { people: [{ name: 'ana' }, { name: 'tom' }, { name: 'zoe', isStranger: true }] } })
  const { press, told } = await incidentWithCard(made, (one) => [actions(button('own', one))])
  await press('zoe', 'own')
  assert.equal((await incidentsOf(made.context))[0]?.owner, null)
  assert.match(wordsOf(told()[0]!), /nothing was changed/)
})

test('stop tells the running investigation to conclude, once; again starts one only when none runs', async (t) => {
  const made = await slackDoor(t)
  const menu = (one: string) => ({
    type: 'overflow',
    action_id: 'more',
    options: ['why', 'not_same', 'again', 'stop'].map((what) => ({ text: { type: 'plain_text', text: what }, value: `${what}:${one}` })),
  })
  const { incident, press, id, told } = await incidentWithCard(made, (one) => [
    actions(button('stop', one), button('again', one), menu(one)),
  ])
  const { db } = made.context
  await press('ana', 'again')
  assert.match(wordsOf(told().at(-1)!), /being investigated right now/)
  await press('ana', 'stop')
  await press('tom', 'more', { selectedOption: `stop:${incident.id}` })
  assert.match(wordsOf(told().at(-1)!), /told to conclude already/)
  assert.equal((await db.selectFrom('investigation').select('stopped_by').executeTakeFirstOrThrow()).stopped_by, id('ana'))
  await db.updateTable('investigation').set({ status: 'complete' }).execute()
  await press('tom', 'stop')
  assert.match(wordsOf(told().at(-1)!), /no investigation is running/)
  await press('tom', 'more', { selectedOption: `again:${incident.id}` })
  assert.equal((await db.selectFrom('investigation').select('id').execute()).length, 2)
  await press('tom', 'more', { selectedOption: `why:${incident.id}` })
  assert.match(wordsOf(told().at(-1)!), /a person stopped it/)
  await press('tom', 'more', { selectedOption: `not_same:${incident.id}` })
  assert.match(wordsOf(told().at(-1)!), /only one alert/)
})

test('"not the same" gives an alert an incident of its own, and it does not join again', async (t) => {
  const made = await slackDoor(t)
  const { context, workspace, alerts } = made
  const { incident, press } = await incidentWithCard(made, (one) => [actions(button('not_same', `${one}:`))])
  const labels = { alertname: 'HighErrorRate', service: 'checkout', pod: 'b' }
  const second = {
    incident_id: incident.id,
    fingerprint: 'bbbbbbbbbbbbbbbb',
    cluster: 'default',
    source: 'alertmanager',
    status: 'firing' as const,
  }
  await context.db
    .insertInto('alert')
    .values({ id: 'a2', ...second, labels: JSON.stringify(labels), annotations: '{}', starts_at: new Date(), confirmed: true })
    .execute()
  await context.db
    .insertInto('post')
    .values({ channel: alerts, ts: '1.2', incident_id: incident.id, bot: 'B', fingerprints: '["bbbbbbbbbbbbbbbb"]', status: 'firing' })
    .execute()
  await press('ana', 'not_same')
  const [old, own] = await incidentsOf(context)
  assert.deepEqual([own?.thread_ts, own?.anchor, own?.status, own?.join_key], ['1.2', 'alert', 'open', null])
  const moved = await context.db
    .selectFrom('alert')
    .select('incident_id')
    .where('fingerprint', '=', 'bbbbbbbbbbbbbbbb')
    .executeTakeFirstOrThrow()
  assert.equal(moved.incident_id, own?.id)
  assert.ok((await timelineTypes(context, old!.id)).includes('split'))
  assert.deepEqual(await timelineTypes(context, own!.id), ['opened', 'split'])
  const [separated] = await context.db.selectFrom('separation').selectAll().execute()
  assert.deepEqual([separated?.fingerprint, separated?.by], ['bbbbbbbbbbbbbbbb', workspace.state.user('ana')!.id])
  assert.equal((await context.db.selectFrom('investigation').select('id').where('incident_id', '=', own!.id).execute()).length, 1)
})

test('"not the same" under a later post sets apart what that post tells of, not what came last', async (t) => {
  const made = await slackDoor(t)
  const { context, workspace, clients, alerts } = made
  const { incident } = await incidentWithCard(made, (one) => [actions(button('not_same', one))])
  const line = 'KubePodNotReady shop (warning)'
  const known = (fingerprint: string, group_subject: string | null) => ({
    ...{
      id: `a ${fingerprint}`,
      incident_id: incident.id,
      fingerprint,
      cluster: 'default',
      source: 'alertmanager',
      status: 'firing' as const,
    },
    ...{ labels: '{"alertname":"KubePodNotReady"}', annotations: '{}', starts_at: new Date(), confirmed: true, group_subject },
  })
  const rows = [known('aaaa', line), known('bbbb', line), known('cccc', 'TargetDown shop')]
  for (const row of rows) await context.db.insertInto('alert').values(row).execute()
  const { ts = '' } = await clients.progress.chat.postMessage({ channel: alerts, text: `[FIRING:2] ${line}` })
  await context.db
    .insertInto('post')
    .values({ channel: alerts, ts, incident_id: incident.id, bot: 'B', subject: line, fingerprints: '["ffff"]', status: 'firing' })
    .execute()
  const blocks = [actions(button('not_same', incident.id)) as KnownBlock]
  const reply = await clients.progress.chat.postMessage({ channel: alerts, thread_ts: ts, text: 'again', blocks })
  await workspace.press({ user: 'ana', actionId: 'not_same', channel: alerts, ts: reply.ts ?? '' })
  await settled(context)
  const [, own] = await incidentsOf(context)
  assert.deepEqual([own?.thread_ts, own?.anchor], [ts, 'alert'])
  const moved = await context.db
    .selectFrom('alert')
    .select('fingerprint')
    .where('incident_id', '=', own?.id ?? '')
    .orderBy('fingerprint')
    .execute()
  assert.deepEqual(
    moved.map(({ fingerprint }) => fingerprint),
    ['aaaa', 'bbbb'],
  )
  assert.equal((await context.db.selectFrom('separation').select('fingerprint').execute()).length, 2)
})

const rated = async (context: Context, incident: string): Promise<string> =>
  (await context.db.selectFrom('investigation').select('id').where('incident_id', '=', incident).executeTakeFirstOrThrow()).id

const thumbs = (investigation: string) => ({
  type: 'context_actions',
  elements: [
    {
      type: 'feedback_buttons',
      action_id: 'feedback',
      positive_button: { text: { type: 'plain_text', text: 'Right' }, value: `${investigation}:good` },
      negative_button: { text: { type: 'plain_text', text: 'Wrong' }, value: `${investigation}:bad` },
    },
  ],
})

test('a rating is kept at once and can be changed; a bad one asks what was wrong', async (t) => {
  const made = await slackDoor(t)
  const { context, workspace, clients, alerts } = made
  const { incident, id } = await incidentWithCard(made, (one) => [actions(button('own', one))])
  const investigation = await rated(context, incident.id)
  await clients.progress.chat.postMessage({ channel: alerts, text: 'analysis', blocks: [thumbs(investigation) as unknown as KnownBlock] })
  const message = saidBy(workspace, alerts).at(-1)!
  const press = async (value: string) => {
    const result = await workspace.press({ user: 'ana', actionId: 'feedback', channel: alerts, ts: message.ts, value })
    assert.equal(result.acked, true)
    await settled(context)
  }
  const ratings = () => context.db.selectFrom('rating').select(['user_id', 'rating', 'reason']).execute()
  await press(`${investigation}:good`)
  assert.deepEqual(await ratings(), [{ user_id: id('ana'), rating: 'good', reason: null }])
  assert.equal(workspace.state.views.size, 0)
  await press(`${investigation}:bad`)
  assert.deepEqual(await ratings(), [{ user_id: id('ana'), rating: 'bad', reason: null }])
  const view = openView(workspace)
  const sent = await workspace.submitView({ viewId: view.id, user: 'ana', values: { reason: { text: 'It was the cache, not the pool' } } })
  assert.deepEqual([sent.acked, sent.payload], [true, {}], 'an empty acknowledgement closes the modal')
  await settled(context)
  assert.deepEqual(await ratings(), [{ user_id: id('ana'), rating: 'bad', reason: 'It was the cache, not the pool' }])
  const entries = (await timelineTypes(context, incident.id)).filter((type) => type === 'rated')
  assert.equal(entries.length, 3)
})

const openView = (workspace: Workspace) => {
  const [view] = [...workspace.state.views.values()]
  assert.ok(view, 'a modal is open')
  assert.deepEqual(faultsOf(view.payload), [])
  return view
}

const hostile = '</x> <!channel> <https://evil.example|click> *bold* @here ```'
const claim = (evidence: string, quote: string) => ({
  text: `It says so ${hostile}`,
  kind: 'observation' as const,
  receipts: [{ evidence, quote }],
})

const withEvidence = async (context: Context, incident: string) => {
  const row = (number: number, query: string, shown: string, link: string | null) => ({
    incident_id: incident,
    number,
    source: 'loki',
    query,
    range_to: '2026-11-20T03:06:00Z',
    output: JSON.stringify({ kind: 'text', text: shown }),
    shown,
    complete: number !== 2,
    link,
  })
  const long = Array.from(
    { length: 800 },
    (_, i) => `03:02:${i} error <@U1> timeout acquiring connection ${i} 👩‍🚒 ${'x'.repeat(60)}`,
  ).join('\n')
  await context.db
    .insertInto('evidence')
    .values([
      row(
        1,
        '{app="checkout"} |= "timeout"',
        `first line\n03:02:10 timeout acquiring connection from pool\nlast ${hostile}`,
        'http://loki:3100/explore',
      ),
      row(2, `{app="checkout"} ${hostile}`, long, 'https://evil.example/phish'),
      ...Array.from({ length: 120 }, (_, i) => row(3 + i, 'up', `line ${i}`, null)),
    ])
    .execute()
  const analysis = {
    verdict: 'action_required',
    summary: `Act now ${hostile}`,
    confidence: 80,
    urgency: 'now',
    cause: {
      text: 'the pool is too small',
      category: 'config',
      receipts: [{ evidence: 'E1', quote: 'timeout acquiring connection from pool' }],
    },
    chain: [],
    claims: [claim('E2', 'timeout acquiring connection 7 '), claim('E2', 'error <@U1> timeout acquiring connection 9 ')],
    ruled_out: [],
    data_gaps: ['traces '.repeat(2000)],
    next_steps: ['set DB_POOL_MAX to 50'],
    proposals: [],
    partial: false,
    partial_reason: null,
    unsupported: [],
    model_confidence: 80,
    recomputed: 1,
    by: 'model',
  }
  await context.db
    .updateTable('investigation')
    .set({ analysis: JSON.stringify(analysis), status: 'complete' })
    .execute()
  const calls = Array.from({ length: 150 }, (_, i) => ({
    investigation_id: '',
    call_id: `c${i}`,
    turn: i,
    name: 'query_logs',
    input: JSON.stringify({ query: `{app="checkout"} ${hostile}`, number: i }),
    result: i % 5 === 0 ? 'Loki answered 503' : `${i} lines ${hostile}`,
    is_error: i % 5 === 0,
    evidence: i % 5 === 0 ? null : 1,
    input_bytes: 1,
    output_bytes: 1,
    ms: 1200,
  }))
  const investigation = await rated(context, incident)
  await context.db
    .insertInto('tool_call')
    .values(calls.map((call) => ({ ...call, investigation_id: investigation })))
    .execute()
}

test('evidence opens in a modal within Slack’s limits, with the quoted passage marked and only known links', async (t) => {
  const made = await slackDoor(t, { env: { VIGIL_LOKI_ENDPOINT: 'http://loki:3100' } })
  const { context, workspace } = made
  const { incident, press } = await incidentWithCard(made, (one) => [
    actions(button('evidence', `${one}:E1`), button('steps', `${one}:1`), button('details', `${one}:1`)),
    { ...actions(button('evidence', one)), block_id: 'all' },
    { ...actions(button('evidence', `${one}:E2`)), block_id: 'long' },
  ])
  await withEvidence(context, incident.id)
  await press('ana', 'evidence')
  const one = JSON.stringify(openView(workspace).payload)
  assert.match(
    one,
    /rich_text_quote.*"bold":true.*timeout acquiring connection from pool|timeout acquiring connection from pool.*"bold":true/,
  )
  assert.match(one, /http:\/\/loki:3100\/explore/)
  assert.equal(one.includes('"mrkdwn"'), false, 'nothing foreign is parsed as markup')

  await press('ana', 'steps')
  assert.match(JSON.stringify(openView(workspace).payload), /\*query_logs\* · 1\.2 s/)
  await press('ana', 'details')
  const whole = JSON.stringify(openView(workspace).payload)
  assert.match(whole, /Act now/)
  assert.ok(whole.includes('set DB_POOL_MAX to 50'))
  assert.ok(whole.includes('E1'))
  assert.equal(whole.includes('"mrkdwn"'), false)
})

test('long evidence turns its pages in the modal, complete, and the list leads to each piece', async (t) => {
  const made = await slackDoor(t)
  const { context, workspace } = made
  const { incident, press } = await incidentWithCard(made, (one) => [actions(button('evidence', `${one}:E2`))])
  await withEvidence(context, incident.id)
  await press('ana', 'evidence')
  const turn = async (actionId: string, value?: string) => {
    const view = openView(workspace)
    const result = await workspace.press({ user: 'ana', actionId, viewId: view.id, ...(value === undefined ? {} : { value }) })
    assert.equal(result.acked, true)
    await settled(context)
    return openView(workspace)
  }
  const pages = [JSON.stringify(openView(workspace).payload.blocks)]
  assert.equal(pages[0]?.includes('evil.example/phish'), false)
  assert.match(pages[0] ?? '', /there was more/)
  while (JSON.stringify(openView(workspace).payload.blocks).includes('page_on'))
    pages.push(JSON.stringify((await turn('page_on')).payload.blocks))
  assert.ok(pages.length >= 2)
  const text = pages.join('')
  for (const number of [0, 7, 9, 399, 799]) assert.ok(text.includes(`03:02:${number} `), `line ${number}`)
  assert.match(text, /rich_text_quote/)

  const list = await turn('page_show')
  assert.match(JSON.stringify(list.payload), /\*E1\* {2}\*Loki\*/)
  const back = await turn('page_show', `evidence:${incident.id}:E1:0`)
  assert.match(JSON.stringify(back.payload), /timeout acquiring connection from pool/)
})

test('a press on something that is gone, or too late for Slack, is told and not tried for ever', async (t) => {
  const made = await slackDoor(t)
  const { press, told } = await incidentWithCard(made, () => [actions(button('evidence', 'nothing'), button('own', 'nothing'))])
  await press('ana', 'evidence')
  assert.match(wordsOf(told().at(-1)!), /nothing to show any more/)
  await press('ana', 'own')
  assert.match(wordsOf(told().at(-1)!), /do not know this incident/)
  const rows = await made.context.db.selectFrom('inbox').select('error').execute()
  assert.ok(rows.every((row) => row.error === null))
})
