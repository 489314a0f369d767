import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { KnownBlock } from '@slack/types'
import { createReceive } from '../../src/alert/receive.ts'
import type { Config } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import type { Workspace, WorkspaceOptions } from '../../src/demo/slack/contract.ts'
import { startWorkspace } from '../../src/demo/slack/workspace.ts'
import { recordNow } from '../../src/incident/timeline.ts'
import { execute } from '../../src/remediation/execute.ts'
import { verify } from '../../src/remediation/verify.ts'
import { createClients } from '../../src/slack/clients.ts'
import { connectSlack, type SlackConnection } from '../../src/slack/connection.ts'
import { identify } from '../../src/slack/identity.ts'
import { deliver } from '../../src/slack/outbox.ts'
import { ROLLBACK, stage } from '../remediation/stage.ts'
import { saidBy, until } from './door.ts'
import { brief } from './story.ts'

type Options = {
  readonly workspace?: WorkspaceOptions
  readonly entry?: Readonly<Record<string, unknown>>
  readonly slack?: Partial<Config['slack']>
  readonly remediation?: Partial<Config['remediation']>
  /** Processes with a connection of their own. */
  readonly replicas?: number
}

const PEOPLE = [
  { name: 'ana' },
  { name: 'tom' },
  { name: 'bob' },
  { name: 'kim', isRestricted: true },
  { name: 'zoe', isStranger: true },
  { name: 'dan' },
]

/** The rooms of remediation with a cluster at the wire, behind the Slack door of a local workspace: a person presses, and things happen. */
export const approveStage = async (t: TestContext, options: Options = {}) => {
  const workspace = await startWorkspace({
    rates: false,
    people: PEOPLE,
    channels: [{ name: 'alerts' }, { name: 'general' }],
    usergroups: [{ handle: 'payments-oncall', users: ['ana', 'tom', 'kim', 'zoe', 'dan'] }],
    ...options.workspace,
  })
  const connections: SlackConnection[] = []
  // Before the rooms' own, which close the database.
  t.after(async () => {
    workspace.faults.clear()
    await Promise.all(connections.map((connection) => connection.close()))
    await workspace.close()
  })
  const group = [...workspace.state.usergroups.values()][0]!.id
  const env = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken, SLACK_API_URL: workspace.apiUrl }
  const made = await stage(t, {
    env,
    actions: [{ kind: 'rollback_workload', approvers: { users: [], usergroups: [group] }, ...options.entry }],
    ...(options.remediation === undefined ? {} : { remediation: options.remediation }),
  })
  const context: Context = {
    ...made.context,
    config: { ...made.context.config, slack: { ...made.context.config.slack, ...options.slack } },
  }
  const clients = createClients(context)
  const identity = await identify(clients)
  const alerts = workspace.state.channel('alerts')!.id
  await recordNow(context, made.incident, [{ type: 'briefed', brief: brief() }])
  const post = await workspace.postAsBot({
    channel: 'alerts',
    bot: 'Alertmanager',
    attachments: [{ title: '[FIRING:1] HighErrorRate', fallback: 'x' }],
  })
  await context.db.updateTable('incident').set({ channel: alerts, thread_ts: post.ts, anchor: 'alert' }).execute()
  await context.queue.work('deliver', { run: ({ incident }) => deliver(context, { clients, identity, strict: true }, incident) })
  await context.queue.work('execute', { run: ({ action }, signal) => execute(context, action, signal) })
  await context.queue.work('verify', { run: ({ action }) => verify(context, action) })
  for (let i = 0; i < (options.replicas ?? 1); i++) {
    const own = i === 0 ? clients : createClients(context)
    connections.push(await connectSlack(context, { receive: createReceive(context), clients: own, identity }))
  }
  await until(() => connections.every((one) => one.connected() > 0), 'the sockets are open')
  return {
    ...made,
    context,
    workspace,
    clients,
    alerts,
    group,
    thread: post.ts,
    ...hands(workspace, { context, clients, alerts, thread: post.ts }),
    card: () => cardOf(made, workspace, alerts),
  }
}

type Made = Awaited<ReturnType<typeof stage>>

/** The newest action, and its message when it stands. */
const cardOf = async (made: Made, workspace: Workspace, alerts: string) => {
  const action = (await made.propose(ROLLBACK)).at(-1)!
  return { action, message: await messageOf(workspace, alerts, `${made.incident}:action:${action.number}`) }
}

const messageOf = (workspace: Workspace, channel: string, key: string) =>
  until(
    () =>
      saidBy(workspace, channel).find(
        ({ metadata }) => (metadata as { event_payload?: { key?: string } } | undefined)?.event_payload?.key === key,
      ),
    `the message ${key}`,
  )

type Hands = { context: Context; clients: ReturnType<typeof createClients>; alerts: string; thread: string }

const hands = (workspace: Workspace, { context, clients, alerts, thread }: Hands) => {
  const told = () =>
    [...workspace.state.channels.values()]
      .flatMap(({ messages }) => messages.filter(({ ephemeralFor }) => ephemeralFor))
      .sort((a, b) => Number(a.ts) - Number(b.ts))
  /** A button of Vigil's own message with any value in it, as a tampered client could send it. */
  const forged = async (value: string, { channel = alerts, action = 'approve' } = {}) => {
    const button = { type: 'button', action_id: action, value, text: { type: 'plain_text', text: action } }
    const blocks = [{ type: 'actions', elements: [button] } as KnownBlock]
    const { ts } = await clients.progress.chat.postMessage({
      channel,
      ...(channel === alerts ? { thread_ts: thread } : {}),
      text: 'x',
      blocks,
    })
    return { ts: ts!, channel }
  }
  /** What the presser alone is told of one press; the card's own answer is for everybody. */
  const press = async (
    user: string,
    at: { ts: string; channel?: string },
    actionId = 'approve',
    selectedOption?: string,
  ): Promise<string> => {
    const before = told().length
    const more = selectedOption === undefined ? {} : { selectedOption }
    const result = await workspace.press({ user, actionId, channel: at.channel ?? alerts, ts: at.ts, ...more })
    assert.equal(result.acked, true)
    const said = await until(() => told()[before], `${user} is told something`)
    assert.equal(said.ephemeralFor, workspace.state.user(user)!.id, 'and nobody else')
    return `${said.text}\n${JSON.stringify(said.blocks)}`
  }
  const status = async ({ id }: StoredAction) =>
    (await context.db.selectFrom('action').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status
  return {
    told,
    forged,
    press,
    statusOf: status,
    message: (key: string) => messageOf(workspace, alerts, key),
    sealed: ({ id, version, digest }: StoredAction) => `${id}:${version}:${digest}`,
  }
}
