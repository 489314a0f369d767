import type { Hono } from 'hono'
import type { Faults } from './faults.ts'
import type { State, StoredMessage } from './state.ts'

/** A Slack for one machine: Web API, Socket Mode, incoming webhooks and the people in it. */
export type Workspace = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** What `SLACK_API_URL` and `clientOptions.slackApiUrl` are set to. */
  readonly apiUrl: string
  readonly botToken: string
  readonly appToken: string
  readonly botUserId: string
  readonly botId: string
  readonly appId: string
  readonly teamId: string
  readonly state: State
  readonly faults: Faults
  /** An incoming webhook of the named bot into the channel. The bot is made when it is new. */
  webhookUrl(channelName: string, bot: string): string
  /** A person types. `@name` becomes a mention of that user or bot. */
  say(typed: { channel: string; user: string; text: string; threadTs?: string }): Promise<StoredMessage>
  /** Another app's bot posts with its token: the shape without subtype, with `user`, `bot_id` and `app_id`. */
  postAsBot(post: BotPost): Promise<StoredMessage>
  /** By a message's author, person or bot. Throws when there is no such message. */
  editMessage(edit: { channel: string; ts: string; text?: string; blocks?: unknown[]; attachments?: unknown[] }): Promise<StoredMessage>
  deleteMessage(target: { channel: string; ts: string }): Promise<void>
  /** A person adds a reaction, or takes it back with `remove`. */
  react(reaction: { channel: string; ts: string; user: string; name: string; remove?: boolean }): Promise<void>
  /** A person presses or changes an element of a message, of a modal (`viewId`) or of the home (`home: true`). */
  press(press: Press): Promise<PressResult>
  submitView(submission: { viewId: string; user: string; values?: ViewValues }): Promise<PressResult>
  closeView(closing: { viewId: string; user: string }): Promise<PressResult>
  /** The message shortcut. */
  shortcut(chosen: { callbackId: string; channel: string; ts: string; user: string }): Promise<PressResult>
  /** A slash command. Slack has none inside threads: with `threadTs` it is refused, nothing is sent. */
  slash(typed: { command: string; text: string; channel: string; user: string; threadTs?: string }): Promise<PressResult>
  openHome(user: string): Promise<void>
  /** A person joins or is invited; also how the app's bot gets into a channel. */
  join(joining: { channel: string; user: string; inviter?: string }): Promise<void>
  leave(leaving: { channel: string; user: string }): Promise<void>
  /** The direct message channel of a person with the app; made when it is new. */
  directChannel(user: string): string
  /** Sends the app any event of the Events API, wrapped and retried as Slack does: `subteam_updated`, `tokens_revoked` … */
  sendEvent(event: Record<string, unknown>): void
  /** Open sockets of the app. */
  connections(): number
  close(): Promise<void>
}

export type BotPost = {
  channel: string
  bot: string
  text?: string
  attachments?: unknown[]
  blocks?: unknown[]
  threadTs?: string
}

export type Press = {
  user: string
  actionId: string
  blockId?: string
  /** For a message's element. */
  channel?: string
  ts?: string
  /** For a view's element. */
  viewId?: string
  home?: boolean
  /** Which of several buttons with one `action_id`; for feedback buttons the value of the one pressed; for inputs what was typed. */
  value?: string
  /** The value of the option chosen in a select, radio or overflow menu; a user, channel or date in the pickers. */
  selectedOption?: string
  selectedOptions?: string[]
}

/** `acked: false` after 3 s, when Slack shows the user a warning; `payload` is what the app answered with its acknowledgement. */
export type PressResult = { acked: boolean; reason?: string; payload?: unknown; ms: number }

/** What a person filled in: `block_id` -> `action_id` -> typed text, the value(s) chosen, or a whole state object of Slack's. */
export type ViewValues = Record<string, Record<string, string | string[] | null | Record<string, unknown>>>

export type WorkspaceOptions = {
  /** Default: any free one. */
  port?: number
  /** People by name; the first is who the page begins as. Default: ana, tom, kim (a guest), eve (deactivated). */
  people?: Person[]
  /** Channels by name; the app is a member unless `app: false`. Default: alerts, general, and the private oncall. */
  channels?: NewChannel[]
  usergroups?: { handle: string; name?: string; users: string[] }[]
  botToken?: string
  appToken?: string
  /** What the bot token may do. Default: everything in the manifest. */
  scopes?: string[]
  /** Slack's rate limits. `false` turns them off; a number scales the allowed calls a minute. Default: true. */
  rates?: boolean | number
  /** Scales the waiting before a retry of an event (0, 60 s, 300 s) and the 3 s for an acknowledgement of events. Default: 1. */
  retryScale?: number
  /** Seconds that a person waits for an acknowledgement. Default: 3, as Slack. */
  ackSeconds?: number
  /** Serves the page at `/`. */
  page?: (workspace: Workspace) => Hono
}

export type Person = {
  name: string
  realName?: string
  tz?: string
  isRestricted?: boolean
  isStranger?: boolean
  deleted?: boolean
}

export type NewChannel = { name: string; isPrivate?: boolean; isExtShared?: boolean; app?: boolean; members?: string[] }
