import type { Workspace } from '../src/demo/slack/contract.ts'
import type { StoredMessage } from '../src/demo/slack/state.ts'

/** What stands in a channel of the local workspace, as a person sees it there. */
export const channelOf = (workspace: Workspace, name = 'alerts'): { id: string; messages: StoredMessage[] } => {
  const channel = workspace.state.channel(name)
  if (channel === undefined) throw new Error(`there is no channel ${name}`)
  return channel
}

/** Messages on the channel's top level. */
export const topLevel = (workspace: Workspace, name = 'alerts'): StoredMessage[] =>
  channelOf(workspace, name).messages.filter((message) => message.threadTs === undefined && message.deleted !== true)

/** Replies under a message. */
export const replies = (workspace: Workspace, ts: string, name = 'alerts'): StoredMessage[] =>
  channelOf(workspace, name).messages.filter((message) => message.threadTs === ts && message.deleted !== true)

/** Everything that the app itself has posted. */
export const ours = (workspace: Workspace, name = 'alerts'): StoredMessage[] =>
  channelOf(workspace, name).messages.filter((message) => message.appId === workspace.appId && message.deleted !== true)

/** The name of one of our messages inside its incident: first, progress:1, analysis:1, outcome, card, again:<ts> … */
export const nameOf = (message: StoredMessage): string => {
  const key = (message.metadata as { event_payload?: { key?: string } } | undefined)?.event_payload?.key ?? ''
  return key.slice(key.indexOf(':') + 1)
}

/** Our message of that name in a thread. */
export const named = (workspace: Workspace, ts: string, name: string, channel = 'alerts'): StoredMessage | undefined =>
  replies(workspace, ts, channel).find((message) => nameOf(message) === name)

/** All text of a message's blocks, in reading order. */
export const wordsOf = (message: { blocks: unknown[] }): string => textsOf(message.blocks).join('\n')

const textsOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'string' ? (['text', 'title', 'alt_text'].includes(name) ? [inner] : []) : textsOf(inner),
  )
}

/** Reactions that Vigil itself has put on a message. */
export const reactionsOf = (workspace: Workspace, message: StoredMessage): string[] =>
  message.reactions.filter((reaction) => reaction.users.includes(workspace.botUserId)).map((reaction) => reaction.name)
