import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import type { Script } from '../../src/demo/model/script.ts'
import { startModelServer } from '../../src/demo/model/server.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { anthropic } from '../../src/llm/anthropic.ts'
import { incidentsOf, saidBy, settled, slackDoor, stock, until, wordsOf } from './door.ts'

/** A channel of this mode, an incident with its thread in it, and a small model that follows the script. */
const eavesdrop = async (t: TestContext, mode: string, script: Script) => {
  const server = await startModelServer({ script })
  t.after(() => server.close())
  const model = anthropic({ apiKey: server.apiKey, baseUrl: server.url, model: 'claude-haiku-5-5', fetch, clock: systemClock })
  const on = await slackDoor(t, { context: { models: { main: model, small: model, named: () => model } } })
  // The short form of the configuration knows one mode alone.
  for (const channel of on.context.config.slack.alert_channels) Object.assign(channel, { mode })
  await on.post(stock('[FIRING:1] HighErrorRate checkout'))
  const incident = await until(async () => (await incidentsOf(on.context))[0], 'an incident')
  await on.context.db.updateTable('investigation').set({ status: 'complete', ended_at: new Date() }).execute()
  const say = async (text: string, user = 'ana') => {
    const { ts } = await on.workspace.say({ channel: 'alerts', user, text, threadTs: incident.thread_ts! })
    // What is left alone is not stored, so something behind it is waited for that is.
    const marker = await on.workspace.say({ channel: 'alerts', user: 'tom', text: '@vigil status' })
    await until(
      async () => (await on.context.db.selectFrom('inbox').select('key').execute()).some(({ key }) => key.endsWith(marker.ts)),
      'it came',
    )
    await settled(on.context)
    return ts
  }
  const said = async () => (await timelineOf(on.context.db, incident.id)).filter((entry) => entry.type === 'said')
  return { ...on, server, incident, say, said }
}

const classified =
  (meant_for: string, sure: number): Script =>
  () => ({
    content: [{ type: 'tool_use', id: `c${Math.random()}`, name: 'classify', input: { meant_for, sure } }],
  })

test('a question that mentions Vigil in an incident’s thread is taken there, whatever the channel’s mode', async (t) => {
  const on = await eavesdrop(t, 'watch', classified('people', 100))
  await on.say('@vigil why did it begin at three?')
  const [said] = await on.said()
  assert.deepEqual(said?.type === 'said' && [said.kind, said.text, said.name], ['question', 'why did it begin at three?', 'ana'])
  const runs = await on.context.db.selectFrom('investigation').select(['kind', 'status', 'requested_by']).orderBy('number').execute()
  assert.deepEqual(runs.at(-1), { kind: 'question', status: 'pending', requested_by: on.workspace.state.user('ana')!.id })
  assert.equal((await incidentsOf(on.context)).length, 1, 'one thread, one problem')
  assert.equal(on.server.requests.length, 0)
})

test('what a person knows better is kept with the name, and said to be no proof', async (t) => {
  const on = await eavesdrop(t, 'watch', classified('people', 100))
  await on.say('@vigil it was the cache, tom flushed it', 'tom')
  const [said] = await on.said()
  assert.deepEqual(said?.type === 'said' && [said.kind, said.name], ['correction', 'tom'])
  const answer = await until(() => saidBy(on.workspace, on.alerts).find((one) => /Noted/.test(wordsOf(one))), 'an answer')
  assert.match(wordsOf(answer), /Noted as your word, not as proof/)
  await on.say('@vigil thanks a lot, that helped')
  assert.equal((await on.said()).length, 1)
})

test('in an eager channel a question without a mention is answered when the small model is sure', async (t) => {
  const on = await eavesdrop(t, 'eager', classified('vigil', 97))
  await on.say('which version is failing?')
  assert.equal((await on.said()).length, 1)
  const request = JSON.stringify(on.server.requests[0]?.body)
  assert.match(request, /which version is failing\?/)
  assert.match(request, /Whom is the last message meant for/)
})

test('in doubt, on failure, in other modes and among people nobody is answered', async (t) => {
  const unsure = await eavesdrop(t, 'eager', classified('vigil', 80))
  await unsure.say('which version is failing?')
  assert.deepEqual([await unsure.said(), unsure.server.requests.length], [[], 1])
  await unsure.say('hey <@U0TOM> which version is failing?')
  await unsure.say('restarting checkout now')
  assert.equal(unsure.server.requests.length, 1, 'talk among people reaches no model')

  for (const script of [
    classified('people', 100),
    classified('nonsense', 100),
    [{ status: 500 }],
    [{ content: [{ type: 'text', text: 'vigil, sure' }] }],
  ] as Script[]) {
    const on = await eavesdrop(t, 'eager', script)
    await on.say('which version is failing?')
    assert.deepEqual(await on.said(), [])
  }
  const stored = await unsure.context.db.selectFrom('inbox').select('body').execute()
  assert.equal(
    stored.some(({ body }) => JSON.stringify(body).includes('restarting checkout')),
    false,
    'nor the database',
  )
  const watching = await eavesdrop(t, 'watch', classified('vigil', 100))
  await watching.say('which version is failing?')
  assert.deepEqual([await watching.said(), watching.server.requests.length], [[], 0])
})
