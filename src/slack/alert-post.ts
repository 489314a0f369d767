import { z } from 'zod'
import { type Alert, alertname } from '../alert/alert.ts'
import { confirm } from '../alert/confirm.ts'
import { confirmSoon } from '../alert/confirm-later.ts'
import type { Asked, Post, Received } from '../alert/intake.ts'
import { sources } from '../alert/sources/index.ts'
import { recordDecision } from '../incident/decision.ts'
import type { SkipReason } from '../incident/timeline.ts'
import { type AlertChannel, isClosedToAlerts, isTrusted } from './alert-channels.ts'
import type { Door } from './door.ts'

/** As much of a Slack message as is read here; the rest passes through to the source. */
export const messageShape = z.looseObject({
  ts: z.string(),
  thread_ts: z.string().optional(),
  subtype: z.string().optional(),
  bot_id: z.string().optional(),
  user: z.string().optional(),
  text: z.string().optional(),
})
export type SlackMessage = z.infer<typeof messageShape>

/**
 * Reads one message of an alert channel. Only bots that the channel's configuration names start anything; what is deliberately left
 * alone is stored with its reason. Safe to call again with the same message.
 */
export const readAlertPost = async (door: Door, channel: AlertChannel, message: SlackMessage, previous?: SlackMessage): Promise<void> => {
  const bot = message.bot_id
  if (bot === undefined || bot === door.identity.botId) return
  const alerts = sources['slack-message'].parse(message)
  const [first] = alerts
  if (first === undefined) return
  const where = { channel: channel.id, ts: message.ts }
  if (!(await isTrusted(door, channel, bot))) return skip(door, where, { alert: first, reason: 'unknown_bot', bot })
  if (await isClosedToAlerts(door, channel)) return skip(door, where, { alert: first, reason: 'shared_channel', bot })
  if (channel.mode === 'off') return skip(door, where, { alert: first, reason: 'channel_off', bot })
  if (previous !== undefined && !(await isNews(door, where, { alerts, previous }))) return
  await takeAlertPost(door, where, { message, alerts, asked: null })
}

type Where = { readonly channel: string; readonly ts: string }

/** Confirms the alerts of a message at Alertmanager and receives them, with the message as their post. */
export const takeAlertPost = async (
  door: Door,
  { channel, ts }: Where,
  { message, alerts, asked }: { message: SlackMessage; alerts: readonly Alert[]; asked: Asked | null },
): Promise<Received> => {
  const notice = alerts[0]?.notice
  const post: Post = { channel, ts, bot: message.bot_id ?? '', subject: notice?.subject ?? '', receiver: notice?.receiver ?? null }
  // A reply inside a thread cannot carry one of its own: it can end what it speaks of, and begin nothing.
  const isReply = message.thread_ts !== undefined && message.thread_ts !== ts && message.subtype !== 'thread_broadcast'
  const taken = isReply ? alerts.filter((alert) => alert.status === 'resolved') : alerts
  if (taken.length === 0) return { accepted: [], skipped: [] }
  const { clock } = door.context
  const began = clock.monotonic()
  const confirmed = await confirm(door.context, taken)
  const received = await door.receive({ alerts: confirmed, post: isReply ? null : post, asked, waitedMs: clock.monotonic() - began })
  if (!isReply) await confirmSoon(door.context, post, { alerts: confirmed })
  return received
}

const skip = (door: Door, { channel, ts }: Where, why: { alert: Alert; reason: SkipReason; bot: string }): Promise<void> =>
  recordDecision(door.context.db, {
    type: 'skipped',
    reason: why.reason,
    detail: `${alertname(why.alert)} ${why.alert.fingerprint} from slack-message ${channel} ${ts} by bot ${why.bot}`,
  })

/**
 * An edit counts when it says something else than before and its post is one that was read: an edited message never starts
 * anything by itself. Links that unfold and buttons that change are edits too.
 */
const isNews = async (
  { context }: Door,
  { channel, ts }: Where,
  { alerts, previous }: { alerts: readonly Alert[]; previous: SlackMessage },
) => {
  if (sayingOf(alerts) === sayingOf(sources['slack-message'].parse(previous))) return false
  const post = await context.db.selectFrom('post').select('ts').where('channel', '=', channel).where('ts', '=', ts).executeTakeFirst()
  return post !== undefined
}

const sayingOf = (alerts: readonly Alert[]): string =>
  JSON.stringify(alerts.map(({ status, notice }) => [status, notice?.subject, notice?.fingerprints]))
