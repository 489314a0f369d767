import type { Context } from '../context.ts'

export type Again =
  | { readonly again: true; readonly investigation: string }
  | { readonly again: false; readonly reason: 'running' | 'over' | 'gone' }

/** Investigates an incident once more, rules first, because a person asked. One at a time: a running one goes on. */
export const again = (context: Context, incident: string, user: string): Promise<Again> =>
  context.db.transaction().execute(async (trx) => {
    // Locked, so that two presses at once do not take the same number.
    const found = await trx.selectFrom('incident').select('status').where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return { again: false, reason: 'gone' }
    if (found.status === 'resolved') return { again: false, reason: 'over' }
    const before = await trx.selectFrom('investigation').select(['number', 'status']).where('incident_id', '=', incident).execute()
    if (before.some(({ status }) => status === 'pending' || status === 'in_progress')) return { again: false, reason: 'running' }
    const id = context.random.id()
    const number = 1 + Math.max(0, ...before.map((one) => one.number))
    await trx.insertInto('investigation').values({ id, incident_id: incident, number, kind: 'again', requested_by: user }).execute()
    await context.queue.send(trx, 'brief', [{ incident }])
    return { again: true, investigation: id }
  })
