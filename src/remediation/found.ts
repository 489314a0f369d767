import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { ActionStatus, StoredAction } from '../db/schema.ts'
import { type Stored, timelineOf } from '../incident/timeline.ts'
import { clean } from '../text/clean.ts'
import { appendAudit } from './audit.ts'
import { type Denial, denialOf, type Presser } from './authorise.ts'
import { lock, nameOf, note, type Pressed, type Unsealed, unsealed } from './decide.ts'
import type { ActionEntry } from './entries.ts'
import { moveIncident } from './execute.ts'

type FoundEntry = Extract<ActionEntry, { type: 'action_found' }>

/** What somebody saw at the target of an action whose outcome is not known; `by` null: over the API, by its token. */
export type Look = {
  readonly said: FoundEntry['said']
  /** In their own words; may be empty. */
  readonly detail: string
  readonly by: { readonly pressed: Pressed; readonly presser: Presser } | null
}

export type Found =
  | { readonly done: true; readonly entry: FoundEntry }
  | { readonly done: false; readonly why: 'gone' }
  | Unsealed
  | { readonly done: false; readonly why: 'denied'; readonly denial: Denial; readonly action: StoredAction }
  /** Somebody has looked before. */
  | { readonly done: false; readonly why: 'found'; readonly entry: FoundEntry; readonly at: Date }
  | { readonly done: false; readonly why: 'not_unknown'; readonly status: ActionStatus }

/** Longer words belong into the thread. */
const MOST_WORDS = 500

/**
 * Settles once what Vigil could not see: whether an action was done. What was done is verified on samples newer than this word (promise
 * 12: when the deed itself was is not known), what was not done has failed. One person's word is enough, also of those who asked for or
 * edited it: it is what they saw, and lets nothing run.
 */
export const found = (context: Context, id: string, look: Look): Promise<Found> =>
  context.db.transaction().execute(async (trx) => {
    const action = await lock(trx, id)
    if (action === undefined) return { done: false, why: 'gone' }
    const denial = look.by === null ? null : await deniedTo(trx, action, look.by.presser)
    if (denial !== null) return { done: false, why: 'denied', denial, action }
    if (action.status !== 'outcome_unknown') return before(trx, action, look)
    const refusal = look.by === null ? null : await unsealed(trx, action, look.by)
    if (refusal !== null) return refusal
    const entry = entryOf(action, look)
    await settle(context, trx, action, entry)
    return { done: true, entry }
  })

const deniedTo = async (trx: Trx, action: StoredAction, presser: Presser): Promise<Denial | null> => {
  const denial = denialOf({ approvers: action.offer.approvers, risk: 'LOW', requestedBy: null, editedBy: null }, presser)
  if (denial !== null)
    await appendAudit(trx, { incident: action.incident_id, action: action.id, who: presser.user, what: 'finding_denied', data: { denial } })
  return denial
}

/** Who said it before; a newer version of the offer has an end of its own. */
const before = async (trx: Trx, { id, incident_id: incident, status, version }: StoredAction, { by }: Look): Promise<Found> => {
  if (by !== null && by.pressed.version !== version) return { done: false, why: 'stale', version }
  const isOne = (entry: Stored) => (entry.type === 'action_found' || entry.type === 'action_proposed') && entry.action === id
  const entry = (await timelineOf(trx, incident)).findLast(isOne)
  return entry?.type === 'action_found' ? { done: false, why: 'found', entry, at: entry.at } : { done: false, why: 'not_unknown', status }
}

const entryOf = (action: StoredAction, { said, detail, by }: Look): FoundEntry => {
  // `step` counts those that are known to be done: the next one is what nobody knew of, and nothing behind it was ever sent.
  const unsent = Math.max(0, action.offer.steps.length - action.step - 1)
  return {
    type: 'action_found',
    ...nameOf(action),
    said,
    outcome: said === 'done' && unsent === 0 ? 'succeeded' : 'failed',
    unsent,
    by: by?.presser.user ?? null,
    detail: clean(detail).trim().slice(0, MOST_WORDS),
  }
}

const settle = async (context: Context, trx: Trx, action: StoredAction, entry: FoundEntry): Promise<void> => {
  const { outcome, said, unsent, by, detail } = entry
  const isDone = outcome === 'succeeded'
  const words = `${said === 'done' ? 'done' : 'not done'}${isDone || said !== 'done' ? '' : `, but ${unsent} of its steps never sent`}`
  const result = [`${words}, as ${by ?? 'the API'} said${detail === '' ? '' : `: ${detail}`}`, action.result ?? ''].join('\n\n').trim()
  await sql`update action set status = ${outcome}, result = ${result}, ended_at = case when ${isDone} then vigil_now() else ended_at end,
    step = case when ${said === 'done'} then least(step + 1, ${action.offer.steps.length}) else step end
    where id = ${action.id}`.execute(trx)
  await note(context, trx, action, {
    entry,
    who: by ?? 'api',
    data: { said, outcome, unsent, detail, version: action.version, digest: action.digest },
  })
  // Half of it stands: whoever ends an action that failed half way offers its undo (execute.ts).
  if (!isDone && said === 'done') await context.queue.send(trx, 'execute', [{ action: action.id }])
  if (!isDone) return
  await moveIncident(trx, action.incident_id, 'verifying')
  // As after a run: what takes no cause away is not watched.
  if (!action.offer.watched) return moveIncident(trx, action.incident_id, 'analysed')
  await context.queue.send(trx, 'verify', [{ action: action.id }], { afterSeconds: 1 })
}
