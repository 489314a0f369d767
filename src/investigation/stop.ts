import type { Context } from '../context.ts'
import { record } from '../incident/timeline.ts'

export type Stopped =
  | { readonly stopped: true; readonly investigation: number }
  | { readonly stopped: false; readonly reason: 'not_running' | 'stopping_already' }

/** Tells the running investigation to conclude with what it has. The loop sees it before its next step. */
export const stop = (context: Context, incident: string, user: string): Promise<Stopped> =>
  context.db.transaction().execute(async (trx) => {
    const running = await trx
      .selectFrom('investigation')
      .select(['id', 'number', 'stopped_by'])
      .where('incident_id', '=', incident)
      .where('status', 'in', ['pending', 'in_progress'])
      .forUpdate()
      .executeTakeFirst()
    if (running === undefined) return { stopped: false, reason: 'not_running' }
    if (running.stopped_by !== null) return { stopped: false, reason: 'stopping_already' }
    await trx.updateTable('investigation').set({ stopped_by: user }).where('id', '=', running.id).execute()
    await record(context, trx, incident, { entries: [{ type: 'stop_requested', investigation: running.number, user }] })
    return { stopped: true, investigation: running.number }
  })
