import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { Incident } from '../db/schema.ts'
import { databaseNow, record } from './timeline.ts'

/**
 * Makes an incident a part of another, in the caller's transaction, which holds both: its alerts and posts go there, whatever runs for
 * it ends, and it is closed. Its thread, if it has one by now, keeps a line with the link.
 */
export const mergeInto = async (context: Context, trx: Trx, { from, into, cause }: Merge): Promise<void> => {
  const alerts = await trx.updateTable('alert').set({ incident_id: into.id }).where('incident_id', '=', from.id).returningAll().execute()
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
  const told = await trx.selectFrom('message').select('key').where('incident_id', '=', from.id).limit(1).executeTakeFirst()
  await record(context, trx, from.id, {
    entries: [{ type: 'merged', into: { id: into.id, number: into.number }, cause, alerts: alerts.length }],
  })
  await record(context, trx, into.id, {
    entries: [
      ...alerts.map(({ source, fingerprint }) => ({
        type: 'joined' as const,
        source,
        fingerprint,
        reason: 'explained' as const,
        count: 1,
      })),
      // Its own post gets a reply of the other's; where one stands already, that becomes the line with the link.
      ...(from.anchor === 'alert' && from.channel !== null && from.thread_ts !== null && told === undefined
        ? [{ type: 'posted_again' as const, channel: from.channel, ts: from.thread_ts, count: 1 }]
        : []),
    ],
  })
}

type Merge = { readonly from: Incident; readonly into: Incident; readonly cause: string }
