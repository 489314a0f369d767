import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Incident } from '../../src/db/schema.ts'
import { named, replies, topLevel, wordsOf } from '../thread.ts'
import { stays, until } from '../until.ts'
import { missingPeers } from './peers.ts'
import { type RealShop, startShop } from './shop.ts'

/** By each way in; `mail` is alerted on by a rate, which has a value for seconds after its last sample. */
const KILLED = { cart: 'webhook', search: 'slack-with-resolved', billing: 'slack', mail: 'webhook' } as const
const UNSEEN = { checkout: 'both', orders: 'slack' } as const

type Service = keyof typeof KILLED | keyof typeof UNSEEN
const killed = Object.keys(KILLED) as Service[]
const unseen = Object.keys(UNSEEN) as Service[]

/** Several threads in one channel: Slack takes one message a second and 50 edits a minute. */
const PATIENT = { seconds: 25 }

/** Promise 12: the alert resolves within seconds, and nobody knows whether anything is well. */
describe('a real alert that goes quiet is not a healthy system', { skip: missingPeers() }, () => {
  let shop: RealShop

  before(async () => {
    shop = await startShop({ ...KILLED, ...UNSEEN })
  })
  after(() => shop.close())

  test('when the service is gone with its metric', async () => {
    const { peers } = shop
    await fire(killed)
    await Promise.all(killed.map((service) => peers.killService(service)))
    await until('Alertmanager has forgotten every alert', async () => (await peers.alerts()).length === 0)
    for (const service of killed) await cannotTell(service)
    await stays('every incident is open', async () => !(await anyOver(killed)), 2)
  })

  test('and it is over when the service is back and well', async () => {
    const { peers } = shop
    for (const service of killed) fail(service, 0)
    await Promise.all(killed.map((service) => peers.reviveService(service)))
    for (const service of killed) await over(service)
  })

  test('when Prometheus is killed', async () => {
    const { peers } = shop
    await fire(unseen)
    await peers.killPrometheus()
    await until('Alertmanager has forgotten every alert', async () => (await peers.alerts()).length === 0)
    for (const service of unseen) await cannotTell(service)
    await stays('every incident is open', async () => !(await anyOver(unseen)), 2)
  })

  test('and it is over when Prometheus is back and sees that all is well', async () => {
    const { peers } = shop
    for (const service of unseen) fail(service, 0)
    await peers.startPrometheus()
    for (const service of unseen) await over(service)
  })

  const fire = async (services: readonly Service[]): Promise<void> => {
    for (const service of services) fail(service, 0.9)
    for (const service of services)
      await until(`${service} is investigated`, async () => (await incidentOf(service))?.status === 'analysed', PATIENT)
  }

  const fail = (service: Service, ratio: number): void => {
    if (service === 'mail') shop.peers.setFailing(service, ratio)
    else shop.peers.setErrors(service, ratio)
  }

  const incidentOf = async (service: string): Promise<Incident | undefined> => {
    const own = (await shop.vigil.incidents()).filter((incident) => incident.subject === service)
    assert.ok(own.length <= 1, `${own.length} incidents of ${service}`)
    return own[0]
  }

  const anyOver = async (services: readonly Service[]): Promise<boolean> =>
    (await Promise.all(services.map(incidentOf))).some((incident) => incident?.status === 'resolved')

  const outcomeOf = async (service: string): Promise<string> => {
    const thread = (await incidentOf(service))?.thread_ts ?? ''
    const message = named(shop.workspace, thread, 'outcome')
    return message === undefined ? '' : wordsOf(message)
  }

  const cannotTell = async (service: string): Promise<void> => {
    await until(
      `the thread of ${service} says that nobody can tell`,
      async () => /Cannot tell whether it is over/.test(await outcomeOf(service)),
      {
        ...PATIENT,
        seen: () => outcomeOf(service),
      },
    )
    const incident = (await incidentOf(service)) ?? assert.fail()
    assert.equal(incident.status, 'analysed')
    assert.equal(incident.resolved_at, null)
  }

  const over = async (service: string): Promise<void> => {
    await until(`${service} is over`, async () => (await incidentOf(service))?.status === 'resolved', {
      ...PATIENT,
      seen: () => outcomeOf(service),
    })
    await until(`the thread of ${service} says so`, async () => /It is over/.test(await outcomeOf(service)), PATIENT)
    const thread = (await incidentOf(service))?.thread_ts ?? ''
    assert.ok(topLevel(shop.workspace).some((message) => message.ts === thread))
    assert.ok(replies(shop.workspace, thread).length <= 5)
  }
})
