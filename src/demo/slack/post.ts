import { channelTypeOf, wireMessage } from './message.ts'
import type { Slack } from './slack.ts'
import type { Channel, StoredMessage } from './state.ts'

/** Puts a message into a channel, whoever wrote it, and tells the app if it is in there: `message`, and `app_mention` when it is named. */
export const post = (slack: Slack, channel: Channel, draft: Draft): StoredMessage => {
  const { state } = slack
  const threadTs = parentOf(channel, draft.threadTs)
  const message: StoredMessage = {
    ts: state.nextTs(),
    text: draft.text ?? '',
    blocks: withIds(slack, draft.blocks ?? []),
    attachments: attachmentsOf(slack, draft.attachments ?? []),
    reactions: [],
    ...(threadTs === undefined ? {} : { threadTs }),
    ...pick(draft, ['user', 'botId', 'appId', 'subtype', 'username', 'icon', 'metadata', 'files', 'ephemeralFor']),
  }
  channel.messages.push(message)
  if (threadTs !== undefined && message.botId === state.app.botId) state.statuses.delete(`${channel.id}:${threadTs}`)
  changed(slack, channel, message)
  if (message.ephemeralFor !== undefined || !isIn(slack, channel)) return message
  const event = { ...wireMessage(slack, channel, message), channel: channel.id, event_ts: message.ts }
  slack.event({ ...event, channel_type: channelTypeOf(channel) })
  if (!channel.isIm && message.botId !== state.app.botId && message.text.includes(`<@${state.app.botUserId}>`))
    slack.event({ ...event, type: 'app_mention' })
  return message
}

/** Changes what is given and leaves the rest, as chat.update does. */
export const edit = (slack: Slack, channel: Channel, message: StoredMessage, change: Change): StoredMessage => {
  const before = wireMessage(slack, channel, message)
  const hasNewText = change.text !== undefined && change.text !== message.text
  if (change.text !== undefined) message.text = change.text
  if (change.blocks !== undefined) message.blocks = withIds(slack, change.blocks)
  if (change.attachments !== undefined) message.attachments = attachmentsOf(slack, change.attachments)
  if (change.metadata !== undefined) message.metadata = change.metadata
  if (hasNewText) message.edited = slack.state.nextTs()
  changed(slack, channel, message)
  if (!message.ephemeralFor)
    tellHidden(slack, channel, 'message_changed', { message: wireMessage(slack, channel, message), previous_message: before })
  return message
}

export const remove = (slack: Slack, channel: Channel, message: StoredMessage): void => {
  const before = wireMessage(slack, channel, message)
  message.deleted = true
  changed(slack, channel, message)
  if (!message.ephemeralFor) tellHidden(slack, channel, 'message_deleted', { deleted_ts: message.ts, previous_message: before })
}

/** Undefined when it was so already: a second reaction of one person with one name, or taking back none. */
export const react = (slack: Slack, at: { channel: Channel; message: StoredMessage }, by: Reaction): 'done' | undefined => {
  const { message, channel } = at
  const known = message.reactions.find((reaction) => reaction.name === by.name)
  const has = known?.users.includes(by.user) === true
  if (has !== (by.remove === true)) return undefined
  if (by.remove === true && known) known.users = known.users.filter((user) => user !== by.user)
  else if (known) known.users.push(by.user)
  else message.reactions.push({ name: by.name, users: [by.user] })
  message.reactions = message.reactions.filter((reaction) => reaction.users.length > 0)
  changed(slack, channel, message)
  if (isIn(slack, channel))
    slack.event({
      type: by.remove === true ? 'reaction_removed' : 'reaction_added',
      user: by.user,
      reaction: by.name,
      item: { type: 'message', channel: channel.id, ts: message.ts },
      ...(message.user ? { item_user: message.user } : {}),
      event_ts: slack.state.nextTs(),
    })
  return 'done'
}

/** The app hears of channels that its bot is in, and of nothing else. */
export const isIn = (slack: Slack, channel: Channel): boolean => channel.members.has(slack.state.app.botUserId)

/** Slack gives every block an id, and every element an action_id, that has none. */
export const withIds = (slack: Slack, blocks: readonly unknown[]): unknown[] =>
  blocks.map((block) => {
    const copy = structuredClone(block) as Record<string, unknown>
    copy['block_id'] ??= slack.state.nextId('b')
    for (const element of [copy['accessory'], copy['element'], ...listOf(copy['elements'])]) fillActionId(slack, copy['type'], element)
    if (Array.isArray(copy['child_blocks'])) copy['child_blocks'] = withIds(slack, copy['child_blocks'])
    return copy
  })

const fillActionId = (slack: Slack, blockType: unknown, element: unknown): void => {
  const isInteractive = blockType === 'actions' || blockType === 'section' || blockType === 'input' || blockType === 'context_actions'
  if (!isInteractive || typeof element !== 'object' || element === null || (element as { type?: unknown }).type === 'image') return
  const copy = element as Record<string, unknown>
  copy['action_id'] ??= slack.state.nextId('a')
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const changed = (slack: Slack, channel: Channel, message: StoredMessage): void =>
  slack.state.changed({
    type: 'message',
    channel: channel.id,
    ts: message.ts,
    ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
  })

const tellHidden = (slack: Slack, channel: Channel, subtype: string, rest: Record<string, unknown>): void => {
  if (!isIn(slack, channel)) return
  const ts = slack.state.nextTs()
  slack.event({
    type: 'message',
    subtype,
    hidden: true,
    channel: channel.id,
    channel_type: channelTypeOf(channel),
    ts,
    event_ts: ts,
    ...rest,
  })
}

/** If the parent is gone Slack posts at the top level without an error; a reply to a reply goes under its parent. */
const parentOf = (channel: Channel, threadTs: string | undefined): string | undefined => {
  const parent = channel.messages.find((message) => message.ts === threadTs && message.deleted !== true)
  return parent?.threadTs ?? parent?.ts
}

const COLOURS: Readonly<Record<string, string>> = { good: '2eb886', warning: 'daa038', danger: 'a30200' }

/** As Slack stores them: numbered, with a fallback, colours as six digits, empty fields left out; callback_id and footer are kept. */
const attachmentsOf = (slack: Slack, attachments: readonly unknown[]): unknown[] =>
  attachments.map((attachment, index) => {
    const given = Object.entries(attachment as Record<string, unknown>).filter(([, value]) => value !== '' && value !== null)
    const kept = Object.fromEntries(given)
    const colour = typeof kept['color'] === 'string' ? (COLOURS[kept['color']] ?? kept['color'].replace(/^#/, '')) : undefined
    return {
      ...kept,
      id: index + 1,
      fallback: kept['fallback'] ?? kept['text'] ?? kept['title'] ?? '[no preview available]',
      ...(colour === undefined ? {} : { color: colour }),
      ...(Array.isArray(kept['blocks']) ? { blocks: withIds(slack, kept['blocks']) } : {}),
    }
  })

const pick = <T, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]])) as Pick<T, K>

export type Draft = Partial<Pick<StoredMessage, 'text' | 'threadTs' | 'blocks' | 'attachments'>> &
  Pick<StoredMessage, 'user' | 'botId' | 'appId' | 'subtype' | 'username' | 'icon' | 'metadata' | 'files' | 'ephemeralFor'>

type Change = { text?: string; blocks?: unknown[]; attachments?: unknown[]; metadata?: unknown }

type Reaction = { user: string; name: string; remove?: boolean }
