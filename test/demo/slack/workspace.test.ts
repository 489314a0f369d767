import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, connect, loose, until, type Wire, webClient } from './app.ts'

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const button = (more = {}) => ({
  type: 'button',
  action_id: 'take',
  text: { type: 'plain_text', text: "I'm on it" },
  value: 'INC-1',
  ...more,
})
const modal = (more = {}) => ({
  type: 'modal' as const,
  callback_id: 'why',
  title: { type: 'plain_text' as const, text: 'What was wrong?' },
  submit: { type: 'plain_text' as const, text: 'Send' },
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why' },
      element: { type: 'plain_text_input', action_id: 'text' },
    },
  ],
  ...more,
})
const alertsOf = (workspace: Wire) => workspace.state.channel('alerts')

test('a post, a reply and an edit come back from the history with their metadata, and each is an event', async (t) => {
  const { workspace, web, events } = await connect(t)
  const channel = alertsOf(workspace).id
  const parent = await web.chat.postMessage({ channel, text: 'first', metadata: { event_type: 'vigil', event_payload: { key: 'k1' } } })
  const reply = await web.chat.postMessage({ channel, text: 'second', thread_ts: parent.ts!, blocks: [section('*second*')] })
  assert.equal(reply.message?.thread_ts, parent.ts)
  await web.chat.update({ channel, ts: reply.ts!, text: 'third', blocks: [section('*third*')] })
  const thread = await web.conversations.replies({ channel, ts: parent.ts!, include_all_metadata: true })
  assert.deepEqual(
    thread.messages?.map((message) => message.text),
    ['first', 'third'],
  )
  assert.deepEqual(thread.messages?.[0]?.metadata?.event_payload, { key: 'k1' })
  const plain = await web.conversations.history({ channel })
  assert.equal(plain.messages?.length, 1)
  assert.equal(plain.messages?.[0]?.metadata, undefined)
  await until(() => events().some((event) => event.subtype === 'message_changed'), 'message_changed')
  const own = events().filter((event) => event.type === 'message')
  assert.deepEqual(
    own.map((event) => [event.subtype, event.bot_id ?? event.message?.bot_id]),
    [
      [undefined, workspace.botId],
      [undefined, workspace.botId],
      ['message_changed', workspace.botId],
    ],
  )
})

test('blocks that Slack would refuse are refused with the place of each fault', async (t) => {
  const { workspace, web } = await connect(t, { sockets: 0 })
  const channel = alertsOf(workspace).id
  const error: Wire = await web.chat.postMessage({ channel, text: 'x', blocks: [section('y'.repeat(3001))] }).catch((e) => e)
  assert.equal(codeOf(error), 'invalid_blocks')
  assert.match(error.data.response_metadata.messages[0], /must be less than 3001 characters \[json-pointer:\/blocks\/0\/text\/text\]/)
  assert.equal(alertsOf(workspace).messages.length, 0)
})

test('errors carry the codes of Slack', async (t) => {
  const { workspace, web } = await connect(t, {
    sockets: 0,
    scopes: ['chat:write', 'channels:read', 'reactions:write', 'users:read', 'usergroups:read'],
  })
  const channel = alertsOf(workspace).id
  const general = workspace.state.channel('general')!.id
  const codes: Record<string, Promise<unknown>> = {
    channel_not_found: web.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }),
    not_in_channel: web.chat.postMessage({ channel: general, text: 'x' }),
    no_text: web.chat.postMessage({ channel, text: '' }),
    msg_too_long: web.chat.postMessage({ channel, text: 'x'.repeat(40_001) }),
    message_not_found: web.chat.update({ channel, ts: '1.000001', text: 'x' }),
    missing_scope: web.conversations.history({ channel }),
    invalid_name: web.reactions.add({ channel, name: 'Not A Name', timestamp: '1.1' }),
    user_not_found: web.users.info({ user: 'U0NOBODY' }),
    not_found: web.usergroups.users.list({ usergroup: 'S0NONE' }),
    unknown_method: web.apiCall('chat.startStream', {}),
    invalid_auth: web.auth.test({ token: 'xoxb-wrong' }),
    not_allowed_token_type: web.apps.connections.open(),
    invalid_trigger_id: web.views.open({ trigger_id: 'never', view: loose(modal()) }),
  }
  for (const [code, call] of Object.entries(codes)) assert.equal(codeOf(await call.catch((error) => error)), code)
  const theirs = await workspace.say({ channel, user: 'ana', text: 'mine' })
  assert.equal(codeOf(await web.chat.update({ channel, ts: theirs.ts, text: 'x' }).catch((e) => e)), 'cant_update_message')
  const auth = await web.auth.test()
  assert.deepEqual([auth.user_id, auth.response_metadata?.scopes?.[0]], [workspace.botUserId, 'chat:write'])
})

