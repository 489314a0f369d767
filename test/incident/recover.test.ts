import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { sql } from 'kysely'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { openSources } from '../../src/datasources/index.ts'
import type { IncidentStatus } from '../../src/db/schema.ts'
import { recover } from '../../src/incident/recover.ts'
import { resolveByPerson } from '../../src/incident/resolve.ts'
import { hook, type Labels, one, over, posted, stored } from '../alert/intakes.ts'
import { testContext } from '../context.ts'
import { createPeer, type Peer } from './peer.ts'

let context: Context
let end: () => Promise<void>
let peer: Peer

before(async () => {
  peer = await createPeer()
  const made = await testContext({
    VIGIL_RECOVERY_SECONDS: '30',
    VIGIL_PROMETHEUS_ENDPOINT: peer.url,
    VIGIL_ALERTMANAGER_ENDPOINT: peer.url,
  })
  context = made.context
  end = made.close
})
after(async () => {
  await end()
  await peer.close()
})
beforeEach(async () => {
  await context.db.deleteFrom('incident').execute()
  await context.db.deleteFrom('post').execute()
  await context.db.deleteFrom('timeline').execute()
  await sql`delete from pgboss.job`.execute(context.db)
  peer.reset()
  // Fresh clients: a breaker that one test opened is not the next one's.
  context = { ...context, sources: openSources(context.config, { fetch, clock: context.clock }) }
})

const LABELS = { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical' }
const RULE = { generatorURL: 'http://p/graph?g0.expr=error_ratio+%3E+0.05' }
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)

const fire = (...labels: Labels[]) =>
  createReceive(context)(
    hook(
      labels.map((each) => one(each, RULE)),
      { by: ['alertname'] },
    ),
  )
const end_ = (seconds: number, ...labels: Labels[]) =>
  createReceive(context)(
    hook(
      labels.map((each) => over(each, { ...RULE, endsAt: ago(seconds).toISOString() })),
      { by: ['alertname'] },
    ),
  )

/** The notice is as old as its end says. */
const quiet = async (seconds: number, ...labels: Labels[]) => {
  await end_(seconds, ...labels)
  await sql`update timeline set at = at - make_interval(secs => ${seconds}) where type = 'alert_resolved'`.execute(context.db)
}

const theOne = async () => {
  const { incidents, timeline, ...rest } = await stored(context)
  assert.equal(incidents.length, 1)
  const [incident] = incidents
  assert.ok(incident !== undefined)
  const checks = timeline
    .filter(({ type }) => type === 'recovery_checked')
    .map((entry) => entry as unknown as { outcome: string; detail: string })
  const evidence = await context.db.selectFrom('evidence').selectAll().execute()
  return { incident, checks, timeline, evidence, outcome: checks.at(-1)?.outcome, detail: checks.at(-1)?.detail ?? '', ...rest }
}

const look = async () => {
  await sql`delete from pgboss.job`.execute(context.db)
  const { incidents } = await stored(context)
  for (const incident of incidents) await recover(context, incident.id)
  return theOne()
}

