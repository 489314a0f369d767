import type { Context } from '../context.ts'
import { jsonbText } from '../db/jsonb.ts'
import { databaseNow } from '../incident/timeline.ts'
import type { Identity } from './identity.ts'
import { isQuestion } from './is-question.ts'
import { plainOf } from './plain.ts'

/** One thing that Slack told us, as it is stored before it is acknowledged. */
export type Envelope = { readonly key: string; readonly kind: 'event' | 'interactive' | 'slash'; readonly body: Record<string, unknown> }

/**
 * A press is handled at once, because Slack waits 3 s for its acknowledgement; this job finds what a crash left of it. Long enough that
 * it never meets a press which is still being handled: a listener makes a few calls of 10 s at most.
 */
const REPLAY_AFTER_SECONDS = 30

/**
 * The envelope to keep, under the key that makes it one however often it comes; null for what no listener would look at. `isHeard` says
 * whether people's questions in the threads of a channel are listened to without a mention.
 */
export const envelopeOf = (
  raw: { type: string; id: string; body: Record<string, unknown> },
  identity: Identity,
  isHeard: (channel: string) => boolean = () => false,
): Envelope | null => {
  const { type, id, body } = raw
  if (type === 'events_api') {
    const event = body['event']
    if (!isObject(event) || (isIdle(event, identity) && !isThreadQuestion(event, isHeard))) return null
    const key = messageKey(event) ?? body['event_id']
    return typeof key === 'string' ? { key, kind: 'event', body } : null
  }
  if (type !== 'interactive' && type !== 'slash_commands') return null
  const trigger = body['trigger_id']
  return { key: typeof trigger === 'string' ? trigger : id, kind: type === 'interactive' ? 'interactive' : 'slash', body }
}

/**
 * A message goes by where it stands: it may come as several events, and is read from the history when events were missed. Edits are
 * events of their own.
 */
const messageKey = ({ type, subtype, channel, ts }: Record<string, unknown>): string | undefined =>
  (type === 'message' && subtype !== 'message_changed') || type === 'app_mention' ? `${type}:${String(channel)}:${String(ts)}` : undefined

/**
 * Events that start nothing are acknowledged and forgotten: what people say to each other is not stored, and the echoes of our own
 * posts and edits (one for each step of an investigation) cost nothing.
 */
const isIdle = (event: Record<string, unknown>, identity: Identity): boolean => {
  if (event['type'] !== 'message') return false
  const subtype = event['subtype']
  if (subtype === 'message_deleted' || subtype === 'message_replied') return true
  const message = subtype === 'message_changed' ? event['message'] : event
  if (!isObject(message) || message['bot_id'] === identity.botId || message['user'] === identity.botUserId) return true
  const isDirect = event['channel_type'] === 'im' && subtype !== 'message_changed'
  return message['bot_id'] === undefined && !isDirect
}

/** Said by a person in a thread, a question by its form, to nobody by name. */
const isThreadQuestion = (event: Record<string, unknown>, isHeard: (channel: string) => boolean): boolean => {
  const { type, subtype, channel, thread_ts: thread, ts, text, user, bot_id: bot } = event
  if (type !== 'message' || subtype !== undefined || bot !== undefined || typeof user !== 'string') return false
  if (typeof channel !== 'string' || typeof thread !== 'string' || thread === ts || typeof text !== 'string') return false
  return isHeard(channel) && isQuestionToAll(text)
}

/** Whoever is mentioned is meant; a mention of Vigil has its own event. */
export const isQuestionToAll = (text: string): boolean => !/<[@!]/.test(text) && isQuestion(plainOf(text))

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Stores an envelope with the job that handles it, in one transaction. False when it was there already. Throws when it cannot be stored. */
export const keep = (context: Context, { key, kind, body }: Envelope): Promise<boolean> =>
  context.db.transaction().execute(async (trx) => {
    const added = await trx
      .insertInto('inbox')
      .values({ key, kind, body: jsonbText(body) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('key')
      .executeTakeFirst()
    if (added === undefined) return false
    await context.queue.send(trx, 'inbox', [{ key }], kind === 'event' ? {} : { afterSeconds: REPLAY_AFTER_SECONDS })
    return true
  })

/** What is still to be handled; undefined when it was, or never came. */
export const unhandled = async (context: Context, key: string): Promise<Envelope | undefined> =>
  context.db.selectFrom('inbox').select(['key', 'kind', 'body']).where('key', '=', key).where('handled_at', 'is', null).executeTakeFirst()

/** With `error`: given up, and why. */
export const markHandled = async (context: Context, key: string, error: string | null = null): Promise<void> => {
  await context.db.updateTable('inbox').set({ handled_at: databaseNow, error }).where('key', '=', key).execute()
}

export const markFailed = async (context: Context, key: string, error: unknown): Promise<void> => {
  await context.db
    .updateTable('inbox')
    .set({ error: wordsOf(error) })
    .where('key', '=', key)
    .execute()
}

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 1000)