test('a reply to a thread whose parent is gone stands at the top level, without an error', async (t) => {
  const { workspace, web } = await connect(t, { sockets: 0 })
  const alert = await workspace.postAsBot({ channel: 'alerts', bot: 'Grafana', text: 'alert' })
  await workspace.deleteMessage({ channel: 'alerts', ts: alert.ts })
  const reply = await web.chat.postMessage({ channel: alertsOf(workspace).id, text: 'reply', thread_ts: alert.ts })
  assert.equal(reply.message?.thread_ts, undefined)
})

test('a mention is a message and an app_mention with one ts and two event ids', async (t) => {
  const { workspace, received } = await connect(t)
  const said = await workspace.say({ channel: 'alerts', user: 'ana', text: '@vigil why is a < b? see https://x.test/a?b=1&c=2' })
  assert.equal(said.text, `<@${workspace.botUserId}> why is a &lt; b? see <https://x.test/a?b=1&amp;c=2>`)
  await until(() => received.length === 2, 'two events')
  assert.deepEqual(received.map((one) => one.body.event.type).sort(), ['app_mention', 'message'])
  assert.deepEqual(new Set(received.map((one) => one.body.event.ts)).size, 1)
  assert.deepEqual(new Set(received.map((one) => one.body.event_id)).size, 2)
})

test('a webhook posts as Alertmanager does: bot_message, colour as digits, fallback, callback_id and footer kept', async (t) => {
  const { workspace, events } = await connect(t)
  const url = workspace.webhookUrl('alerts', 'Alertmanager')
  const attachment = {
    title: '[FIRING:1] HighCPU',
    title_link: 'http://am/#/alerts?receiver=x',
    text: '',
    color: 'danger',
    callback_id: 'f1',
    footer: 'vigil f1',
    mrkdwn_in: ['text'],
  }
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ channel: '#alerts', username: 'Alertmanager', attachments: [attachment] }),
  })
  assert.deepEqual([answer.status, await answer.text()], [200, 'ok'])
  const event = await until(() => events()[0], 'the event')
  assert.equal(event.subtype, 'bot_message')
  assert.equal(event.bot_id, workspace.state.bot('Alertmanager')!.id)
  assert.equal(event.user, undefined)
  const { color, fallback, callback_id, footer, id } = event.attachments[0]
  assert.deepEqual(
    { color, fallback, callback_id, footer, id },
    { color: 'a30200', fallback: '[FIRING:1] HighCPU', callback_id: 'f1', footer: 'vigil f1', id: 1 },
  )
  assert.equal('text' in event.attachments[0], false)
  const refused = await fetch(url, { method: 'POST', body: '{}' })
  assert.deepEqual([refused.status, await refused.text()], [400, 'no_text'])
  await workspace.postAsBot({ channel: 'alerts', bot: 'Grafana', text: 'firing' })
  const modern = await until(() => events()[1], 'the second event')
  assert.deepEqual(
    [modern.subtype, typeof modern.user, typeof modern.bot_id, typeof modern.app_id],
    [undefined, 'string', 'string', 'string'],
  )
})

test('a limited channel answers 429 with Retry-After and the others pass; the built-in rate does the same', async (t) => {
  const { workspace, web } = await connect(t, { sockets: 0, rates: true })
  const channel = alertsOf(workspace).id
  const other = workspace.state.channel('oncall')!.id
  workspace.faults.rateLimit('chat.postMessage', 30, channel)
  const limited: Wire = await web.chat.postMessage({ channel, text: 'x' }).catch((e) => e)
  assert.deepEqual([limited.code, limited.retryAfter], ['slack_webapi_rate_limited_error', 30])
  const burst = await Promise.allSettled(
    Array.from({ length: 8 }, () => webClient(workspace).chat.postMessage({ channel: other, text: 'x' })),
  )
  assert.equal(burst.filter((one) => one.status === 'fulfilled').length, 5)
})

