import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import * as schemas from '../../src/http/action-schemas.ts'
import { createReadiness } from '../../src/http/readiness.ts'
import { incidentReport } from '../../src/http/schemas.ts'
import { openApi } from '../../src/http/server.ts'
import { why } from '../../src/incident/why.ts'
import { approve, reject } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { presser, pressOf, ROLLBACK, stage } from '../remediation/stage.ts'
import { until } from '../until.ts'
import { callApi, TOKEN } from '../vigil.ts'

const never = new AbortController().signal
const NOBODY = '01900000-0000-7000-8000-000000000000'

const RESTART = { ...ROLLBACK, action: 'restart_workload', params: { kind: 'Deployment', namespace: 'shop', name: 'checkout' } }

/** The rooms with the API in front of them. */
const served = async (t: TestContext) => {
  const set = await stage(t, { env: { VIGIL_API_TOKEN: TOKEN, VIGIL_HTTP_PORT: '0', VIGIL_HTTP_HOST: '127.0.0.1' } })
  const api = await openApi(set.context, { receive: createReceive(set.context), readiness: createReadiness() })
  t.after(() => api.close())
  const call = (method: string, path: string, body?: unknown) =>
    callApi(`http://127.0.0.1:${api.port}`, { method, path: `/api/v1${path}`, ...(body === undefined ? {} : { body }) })
  return { ...set, call }
}

test('actions are listed newest first, by page and by every filter, and one is given in full', async (t) => {
  const { context, call, propose, incident } = await served(t)
  const [rollback, restart] = await propose(ROLLBACK, RESTART)
  assert.ok(rollback && restart)
  await reject(context, pressOf(restart), { ...presser('U0TOM'), reason: 'not now' })
  const ids = async (query: string): Promise<string[]> => {
    const { status, body } = await call('GET', query)
    assert.equal(status, 200, query)
    schemas.actionPage.parse(body)
    return body.actions.map((one: { id: string }) => one.id)
  }
  assert.deepEqual(await ids('/actions'), [restart.id, rollback.id])
  assert.deepEqual(await ids('/actions?limit=1&page=2'), [rollback.id])
  assert.deepEqual(await ids('/actions?status=rejected'), [restart.id])
  assert.deepEqual(await ids('/actions?state=pending'), [rollback.id])
  assert.deepEqual(await ids('/actions/status/cancelled'), [restart.id])
  assert.deepEqual(await ids('/actions/status/running'), [])
  assert.deepEqual(await ids('/actions?kind=rollback_workload'), [rollback.id])
  assert.deepEqual(await ids(`/actions?incident=${incident}&kind=restart_workload`), [restart.id])
  assert.deepEqual(await ids(`/actions?incident=${NOBODY}`), [])
  assert.deepEqual(await ids('/actions?target=shop/checkout'), [restart.id, rollback.id])
  assert.deepEqual(await ids('/actions?target=checkout'), [restart.id, rollback.id])
  assert.deepEqual(await ids('/actions?target=bank/checkout'), [])
  const [before, after] = [rollback.created_at.toISOString(), new Date(restart.created_at.getTime() + 1000).toISOString()]
  assert.deepEqual(await ids(`/actions?since=${before}&until=${after}`), [restart.id, rollback.id])
  assert.deepEqual(await ids(`/actions?start_time=${after}`), [])
  assert.deepEqual(await ids(`/actions?end_time=${before}`), [])
  for (const query of ['limit=0', 'limit=501', 'page=0', 'status=pending', 'state=rejected', 'since=today', 'knd=x'])
    assert.equal((await call('GET', `/actions?${query}`)).status, 400, query)
  assert.equal((await call('GET', '/actions/status/done')).status, 400)

  const { body: told } = await call('GET', `/actions/${restart.id}`)
  schemas.actionReport.parse(told)
  assert.deepEqual(
    [told.status, told.state, told.decided_by, told.reason, told.digest, told.incident],
    ['rejected', 'cancelled', 'U0TOM', 'not now', restart.digest, incident],
  )
  assert.deepEqual(told.steps, JSON.parse(JSON.stringify(restart.offer.steps)))

  const { body: report } = await call('GET', `/incidents/${incident}`)
  incidentReport.parse(report)
  assert.deepEqual(
    report.actions.map((one: { number: number; kind: string; status: string }) => [one.number, one.kind, one.status]),
    [
      [1, 'rollback_workload', 'awaiting_approval'],
      [2, 'restart_workload', 'rejected'],
    ],
  )
  for (const id of [NOBODY, '1', '%00', "'--"]) {
    assert.equal((await call('GET', `/actions/${id}`)).status, 404, id)
    assert.equal((await call('POST', `/actions/${id}/cancel`)).status, 404, id)
  }
})

