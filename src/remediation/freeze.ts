import type { Context } from '../context.ts'
import type { Db, Trx } from '../db/connection.ts'
import { appendAudit } from './audit.ts'

export type Frozen = { readonly by: string; readonly reason: string; readonly at: Date }

/** Who stopped all execution, and why; null while nothing is stopped. */
export const frozen = async (db: Db | Trx): Promise<Frozen | null> =>
  (await db.selectFrom('brake').select(['by', 'reason', 'at']).executeTakeFirst()) ?? null

/** Stops all execution at once, for all replicas; of what is running no further step is sent. A second freeze tells who was first. */
export const freeze = (context: Context, user: string, reason: string): Promise<{ readonly frozen: boolean; readonly by: Frozen }> =>
  context.db.transaction().execute(async (trx) => {
    const done = await freezeIn(context, trx, { user, reason })
    const standing = await frozen(trx)
    return { frozen: done, by: standing ?? { by: user, reason, at: context.clock.now() } }
  })

/** Who freezes when so much was done that Vigil itself may be the fault. */
export const BY_ITSELF = 'vigil'

/** The same in the caller's transaction; false where it is frozen already. */
export const freezeIn = async (
  context: Context,
  trx: Trx,
  { user, reason }: { readonly user: string; readonly reason: string },
): Promise<boolean> => {
  const done = await trx
    .insertInto('brake')
    .values({ by: user, reason })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('at')
    .executeTakeFirst()
  if (done === undefined) return false
  await appendAudit(trx, { incident: null, action: null, who: user, what: 'freeze', data: { reason } })
  await redraw(context, trx)
  return true
}

/** Lets execution go on; null where nothing was stopped. */
export const unfreeze = (context: Context, user: string): Promise<Frozen | null> =>
  context.db.transaction().execute(async (trx) => {
    const was = await trx.deleteFrom('brake').returning(['by', 'reason', 'at']).executeTakeFirst()
    if (was === undefined) return null
    await appendAudit(trx, { incident: null, action: null, who: user, what: 'unfreeze', data: { was: was.by, reason: was.reason } })
    await redraw(context, trx)
    return was
  })

/** Every card that waits says whether anything would run. */
const redraw = async ({ queue }: Context, trx: Trx): Promise<void> => {
  const rows = await trx
    .selectFrom('action')
    .select('incident_id')
    .distinct()
    .where('status', 'in', ['awaiting_approval', 'approved'])
    .execute()
  await queue.send(
    trx,
    'deliver',
    rows.map(({ incident_id: incident }) => ({ incident })),
  )
}
