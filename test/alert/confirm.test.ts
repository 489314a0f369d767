import assert from 'node:assert/strict'
import { type TestContext as T, test } from 'node:test'
import { confirm } from '../../src/alert/confirm.ts'
import { fingerprint } from '../../src/alert/fingerprint.ts'
import { sources } from '../../src/alert/sources/index.ts'
import { loadConfig } from '../../src/config.ts'
import { type Context, systemClock } from '../../src/context.ts'
import { openSources } from '../../src/datasources/index.ts'
import { startWorld } from '../../src/demo/world/world.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { type Asked, saying, serve } from '../datasources/wire.ts'
import { stock } from './intakes.ts'

/** As much of a context as confirming takes; no database is needed to ask an Alertmanager. */
const asking = (alertmanager: string | undefined, clusters: readonly string[] = []): Context => {
  const loaded = loadConfig({
    env: { VIGIL_CONFIG: '/dev/null', ...(alertmanager === undefined ? {} : { VIGIL_ALERTMANAGER_ENDPOINT: alertmanager }) },
    flags: {},
  })
  const named = clusters.map((endpoint, i) => ({ name: `c${i}`, match: ['never="x"'], alertmanager: endpoint }))
  const config = { ...loaded, clusters: named } as unknown as Context['config']
  const clock = systemClock
  const found = { config, clock, log: createLog({ log_level: 'silent' }), sources: openSources(config, { fetch, clock }) }
  return found as Partial<Context> as Context
}

type Member = { labels: Record<string, string>; state?: 'active' | 'suppressed'; annotations?: Record<string, string> }

const group = (labels: Record<string, string>, members: readonly Member[], receiver = 'both') => ({
  receiver: { name: receiver },
  labels,
  alerts: members.map((member) => ({
    fingerprint: fingerprint(member.labels),
    labels: member.labels,
    annotations: member.annotations ?? {},
    startsAt: '2026-11-20T21:51:03.568Z',
    endsAt: '2026-11-20T21:55:03.568Z',
    updatedAt: '2026-11-20T21:51:03.572Z',
    generatorURL: 'http://vm:19090/graph?g0.expr=demo_error_ratio+%3E+0.05&g0.tab=1',
    receivers: [{ name: receiver }],
    status: { inhibitedBy: [], silencedBy: [], state: member.state ?? 'active' },
  })),
})

const confirmed = async (context: Context, title: string, callback?: string) =>
  confirm(context, sources['slack-message'].parse(stock(title, callback === undefined ? {} : { callback })))

const groupsOf = async (t: T, groups: readonly object[]): Promise<Context> => asking((await serve(t, saying(groups))).url)

const A = { alertname: 'A', service: 'shop', pod: 'a' }
const B = { alertname: 'A', service: 'shop', pod: 'b' }

test('a stock message gets back labels, fingerprint, start and PromQL; nobody but its receiver is asked for', async (t) => {
  const asked: Asked[] = []
  const wire = await serve(t, (one, response) => {
    asked.push(one)
    saying([group({ alertname: 'A' }, [{ labels: A, annotations: { summary: 'it is slow' } }])])(one, response)
  })
  const [alert, ...others] = await confirmed(asking(wire.url), '[FIRING:1] A (a shop)')
  assert.equal(others.length, 0)
  assert.deepEqual(
    [alert?.confirmed, alert?.labels, alert?.fingerprint, alert?.expression, alert?.startsAt.toISOString(), alert?.annotations['summary']],
    [true, A, fingerprint(A), 'demo_error_ratio > 0.05', '2026-11-20T21:51:03.568Z', 'it is slow'],
  )
  assert.equal(asked[0]?.params['receiver'], '^both$')
})

test('every grouping is found again: no labels, one, all, and several alerts in a group', async (t) => {
  const cases: [string, object, number][] = [
    ['[FIRING:1] (A a shop)', group({}, [{ labels: A }]), 1],
    ['[FIRING:1] A (a shop)', group({ alertname: 'A' }, [{ labels: A }]), 1],
    ['[FIRING:1] A a shop', group(A, [{ labels: A }]), 1],
    ['[FIRING:2] A (shop)', group({ alertname: 'A' }, [{ labels: A }, { labels: B }]), 2],
    ['[FIRING:2] shop (A)', group({ service: 'shop' }, [{ labels: A }, { labels: B }]), 2],
  ]
  for (const [title, one, count] of cases) {
    const noise = group({ alertname: 'Other' }, [{ labels: { alertname: 'Other' } }])
    const alerts = await confirmed(await groupsOf(t, [noise, one]), title)
    assert.deepEqual(
      alerts.map((alert) => alert.confirmed),
      Array.from({ length: count }, () => true),
      title,
    )
  }
})

test('silenced members of a group are not in the message, so they are not in the incident', async (t) => {
  const context = await groupsOf(t, [group({ alertname: 'A' }, [{ labels: A, state: 'suppressed' }, { labels: B }])])
  const alerts = await confirmed(context, '[FIRING:1] A (b shop)')
  assert.deepEqual(
    alerts.map((alert) => alert.labels['pod']),
    ['b'],
  )
})

