import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { admission, spentToday } from './spend.ts'

export type Challenging =
  | { readonly challenged: true }
  | { readonly challenged: false; readonly reason: 'running' | 'gone' | 'no_analysis' | 'no_model' | 'budget'; readonly detail?: string }

/** "Prove me wrong": a second look that tries to refute the analysis of one investigation. One at a time, as every run. */
export const challenge = async (context: Context, incident: string, user: string, number: number): Promise<Challenging> => {
  const spent = await spentToday(context.db, incident)
  return context.db.transaction().execute(async (trx) => {
    const found = await trx.selectFrom('incident').select('severity').where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return { challenged: false, reason: 'gone' }
    const { next, reason } = admission(context, found, spent)
    if (next === 'no_model') return { challenged: false, reason: 'no_model' }
    if (next === 'budget_spent') return { challenged: false, reason: 'budget', detail: reason }
    const about = await trx
      .selectFrom('investigation')
      .select('analysis')
      .where('incident_id', '=', incident)
      .where('number', '=', number)
      .executeTakeFirst()
    if (about?.analysis?.by !== 'model') return { challenged: false, reason: 'no_analysis' }
    const started = await startChallenge(context, trx, { incident, about: number, requestedBy: user })
    return started ? { challenged: true } : { challenged: false, reason: 'running' }
  })
}

type Start = { readonly incident: string; readonly about: number; readonly requestedBy: string | null }

/** Returns whether it was started: not while another run of the incident goes on. The caller holds the incident. */
export const startChallenge = async (context: Context, trx: Trx, { incident, about, requestedBy }: Start): Promise<boolean> => {
  const { last } = await trx
    .selectFrom('investigation')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), eb.lit(0)).as('last'))
    .where('incident_id', '=', incident)
    .executeTakeFirstOrThrow()
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('investigation')
    .values({
      id: context.random.id(),
      incident_id: incident,
      number: Number(last) + 1,
      kind: 'challenge',
      about,
      requested_by: requestedBy,
    })
    .onConflict((conflict) => conflict.column('incident_id').where('status', 'in', ['pending', 'in_progress']).doNothing())
    .executeTakeFirst()
  if ((numInsertedOrUpdatedRows ?? 0n) === 0n) return false
  await context.queue.send(trx, 'investigate', [{ incident }])
  return true
}
