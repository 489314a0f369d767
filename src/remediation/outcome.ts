import { type RawBuilder, sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { StoredAction } from '../db/schema.ts'
import { duration } from '../text/number.ts'
import { appendAudit } from './audit.ts'
import { lock, nameOf, note } from './decide.ts'

/** DESIGN 4: what holds for a day has worked; what comes back inside it did not. */
const TRIAL_SECONDS = 86_400

/**
 * An incident opened, or opened again: what had been believed to have helped against the same problem within the last 24 hours did not.
 * Says so in the incident that had been resolved by it, so that it is not proposed again. Safe to run at any time and more than once.
 */
export const refired = async (context: Context, incident: string): Promise<void> => {
  const { rows } = await sql<{ id: string }>`
    select a.id from action a join incident i on i.id = ${incident}
    where ${onTrial} and ${isSameProblem}`.execute(context.db)
  for (const { id } of rows) await judge(context, id)
}

/** The job a day after an action was verified: it worked, or the problem came back and nobody noticed until now. */
export const settle = (context: Context, id: string): Promise<void> => judge(context, id)

/** Sends for the judgement in the transaction that writes that it helped. */
export const sendForSettling = ({ queue }: Context, trx: Trx, action: string): Promise<void> =>
  // Behind the end of the day by the database's clock, and by a moment in which what is on its way is stored.
  queue.send(trx, 'settle', [{ action }], { afterSeconds: TRIAL_SECONDS + 60 })

const onTrial = sql<boolean>`a.verification = 'verified' and a.undo_of is null and a.ineffective_at is null and a.worked_at is null`

/** By its identity, or by the very alert: a subject may become known only later. */
const isSameProblem: RawBuilder<boolean> = sql`(a.identity = i.cluster || '|' || i.subject || '|' || i.alertname
  or exists (select 1 from alert now join alert was on was.fingerprint = now.fingerprint and was.cluster = now.cluster
    where now.incident_id = i.id and was.incident_id = a.incident_id and now.source <> 'mention'))`

const judge = (context: Context, id: string): Promise<void> =>
  context.db.transaction().execute(async (trx) => {
    const held = await lock(trx, id)
    if (held === undefined || held.verification !== 'verified' || held.ineffective_at !== null || held.worked_at !== null) return
    const back = await cameBack(trx, held)
    if (back !== null) return ineffective(context, trx, held, back)
    const { rows } = await sql<{ id: string }>`
      update action set worked_at = vigil_now()
      where id = ${id} and verified_at + make_interval(secs => ${TRIAL_SECONDS}) < vigil_now() and not ${isTakenBack} returning id`.execute(
      trx,
    )
    if (rows.length === 0) return
    await appendAudit(trx, { incident: held.incident_id, action: id, who: 'vigil', what: 'action_worked', data: { hours: 24 } })
  })

/** What was undone within its day did not hold for it, and that the problem stayed away says nothing for it. */
const isTakenBack = sql<boolean>`exists (select 1 from action undo
  where undo.undo_of = action.id and undo.status in ('executing', 'succeeded', 'outcome_unknown') and not (undo.offer ->> 'dryRun')::boolean)`

type Back = { readonly incident: string; readonly number: number; readonly seconds: number }

/** The first time that the problem fired within a day of the deed's verification. */
const cameBack = async (trx: Trx, { id }: StoredAction): Promise<Back | null> => {
  const { rows } = await sql<Back>`
    select i.id as incident, i.number, extract(epoch from t.at - a.verified_at)::float8 as seconds
    from action a
    join incident i on ${isSameProblem} and (i.resolved_at is null or i.resolved_at >= a.verified_at)
    join timeline t on t.incident_id = i.id and (t.type in ('opened', 'reopened')
      or (t.type = 'joined' and i.id <> a.incident_id and t.data ->> 'fingerprint' in (select fingerprint from alert where incident_id = a.incident_id)))
    where a.id = ${id} and t.at > a.verified_at and t.at <= a.verified_at + make_interval(secs => ${TRIAL_SECONDS})
    order by t.at, t.id limit 1`.execute(trx)
  return rows[0] ?? null
}

const ineffective = async (context: Context, trx: Trx, action: StoredAction, { incident, number, seconds }: Back): Promise<void> => {
  await sql`update action set ineffective_at = vigil_now() where id = ${action.id}`.execute(trx)
  const where = incident === action.incident_id ? '' : ` (INC-${number})`
  const detail = `the problem came back ${duration(seconds)} after it had been verified${where}`
  await note(context, trx, action, { entry: { type: 'action_ineffective', ...nameOf(action), detail }, who: 'vigil', data: { detail } })
}
