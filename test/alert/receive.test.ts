import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import { sources } from '../../src/alert/sources/index.ts'
import { testContext } from '../context.ts'

const webhook = (alerts: object[], more: object = {}) => ({
  version: '4',
  groupKey: '{}:{alertname="HighErrorRate"}',
  receiver: 'vigil',
  groupLabels: { alertname: 'HighErrorRate' },
  alerts,
  ...more,
})
const firing = (labels: Record<string, string>) => ({ status: 'firing', labels, annotations: {}, startsAt: '2026-11-20T21:51:03.568Z' })
const intake = (body: unknown) => ({ alerts: sources.alertmanager.parse(body), post: null, asked: null })

test('a hundred posts of one alert at once open one incident with one investigation', async () => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  const body = webhook([firing({ alertname: 'HighErrorRate', service: 'checkout' })])
  const received = await Promise.all(Array.from({ length: 100 }, () => receive(intake(body))))
  const incidents = await context.db.selectFrom('incident').selectAll().execute()
  const investigations = await context.db.selectFrom('investigation').selectAll().execute()
  const alert = await context.db.selectFrom('alert').selectAll().executeTakeFirstOrThrow()
  await close()
  assert.equal(incidents.length, 1)
  assert.equal(investigations.length, 1)
  assert.equal(alert.count, 100)
  assert.equal(received.flatMap((r) => r.accepted).length, 1)
  assert.equal(received.flatMap((r) => r.skipped).filter((s) => s.reason === 'duplicate' && s.incident === incidents[0]?.id).length, 99)
})

test('two replicas that receive the same alert at once open one incident', async () => {
  const { context, close } = await testContext()
  const replicas = [createReceive(context), createReceive(context)]
  const body = webhook([firing({ alertname: 'HighErrorRate', service: 'checkout' })])
  await Promise.all(Array.from({ length: 20 }, (_, i) => replicas[i % 2]!(intake(body))))
  const incidents = await context.db.selectFrom('incident').selectAll().execute()
  await close()
  assert.equal(incidents.length, 1)
})

test('one webhook with 500 alerts of one group is one incident, and each alert is accounted for', async () => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  const alerts = Array.from({ length: 500 }, (_, i) => firing({ alertname: 'HighErrorRate', service: `svc-${i}` }))
  const received = await receive(intake(webhook(alerts)))
  const incidents = await context.db.selectFrom('incident').selectAll().execute()
  const stored = await context.db.selectFrom('alert').select('fingerprint').execute()
  await close()
  assert.equal(incidents.length, 1)
  assert.equal(stored.length, 500)
  assert.equal(received.accepted.length + received.skipped.length, 500)
})

test('a resolved alert that nobody knows starts nothing and says so', async () => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  const received = await receive(intake(webhook([{ ...firing({ alertname: 'A', service: 'b' }), status: 'resolved' }])))
  const incidents = await context.db.selectFrom('incident').selectAll().execute()
  const decision = await context.db.selectFrom('timeline').selectAll().executeTakeFirstOrThrow()
  await close()
  assert.equal(incidents.length, 0)
  assert.equal(received.skipped[0]?.reason, 'not_firing')
  assert.equal(decision.type, 'skipped')
})

test('a re-fire within the cool-down reopens the incident, later it opens a new one that names the old', async () => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  const body = webhook([firing({ alertname: 'HighErrorRate', service: 'checkout' })])
  await receive(intake(body))
  const resolve = (ago: string) =>
    context.db
      .updateTable('incident')
      .set({ status: 'resolved', resolved_at: new Date(Date.now() - Number(ago)) })
      .where('status', '<>', 'resolved')
      .execute()
      .then(() => context.db.updateTable('alert').set({ open: false }).execute())
      .then(() => context.db.updateTable('investigation').set({ status: 'complete' }).execute())
  await resolve('60000')
  const again = await receive(intake(body))
  assert.equal(again.accepted.length, 1)
  assert.equal((await context.db.selectFrom('incident').selectAll().execute()).length, 1)
  await resolve(String(31 * 60_000))
  await receive(intake(body))
  const incidents = await context.db.selectFrom('incident').selectAll().orderBy('number').execute()
  await close()
  assert.equal(incidents.length, 2)
  assert.equal(incidents[1]?.previous_id, incidents[0]?.id)
})

test('an alert of another group with the same subject and name joins, one of another service does not', async () => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  await receive(intake(webhook([firing({ alertname: 'HighErrorRate', service: 'checkout', pod: 'a' })])))
  const joined = await receive(
    intake(webhook([firing({ alertname: 'HighErrorRate', service: 'checkout', pod: 'b' })], { groupKey: 'other' })),
  )
  const other = await receive(intake(webhook([firing({ alertname: 'HighErrorRate', service: 'cart' })], { groupKey: 'third' })))
  await close()
  assert.equal(joined.skipped[0]?.reason, 'joined')
  assert.equal(other.accepted.length, 1)
})
