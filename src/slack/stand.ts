import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Incident, MessageTable } from '../db/schema.ts'
import { PermanentError } from '../errors.ts'
import { databaseNow } from '../incident/timeline.ts'
import { digest } from '../text/digest.ts'
import { type Answer, type Called, call } from './call.ts'
import { fitted } from './check.ts'
import type { DesiredMessage } from './drawing.ts'
import { findPosted } from './find-posted.ts'
import { channelUpdateRate, holdBack, postRate, turn, updateRate } from './rates.ts'
import { reduced } from './reduced.ts'
import type { Slack } from './view.ts'

export type Row = Selectable<MessageTable>

/** Where a message stands now, or when to come back. `adrift`: its thread was gone, so Slack put it on the top level. */
export type Standing =
  | { readonly how: 'stands'; readonly ts: string; readonly channel: string; readonly posted: boolean; readonly adrift: boolean }
  | { readonly how: 'later'; readonly afterMs: number }
  | { readonly how: 'refused'; readonly reason: string }

/** `incident`: as it was when the message was drawn. */
type Wanted = {
  readonly message: DesiredMessage
  readonly incident: Pick<Incident, 'id' | 'merged_into'> | null
  readonly row: Row | undefined
}

/**
 * Makes a message stand in Slack as it should: posts it, edits it, or finds that nothing is to be done. Its row is committed before
 * the call, so whatever is cut off afterwards is settled by reading before anything is posted again (SAFETY D4).
 */
export const stand = async (context: Context, slack: Slack, wanted: Wanted): Promise<Standing> => {
  const { row } = wanted
  if (row?.ts != null) return edit(context, slack, wanted, { ...row, ts: row.ts })
  if (row?.state === 'sending') {
    const found = await findPosted(slack, { ...wanted.message, since: row.at })
    if (found.how === 'later') return { how: 'later', afterMs: Math.max(found.afterMs, pauseFor(context, row)) }
    if (found.how === 'found') return adopt(context, slack, wanted, { ...found, row })
  }
  return post(context, slack, wanted)
}

/** The longer Slack has been away, the less often it is asked: 1 s at first, 30 s in the end. */
const pauseFor = ({ clock }: Context, row: Row): number => Math.min(30_000, Math.max(1000, (clock.now().getTime() - row.at.getTime()) / 2))

const adopt = async (
  context: Context,
  slack: Slack,
  wanted: Wanted,
  { ts, threadTs, row }: { ts: string; threadTs: string | null; row: Row },
): Promise<Standing> => {
  // What exactly it says is not known, so its digest stays open and an edit follows.
  await keep(context, wanted.message.key, { ts, state: 'sent', thread_ts: threadTs })
  const standing = await edit(context, slack, wanted, { ...row, ts, state: 'sent', digest: null })
  return standing.how === 'stands' ? { ...standing, posted: true, adrift: wanted.message.threadTs !== null && threadTs === null } : standing
}

const post = async (context: Context, slack: Slack, wanted: Wanted): Promise<Standing> => {
  const { message, incident } = wanted
  const wait = await turn(context, [postRate(message.channel)])
  if (wait !== undefined) return { how: 'later', afterMs: wait.later }
  const row = await begin(context, wanted)
  // It has become a part of another since: what is to be said now is drawn anew.
  if (row === undefined) return { how: 'later', afterMs: 100 }
  const sent = await sendReduced(context, slack, wanted, (payload) =>
    call(slack.clients.progress, 'chat.postMessage', {
      channel: message.channel,
      ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
      ...payload,
      metadata: { event_type: 'vigil_message', event_payload: { key: message.key, incident: incident?.id ?? '' } },
      unfurl_links: false,
      unfurl_media: false,
    }),
  )
  switch (sent.how) {
    case 'done': {
      const { ts, channel = message.channel } = sent.answer
      if (ts === undefined) return { how: 'later', afterMs: 1000 }
      const threadTs = sent.answer.message?.thread_ts ?? null
      await keep(context, message.key, { ts, channel, thread_ts: threadTs, state: 'sent', digest: digestOf(message), error: sent.note })
      return { how: 'stands', ts, channel, posted: true, adrift: message.threadTs !== null && threadTs !== message.threadTs }
    }
    case 'limited':
      // Nothing was posted: the row must not look as if something might have been.
      await holdBack(context.db, postRate(message.channel), sent.afterMs)
      await keep(context, message.key, { state: 'failed', error: 'rate_limited' })
      return { how: 'later', afterMs: sent.afterMs }
    case 'unknown':
      return { how: 'later', afterMs: pauseFor(context, row) }
    case 'refused':
      await keep(context, message.key, { state: 'failed', error: sent.reason })
      return { how: 'refused', reason: sent.reason }
  }
}

