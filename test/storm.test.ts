import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { investigator } from '../src/demo/investigator.ts'
import type { Turn } from '../src/demo/model/script.ts'
import { type Stage, startStage } from '../src/demo/stage.ts'
import { channelOf, named, nameOf, ours, replies, topLevel, wordsOf } from './thread.ts'
import { stays, until } from './until.ts'
import { type RunningVigil, startVigil, webhookOf } from './vigil.ts'

type Scene = { stage: Stage; vigil: RunningVigil }

type Options = { env?: Record<string, string>; rulesOnly?: boolean }

const scene = async (t: { after(fn: () => Promise<void>): void }, { env = {}, rulesOnly = false }: Options = {}): Promise<Scene> => {
  const stage = await startStage({ rates: false, script: (request) => ({ ...(investigator(request) as Turn), delayMs: 20 }) })
  // These alerts are posted by hand: the shop's Alertmanager would say, if asked, that it knows nothing of them.
  const { VIGIL_CLAUDE_API_KEY: key = '', VIGIL_ALERTMANAGER_ENDPOINT: _, ...others } = stage.env
  const vigil = await startVigil({ ...others, ...(rulesOnly ? {} : { VIGIL_CLAUDE_API_KEY: key }), ...env })
  t.after(async () => {
    await vigil.close()
    await stage.close()
  })
  return { stage, vigil }
}

const firing = (title: string) => ({ title, title_link: 'http://am/#/alerts?receiver=slack', fallback: title, text: '', color: 'danger' })