test('what waits is taken back over the API once, never runs, and what has ended is refused with its status', async (t) => {
  const { context, call, propose, action, cluster, entries } = await served(t)
  const [rollback, restart] = await propose(ROLLBACK, RESTART)
  assert.ok(rollback && restart)
  await approve(context, pressOf(rollback), presser())
  const replies = await Promise.all([1, 2].map(() => call('POST', `/actions/${rollback.id}/cancel`)))
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 400])
  assert.deepEqual(replies.find(({ status }) => status === 400)?.body.error, {
    code: 'not_cancellable',
    message: 'The action is cancelled: only what has not begun can be taken back.',
  })
  await execute(context, rollback.id, never)
  assert.equal(cluster.ledger.length, 0)
  assert.equal((await action(rollback.id)).status, 'cancelled')
  assert.deepEqual((await call('PUT', `/actions/${restart.id}/cancel`)).body, { id: restart.id, status: 'cancelled' })
  assert.equal((await entries()).filter((type) => type === 'action_ended').length, 2)
})

test('what became of an action is told over the API once, of one whose outcome is not known and of no other', async (t) => {
  const { context, call, propose, action, entries, cluster } = await served(t)
  const [rollback, restart] = await propose(ROLLBACK, RESTART)
  assert.ok(rollback && restart)
  const put = async (id: string, body: unknown) => {
    const reply = await call('PUT', `/actions/${id}/status`, body)
    return [reply.status, reply.body.error?.code ?? reply.body.status]
  }
  const lost = { status: 'outcome_unknown' as const, started_at: rollback.created_at, ended_at: rollback.created_at }
  assert.deepEqual(await put(rollback.id, { status: 'succeeded' }), [400, 'outcome_known'], 'it waits for a press')
  await context.db.updateTable('action').set(lost).where('id', '=', rollback.id).execute()
  for (const body of [
    {},
    { status: 'verified' },
    { status: 'approved' },
    { status: 'succeeded', who: 'me' },
    { status: 'failed', detail: 'x'.repeat(501) },
    { status: 'failed', detail: 7 },
    [],
  ])
    assert.deepEqual(await put(rollback.id, body), [400, 'invalid_request'], JSON.stringify(body))
  for (const id of [NOBODY, '1', "'--"]) assert.deepEqual(await put(id, { status: 'failed' }), [404, 'not_found'], id)
  assert.deepEqual(await put(rollback.id, { status: 'succeeded', detail: 'revision 1 \u202eruns' }), [200, 'succeeded'])
  assert.deepEqual(await put(rollback.id, { status: 'failed' }), [400, 'already_told'])
  assert.match((await action(rollback.id)).result ?? '', /^done, as the API said: revision 1 runs/)
  const { body } = await call('GET', `/actions/${rollback.id}`)
  assert.deepEqual([body.status, body.verification, Date.parse(body.ended_at) > rollback.created_at.getTime()], ['succeeded', null, true])
  assert.equal((await entries()).filter((type) => type === 'action_found').length, 1)
  await context.db.updateTable('action').set(lost).where('id', '=', restart.id).execute()
  const replies = await Promise.all(['succeeded', 'failed', 'failed'].map((status) => put(restart.id, { status })))
  assert.equal(replies.filter(([status]) => status === 200).length, 1)
  assert.equal(cluster.ledger.length, 0)
})

