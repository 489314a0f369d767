import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { move } from '../incident/incident.ts'

export type Again =
  | { readonly again: true; readonly investigation: string }
  | { readonly again: false; readonly reason: 'running' | 'over' | 'gone' }

/**
 * Investigates an incident once more, rules first, because a person asked. One at a time: a running one goes on. A question, which is
 * over with its answer, opens again for it; an alert opens again by firing alone.
 */
export const again = (context: Context, incident: string, user: string): Promise<Again> =>
  context.db.transaction().execute(async (trx) => {
    // Locked, so that two presses at once do not take the same number.
    const found = await trx.selectFrom('incident').select('status').where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return { again: false, reason: 'gone' }
    if (found.status === 'resolved' && !(await isQuestion(trx, incident))) return { again: false, reason: 'over' }
    const before = await trx.selectFrom('investigation').select(['number', 'status']).where('incident_id', '=', incident).execute()
    if (before.some(({ status }) => status === 'pending' || status === 'in_progress')) return { again: false, reason: 'running' }
    if (found.status === 'resolved') await move(trx, incident, 'open')
    const id = context.random.id()
    const number = 1 + Math.max(0, ...before.map((one) => one.number))
    await trx.insertInto('investigation').values({ id, incident_id: incident, number, kind: 'again', requested_by: user }).execute()
    await context.queue.send(trx, 'brief', [{ incident }])
    return { again: true, investigation: id }
  })

/**
 * After a question or a challenge: what fired again meanwhile could not begin its own investigation then, so it does now. The caller
 * holds the incident; nothing happens unless it waits for one.
 */
export const beginHeldBack = async (context: Context, trx: Trx, incident: string): Promise<boolean> => {
  const { rows } = await sql`
    insert into investigation (id, incident_id, number, kind)
    select ${context.random.id()}, i.id, 1 + (select max(number) from investigation where incident_id = i.id), 'again'
    from incident i where i.id = ${incident} and i.status in ('open', 'investigating')
    on conflict (incident_id) where status in ('pending', 'in_progress') do nothing
    returning id`.execute(trx)
  if (rows.length === 0) return false
  await context.queue.send(trx, 'investigate', [{ incident }])
  return true
}

const isQuestion = async (trx: Trx, incident: string): Promise<boolean> =>
  (await trx.selectFrom('alert').select('id').where('incident_id', '=', incident).where('source', '=', 'mention').executeTakeFirst()) !==
  undefined
