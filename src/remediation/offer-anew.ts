import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { ActionStatus, StoredAction } from '../db/schema.ts'
import { findIncident } from '../incident/incident.ts'
import { briefNow, latest, type Stored, timelineOf } from '../incident/timeline.ts'
import { objectKey } from '../kubernetes/objects.ts'
import { alertOf } from './alert-of.ts'
import { appendAudit } from './audit.ts'
import { type Denial, denialOf, type Presser } from './authorise.ts'
import { belongs } from './belongs.ts'
import { lock, type Pressed } from './decide.ts'
import { harmOf } from './harm.ts'
import { limitOf } from './limits.ts'
import type { Offer } from './offer.ts'
import { planOffer } from './plan.ts'
import { approversFor } from './propose.ts'
import { type New, putAction, putVersion } from './put.ts'

/** `params`: an edit by a person; without them the same is checked again. */
export type Anew = { readonly pressed: Pressed; readonly presser: Presser; readonly params?: unknown }

export type Offered =
  | { readonly offered: true; readonly version: number }
  | { readonly offered: false; readonly why: 'gone' | 'over' }
  /** Something happened to it meanwhile: it is not the version that was pressed, or it cannot be offered any more. */
  | { readonly offered: false; readonly why: 'moved_on'; readonly status: ActionStatus }
  | { readonly offered: false; readonly why: 'denied'; readonly denial: Denial; readonly action: StoredAction }
  | { readonly offered: false; readonly why: 'refused'; readonly reason: string }

/** What did not run, and may be wanted still. */
const AGAIN: readonly ActionStatus[] = ['expired', 'blocked', 'changed']

/** What was begun is never run again: its id is on what was sent, and the other side may hold the two for one. */
const isNew = ({ status }: StoredAction, { params }: Anew): boolean => status === 'failed' && params === undefined

/**
 * The same action anew on what is live now, or with other parameters, as a new version with a digest and an expiry of its own: what was
 * pressed for the old one counts no more. What has failed is offered as a new action. Never throws for what the other side says; nothing is changed where it says no.
 */
export const offerAnew = async (context: Context, anew: Anew): Promise<Offered> => {
  const action = await context.db.selectFrom('action').selectAll().where('id', '=', anew.pressed.action).executeTakeFirst()
  const incident = action === undefined ? undefined : await findIncident(context.db, action.incident_id)
  if (action === undefined || incident === undefined) return { offered: false, why: 'gone' }
  const denial = denialFor(action, anew)
  if (denial !== null) return { offered: false, why: 'denied', denial, action }
  if (incident.status === 'resolved' && action.undo_of === null) return { offered: false, why: 'over' }
  if (!isPressed(action, anew)) return { offered: false, why: 'moved_on', status: action.status }
  const alert = await alertOf(context, incident.id)
  const labels = alert?.labels ?? {}
  const planning = await planOffer(context, {
    ...(isNew(action, anew) ? { action: context.random.id(), version: 1 } : { action: action.id, version: action.version + 1 }),
    incident: incident.id,
    cluster: action.cluster,
    entry: action.entry,
    params: anew.params ?? action.offer.params,
    approvers: approversFor(context, { labels }),
  })
  if (!planning.ok) return { offered: false, why: 'refused', reason: planning.reason }
  const { offer, digest } = planning
  const timeline = await timelineOf(context.db, incident.id)
  const key = objectKey(offer.target)
  const [analysis, brief] = [latest(timeline, 'analysed')?.analysis ?? null, briefNow(timeline)]
  if (key !== action.target && !belongs(offer.target, { incident, labels, brief, analysis }))
    return { offered: false, why: 'refused', reason: `${offer.target.name} is not a thing of this incident` }
  // What takes a deed back is measured by the deed, not by the cause.
  const harm = action.undo_of === null ? harmOf(offer, { brief, analysis: analysis ?? { cause: null } }) : null
  if (harm !== null) return { offered: false, why: 'refused', reason: harm }
  const limit = await limitOf(context, { cluster: offer.cluster, target: key, isUndo: action.undo_of !== null })
  if (limit !== null) return { offered: false, why: 'refused', reason: limit }
  return context.db.transaction().execute((trx) => put(context, trx, { anew, before: action, offer, digest, timeline }))
}

/** Whoever edits decides what would run; to check the same again changes nothing, so any colleague may. */
const denialFor = (action: StoredAction, { presser, params }: Anew): Denial | null => {
  const denial = denialOf({ approvers: action.offer.approvers, risk: 'LOW', requestedBy: null, editedBy: null }, presser)
  return params === undefined && (denial === 'not_an_approver' || denial === 'nobody_configured') ? null : denial
}

const isPressed = (action: StoredAction, anew: Anew): boolean =>
  action.version === anew.pressed.version &&
  action.digest === anew.pressed.digest &&
  (AGAIN.includes(action.status) || isNew(action, anew) || (anew.params !== undefined && action.status === 'awaiting_approval'))

type Putting = {
  readonly anew: Anew
  readonly before: StoredAction
  readonly offer: Offer
  readonly digest: string
  readonly timeline: readonly Stored[]
}

const put = async (context: Context, trx: Trx, { anew, before, offer, digest, timeline }: Putting): Promise<Offered> => {
  // No lock on its key: whoever decides about the action writes the timeline, which refers to it, and would wait for us while we wait for them.
  await trx.selectFrom('incident').select('id').where('id', '=', before.incident_id).forNoKeyUpdate().execute()
  const action = await lock(trx, before.id)
  if (action === undefined) return { offered: false, why: 'gone' }
  if (!isPressed(action, anew)) return { offered: false, why: 'moved_on', status: action.status }
  const standing = await trx
    .selectFrom('action')
    .select('number')
    .where('incident_id', '=', action.incident_id)
    .where('id', '<>', action.id)
    .where('kind', '=', offer.kind)
    .where('target', '=', objectKey(offer.target))
    .where('status', 'in', ['awaiting_approval', 'approved', 'executing'])
    .executeTakeFirst()
  if (standing !== undefined) return { offered: false, why: 'refused', reason: 'another card for the same stands in this thread' }
  const { presser, params } = anew
  const told = timeline.findLast((entry) => entry.type === 'action_proposed' && entry.action === action.id)
  const isEdit = params !== undefined
  const hasApprovers = offer.approvers.users.length + offer.approvers.usergroups.length > 0
  await appendAudit(trx, {
    incident: action.incident_id,
    action: action.id,
    who: presser.user,
    what: isEdit ? 'edited' : 'offered_anew',
    data: { version: offer.version, digest, params: offer.params, ...(offer.action === action.id ? {} : { as: offer.action }) },
  })
  const made: New = {
    offer,
    digest,
    identity: action.identity,
    category: action.category,
    because: told?.type === 'action_proposed' ? told.because : { text: offer.title, evidence: [] },
    route: hasApprovers ? 'approval' : 'escalate',
    reasons: [isEdit ? 'a person edited it' : 'it was checked again and offered anew'],
    by: action.requested_by,
    undoOf:
      told?.type === 'action_proposed' && told.undo_of !== null && action.undo_of !== null
        ? { id: action.undo_of, number: told.undo_of }
        : null,
  }
  if (isNew(action, anew)) await putAction(context, trx, made)
  else await putVersion(context, trx, { ...made, number: action.number, editedBy: isEdit ? presser.user : null })
  return { offered: true, version: offer.version }
}
