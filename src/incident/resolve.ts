import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { type Moved, move } from './incident.ts'
import { record, type TimelineEntry } from './timeline.ts'

/** A person says that it is over. The loser of a race, and who names an unknown incident, is told where it stands. */
export const resolveByPerson = (context: Context, incident: string, by: string): Promise<Moved> =>
  context.db.transaction().execute((trx) =>
    closeIncident(context, trx, incident, {
      how: 'by_person',
      // What a person closes is not thereby shown to be healthy (DESIGN, promise 12), so the entry must not sound like it.
      detail: 'closed by a person, not confirmed by data',
      by,
    }),
  )

/**
 * Resolves an incident in the caller's transaction: the move, the release of its alerts, the entry. A fingerprint that fires again
 * then reopens it inside the cool-down, or opens a new one. Writes nothing when the incident cannot be moved.
 */
export const closeIncident = async (context: Context, trx: Trx, incident: string, resolution: Resolution): Promise<Moved> => {
  const moved = await move(trx, incident, 'resolved')
  if (!moved.moved) return moved
  await trx.updateTable('alert').set({ open: false }).where('incident_id', '=', incident).where('open', '=', true).execute()
  // What comes later has another cause, until its own rules say that it is this one.
  await trx.deleteFrom('explained').where('incident_id', '=', incident).execute()
  await record(context, trx, incident, { entries: [{ type: 'resolved', ...resolution }] })
  // What waits for a press is for a problem that is gone.
  const waiting = await trx
    .selectFrom('action')
    .select('id as action')
    .where('incident_id', '=', incident)
    .where('status', '=', 'awaiting_approval')
    .execute()
  if (waiting.length > 0) await context.queue.send(trx, 'expire', waiting)
  return moved
}

type Resolution = Omit<Extract<TimelineEntry, { type: 'resolved' }>, 'type'>