test('a deed that was done outside is told over the API: in the timeline of its incident, once, cleaned, and as no action', async (t) => {
  const { context, call, incident, cluster, actions } = await served(t)
  const tell = async (body: unknown) => {
    const { status, body: told } = await call('POST', '/actions', body)
    return [status, told.error?.code ?? told.recorded]
  }
  const deed = { target: 'shop/checkout', action: 'restart', status: 'completed', detail: 'by <!channel>\u202e hand' }
  const full = { ...deed, incident, by: 'ana', when: new Date(Date.now() - 60_000).toISOString() }
  for (const [body, fault] of [
    [{}, /target: .*action: /],
    [{ ...deed, target: '  ' }, /target: /],
    [{ ...deed, status: 'succeeded' }, /status: /],
    [{ ...deed, detail: 'x'.repeat(501) }, /detail: /],
    [{ ...deed, when: 'yesterday' }, /when: must be a time with its zone/],
    [{ ...deed, when: '2999-01-01T00:00:00Z' }, /when: lies in the future/],
    [{ ...deed, digest: 'x' }, /digest/],
  ] as const) {
    const { status, body: told } = await call('POST', '/actions', body)
    assert.deepEqual([status, told.error.code], [400, 'invalid_request'], JSON.stringify(body))
    assert.match(told.error.message, fault)
  }
  for (const unknown of [NOBODY, 'INC-999999', '7', "'--"]) assert.deepEqual(await tell({ ...deed, incident: unknown }), [404, 'not_found'])
  assert.deepEqual(await tell({ ...deed, target: 'payments' }), [404, 'no_incident'])
  assert.deepEqual(await tell({ ...deed, target: 'bank/checkout' }), [202, true], 'its subject names no namespace')
  assert.deepEqual(await tell(deed), [202, true], 'the one open incident is about it')
  assert.deepEqual(await Promise.all([tell(full), tell(full)]).then((told) => told.sort()), [
    [202, false],
    [202, true],
  ])
  const { number } = await context.db.selectFrom('incident').select('number').executeTakeFirstOrThrow()
  assert.deepEqual(await tell({ ...deed, incident: `inc-${number}`, status: 'running' }), [202, true])
  const { body: report } = await call('GET', `/incidents/${incident}`)
  const told = report.timeline.filter(({ type }: { type: string }) => type === 'deed_told')
  assert.equal(told.length, 4)
  assert.deepEqual(
    { ...told[2], at: null, id: null },
    {
      ...{ at: null, id: null, type: 'deed_told', deed: 'restart', target: 'shop/checkout', status: 'completed' },
      ...{ detail: 'by <!channel> hand', by: 'ana', done_at: full.when },
    },
  )
  assert.deepEqual([report.actions, (await actions()).length, cluster.ledger.length], [[], 0, 0], 'it is none of ours')
  assert.match((await why(context.db, incident)).at(-1)?.text ?? '', /told of a deed outside of Vigil: restart of shop\/checkout, running/)
  const { number: _number, ...one } = await context.db.selectFrom('incident').selectAll().executeTakeFirstOrThrow()
  const twin = { ...one, id: NOBODY, join_key: null, notice_key: null }
  await context.db.insertInto('incident').values(twin).execute()
  const { body: several } = await call('POST', '/actions', deed)
  assert.match(several.error.message, /^INC-\d+, INC-\d+ are about shop\/checkout: name one/)
  await context.db.updateTable('incident').set({ merged_into: incident }).where('id', '=', NOBODY).execute()
  const { body: merged } = await call('POST', '/actions', { ...deed, incident: NOBODY, action: 'scale' })
  assert.equal(merged.incident, incident, 'a part of another is told there')
  for (let i = 0; i < 45; i++) await tell({ ...deed, incident, action: `restart ${i}` })
  assert.deepEqual(await tell({ ...deed, incident, action: 'once more' }), [409, 'too_many'])
})

test('the statistics of the queue follow an action from waiting to audited', async (t) => {
  const { context, call, propose } = await served(t)
  const stats = async () => {
    const { status, body } = await call('GET', '/queue/stats')
    assert.equal(status, 200)
    return schemas.queueAnswer.parse(body)
  }
  const empty = await stats()
  assert.deepEqual([empty.queue_length, empty.success_rate, empty.last_processed_task], [0, null, null])
  assert.equal(empty.depth_samples.length, 60)
  const spans = empty.depth_samples.slice(1).map(({ at }, i) => Date.parse(at) - Date.parse(empty.depth_samples[i]?.at ?? ''))
  assert.deepEqual(new Set(spans), new Set([5000]))

  const [rollback] = await propose(ROLLBACK)
  assert.ok(rollback)
  assert.deepEqual((await stats()).states, { waiting: 1, pending: 0, processing: 0, completed: 0, failed: 0, audited: 0 })
  await approve(context, pressOf(rollback), presser())
  const queued = await stats()
  assert.deepEqual([queued.queue_length, queued.tasks_enqueued, queued.tasks_dequeued], [1, 1, 0])
  assert.equal(queued.depth_samples.at(-1)?.depth, 1)
  await until('its job is counted', async () => (await stats()).jobs['execute'] === 1)
  await execute(context, rollback.id, never)
  const done = await stats()
  assert.deepEqual(done.states, { waiting: 0, pending: 0, processing: 0, completed: 1, failed: 0, audited: 1 })
  assert.deepEqual([done.tasks_enqueued, done.tasks_dequeued, done.tasks_completed, done.tasks_failed, done.success_rate], [1, 1, 1, 0, 1])
  assert.equal(done.queue_length, 0)
  assert.deepEqual([done.last_processed_task?.action_id, done.last_processed_task?.status], [rollback.id, 'succeeded'])
})
