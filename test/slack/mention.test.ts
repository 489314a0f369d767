import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertmanagerAlert } from '../../src/datasources/alertmanager.ts'
import type { Sources } from '../../src/datasources/sources.ts'
import type { Workspace } from '../../src/demo/slack/contract.ts'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import { understand } from '../../src/slack/answer.ts'
import { linkedMessage, plainOf } from '../../src/slack/plain.ts'
import { incidentsOf, saidBy, settled, slackDoor, stock, timelineTypes, until, wordsOf } from './door.ts'

const firing = (labels: Record<string, string>, fingerprint: string): AlertmanagerAlert => ({
  fingerprint,
  labels,
  annotations: {},
  startsAt: new Date('2026-11-20T21:00:00Z'),
  endsAt: new Date('2026-11-20T22:00:00Z'),
  generatorURL: 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0',
  state: 'active',
})

const alertmanagerWith =
  (alerts: readonly AlertmanagerAlert[]) =>
  (cluster: string): Sources =>
    cluster === 'default'
      ? {
          alertmanager: {
            endpoint: 'http://alertmanager:9093',
            groups: async () => [],
            alerts: async () => alerts,
            silences: async () => [],
            status: async () => ({ version: '0.28', configYaml: '' }),
          },
        }
      : {}

/** Says it and returns the answer, which stands in the thread of the asking message. */
const ask = async (workspace: Workspace, said: { text: string; threadTs?: string; user?: string; channel?: string }) => {
  const channel = said.channel ?? workspace.state.channel('alerts')!.id
  const before = saidBy(workspace, channel).length
  const { ts, threadTs } = await workspace.say({ user: 'ana', ...said, channel })
  const told = await until(() => saidBy(workspace, channel)[before], `an answer to ${said.text}`)
  assert.equal(told.threadTs, threadTs ?? ts)
  assert.deepEqual(faultsOf({ blocks: told.blocks }), [])
  assert.ok(told.text.length <= 110)
  return { words: wordsOf(told), ts }
}

test('status, help, typos and everything else get a helpful answer, once, in the thread', async (t) => {
  const { workspace, context, alerts } = await slackDoor(t)
  assert.match((await ask(workspace, { text: '@vigil status' })).words, /Nothing is open here/)
  assert.match((await ask(workspace, { text: 'hey @vigil' })).words, /I know: triage, status, why, on it, freeze, unfreeze, help/)
  assert.match((await ask(workspace, { text: '@vigil help' })).words, /on it.*makes you the owner/s)
  assert.match(
    (await ask(workspace, { text: '@vigil statu' })).words,
    /I know: triage, status, why, on it, freeze, unfreeze, help\. Did you mean \*status\*\?/,
  )
  assert.match((await ask(workspace, { text: '@vigil thanks a lot!' })).words, /Or ask me a whole question/)
  assert.match((await ask(workspace, { text: '@vigil why' })).words, /in the thread of an alert/)
  assert.match((await ask(workspace, { text: '@vigil on it' })).words, /in the thread of the alert/)
  const inDirect = await ask(workspace, { text: 'status', channel: workspace.directChannel('ana') })
  assert.match(inDirect.words, /Nothing is open\./)
  await settled(context)
  assert.equal(saidBy(workspace, alerts).length, 7)
  assert.deepEqual(await incidentsOf(context), [])
})

test('in an alert’s thread: status names it, why explains it, triage looks again, on it takes it', async (t) => {
  const { workspace, context, post } = await slackDoor(t)
  await post(stock('[FIRING:1] HighErrorRate <!channel> checkout'))
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  const threadTs = incident.thread_ts!
  const { words: status } = await ask(workspace, { text: '@vigil status', threadTs })
  assert.match(status, /1 open:/)
  assert.match(status, /nobody has it, new/)
  assert.equal(/<!channel>/.test(status), false)
  assert.match((await ask(workspace, { text: '@vigil why', threadTs })).words, /opened, because the alert fired/)
  assert.match((await ask(workspace, { text: '@vigil triage', threadTs })).words, /is being investigated right now/)
  await context.db.updateTable('investigation').set({ status: 'complete' }).execute()
  assert.match((await ask(workspace, { text: '@vigil triage now', threadTs })).words, /Looking at INC-1 again/)
  const runs = await context.db.selectFrom('investigation').select(['number', 'kind', 'requested_by']).orderBy('number').execute()
  assert.deepEqual(runs.at(-1), { number: 2, kind: 'again', requested_by: workspace.state.user('ana')!.id })
  await workspace.say({ channel: 'alerts', user: 'tom', text: '@vigil on it', threadTs })
  await until(async () => (await incidentsOf(context))[0]?.owner === workspace.state.user('tom')!.id, 'an owner')
  assert.match((await ask(workspace, { text: '@vigil status' })).words, /tom, new/)
  const link = `${workspace.url}/archives/${incident.channel}/p${threadTs.replace('.', '')}`
  const { words } = await ask(workspace, { text: `@vigil triage ${link}` })
  assert.match(words, /INC-1.*is being investigated right now/)
  assert.ok(words.includes(link))
  assert.equal((await incidentsOf(context)).length, 1)
})

