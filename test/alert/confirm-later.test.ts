import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { confirmLater, confirmSoon } from '../../src/alert/confirm-later.ts'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { openSources } from '../../src/datasources/index.ts'
import { testContext } from '../context.ts'
import { createPeer } from '../incident/peer.ts'
import { movable } from '../remediation/clock.ts'
import { close, hook, one, posted, stored } from './intakes.ts'

const LABELS = { alertname: 'HighErrorRate', service: 'checkout', env: 'test', severity: 'critical' }
const TITLE = '[FIRING:1] HighErrorRate checkout (test critical)'
const WHERE = { channel: 'C0ALERTS', ts: '1.1' }

/** A message that came while Alertmanager did not answer. */
const unread = async (t: TestContext) => {
  const peer = await createPeer()
  const { clock, travel } = movable()
  const made = await testContext({ VIGIL_ALERTMANAGER_ENDPOINT: peer.url }, { clock })
  const context: Context = { ...made.context, sources: openSources(made.context.config, { fetch, clock }) }
  t.after(async () => {
    await made.close()
    await peer.close()
  })
  peer.state.alertmanagerUp = false
  peer.state.groups = [
    {
      labels: { alertname: 'HighErrorRate', service: 'checkout' },
      alerts: [{ labels: LABELS, generatorURL: 'http://p/graph?g0.expr=a+%3E+5' }],
    },
  ]
  const receive = createReceive(context)
  const intake = await posted(TITLE, WHERE.ts, { context })
  await receive(intake)
  await confirmSoon(context, WHERE, intake)
  return { peer, context, receive, intake, travel: (ms: number) => travel(context.db, ms) }
}

const waiting = async ({ db }: Context): Promise<number> => {
  const { rows } = await sql<{ jobs: number }>`select count(*)::int as jobs from pgboss.job where data ->> 'name' = 'confirm'`.execute(db)
  return rows[0]?.jobs ?? 0
}

test('a message whose labels Alertmanager did not tell in time learns them as soon as it does, in its own thread, and is looked at again', async (t) => {
  const { peer, context, receive } = await unread(t)
  assert.equal(await waiting(context), 1)
  await confirmLater(context, receive, WHERE)
  assert.equal((await stored(context)).alerts[0]?.confirmed, false, 'it still does not answer')
  peer.state.alertmanagerUp = true
  await confirmLater(context, receive, WHERE)
  const { incidents, alerts, timeline } = await stored(context)
  assert.deepEqual(
    incidents.map(({ subject, severity, thread_ts }) => [subject, severity, thread_ts]),
    [['checkout', 'critical', WHERE.ts]],
  )
  assert.deepEqual(
    alerts.map(({ confirmed, labels, expression }) => [confirmed, labels, expression]),
    [[true, LABELS, 'a > 5']],
  )
  assert.ok(!timeline.some(({ type }) => type === 'posted_again'), 'it is the same message')
  await confirmLater(context, receive, WHERE)
  assert.equal((await stored(context)).alerts[0]?.count, alerts[0]?.count, 'what is known is not asked for again')
})

test('of two messages in one channel each is asked for again', async (t) => {
  const { context, intake } = await unread(t)
  await confirmSoon(context, { ...WHERE, ts: '2.2' }, intake)
  await confirmSoon(context, WHERE, intake)
  assert.equal(await waiting(context), 2)
})

test('it is asked again twice as late each time, for ten minutes; not of what is over, or was told by a webhook', async (t) => {
  const { context, receive, travel } = await unread(t)
  const sent: number[] = []
  const listening: Context = {
    ...context,
    queue: { ...context.queue, sendNow: async (_name, _data, options) => void sent.push(options?.afterSeconds ?? 0) },
  }
  for (const seconds of [5, 15, 300, 300]) {
    await travel(seconds * 1000)
    await confirmLater(listening, receive, WHERE)
  }
  assert.deepEqual(sent, [5, 20, 320])
  await receive(hook([one(LABELS)]))
  const { incidents } = await stored(context)
  assert.equal(incidents.length, 1)
  await travel(-615_000)
  await confirmLater(listening, receive, WHERE)
  await close(context, incidents[0]?.id ?? '', 0)
  await confirmLater(listening, receive, WHERE)
  assert.equal(sent.length, 3)
})
