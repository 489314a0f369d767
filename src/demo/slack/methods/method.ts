import type { Slack } from '../slack.ts'
import type { Channel } from '../state.ts'

/** One method of the Web API: the scope it needs (none for some), and what it does. */
export type Method = {
  /** Any one of them. A function where it depends on the kind of channel. */
  scope?: string | ((slack: Slack, body: Body) => string)
  /** `app` for those that take the app-level token. */
  token?: 'app'
  run(slack: Slack, body: Body): Answer
}

/** The arguments, JSON already read. */
export type Body = Record<string, unknown>

export type Answer = { ok: true; [key: string]: unknown } | Refusal
export type Refusal = { ok: false; error: string; [key: string]: unknown }

export const refuse = (error: string, more: Record<string, unknown> = {}): Refusal => ({ ok: false, error, ...more })

/** Slack names each fault in `response_metadata.messages`. */
export const refuseWith = (error: string, faults: readonly string[]): Refusal =>
  refuse(error, { response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) }, errors: faults })

export const textOf = (body: Body, key: string): string | undefined => {
  const value = body[key]
  return value === undefined || value === null ? undefined : String(value)
}

export const flagOf = (body: Body, key: string): boolean => ['true', '1', true, 1].includes(body[key] as string)

export const listOf = (body: Body, key: string): unknown[] | undefined => {
  const value = body[key]
  return Array.isArray(value) ? value : undefined
}

/** The channel that the bot may see: private ones only from inside. Ids alone, as most methods have it. */
export const channelOf = (slack: Slack, body: Body, key = 'channel'): Channel | undefined => {
  const channel = slack.state.channels.get(textOf(body, key) ?? '')
  if (!channel || channel.members.has(slack.state.app.botUserId)) return channel
  return channel.isPrivate || channel.isIm ? undefined : channel
}

export const isMember = (slack: Slack, channel: Channel): boolean => channel.members.has(slack.state.app.botUserId)

/** `channels:read`, `groups:history` …: by the kind of the channel named in the call. */
export const channelScope =
  (what: 'read' | 'history') =>
  (slack: Slack, body: Body): string => {
    const channel = slack.state.channels.get(textOf(body, 'channel') ?? '')
    return channel?.isIm ? `im:${what}` : channel?.isPrivate ? `groups:${what}` : `channels:${what}`
  }

/** A page of a list; the cursor is the index of the next item. */
export const pageOf = <T>(items: readonly T[], body: Body, fallback: number): { page: T[]; next: string } => {
  const limit = Math.min(1000, Math.max(1, Number(textOf(body, 'limit') ?? fallback)))
  const cursor = textOf(body, 'cursor')
  const start = cursor ? Number(Buffer.from(cursor, 'base64').toString().replace('next:', '')) : 0
  const end = start + limit
  return { page: items.slice(start, end), next: end < items.length ? Buffer.from(`next:${end}`).toString('base64') : '' }
}
