import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { testContext } from '../context.ts'
import { close, hook, one, over, posted, stored } from './intakes.ts'

let context: Context
let end: () => Promise<void>
before(async () => {
  const made = await testContext()
  context = made.context
  end = made.close
})
after(() => end())
beforeEach(() =>
  context.db
    .deleteFrom('incident')
    .execute()
    .then(() => context.db.deleteFrom('post').execute())
    .then(() => context.db.deleteFrom('timeline').execute()),
)

const ERRORS = { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', env: 'test' }
const LINE = 'HighErrorRate checkout (test critical)'
const only = <T>(list: readonly T[]): T => {
  assert.equal(list.length, 1, JSON.stringify(list, null, 1))
  return list[0] as T
}

test('a post first and its webhook after: one incident in the thread of the post, upgraded with labels, subject and key, and briefed again', async () => {
  const receive = createReceive(context)
  const first = await receive(await posted(`[FIRING:1] ${LINE}`, '1.1'))
  const lossy = only((await stored(context)).incidents)
  assert.equal(lossy.subject, null)
  assert.equal(lossy.thread_ts, '1.1')
  const second = await receive(hook([one(ERRORS, { generatorURL: 'http://p/graph?g0.expr=a+%3E+5' })]))
  const { incidents, alerts, investigations } = await stored(context)
  const incident = only(incidents)
  const alert = only(alerts)
  only(investigations)
  assert.equal(incident.id, lossy.id)
  assert.deepEqual([incident.subject, incident.severity, incident.join_key], ['checkout', 'critical', 'default|checkout|HighErrorRate'])
  assert.match(incident.group_key ?? '', /HighErrorRate/)
  assert.deepEqual(alert.labels, ERRORS)
  assert.deepEqual([alert.confirmed, alert.expression, alert.count, alert.source], [true, 'a > 5', 2, 'alertmanager'])
  assert.equal(first.accepted.length, 1)
  assert.deepEqual(
    second.skipped.map(({ incident: id, reason }) => [id, reason]),
    [[lossy.id, 'joined']],
  )
  // One more alert of the same name and service now finds it by its key.
  await receive(hook([one({ ...ERRORS, pod: 'b' })], { by: ['pod'] }))
  only((await stored(context)).incidents)
})

test('what was upgraded is over when its own alert is: nothing of the message stays firing', async () => {
  const receive = createReceive(context)
  await receive(await posted(`[FIRING:1] ${LINE}`, '1.1'))
  await receive(hook([one(ERRORS)]))
  await receive(hook([over(ERRORS)]))
  const { alerts } = await stored(context)
  assert.deepEqual(
    alerts.filter((alert) => alert.open).map((alert) => alert.status),
    ['resolved'],
  )
})

test('a webhook first and its post within two seconds: the post carries the thread; later posts are linked', async () => {
  const receive = createReceive(context)
  await receive(hook([one(ERRORS)]))
  const waiting = only((await stored(context)).incidents)
  assert.equal(waiting.thread_ts, null)
  assert.ok(waiting.anchor_by !== null)
  await receive(await posted(`[FIRING:1] ${LINE}`, '1.1'))
  await receive(await posted(`[FIRING:1] ${LINE}`, '1.2'))
  const { incidents, alerts, posts, timeline } = await stored(context)
  const incident = only(incidents)
  only(alerts)
  assert.deepEqual([incident.channel, incident.thread_ts, incident.anchor], ['C0ALERTS', '1.1', 'alert'])
  assert.deepEqual(
    posts.map((post) => [post.ts, post.incident_id]),
    [
      ['1.1', incident.id],
      ['1.2', incident.id],
    ],
  )
  assert.deepEqual(
    timeline
      .filter(({ type }) => type === 'anchored' || type === 'posted_again')
      .map((entry) => [entry.type, (entry as { ts?: unknown }).ts]),
    [
      ['anchored', '1.1'],
      ['posted_again', '1.2'],
    ],
  )
})

test('a post after the card of Vigil stands is linked to it and does not move the thread', async () => {
  const receive = createReceive(context)
  await receive(hook([one(ERRORS)]))
  await context.db.updateTable('incident').set({ channel: 'C0OWN', thread_ts: '9.9', anchor: 'own' }).execute()
  await receive(await posted(`[FIRING:1] ${LINE}`, '1.1'))
  const { incidents, timeline } = await stored(context)
  assert.deepEqual([only(incidents).channel, only(incidents).thread_ts], ['C0OWN', '9.9'])
  assert.equal(timeline.filter(({ type }) => type === 'posted_again').length, 1)
})

test('a message that is read a second time counts and links nothing twice', async () => {
  const receive = createReceive(context)
  await receive(hook([one(ERRORS)]))
  await receive(await posted(`[FIRING:1] ${LINE}`, '1.1'))
  for (let i = 0; i < 3; i++) await receive(await posted(`[FIRING:1] ${LINE}`, '1.2'))
  const { timeline, alerts } = await stored(context)
  assert.equal(timeline.filter(({ type }) => type === 'posted_again').length, 1)
  assert.equal(only(alerts).count, 1)
})

test('post and webhook that wait for the same transaction become one incident, in either order', async () => {
  for (const order of ['post', 'webhook'] as const) {
    await context.db.deleteFrom('incident').execute()
    await context.db.deleteFrom('post').execute()
    const receive = createReceive(context)
    const both = [await posted(`[FIRING:1] ${LINE}`, `2.${order.length}`), hook([one(ERRORS)])]
    if (order === 'webhook') both.reverse()
    // The first keeps the transaction busy, so that the other two share the next one.
    await Promise.all([receive(hook([one({ alertname: 'Other', service: 'x' })])), ...both.map(receive)])
    const { incidents, alerts } = await stored(context)
    const incident = only(incidents.filter((each) => each.alertname === 'HighErrorRate'))
    assert.equal(incident.thread_ts, `2.${order.length}`, order)
    assert.equal(incident.subject, 'checkout', order)
    assert.deepEqual(only(alerts.filter((alert) => alert.incident_id === incident.id)).labels, ERRORS)
  }
})

test('post and webhook at two replicas at the same moment become one incident', async () => {
  for (let i = 0; i < 8; i++) {
    const labels = { ...ERRORS, service: `svc-${i}` }
    const [left, right] = [createReceive(context), createReceive(context)]
    await Promise.all([left(await posted(`[FIRING:1] HighErrorRate svc-${i} (test critical)`, `3.${i}`)), right(hook([one(labels)]))])
    const { incidents, alerts } = await stored(context)
    const incident = only(incidents.filter((each) => each.group_subject?.includes(`svc-${i} `)))
    assert.equal(incident.thread_ts, `3.${i}`)
    assert.equal(incident.subject, `svc-${i}`)
    assert.deepEqual(only(alerts.filter((alert) => alert.incident_id === incident.id)).labels, labels)
  }
})

test('two alerts of an incident that fire again in one webhook within the cool-down reopen it, once', async () => {
  const receive = createReceive(context)
  const alerts = [one({ ...ERRORS, pod: 'a' }), one({ ...ERRORS, pod: 'b' })]
  await receive(hook(alerts))
  const { id } = only((await stored(context)).incidents)
  await close(context, id, 1)
  const again = await receive(hook(alerts))
  const after = await stored(context)
  assert.equal(only(after.incidents).status, 'open')
  assert.equal(after.alerts.filter((alert) => alert.open && alert.status === 'firing').length, 2)
  assert.equal(after.investigations.length, 2)
  assert.deepEqual([again.accepted.length, again.skipped.length], [1, 1])
})

test('two replicas that hear of a re-fire at the same moment reopen the incident once', async () => {
  const receive = createReceive(context)
  await receive(hook([one({ ...ERRORS, pod: 'a' })]))
  const { id } = only((await stored(context)).incidents)
  await close(context, id, 1)
  await Promise.all([
    createReceive(context)(hook([one({ ...ERRORS, pod: 'a' })])),
    createReceive(context)(hook([one({ ...ERRORS, pod: 'b' })])),
  ])
  const { timeline, incidents, investigations } = await stored(context)
  only(incidents)
  assert.equal(timeline.filter(({ type }) => type === 'reopened').length, 1)
  assert.equal(investigations.length, 2)
})

test('a re-fire while the investigation of the first round still runs joins that investigation', async () => {
  const receive = createReceive(context)
  await receive(hook([one(ERRORS)]))
  const { id } = only((await stored(context)).incidents)
  await close(context, id, 1)
  await context.db.updateTable('investigation').set({ status: 'in_progress' }).execute()
  const again = await receive(hook([one(ERRORS)]))
  const running = only((await stored(context)).investigations)
  assert.equal(only(again.accepted).id, running.id)
})

test('firing and resolved of one alert in one transaction: the later word counts, in either order', async () => {
  const receive = createReceive(context)
  const busy = () => receive(hook([one({ alertname: 'Other', service: 'x' })]))
  await Promise.all([busy(), receive(hook([one(ERRORS)])), receive(hook([over(ERRORS)]))])
  const statusOf = async () => (await stored(context)).alerts.find((alert) => alert.labels['alertname'] === 'HighErrorRate')?.status
  assert.equal(await statusOf(), 'resolved')
  await Promise.all([busy(), receive(hook([over(ERRORS)])), receive(hook([one(ERRORS)]))])
  assert.equal(await statusOf(), 'firing')
  await Promise.all([busy(), receive(hook([one(ERRORS)])), receive(hook([over(ERRORS)]))])
  assert.equal(await statusOf(), 'resolved')
})

test('a resolved notice that is sent again writes nothing again', async () => {
  const receive = createReceive(context)
  await receive(hook([one(ERRORS)]))
  for (let i = 0; i < 3; i++) await receive(hook([over(ERRORS)]))
  const { timeline } = await stored(context)
  assert.equal(timeline.filter(({ type }) => type === 'alert_resolved').length, 1)
})

test('a group whose line changes stays one incident for its later posts, whichever comes first', async () => {
  const pods = [one({ ...ERRORS, pod: 'a' }), one({ ...ERRORS, pod: 'b' })]
  for (const order of ['webhook', 'post'] as const) {
    await context.db.deleteFrom('incident').execute()
    await context.db.deleteFrom('post').execute()
    const receive = createReceive(context)
    await receive(hook(pods.slice(0, 1)))
    await receive(await posted('[FIRING:1] HighErrorRate checkout (test a critical)', '4.1'))
    const grown = [hook(pods), await posted('[FIRING:2] HighErrorRate checkout (test critical)', '4.2')]
    if (order === 'post') grown.reverse()
    for (const intake of grown) await receive(intake)
    const { incidents, alerts } = await stored(context)
    only(incidents)
    assert.equal(alerts.length, 2, order)
  }
})

test('[RESOLVED] in the channel: its alerts are resolved, it starts nothing, and a thread of another group goes on', async () => {
  const receive = createReceive(context)
  await receive(await posted(`[FIRING:1] ${LINE}`, '1.1'))
  await receive(await posted('[FIRING:1] DiskFull db (test)', '1.2'))
  const said = await receive(await posted(`[RESOLVED] ${LINE}`, '1.3'))
  const { incidents, alerts } = await stored(context)
  assert.equal(incidents.length, 2)
  assert.deepEqual(
    alerts.map((alert) => [alert.labels['alertname'], alert.status]),
    [
      ['HighErrorRate', 'resolved'],
      ['DiskFull', 'firing'],
    ],
  )
  assert.deepEqual(said.accepted, [])
  const unknown = await receive(await posted('[RESOLVED] Unheard of (test)', '1.4'))
  assert.deepEqual([unknown.accepted.length, unknown.skipped[0]?.incident], [0, null])
  assert.equal((await stored(context)).incidents.length, 2)
})

test('[RESOLVED] of a stock message speaks for its group alone where an incident has alerts of several', async () => {
  const receive = createReceive(context)
  await receive(hook([one({ ...ERRORS, pod: 'a' })], { by: ['alertname', 'pod'] }))
  await receive(hook([one({ ...ERRORS, pod: 'b' })], { by: ['alertname', 'pod'] }))
  await receive(await posted('[FIRING:1] HighErrorRate a (test checkout critical)', '1.0'))
  await receive(await posted('[FIRING:1] HighErrorRate b (test checkout critical)', '1.1'))
  await receive(await posted('[RESOLVED] HighErrorRate b (test checkout critical)', '1.2'))
  const { alerts, incidents } = await stored(context)
  only(incidents)
  assert.deepEqual(
    alerts.map((alert) => [alert.labels['pod'], alert.status]),
    [
      ['a', 'firing'],
      ['b', 'resolved'],
    ],
  )
})

test('[RESOLVED] of one group does not speak for the alerts of another in the same incident', async () => {
  const receive = createReceive(context)
  await receive(hook([one({ ...ERRORS, pod: 'a' })], { by: ['alertname', 'pod'] }))
  await receive(hook([one({ ...ERRORS, pod: 'b' })], { by: ['alertname', 'pod'] }))
  const { id } = only((await stored(context)).incidents)
  const fingerprint = (await stored(context)).alerts.find((alert) => alert.labels['pod'] === 'b')?.fingerprint ?? ''
  await receive(await posted('[FIRING:1] HighErrorRate b (checkout test critical)', '1.1', { callback: fingerprint }))
  await receive(await posted('[RESOLVED] HighErrorRate b (checkout test critical)', '1.2'))
  const { alerts, incidents } = await stored(context)
  assert.equal(only(incidents).id, id)
  assert.deepEqual(
    alerts.map((alert) => [alert.labels['pod'], alert.status]),
    [
      ['a', 'firing'],
      ['b', 'resolved'],
    ],
  )
})

test('an edited message, whatever its line now says, is still the message of its incident', async () => {
  const receive = createReceive(context)
  await receive(await posted('[FIRING:1] HighErrorRate checkout (test a critical)', '1.1'))
  await receive(await posted('[FIRING:2] HighErrorRate checkout (test critical)', '1.1'))
  await receive(await posted('[RESOLVED] HighErrorRate checkout (test)', '1.1'))
  const { incidents, alerts, posts } = await stored(context)
  only(incidents)
  only(posts)
  assert.equal(only(alerts).status, 'resolved')
})

test('a message with the lossless template that Alertmanager could not confirm: each of its alerts is told apart by the webhook', async () => {
  const receive = createReceive(context)
  const labels = [
    { ...ERRORS, pod: 'a' },
    { ...ERRORS, pod: 'b' },
  ]
  const fingerprints = hook(labels.map((each) => one(each))).alerts.map((alert) => alert.fingerprint)
  await receive(await posted('[FIRING:2] HighErrorRate checkout (test critical)', '1.1', { callback: fingerprints.join(' ') }))
  await receive(hook(labels.toReversed().map((each) => one(each))))
  const { incidents, alerts } = await stored(context)
  only(incidents)
  assert.deepEqual(
    alerts.map((alert) => [alert.fingerprint, alert.labels['pod'], alert.confirmed]).sort(),
    [
      [fingerprints[0], 'a', true],
      [fingerprints[1], 'b', true],
    ].sort(),
  )
  await receive(await posted('[RESOLVED] HighErrorRate checkout (test critical)', '1.2', { callback: fingerprints.join(' ') }))
  assert.deepEqual(
    (await stored(context)).alerts.map((alert) => alert.status),
    ['resolved', 'resolved'],
  )
})

test('what was split off comes back to its own incident, and never draws the rest of its group', async () => {
  const receive = createReceive(context)
  const [a, b] = [one({ ...ERRORS, pod: 'a' }), one({ ...ERRORS, pod: 'b' })]
  await receive(hook([a, b]))
  const whole = only((await stored(context)).incidents)
  const { split } = await import('../../src/incident/split.ts')
  const fingerprint = hook([b]).alerts[0]?.fingerprint ?? ''
  const done = await split(context, whole.id, { fingerprint, user: 'U1' })
  assert.ok(done.split)
  await receive(hook([a, b]))
  await receive(hook([one({ ...ERRORS, pod: 'c' })]))
  const { alerts } = await stored(context)
  assert.deepEqual(alerts.map((alert) => [alert.labels['pod'], alert.incident_id === whole.id]).sort(), [
    ['a', true],
    ['b', false],
    ['c', true],
  ])
  await close(context, done.incident, 1)
  await receive(hook([b]))
  assert.equal((await stored(context)).incidents.length, 2, 'it reopens its own')
})

test('a cluster chosen by the labels keeps equal names and services apart', async () => {
  const { context: two, close: done } = await testContext({ VIGIL_CONFIG: '/dev/null' })
  const config = { ...two.config, clusters: [{ name: 'eu', match: ['region="eu"'] }] as unknown as typeof two.config.clusters }
  const receive = createReceive({ ...two, config })
  await receive(hook([one({ ...ERRORS, region: 'eu' })], { by: ['region'] }))
  await receive(hook([one({ ...ERRORS, region: 'us' })], { by: ['region'] }))
  const { incidents } = await stored(two)
  await done()
  assert.deepEqual(
    incidents.map((incident) => incident.cluster),
    ['eu', 'default'],
  )
})

test('an intake that Vigil itself cannot place does not lose those that came with it', async () => {
  const receive = createReceive(context)
  const poison = hook([one(ERRORS)])
  Object.defineProperty(poison.alerts[0] ?? {}, 'startsAt', { value: undefined })
  const results = await Promise.allSettled([
    receive(hook([one({ alertname: 'Other', service: 'x' })])),
    receive(poison),
    receive(hook([one({ ...ERRORS, service: 'cart' })])),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('what two replicas receive at once, in any mixture, is stored without a refusal, each alert in one place', async () => {
  const names = ['A', 'B', 'C']
  const services = ['x', 'y']
  const pick = <T>(list: readonly T[], seed: number): T => list[seed % list.length] as T
  const intakes = []
  for (let i = 0; i < 160; i++) {
    const labels = { alertname: pick(names, i * 7 + 1), service: pick(services, (i * 13) >> 2), pod: `${(i * 5) % 4}` }
    const kind = (i * 11) % 5
    if (kind === 0) intakes.push(await posted(`[FIRING:1] ${labels.alertname} ${labels.service} (${labels.pod})`, `9.${i}`))
    else if (kind === 1) intakes.push(hook([over(labels)], { by: ['alertname'] }))
    else intakes.push(hook([one(labels), one({ ...labels, pod: 'z' })], { by: kind === 2 ? ['alertname'] : ['alertname', 'service'] }))
  }
  const replicas = [createReceive(context), createReceive(context)]
  const results = await Promise.allSettled(intakes.map((intake, i) => pick(replicas, i)(intake)))
  assert.deepEqual(
    results.filter((result) => result.status === 'rejected'),
    [],
  )
  const { incidents, alerts, timeline } = await stored(context)
  const open = alerts.filter((alert) => alert.open).map((alert) => alert.fingerprint)
  assert.equal(new Set(open).size, open.length)
  const threads = incidents.flatMap(({ channel, thread_ts }) => (thread_ts === null ? [] : [`${channel} ${thread_ts}`]))
  assert.equal(new Set(threads).size, threads.length)
  assert.equal(timeline.filter(({ type }) => type === 'opened').length, incidents.length)
  // At most one for each line of a message (24) that came before its webhook, and one for each name and service.
  assert.ok(incidents.length <= 30, `${incidents.length} incidents`)
})