/**
 * In a statement of its own: the key is committed before Slack hears of it. `at` stays that of the first try. Undefined when the incident
 * was merged after the message was drawn: who merges holds its row and counts what was begun before (incident/merge).
 */
const begin = async ({ db }: Context, { message, incident }: Wanted): Promise<Row | undefined> => {
  const { key, channel, threadTs } = message
  const { rows } = await sql<Row>`
    with held as (select id from incident where id = ${incident?.id ?? null} and merged_into is not distinct from ${incident?.merged_into ?? null} for key share)
    insert into message as m (key, incident_id, channel, thread_ts, state, at)
    select ${key}, ${incident?.id ?? null}, ${channel}, ${threadTs}, 'sending', vigil_now()
    where ${incident === null} or exists (select 1 from held)
    on conflict (key) do update set channel = excluded.channel, thread_ts = excluded.thread_ts, state = 'sending'
    returning *`.execute(db)
  return rows[0]
}

/** An edit sooner than this after the last one is more than a reader follows, and more than Slack likes. */
const EDIT_MS = 3000

/** Somebody deleted the message, or it can no longer be changed: people's choice, and no reason to post it again. */
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'is_inactive'])

const edit = async (context: Context, slack: Slack, wanted: Wanted, row: Row & { ts: string }): Promise<Standing> => {
  const { message } = wanted
  const { ts, channel } = row
  const stands: Standing = { how: 'stands', ts, channel, posted: false, adrift: false }
  if (row.state === 'failed' || row.digest === digestOf(message)) return stands
  const age = context.clock.now().getTime() - (row.edited_at ?? row.at).getTime()
  if (!message.final && row.digest !== null && age < EDIT_MS) return { how: 'later', afterMs: EDIT_MS - age }
  const wait = await turn(context, [channelUpdateRate(channel), updateRate])
  if (wait !== undefined) return { how: 'later', afterMs: wait.later }
  const sent = await sendReduced(context, slack, wanted, (payload) =>
    call(slack.clients.progress, 'chat.update', { channel, ts, ...payload }),
  )
  switch (sent.how) {
    case 'done':
      await keep(context, message.key, { state: 'sent', digest: digestOf(message), edited_at: databaseNow, error: sent.note })
      return stands
    case 'limited':
      await holdBack(context.db, channelUpdateRate(channel), sent.afterMs)
      return { how: 'later', afterMs: sent.afterMs }
    case 'unknown':
      // An edit can be sent twice without harm.
      return { how: 'later', afterMs: Math.min(30_000, Math.max(1000, age / 2)) }
    case 'refused':
      if (!GONE.has(sent.reason)) return { how: 'refused', reason: sent.reason }
      await keep(context, message.key, { state: 'failed', error: sent.reason })
      return stands
  }
}

type Kept = { [K in keyof MessageTable]?: unknown }

const keep = async ({ db }: Context, key: string, row: Kept): Promise<void> => {
  await db
    .updateTable('message')
    .set(row as Record<string, never>)
    .where('key', '=', key)
    .execute()
}

type Sent = Exclude<Called, { how: 'done' }> | { readonly how: 'done'; readonly answer: Answer; readonly note: string | null }

/** Slack may not know the newest kinds of blocks: then the same words in older ones, then as text alone. The row remembers how far. */
const sendReduced = async (
  context: Context,
  slack: Slack,
  { message, row }: Wanted,
  send: (payload: Record<string, unknown>) => Promise<Called>,
): Promise<Sent> => {
  for (let level = Number(/^reduced (\d)/.exec(row?.error ?? '')?.[1] ?? 0); ; level++) {
    const { payload, faults } = fitted(reduced(message, level))
    if (faults.length > 0 && slack.strict === true)
      throw new PermanentError(`${message.key} is beyond Slack's limits: ${faults.join('; ')}`)
    if (faults.length > 0) context.log.warn({ key: message.key, faults }, "a message was cut to Slack's limits")
    const sent = await send({ text: payload.text, blocks: payload.blocks })
    if (sent.how === 'done') return { ...sent, note: level === 0 ? null : `reduced ${level}` }
    if (sent.how !== 'refused' || level >= 2 || !TOO_MUCH.has(sent.reason)) return sent
    context.log.warn(
      { key: message.key, reason: sent.reason, level },
      'Slack refused the blocks of a message; sending it in a plainer form',
    )
  }
}

const TOO_MUCH = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_too_long', 'msg_blocks_too_long', 'invalid_arguments'])

const digestOf = ({ text, blocks }: DesiredMessage): string => digest({ text, blocks })