test('labels with characters that Slack escapes, and with pipes, are found', async (t) => {
  const labels = { alertname: 'A', path: '/a?b=1&c=<x>', note: 'x | y' }
  const context = await groupsOf(t, [group({ alertname: 'A' }, [{ labels }])])
  const [alert] = await confirmed(context, '[FIRING:1] A (x | y /a?b=1&amp;c=&lt;x&gt;)')
  assert.deepEqual(alert?.labels, labels)
})

test('the lossless template chooses by fingerprint among groups that look alike, and takes only what it names', async (t) => {
  const other = { ...A, team: 'x' }
  const groups = [group({ alertname: 'A' }, [{ labels: other }]), group({ alertname: 'A' }, [{ labels: A }, { labels: B }])]
  const alerts = await confirmed(await groupsOf(t, groups), '[FIRING:1] whatever title', fingerprint(B))
  assert.deepEqual(
    alerts.map((alert) => alert.labels),
    [B],
  )
})

test('a group that changed since the message was rendered is found by its group labels, when no other can be meant', async (t) => {
  const changed = group({ alertname: 'A' }, [{ labels: A }, { labels: B }])
  const title = '[FIRING:1] A (a shop)'
  assert.equal((await confirmed(await groupsOf(t, [changed]), title)).length, 2)
  const twice = group({ alertname: 'A' }, [{ labels: { alertname: 'A', team: 'y' } }])
  const [unsure, ...others] = await confirmed(await groupsOf(t, [changed, twice]), title)
  assert.deepEqual([unsure?.confirmed, others.length], [false, 0])
  // The same group once more for another receiver is no doubt.
  assert.equal((await confirmed(await groupsOf(t, [changed, { ...changed, receiver: { name: 'other' } }]), title)).length, 2)
})

test('what no Alertmanager knows, and what is resolved, stays as it was', async (t) => {
  const context = await groupsOf(t, [group({ alertname: 'A' }, [{ labels: A }])])
  const [unknown] = await confirmed(context, '[FIRING:1] Unheard of (x)')
  assert.deepEqual([unknown?.confirmed, unknown?.labels], [false, { alertname: 'Unheard' }])
  const [resolved] = await confirmed(context, '[RESOLVED] A (a shop)')
  assert.deepEqual([resolved?.confirmed, resolved?.status], [false, 'resolved'])
  const [nobody] = await confirmed(asking(undefined), '[FIRING:1] A (a shop)')
  assert.equal(nobody?.confirmed, false)
})

test('an Alertmanager that is down, slow or broken leaves the alert unconfirmed within its patience', async (t) => {
  const silent = await serve(t, () => undefined)
  const broken = await serve(t, saying('<html>', 200))
  const failing = await serve(t, saying('no', 500))
  for (const url of ['http://127.0.0.1:9', silent.url, broken.url, failing.url]) {
    const began = performance.now()
    const [alert] = await confirmed(asking(url), '[FIRING:1] A (a shop)')
    assert.equal(alert?.confirmed, false, url)
    assert.ok(performance.now() - began < 2000, url)
  }
})

test('of many Alertmanagers the one that knows the alert is enough, and ten silent ones take one patience', async (t) => {
  const silent = (await serve(t, () => undefined)).url
  const knowing = (await serve(t, saying([group({ alertname: 'A' }, [{ labels: A }])]))).url
  const ten = Array.from({ length: 10 }, (_, i) => `${silent}/${i}`)
  let began = performance.now()
  const [alert] = await confirmed(asking(knowing, ten), '[FIRING:1] A (a shop)')
  assert.equal(alert?.confirmed, true)
  assert.ok(performance.now() - began < 1000)
  began = performance.now()
  const [unknown] = await confirmed(asking(undefined, ten), '[FIRING:1] A (a shop)')
  assert.equal(unknown?.confirmed, false)
  assert.ok(performance.now() - began < 2000)
})

test('the simulated Alertmanager confirms its own stock message', async (t) => {
  const world = await startWorld({ rulesEverySeconds: 1 })
  t.after(() => world.close())
  const labels = { alertname: 'DiskFull', service: 'db', severity: 'warning', path: '/var/lib' }
  await fetch(`${world.alertmanagerUrl}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels, annotations: {}, generatorURL: 'http://p/graph?g0.expr=up+%3D%3D+0' }]),
  })
  const [alert] = await confirm(
    asking(world.alertmanagerUrl),
    sources['slack-message'].parse(stock('[FIRING:1] DiskFull db (/var/lib warning)', { receiver: 'shop-alerts' })),
  )
  assert.deepEqual([alert?.labels, alert?.confirmed, alert?.expression], [labels, true, 'up == 0'])
  await world.stop('alertmanager')
  const [gone] = await confirm(
    asking(world.alertmanagerUrl),
    sources['slack-message'].parse(stock('[FIRING:1] DiskFull db (/var/lib warning)', { receiver: 'shop-alerts' })),
  )
  assert.equal(gone?.confirmed, false)
})
