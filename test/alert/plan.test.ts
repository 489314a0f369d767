import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Intake, Plan } from '../../src/alert/intake.ts'
import { planIntakes } from '../../src/alert/plan.ts'
import { sources } from '../../src/alert/sources/index.ts'
import { loadConfig } from '../../src/config.ts'
import { hook, one, over, stock } from './intakes.ts'

const config = loadConfig({ env: { VIGIL_CONFIG: '/dev/null', VIGIL_SLACK_CHANNEL: 'C0ALERTS' }, flags: {} })
const nothing = { candidates: [], separations: new Set<string>(), previous: new Map(), corrections: new Map() }
const now = new Date('2026-11-20T22:00:00Z')

const plan = (intakes: readonly Intake[]): Plan => {
  let ids = 0
  const random = { id: () => `id${++ids}`, bytes: (length: number) => new Uint8Array(length) }
  return planIntakes(intakes, nothing, { config, random, now })
}

const labels = fc.record({
  alertname: fc.constantFrom('A', 'B'),
  service: fc.constantFrom('x', 'y', 'z'),
  pod: fc.constantFrom('1', '2', '3'),
})
const webhook = fc
  .tuple(
    fc.array(fc.tuple(labels, fc.boolean()), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(['alertname'], ['alertname', 'service'], ['pod']),
  )
  .map(([alerts, by]) =>
    hook(
      alerts.map(([each, fires]) => (fires ? one(each) : over(each))),
      { by },
    ),
  )
const message = fc
  .tuple(labels, fc.constantFrom('FIRING:1', 'FIRING:2', 'RESOLVED'), fc.integer({ min: 1, max: 5 }))
  .map(([{ alertname, service, pod }, status, ts]): Intake => {
    const alerts = sources['slack-message'].parse(stock(`[${status}] ${alertname} ${service} (${pod})`))
    return {
      alerts,
      post: { channel: 'C0ALERTS', ts: `${ts}`, bot: 'B', subject: alerts[0]?.notice?.subject ?? '', receiver: null },
      asked: null,
    }
  })
const question = fc.uuid().map(
  (id): Intake => ({
    alerts: sources.mention.parse({ id, text: 'why?', user: 'U1' }),
    post: null,
    asked: { user: 'U1', channel: 'C1', threadTs: '7.7', anchor: 'mention' },
  }),
)
const batch = fc.array(fc.oneof({ weight: 4, arbitrary: webhook }, { weight: 3, arbitrary: message }, { weight: 1, arbitrary: question }), {
  maxLength: 10,
})
const always = (check: (plan: Plan, intakes: readonly Intake[]) => void) =>
  fc.assert(
    fc.property(batch, (intakes) => check(plan(intakes), intakes)),
    { numRuns: 800 },
  )

test('every alert is accounted for, each to its own sender', () => {
  always(({ received }, intakes) => {
    for (const [i, intake] of intakes.entries()) {
      const told = received[i]
      assert.equal((told?.accepted.length ?? 0) + (told?.skipped.length ?? 0), intake.alerts.length)
    }
  })
})

test('no row is written twice, and none for an incident that is not there', () => {
  always(({ incidents, alerts, alertChanges, changes, posts, investigations, happened }) => {
    const ids = new Set(incidents.map(({ id }) => id))
    const unique = (keys: readonly string[]) => assert.equal(new Set(keys).size, keys.length, keys.join())
    unique(incidents.map(({ id }) => id))
    unique(alerts.map(({ cluster, fingerprint }) => `${cluster} ${fingerprint}`))
    unique(posts.map(({ channel, ts }) => `${channel} ${ts}`))
    unique(investigations.map(({ incident_id }) => incident_id))
    unique(incidents.flatMap(({ join_key }) => join_key ?? []))
    unique(incidents.flatMap(({ notice_key }) => notice_key ?? []))
    assert.ok(alerts.every(({ incident_id }) => ids.has(incident_id)))
    assert.ok(happened.every(({ incident }) => incident === null || ids.has(incident)))
    // Nothing was in the database before, so there is nothing in it to change.
    assert.deepEqual([alertChanges, changes], [[], []])
  })
})

test('a thread carries one incident, except for questions, and each incident has its place or waits for it', () => {
  always(({ incidents }) => {
    const threads = incidents.filter(({ anchor }) => anchor === 'alert').map(({ channel, thread_ts }) => `${channel} ${thread_ts}`)
    assert.equal(new Set(threads).size, threads.length)
    assert.ok(incidents.every(({ thread_ts, waits, channel }) => thread_ts !== null || waits || channel !== null))
  })
})

test('the last word about an alert is what its row says', () => {
  always(({ alerts }, intakes) => {
    const last = new Map<string, string>()
    for (const { alerts: given, post } of intakes) {
      // A message speaks for alerts that it does not name: those are left out here.
      if (post !== null) return
      for (const alert of given) if (alert.status === 'firing' || last.has(alert.fingerprint)) last.set(alert.fingerprint, alert.status)
    }
    for (const alert of alerts) assert.equal(alert.status, last.get(alert.fingerprint))
  })
})

test('a resolved notice alone opens nothing', () => {
  always(({ incidents }, intakes) => {
    const fires = intakes.some((intake) => intake.alerts.some((alert) => alert.status === 'firing'))
    if (!fires) assert.equal(incidents.length, 0)
  })
})

test('the same batch gives the same plan', () => {
  always((first, intakes) => assert.deepEqual(plan(intakes), first))
})

test('what starts in the future started now, and what the sender does not say as well', () => {
  const { alerts } = plan([
    hook([one({ alertname: 'A', service: 'x' }, { startsAt: '2036-01-01T00:00:00Z' })]),
    hook([one({ alertname: 'B', service: 'y' }, { startsAt: '0001-01-01T00:00:00Z' })]),
  ])
  assert.deepEqual(
    alerts.map((alert) => alert.starts_at),
    [now, now],
  )
})

test('a heartbeat is never an incident', () => {
  const watched = { ...config, heartbeats: [{ match: ['alertname="Watchdog"'], every: '5m' }] } as unknown as typeof config
  const random = { id: () => 'id', bytes: (length: number) => new Uint8Array(length) }
  const made = planIntakes([hook([one({ alertname: 'Watchdog', severity: 'none' })])], nothing, { config: watched, random, now })
  assert.deepEqual([made.incidents.length, made.received[0]?.skipped[0]?.reason, made.happened[0]?.entry.type], [0, 'heartbeat', 'skipped'])
})
