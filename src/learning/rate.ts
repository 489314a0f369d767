import type { Context } from '../context.ts'
import { databaseNow, record } from '../incident/timeline.ts'

export type Rated = { readonly rated: true; readonly changed: boolean } | { readonly rated: false; readonly reason: 'gone' }

export type Rating = {
  readonly investigation: string
  readonly user: string
  readonly rating: 'good' | 'bad'
  /** What was wrong, in the person's words; null leaves what was said before to the same rating. */
  readonly reason: string | null
}

/** Stores a person's judgement of an analysis; a later one of the same person replaces it. */
export const rate = (context: Context, { investigation, user, rating, reason }: Rating): Promise<Rated> =>
  context.db.transaction().execute(async (trx) => {
    const rated = await trx.selectFrom('investigation').select(['incident_id', 'number']).where('id', '=', investigation).executeTakeFirst()
    if (rated === undefined) return { rated: false, reason: 'gone' }
    const before = await trx
      .selectFrom('rating')
      .select(['rating', 'reason'])
      .where('investigation_id', '=', investigation)
      .where('user_id', '=', user)
      .forUpdate()
      .executeTakeFirst()
    if (before?.rating === rating && (reason === null || reason === before.reason)) return { rated: true, changed: false }
    await trx
      .insertInto('rating')
      .values({ id: context.random.id(), incident_id: rated.incident_id, investigation_id: investigation, user_id: user, rating, reason })
      .onConflict((conflict) => conflict.columns(['investigation_id', 'user_id']).doUpdateSet({ rating, reason, at: databaseNow }))
      .execute()
    await record(context, trx, rated.incident_id, { entries: [{ type: 'rated', user, rating, reason, investigation: rated.number }] })
    return { rated: true, changed: true }
  })
