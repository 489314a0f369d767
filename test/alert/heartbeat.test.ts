import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { watchHeartbeats } from '../../src/alert/heartbeat.ts'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { openSources } from '../../src/datasources/index.ts'
import { recover } from '../../src/incident/recover.ts'
import { briefNow, timelineOf } from '../../src/incident/timeline.ts'
import { brief } from '../../src/investigation/brief.ts'
import { onlyModel, testContext } from '../context.ts'
import { createPeer } from '../incident/peer.ts'
import { until } from '../slack/door.ts'
import { startVigil } from '../vigil.ts'
import { hook, type Labels, one, over, stored } from './intakes.ts'

type Heartbeats = Context['config']['heartbeats']
type Clusters = Context['config']['clusters']

const WATCHDOG: Heartbeats = [{ match: ['alertname="Watchdog"'], every: '5m' }]
const EU = [{ name: 'prod-eu', match: ['cluster="prod-eu"'] }] as unknown as Clusters

const made = async (t: TestContext, more: { heartbeats?: Heartbeats; clusters?: Clusters; env?: Record<string, string> } = {}) => {
  const { context, close } = await testContext(more.env)
  t.after(close)
  const config = { ...context.config, heartbeats: more.heartbeats ?? WATCHDOG, clusters: more.clusters ?? [] }
  return { ...context, config, sources: openSources(context.config, { fetch, clock: context.clock }) }
}

const beat = (context: Context, labels: Labels = {}) =>
  createReceive(context)(hook([one({ alertname: 'Watchdog', severity: 'none', ...labels })], { by: ['alertname'] }))
const watch = (context: Context) => watchHeartbeats(context, createReceive(context))
/** So long ago was what has happened until now; somebody has looked all the time. */
const passes = ({ db }: Context, minutes: number) => {
  const by = sql`make_interval(secs => ${minutes * 60})`
  return sql`update heartbeat set since = since - ${by}, heard_at = heard_at - ${by}, lost_at = lost_at - ${by}`.execute(db)
}
const incidents = async (context: Context) => (await stored(context)).incidents

test('a beat opens nothing; its silence is reported once, with the cluster, and with no model and no rule', async (t) => {
  const asked = onlyModel({ id: 'none/never', complete: () => assert.fail('a model was asked') })
  const context = { ...(await made(t, { clusters: EU })), models: asked }
  await beat(context, { cluster: 'prod-eu' })
  await watch(context)
  await passes(context, 5.9)
  await watch(context)
  assert.deepEqual(await incidents(context), [])
  await passes(context, 0.2)
  await Promise.all([watch(context), watch(context)])
  await passes(context, 20)
  await watch(context)
  const [incident, ...others] = await incidents(context)
  assert.ok(incident !== undefined)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [incident.alertname, incident.subject, incident.cluster, incident.severity],
    ['HeartbeatLost', 'Watchdog', 'prod-eu', 'critical'],
  )
  await brief(context, incident.id)
  const said = briefNow(await timelineOf(context.db, incident.id))
  assert.deepEqual(
    [said?.headline, said?.next, said?.findings, said?.gaps],
    ['Watchdog of prod-eu has been silent for 6 min: alerts from there may not reach you', 'heartbeat', [], []],
  )
  assert.equal((await stored(context)).investigations[0]?.status, 'complete')
})

test('when it is heard again that is said, the incident is over, and its next silence is told anew', async (t) => {
  const context = await made(t)
  await beat(context)
  await passes(context, 7)
  await watch(context)
  const [lost] = await incidents(context)
  await recover(context, lost!.id)
  assert.equal((await incidents(context))[0]?.status, 'open')
  await passes(context, 1)
  await beat(context)
  await watch(context)
  await recover(context, lost!.id)
  assert.equal((await incidents(context))[0]?.status, 'resolved')
  const checked = (await timelineOf(context.db, lost!.id)).find((entry) => entry.type === 'recovery_checked')
  assert.deepEqual([checked?.outcome, checked?.detail], ['recovered', 'Watchdog is heard again'])
  await passes(context, 7)
  await watch(context)
  assert.equal((await incidents(context)).filter(({ status }) => status !== 'resolved').length, 1)
})

