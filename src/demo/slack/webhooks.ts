import { isObject } from './limits/report.ts'
import { faultsOf } from './limits.ts'
import { directOf, refusalOf } from './methods/chat.ts'
import type { Body } from './methods/method.ts'
import { edit, post, remove } from './post.ts'
import type { Slack } from './slack.ts'
import type { Channel, StoredMessage } from './state.ts'

/** What an HTTP caller gets: plain text, as Slack's webhooks answer. */
export type Outcome = { status: number; text: string }

/** A post to an incoming webhook. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks : "ok", or 400 and 404 with a word. */
export const takeWebhook = (slack: Slack, id: string, raw: string): Outcome => {
  const hook = slack.webhooks.get(id)
  if (!hook) return { status: 404, text: 'no_service' }
  const channel = slack.state.channels.get(hook.channel)
  if (!channel) return { status: 404, text: 'channel_not_found' }
  const bot = slack.state.bots.get(hook.bot)
  const body = payloadOf(raw)
  if (!body || !bot) return { status: 400, text: 'invalid_payload' }
  const text = typeof body['text'] === 'string' ? body['text'] : ''
  const blocks = Array.isArray(body['blocks']) ? body['blocks'] : []
  const attachments = Array.isArray(body['attachments']) ? body['attachments'] : []
  if (text === '' && blocks.length === 0 && attachments.length === 0) return { status: 400, text: 'no_text' }
  if (attachments.length > 100) return { status: 400, text: 'too_many_attachments' }
  if (faultsOf({ blocks, attachments }).length > 0) return { status: 400, text: 'invalid_blocks' }
  post(slack, channel, {
    botId: bot.id,
    subtype: 'bot_message',
    username: typeof body['username'] === 'string' && body['username'] !== '' ? body['username'] : bot.name,
    text,
    blocks,
    attachments,
    ...(typeof body['thread_ts'] === 'string' ? { threadTs: body['thread_ts'] } : {}),
    ...(typeof body['icon_emoji'] === 'string' && body['icon_emoji'] !== '' ? { icon: body['icon_emoji'] } : {}),
  })
  return { status: 200, text: 'ok' }
}

const RESPONSE_URL_MS = 30 * 60_000
const RESPONSE_URL_USES = 5

/** A post to a `response_url`: a new message (for the presser alone unless `in_channel`), or a change of the one that was pressed. */
export const takeResponse = (slack: Slack, id: string, raw: string): Outcome => {
  const target = slack.responseUrls.get(id)
  const channel = slack.state.channels.get(target?.channel ?? '')
  if (!target || !channel || Date.now() - target.at > RESPONSE_URL_MS) return { status: 404, text: '{"ok":false,"error":"expired_url"}' }
  if (target.uses >= RESPONSE_URL_USES) return { status: 404, text: '{"ok":false,"error":"used_url"}' }
  target.uses += 1
  const body = payloadOf(raw)
  if (!body) return { status: 400, text: 'invalid_payload' }
  const pressed = target.ts === undefined ? undefined : slack.state.message(channel.id, target.ts)
  if (body['delete_original'] === true && pressed) {
    remove(slack, channel, pressed)
    return OK
  }
  const refusal = refusalOf(body, 40_000)
  if (refusal) return { status: 400, text: refusal.error }
  if (body['replace_original'] === true && pressed) edit(slack, channel, pressed, contentOf(body))
  else postFrom(slack, channel, { body, user: target.user, threadTs: target.threadTs })
  return OK
}

const OK: Outcome = { status: 200, text: '{"ok":true}' }

const postFrom = (slack: Slack, channel: Channel, from: { body: Body; user: string; threadTs: string | undefined }): StoredMessage => {
  const { app } = slack.state
  const threadTs = typeof from.body['thread_ts'] === 'string' ? from.body['thread_ts'] : from.threadTs
  return post(slack, channel, {
    user: app.botUserId,
    botId: app.botId,
    appId: app.id,
    ...contentOf(from.body),
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(from.body['response_type'] === 'in_channel' ? {} : { ephemeralFor: from.user }),
  })
}

/** An acknowledgement that carries text is an answer to the person who gave the command. */
export const takeAckPayload = (slack: Slack, payload: unknown, to: { channel: string; user: string; threadTs?: string }): void => {
  if (!isObject(payload) || (payload['text'] === undefined && payload['blocks'] === undefined)) return
  const channel = slack.state.channels.get(to.channel) ?? directOf(slack, to.user)
  postFrom(slack, channel, { body: payload, user: to.user, threadTs: to.threadTs })
}

const contentOf = (body: Body) => ({
  text: typeof body['text'] === 'string' ? body['text'] : '',
  blocks: Array.isArray(body['blocks']) ? body['blocks'] : [],
  attachments: Array.isArray(body['attachments']) ? body['attachments'] : [],
})

/** JSON, or a form whose `payload` is JSON. */
const payloadOf = (raw: string): Body | undefined => {
  try {
    const json: unknown = JSON.parse(raw.startsWith('payload=') ? (new URLSearchParams(raw).get('payload') ?? '') : raw)
    return isObject(json) ? json : undefined
  } catch {
    return undefined
  }
}
