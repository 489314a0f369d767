import type { Context } from '../context.ts'
import type { StoredAction } from '../db/schema.ts'
import { record } from '../incident/timeline.ts'
import { alertOf } from './alert-of.ts'
import { planOffer } from './plan.ts'
import { approversFor } from './propose.ts'
import { putAction } from './put.ts'

/**
 * Offers to take a deed back: an action of its own, planned on what is live now, with a card and a digest of its own. Nothing where there is
 * one already, or where it cannot be taken back; then that is said.
 */
export const offerUndo = async (
  context: Context,
  action: StoredAction,
  by: string | null = null,
): Promise<'offered' | 'standing' | 'refused'> => {
  const { undo } = action.offer
  const refuse = async (reason: string): Promise<'refused'> => {
    const entries = [{ type: 'action_refused', wanted: `undo of ${action.offer.title}`, reason } as const]
    await context.db.transaction().execute((trx) => record(context, trx, action.incident_id, { entries }))
    return 'refused'
  }
  if (undo === null) return refuse('this kind of action cannot be taken back')
  const alert = await alertOf(context, action.incident_id)
  const planning = await planOffer(context, {
    action: context.random.id(),
    incident: action.incident_id,
    version: 1,
    cluster: action.cluster,
    entry: undo.entry,
    params: undo.params,
    approvers: approversFor(context, { labels: alert?.labels ?? {} }),
  })
  if (!planning.ok) return refuse(planning.reason)
  return context.db.transaction().execute(async (trx) => {
    await trx.selectFrom('incident').select('id').where('id', '=', action.incident_id).forUpdate().execute()
    const standing = await trx
      .selectFrom('action')
      .select('id')
      .where('undo_of', '=', action.id)
      .where('status', 'in', ['awaiting_approval', 'approved', 'executing', 'succeeded'])
      .executeTakeFirst()
    if (standing !== undefined) return 'standing'
    await putAction(context, trx, {
      offer: planning.offer,
      digest: planning.digest,
      identity: action.identity,
      category: action.category,
      because: { text: `Takes back: ${action.offer.title}`, evidence: [] },
      route: 'approval',
      reasons: ['an undo is always decided by a person'],
      by,
      undoOf: { id: action.id, number: action.number },
    })
    return 'offered'
  })
}
