import { createReceive, type Receive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import type { Workspace, WorkspaceOptions } from '../../src/demo/slack/contract.ts'
import { startWorkspace } from '../../src/demo/slack/workspace.ts'
import { createClients } from '../../src/slack/clients.ts'
import { connectSlack, type SlackConnection } from '../../src/slack/connection.ts'
import { identify } from '../../src/slack/identity.ts'
import { testContext } from '../context.ts'

export type DoorOptions = {
  workspace?: WorkspaceOptions
  env?: Record<string, string>
  context?: Partial<Context>
  receive?: (context: Context) => Receive
  /** False: nothing is connected yet. */
  isConnected?: boolean
}

/** A local workspace, the real context on a fresh database, and the incoming half of the Slack door between them. */
export const slackDoor = async (t: { after(fn: () => Promise<void>): void }, options: DoorOptions = {}) => {
  const workspace = await startWorkspace({ rates: false, retryScale: 0.05, ...options.workspace })
  const webhook = workspace.webhookUrl('alerts', 'Alertmanager')
  const env = {
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_API_URL: workspace.apiUrl,
    VIGIL_ALERT_CHANNELS: idOf(workspace, 'alerts'),
    VIGIL_ALERT_BOTS: workspace.state.bot('Alertmanager')!.id,
    ...options.env,
  }
  const { context, close } = await testContext(env, options.context)
  const clients = createClients(context)
  const identity = await identify(clients)
  const connections: SlackConnection[] = []
  /** Every number of open sockets there was: a cut may be mended before anybody looks. */
  const counts: number[] = []
  const connect = async (given: Partial<Context> = {}): Promise<SlackConnection> => {
    const own = { ...context, ...given }
    const receive = options.receive?.(own) ?? createReceive(own)
    const connection = await connectSlack(own, { receive, clients, identity, onConnected: (count) => counts.push(count) })
    connections.push(connection)
    await until(() => connection.connected() === context.config.slack.connections, 'the sockets are open')
    return connection
  }
  t.after(async () => {
    workspace.faults.clear()
    await Promise.all(connections.map((connection) => connection.close()))
    await close()
    await workspace.close()
  })
  if (options.isConnected !== false) await connect()
  const post = (body: object) => fetch(webhook, { method: 'POST', body: JSON.stringify(body) })
  return { workspace, context, clients, identity, connect, connections, counts, post, alerts: idOf(workspace, 'alerts') }
}

const idOf = (workspace: Workspace, channel: string): string => workspace.state.channel(channel)!.id

/** What a stock Alertmanager posts. */
export const stock = (title: string, receiver = 'vigil') => ({
  attachments: [{ title, title_link: `http://alertmanager:9093/#/alerts?receiver=${receiver}`, fallback: title, color: 'danger' }],
})

/** Waits until it holds, 10 s at most. */
export const until = async <T>(find: () => T | undefined | false | Promise<T | undefined | false>, what: string): Promise<T> => {
  const end = Date.now() + 10_000
  while (Date.now() < end) {
    const found = await find()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
  throw new Error(`never: ${what}`)
}

/** Everything that came was handled. */
export const settled = (context: Context): Promise<boolean> =>
  until(async () => {
    const waiting = await context.db.selectFrom('inbox').select('key').where('handled_at', 'is', null).execute()
    return waiting.length === 0
  }, 'the inbox is handled')

export const incidentsOf = (context: Context) => context.db.selectFrom('incident').selectAll().orderBy('number').execute()

export const timelineTypes = async (context: Context, incident: string): Promise<string[]> =>
  (await context.db.selectFrom('timeline').select('type').where('incident_id', '=', incident).orderBy('id').execute()).map(
    (row) => row.type,
  )

/** Messages of Vigil in a channel, ephemeral ones too. */
export const saidBy = (workspace: Workspace, channel: string) =>
  workspace.state.channel(channel)!.messages.filter((message) => message.botId === workspace.botId && message.deleted !== true)

/** All words of a message, blocks included. */
export const wordsOf = (message: { text: string; blocks: unknown[] }): string => `${message.text}\n${JSON.stringify(message.blocks)}`