test('a question opens an incident of source mention under the question, each its own', async (t) => {
  const { workspace, context, alerts } = await slackDoor(t)
  const one = await workspace.say({ channel: 'alerts', user: 'ana', text: '@vigil why is checkout slow?' })
  const two = await workspace.say({ channel: 'alerts', user: 'tom', text: '@vigil triage why is checkout slow?' })
  await until(async () => (await incidentsOf(context)).length === 2, 'two incidents')
  await settled(context)
  const incidents = await incidentsOf(context)
  assert.deepEqual(incidents.map(({ anchor, thread_ts, title }) => [anchor, thread_ts, title]).sort(), [
    ['mention', one.ts, 'why is checkout slow?'],
    ['mention', two.ts, 'why is checkout slow?'],
  ])
  const runs = await context.db.selectFrom('investigation').select(['kind', 'requested_by']).execute()
  assert.deepEqual(new Set(runs.map((run) => run.kind)), new Set(['mention']))
  assert.deepEqual(saidBy(workspace, alerts), [], 'the thread is the answer')
})

test('an alert’s name asks Alertmanager: one is looked at, several are listed, none names what fires', async (t) => {
  const alerts = [
    firing({ alertname: 'HighErrorRate', service: 'checkout', severity: 'critical' }, 'aaaaaaaaaaaaaaaa'),
    firing({ alertname: 'HighErrorRate', service: 'cart', severity: 'critical' }, 'bbbbbbbbbbbbbbbb'),
    firing({ alertname: 'SlowAnswers', service: 'cart' }, 'cccccccccccccccc'),
  ]
  const { workspace, context } = await slackDoor(t, { context: { sources: alertmanagerWith(alerts) } })
  const { words } = await ask(workspace, { text: '@vigil triage HighErrorRate' })
  assert.match(words, /2 alerts HighErrorRate fire/)
  assert.match(words, /service=\\"cart\\"/)
  assert.match(
    (await ask(workspace, { text: '@vigil triage Nonsense' })).words,
    /No alert Nonsense fires\. Firing: HighErrorRate, SlowAnswers\./,
  )
  const asked = await workspace.say({ channel: 'alerts', user: 'ana', text: '@vigil triage highErrorRate service="checkout"' })
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  await settled(context)
  assert.deepEqual(
    [incident.alertname, incident.subject, incident.anchor, incident.thread_ts],
    ['HighErrorRate', 'checkout', 'mention', asked.ts],
  )
  const alert = await context.db.selectFrom('alert').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([alert.fingerprint, alert.confirmed, alert.expression], ['aaaaaaaaaaaaaaaa', true, 'up == 0'])
  assert.match((await ask(workspace, { text: '@vigil triage HighErrorRate service="checkout"' })).words, /is being investigated right now/)
  assert.equal((await incidentsOf(context)).length, 1)
})

test('a message that was left alone explains itself, and a person can have it looked at', async (t) => {
  const { workspace, context } = await slackDoor(t, { env: { VIGIL_ALERT_BOTS: '' } })
  const alert = await workspace.postAsBot({ channel: 'alerts', bot: 'Unknown', ...stock('[FIRING:1] HighErrorRate checkout') })
  await until(async () => (await context.db.selectFrom('timeline').select('id').execute()).length === 1, 'a decision')
  const { words } = await ask(workspace, { text: '@vigil why', threadTs: alert.ts })
  assert.match(words, /not among those believed in this channel/)
  await workspace.react({ channel: 'alerts', ts: alert.ts, user: 'ana', name: 'mag_right' })
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  assert.deepEqual([incident.anchor, incident.thread_ts, incident.alertname], ['alert', alert.ts, 'HighErrorRate'])
  const stored = await context.db.selectFrom('alert').selectAll().executeTakeFirstOrThrow()
  assert.equal(stored.confirmed, false, 'a stranger’s word is looked at, and nothing is proposed on it')
})

test('👀 by a person makes an owner; by a bot, by a stranger, on anything else it does nothing', async (t) => {
  const { workspace, context, post } = await slackDoor(t, {
    workspace: { people: [{ name: 'ana' }, { name: 'tom' }, { name: 'zoe', isStranger: true }] },
  })
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  const ts = incident.thread_ts!
  const chatter = await workspace.say({ channel: 'alerts', user: 'ana', text: 'hm' })
  await workspace.postAsBot({ channel: 'alerts', bot: 'Robot', text: 'hello' })
  await workspace.react({ channel: 'alerts', ts, user: 'zoe', name: 'eyes' })
  await workspace.react({ channel: 'alerts', ts, user: 'Robot', name: 'eyes' })
  await workspace.react({ channel: 'alerts', ts, user: 'vigil', name: 'eyes' })
  await workspace.react({ channel: 'alerts', ts, user: 'ana', name: 'thumbsup' })
  await workspace.react({ channel: 'alerts', ts: chatter.ts, user: 'ana', name: 'eyes' })
  await until(async () => (await context.db.selectFrom('inbox').select('key').execute()).length >= 5, 'they are heard')
  await settled(context)
  assert.equal((await incidentsOf(context))[0]?.owner, null)
  await workspace.react({ channel: 'alerts', ts, user: 'ana', name: 'eyes' })
  await until(async () => (await incidentsOf(context))[0]?.owner === workspace.state.user('ana')!.id, 'an owner')
  assert.ok((await timelineTypes(context, incident.id)).includes('owned'))
})

