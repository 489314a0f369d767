import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import { sources } from '../../src/alert/sources/index.ts'
import type { Context } from '../../src/context.ts'
import { takeOver } from '../../src/incident/incident.ts'
import { latest, timelineOf } from '../../src/incident/timeline.ts'
import { brief } from '../../src/investigation/brief.ts'
import { storeBrief, takeFirstLook } from '../../src/investigation/first-look.ts'
import { testContext } from '../context.ts'

const open = async (context: Context, pod = 'a'): Promise<string> => {
  const labels = { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', pod }
  const alerts = [{ status: 'firing', labels, annotations: {}, startsAt: '2026-11-20T21:51:03.568Z' }]
  const body = { groupKey: pod, receiver: 'vigil', groupLabels: {}, alerts }
  const received = await createReceive(context)({ alerts: sources.alertmanager.parse(body), post: null, asked: null })
  return received.accepted[0]?.incident ?? assert.fail('the alert opened no incident')
}

const close = async (context: Context): Promise<void> => {
  await context.db
    .updateTable('incident')
    .set({ status: 'resolved', resolved_at: '2026-11-20T22:00:00Z' as never })
    .execute()
  await context.db.updateTable('alert').set({ open: false }).execute()
}

test('without a model the brief ends the waiting investigation and says why, and what could not be seen', async () => {
  const { context, close: end } = await testContext()
  const id = await open(context)
  await brief(context, id)
  const incident = await context.db.selectFrom('incident').selectAll().executeTakeFirstOrThrow()
  const investigation = await context.db.selectFrom('investigation').selectAll().executeTakeFirstOrThrow()
  const entry = latest(await timelineOf(context.db, id), 'briefed')
  const depth = await context.queue.depth()
  await end()
  assert.equal(incident.status, 'analysed')
  assert.equal(investigation.status, 'complete')
  assert.match(investigation.reason ?? '', /no model is configured/)
  assert.ok(investigation.ended_at instanceof Date)
  assert.equal(entry?.brief.next, 'no_model')
  assert.match(entry?.brief.gaps.join() ?? '', /no Prometheus is configured/)
  assert.equal(depth.deliver, 1)
  assert.equal(depth.investigate, 0)
})

test('with a model the incident is investigated, and the findings of the rules have their evidence numbered behind what there was', async () => {
  const model = { id: 'none/never-asked', complete: () => assert.fail('the brief asked the model') }
  const { context, close: end } = await testContext({}, { model })
  const first = await open(context)
  await close(context)
  await context.db
    .updateTable('incident')
    .set({ started_at: '2026-11-01T00:00:00Z' as never, resolved_at: '2026-11-01T01:00:00Z' as never })
    .execute()
  const second = await open(context, 'b')
  const look = await takeFirstLook(context.db, second)
  const kept = { source: 'vigil', query: 'before', range: null, output: { kind: 'text', text: 'x' } as const, shown: 'x', complete: true }
  const row = { range_from: null, range_to: null, output: JSON.stringify(kept.output), link: null }
  const { range: _range, output: _output, ...plain } = kept
  await context.db
    .insertInto('evidence')
    .values({ incident_id: second, number: 1, ...plain, ...row })
    .execute()
  await brief(context, second)
  const entry = latest(await timelineOf(context.db, second), 'briefed')
  const numbers = await context.db.selectFrom('evidence').select('number').where('incident_id', '=', second).orderBy('number').execute()
  const incident = await context.db.selectFrom('incident').selectAll().where('id', '=', second).executeTakeFirstOrThrow()
  const depth = await context.queue.depth()
  await end()
  assert.notEqual(first, second)
  assert.deepEqual(
    look?.similar.map(({ startedAt, resolvedAt }) => [startedAt, resolvedAt]),
    [[new Date('2026-11-01T00:00:00Z'), new Date('2026-11-01T01:00:00Z')]],
  )
  assert.ok(look?.alerts[0]?.starts_at instanceof Date)
  assert.ok(look?.incident.started_at instanceof Date)
  assert.equal(incident.status, 'investigating')
  assert.deepEqual(
    entry?.brief.findings.map((finding) => [finding.rule, finding.evidence]),
    [['duplicate-open', ['E2']]],
  )
  assert.deepEqual(numbers, [{ number: 1 }, { number: 2 }])
  assert.equal(depth.investigate, 1)
})

test('a brief whose incident was taken over writes nothing', async () => {
  const { context, close: end } = await testContext()
  const id = await open(context)
  const look = await takeFirstLook(context.db, id)
  await takeOver(context.db, id)
  const stored = await storeBrief(context, {
    incident: id,
    epoch: look?.incident.epoch ?? -1,
    brief: { headline: 'late' } as never,
    onset: new Date(),
    answers: [],
    first: 1,
    endedBecause: 'late',
    recoverAfterSeconds: 1,
  })
  const incident = await context.db.selectFrom('incident').selectAll().executeTakeFirstOrThrow()
  const timeline = await timelineOf(context.db, id)
  const depth = await context.queue.depth()
  await end()
  assert.equal(stored, false)
  assert.equal(incident.status, 'open')
  assert.equal(incident.onset, null)
  assert.equal(latest(timeline, 'briefed'), undefined)
  assert.equal(depth.deliver, 0)
})
