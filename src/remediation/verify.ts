import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { recordedSeconds } from '../datasources/recorded.ts'
import type { Db, Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { StoredAction, Verification } from '../db/schema.ts'
import { deedsSince } from '../incident/deed.ts'
import { keepEvidence } from '../incident/evidence.ts'
import { findIncident } from '../incident/incident.ts'
import { closeIncident } from '../incident/resolve.ts'
import { timelineOf } from '../incident/timeline.ts'
import { duration } from '../text/number.ts'
import { type CheckReading, type ComparedChecks, comparedChecks, wordsOfChecks } from './checked.ts'
import { nameOf, note } from './decide.ts'
import { moveIncident } from './execute.ts'
import { guardsOf } from './guards.ts'
import { sendForSettling } from './outcome.ts'
import { type AlertState, stateOfAlert } from './state-of-alert.ts'
import { offerUndo } from './undo.ts'
import { goodMs, type Look, UNSEEN, watched } from './watch.ts'

/** Without a `for` it must have been good for a minute: two scrapes of the usual kind. */
const LEAST_GOOD_MS = 60_000

/** Seconds, where the rule itself cannot be read (a ruler elsewhere): the `for` of most rules. */
const UNKNOWN_FOR = 300

/**
 * One look whether the deed helped, and another later until it is clear: verified only on samples that are newer than the deed, from a
 * source that is alive (promise 12).
 */
export const verify = async (context: Context, id: string): Promise<void> => {
  const action = await context.db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst()
  if (action === undefined || action.status !== 'succeeded' || action.ended_at === null) return
  // Whoever wrote that may have died before the undo stood.
  if (action.verification === 'worsened') return void (await offerUndo(context, action))
  if (action.verification !== null) return
  const over = await overtakenBy(context.db, action)
  if (over !== null) return void (await context.db.transaction().execute((trx) => settle(context, trx, { action, ...over })))
  const incident = await findIncident(context.db, action.incident_id)
  if (incident === undefined) return
  const state = await stateOfAlert(context, incident, action.baseline?.alert)
  const { look, checks, unseen } = await lookAt(context, action, state)
  const { verify_seconds: longest } = context.config.remediation
  const done = action.ended_at.getTime()
  const forMs = state.known ? (state.forSeconds ?? UNKNOWN_FOR) * 1000 : 0
  const recordedMs = state.known ? recordedSeconds(state.expression) * 1000 : 0
  const needMs = Math.min(Math.max(forMs, recordedMs + LEAST_GOOD_MS), longest * 1000)
  const times = { done, until: done + Math.max(longest * 1000, needMs), needMs }
  const { watch, outcome } = watched(action.watch ?? UNSEEN, look, { baseline: action.baseline, times })
  if (outcome === null) {
    await context.db
      .updateTable('action')
      .set({ watch: jsonbText(watch) })
      .where('id', '=', id)
      .where('verification', 'is', null)
      .execute()
    return context.queue.sendNow('verify', { action: id }, { afterSeconds: pauseOf(context, needMs) })
  }
  const elsewhere = outcome === 'worsened' && watch.worse === 0
  const pair = comparedChecks(action.baseline?.checks ?? [], checks)
  const said = elsewhere ? elsewhereOf(look) : detailOf(outcome, state, { look, seconds: goodMs(watch, look) / 1000 })
  const beside = `${pair === null ? '' : `; ${wordsOfChecks(pair)}`}${unseen ? '; how its neighbours do could not be seen' : ''}`
  const detail = `${said}${beside}${await meanwhile(context, action)}`
  const seen = { action: { ...action, watch }, state, outcome, detail, elsewhere, pair }
  const stands = await context.db.transaction().execute((trx) => settle(context, trx, seen))
  if (stands && outcome === 'worsened') await offerUndo(context, { ...action, verification: outcome })
}

/**
 * Another deed on the same incident or target that was still under way when this one had ended, or came later: whatever is seen from then on may be its doing.
 * What only keeps quiet or prepares (`watched`: no) does nothing to the cause, and what failed at its first step did nothing at all.
 * Where a person said that it was done, it may have been at any time since it was begun.
 */
const overtakenBy = async (db: Db | Trx, action: StoredAction): Promise<Omit<Settling, 'action'> | null> => {
  const { rows } = await sql<{ title: string; incident: string }>`
    select offer ->> 'title' as title, incident_id as incident from action
    where id <> ${action.id} and (incident_id = ${action.incident_id} or (cluster = ${action.cluster} and target = ${action.target}))
      and (offer ->> 'watched')::boolean and (status in ('executing', 'succeeded', 'outcome_unknown') or (status = 'failed' and step > 0))
      and not (offer ->> 'dryRun')::boolean and (ended_at is null or ended_at > ${action.ended_at} or (ended_at > ${action.started_at} and exists (
        select 1 from timeline t where t.incident_id = ${action.incident_id} and t.type = 'action_found' and t.data ->> 'action' = ${action.id}::text)))
    order by started_at limit 1`.execute(db)
  const [other] = rows
  if (other === undefined) return null
  const detail = `meanwhile another action ran (${other.title}): which of them did what cannot be told apart`
  return { state: null, outcome: 'cannot_tell', detail, elsewhere: false, pair: null, isHeld: other.incident === action.incident_id }
}

/** Often enough to see all of the time that it must be good, and no busier than the look for recovery. */
const pauseOf = ({ config }: Context, needMs: number): number => Math.max(1, Math.min(config.recovery_seconds, Math.round(needMs / 4000)))

/** The expression on samples newer than the deed, and whether the target itself is well. */
const lookAt = async (
  context: Context,
  action: StoredAction,
  state: AlertState,
): Promise<{ look: Look; checks: readonly CheckReading[]; unseen: boolean }> => {
  const at = context.clock.now().getTime()
  const own = sideOf(action, state)
  const { unwell, worse: harm, checks, unseen } = await guardsOf(context, action, own.side === 'bad')
  return { look: { at, unwell, harm, ...own }, checks, unseen }
}

const sideOf = ({ ended_at: ended }: StoredAction, state: AlertState): Pick<Look, 'sample' | 'side' | 'value' | 'limit'> => {
  if (!state.known) return { sample: null, side: 'blind', value: null, limit: null }
  const { side, value, threshold: limit, newest } = state.reading
  const sample = newest?.getTime() ?? null
  const isFresh = sample !== null && ended !== null && sample > ended.getTime()
  if (!isFresh || side === 'no_samples' || side === 'unknown') return { sample, side: 'blind', value, limit }
  return { sample, side: side === 'healthy' ? 'good' : 'bad', value, limit }
}

const detailOf = (outcome: Verification, state: AlertState, { look, seconds }: { look: Look; seconds: number }): string => {
  const unwell = look.unwell.length === 0 ? '' : `; ${look.unwell.join('; ')}`
  switch (outcome) {
    case 'verified':
      return `its own expression has been on the healthy side for ${duration(seconds)}, on fresh samples`
    case 'no_change':
      return `its own expression is still on the wrong side${unwell}`
    case 'worsened':
      return `its own expression is further on the wrong side than before${unwell}`
    case 'cannot_tell':
      return `${blindness(state, look)}${unwell}`
  }
}

/** What else may have had that effect, as far as anybody told. */
const meanwhile = async ({ db }: Context, { incident_id: incident, started_at: since }: StoredAction): Promise<string> => {
  const deeds = since === null ? [] : deedsSince(await timelineOf(db, incident), since)
  const told = deeds.slice(0, 3).map(({ deed, target }) => `${deed} of ${target}`)
  const more = deeds.length > told.length ? ` and ${deeds.length - told.length} more` : ''
  return told.length === 0 ? '' : `; meanwhile, outside of Vigil: ${told.join(', ')}${more}`
}

/** Undoing it may bring the problem back: so it is said how that stands. */
const elsewhereOf = ({ harm, side }: Look): string => `${harm.join('; ')}; the alert's own expression ${STANDS[side]}`

const STANDS = { good: 'is on the healthy side', bad: 'is still on the wrong side', blind: 'could not be seen' } as const

/** A silent metric is not a healthy one. */
const blindness = (state: AlertState, { unwell }: Look): string => {
  if (!state.known) return state.reason
  const { newest, side } = state.reading
  if (newest === null || side === 'no_samples') return 'the alert went quiet, but so did its metric'
  if (side === 'unknown') return state.reading.text
  if (side === 'healthy' && unwell.length > 0) return 'its own expression is healthy, but not everything is'
  return side === 'healthy'
    ? 'its own expression is healthy, but not for long enough'
    : `no sample since the deed (newest ${newest.toISOString()})`
}

type Settling = {
  readonly action: StoredAction
  /** Null: another deed came between. */
  readonly state: AlertState | null
  readonly outcome: Verification
  readonly detail: string
  readonly elsewhere: boolean
  readonly pair: ComparedChecks | null
  /** That other deed is of the same incident, and moves it. */
  readonly isHeld?: boolean
}

/** Writes what became of it, unless it stands already or another deed began meanwhile: then that is written. Whether it was written as it came. */
const settle = async (context: Context, trx: Trx, seen: Settling): Promise<boolean> => {
  const { action } = seen
  await trx.selectFrom('incident').select('id').where('id', '=', action.incident_id).forUpdate().execute()
  const over = await overtakenBy(trx, action)
  const { state, outcome, detail, elsewhere, pair, isHeld = false } = { ...seen, ...over }
  const { rows } = await sql<{ id: string }>`
    update action set verification = ${outcome}, verified_at = vigil_now(), watch = ${jsonbText(action.watch)}::jsonb
    where id = ${action.id} and verification is null returning id`.execute(trx)
  if (rows.length === 0) return false
  const [evidence] = state?.known ? await keepEvidence(trx, action.incident_id, state.reading.answers) : []
  const after = state?.known ? state.reading.text : null
  await note(context, trx, action, {
    entry: {
      type: 'action_verified',
      ...nameOf(action),
      outcome,
      detail,
      ...(elsewhere ? { elsewhere } : {}),
      before: action.baseline?.text ?? null,
      after,
      evidence: evidence ?? null,
      ...(pair === null ? {} : { checks: pair }),
      chart: chartOf(action, state),
    },
    who: 'vigil',
    data: { outcome, detail, before: action.baseline?.text ?? null, after },
  })
  if (outcome === 'verified') {
    await closeIncident(context, trx, action.incident_id, { how: 'recovered', detail: `${after ?? ''}: ${detail}`, by: null })
    if (action.undo_of === null) await sendForSettling(context, trx, action.id)
  } else if (!isHeld) await moveIncident(trx, action.incident_id, 'escalated')
  return over === null
}

const chartOf = ({ baseline, watch, ended_at, offer }: StoredAction, state: AlertState | null) => {
  if (watch === null || watch.points.length < 2 || ended_at === null) return null
  const before = baseline === null || baseline.value === null ? [] : [[Math.round(Date.parse(baseline.at) / 1000), baseline.value] as const]
  return {
    title: offer.title,
    points: [...before, ...watch.points],
    limit: state?.known ? state.reading.threshold : null,
    at: Math.round(ended_at.getTime() / 1000),
  }
}