test('one mention that comes as two kinds of event and several times is answered once', async (t) => {
  const { workspace, context, alerts } = await slackDoor(t)
  workspace.faults.duplicateNext(4)
  await ask(workspace, { text: '@vigil status' })
  await settled(context)
  assert.equal(saidBy(workspace, alerts).length, 1)
})

test('an answer whose posting was cut after Slack took it does not stand twice', async (t) => {
  const { workspace, context, alerts } = await slackDoor(t)
  workspace.faults.failNext('chat.postMessage', 'cut_after_accept')
  await workspace.say({ channel: 'alerts', user: 'ana', text: '@vigil status' })
  await until(async () => (await context.db.selectFrom('message').select('state').execute())[0]?.state === 'sent', 'it is known to stand')
  await settled(context)
  assert.equal(saidBy(workspace, alerts).length, 1)
})

test('the slash command answers the one who typed, and a question gets a message to hang on', async (t) => {
  const { workspace, context, alerts } = await slackDoor(t)
  const result = await workspace.slash({ command: '/vigil', text: 'status', channel: 'alerts', user: 'ana' })
  assert.equal(result.acked, true)
  const told = await until(() => saidBy(workspace, alerts)[0], 'an answer')
  assert.equal(told.ephemeralFor, workspace.state.user('ana')!.id)
  assert.match(wordsOf(told), /Nothing is open here/)
  await workspace.slash({ command: '/vigil', text: 'triage why is <!channel> checkout slow?', channel: 'alerts', user: 'ana' })
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  const asked = saidBy(workspace, alerts).find((message) => message.ts === incident.thread_ts)!
  assert.match(wordsOf(asked), /asks: why is\s+checkout slow\?/)
  assert.equal(asked.ephemeralFor, undefined)
  await workspace.slash({ command: '/vigil', text: 'triage is cart slow too?', channel: 'general', user: 'ana' })
  const refused = await until(() => saidBy(workspace, 'general')[0], 'a refusal')
  assert.match(wordsOf(refused), /I am not in this channel/)
})

test('the message shortcut looks at whatever it is used on', async (t) => {
  const { workspace, context } = await slackDoor(t)
  const complaint = await workspace.say({ channel: 'alerts', user: 'tom', text: 'customers say that checkout hangs' })
  const result = await workspace.shortcut({ callbackId: 'triage', channel: 'alerts', ts: complaint.ts, user: 'ana' })
  assert.equal(result.acked, true)
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  assert.deepEqual([incident.anchor, incident.thread_ts, incident.title], ['mention', complaint.ts, 'customers say that checkout hangs'])
})

test('the home shows what is open in public channels and counts the others', async (t) => {
  const { workspace, context, post } = await slackDoor(t)
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  await workspace.say({ channel: 'oncall', user: 'ana', text: '@vigil why is the secret project slow?' })
  await until(async () => (await incidentsOf(context)).length === 2, 'two incidents')
  await workspace.openHome('ana')
  const home = await until(() => workspace.state.homes.get(workspace.state.user('ana')!.id), 'a home')
  const drawn = JSON.stringify(home.payload.blocks)
  assert.match(drawn, /HighErrorRate checkout/)
  assert.match(drawn, /1 open in private channels/)
  assert.equal(drawn.includes('secret'), false)
})

test('commands are told from questions, thanks and typos', () => {
  const kinds = (text: string) => {
    const understood = understand(text)
    if (understood.kind === 'command') return `${understood.command.name}:${understood.words}`
    return understood.kind === 'typo' ? `typo ${understood.meant}` : understood.kind
  }
  assert.deepEqual(
    ['Status', 'why?', 'why is checkout slow?', 'triage HighErrorRate', "I'm on it", 'hlep', 'triaeg', 'thanks', 'ok?', 'what is', ''].map(
      kinds,
    ),
    ['status:', 'why:', 'question', 'triage:HighErrorRate', 'on it:', 'typo help', 'typo triage', 'unclear', 'unclear', 'unclear', 'help'],
  )
})

test('what people type is read without Slack’s tokens, and only links of this workspace name a message', () => {
  assert.equal(plainOf('<@U1> is <#C1|alerts> &lt;b&gt; <https://x.example/a|here>  ok'), 'is alerts <b> https://x.example/a ok')
  const link = 'https://acme.slack.com/archives/C0ALERTS1/p1700000000123456?thread_ts=1700000000.000001'
  assert.deepEqual(linkedMessage(`look ${link}`, 'https://acme.slack.com/'), { channel: 'C0ALERTS1', ts: '1700000000.123456' })
  assert.equal(linkedMessage(link, 'https://other.slack.com/'), null)
})
