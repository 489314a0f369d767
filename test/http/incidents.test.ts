import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Context } from '../../src/context.ts'
import * as schemas from '../../src/http/schemas.ts'
import { recordNow } from '../../src/incident/timeline.ts'
import { firing, type TestApi, testApi } from './api.ts'

const NOBODY = '01900000-0000-7000-8000-000000000000'

/** What rules and an investigation leave behind. */
const investigate = async ({ db }: Context, context: Context, id: string, investigation: string) => {
  const analysis = {
    verdict: 'action_required',
    summary: 'Checkout fails since the deploy.',
    confidence: 81,
    urgency: 'now',
    cause: {
      text: 'v42 broke it',
      object: { kind: 'Deployment', name: 'checkout' },
      category: 'bad_deploy',
      receipts: [{ evidence: 'E1', quote: '0.25' }],
    },
    chain: [],
    claims: [{ text: 'A quarter fails', kind: 'observation', receipts: [{ evidence: 'E1', statistic: 'last', value: 0.25 }] }],
    ruled_out: [],
    data_gaps: ['no traces'],
    next_steps: ['roll back'],
    proposals: [],
    partial: true,
    partial_reason: 'budget of 15 calls used up',
    unsupported: ['It was the moon.'],
    model_confidence: 95,
    recomputed: 0.5,
    by: 'model',
  } as const
  const output = { kind: 'series', series: [{ labels: { job: 'checkout' }, points: [[1_795_000_000, 0.25]] }] }
  await db
    .insertInto('evidence')
    .values({
      incident_id: id,
      number: 1,
      source: 'prometheus',
      query: 'up',
      range_to: '2026-11-20T21:51:03Z',
      output: JSON.stringify(output),
      shown: '0.25',
      complete: true,
    })
    .execute()
  const ran = {
    status: 'complete' as const,
    model: 'claude-x',
    system_prompt: 'You are on call.',
    started_at: new Date('2026-11-20T21:52:00Z'),
    ended_at: new Date('2026-11-20T21:53:00Z'),
    analysis: JSON.stringify(analysis),
    tool_calls: 2,
    tokens_in: 1200,
    tokens_out: 300,
    usd: 0.04,
    model_ms: 9000,
    tool_ms: 80,
  }
  await db.updateTable('investigation').set(ran).where('id', '=', investigation).execute()
  await db
    .insertInto('turn')
    .values([
      { investigation_id: investigation, number: 1, role: 'user', content: JSON.stringify([{ type: 'text', text: 'alert' }]) },
      {
        investigation_id: investigation,
        number: 2,
        role: 'assistant',
        content: JSON.stringify([{ type: 'tool_use', id: 't1', name: 'query_metrics', input: { query: 'up' } }]),
        stop: 'tool_use',
        usage: JSON.stringify({ input: 1200, output: 300, cache_read: 0, cache_write: 0 }),
        model: 'claude-x',
        ms: 4000,
      },
    ])
    .execute()
  await db
    .insertInto('tool_call')
    .values({
      investigation_id: investigation,
      call_id: 't1',
      turn: 2,
      name: 'query_metrics',
      input: '{"query":"up"}',
      result: '0.25',
      is_error: false,
      evidence: 1,
      input_bytes: 14,
      output_bytes: 4,
      ms: 40,
    })
    .execute()
  const finding = {
    rule: 'own-expression',
    severity: 'high',
    confidence: 'high',
    summary: '25 %',
    suggestion: 'look',
    evidence: ['E1'],
  } as const
  const brief = {
    headline: '25 %',
    confidence: 'high',
    state: null,
    onset: null,
    onset_seen: false,
    findings: [finding],
    looked_at: [],
    gaps: [],
    next: 'investigating',
    chart: null,
  } as const
  await recordNow(context, id, [{ type: 'briefed', brief }])
}