/** Seconds until the next look; undefined: there will be none. */
const nextLook = async (): Promise<number | undefined> => {
  const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from start_after - now())::float8 as seconds from pgboss.job where name = 'wake' and data ->> 'name' = 'recover' order by start_after`.execute(
    context.db,
  )
  return rows[0]?.seconds
}

const cases: [string, { value: number | null; newest: number | null; up?: boolean }, IncidentStatus, string | undefined][] = [
  ['healthy on samples newer than the notice', { value: 0.01, newest: 5 }, 'resolved', 'recovered'],
  ['unhealthy on samples newer than the notice', { value: 0.2, newest: 5 }, 'open', 'still_firing'],
  ['healthy, but no sample is newer than the notice', { value: 0.01, newest: 150 }, 'open', 'cannot_tell'],
  ['unhealthy, but no sample is newer than the notice', { value: 0.2, newest: 150 }, 'open', 'cannot_tell'],
  // A scrape a minute: nobody is called because the next sample is not due yet.
  ['healthy, and the next sample may still come', { value: 0.01, newest: 70 }, 'open', undefined],
  ['a value that a window carries on after the last sample', { value: 0.01, newest: null }, 'open', 'cannot_tell'],
  ['no value though its metric goes on', { value: null, newest: 5 }, 'open', 'cannot_tell'],
  ['nothing at all', { value: null, newest: null }, 'open', 'cannot_tell'],
  ['not a number', { value: Number.NaN, newest: 5 }, 'open', 'cannot_tell'],
  ['a Prometheus that is down', { value: 0.01, newest: 5, up: false }, 'open', 'cannot_tell'],
]
for (const [what, state, status, outcome] of cases) {
  test(`after the notice: ${what}: ${outcome}`, async () => {
    await fire(LABELS)
    await quiet(60, LABELS)
    Object.assign(peer.state, state, { newest: state.newest === null ? null : ago(state.newest) })
    const seen = await look()
    assert.equal(seen.incident.status, status)
    assert.equal(seen.outcome, outcome)
    assert.equal((await nextLook()) !== undefined, status !== 'resolved')
    assert.ok(seen.alerts.every((alert) => alert.open === (status !== 'resolved')))
    if (status === 'resolved') assert.ok(seen.incident.resolved_at !== null && seen.timeline.some(({ type }) => type === 'resolved'))
  })
}

test('a look that finds what the last one found writes nothing, however often; a change is written', async () => {
  await fire(LABELS)
  await quiet(60, LABELS)
  Object.assign(peer.state, { value: 0.2, newest: ago(1) })
  const first = await look()
  for (let i = 0; i < 3; i++) await look()
  const later = await look()
  assert.deepEqual([later.checks.length, later.evidence.length, later.timeline.length], [1, first.evidence.length, first.timeline.length])
  Object.assign(peer.state, { value: 0.01, newest: ago(0) })
  const done = await look()
  assert.deepEqual(
    done.checks.map((check) => check.outcome),
    ['still_firing', 'recovered'],
  )
  const again = await look()
  assert.equal(again.timeline.length, done.timeline.length)
})

test('right after the notice nobody is told that nothing can be told: there is one more look first', async () => {
  await fire(LABELS)
  await end_(0, LABELS)
  Object.assign(peer.state, { value: 0.01, newest: ago(5) })
  const early = await look()
  assert.deepEqual(early.checks, [])
  const next = await nextLook()
  assert.ok(next !== undefined && next > 20 && next <= 31, `${next}`)
})

test('a notice from a clock that is ahead does not put recovery off', async () => {
  await fire(LABELS)
  await end_(-3600, LABELS)
  Object.assign(peer.state, { value: 0.01, newest: new Date(Date.now() + 1000) })
  assert.equal((await look()).incident.status, 'resolved')
})

test('of several alerts one that is still on the wrong side, or that nobody called resolved, keeps the incident open', async () => {
  const [a, b] = [
    { ...LABELS, pod: 'a' },
    { ...LABELS, pod: 'b' },
  ]
  await fire(a, b)
  await quiet(60, a)
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  peer.state.held = (await stored(context)).alerts.filter((alert) => alert.labels['pod'] === 'b').map((alert) => alert.fingerprint)
  assert.deepEqual((await look()).checks, [])
  await quiet(60, b)
  peer.state.series = [
    { labels: { service: 'checkout', pod: 'a' }, value: 0.01 },
    { labels: { service: 'checkout', pod: 'b' }, value: 0.3 },
  ]
  assert.equal((await look()).outcome, 'still_firing')
  peer.state.series = peer.state.series.map((each) => ({ ...each, value: 0.01 }))
  assert.equal((await look()).incident.status, 'resolved')
})

test('of many alerts each rule is asked, though not each alert', async () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ ...LABELS, pod: `p${i}` }))
  await fire(...many)
  await createReceive(context)(
    hook([one({ ...LABELS, pod: 'last' }, { generatorURL: 'http://p/graph?g0.expr=other_ratio+%3E+0.05' })], { by: ['alertname'] }),
  )
  await quiet(60, ...many, { ...LABELS, pod: 'last' })
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  peer.state.valueOf = (query) => (query.startsWith('other_ratio') ? 0.5 : undefined)
  assert.equal((await look()).outcome, 'still_firing')
})

test('a rule that only says whether it fires: silence is no recovery', async () => {
  await createReceive(context)(hook([one(LABELS, { generatorURL: 'http://p/graph?g0.expr=a+%3E+1+or+b+%3E+1' })]))
  await createReceive(context)(hook([over(LABELS, { endsAt: ago(60).toISOString() })]))
  await sql`update timeline set at = at - interval '1 minute' where type = 'alert_resolved'`.execute(context.db)
  Object.assign(peer.state, { value: null, newest: ago(1) })
  const seen = await look()
  assert.deepEqual([seen.incident.status, seen.outcome], ['open', 'cannot_tell'])
  assert.match(seen.detail, /no comparison/)
})

test('without a Prometheus, or without a rule, it is closed and said that nobody confirmed it', async () => {
  await fire(LABELS)
  await quiet(60, LABELS)
  const { sources } = context
  context = { ...context, sources: () => ({}) }
  const unconfirmed = await look()
  context = { ...context, sources }
  assert.deepEqual([unconfirmed.incident.status, unconfirmed.outcome], ['resolved', 'not_confirmed'])
  await context.db.deleteFrom('incident').execute()
  await createReceive(context)(hook([one(LABELS)]))
  await createReceive(context)(hook([over(LABELS)]))
  assert.deepEqual([(await look()).outcome, (await theOne()).detail], ['not_confirmed', 'its rule is not known'])
})

test('an alert that fires again while its expression is asked is not closed with the answer from before', async () => {
  await fire(LABELS)
  await quiet(60, LABELS)
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  peer.state.beforeAnswer = async () => {
    peer.state.beforeAnswer = undefined
    await fire(LABELS)
  }
  const seen = await look()
  assert.equal(seen.incident.status, 'open')
  assert.equal(seen.alerts[0]?.status, 'firing')
  assert.ok((await nextLook()) !== undefined)
})

test('two looks at once close it once', async () => {
  await fire(LABELS)
  await quiet(60, LABELS)
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  const { incident } = await theOne()
  await Promise.all([recover(context, incident.id), recover(context, incident.id), recover(context, incident.id)])
  const seen = await theOne()
  assert.equal(seen.timeline.filter(({ type }) => type === 'resolved').length, 1)
  assert.equal(seen.checks.length, 1)
})

test('what may not be closed now is looked at again later', async () => {
  await fire(LABELS)
  await quiet(60, LABELS)
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  await context.db.updateTable('incident').set({ status: 'executing' }).execute()
  const seen = await look()
  assert.equal(seen.incident.status, 'executing')
  assert.ok((await nextLook()) !== undefined)
})

test('over while an investigation runs: the incident is closed, a re-fire joins the running investigation', async () => {
  await fire(LABELS)
  await context.db.updateTable('investigation').set({ status: 'in_progress' }).execute()
  await context.db.updateTable('incident').set({ status: 'investigating' }).execute()
  await quiet(60, LABELS)
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  const done = await look()
  assert.equal(done.incident.status, 'resolved')
  const again = await fire(LABELS)
  const seen = await theOne()
  assert.equal(seen.incident.status, 'open')
  assert.deepEqual(
    seen.investigations.map(({ id, status }) => [id, status]),
    [[again.accepted[0]?.id, 'in_progress']],
  )
})

test('known from Slack alone: closed when its expression is healthy and Alertmanager has let go of it, not while it still has it', async () => {
  const fingerprint = hook([one(LABELS)]).alerts[0]?.fingerprint ?? ''
  peer.state.held = [fingerprint]
  peer.state.groups = [{ labels: { alertname: 'HighErrorRate', service: 'checkout' }, alerts: [{ labels: LABELS, ...RULE }] }]
  await createReceive(context)(await posted('[FIRING:1] HighErrorRate checkout (critical)', '1.1', { context }))
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  assert.deepEqual([(await look()).incident.status, (await theOne()).checks], ['open', []])
  peer.state.held = []
  context = { ...context, sources: openSources(context.config, { fetch, clock: context.clock }) }
  const seen = await look()
  assert.deepEqual([seen.incident.status, seen.outcome], ['resolved', 'recovered'])
})

test('known from Slack alone, and quiet because its metric is gone: nobody can tell, and it stays open', async () => {
  peer.state.groups = [{ labels: { alertname: 'HighErrorRate', service: 'checkout' }, alerts: [{ labels: LABELS, ...RULE }] }]
  await createReceive(context)(await posted('[FIRING:1] HighErrorRate checkout (critical)', '1.1', { context }))
  Object.assign(peer.state, { value: null, newest: null })
  const early = await look()
  assert.deepEqual([early.checks, early.alerts[0]?.status], [[], 'resolved'])
  await sql`update timeline set at = at - interval '1 minute' where type = 'alert_resolved'`.execute(context.db)
  const seen = await look()
  assert.deepEqual([seen.incident.status, seen.outcome], ['open', 'cannot_tell'])
})

test('known from Slack alone without an Alertmanager: its expression decides', async () => {
  peer.state.groups = [{ labels: { alertname: 'HighErrorRate', service: 'checkout' }, alerts: [{ labels: LABELS, ...RULE }] }]
  await createReceive(context)(await posted('[FIRING:1] HighErrorRate checkout (critical)', '1.1', { context }))
  const { prometheus } = context.sources('default')
  context = { ...context, sources: () => (prometheus === undefined ? {} : { prometheus }) }
  Object.assign(peer.state, { value: 0.2, newest: ago(1) })
  assert.equal((await look()).incident.status, 'open')
  assert.ok((await nextLook()) !== undefined)
  Object.assign(peer.state, { value: 0.01, newest: ago(300) })
  assert.equal((await look()).incident.status, 'open', 'a sample of five minutes ago says nothing about now')
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  assert.equal((await look()).incident.status, 'resolved')
})

test('a message that nobody could confirm is not over because Alertmanager does not know what Vigil made up for it', async () => {
  await createReceive(context)(await posted('[FIRING:1] HighErrorRate checkout (critical)', '1.1'))
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  const open = await look()
  assert.deepEqual([open.incident.status, open.checks], ['open', []])
  await createReceive(context)(await posted('[RESOLVED] HighErrorRate checkout (critical)', '1.2'))
  const seen = await look()
  assert.deepEqual([seen.incident.status, seen.outcome], ['resolved', 'not_confirmed'])
})

test('a webhook whose resolved notice never comes: Alertmanager is asked, rarely, and the expression only when it has let go', async () => {
  await fire(LABELS)
  const [alert] = (await stored(context)).alerts
  peer.state.held = [alert?.fingerprint ?? '']
  Object.assign(peer.state, { value: 0.01, newest: ago(1) })
  const still = await look()
  assert.deepEqual([still.incident.status, still.checks], ['open', []])
  const next = await nextLook()
  assert.ok(next !== undefined && next > 290 && next < 301, `${next}`)
  peer.state.held = []
  context = { ...context, sources: openSources(context.config, { fetch, clock: context.clock }) }
  const seen = await look()
  assert.deepEqual([seen.incident.status, seen.outcome], ['resolved', 'recovered'])
  assert.ok(seen.timeline.some((entry) => entry.type === 'alert_resolved'))
})

test('a webhook whose notice never comes stays open while its expression is on the wrong side, and without an Alertmanager it waits', async () => {
  await fire(LABELS)
  Object.assign(peer.state, { value: 0.3, newest: ago(1) })
  const ill = await look()
  assert.deepEqual([ill.incident.status, ill.alerts[0]?.status], ['open', 'firing'])
  assert.ok((await nextLook()) !== undefined)
  context = { ...context, sources: () => ({}) }
  assert.equal((await look()).incident.status, 'open')
  assert.equal(await nextLook(), undefined)
})

test('an Alertmanager that is down has said nothing, and is asked again', async () => {
  await fire(LABELS)
  Object.assign(peer.state, { value: 0.01, newest: ago(1), alertmanagerUp: false })
  assert.equal((await look()).incident.status, 'open')
  assert.ok((await nextLook()) !== undefined)
})

test('a person closes it once, whatever the data say', async () => {
  await fire(LABELS)
  const { incident } = await theOne()
  const [first, second] = [await resolveByPerson(context, incident.id, 'U1'), await resolveByPerson(context, incident.id, 'U2')]
  assert.deepEqual([first, second], [{ moved: true }, { moved: false, status: 'resolved' }])
  assert.deepEqual(await resolveByPerson(context, 'nobody', 'U1'), { moved: false, status: 'gone' })
  const seen = await theOne()
  assert.equal(seen.timeline.filter(({ type }) => type === 'resolved').length, 1)
  assert.ok(seen.alerts.every((alert) => !alert.open))
})

test('a look at what is gone or over does nothing', async () => {
  await recover(context, 'nobody')
  await fire(LABELS)
  const { incident } = await theOne()
  await resolveByPerson(context, incident.id, 'U1')
  const before = (await theOne()).timeline.length
  await recover(context, incident.id)
  assert.equal((await theOne()).timeline.length, before)
})