test('an unacknowledged event comes three times more with the same event_id, and a press only once', async (t) => {
  const { workspace, web, received } = await connect(t, { acks: false, retryScale: 0.001, ackSeconds: 0.1 })
  await workspace.say({ channel: 'alerts', user: 'ana', text: 'hello' })
  await until(() => received.length === 4, 'four deliveries')
  assert.equal(new Set(received.map((one) => one.body.event_id)).size, 1)
  assert.deepEqual(
    received.map((one) => [one.retry_num, one.retry_reason]),
    [
      [0, ''],
      [1, 'timeout'],
      [2, 'timeout'],
      [3, 'timeout'],
    ],
  )
  received.length = 0
  const posted = await web.chat.postMessage({
    channel: alertsOf(workspace).id,
    text: 'x',
    blocks: loose([{ type: 'actions', elements: [button()] }]),
  })
  const result = await workspace.press({ channel: 'alerts', ts: posted.ts!, user: 'ana', actionId: 'take' })
  assert.deepEqual([result.acked, result.reason], [false, 'timed out after 0.1 s'])
  assert.equal(received.filter((one) => one.type === 'interactive').length, 1)
})

test('a press carries who, where and what; its response_url answers the presser alone', async (t) => {
  const { workspace, web, received } = await connect(t)
  const channel = alertsOf(workspace).id
  const confirm = {
    title: { type: 'plain_text', text: 'Sure?' },
    text: { type: 'plain_text', text: 'Take it' },
    confirm: { type: 'plain_text', text: 'Yes' },
    deny: { type: 'plain_text', text: 'No' },
  }
  const posted = await web.chat.postMessage({
    channel,
    text: 'x',
    blocks: loose([{ type: 'actions', block_id: 'b1', elements: [button({ confirm })] }]),
  })
  const result = await workspace.press({ channel: 'alerts', ts: posted.ts!, user: 'tom', actionId: 'take' })
  assert.equal(result.acked, true)
  const { body } = received.find((one) => one.type === 'interactive')!
  assert.equal(body.user.id, workspace.state.user('tom')!.id)
  assert.deepEqual(
    [body.container.message_ts, body.channel.id, body.actions[0].value, body.actions[0].block_id],
    [posted.ts, channel, 'INC-1', 'b1'],
  )
  const answer = await fetch(body.response_url, {
    method: 'POST',
    body: JSON.stringify({ text: 'Not allowed', response_type: 'ephemeral' }),
  })
  assert.equal(answer.status, 200)
  assert.equal(alertsOf(workspace).messages.at(-1).ephemeralFor, body.user.id)
  assert.equal((await web.conversations.history({ channel })).messages?.length, 1)
  await assert.rejects(workspace.press({ channel: 'alerts', ts: posted.ts!, user: 'eve', actionId: 'take' }), /deactivated/)
})

test('feedback buttons and an overflow menu say which of theirs was chosen', async (t) => {
  const { workspace, web, received } = await connect(t)
  const text = (value: string) => ({ type: 'plain_text', text: value })
  const blocks = [
    {
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: 'rate',
          positive_button: { text: text('Good'), value: 'up' },
          negative_button: { text: text('Bad'), value: 'down' },
        },
      ],
    },
    {
      type: 'actions',
      elements: [
        {
          type: 'overflow',
          action_id: 'more',
          options: [
            { text: text('Stop'), value: 'stop' },
            { text: text('Mute'), value: 'mute' },
          ],
        },
      ],
    },
  ]
  const posted = await web.chat.postMessage({ channel: alertsOf(workspace).id, text: 'x', blocks: loose(blocks) })
  await workspace.press({ channel: 'alerts', ts: posted.ts!, user: 'ana', actionId: 'rate', value: 'down' })
  await workspace.press({ channel: 'alerts', ts: posted.ts!, user: 'ana', actionId: 'more', selectedOption: 'mute' })
  const actions = received.filter((one) => one.type === 'interactive').map((one) => one.body.actions[0])
  assert.deepEqual([actions[0].type, actions[0].value, actions[1].selected_option.value], ['feedback_buttons', 'down', 'mute'])
})

