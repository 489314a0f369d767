import { isObject } from '../limits/report.ts'
import { faultsOf, LONGEST_TEXT, MOST_ATTACHMENTS } from '../limits.ts'
import { wireMessage } from '../message.ts'
import { type Draft, edit, post, remove } from '../post.ts'
import type { Slack } from '../slack.ts'
import type { Channel } from '../state.ts'
import {
  type Answer,
  type Body,
  channelOf,
  flagOf,
  isMember,
  listOf,
  type Method,
  type Refusal,
  refuse,
  refuseWith,
  textOf,
} from './method.ts'

const postMessage = (slack: Slack, body: Body): Answer => {
  const channel = targetOf(slack, textOf(body, 'channel') ?? '')
  if (!channel) return refuse('channel_not_found')
  if (!isMember(slack, channel) && !(slack.settings.scopes.has('chat:write.public') && !channel.isPrivate)) return refuse('not_in_channel')
  const refusal = refusalOf(body, LONGEST_TEXT.post)
  if (refusal) return refusal
  const message = post(slack, channel, { ...draftOf(slack, body), ...broadcastOf(body) })
  return { ok: true, channel: channel.id, ts: message.ts, message: wireMessage(slack, channel, message) }
}

const update = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  const message = slack.state.message(channel.id, textOf(body, 'ts') ?? '')
  if (!message || message.ephemeralFor) return refuse('message_not_found')
  if (message.botId !== slack.state.app.botId) return refuse('cant_update_message')
  const refusal = refusalOf(body, LONGEST_TEXT.update)
  if (refusal) return refusal
  const blocks = listOf(body, 'blocks')
  const attachments = listOf(body, 'attachments')
  edit(slack, channel, message, {
    text: textOf(body, 'text') ?? '',
    ...(blocks ? { blocks } : {}),
    ...(attachments ? { attachments } : {}),
    ...(body['metadata'] === undefined ? {} : { metadata: body['metadata'] }),
  })
  return { ok: true, channel: channel.id, ts: message.ts, text: message.text, message: wireMessage(slack, channel, message) }
}

const deleteMessage = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  const message = slack.state.message(channel.id, textOf(body, 'ts') ?? '')
  if (!message || message.ephemeralFor) return refuse('message_not_found')
  if (message.botId !== slack.state.app.botId) return refuse('cant_delete_message')
  remove(slack, channel, message)
  return { ok: true, channel: channel.id, ts: message.ts }
}

const postEphemeral = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  if (!isMember(slack, channel)) return refuse('not_in_channel')
  const user = textOf(body, 'user') ?? ''
  if (!channel.members.has(user)) return refuse('user_not_in_channel')
  const refusal = refusalOf(body, LONGEST_TEXT.post)
  if (refusal) return refusal
  const message = post(slack, channel, { ...draftOf(slack, body), ephemeralFor: user })
  return { ok: true, message_ts: message.ts }
}

const getPermalink = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body)
  if (!channel) return refuse('channel_not_found')
  const message = slack.state.message(channel.id, textOf(body, 'message_ts') ?? '')
  if (!message) return refuse('message_not_found')
  const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`
  return {
    ok: true,
    channel: channel.id,
    permalink: `${slack.settings.url}/archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`,
  }
}

const setStatus = (slack: Slack, body: Body): Answer => {
  const channel = channelOf(slack, body, 'channel_id')
  if (!channel) return refuse('channel_not_found')
  const threadTs = textOf(body, 'thread_ts') ?? ''
  if (!slack.state.message(channel.id, threadTs)) return refuse('message_not_found')
  const status = textOf(body, 'status') ?? ''
  const key = `${channel.id}:${threadTs}`
  if (status === '') slack.state.statuses.delete(key)
  else slack.state.statuses.set(key, status)
  slack.state.changed({ type: 'status', channel: channel.id, threadTs })
  return { ok: true }
}

/** For these Slack takes a channel's name and a person's id (their direct messages) as well. */
const targetOf = (slack: Slack, target: string): Channel | undefined => {
  const { state } = slack
  const user = state.users.get(target)
  const channel = user ? directOf(slack, user.id) : state.channel(target)
  return channel && ((!channel.isPrivate && !channel.isIm) || isMember(slack, channel)) ? channel : undefined
}

/** The direct messages of a person with the app; made when they are new. */
export const directOf = (slack: Slack, user: string): Channel => {
  const { state } = slack
  const known = [...state.channels.values()].find((channel) => channel.isIm && channel.members.has(user))
  if (known) return known
  const members = new Set([user, state.app.botUserId])
  const id = state.nextId('D')
  const channel: Channel = {
    id,
    name: state.users.get(user)?.name ?? user,
    isPrivate: true,
    isIm: true,
    isExtShared: false,
    members,
    messages: [],
  }
  state.channels.set(id, channel)
  state.changed({ type: 'channel', channel: id })
  return channel
}

/**
 * Why Slack would not take this message. One thing is stricter than Slack, which only warns: a message without top-level `text`,
 * because phones show nothing else.
 */
export const refusalOf = (body: Body, longest: number): Refusal | undefined => {
  const text = textOf(body, 'text') ?? ''
  if (text === '') return refuse('no_text')
  if (text.length > longest) return refuse('msg_too_long')
  if ((listOf(body, 'attachments')?.length ?? 0) > MOST_ATTACHMENTS) return refuse('too_many_attachments')
  const faults = faultsOf({ blocks: body['blocks'], attachments: body['attachments'] })
  if (faults.length > 0)
    return refuseWith(faults.every((one) => one.includes('/attachments')) ? 'invalid_attachments' : 'invalid_blocks', faults)
  return metadataRefusal(body['metadata'])
}

/** https://docs.slack.dev/messaging/message-metadata : a name and a flat payload. */
const metadataRefusal = (metadata: unknown): Refusal | undefined => {
  if (metadata === undefined) return undefined
  if (!isObject(metadata)) return refuse('invalid_metadata_format')
  if (typeof metadata['event_type'] !== 'string' || !isObject(metadata['event_payload'])) return refuse('invalid_metadata_schema')
  const isFlat = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)
  const isFlatObject = (value: unknown): boolean => isObject(value) && Object.values(value).every(isFlat)
  const isAllowed = (value: unknown): boolean => isFlat(value) || isFlatObject(value) || (Array.isArray(value) && value.every(isFlatObject))
  if (!Object.values(metadata['event_payload']).every(isAllowed)) return refuse('invalid_metadata_schema')
  return JSON.stringify(metadata).length > 8000 ? refuse('metadata_too_large') : undefined
}

const draftOf = (slack: Slack, body: Body): Draft => {
  const { app } = slack.state
  const threadTs = textOf(body, 'thread_ts')
  return {
    user: app.botUserId,
    botId: app.botId,
    appId: app.id,
    text: textOf(body, 'text') ?? '',
    blocks: listOf(body, 'blocks') ?? [],
    attachments: listOf(body, 'attachments') ?? [],
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(body['metadata'] === undefined ? {} : { metadata: body['metadata'] }),
  }
}

const broadcastOf = (body: Body): Draft => (flagOf(body, 'reply_broadcast') ? { subtype: 'thread_broadcast' } : {})

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': { scope: 'chat:write', run: postMessage },
  'chat.update': { scope: 'chat:write', run: update },
  'chat.delete': { scope: 'chat:write', run: deleteMessage },
  'chat.postEphemeral': { scope: 'chat:write', run: postEphemeral },
  'chat.getPermalink': { run: getPermalink },
  'assistant.threads.setStatus': { scope: 'chat:write', run: setStatus },
}
