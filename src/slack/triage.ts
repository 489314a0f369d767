import type { Received } from '../alert/intake.ts'
import { sources } from '../alert/sources/index.ts'
import type { Incident } from '../db/schema.ts'
import { findByMessage, knownSubject } from '../incident/find.ts'
import { findIncident, incidentName } from '../incident/incident.ts'
import { again } from '../investigation/again.ts'
import { alertChannel } from './alert-channels.ts'
import { messageShape, type SlackMessage, takeAlertPost } from './alert-post.ts'
import { line } from './blocks/text.ts'
import type { Door } from './door.ts'
import { permalink } from './drawing.ts'
import { refusalOf, slackFailure } from './failure.ts'
import { plainOf } from './plain.ts'

/** Who asked, and where the answer would be read: it decides whether "in this thread" or a link is said. */
export type Asking = { readonly user: string; readonly channel: string; readonly threadTs: string | null }

/**
 * What a person points at: its incident is investigated once more, an alert is taken in, anything else is a question. Returns what to
 * say, or null when the thread itself will say it. Throws TransientError when Slack cannot be asked.
 */
export const triageMessage = async (door: Door, message: { channel: string; ts: string }, asking: Asking): Promise<string | null> => {
  const { channel, ts } = message
  const known = await findByMessage(door.context.db, channel, ts)
  if (known !== undefined) return triageIncident(door, known, asking)
  const found = await fetchMessage(door, channel, ts)
  if (found === undefined) return 'I cannot see that message. If it is in a private channel, invite me there: /invite @vigil'
  if (found.bot_id === door.identity.botId) return 'That is a message of my own. Point me at the alert, or ask me in words.'
  const root = found.thread_ts ?? found.ts
  const parent = root === ts ? undefined : await findByMessage(door.context.db, channel, root)
  if (parent !== undefined) return triageIncident(door, parent, asking)
  if ((await alertChannel(door, channel))?.mode === 'off')
    return 'Not done: this channel is switched off for me (slack.alert_channels, mode: off). Ask me elsewhere, with the alert’s name.'
  const alerts = found.bot_id !== undefined ? sources['slack-message'].parse(found) : []
  if (alerts.length > 0) {
    const asked = { user: asking.user, channel, threadTs: root, anchor: 'alert' } as const
    return said(door, await takeAlertPost(door, { channel, ts }, { message: found, alerts, asked }), asking)
  }
  return triageQuestion(door, { text: textOf(found), channel, ts, threadTs: root }, asking)
}

/** An incident that is known: once more, now. */
export const triageIncident = async (door: Door, incident: Incident, asking: Asking): Promise<string | null> => {
  const outcome = await again(door.context, incident.id, asking.user)
  const isHere = incident.channel === asking.channel && incident.thread_ts === asking.threadTs
  const name = isHere ? incidentName(incident) : `${incidentName(incident)}${linkTo(door, incident)}`
  if (outcome.again) return `Looking at ${name} again.`
  if (outcome.reason === 'running') return `${name} is being investigated right now.`
  return `${name} is over, so there is nothing to look at now. If it fires again I look at once.`
}

/** A question of a person, or a message that is no alert: one alert of source `mention`, in the thread where it was asked. */
export const triageQuestion = async (
  door: Door,
  question: { text: string; channel: string; ts: string; threadTs: string },
  asking: Asking,
): Promise<string | null> => {
  const text = plainOf(question.text).slice(0, 4000)
  if (text === '') return 'There is no text in it that I could look into. Ask me in words: `@vigil triage why is checkout slow?`'
  const service = await knownSubject(door.context.db, [...new Set(text.toLowerCase().match(/[a-z0-9][\w.-]*/g) ?? [])].slice(0, 200))
  const alerts = sources.mention.parse({
    id: `${question.channel}-${question.ts}`,
    text,
    user: asking.user,
    ...(service === null ? {} : { service }),
  })
  const { channel, threadTs } = question
  await door.receive({ alerts, post: null, asked: { user: asking.user, channel, threadTs, anchor: 'mention' } })
  return channel === asking.channel ? null : `Looking into it: ${link(door, channel, threadTs)}`
}

/** What became of alerts that a person pointed at. Null when the first reply will stand where they look. */
export const said = async (door: Door, received: Received, asking: Asking): Promise<string | null> => {
  const [accepted] = received.accepted
  const [skipped] = received.skipped
  const id = accepted?.incident ?? skipped?.incident ?? null
  const incident = id === null ? undefined : await findIncident(door.context.db, id)
  if (incident === undefined) {
    return skipped?.reason === 'heartbeat'
      ? 'Not done: this alert is configured as a heartbeat. It always fires, and I only say when it stops.'
      : 'Not done: it says resolved, and I know of no open incident with it.'
  }
  if (accepted === undefined) return triageIncident(door, incident, asking)
  if (incident.channel === asking.channel) return null
  const where = incident.thread_ts === null && incident.channel !== null ? `, in ${channelWords(incident.channel)}` : linkTo(door, incident)
  return `Looking into it: ${incidentName(incident)}${where}`
}

export const linkTo = (door: Door, { channel, thread_ts: ts }: Pick<Incident, 'channel' | 'thread_ts'>): string =>
  channel === null || ts === null ? '' : ` (${link(door, channel, ts)})`

/** A live link to the channel; a configured name stays a name. */
const channelWords = (channel: string): string => (/^C[A-Z0-9]+$/.test(channel) ? `<#${channel}>` : line(channel, [], 80))

const link = (door: Door, channel: string, ts: string): string => `<${permalink(door.identity.url, channel, ts)}|thread>`

const fetchMessage = async (door: Door, channel: string, ts: string): Promise<SlackMessage | undefined> => {
  const { history } = door.clients
  const only = { channel, oldest: ts, latest: ts, inclusive: true, limit: 1 }
  try {
    const top = await history.conversations.history(only)
    const messages: unknown[] = top.messages?.length
      ? top.messages
      : ((await history.conversations.replies({ ...only, ts })).messages ?? [])
    return messages.flatMap((message) => messageShape.safeParse(message).data ?? []).find((message) => message.ts === ts)
  } catch (error) {
    if (UNSEEN.includes(refusalOf(error) ?? '')) return undefined
    throw slackFailure(error, 'reading a message')
  }
}

const UNSEEN = ['channel_not_found', 'not_in_channel', 'thread_not_found', 'message_not_found', 'missing_scope']

/** What a message says: its text, else what its attachments say. */
const textOf = (message: SlackMessage): string => {
  const attachments = (message as { attachments?: { title?: string; text?: string; fallback?: string }[] }).attachments ?? []
  const said = attachments.map(({ title, text, fallback }) => [title, text ?? fallback].filter(Boolean).join(': '))
  return [message.text ?? '', ...said].filter((part) => part.trim() !== '').join('\n')
}
