import { sql } from 'kysely'
import type { Alert } from '../alert/alert.ts'
import { sources } from '../alert/sources/index.ts'
import { type AlertChannel, alertChannels } from './alert-channels.ts'
import { messageShape, type SlackMessage } from './alert-post.ts'
import type { Door } from './door.ts'
import { refusalOf, slackFailure } from './failure.ts'
import { envelopeOf, keep } from './inbox.ts'

/** Where reading goes on in each alert channel: channel -> ts of the newest message that was seen. */
export type Cursors = ReadonlyMap<string, string>

/** Tries of one catch-up; the pauses between them add up to half an hour. Slack's own retries end after six minutes. */
const TRIES = 60
const PAUSE_MS = 30_000

/**
 * The cursors as they stand before a connection is made. A channel that has none begins now: at the first start no history is
 * read, or old alerts would be investigated. Resolves to no cursors when closing.
 */
export const readCursors = async (door: Door, signal: AbortSignal): Promise<Cursors> => {
  const cursors = await persistently(door, signal, 'reading where Slack was left', async () => {
    const channels = await alertChannels(door)
    if (channels.length === 0) return new Map<string, string>()
    const now = tsOf(door.context.clock.now())
    await door.context.db
      .insertInto('slack_cursor')
      .values(channels.map(({ id }) => ({ channel: id, ts: now })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const rows = await door.context.db.selectFrom('slack_cursor').select(['channel', 'ts']).execute()
    return new Map(rows.map(({ channel, ts }) => [channel, ts]))
  })
  return cursors ?? new Map()
}

/** Slack's ts of a moment: seconds with six decimals. */
const tsOf = (moment: Date): string => (moment.getTime() / 1000).toFixed(6)

/** Moves a channel's cursor forward, never back. */
export const advanceCursor = async ({ context }: Pick<Door, 'context'>, channel: string, ts: string): Promise<void> => {
  await context.db
    .insertInto('slack_cursor')
    .values({ channel, ts })
    .onConflict((conflict) =>
      conflict.column('channel').doUpdateSet({ ts, at: sql`vigil_now()` }).where(sql<boolean>`slack_cursor.ts::numeric < ${ts}::numeric`),
    )
    .execute()
}

/** After a gap: reads what the alert channels got since, and puts it into the inbox as if it had come as events. */
export const catchUp = async (door: Door, since: Promise<Cursors>, signal: AbortSignal): Promise<void> => {
  const cursors = await since
  await persistently(door, signal, 'reading what was missed', async () => {
    for (const channel of await alertChannels(door)) {
      const from = cursors.get(channel.id)
      if (channel.mode !== 'off' && from !== undefined) await readMissed(door, channel, from)
    }
  })
}

const readMissed = async (door: Door, channel: AlertChannel, from: string): Promise<void> => {
  const messages = await historySince(door, channel.id, from)
  const edited = await editedSince(door, channel.id, messages)
  let missed = 0
  for (const message of messages) if (await keepMissed(door, channel.id, { message, isEdited: edited.has(message.ts) })) missed += 1
  if (missed > 0) door.context.log.info({ channel: channel.id, messages: missed }, 'reading what came while Slack was away')
  const newest = messages.at(-1)
  if (newest !== undefined) await advanceCursor(door, channel.id, newest.ts)
}

/** Into the inbox, under the key of the event that was missed: one that came all the same is there already. */
const keepMissed = async (
  { context, identity }: Door,
  channel: string,
  { message, isEdited }: { message: SlackMessage; isEdited: boolean },
): Promise<boolean> => {
  const body = { type: 'event_callback', team_id: identity.teamId, event: { ...message, type: 'message', channel } }
  const envelope = envelopeOf({ type: 'events_api', id: '', body }, identity)
  if (envelope === null || sources['slack-message'].parse(message).length === 0) return false
  return keep(context, isEdited ? { ...envelope, key: `${envelope.key}:${statusOf(message)}` } : envelope)
}

const PAGE = 200
/** 4,000 messages: a storm in which more than that is missed shows again when Alertmanager repeats itself. */
const MOST_PAGES = 20

/** Messages after `from`, oldest first. */
const historySince = async ({ clients, context }: Door, channel: string, from: string): Promise<SlackMessage[]> => {
  const found: SlackMessage[] = []
  let cursor: string | undefined
  try {
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await clients.history.conversations.history({
        channel,
        oldest: from,
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const message of answer.messages ?? []) {
        const read = messageShape.safeParse(message)
        if (read.success) found.push(read.data)
      }
      cursor = answer.response_metadata?.next_cursor
      if (!cursor) break
    }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === null || !['not_in_channel', 'channel_not_found', 'is_archived', 'missing_scope'].includes(refusal))
      throw slackFailure(error, 'reading a history')
    context.log.warn({ channel, refusal }, 'an alert channel cannot be read; vigil doctor says why')
  }
  return found.sort((a, b) => Number(a.ts) - Number(b.ts))
}

const statusOf = (message: SlackMessage): Alert['status'] | undefined => sources['slack-message'].parse(message)[0]?.status

/** Posts that were read before and say something else now: most often that it is resolved. */
const editedSince = async ({ context }: Door, channel: string, messages: readonly SlackMessage[]): Promise<ReadonlySet<string>> => {
  if (messages.length === 0) return new Set()
  const timestamps = messages.map((message) => message.ts)
  const posts = context.db.selectFrom('post').select(['ts', 'status']).where('channel', '=', channel)
  const known = new Map((await posts.where('ts', 'in', timestamps).execute()).map(({ ts, status }) => [ts, status]))
  return new Set(messages.filter((message) => known.has(message.ts) && known.get(message.ts) !== statusOf(message)).map(({ ts }) => ts))
}

/** Runs it until it succeeds, closing ends it, or TRIES are used up. */
const persistently = async <T>(door: Door, signal: AbortSignal, doing: string, run: () => Promise<T>): Promise<T | undefined> => {
  for (let attempt = 1; attempt <= TRIES && !signal.aborted; attempt++) {
    try {
      return await run()
    } catch (error) {
      door.context.log.warn({ err: error, attempt }, `failed at ${doing}`)
      await door.context.clock.sleep(attempt === 1 ? 1000 : PAUSE_MS, signal).catch(() => undefined)
    }
  }
  return undefined
}
