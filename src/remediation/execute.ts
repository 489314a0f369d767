import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { Incident, StoredAction } from '../db/schema.ts'
import { TransientError } from '../errors.ts'
import { keepEvidence } from '../incident/evidence.ts'
import { findIncident, statusesBefore } from '../incident/incident.ts'
import { closeIncident } from '../incident/resolve.ts'
import { databaseNow } from '../incident/timeline.ts'
import { type CheckReading, checkedBefore } from './checked.ts'
import { approvalsOf, backToAnalysed, endAction, lock, nameOf, note } from './decide.ts'
import { BY_ITSELF, freezeIn, frozen } from './freeze.ts'
import { isTakenOver, takenOver } from './hear.ts'
import { hasRoom, limitOf, stormOf, takeTurn } from './limits.ts'
import { digestOf } from './offer.ts'
import { changeSince } from './plan.ts'
import { sendForReminder } from './remind.ts'
import { type Done, DRY_RUN, runSteps } from './run-steps.ts'
import { type AlertState, stateOfAlert } from './state-of-alert.ts'
import { offerUndo } from './undo.ts'
import type { Baseline } from './watch.ts'

/** Twice the usual scrape interval: what is older says nothing of now. */
const FRESH_MS = 120_000

/**
 * Does what was approved, at most once. Everything is checked again first: the digest, the live object, brake, limits, and whether the
 * problem is still there. An action that a crash left in the middle is looked at, never simply run again (SAFETY D5).
 */
export const execute = async (context: Context, id: string, signal: AbortSignal): Promise<void> => {
  const action = await context.db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst()
  if (action === undefined) return
  const incident = await findIncident(context.db, action.incident_id)
  if (incident === undefined) return
  if (action.status === 'executing') await goOn(context, action, signal)
  // Whoever wrote its end may have died before the undo stood.
  if (action.status !== 'approved') return takeBackPart(context, id)
  // First, since they may take a while: what decides is read after them.
  const checks = await checkedBefore(context, action)
  const state = await stateOfAlert(context, incident)
  const mismatch = await changedSince(context, action, signal)
  const begun = await context.db.transaction().execute((trx) => begin(context, trx, { action, incident, state, mismatch, checks }))
  if (begun === 'wait') return context.queue.sendNow('execute', { action: id }, { afterSeconds: TURN_SECONDS })
  if (begun !== null) await carryOut(context, begun, signal)
  await takeBackPart(context, id)
}

const carryOut = async (context: Context, action: StoredAction, signal: AbortSignal): Promise<void> => {
  const done = await runSteps(context, action, signal)
  if (done !== 'awaited') await finish(context, action, done)
}

/** What failed half way through has left something behind: its undo is offered right away. Nothing where there is none to offer, or one already. */
const takeBackPart = async (context: Context, id: string): Promise<void> => {
  const action = await context.db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst()
  if (action?.status === 'failed' && action.step > 0 && action.offer.undo !== null) await offerUndo(context, action)
}

/** As many run as may run at the same time: it comes back so much later. */
const TURN_SECONDS = 5

/** After the last try of the job: what could not be begun is not begun any more, and of what was begun a person must find out. */
export const giveUpExecution = async (context: Context, id: string, error: unknown): Promise<void> => {
  // Whoever has it now knows more of it.
  if (isTakenOver(error)) return
  const reason = error instanceof Error ? error.message : String(error)
  const action = await context.db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst()
  if (action?.status === 'executing')
    return finish(context, action, { outcome: 'outcome_unknown', detail: `it could not be followed to its end: ${reason}` })
  await context.db.transaction().execute(async (trx) => {
    const held = await lock(trx, id)
    if (held?.status === 'approved')
      await endAction(context, trx, held, { how: 'blocked', reason: `it could not be checked right before it ran: ${reason}`, by: null })
  })
}

/** Why the target is not as it was shown; null: it is. */
const changedSince = async (context: Context, { offer, digest }: StoredAction, signal: AbortSignal): Promise<string | null> => {
  if (digestOf(offer) !== digest) return 'what is stored is not what was approved'
  if (context.config.remediation.dry_run && !offer.dryRun) return DRY_RUN
  try {
    return await changeSince(context, offer, signal)
  } catch (error) {
    if (error instanceof TransientError) throw error
    return error instanceof Error ? error.message : String(error)
  }
}

type Beginning = {
  readonly action: StoredAction
  readonly incident: Incident
  readonly state: AlertState
  readonly mismatch: string | null
  readonly checks: readonly CheckReading[]
}