test('a trigger opens one modal within 3 s; submitting it goes by the acknowledgement', async (t) => {
  const { workspace, web, received, sockets } = await connect(t, { acks: false })
  const answers: Record<string, unknown>[] = [{ response_action: 'errors', errors: { reason: 'Too short' } }, {}]
  sockets[0]!.on('slack_event', async (event: Wire) => event.ack(event.body.type === 'view_submission' ? answers.shift() : undefined))
  const blocks = [{ type: 'actions', elements: [button()] }]
  const posted = await web.chat.postMessage({ channel: alertsOf(workspace).id, text: 'x', blocks: loose(blocks) })
  await workspace.press({ channel: 'alerts', ts: posted.ts!, user: 'ana', actionId: 'take' })
  const trigger_id = received.find((one) => one.type === 'interactive')!.body.trigger_id
  const open = (view: unknown) => web.views.open({ trigger_id, view: loose(view) }).then(() => 'opened', codeOf)
  assert.equal(await open(modal({ callback_id: 'x'.repeat(256) })), 'invalid_arguments')
  assert.equal(await open(modal()), 'opened')
  assert.equal(await open(modal()), 'exchanged_trigger_id')
  await workspace.shortcut({ callbackId: 'triage', channel: 'alerts', ts: posted.ts!, user: 'ana' })
  const second = received.find((one) => one.body.type === 'message_action')!.body
  assert.equal(second.message.ts, posted.ts)
  const opened = await web.views.open({ trigger_id: second.trigger_id, view: loose(modal({ private_metadata: 'INC-1' })) })
  const viewId = opened.view!.id!
  assert.equal((await workspace.submitView({ viewId, user: 'ana' })).acked, false)
  const submit = (value: string) => workspace.submitView({ viewId, user: 'ana', values: { reason: { text: value } } })
  assert.equal((await submit('no')).acked, true)
  assert.deepEqual(workspace.state.views.get(viewId)?.errors, { reason: 'Too short' })
  await submit('It blamed the wrong deploy')
  assert.equal(workspace.state.views.size, 0)
  const { view } = received.filter((one) => one.body.type === 'view_submission').at(-1)!.body
  assert.deepEqual([view.private_metadata, view.state.values.reason.text.value], ['INC-1', 'It blamed the wrong deploy'])
})

test('an expired trigger opens nothing', async (t) => {
  const { workspace, web, received } = await connect(t)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  await workspace.slash({ command: '/vigil', text: 'triage', channel: 'alerts', user: 'ana' })
  const { trigger_id } = received.find((one) => one.type === 'slash_commands')!.body
  t.mock.timers.tick(3001)
  assert.equal(codeOf(await web.views.open({ trigger_id, view: loose(modal()) }).catch((e) => e)), 'expired_trigger_id')
})

test('a command is sent with its text, its answer is for the person alone, and in a thread it is refused', async (t) => {
  const { workspace, received, sockets } = await connect(t, { acks: false })
  sockets[0]!.on('slack_event', (event: Wire) => event.ack({ text: '2 open' }))
  const thread = await workspace.say({ channel: 'alerts', user: 'tom', text: 'hi' })
  const refused = await workspace.slash({ command: '/vigil', text: 'status', channel: 'alerts', user: 'ana', threadTs: thread.ts })
  assert.equal(refused.acked, false)
  assert.equal((await workspace.slash({ command: '/vigil', text: 'status', channel: 'alerts', user: 'ana' })).acked, true)
  const commands = received.filter((one) => one.type === 'slash_commands')
  assert.deepEqual(
    commands.map((one) => [one.body.command, one.body.text]),
    [['/vigil', 'status']],
  )
  const answer = alertsOf(workspace).messages.at(-1)
  assert.deepEqual([answer.text, answer.ephemeralFor], ['2 open', workspace.state.user('ana')!.id])
})

test('several connections share the payloads', async (t) => {
  const { workspace, received, sockets } = await connect(t, { sockets: 2 })
  const counts = sockets.map(() => 0)
  for (const [index, socket] of sockets.entries()) socket.on('slack_event', () => counts[index]!++)
  for (let index = 0; index < 6; index += 1) await workspace.say({ channel: 'alerts', user: 'ana', text: `m${index}` })
  await until(() => received.length === 6, 'six events')
  assert.deepEqual(counts, [3, 3])
  assert.equal(workspace.connections(), 2)
})

test('hello counts the connections, and an eleventh is turned away', async (t) => {
  const { workspace } = await connect(t, { sockets: 0 })
  const web = webClient(workspace, { headers: { Authorization: `Bearer ${workspace.appToken}` } })
  const first: Wire[] = []
  for (let index = 0; index < 11; index += 1) {
    const { url } = await web.apps.connections.open()
    const socket = new WebSocket(url!)
    first.push(await new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(JSON.parse(data)), { once: true })))
    t.after(() => socket.close())
  }
  assert.deepEqual(
    first.map((message) => message.num_connections ?? message.reason),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 'too_many_websockets'],
  )
  assert.equal(first[0].connection_info.app_id, workspace.appId)
  assert.equal(workspace.connections(), 10)
})

