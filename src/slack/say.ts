import type { Context } from '../context.ts'
import { PermanentError, TransientError } from '../errors.ts'
import type { SlackClients } from './clients.ts'
import type { Block } from './drawing.ts'
import { refusalOf, slackFailure } from './failure.ts'
import { postRate, reserve } from './rates.ts'
import { shown } from './words.ts'

export type Saying = {
  /** Names this message for ever: said once, however often it is asked for. */
  readonly key: string
  readonly channel: string
  readonly threadTs: string | null
  /** mrkdwn, escaped by the caller; what people read, unless there are blocks. */
  readonly text: string
  readonly blocks?: readonly Block[]
}

/**
 * Says something once. The key stands in the database before the call and in the message's metadata, so a crash or a lost answer is
 * settled by reading the thread before posting again. Returns the message's ts. Throws TransientError when it is not known to stand,
 * PermanentError when Slack refuses it.
 */
export const say = async (context: Context, clients: SlackClients, saying: Saying): Promise<{ ts: string }> => {
  const { key, channel, threadTs } = saying
  const isNew = await context.db
    .insertInto('message')
    .values({ key, channel, thread_ts: threadTs })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst()
  const ts = (isNew === undefined ? await standing(context, clients, saying) : undefined) ?? (await post(context, clients, saying))
  await context.db.updateTable('message').set({ ts, state: 'sent', error: null }).where('key', '=', key).execute()
  return { ts }
}

/** Of an earlier attempt: where its message stands, if it does. */
const standing = async (context: Context, clients: SlackClients, saying: Saying): Promise<string | undefined> => {
  const row = await context.db.selectFrom('message').select(['ts', 'state', 'at']).where('key', '=', saying.key).executeTakeFirst()
  return row?.ts ?? findSaid(clients, saying, row?.at ?? null)
}

const findSaid = async ({ history }: SlackClients, { key, channel, threadTs }: Saying, since: Date | null): Promise<string | undefined> => {
  // A minute before the row was written: the two clocks need not agree.
  const oldest = since === null ? {} : { oldest: String(since.getTime() / 1000 - 60) }
  const common = { channel, include_all_metadata: true, limit: 200, ...oldest }
  try {
    const { messages = [] } =
      threadTs === null ? await history.conversations.history(common) : await history.conversations.replies({ ...common, ts: threadTs })
    return messages.find((message) => keyOf(message.metadata) === key)?.ts
  } catch (error) {
    if (refusalOf(error) === 'thread_not_found') return undefined
    throw slackFailure(error, 'looking for an earlier answer')
  }
}

const keyOf = (metadata: { event_payload?: object } | undefined): unknown => (metadata?.event_payload as { key?: unknown } | undefined)?.key

const post = async (context: Context, clients: SlackClients, { key, channel, threadTs, text, blocks }: Saying): Promise<string> => {
  const { taken, waitMs } = await reserve(context.db, postRate(channel))
  if (!taken) throw new TransientError('too many messages go to that channel', { afterMs: waitMs })
  await context.clock.sleep(waitMs)
  try {
    const { ts } = await clients.interactive.chat.postMessage({
      channel,
      ...shown(text, blocks),
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
      metadata: { event_type: 'vigil_message', event_payload: { key } },
      unfurl_links: false,
      unfurl_media: false,
    })
    if (ts === undefined) throw new TransientError('Slack took a message and did not say where it stands')
    return ts
  } catch (error) {
    const failure = slackFailure(error, 'answering')
    if (failure instanceof PermanentError)
      await context.db.updateTable('message').set({ state: 'failed', error: failure.message }).where('key', '=', key).execute()
    throw failure
  }
}
