import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { ActionStatus, StoredAction } from '../db/schema.ts'
import { databaseNow, record } from '../incident/timeline.ts'
import { clean } from '../text/clean.ts'
import { appendAudit } from './audit.ts'
import { type Denial, denialOf, type Presser } from './authorise.ts'
import type { ActionEntry } from './entries.ts'
import { type Frozen, frozen } from './freeze.ts'
import { digestOf } from './offer.ts'

/** What a button carries, and nothing else: ids, version and digest. */
export type Pressed = {
  readonly action: string
  readonly version: number
  readonly digest: string
  /** The button stood in another message than the action's own (SAFETY 3): a copy decides nothing. */
  readonly elsewhere?: true
}

/** What was pressed is not exactly what stands. */
export type Unsealed =
  | { readonly done: false; readonly why: 'tampered' | 'elsewhere' }
  /** A newer offer stands; what was pressed is not what would run. */
  | { readonly done: false; readonly why: 'stale'; readonly version: number }

export type Decision =
  | { readonly done: true; readonly status: ActionStatus /** How many more must approve. */; readonly missing: number }
  | { readonly done: false; readonly why: 'gone' }
  | Unsealed
  | { readonly done: false; readonly why: 'expired'; readonly at: Date }
  | { readonly done: false; readonly why: 'decided'; readonly status: ActionStatus; readonly by: string | null; readonly at: Date | null }
  | { readonly done: false; readonly why: 'yours_already'; readonly missing: number }
  | { readonly done: false; readonly why: 'denied'; readonly denial: Denial; readonly action: StoredAction }
  | { readonly done: false; readonly why: 'frozen'; readonly by: Frozen; readonly action: StoredAction }

/**
 * One press of Approve: counts once, from somebody allowed to, for exactly what was shown, before it expires. The row is held, so of
 * presses at the same moment one decides and the others are told who did.
 */
export const approve = (context: Context, pressed: Pressed, presser: Presser): Promise<Decision> =>
  context.db.transaction().execute(async (trx) => {
    const open = await held(context, trx, { pressed, presser, what: 'approval_denied' })
    if ('refusal' in open) return open.refusal
    const { action } = open
    const brake = await frozen(trx)
    if (brake !== null) return { done: false, why: 'frozen', by: brake, action }
    const first = await trx
      .insertInto('approval')
      .values({ action_id: action.id, version: action.version, user_id: presser.user })
      .onConflict((conflict) => conflict.doNothing())
      .returning('at')
      .executeTakeFirst()
    const given = await approvalsOf(trx, action)
    const missing = Math.max(0, action.offer.approvals - given)
    if (first === undefined) return { done: false, why: 'yours_already', missing }
    await note(context, trx, action, {
      entry: { type: 'action_approved', ...nameOf(action), version: action.version, by: presser.user, missing },
      who: presser.user,
      data: { version: action.version, digest: action.digest, missing },
    })
    if (missing > 0) return { done: true, status: 'awaiting_approval', missing }
    await settle(trx, action.id, { status: 'approved', by: presser.user, reason: null })
    await context.queue.send(trx, 'execute', [{ action: action.id }])
    return { done: true, status: 'approved', missing: 0 }
  })

/** Reject, with the reason. Whoever may approve may reject; nothing runs then. */
export const reject = (
  context: Context,
  pressed: Pressed,
  { reason, ...presser }: Presser & { readonly reason: string },
): Promise<Decision> =>
  context.db.transaction().execute(async (trx) => {
    const open = await held(context, trx, { pressed, presser, what: 'rejection_denied', isNo: true })
    if ('refusal' in open) return open.refusal
    const { action } = open
    const why = clean(reason).trim().slice(0, 500)
    await settle(trx, action.id, { status: 'rejected', by: presser.user, reason: why })
    await note(context, trx, action, {
      entry: { type: 'action_rejected', ...nameOf(action), version: action.version, by: presser.user, reason: why },
      who: presser.user,
      data: { version: action.version, reason: why },
    })
    await backToAnalysed(trx, action.incident_id)
    return { done: true, status: 'rejected', missing: 0 }
  })