describe('incidents and triages over HTTP', () => {
  let api: TestApi
  before(async () => {
    api = await testApi()
  })
  after(() => api.close())
  const open = async (alertname: string, service: string): Promise<{ id: string; incident: string }> =>
    (await api.call('POST', '/api/v1/alerts', { body: { alerts: [firing({ alertname, service, severity: 'critical' })] } })).body
      .accepted[0]

  it('gives one incident in the documented shape, whether nothing or everything is known of it', async () => {
    const { id, incident } = await open('HighErrorRate', 'checkout')
    const early = await api.call('GET', `/api/v1/incidents/${incident}`)
    await investigate(api.context, api.context, incident, id)
    const late = await api.call('GET', `/api/incidents/${incident}`)
    assert.equal(early.status, 200)
    for (const { body } of [early, late]) schemas.incidentReport.parse(body)
    assert.deepEqual(Object.keys(early.body), Object.keys(late.body))
    assert.deepEqual(Object.keys(late.body).sort(), Object.keys(schemas.incidentReport.shape).sort())
    assert.deepEqual([early.body.analysis, early.body.findings, early.body.evidence, early.body.actions], [null, [], [], []])
    assert.deepEqual(
      early.body.timeline.map((entry: { type: string }) => entry.type),
      ['opened'],
    )
    assert.equal(early.body.timeline[0].labels.service, 'checkout')
    assert.equal(late.body.findings[0].rule, 'own-expression')
    assert.deepEqual(late.body.evidence[0].range, { from: null, to: '2026-11-20T21:51:03Z' })
    assert.deepEqual([late.body.analysis.partial, late.body.analysis.unsupported], [true, ['It was the moon.']])
    assert.ok(!('model_confidence' in late.body.analysis))
    assert.deepEqual(late.body.spending, {
      tool_calls: 2,
      tokens_in: 1200,
      tokens_out: 300,
      usd: 0.04,
      model_ms: 9000,
      tool_ms: 80,
      models: ['claude-x'],
    })
  })

  it('gives one triage with its whole conversation', async () => {
    const { id, incident } = await open('SlowPay', 'pay')
    const pending = await api.call('GET', `/api/v1/triage/${id}`)
    await investigate(api.context, api.context, incident, id)
    const { status, body } = await api.call('GET', `/api/v1/triage/${id}`)
    assert.deepEqual([pending.status, pending.body.status, pending.body.turns], [200, 'pending', []])
    assert.equal(status, 200)
    schemas.triage.parse(pending.body)
    schemas.triage.parse(body)
    assert.deepEqual([body.status, body.model, body.system_prompt], ['complete', 'claude-x', 'You are on call.'])
    assert.deepEqual(body.tools_used, ['query_metrics'])
    assert.equal(body.tool_calls[0].evidence, 'E1')
    assert.equal(body.turns[1].content[0].name, 'query_metrics')
    assert.equal(body.analysis.partial_reason, 'budget of 15 calls used up')
    assert.deepEqual(
      [body.spending.tokens_in, body.started_at, body.ended_at],
      [1200, '2026-11-20T21:52:00.000Z', '2026-11-20T21:53:00.000Z'],
    )
  })

  it('answers 404 for what it does not know, however it is spelled', async () => {
    for (const id of [NOBODY, '1', '%00', '%zz', "'--"]) {
      for (const path of ['/api/v1/triage/', '/api/v1/incidents/', '/api/incidents/']) {
        const { status, body } = await api.call('GET', `${path}${id}`)
        assert.deepEqual([status, body.error.code], [404, 'not_found'], path + id)
      }
      assert.equal((await api.call('POST', `/api/v1/incidents/${id}/resolve`)).status, 404)
    }
  })

  it('takes the name of a model, and says which there are where it is none', async () => {
    const { status, body } = await api.call('POST', '/api/v1/triage', { body: { text: 'why is checkout slow?', model: 'claude/anything' } })
    assert.equal(status, 400)
    assert.match(body.error.message, /There is no model claude\/anything: none is configured/)
  })

  it('takes a triage of any kind, and a question, which is never a duplicate', async () => {
    const slow = { kind: 'slow_query', labels: { service: 'orders', severity: 'warning' }, text: '4.2 s at p95' }
    const first = await api.call('POST', '/api/v1/triage', { body: slow })
    const second = await api.call('POST', '/api/v1/triage', { body: slow })
    const asked = await Promise.all([1, 2].map(() => api.call('POST', '/api/v1/triage', { body: { text: 'why is checkout\0 slow?' } })))
    const found = await api.call('GET', `/api/v1/incidents/${first.body.accepted[0].incident}`)
    const question = await api.call('GET', `/api/v1/triage/${asked[0]?.body.accepted[0].id}`)
    assert.deepEqual([first.status, second.status, asked[0]?.status], [202, 202, 202])
    assert.deepEqual(found.body.alerts[0].labels, { alertname: 'slow_query', service: 'orders', severity: 'warning' })
    assert.deepEqual([found.body.title, found.body.subject, found.body.severity], ['4.2 s at p95', 'orders', 'warning'])
    assert.equal(second.body.skipped[0].reason, 'duplicate')
    assert.notEqual(asked[0]?.body.accepted[0].incident, asked[1]?.body.accepted[0].incident)
    assert.equal(question.body.kind, 'mention')
  })

  it('refuses a triage that says nothing, or says it wrongly', async () => {
    for (const body of [
      {},
      { kind: 'x' },
      { labels: {} },
      { labels: { a: 1 } },
      { text: '' },
      { text: 'x', starts_at: 'today' },
      { query: 'x' },
      [],
    ]) {
      const { status, body: told } = await api.call('POST', '/api/v1/triage', { body })
      assert.deepEqual([status, told.error.code], [400, 'invalid_request'], JSON.stringify(body))
    }
  })

  it('lists incidents newest first, by page and by status, and refuses a query that it cannot follow', async () => {
    for (const name of ['a', 'b', 'c']) await open('Listed', name)
    const { body } = await api.call('GET', '/api/v1/incidents?limit=2')
    const next = await api.call('GET', '/api/incidents?limit=2&page=2')
    const none = await api.call('GET', '/api/v1/incidents?status=escalated')
    schemas.incidentPage.parse(body)
    assert.deepEqual(
      [...body.incidents, next.body.incidents[0]].map((one: { subject: string }) => one.subject),
      ['c', 'b', 'a'],
    )
    assert.deepEqual([body.page, body.limit, next.body.page], [1, 2, 2])
    assert.ok(body.total >= 3)
    assert.deepEqual(none.body.incidents, [])
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'page=0', 'status=bad', 'limt=3']) {
      assert.equal((await api.call('GET', `/api/v1/incidents?${query}`)).status, 400, query)
    }
  })

  it('resolves an incident once, for a person, and releases its alerts', async () => {
    const { incident } = await open('Flapping', 'mail')
    const path = `/api/v1/incidents/${incident}/resolve`
    const replies = await Promise.all([1, 2].map(() => api.call('POST', path, { body: { by: 'ada' } })))
    const { body } = await api.call('GET', `/api/v1/incidents/${incident}`)
    const alerts = await api.context.db.selectFrom('alert').select('open').where('incident_id', '=', incident).execute()
    const again = await open('Flapping', 'mail')
    assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 409])
    assert.match(replies.find((reply) => reply.status === 409)?.body.error.message, /is resolved/)
    assert.equal(body.status, 'resolved')
    assert.ok(body.resolved_at)
    assert.deepEqual(alerts, [{ open: false }])
    const entries = body.timeline.filter((entry: { type: string }) => entry.type === 'resolved')
    assert.deepEqual(
      entries.map(({ how, by }: { how: string; by: string }) => [how, by]),
      [['by_person', 'ada']],
    )
    assert.equal(again.incident, incident, 'a re-fire inside the cool-down reopens it')
  })

  it('resolves without a body, on the path without a version, and not while something is executed', async () => {
    const { incident } = await open('Quiet', 'mail')
    await api.context.db.updateTable('incident').set({ status: 'executing' }).where('id', '=', incident).execute()
    const refused = await api.call('POST', `/api/incidents/${incident}/resolve`)
    await api.context.db.updateTable('incident').set({ status: 'open' }).where('id', '=', incident).execute()
    const resolved = await api.call('POST', `/api/incidents/${incident}/resolve`)
    assert.deepEqual([refused.status, refused.body.error.code], [409, 'conflict'])
    assert.deepEqual([resolved.status, resolved.body], [200, { id: incident, status: 'resolved' }])
  })

  it('counts', async () => {
    const before = (await api.call('GET', '/api/stats')).body
    const { id, incident } = await open('Counted', 'ads')
    await open('Counted', 'ads').catch(() => undefined)
    await investigate(api.context, api.context, incident, id)
    const { body } = await api.call('GET', '/api/v1/stats')
    schemas.statsAnswer.parse(body)
    assert.equal(body.alerts.in - before.alerts.in, 2)
    assert.equal(body.incidents.opened - before.incidents.opened, 1)
    assert.equal(body.incidents.open - before.incidents.open, 1)
    assert.equal(body.incidents.opened, body.incidents.open + body.incidents.resolved)
    assert.equal(body.investigations.complete - before.investigations.complete, 1)
    assert.equal(body.tokens.in - before.tokens.in, 1200)
    assert.equal(Math.round((body.usd.today - before.usd.today) * 100), 4)
  })
})