test('a ticket is good for one socket, and while connections are refused there is none', async (t) => {
  const { workspace } = await connect(t, { sockets: 0 })
  const web = webClient(workspace, { headers: { Authorization: `Bearer ${workspace.appToken}` } })
  const { url } = await web.apps.connections.open()
  const outcome = () =>
    new Promise((resolve) => {
      const socket = new WebSocket(url!)
      for (const type of ['open', 'error']) socket.addEventListener(type, () => resolve(type))
      t.after(() => socket.close())
    })
  assert.deepEqual([await outcome(), await outcome()], ['open', 'error'])
  workspace.faults.refuseConnections(true)
  await assert.rejects(web.apps.connections.open(), { statusCode: 503 })
})

test('a long history comes in pages, newest first, within its bounds', async (t) => {
  const { workspace, web } = await connect(t, { sockets: 0 })
  const said = []
  for (const text of ['a', 'b', 'c', 'd', 'e']) said.push(await workspace.say({ channel: 'alerts', user: 'ana', text }))
  const channel = alertsOf(workspace).id
  const pages: string[][] = []
  for await (const page of web.paginate('conversations.history', { channel, limit: 2 }))
    pages.push(loose(page).messages.map((message: Wire) => message.text))
  assert.deepEqual(pages, [['e', 'd'], ['c', 'b'], ['a']])
  const bounds = { channel, oldest: said[1]!.ts, latest: said[3]!.ts }
  const texts = async (more: object) => (await web.conversations.history({ ...bounds, ...more })).messages?.map((message) => message.text)
  assert.deepEqual([await texts({}), await texts({ inclusive: true })], [['c'], ['d', 'c', 'b']])
})

test('a duplicated envelope arrives twice, held events come in order after the release', async (t) => {
  const { workspace, received } = await connect(t)
  workspace.faults.duplicateNext(1)
  await workspace.say({ channel: 'alerts', user: 'ana', text: 'one' })
  await until(() => received.length === 2, 'both')
  assert.equal(new Set(received.map((one) => one.body.event_id)).size, 1)
  workspace.faults.holdEvents()
  for (const text of ['two', 'three']) await workspace.say({ channel: 'alerts', user: 'ana', text })
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(received.length, 2)
  workspace.faults.releaseEvents()
  await until(() => received.length === 4, 'the held ones')
  assert.deepEqual(
    received.slice(2).map((one) => one.body.event.text),
    ['two', 'three'],
  )
})

test('after a refresh, a cut and an outage the client is back and gets what was retried', async (t) => {
  const { workspace, web, received } = await connect(t, { retryScale: 0.02 })
  workspace.faults.refresh()
  await until(() => workspace.connections() === 0, 'closed')
  await until(() => workspace.connections() === 1, 'back after the refresh')
  workspace.faults.dropConnections()
  await until(() => workspace.connections() === 1, 'back after the cut')
  workspace.faults.dropConnections()
  assert.equal(workspace.connections(), 0)
  await workspace.say({ channel: 'alerts', user: 'ana', text: 'while away' })
  const late = await until(() => received.find((one) => one.body.event?.text === 'while away'), 'the retry')
  assert.ok(late.retry_num! > 0)
  assert.equal(late.retry_reason, 'connection_failed')
  workspace.faults.down()
  await assert.rejects(web.auth.test())
  workspace.faults.up()
  assert.equal((await web.auth.test()).ok, true)
})

test('silence keeps the socket open but nothing comes, so the client gives up by its own pings', async (t) => {
  const { workspace, sockets } = await connect(t)
  let closed = 0
  sockets[0]!.on('close', () => closed++)
  workspace.faults.silence(true)
  await until(() => closed > 0, 'the client gives up')
  workspace.faults.silence(false)
  await until(() => workspace.connections() === 1, 'it comes back')
})