test('one that was never heard is missed where its cluster is known, and a resolved notice is no beat', async (t) => {
  const context = await made(t, { heartbeats: [{ match: ['alertname="Watchdog"'], every: '5m', cluster: 'prod-eu' }], clusters: EU })
  await watch(context)
  await passes(context, 7)
  await createReceive(context)(hook([over({ alertname: 'Watchdog', cluster: 'prod-eu' })], { by: ['alertname'] }))
  await watch(context)
  const [incident] = await incidents(context)
  assert.deepEqual([incident?.subject, incident?.cluster], ['Watchdog', 'prod-eu'])
  const open = await made(t, { clusters: EU })
  await watch(open)
  await passes(open, 60)
  await watch(open)
  assert.deepEqual(await incidents(open), [])
})

test('the time in which nobody listened is nobody’s silence', async (t) => {
  const context = await made(t)
  await beat(context)
  await passes(context, 60)
  await sql`update heartbeat set checked_at = checked_at - interval '60 minutes'`.execute(context.db)
  await watch(context)
  await passes(context, 5)
  await watch(context)
  assert.deepEqual(await incidents(context), [])
  await passes(context, 2)
  await watch(context)
  assert.equal((await incidents(context)).length, 1)
})

test('what its cluster calls over while it is lost stays open, and is believed when it is back', async (t) => {
  const peer = await createPeer()
  t.after(() => peer.close())
  const context = await made(t, { env: { VIGIL_PROMETHEUS_ENDPOINT: peer.url } })
  const rule = { generatorURL: 'http://p/graph?g0.expr=error_ratio+%3E+0.05' }
  const labels = { alertname: 'HighErrorRate', service: 'checkout' }
  await beat(context)
  const id = (await createReceive(context)(hook([one(labels, rule)]))).accepted[0]!.incident
  await passes(context, 7)
  await watch(context)
  const ended = new Date(Date.now() - 60_000)
  await createReceive(context)(hook([over(labels, { ...rule, endsAt: ended.toISOString() })]))
  await sql`update timeline set at = at - interval '60 seconds' where type = 'alert_resolved'`.execute(context.db)
  Object.assign(peer.state, { value: 0.01, newest: new Date(Date.now() - 5000) })
  const look = async () => {
    await recover(context, id)
    const incident = (await incidents(context)).find((row) => row.id === id)
    const checked = (await timelineOf(context.db, id)).findLast((entry) => entry.type === 'recovery_checked')
    return [incident?.status, checked?.outcome, checked?.detail.replace(/ was last heard .*? UTC/, ' was last heard')]
  }
  const why = 'the heartbeat Watchdog was last heard, so that something is quiet there says nothing'
  assert.deepEqual(await look(), ['open', 'cannot_tell', why])
  await passes(context, 1)
  await beat(context)
  assert.deepEqual((await look()).slice(0, 2), ['resolved', 'recovered'])
})

test('our own word about a heartbeat is no beat, whatever matcher it fits', async (t) => {
  const context = await made(t, { heartbeats: [{ match: ['severity=~"none|critical"', 'prometheus="k8s"'], every: '1m' }] })
  await beat(context, { prometheus: 'k8s' })
  await passes(context, 3)
  await watch(context)
  assert.equal((await incidents(context)).length, 1)
})

test('Vigil listens from its start, and each look sends for the next, one for all replicas', async (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'vigil-heartbeat-')), 'vigil.yaml')
  writeFileSync(file, `heartbeats: [{ match: ['alertname="Watchdog"'], every: 5m }]\n`)
  const vigil = await startVigil({ VIGIL_CONFIG: file })
  t.after(() => vigil.close())
  await until(async () => (await vigil.db.selectFrom('heartbeat').selectAll().execute()).length === 1, 'somebody listens')
  await vigil.app.context.queue.sendNow('heartbeats', { of: 'all' })
  const waiting = await until(async () => {
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from start_after - now())::float8 as seconds from pgboss.job where name = 'wake' and data ->> 'name' = 'heartbeats'`.execute(
      vigil.db,
    )
    return rows.length > 0 && rows
  }, 'the next look waits')
  assert.equal(waiting.length, 1)
  assert.ok(waiting[0]!.seconds > 20 && waiting[0]!.seconds <= 30)
})
