import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { briefNow, latest, record, timelineOf } from '../incident/timeline.ts'

export type Forced =
  | { readonly forced: true; readonly past: 'gate' | 'waiting' | 'budget' }
  | { readonly forced: false; readonly reason: 'running' | 'nothing_held_back' | 'over' | 'gone' }

/**
 * "Investigate anyway": past the gate, the wait or the day's spent budget. The investigation's own budget holds all the same. A press
 * counts once: what runs already is left alone.
 */
export const force = (context: Context, incident: string, user: string): Promise<Forced> =>
  context.db.transaction().execute(async (trx) => {
    const found = await trx.selectFrom('incident').select('status').where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return { forced: false, reason: 'gone' }
    if (found.status === 'resolved') return { forced: false, reason: 'over' }
    const newest = await trx
      .selectFrom('investigation')
      .select(['id', 'number', 'status', 'reason', 'forced'])
      .where('incident_id', '=', incident)
      .where('kind', 'in', ['alert', 'mention', 'again'])
      .orderBy('number', 'desc')
      .executeTakeFirst()
    if (newest === undefined) return { forced: false, reason: 'nothing_held_back' }
    const timeline = await timelineOf(trx, incident)
    const isPending = newest.status === 'pending'
    const waits = latest(timeline, 'waiting')?.investigation === newest.number
    if (newest.status === 'in_progress' || (isPending && (!waits || newest.forced))) return { forced: false, reason: 'running' }
    const gated = latest(timeline, 'gated')
    const past = isPending
      ? 'waiting'
      : gated?.investigation === newest.number && gated.decision === 'ignore'
        ? 'gate'
        : briefNow(timeline)?.next === 'budget_spent' || newest.status === 'budget_exceeded'
          ? 'budget'
          : undefined
    if (past === undefined) return { forced: false, reason: 'nothing_held_back' }
    let { number } = newest
    if (isPending) await endWait(trx, incident)
    else {
      const { last } = await trx
        .selectFrom('investigation')
        .select((eb) => eb.fn.max('number').as('last'))
        .where('incident_id', '=', incident)
        .executeTakeFirstOrThrow()
      number = Number(last) + 1
      const row = { id: context.random.id(), incident_id: incident, number, kind: 'again', requested_by: user, forced: true } as const
      await trx.insertInto('investigation').values(row).execute()
    }
    await record(context, trx, incident, { entries: [{ type: 'forced', investigation: number, user, past }] })
    await context.queue.send(trx, 'investigate', [{ incident }])
    return { forced: true, past }
  })

/** Lets an investigation that waits begin at once; the caller sends its job. Returns whether one waited. */
export const endWait = async (trx: Trx, incident: string): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('investigation')
    .set({ forced: true })
    .where('incident_id', '=', incident)
    .where('status', '=', 'pending')
    .where('forced', '=', false)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