test('cut after accept leaves the message there, cut before and a 503 do not', async (t) => {
  const { workspace, web } = await connect(t, { sockets: 0 })
  const channel = alertsOf(workspace).id
  const texts = () => alertsOf(workspace).messages.map((message: Wire) => message.text)
  workspace.faults.failNext('chat.postMessage', 'cut_before')
  await assert.rejects(web.chat.postMessage({ channel, text: 'one' }))
  workspace.faults.failNext('chat.postMessage', 503)
  await assert.rejects(web.chat.postMessage({ channel, text: 'two' }))
  assert.deepEqual(texts(), [])
  workspace.faults.failNext('chat.postMessage', 'cut_after_accept')
  await assert.rejects(web.chat.postMessage({ channel, text: 'three' }))
  assert.deepEqual(texts(), ['three'])
  workspace.faults.failNext('chat.postMessage', 'hang')
  await assert.rejects(webClient(workspace, { timeout: 100 }).chat.postMessage({ channel, text: 'four' }))
  workspace.faults.failNext('chat.postMessage', 'fatal_error')
  assert.equal(codeOf(await web.chat.postMessage({ channel, text: 'five' }).catch((e) => e)), 'fatal_error')
  assert.deepEqual(texts(), ['three'])
  assert.deepEqual(
    workspace.state.calls.map((call) => call.status),
    [0, 503, 0, 0, 200],
  )
})

test('reactions are given once and taken back, by the app and by people', async (t) => {
  const { workspace, web, events } = await connect(t)
  const channel = alertsOf(workspace).id
  const alert = await workspace.postAsBot({ channel, bot: 'Grafana', text: 'alert' })
  await web.reactions.add({ channel, timestamp: alert.ts, name: 'mag' })
  assert.equal(codeOf(await web.reactions.add({ channel, timestamp: alert.ts, name: 'mag' }).catch((e) => e)), 'already_reacted')
  await workspace.react({ channel, ts: alert.ts, user: 'ana', name: 'eyes' })
  await web.reactions.remove({ channel, timestamp: alert.ts, name: 'mag' })
  assert.equal(codeOf(await web.reactions.remove({ channel, timestamp: alert.ts, name: 'mag' }).catch((e) => e)), 'no_reaction')
  await until(() => events().filter((event) => event.type.startsWith('reaction')).length === 3, 'three events')
  assert.deepEqual(
    events()
      .filter((event) => event.reaction === 'eyes')
      .map((event) => event.user),
    [workspace.state.user('ana')!.id],
  )
})

test('people, channels and user groups can be asked for', async (t) => {
  const { workspace, web, events } = await connect(t, { usergroups: [{ handle: 'oncall', users: ['ana', 'tom'] }] })
  const { usergroups } = await web.usergroups.list({})
  const users = await web.usergroups.users.list({ usergroup: usergroups![0]!.id! })
  assert.deepEqual(users.users, [workspace.state.user('ana')!.id, workspace.state.user('tom')!.id])
  const kim = await web.users.info({ user: workspace.state.user('kim')!.id })
  assert.equal(kim.user?.is_restricted, true)
  const mine = await web.users.conversations({ types: 'public_channel,private_channel' })
  assert.deepEqual(
    mine.channels?.map((channel) => channel.name),
    ['alerts', 'oncall'],
  )
  const general = workspace.state.channel('general')!.id
  await web.conversations.join({ channel: general })
  const joined = await until(() => events().find((event) => event.type === 'member_joined_channel'), 'the join')
  assert.deepEqual([joined.user, joined.channel], [workspace.botUserId, general])
  const direct = await web.conversations.open({ users: workspace.state.user('ana')!.id })
  await workspace.say({ channel: direct.channel!.id!, user: 'ana', text: 'hello' })
  await until(() => events().some((event) => event.channel_type === 'im'), 'the direct message')
  const link = await web.chat.getPermalink({
    channel: alertsOf(workspace).id,
    message_ts: (await workspace.say({ channel: 'alerts', user: 'ana', text: 'x' })).ts,
  })
  assert.match(link.permalink!, /\/archives\/C\d+\/p\d{16}$/)
})

test('a file is uploaded in three steps and stands in the thread', async (t) => {
  const { workspace, web } = await connect(t, { sockets: 0 })
  const channel = alertsOf(workspace).id
  const parent = await web.chat.postMessage({ channel, text: 'x' })
  await web.filesUploadV2({ channel_id: channel, thread_ts: parent.ts!, filename: 'evidence.txt', content: 'E1 = 12.4 %' })
  const file = alertsOf(workspace).messages.at(-1).files[0]
  assert.deepEqual([file.name, Buffer.from(file.content).toString().includes('E1 = 12.4 %')], ['evidence.txt', true])
})
