import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { StoredMessage } from '../../src/demo/slack/state.ts'
import { named, nameOf, ours, reactionsOf, replies, topLevel, wordsOf } from '../thread.ts'
import { until } from '../until.ts'
import { serviceOf, toolResults } from './measure.ts'
import { type AlertmanagerAlert, EVERY, FOR, missingPeers } from './peers.ts'
import { type RealShop, startShop } from './shop.ts'

/** One service for each way in: the same rule of one real Prometheus fires for all of them, beside each other. */
const SERVICES = { cart: 'slack', search: 'webhook', checkout: 'both', billing: 'lossless', mail: 'webhook' } as const

/** Five threads in one channel: Slack takes one message a second. */
const PATIENT = { seconds: 30 }

describe('a rule fires in a real Prometheus, and a real Alertmanager tells of it', { skip: missingPeers(), concurrency: 5 }, () => {
  let shop: RealShop

  before(async () => {
    shop = await startShop(SERVICES)
  })
  after(() => shop.close())

  test('by its stock Slack message alone: nothing is lost of what the message does not carry', async () => {
    await wholeRoad('cart', 'alert')
  })

  test('by its webhook alone: Vigil posts its own card and the thread stands there', async () => {
    await wholeRoad('search', 'own')
  })

  test('by both: they find each other, whichever comes first', async () => {
    const { alert } = await wholeRoad('checkout', 'alert')
    // The webhook and the post are one alert, not two.
    assert.equal(alert.count, 2)
  })

  test('by the lossless template, whose title says nothing of the group', async () => {
    const { post } = await wholeRoad('billing', 'alert')
    const { title } = post.attachments[0] as { title: string }
    assert.equal(title, '[FIRING] Somebody should look at this')
  })

  test('over a rate: it is over when fresh samples are on the healthy side', async () => {
    const { peers, vigil } = shop
    peers.setFailing('mail', 0.9)
    const incident = await incidentOf('mail')
    const fired = await firedAt('mail')
    const report = await vigil.report(incident.id)
    assert.equal(report.alerts[0]?.fingerprint, fired.fingerprint)
    assert.equal(report.alerts[0]?.expression, new URL(fired.generatorURL).searchParams.get('g0.expr'))
    await until(
      'the analysis of mail',
      async () => named(shop.workspace, (await incidentOf('mail')).thread_ts ?? '', 'analysis:1'),
      PATIENT,
    )
    peers.setFailing('mail', 0)
    await recovered('mail')
  })

  const wholeRoad = async (service: keyof typeof SERVICES, anchor: 'alert' | 'own') => {
    const { peers, workspace, vigil } = shop
    peers.setErrors(service, 0.25)
    const incident = await incidentOf(service)
    const fired = await firedAt(service)
    const post = await until(`the message that carries the thread of ${service}`, async () =>
      anchorOf((await incidentOf(service)).thread_ts),
    )

    const { body } = await vigil.call('GET', `/api/v1/incidents/${incident.id}`)
    assert.equal(body.alerts.length, 1)
    const [alert] = body.alerts
    assert.deepEqual(alert.labels, fired.labels)
    assert.equal(alert.labels.cluster, 'demo')
    assert.equal(alert.fingerprint, fired.fingerprint)
    assert.equal(alert.expression, 'demo_error_ratio > 0.05')
    assert.equal(new Date(alert.starts_at).getTime(), new Date(fired.startsAt).getTime())
    assert.equal(body.subject, service)
    assert.equal(body.severity, 'critical')

    assert.equal(post.appId === workspace.appId ? 'own' : 'alert', anchor)
    await analysed(service, post)
    await onsetBefore(service, fired)
    peers.setErrors(service, 0)
    await recovered(service)
    oneThread(service, post)
    return { alert: (await vigil.report(incident.id)).alerts[0] ?? assert.fail(), post }
  }

  const incidentOf = (service: string) =>
    until(`the incident of ${service}`, async () => {
      const own = (await shop.vigil.incidents()).filter((incident) => incident.subject === service)
      assert.ok(own.length <= 1, `${own.length} incidents of ${service}`)
      return own[0]
    })

  const firedAt = (service: string): Promise<AlertmanagerAlert> =>
    until(`Alertmanager's own alert of ${service}`, async () =>
      (await shop.peers.alerts()).find((alert) => alert.labels['service'] === service),
    )

  const anchorOf = (ts: string | null): StoredMessage | undefined => topLevel(shop.workspace).find((message) => message.ts === ts)

  /** The alert began to be wrong one `for` before it fired; scrape and evaluation are each up to one interval apart. */
  const onsetBefore = async (service: string, fired: AlertmanagerAlert): Promise<void> => {
    const { onset } = await incidentOf(service)
    const seconds = (new Date(fired.startsAt).getTime() - (onset?.getTime() ?? 0)) / 1000
    assert.ok(seconds >= FOR && seconds <= FOR + EVERY, `onset ${seconds} s before startsAt`)
  }

  const analysed = async (service: string, post: StoredMessage): Promise<void> => {
    const { workspace, model, vigil } = shop
    const analysis = await until(`the analysis in the thread of ${service}`, () => named(workspace, post.ts, 'analysis:1'), PATIENT)
    const words = wordsOf(analysis)
    assert.match(words, /25 % of the requests to \/pay fail now/)
    assert.match(words, /The share rose from 0 % to 25 %/)

    const asked = model.requests.filter(({ body }) => body !== undefined && serviceOf(body) === service)
    const results = toolResults(asked.at(-1)?.body ?? assert.fail('the model was not asked'))
    assert.deepEqual(
      results.map(({ isError }) => isError),
      [false, false],
    )
    assert.match(results[0]?.text ?? '', /demo_error_ratio\{.*\} 0\.25/)

    const report = await vigil.report((await incidentOf(service)).id)
    assert.deepEqual(report.analysis?.unsupported, [])
    assert.equal(report.analysis?.claims.length, 2)
    assert.equal(report.status, 'analysed')
  }

  const recovered = async (service: string): Promise<void> => {
    const { workspace, vigil } = shop
    const { id } = await incidentOf(service)
    const over = await until(`${service} is over`, async () => {
      const incident = await incidentOf(service)
      return incident.status === 'resolved' && incident.thread_ts !== null && incident
    })
    const { timeline } = await vigil.report(id)
    const resolved = timeline.find((entry) => entry.type === 'resolved') as { how?: string } | undefined
    assert.equal(resolved?.how, 'recovered')
    const thread = over.thread_ts ?? assert.fail('it has no thread')
    const outcome = await until(`the thread of ${service} says so`, () => named(workspace, thread, 'outcome'), PATIENT)
    assert.match(wordsOf(outcome), /It is over/)
    const post = anchorOf(thread) ?? assert.fail('the thread has no parent')
    await until('one reaction, and it is green', () => reactionsOf(workspace, post).join() === 'large_green_circle')
  }

  /** No second card, no second thread, no message of ours outside of it. */
  const oneThread = (service: string, post: StoredMessage): void => {
    const { workspace } = shop
    const about = ours(workspace).filter((message) => JSON.stringify([message.text, message.blocks]).includes(service))
    for (const message of about) assert.ok(message.ts === post.ts || message.threadTs === post.ts, `outside of its thread: ${message.text}`)
    assert.deepEqual(replies(workspace, post.ts).map(nameOf).sort(), ['analysis:1', 'first', 'outcome', 'progress:1'])
  }
})
