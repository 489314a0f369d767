import type { Slack } from './slack.ts'
import type { Channel, StoredMessage } from './state.ts'

/** A message in the shape in which Slack's API and events carry it: a person's, an app's with its bot user, or a webhook's (`bot_message`, no user). */
export const wireMessage = (slack: Slack, channel: Channel, message: StoredMessage): Record<string, unknown> => {
  const replies = channel.messages.filter((other) => other.threadTs === message.ts && other.deleted !== true && !other.ephemeralFor)
  return {
    type: 'message',
    ...(message.subtype ? { subtype: message.subtype } : {}),
    ...(message.user ? { user: message.user } : {}),
    ...(message.username ? { username: message.username } : {}),
    ...(message.botId ? botFields(slack, message) : { client_msg_id: `${message.ts}-client` }),
    ...(message.icon ? { icons: { emoji: message.icon } } : {}),
    text: message.text,
    ts: message.ts,
    team: slack.state.team.id,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(message.files ? { files: message.files.map(({ content: _, ...file }) => file) } : {}),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.edited ? { edited: { user: message.user ?? message.botId, ts: message.edited } } : {}),
    ...(message.reactions.length > 0
      ? { reactions: message.reactions.map((reaction) => ({ ...reaction, count: reaction.users.length })) }
      : {}),
    ...threadFields(channel, message, replies),
  }
}

const botFields = (slack: Slack, message: StoredMessage): Record<string, unknown> => {
  const bot = message.botId === undefined ? undefined : slack.state.bots.get(message.botId)
  // An app's own messages carry its profile; the older bot_message shape has the id alone.
  if (message.subtype === 'bot_message') return { bot_id: message.botId }
  return {
    bot_id: message.botId,
    app_id: message.appId,
    bot_profile: { id: message.botId, app_id: message.appId, name: bot?.name, deleted: false, team_id: slack.state.team.id },
  }
}

const threadFields = (channel: Channel, message: StoredMessage, replies: StoredMessage[]): Record<string, unknown> => {
  if (message.threadTs !== undefined) {
    const parent = channel.messages.find((other) => other.ts === message.threadTs)
    return { thread_ts: message.threadTs, ...(parent?.user ? { parent_user_id: parent.user } : {}) }
  }
  if (replies.length === 0) return {}
  const authors = [...new Set(replies.map((reply) => reply.user ?? reply.botId))]
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: authors.length,
    reply_users: authors,
    latest_reply: replies.at(-1)?.ts,
    is_locked: false,
    subscribed: false,
  }
}

export const channelTypeOf = (channel: Channel): 'im' | 'group' | 'channel' =>
  channel.isIm ? 'im' : channel.isPrivate ? 'group' : 'channel'
