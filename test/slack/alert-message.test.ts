import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incidentsOf, settled, slackDoor, stock, until } from './door.ts'

test('an alert post starts exactly one intake, with the post as its thread', async (t) => {
  const { context, post, workspace, alerts } = await slackDoor(t)
  await post(stock('[FIRING:1] HighErrorRate checkout (critical)'))
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  await settled(context)
  const ts = workspace.state.channel('alerts')!.messages[0]!.ts
  assert.equal((await incidentsOf(context)).length, 1)
  assert.deepEqual([incident.channel, incident.thread_ts, incident.anchor, incident.alertname], [alerts, ts, 'alert', 'HighErrorRate'])
  const stored = await context.db.selectFrom('post').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(
    [stored.ts, stored.subject, stored.receiver, stored.incident_id],
    [ts, 'HighErrorRate checkout (critical)', 'vigil', incident.id],
  )
})

test('one envelope that comes several times over two connections is one intake', async (t) => {
  const { context, post, workspace } = await slackDoor(t)
  workspace.faults.duplicateNext(3)
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  await post(stock('[FIRING:1] SlowAnswers cart'))
  await until(async () => (await incidentsOf(context)).length === 2, 'two incidents')
  await settled(context)
  const alerts = await context.db.selectFrom('alert').select('count').execute()
  assert.deepEqual(
    alerts.map((alert) => alert.count),
    [1, 1],
  )
  assert.equal((await context.db.selectFrom('inbox').select('key').execute()).length, 2)
})

test('bots that nobody named, resolved posts, other channels and people start nothing, and the silence has a reason', async (t) => {
  const { context, post, workspace, clients, alerts } = await slackDoor(t)
  const stranger = workspace.webhookUrl('alerts', 'Evil')
  const elsewhere = workspace.webhookUrl('oncall', 'Alertmanager')
  await fetch(stranger, { method: 'POST', body: JSON.stringify(stock('[FIRING:1] HighErrorRate checkout')) })
  await fetch(elsewhere, { method: 'POST', body: JSON.stringify(stock('[FIRING:1] HighErrorRate checkout')) })
  await post(stock('[RESOLVED] HighErrorRate checkout'))
  await clients.interactive.chat.postMessage({ channel: alerts, text: '[FIRING:1] HighErrorRate ours' })
  const human = await workspace.say({ channel: 'alerts', user: 'ana', text: '[FIRING:1] HighErrorRate checkout' })
  await workspace.say({ channel: 'alerts', user: 'tom', text: 'what is it, @ana? [FIRING:2] X', threadTs: human.ts })
  await workspace.editMessage({ channel: 'alerts', ts: human.ts, text: '[FIRING:9] HighErrorRate edited' })
  await until(async () => (await context.db.selectFrom('timeline').select('id').execute()).length === 2, 'two decisions')
  await settled(context)
  assert.deepEqual(await incidentsOf(context), [])
  const decisions = await context.db.selectFrom('timeline').select('data').execute()
  assert.deepEqual(decisions.map(({ data }) => (data as { reason: string }).reason).sort(), ['not_firing', 'unknown_bot'])
  const stored = JSON.stringify(await context.db.selectFrom('inbox').select('body').execute())
  assert.equal(stored.includes('what is it'), false, 'what people say to each other is not kept')
})

test('a bot can be named by the name of its app, and by nothing that the message says of itself', async (t) => {
  const { context, workspace } = await slackDoor(t, { env: { VIGIL_ALERT_BOTS: 'Pager' } })
  const trusted = workspace.webhookUrl('alerts', 'Pager')
  const liar = workspace.webhookUrl('alerts', 'Evil')
  await fetch(liar, { method: 'POST', body: JSON.stringify({ ...stock('[FIRING:1] Lie checkout'), username: 'Pager' }) })
  await fetch(trusted, { method: 'POST', body: JSON.stringify(stock('[FIRING:1] Truth checkout')) })
  await until(async () => (await incidentsOf(context)).length > 0, 'an incident')
  await settled(context)
  assert.deepEqual(
    (await incidentsOf(context)).map((incident) => incident.alertname),
    ['Truth'],
  )
})

test('an empty list of bots believes nobody, and a channel may be named instead of its id', async (t) => {
  const { context, post } = await slackDoor(t, { env: { VIGIL_ALERT_BOTS: '', VIGIL_ALERT_CHANNELS: '#alerts,#nowhere' } })
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  const decision = await until(async () => (await context.db.selectFrom('timeline').selectAll().execute())[0], 'a decision')
  assert.equal((decision.data as { reason: string }).reason, 'unknown_bot')
  assert.deepEqual(await incidentsOf(context), [])
})