/** Takes back what waits: before it runs, by somebody who may decide, or over the API by its token (`presser` null). */
export const cancel = (context: Context, id: string, presser: Presser | null): Promise<Decision> =>
  context.db.transaction().execute(async (trx) => {
    const action = await lock(trx, id)
    if (action === undefined) return { done: false, why: 'gone' }
    if (action.status !== 'awaiting_approval' && action.status !== 'approved') return decided(action)
    const denial = presser === null ? null : denialOf(decisionOf({ ...action, offer: { ...action.offer, risk: 'LOW' } }), presser)
    if (denial !== null) return { done: false, why: 'denied', denial, action }
    await endAction(context, trx, action, { how: 'cancelled', reason: 'taken back before it ran', by: presser?.user ?? null })
    return { done: true, status: 'cancelled', missing: 0 }
  })

/** The job behind each proposal: ends it when nobody decided in time, by the database's clock, or when the incident is over. */
export const expire = (context: Context, id: string): Promise<void> =>
  context.db.transaction().execute(async (trx) => {
    const action = await lock(trx, id)
    if (action?.status !== 'awaiting_approval') return
    if (await isOver(trx, action)) return endAction(context, trx, action, OVER)
    if (!(await isPast(trx, action))) return context.queue.send(trx, 'expire', [{ action: id }], { afterSeconds: 5 })
    await endAction(context, trx, action, { how: 'expired', reason: 'nobody decided in time', by: null })
  })

type Ending = Pick<Extract<ActionEntry, { type: 'action_ended' }>, 'how' | 'reason' | 'by'>

/** It will not run. The caller holds the row. */
export const endAction = async (context: Context, trx: Trx, action: StoredAction, ending: Ending): Promise<void> => {
  await settle(trx, action.id, { status: ending.how, by: ending.by, reason: ending.reason })
  await note(context, trx, action, {
    entry: { type: 'action_ended', ...nameOf(action), ...ending },
    who: ending.by ?? 'vigil',
    data: { how: ending.how, reason: ending.reason },
  })
  await backToAnalysed(trx, action.incident_id)
}

export const nameOf = ({ id, number }: Pick<StoredAction, 'id' | 'number'>) => ({ action: id, number })

/**
 * The row, held until the transaction ends, and its incident before it: who takes the two in the other order would wait for each other.
 * Not for its key: entries of the timeline refer to that.
 */
