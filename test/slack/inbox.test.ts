import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import { TransientError } from '../../src/errors.ts'
import type { Queue } from '../../src/queue/queue.ts'
import { incidentsOf, saidBy, settled, slackDoor, stock, until } from './door.ts'

/** A process that dies between the acknowledgement and the work: it takes envelopes and never comes to handle one. */
const withoutWorkers = (queue: Queue): Queue => ({ ...queue, work: async () => undefined })

test('what was acknowledged before a crash is handled after it', async (t) => {
  const { context, post, workspace, connect, alerts } = await slackDoor(t, { isConnected: false })
  const dying = await connect({ queue: withoutWorkers(context.queue) })
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  await workspace.say({ channel: 'alerts', user: 'ana', text: '@vigil status' })
  await until(async () => (await context.db.selectFrom('inbox').select('key').execute()).length === 2, 'two rows')
  assert.deepEqual(await incidentsOf(context), [])
  await dying.close()
  await connect()
  await settled(context)
  assert.equal((await incidentsOf(context)).length, 1)
  assert.equal(saidBy(workspace, alerts).length, 1)
})

test('while the database is gone nothing is acknowledged, and what Slack sends again later is handled', async (t) => {
  let isGone = false
  const { context, post, workspace, connect } = await slackDoor(t, { isConnected: false })
  const transaction = () => {
    if (isGone) throw new TransientError('the database is gone')
    return context.db.transaction()
  }
  const db = new Proxy(context.db, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      return name === 'transaction' ? transaction : typeof value === 'function' ? value.bind(target) : value
    },
  })
  await connect({ db })
  isGone = true
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  // Slack gives each of its first two tries 150 ms here (3 s, scaled).
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.deepEqual(await context.db.selectFrom('inbox').select('key').execute(), [])
  isGone = false
  await until(async () => (await incidentsOf(context)).length === 1, 'the retry is handled')
  await settled(context)
  assert.equal((await context.db.selectFrom('inbox').select('key').execute()).length, 1)
  assert.equal(workspace.connections(), context.config.slack.connections)
})

test('an event whose handling fails is tried again until it succeeds', async (t) => {
  let failures = 2
  const { context, post } = await slackDoor(t, {
    receive: (own) => {
      const receive = createReceive(own)
      return (intake) => (failures-- > 0 ? Promise.reject(new TransientError('not now')) : receive(intake))
    },
  })
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  await until(async () => (await incidentsOf(context)).length === 1, 'the third try')
  await settled(context)
  assert.equal(failures, -1)
})

test('what can never be handled is given up, and whoever mentioned Vigil is told', async (t) => {
  const { context, workspace, alerts, identity } = await slackDoor(t)
  workspace.faults.failNext('chat.postMessage', 'restricted_action')
  const asked = await workspace.say({ channel: 'alerts', user: 'ana', text: '@vigil help' })
  await until(async () => (await context.db.selectFrom('inbox').select('key').execute()).length === 1, 'it is kept')
  await settled(context)
  const row = await context.db.selectFrom('inbox').selectAll().executeTakeFirstOrThrow()
  assert.match(row.error ?? '', /restricted_action/)
  const told = await until(() => saidBy(workspace, alerts)[0], 'a word about it')
  assert.equal(told.threadTs, asked.ts)
  assert.match(told.text, /given up/)
  assert.equal(told.user, identity.botUserId)
})

test('a press is acknowledged at once, and one that a crash left behind is done by a worker', async (t) => {
  const { context, post, workspace, alerts, clients } = await slackDoor(t)
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  await clients.interactive.chat.postMessage({
    channel: alerts,
    text: 'card',
    blocks: [
      { type: 'actions', elements: [{ type: 'button', action_id: 'own', value: incident.id, text: { type: 'plain_text', text: 'Take' } }] },
    ],
  })
  const card = saidBy(workspace, alerts)[0]!
  const result = await workspace.press({ user: 'ana', actionId: 'own', channel: alerts, ts: card.ts })
  assert.deepEqual([result.acked, result.ms < 1000], [true, true])
  await settled(context)
  const ana = workspace.state.user('ana')!.id
  assert.equal((await incidentsOf(context))[0]?.owner, ana)

  const kept = await context.db.selectFrom('inbox').selectAll().where('kind', '=', 'interactive').executeTakeFirstOrThrow()
  const body = JSON.stringify({ ...kept.body, user: { id: workspace.state.user('tom')!.id, team_id: workspace.teamId } })
  await context.db.insertInto('inbox').values({ key: 'left.behind', kind: 'interactive', body }).execute()
  await context.queue.sendNow('inbox', { key: 'left.behind' })
  await settled(context)
  assert.equal((await incidentsOf(context))[0]?.owner, workspace.state.user('tom')!.id)
})

test('a storm notice of Slack, garbage and a cut end neither the process nor the connections', async (t) => {
  const { context, post, workspace, connections, counts } = await slackDoor(t)
  const [connection] = connections
  const notice = {
    token: 't',
    type: 'app_rate_limited',
    team_id: workspace.teamId,
    minute_rate_limited: 1_518_467_820,
    api_app_id: workspace.appId,
  }
  workspace.faults.sendRaw(JSON.stringify({ type: 'events_api', envelope_id: 'e1', payload: notice }))
  workspace.faults.sendRaw(JSON.stringify({ type: 'app_rate_limited', envelope_id: 'e2' }))
  workspace.faults.sendRaw('{"type":')
  workspace.faults.sendRaw('null')
  counts.length = 0
  workspace.faults.dropConnections()
  await until(() => counts.length >= 4 && connection?.connected() === 2, 'both are cut, noticed and back')
  counts.length = 0
  workspace.faults.refresh('refresh_requested')
  await until(() => counts.length >= 2 && connection?.connected() === 2, 'one leaves and is back')
  assert.deepEqual(counts, [1, 2], 'the other stayed')
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  await until(async () => (await incidentsOf(context)).length === 1, 'it still hears')
})

test('with Slack away it goes on trying, and is there when Slack is', async (t) => {
  const { workspace, connections } = await slackDoor(t)
  const [connection] = connections
  workspace.faults.down()
  await until(() => connection?.connected() === 0, 'no socket')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  workspace.faults.up()
  await until(() => connection?.connected() === 2, 'both are back')
})
