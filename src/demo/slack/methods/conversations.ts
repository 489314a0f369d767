import { wireMessage } from '../message.ts'
import type { Slack } from '../slack.ts'
import type { Channel, StoredMessage } from '../state.ts'
import { directOf } from './chat.ts'
import { type Answer, type Body, channelOf, channelScope, flagOf, isMember, type Method, pageOf, refuse, textOf } from './method.ts'

const info = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  return channel ? { ok: true, channel: wireChannel(slack, channel) } : refuse('channel_not_found')
}

const list = (slack: Slack, body: Body): Answer => listed(slack, body, [...slack.state.channels.values()])

/** Those that the bot (or the named user) is in. */
const ofUser = (slack: Slack, body: Body): Answer => {
  const user = textOf(body, 'user') ?? slack.state.app.botUserId
  if (!slack.state.users.has(user)) return refuse('user_not_found')
  return listed(
    slack,
    body,
    [...slack.state.channels.values()].filter((channel) => channel.members.has(user)),
  )
}

const listed = (slack: Slack, body: Body, channels: Channel[]): Answer => {
  const types = (textOf(body, 'types') ?? 'public_channel').split(',').map((type) => type.trim())
  const seen = channels.filter((channel) => types.includes(typeOf(channel)) && (!channel.isPrivate || isMember(slack, channel)))
  const { page, next } = pageOf(seen, body, 100)
  return { ok: true, channels: page.map((channel) => wireChannel(slack, channel)), response_metadata: { next_cursor: next } }
}

const history = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  if (!isMember(slack, channel)) return refuse('not_in_channel')
  const shown = channel.messages.filter(
    (message) => isKept(message) && isWithin(message, body) && (message.threadTs === undefined || message.subtype === 'thread_broadcast'),
  )
  const { page, next } = pageOf(shown.reverse(), body, 100)
  return { ok: true, messages: page.map((message) => wire(slack, channel, message, body)), has_more: next !== '', ...nextOf(next) }
}

const replies = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  if (!isMember(slack, channel)) return refuse('not_in_channel')
  const asked = slack.state.message(channel.id, textOf(body, 'ts') ?? '')
  if (!asked || asked.ephemeralFor) return refuse('thread_not_found')
  const parentTs = asked.threadTs ?? asked.ts
  const thread = channel.messages.filter((message) => isKept(message) && message.threadTs === parentTs && isWithin(message, body))
  const parent = channel.messages.filter((message) => isKept(message) && message.ts === parentTs)
  const { page, next } = pageOf([...parent, ...thread], body, 1000)
  return { ok: true, messages: page.map((message) => wire(slack, channel, message, body)), has_more: next !== '', ...nextOf(next) }
}

const members = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  const { page, next } = pageOf([...channel.members], body, 100)
  return { ok: true, members: page, response_metadata: { next_cursor: next } }
}

const open = (slack: Slack, body: Body): Answer => {
  const user = textOf(body, 'users') ?? ''
  if (user === '') return refuse('users_list_not_supplied')
  if (user.includes(',')) return refuse('not_enough_users')
  const person = slack.state.users.get(user)
  if (!person) return refuse('user_not_found')
  if (person.deleted) return refuse('user_disabled')
  return { ok: true, channel: { id: directOf(slack, user).id } }
}

const join = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  if (channel.isPrivate || channel.isIm) return refuse('method_not_supported_for_channel_type')
  const isNew = !isMember(slack, channel)
  if (isNew) joinAs(slack, channel, slack.state.app.botUserId)
  return { ok: true, channel: wireChannel(slack, channel), ...(isNew ? {} : { warning: 'already_in_channel' }) }
}

/** Makes the user a member and tells the app, if it is in there or is the one who came. */
export const joinAs = (slack: Slack, channel: Channel, user: string, inviter?: string): void => {
  channel.members.add(user)
  slack.state.changed({ type: 'channel', channel: channel.id })
  if (!isMember(slack, channel)) return
  slack.event({
    type: 'member_joined_channel',
    user,
    channel: channel.id,
    channel_type: channel.isPrivate ? 'G' : 'C',
    team: slack.state.team.id,
    ...(inviter === undefined ? {} : { inviter }),
    event_ts: slack.state.nextTs(),
  })
}

const wire = (slack: Slack, channel: Channel, message: StoredMessage, body: Body): Record<string, unknown> => {
  const { metadata, ...rest } = wireMessage(slack, channel, message)
  return flagOf(body, 'include_all_metadata') && metadata !== undefined ? { ...rest, metadata } : rest
}

const isKept = (message: StoredMessage): boolean => message.deleted !== true && message.ephemeralFor === undefined

const isWithin = (message: StoredMessage, body: Body): boolean => {
  const oldest = textOf(body, 'oldest')
  const latest = textOf(body, 'latest')
  const isInclusive = flagOf(body, 'inclusive')
  const ts = Number(message.ts)
  if (oldest !== undefined && (ts < Number(oldest) || (ts === Number(oldest) && !isInclusive))) return false
  return latest === undefined || ts < Number(latest) || (ts === Number(latest) && isInclusive)
}

const nextOf = (next: string) => (next === '' ? {} : { response_metadata: { next_cursor: next } })

const typeOf = (channel: Channel): string => (channel.isIm ? 'im' : channel.isPrivate ? 'private_channel' : 'public_channel')

const wireChannel = (slack: Slack, channel: Channel): Record<string, unknown> => ({
  id: channel.id,
  ...(channel.isIm
    ? { user: [...channel.members].find((member) => member !== slack.state.app.botUserId) }
    : { name: channel.name, name_normalized: channel.name, num_members: channel.members.size }),
  is_channel: !channel.isIm && !channel.isPrivate,
  is_group: !channel.isIm && channel.isPrivate,
  is_im: channel.isIm,
  is_mpim: false,
  is_private: channel.isPrivate,
  is_archived: false,
  is_member: isMember(slack, channel),
  is_shared: channel.isExtShared,
  is_ext_shared: channel.isExtShared,
  is_org_shared: false,
  context_team_id: slack.state.team.id,
})

const readScope = channelScope('read')

export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.info': { scope: readScope, run: info },
  'conversations.list': { scope: 'channels:read', run: list },
  'conversations.history': { scope: channelScope('history'), run: history },
  'conversations.replies': { scope: channelScope('history'), run: replies },
  'conversations.members': { scope: readScope, run: members },
  'conversations.open': { scope: 'im:write', run: open },
  'conversations.join': { scope: 'channels:join', run: join },
  'users.conversations': { scope: 'channels:read', run: ofUser },
}
