import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { wantedScopes } from '../../src/cli/doctor/slack.ts'
import { systemClock } from '../../src/context.ts'
import { startOpenaiServer } from '../../src/demo/model/openai-server.ts'
import { startModelServer } from '../../src/demo/model/server.ts'
import { SCOPES } from '../../src/demo/slack/seed.ts'
import { startWorkspace } from '../../src/demo/slack/workspace.ts'
import { startWorld } from '../../src/demo/world/world.ts'
import { serve } from '../datasources/wire.ts'
import { freshDatabase } from '../template.ts'
import { command } from './process.ts'

const TOKEN = 'a-token-of-sixteen'
const quiet = {
  VIGIL_HTTP_PORT: '0',
  VIGIL_ADMIN_PORT: '0',
  VIGIL_HTTP_HOST: '127.0.0.1',
  VIGIL_ADMIN_HOST: '127.0.0.1',
  VIGIL_DATA_DIR: '/tmp/vigil-doctor-none',
}

/** A workspace in which Alertmanager posts into #alerts, and the variables that lead to it. */
const slackOf = async (t: TestContext, options: Parameters<typeof startWorkspace>[0] = {}) => {
  const workspace = await startWorkspace({ rates: false, ...options })
  t.after(() => workspace.close())
  const env = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken, SLACK_API_URL: workspace.apiUrl, ...quiet }
  const title = '[FIRING:1] HighCPU shop (checkout critical)'
  const post = await workspace.postAsBot({ channel: 'alerts', bot: 'Alertmanager', text: '', attachments: [{ title, fallback: title }] })
  return { workspace, env, bot: post.botId ?? '' }
}

/** One line of the report, with the line of its mend. */
const finding = (out: string, pattern: RegExp): string => {
  const lines = out.split('\n')
  const at = lines.findIndex((line) => pattern.test(line))
  assert.ok(at >= 0, `no line ${pattern} in:\n${out}`)
  return `${lines[at]}\n${lines[at + 1] ?? ''}`
}

