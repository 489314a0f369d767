import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { databaseNow, type JoinReason, record, type TimelineEntry, timelineOf } from './timeline.ts'

/**
 * Makes an incident a part of another, in the caller's transaction, which holds both rows as they are now: its alerts and posts go
 * there, whatever runs for it ends, and it is closed. A post of it that was answered keeps its reply, which becomes a line with the
 * link; every other is the other's now. `echo`: all it has is a message's word for alerts that the other has already.
 */
export const mergeInto = async (context: Context, trx: Trx, { from, into, cause, echo = false }: Merge): Promise<void> => {
  const alerts = await moveAlerts(trx, { from, into, echo })
  await trx.updateTable('post').set({ incident_id: into.id }).where('incident_id', '=', from.id).execute()
  await trx
    .updateTable('investigation')
    .set({ status: 'complete', reason: `it is a part of INC-${into.number}`, ended_at: databaseNow })
    .where('incident_id', '=', from.id)
    .where('status', 'in', ['pending', 'in_progress'])
    .execute()
  await trx
    .updateTable('incident')
    .set({
      ...{ status: 'resolved' as const, resolved_at: databaseNow, merged_into: into.id },
      // What would find it again finds the other one now.
      ...{ join_key: null, notice_key: null, group_key: null, group_subject: null },
      epoch: sql<number>`epoch + 1`,
    })
    .where('id', '=', from.id)
    .execute()
  await trx.deleteFrom('explained').where('incident_id', '=', from.id).execute()
  const { told, posts } = await postsOf(trx, from)
  const answered = posts.flatMap((post) => (post.answered ? [post.ts] : []))
  await record(context, trx, from.id, {
    entries: [{ type: 'merged', into: { id: into.id, number: into.number }, cause, alerts: alerts.length, told, answered }],
  })
  const reason: JoinReason = echo ? 'same_group' : 'explained'
  const joined = alerts.map(({ source, fingerprint }) => ({ type: 'joined' as const, source, fingerprint, reason, count: 1 }))
  await record(context, trx, into.id, { entries: [...joined, ...(await takePosts(trx, into, posts))] })
}

type Merge = { readonly from: Incident; readonly into: Incident; readonly cause: string; readonly echo?: boolean }

/** Their rows as they are now, held until the transaction's end, in one order for everybody. */
export const holdAll = (trx: Trx, ids: readonly string[]): Promise<Incident[]> =>
  trx.selectFrom('incident').selectAll().where('id', 'in', ids).orderBy('id').forUpdate().execute()

const moveAlerts = async (trx: Trx, { from, into, echo }: { from: Incident; into: Incident; echo: boolean }): Promise<StoredAlert[]> =>
  echo
    ? trx.deleteFrom('alert').where('incident_id', '=', from.id).where('confirmed', '=', false).returningAll().execute()
    : trx.updateTable('alert').set({ incident_id: into.id }).where('incident_id', '=', from.id).returningAll().execute()

type Told = { readonly channel: string; readonly ts: string; readonly answered: boolean }

/**
 * The messages of the alert source that belong to an incident, in their order, and which of them have a reply of it. A reply that may be
 * on its way counts: nobody posts one for this incident after its row is held (slack/stand). `told`: its own thread says something.
 */
const postsOf = async (trx: Trx, from: Incident): Promise<{ told: boolean; posts: readonly Told[] }> => {
  const rows = await trx
    .selectFrom('message')
    .select('thread_ts')
    .where('incident_id', '=', from.id)
    .where((eb) => eb.or([eb('ts', 'is not', null), eb('state', '=', 'sending')]))
    .execute()
  const isAnswered = (ts: string) => rows.some(({ thread_ts: thread }) => thread === ts)
  const later = (await timelineOf(trx, from.id)).flatMap((entry) =>
    entry.type === 'posted_again'
      ? [{ channel: entry.channel, ts: entry.ts, answered: entry.answered === true || isAnswered(entry.ts) }]
      : [],
  )
  const { channel, thread_ts: thread, anchor } = from
  if (anchor !== 'alert' || channel === null || thread === null) return { told: rows.length > 0, posts: later }
  const own = { channel, ts: thread, answered: isAnswered(thread) }
  return { told: own.answered, posts: [own, ...later] }
}

/** Where no message carries the other's thread yet, the first of these that has no reply does. */
const takePosts = async (trx: Trx, into: Incident, posts: readonly Told[]): Promise<TimelineEntry[]> => {
  const free = posts.find((post) => !post.answered)
  const anchor = free !== undefined && (await carries(trx, into, free)) ? free : undefined
  return posts.map((post) => {
    const { channel, ts, answered } = post
    if (post === anchor) return { type: 'anchored', channel, ts, anchor: 'alert' }
    return { type: 'posted_again', channel, ts, count: 1, ...(answered ? { answered } : {}) }
  })
}

const carries = async (trx: Trx, { id }: Incident, { channel, ts }: Told): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('incident')
    .set({ channel, thread_ts: ts, anchor: 'alert' })
    .where('id', '=', id)
    .where('thread_ts', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