/** The intent, committed before anything is sent; null: it will not run. */
const begin = async (
  context: Context,
  trx: Trx,
  { action: { id }, incident, state, mismatch, checks }: Beginning,
): Promise<StoredAction | null | 'wait'> => {
  const held = await trx.selectFrom('incident').select('status').where('id', '=', incident.id).forUpdate().executeTakeFirst()
  const action = await lock(trx, id)
  if (action?.status !== 'approved') return null
  await takeTurn(trx)
  const brake = await brakeOn(context, trx)
  const { cluster, target, undo_of: undoOf, decided_by: by } = action
  const limit = await limitOf(context, { cluster, target, isUndo: undoOf !== null, isAutomatic: by === 'vigil' }, trx)
  const end = async (how: 'blocked' | 'changed' | 'self_healed', reason: string): Promise<null> => {
    await endAction(context, trx, action, { how, reason, by: null })
    return null
  }
  // Approved, and then somebody closed the incident. What takes a deed back may be wanted still.
  if (held?.status === 'resolved' && action.undo_of === null) return end('self_healed', 'the incident is over')
  if (brake !== null) return end('blocked', brake)
  if (mismatch !== null) return end('changed', mismatch)
  // Whatever wrote "approved": it runs with the presses of as many people as its card says, or with the protocol's own decision.
  if (action.decided_by !== 'vigil' && (await approvalsOf(trx, action)) < action.offer.approvals)
    return end('changed', `fewer people approved it than the ${action.offer.approvals} that it takes`)
  // An undo takes back a deed: whether the alert still fires does not matter to it.
  if (action.undo_of === null && isGone(context, state)) {
    await end('self_healed', `${state.known ? state.reading.text : ''}: it was gone before anything was done`)
    await closeIncident(context, trx, incident.id, {
      how: 'recovered',
      detail: 'it healed by itself before the approved action ran',
      by: null,
    })
    return null
  }
  if (limit !== null) return end('blocked', limit)
  if (!action.offer.dryRun && !(await hasRoom(context, trx))) return 'wait'
  const before = await baselineOf(context, trx, { incident, state, checks })
  const begun = await trx
    .updateTable('action')
    .set((eb) => ({
      status: 'executing',
      epoch: eb('epoch', '+', 1),
      attempts: eb('attempts', '+', 1),
      started_at: databaseNow,
      baseline: before === null ? null : jsonbText(before),
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await note(context, trx, begun, {
    entry: { type: 'action_started', ...nameOf(begun), attempt: begun.attempts, before: before?.text ?? null },
    who: 'vigil',
    data: { version: begun.version, digest: begun.digest, attempt: begun.attempts },
  })
  if (!action.offer.dryRun) await moveIncident(trx, incident.id, 'executing')
  return begun
}

/** Why nothing may run at all; null: it may. Where so much ran that nothing more should, Vigil itself freezes. */
const brakeOn = async (context: Context, trx: Trx): Promise<string | null> => {
  const brake = await frozen(trx)
  if (brake !== null) return `frozen by ${brake.by}: ${brake.reason}`
  const storm = await stormOf(trx)
  if (storm === null) return null
  await freezeIn(context, trx, { user: BY_ITSELF, reason: storm })
  return `frozen by Vigil itself: ${storm}`
}

const baselineOf = async (
  { clock }: Context,
  trx: Trx,
  { incident, state, checks }: Pick<Beginning, 'incident' | 'state' | 'checks'>,
): Promise<Baseline | null> => {
  if (!state.known && checks.length === 0) return null
  const [evidence] = state.known ? await keepEvidence(trx, incident.id, state.reading.answers) : []
  const of = state.known ? { alert: state.alert, value: state.reading.value, text: state.reading.text } : { value: null, text: null }
  return { ...of, at: clock.now().toISOString(), evidence: evidence ?? null, ...(checks.length === 0 ? {} : { checks }) }
}

const isGone = ({ clock }: Context, state: AlertState): boolean =>
  state.known &&
  state.reading.side === 'healthy' &&
  state.reading.newest !== null &&
  clock.now().getTime() - state.reading.newest.getTime() < FRESH_MS

/** A handler died, or lost its lease: takes the action over, and looks what became of the step that was on its way. */
const goOn = async (context: Context, action: StoredAction, signal: AbortSignal): Promise<void> => {
  const taken = await context.db
    .updateTable('action')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', '=', action.id)
    .where('status', '=', 'executing')
    .returningAll()
    .executeTakeFirst()
  if (taken !== undefined) await carryOut(context, taken, signal)
}

const ENDS = { succeeded: 'verifying', failed: 'escalated', outcome_unknown: 'escalated', dry_run: null } as const

/** The result, written by whoever still holds the action; then it is watched whether it helped. */
const finish = (context: Context, action: StoredAction, done: Done): Promise<void> =>
  context.db.transaction().execute(async (trx) => {
    await trx.selectFrom('incident').select('id').where('id', '=', action.incident_id).forUpdate().execute()
    const { rows } = await sql<{ seconds: number }>`
      update action set status = ${done.outcome}, ended_at = vigil_now(), result = ${resultOf(done)}, intent_at = null
      where id = ${action.id} and epoch = ${action.epoch} and status = 'executing'
      returning extract(epoch from vigil_now() - started_at)::float8 as seconds`.execute(trx)
    const [ended] = rows
    if (ended === undefined) throw takenOver(action)
    await note(context, trx, action, {
      entry: { type: 'action_done', ...nameOf(action), outcome: done.outcome, detail: done.detail, seconds: Math.round(ended.seconds) },
      who: 'vigil',
      data: { outcome: done.outcome, detail: done.detail },
    })
    await sendForReminder(context, trx, { action, outcome: done.outcome })
    const to = ENDS[done.outcome]
    await (to === null ? backToAnalysed(trx, action.incident_id) : moveIncident(trx, action.incident_id, to))
    if (done.outcome !== 'succeeded') return
    // The problem is as it was, and waits for a person as before.
    if (!action.offer.watched) return moveIncident(trx, action.incident_id, 'analysed')
    await context.queue.send(trx, 'verify', [{ action: action.id }], { afterSeconds: 1 })
  })

/** What it printed stays with it; the thread has only the last of it. */
const resultOf = ({ detail, output = '' }: Done): string => (output === '' ? detail : `${detail}\n\n${output}`)

export const moveIncident = async (trx: Trx, incident: string, to: 'executing' | 'verifying' | 'escalated' | 'analysed'): Promise<void> => {
  await trx.updateTable('incident').set({ status: to }).where('id', '=', incident).where('status', 'in', statusesBefore(to)).execute()
}
