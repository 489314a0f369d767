import type { Context } from '../context.ts'
import type { StoredAction } from '../db/schema.ts'
import { record } from '../incident/timeline.ts'
import { alertOf } from './alert-of.ts'
import type { UndoRef } from './offer.ts'
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
  const { undo, title } = action.offer
  const offered: Offered =
    undo === null
      ? { how: 'refused', reason: 'this kind of action cannot be taken back' }
      : await offerBack(context, action, { back: undo, text: `Takes back: ${title}`, by })
  if (offered.how === 'refused') {
    const entries = [{ type: 'action_refused', wanted: `undo of ${title}`, reason: offered.reason } as const]
    await context.db.transaction().execute((trx) => record(context, trx, action.incident_id, { entries }))
  }
  return offered.how
}

type Back = { readonly back: UndoRef; readonly text: string; readonly by: string | null }

type Offered = { readonly how: 'offered' | 'standing' } | { readonly how: 'refused'; readonly reason: string }

/** A card for what leads back from a deed, where none stands and none was pressed. */
export const offerBack = async (context: Context, action: StoredAction, { back, text, by }: Back): Promise<Offered> => {
  const alert = await alertOf(context, action.incident_id)
  const planning = await planOffer(context, {
    action: context.random.id(),
    incident: action.incident_id,
    version: 1,
    cluster: action.cluster,
    entry: back.entry,
    params: back.params,
    approvers: approversFor(context, { labels: alert?.labels ?? {} }),
    takesBack: action.offer,
  })
  if (!planning.ok) return { how: 'refused', reason: planning.reason }
  const { users, usergroups } = planning.offer.approvers
  return context.db.transaction().execute(async (trx): Promise<Offered> => {
    await trx.selectFrom('incident').select('id').where('id', '=', action.incident_id).forUpdate().execute()
    const standing = await trx
      .selectFrom('action')
      .select('id')
      .where('undo_of', '=', action.id)
      .where('entry', '=', back.entry)
      .where('status', 'in', ['awaiting_approval', 'approved', 'executing', 'succeeded'])
      .executeTakeFirst()
    if (standing !== undefined) return { how: 'standing' }
    await putAction(context, trx, {
      offer: planning.offer,
      digest: planning.digest,
      identity: action.identity,
      category: action.category,
      because: { text, evidence: [] },
      route: users.length + usergroups.length > 0 ? 'approval' : 'escalate',
      reasons: ['an undo is always decided by a person'],
      by,
      undoOf: { id: action.id, number: action.number },
    })
    return { how: 'offered' }
  })
}