test('an edited post never begins anything; what an alert was edited to joins its incident', async (t) => {
  const { context, workspace, alerts } = await slackDoor(t, { env: { VIGIL_ALERT_BOTS: 'Alertmanager' } })
  const chat = await workspace.postAsBot({ channel: 'alerts', bot: 'Alertmanager', text: 'I am new here' })
  await settled(context)
  await workspace.editMessage({ channel: 'alerts', ts: chat.ts, text: '[FIRING:1] HighErrorRate sneaked in' })
  const alert = await workspace.postAsBot({ channel: 'alerts', bot: 'Alertmanager', ...stock('[FIRING:1] HighErrorRate checkout') })
  await until(async () => (await incidentsOf(context)).length === 1, 'an incident')
  await settled(context)
  await workspace.editMessage({ channel: 'alerts', ts: alert.ts, ...stock('[RESOLVED] HighErrorRate checkout') })
  await until(async () => (await context.db.selectFrom('alert').select('status').execute())[0]?.status === 'resolved', 'it is resolved')
  await settled(context)
  const incidents = await incidentsOf(context)
  assert.deepEqual(
    incidents.map(({ channel, thread_ts }) => [channel, thread_ts]),
    [[alerts, alert.ts]],
  )
  assert.equal(incidents[0]?.status, 'open', 'resolved is a message, not recovery')
})

test('a channel that is off is left alone, and says why when asked', async (t) => {
  const { context, post } = await slackDoor(t, { context: {} })
  const setting = context.config.slack.alert_channels[0]!
  setting.mode = 'off'
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  const decision = await until(async () => (await context.db.selectFrom('timeline').selectAll().execute())[0], 'a decision')
  assert.equal((decision.data as { reason: string }).reason, 'channel_off')
  assert.deepEqual(await incidentsOf(context), [])
})

test('a post that was missed is read when Slack is back, once, and nothing from before the first start is', async (t) => {
  const { context, post, workspace, connect, alerts } = await slackDoor(t, { isConnected: false })
  await post(stock('[FIRING:1] Ancient history'))
  await connect()
  await until(async () => (await context.db.selectFrom('slack_cursor').selectAll().execute()).length === 1, 'a cursor')
  workspace.faults.down()
  await until(() => workspace.connections() === 0, 'no socket')
  const bot = context.config.slack.alert_channels[0]!.bots[0]!
  await workspace.postAsBot({ channel: 'alerts', bot, ...stock('[FIRING:1] HighErrorRate checkout') })
  await workspace.say({ channel: 'alerts', user: 'ana', text: 'is Vigil away?' })
  workspace.faults.up()
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  await settled(context)
  await until(() => workspace.state.calls.some((call) => call.method === 'conversations.history'), 'the history is read')
  assert.equal((await incidentsOf(context)).length, 1)
  assert.equal(incident.alertname, 'HighErrorRate')
  assert.equal(incident.thread_ts, workspace.state.channel('alerts')!.messages[1]!.ts)
  await until(async () => {
    const cursor = await context.db.selectFrom('slack_cursor').select('ts').where('channel', '=', alerts).executeTakeFirst()
    return Number(cursor?.ts) >= Number(incident.thread_ts)
  }, 'the cursor is past it')
  // Slack sends again what was not acknowledged: the same message, which is in the inbox already.
  const event = { type: 'message', channel: alerts, ...stock('[FIRING:1] HighErrorRate checkout'), bot_id: bot, ts: incident.thread_ts }
  workspace.sendEvent(event)
  await new Promise((resolve) => setTimeout(resolve, 200))
  await settled(context)
  assert.equal((await context.db.selectFrom('alert').select('count').executeTakeFirstOrThrow()).count, 1)
})

test('in a channel that is shared with another organisation nothing starts, unless the configuration allows it', async (t) => {
  const shared = { workspace: { channels: [{ name: 'alerts', isExtShared: true }] } }
  const closed = await slackDoor(t, shared)
  await closed.post(stock('[FIRING:1] HighErrorRate checkout'))
  const decision = await until(
    () => closed.context.db.selectFrom('timeline').select('data').where('type', '=', 'skipped').executeTakeFirst(),
    'the decision',
  )
  assert.equal((decision.data as { reason: string }).reason, 'shared_channel')
  assert.equal((await closed.context.db.selectFrom('incident').selectAll().execute()).length, 0)
})