describe('a storm', { concurrency: 2 }, () => {
  test('100 simultaneous posts of one alert are one incident with one investigation and one thread', async (t) => {
    const { stage, vigil } = await scene(t)
    const { workspace, model } = stage
    const body = webhookOf([{ alertname: 'HighErrorRate', service: 'checkout', severity: 'critical' }])
    const answers = await Promise.all(Array.from({ length: 100 }, () => vigil.call('POST', '/api/v1/alerts', body)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202])
    const accepted = answers.flatMap((answer) => answer.body.accepted)
    const skipped = answers.flatMap((answer) => answer.body.skipped)
    assert.equal(accepted.length, 1)
    assert.equal(skipped.length, 99)
    const incident: string = accepted[0].incident
    for (const one of skipped) assert.deepEqual([one.reason, one.incident], ['duplicate', incident])

    const report = await until('it is investigated', async () => {
      const now = await vigil.report(incident)
      return now.status === 'analysed' && now
    })
    assert.equal((await vigil.incidents()).length, 1)
    assert.equal(report.alerts.length, 1)
    assert.equal(report.alerts[0]?.count, 100)
    const investigations = await vigil.db.selectFrom('investigation').select('status').execute()
    assert.deepEqual(investigations, [{ status: 'complete' }])
    assert.equal(model?.requests.filter((request) => request.body?.messages.length === 1).length, 1)

    const card = await until('its card', () => topLevel(workspace)[0])
    await until('the analysis', () => named(workspace, card.ts, 'analysis:1'))
    assert.deepEqual(ours(workspace).map(nameOf).sort(), ['analysis:1', 'card', 'first', 'progress:1'])
  })

  test('one webhook with 500 alerts: all accounted for, and one thread that says how many', async (t) => {
    const { stage, vigil } = await scene(t)
    const { workspace } = stage
    const alerts = Array.from({ length: 500 }, (_, i) => ({
      alertname: 'PodNotReady',
      service: 'checkout',
      pod: `checkout-${i}`,
      severity: 'warning',
    }))
    const { status, body } = await vigil.call('POST', '/api/v1/alerts', webhookOf(alerts))
    assert.equal(status, 202)
    assert.equal(body.accepted.length + body.skipped.length, 500)
    assert.equal(new Set([...body.accepted, ...body.skipped].map((one) => one.fingerprint)).size, 500)
    const [incident, ...others] = await vigil.incidents()
    assert.deepEqual(others, [])
    assert.ok([...body.accepted, ...body.skipped].every((one) => one.incident === incident?.id))
    assert.equal((await vigil.report(incident?.id ?? '')).alerts.length, 500)

    const card = await until('its card', () => topLevel(workspace)[0])
    await until('the analysis', () => named(workspace, card.ts, 'analysis:1'))
    assert.match(wordsOf(named(workspace, card.ts, 'first') ?? assert.fail()), /500 alerts, 500 firing/)
    assert.deepEqual(ours(workspace).map(nameOf).sort(), ['analysis:1', 'card', 'first', 'progress:1'])
    const { count } = await vigil.db
      .selectFrom('investigation')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(count, 1)
  })

  test('what is no new alert of a believed bot starts nothing', async (t) => {
    const { stage, vigil } = await scene(t)
    const { workspace } = stage
    const channel = channelOf(workspace).id
    const believed = workspace.webhookUrl('alerts', 'Alertmanager')
    const stranger = workspace.webhookUrl('alerts', 'Prank')
    const post = async (url: string, body: unknown): Promise<void> => {
      assert.equal((await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status, 200)
    }
    const title = '[FIRING:1] HighErrorRate checkout (critical)'

    await post(believed, { attachments: [firing('[RESOLVED] HighErrorRate checkout (critical)')] })
    await post(believed, { text: 'Alertmanager 0.25 was deployed' })
    const harmless = topLevel(workspace).at(-1) ?? assert.fail()
    await workspace.editMessage({ channel, ts: harmless.ts, attachments: [firing(title)] })
    await post(stranger, { username: 'Alertmanager', attachments: [firing(title)] })
    await workspace.postAsBot({ channel, bot: 'Other', text: title, attachments: [firing(title)] })
    await workspace.postAsBot({ channel, bot: workspace.botId, attachments: [firing(title)] })
    const said = await workspace.say({ channel, user: 'ana', text: title })
    await workspace.editMessage({ channel, ts: said.ts, text: `${title} again` })
    await workspace.say({ channel, user: 'tom', text: 'is that real?', threadTs: said.ts })

    // What came last and is real shows that all before it was read.
    await post(believed, { attachments: [firing('[FIRING:1] DiskFull search (warning)')] })
    const real = topLevel(workspace).at(-1) ?? assert.fail()
    await until('the real one is answered', () => named(workspace, real.ts, 'first'))
    await until('every stored envelope is handled', async () => {
      const { count } = await vigil.db
        .selectFrom('inbox')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('handled_at', 'is', null)
        .executeTakeFirstOrThrow()
      return count === 0
    })
    assert.deepEqual(
      (await vigil.incidents()).map(({ thread_ts }) => thread_ts),
      [real.ts],
    )
    assert.ok(ours(workspace).every((message) => message.threadTs === real.ts || message.attachments.length > 0))

    // And it explains its silence (promise 13).
    const decided = await vigil.db.selectFrom('timeline').select('data').where('incident_id', 'is', null).execute()
    const reasons = decided.map(({ data }) => (data as { reason: string }).reason).sort()
    assert.deepEqual(reasons, ['not_firing', 'unknown_bot', 'unknown_bot'])

    // People may talk in its thread as they like.
    await until('the thread is complete', () => named(workspace, real.ts, 'analysis:1'))
    const before = replies(workspace, real.ts).filter((message) => message.appId === workspace.appId).length
    for (const text of ['I look at it', title, 'vigil is quick today'])
      await workspace.say({ channel, user: 'tom', text, threadTs: real.ts })
    await stays(
      'nobody answers people who talk to each other',
      () => replies(workspace, real.ts).filter((message) => message.appId === workspace.appId).length === before,
      1,
    )
    const investigations = await vigil.db.selectFrom('investigation').select('id').execute()
    assert.equal(investigations.length, 1)
  })

  test('half an hour without Slack ends in one catch-up message', async (t) => {
    const { stage, vigil } = await scene(t, { env: { VIGIL_RECOVERY_SECONDS: '1' }, rulesOnly: true })
    const { workspace } = stage
    workspace.faults.down()
    const services = Array.from({ length: 12 }, (_, i) => `service-${i}`)
    const alert = (service: string) => [{ alertname: 'HighLatency', service, severity: 'warning' }]
    for (const service of services) {
      const { status, body } = await vigil.call('POST', '/api/v1/alerts', webhookOf(alert(service)))
      assert.deepEqual([status, body.accepted.length], [202, 1])
    }
    await until(
      'the rules have answered for all of them',
      async () => (await vigil.incidents()).every((incident) => incident.status === 'analysed'),
      {
        seconds: 30,
      },
    )
    for (const service of services.slice(0, 4))
      await vigil.call('POST', '/api/v1/alerts', webhookOf(alert(service), { status: 'resolved' }))
    await until('four are over', async () => (await vigil.incidents()).filter((incident) => incident.status === 'resolved').length === 4, {
      seconds: 20,
    })
    // The half hour has passed.
    await vigil.db
      .updateTable('incident')
      .set({ started_at: sql`started_at - interval '31 minutes'`, anchor_by: sql`anchor_by - interval '31 minutes'` })
      .execute()
    await until(
      'Vigil has begun to say it',
      () => vigil.db.selectFrom('message').select('key').where('key', 'like', 'catch%').executeTakeFirst(),
      { seconds: 40 },
    )
    assert.deepEqual(topLevel(workspace), [])

    workspace.faults.up()
    const isCatchUp = (message: { text: string }) => /^I was away for 31 min/.test(message.text)
    const told = await until('the catch-up message', () => topLevel(workspace).find(isCatchUp), { seconds: 45 })
    assert.match(told.text, /12 incidents came: 4 are over, 8 still fire/)
    assert.equal(topLevel(workspace)[0]?.ts, told.ts, 'it is the first thing that is said')
    // Those that still fire get their threads, one a second, and their links.
    await until('eight threads', () => ours(workspace).filter((message) => nameOf(message) === 'first').length === 8, { seconds: 30 })
    await until('each is linked', () => (wordsOf(told).match(/\|thread>/g) ?? []).length === 8, { seconds: 20, seen: () => wordsOf(told) })
    assert.equal(topLevel(workspace).filter(isCatchUp).length, 1)
    assert.equal(topLevel(workspace).length, 9)
    // What ends later ends in its own thread.
    const { thread_ts: thread } = (await vigil.incidents()).find((incident) => incident.subject === 'service-5') ?? assert.fail()
    await vigil.call('POST', '/api/v1/alerts', webhookOf(alert('service-5'), { status: 'resolved' }))
    await until('its thread says so', () => named(workspace, thread ?? '', 'outcome'))
    for (const service of services.slice(0, 4)) assert.ok(wordsOf(told).includes(`${service} is not well`), service)
  })
})