test('with everything right there is no fault, every part has its line, and the summary says what is looked at', async (t) => {
  const { workspace, env, bot } = await slackOf(t, { channels: [{ name: 'alerts' }], scopes: [...wantedScopes().bot] })
  const world = await startWorld({
    slackWebhookUrl: workspace.webhookUrl('alerts', 'Alertmanager'),
    vigilWebhook: { url: 'http://127.0.0.1:1/api/v1/alerts', token: TOKEN },
  })
  t.after(() => world.close())
  const model = await startModelServer({ script: () => ({ content: [{ type: 'text', text: 'ready' }] }) })
  t.after(() => model.close())
  const database = await freshDatabase()
  t.after(() => database.remove())
  const { status, out } = await command(['doctor'], {
    ...env,
    ...{ VIGIL_ALERT_CHANNELS: '#alerts', VIGIL_ALERT_BOTS: bot, VIGIL_API_TOKEN: TOKEN },
    ...{
      VIGIL_PROMETHEUS_ENDPOINT: world.prometheusUrl,
      VIGIL_ALERTMANAGER_ENDPOINT: world.alertmanagerUrl,
      VIGIL_LOKI_ENDPOINT: world.lokiUrl,
    },
    ...{ VIGIL_CLAUDE_API_KEY: model.apiKey, VIGIL_CLAUDE_BASE_URL: model.url },
    ...(database.url === undefined ? {} : { DATABASE_URL: database.url }),
  })
  assert.match(out, /✓ Slack +workspace Acme, bot @vigil, Socket Mode answers, 2 connections configured, clock within a second/)
  assert.match(out, /✓ Slack +watching #alerts \(C\w+\), mode watch: "Alertmanager" B\w+ \(1 post this week, all alerts, trusted\)/)
  assert.match(out, /✓ Alertmanager receiver "shop-alerts" sends to Vigil and posts to #alerts/)
  assert.match(out, /✓ Prometheus +2\.42\.0\S*: 2 alerting rules, 100 % name a service by the label service/)
  assert.match(out, /✓ Loki +answers, labels .*service/)
  assert.match(out, /✓ Model +claude-sonnet-5-5 answered in \d+\.\d s, \$0\.\d+; at most \$50 a day/)
  assert.match(out, database.url === undefined ? /✓ Database +embedded in/ : /✓ Database +PostgreSQL \d+.*its tables are up to date/)
  assert.match(out, /✓ HTTP +API on port/)
  assert.match(out, /No faults, no warnings\. Vigil would start and look at alerts in #alerts and by webhook\.$/)
  assert.equal(status, 0)
})

test('a wrong bot token is named by the variable it came from, and Vigil would not start', async (t) => {
  const { env } = await slackOf(t)
  const { status, out } = await command(['doctor'], { ...env, SLACK_BOT_TOKEN: 'xoxb-hunter2' })
  assert.match(finding(out, /✗ Slack/), /bot token in SLACK_BOT_TOKEN: invalid_auth[\s\S]*OAuth & Permissions/)
  assert.match(out, /Vigil would not start\.$/)
  assert.equal(status, 1)
  const own = await command(['doctor'], { ...env, SLACK_BOT_TOKEN: '', VIGIL_SLACK_BOT_TOKEN: 'xoxb-hunter2' })
  assert.match(own.out, /bot token in VIGIL_SLACK_BOT_TOKEN/)
  assert.ok(!`${out}${own.out}`.includes('hunter2'))
})

test('a wrong app token is a fault of its own beside a right bot token', async (t) => {
  const { env } = await slackOf(t)
  const { status, out } = await command(['doctor'], { ...env, SLACK_APP_TOKEN: 'xapp-hunter2' })
  assert.match(out, /✓ Slack +workspace Acme/)
  assert.match(finding(out, /✗ Slack/), /app token in SLACK_APP_TOKEN: invalid_auth[\s\S]*connections:write/)
  assert.match(out, /would start, but hear nothing from Slack\.$/)
  assert.equal(status, 1)
})

test('a scope that the manifest wants and the token lacks is a fault; an optional one is a note', async (t) => {
  const { env } = await slackOf(t, { scopes: SCOPES.filter((scope) => !['reactions:write', 'assistant:write'].includes(scope)) })
  const { out } = await command(['doctor'], env)
  assert.match(finding(out, /lacks the scope/), /✗ Slack +the bot token lacks the scope reactions:write[\s\S]*vigil manifest/)
  assert.match(out, /· Slack +without the optional scopes assistant:write, chat:write\.public/)
})

test('a channel that Vigil was not invited to, one that is not there, and a bot that nobody trusts each have their mend', async (t) => {
  const { env, bot } = await slackOf(t)
  const { status, out } = await command(['doctor'], { ...env, VIGIL_ALERT_CHANNELS: '#general,#nowhere,#alerts' })
  assert.match(finding(out, /not in #general/), /✗ Slack .*→ in Slack, in that channel: \/invite @vigil/)
  assert.match(finding(out, /no channel #nowhere/), /check the name/)
  assert.match(finding(out, /bots posting in #alerts/), new RegExp(`! Slack .*it is not trusted\\n.*bots: \\[${bot}\\]`))
  assert.match(out, /nothing in #general, #alerts would be looked at\.$/)
  assert.equal(status, 1)
})

test('a bot that is believed but never posts, where another does, is not called heard', async (t) => {
  const { env, bot } = await slackOf(t)
  const { out } = await command(['doctor'], { ...env, VIGIL_ALERT_CHANNELS: '#alerts', VIGIL_ALERT_BOTS: 'B0NOBODY1' })
  assert.match(finding(out, /bots posting in #alerts/), new RegExp(`it is not trusted, only B0NOBODY1\\n.*bots: \\[${bot}\\]`))
  assert.match(out, /nothing in #alerts would be looked at/)
})

test('a data directory that another process holds is a fault, unless a Vigil answers on the ops port', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-held-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  writeFileSync(join(dataDir, 'vigil.pid'), String(process.pid))
  const { url: ops } = await serve(t, (_, response) => response.end('healthy'))
  const own = { ...quiet, VIGIL_API_TOKEN: TOKEN, VIGIL_DATA_DIR: dataDir }
  const held = await command(['doctor'], { ...own, VIGIL_ADMIN_PORT: '18999' })
  assert.equal(held.status, 1)
  assert.match(finding(held.out, /✗ Database/), new RegExp(`in use by pid ${process.pid}[\\s\\S]*VIGIL_DATA_DIR`))
  const running = await command(['doctor'], { ...own, VIGIL_ADMIN_PORT: new URL(ops).port })
  assert.match(running.out, /✓ Database .* your running Vigil/)
})

test('without any channel it names the bot that posts alerts where Vigil is', async (t) => {
  const { env, bot, workspace } = await slackOf(t)
  const id = workspace.state.channel('alerts')?.id
  const { out } = await command(['doctor'], env)
  assert.match(finding(out, /no channel is watched/), new RegExp(`VIGIL_ALERT_CHANNELS=${id} and VIGIL_ALERT_BOTS=${bot}`))
})

test('Slack that cannot be reached is one fault, not a stack', async () => {
  const { status, out } = await command(['doctor'], {
    SLACK_BOT_TOKEN: 'xoxb-a',
    SLACK_APP_TOKEN: 'xapp-a',
    SLACK_API_URL: 'http://127.0.0.1:9/api/',
    ...quiet,
  })
  assert.match(out, /✗ Slack +Slack cannot be reached at 127\.0\.0\.1:9/)
  assert.equal(status, 1)
})

test('a missing Prometheus, a Loki that wants a tenant, and a data source on the wrong port are named with their setting', async (t) => {
  const loki = await serve(t, (_, response) => response.writeHead(401).end('no org id'))
  const { status, out } = await command(['doctor'], {
    VIGIL_API_TOKEN: TOKEN,
    ...quiet,
    VIGIL_LOKI_ENDPOINT: loki.url,
    VIGIL_ALERTMANAGER_ENDPOINT: 'http://127.0.0.1:9',
  })
  assert.match(finding(out, /Prometheus/), /! Prometheus +not configured[\s\S]*VIGIL_PROMETHEUS_ENDPOINT/)
  assert.match(finding(out, /✗ Loki/), /401: no org id[\s\S]*VIGIL_LOKI_TENANT_ID/)
  assert.match(finding(out, /✗ Alertmanager/), /VIGIL_ALERTMANAGER_ENDPOINT/)
  assert.equal(status, 1)
})

const statusOf = (yaml: string) => ({ versionInfo: { version: '0.28.0' }, config: { original: yaml } })

/** An Alertmanager with this configuration. */
const alertmanagerWith = async (t: TestContext, yaml: string) =>
  (await serve(t, (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(statusOf(yaml))))).url

test('a receiver that posts to a watched channel but not to Vigil gets the lines to add', async (t) => {
  const { env, bot } = await slackOf(t)
  const url = await alertmanagerWith(
    t,
    "route: { receiver: shop }\nreceivers:\n- name: shop\n  slack_configs: [{ channel: '#alerts' }]\n- name: unused\n",
  )
  const { out } = await command(['doctor'], {
    ...env,
    VIGIL_ALERT_CHANNELS: '#alerts',
    VIGIL_ALERT_BOTS: bot,
    VIGIL_ALERTMANAGER_ENDPOINT: url,
  })
  assert.match(
    finding(out, /receiver "shop" posts/),
    /! Alertmanager receiver "shop" posts to #alerts but not to Vigil, and never sends "resolved"/,
  )
  assert.match(
    out,
    /set VIGIL_API_TOKEN, and add the lines below .*send_resolved: true to its slack_configs \(vigil manifest alertmanager --receiver shop\)/,
  )
  assert.match(out, /webhook_configs:\n +- url: "http:\/\/<vigil>:0\/api\/v1\/alerts"/)
  assert.ok(!out.includes('unused'))
})

test('a receiver whose webhook leads to an API that is off is a fault; one whose address is hidden is only a note', async (t) => {
  const { env, bot } = await slackOf(t)
  const watching = { ...env, VIGIL_ALERT_CHANNELS: '#alerts', VIGIL_ALERT_BOTS: bot }
  const receivers = (url: string) =>
    `route: { receiver: a, routes: [{ receiver: shop }] }\nreceivers:\n- name: a\n- name: shop\n  webhook_configs: [{ url: '${url}' }]\n`
  const off = await command(['doctor'], {
    ...watching,
    VIGIL_ALERTMANAGER_ENDPOINT: await alertmanagerWith(t, receivers('http://vigil:8080/api/v1/alerts')),
  })
  assert.match(finding(off.out, /✗ Alertmanager/), /but Vigil's API is off[\s\S]*VIGIL_API_TOKEN/)
  const hidden = await command(['doctor'], { ...watching, VIGIL_ALERTMANAGER_ENDPOINT: await alertmanagerWith(t, receivers('<secret>')) })
  assert.match(hidden.out, /· Alertmanager receiver "shop" has a webhook, and this version hides where it leads/)
  assert.equal(hidden.status, 0)
})

test('a port that another program holds is a fault that names the variable', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => holder.once('listening', resolve))
  t.after(() => holder.close())
  const { port } = holder.address() as { port: number }
  const { status, out } = await command(['doctor'], { VIGIL_API_TOKEN: TOKEN, ...quiet, VIGIL_HTTP_PORT: String(port) })
  assert.match(finding(out, /✗ HTTP/), new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken by another program[\\s\\S]*VIGIL_HTTP_PORT`))
  assert.match(out, /Vigil would not start\.$/)
  assert.equal(status, 1)
})

test('a database that cannot be reached is a fault that never shows its password', async () => {
  const { status, out } = await command(['doctor'], {
    VIGIL_API_TOKEN: TOKEN,
    ...quiet,
    DATABASE_URL: 'postgres://vigil:hunter2@127.0.0.1:9/vigil',
  })
  assert.match(finding(out, /✗ Database/), /PostgreSQL: [\s\S]*DATABASE_URL/)
  assert.ok(!out.includes('hunter2'))
  assert.equal(status, 1)
})

test('a key that Claude refuses is a fault, and a model without a price is a warning', async (t) => {
  const model = await startModelServer({ script: () => ({ content: [{ type: 'text', text: 'ready' }] }) })
  t.after(() => model.close())
  const env = { VIGIL_API_TOKEN: TOKEN, ...quiet, VIGIL_CLAUDE_BASE_URL: model.url, VIGIL_CLAUDE_MODEL: 'house-model' }
  const { out } = await command(['doctor'], { ...env, VIGIL_CLAUDE_API_KEY: 'sk-hunter2' })
  assert.match(finding(out, /✗ Model/), /VIGIL_CLAUDE_API_KEY[\s\S]*rules only/)
  assert.match(finding(out, /no price/), /! Model +no price is known for house-model[\s\S]*claude\.prices/)
  assert.ok(!out.includes('hunter2'))
})

test('each configured model is asked: one that calls no tools is a warning, one that cannot be used a fault with its mend', async (t) => {
  const claude = await startModelServer({ script: () => ({ content: [{ type: 'text', text: 'ready' }] }) })
  const local = await startOpenaiServer({
    apiKey: null,
    script: (request) => ({
      content: request.model === 'mute' ? [{ type: 'text', text: 'ready' }] : [{ type: 'tool_use', id: 'r', name: 'ready', input: {} }],
    }),
  })
  t.after(() => Promise.all([claude.close(), local.close()]))
  const env = { VIGIL_API_TOKEN: TOKEN, ...quiet, VIGIL_OPENAI_BASE_URL: local.url, VIGIL_OPENAI_MODEL: 'qwen3:32b' }
  const keys = { VIGIL_CLAUDE_API_KEY: claude.apiKey, VIGIL_CLAUDE_BASE_URL: claude.url }
  const { out } = await command(['doctor'], { ...env, ...keys, VIGIL_OPENAI_SMALL_MODEL: 'mute' })
  for (const model of ['claude-sonnet-5-5', 'claude-haiku-5-5', 'qwen3:32b', 'mute']) finding(out, new RegExp(`✓ Model +${model} answered`))
  assert.match(finding(out, /! Model +mute answered, but did not call the tool/), /docs\/models\.md/)
  assert.match(finding(out, /no price is known for qwen3:32b/), /'qwen3:32b': \{ input: 0/)
  assert.ok(!/qwen3:32b answered, but/.test(out))
  const wrong = await command(['doctor'], { ...env, VIGIL_OPENAI_MODEL: 'no-such-model' })
  assert.match(finding(wrong.out, /✗ Model/), /VIGIL_OPENAI_MODEL[\s\S]*rules only/)
  assert.equal(wrong.status, 1)
})

test('a peer that never answers costs 10 seconds at most, and is named', async (t) => {
  const silent = await serve(t, () => {})
  const before = performance.now()
  // Its waiting passes ten times as fast; the sum must stay below 10 s of it.
  const hasty = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 10, run) }
  const { out } = await command(
    ['doctor'],
    {
      VIGIL_API_TOKEN: TOKEN,
      ...quiet,
      VIGIL_LOKI_ENDPOINT: silent.url,
      VIGIL_PROMETHEUS_ENDPOINT: silent.url,
    },
    hasty,
  )
  assert.ok(performance.now() - before < 1000)
  assert.match(out, /✗ Loki +gave no answer in/)
  assert.match(out, /✗ Prometheus +gave no answer in/)
})

test('a variable that is one slip away from one of ours is pointed out; those that Kubernetes makes are not', async () => {
  const { out } = await command(['doctor'], {
    VIGIL_API_TOKEN: TOKEN,
    ...quiet,
    VIGIL_LOKI_ENDPIONT: 'http://l',
    VIGIL_PORT_8080_TCP_ADDR: '10.0.0.1',
    VIGIL_SERVICE_HOST: '10.0.0.1',
  })
  assert.match(out, /! Variables +VIGIL_LOKI_ENDPIONT is set, but nothing reads it +→ did you mean VIGIL_LOKI_ENDPOINT\?/)
  assert.equal(out.match(/Variables/g)?.length, 1)
})