export const lock = async (trx: Trx, id: string): Promise<StoredAction | undefined> => {
  const found = await trx.selectFrom('action').select('incident_id').where('id', '=', id).executeTakeFirst()
  if (found === undefined) return undefined
  await trx.selectFrom('incident').select('id').where('id', '=', found.incident_id).forNoKeyUpdate().execute()
  return trx.selectFrom('action').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

type Noted = { readonly entry: ActionEntry; readonly who: string; readonly data: Parameters<typeof appendAudit>[1]['data'] }

/** Writes what happened to an action into the timeline and into the audit trail. */
export const note = async (context: Context, trx: Trx, action: StoredAction, { entry, who, data }: Noted): Promise<void> => {
  await record(context, trx, action.incident_id, { entries: [entry] })
  await appendAudit(trx, { incident: action.incident_id, action: action.id, who, what: entry.type, data })
}

type Asked = { readonly pressed: Pressed; readonly presser: Presser; readonly what: string; readonly isNo?: boolean }

/** The open action that was pressed, or why it is not that one. Order: what is said last must not hide what is said first. */
const held = async (
  context: Context,
  trx: Trx,
  { pressed, presser, what, isNo = false }: Asked,
): Promise<{ readonly action: StoredAction } | { readonly refusal: Decision }> => {
  const action = await lock(trx, pressed.action)
  if (action === undefined) return { refusal: { done: false, why: 'gone' } }
  // A no is a no, whoever asked for it.
  const asked = isNo ? { ...action, requested_by: null, edited_by: null } : { ...action, edited_by: await editorOf(trx, action, presser) }
  const denial = denialOf(decisionOf(asked), presser)
  if (denial !== null) {
    await appendAudit(trx, { incident: action.incident_id, action: action.id, who: presser.user, what, data: { denial } })
    return { refusal: { done: false, why: 'denied', denial, action } }
  }
  if (action.status === 'expired') return { refusal: { done: false, why: 'expired', at: action.expires_at } }
  if (action.status !== 'awaiting_approval') return { refusal: decided(action) }
  const refusal = await unsealed(trx, action, { pressed, presser })
  if (refusal !== null) return { refusal }
  if (await isOver(trx, action)) {
    await endAction(context, trx, action, OVER)
    return { refusal: { done: false, why: 'decided', status: 'self_healed', by: null, at: null } }
  }
  if (await isPast(trx, action)) {
    await endAction(context, trx, action, { how: 'expired', reason: 'nobody decided in time', by: null })
    return { refusal: { done: false, why: 'expired', at: action.expires_at } }
  }
  return { action }
}

/** Why what was pressed is not exactly what stands; null: it is. The caller holds the action. */
export const unsealed = async (
  trx: Trx,
  action: StoredAction,
  { pressed, presser }: Pick<Asked, 'pressed' | 'presser'>,
): Promise<Unsealed | null> => {
  if (pressed.version !== action.version) return { done: false, why: 'stale', version: action.version }
  const refuse = async (what: 'tampered' | 'elsewhere'): Promise<Unsealed> => {
    const data = { pressed: pressed.digest }
    await appendAudit(trx, { incident: action.incident_id, action: action.id, who: presser.user, what, data })
    return { done: false, why: what }
  }
  // The button's digest, the row's, and that of what the row holds now: all three are one, or somebody changed something.
  if (pressed.digest !== action.digest || digestOf(action.offer) !== action.digest || action.offer.action !== action.id)
    return refuse('tampered')
  return pressed.elsewhere === true ? refuse('elsewhere') : null
}

/**
 * Whoever edited an earlier version has a hand in this one: the next editor began with what stood there. So it is with what was offered anew under an id
 * of its own. Null: this person did not, and nobody else did last.
 */
const editorOf = async (trx: Trx, { id, offer, edited_by: last }: StoredAction, { user }: Presser): Promise<string | null> => {
  if (offer.risk !== 'HIGH' || last === user) return last
  const { rows } = await sql`
    with recursive line(id) as (
      select ${id}::text union select a.action_id::text from audit a join line on a.what = 'offered_anew' and a.data ->> 'as' = line.id)
    select 1 from audit where what = 'edited' and who = ${user} and action_id::text in (select id from line) limit 1`.execute(trx)
  return rows.length === 0 ? last : user
}

const decisionOf = ({ offer, requested_by, edited_by }: Pick<StoredAction, 'offer' | 'requested_by' | 'edited_by'>) => ({
  approvers: offer.approvers,
  risk: offer.risk,
  requestedBy: requested_by,
  editedBy: edited_by,
})

const decided = ({ status, decided_by, decided_at }: StoredAction): Decision => ({
  done: false,
  why: 'decided',
  status,
  by: decided_by,
  at: decided_at,
})

/** By the database's clock. */
export const isPast = async (trx: Trx, { id }: StoredAction): Promise<boolean> =>
  (await trx.selectFrom('action').select('id').where('id', '=', id).where('expires_at', '<=', databaseNow).executeTakeFirst()) !== undefined

const OVER: Ending = { how: 'self_healed', reason: 'the incident is over', by: null }

/** An undo may still be wanted when the alert is quiet. */
const isOver = async (trx: Trx, { incident_id, undo_of }: StoredAction): Promise<boolean> => {
  const incident = await trx.selectFrom('incident').select('status').where('id', '=', incident_id).executeTakeFirst()
  return undo_of === null && incident?.status === 'resolved'
}

/** How many different people have approved this version. */
export const approvalsOf = async (trx: Trx, { id, version }: StoredAction): Promise<number> => {
  const { count } = await trx
    .selectFrom('approval')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('action_id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow()
  return Number(count)
}

const settle = async (
  trx: Trx,
  id: string,
  { status, by, reason }: { status: ActionStatus; by: string | null; reason: string | null },
): Promise<void> => {
  await trx
    .updateTable('action')
    .set({ status, decided_by: by, decided_at: databaseNow as never, reason })
    .where('id', '=', id)
    .execute()
}

/** Nothing waits for a person any more, unless another card does. */
export const backToAnalysed = async (trx: Trx, incident: string): Promise<void> => {
  await sql`
    update incident set status = 'analysed' where id = ${incident} and status = 'awaiting_approval'
      and not exists (select 1 from action where incident_id = ${incident} and status in ('awaiting_approval', 'approved', 'executing'))`.execute(
    trx,
  )
}
