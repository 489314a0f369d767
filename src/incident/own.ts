import type { Context } from '../context.ts'
import { record } from './timeline.ts'

export type Owned =
  | { readonly owned: true /** Who had it until now. */; readonly before: string | null }
  | { readonly owned: false; readonly reason: 'yours_already' | 'over' | 'gone' }

/** "I'm on it": makes a person the owner. Another's later word takes over, which the timeline shows. */
export const own = (context: Context, incident: string, user: string): Promise<Owned> =>
  context.db.transaction().execute(async (trx) => {
    const found = await trx.selectFrom('incident').select(['owner', 'status']).where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return { owned: false, reason: 'gone' }
    if (found.status === 'resolved') return { owned: false, reason: 'over' }
    if (found.owner === user) return { owned: false, reason: 'yours_already' }
    await trx.updateTable('incident').set({ owner: user }).where('id', '=', incident).execute()
    await record(context, trx, incident, { entries: [{ type: 'owned', user }] })
    return { owned: true, before: found.owner }
  })
