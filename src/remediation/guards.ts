import type { Context } from '../context.ts'
import type { StoredAction } from '../db/schema.ts'
import { alertsOf } from '../incident/alerts.ts'
import { findIncident } from '../incident/incident.ts'
import { check } from '../incident/recover.ts'
import { catalogue } from './catalogue.ts'
import { type CheckReading, checked } from './checked.ts'
import { readingOf } from './plan.ts'
import { sideEffectsOf } from './side-effects.ts'

const PATIENCE_MS = 10_000
/** Hundreds of addresses, a journey through a shop: what takes longer than a minute is no look any more. */
const CHECKS_MS = 60_000

/** In words. `worse`: what is worse than right before the deed, so that the deed may have done it; it is not well either. */
export type Guards = {
  readonly unwell: readonly string[]
  readonly worse: readonly string[]
  readonly checks: readonly CheckReading[]
  /** Whether how the neighbours do could not be seen. */
  readonly unseen: boolean
}

/**
 * What is not well beside the alert's own expression: the target itself, the checks of its entry, the incident's other alerts, and what
 * became worse around it. Of target and checks, what cannot be seen is not well. `isStillBad`: that expression is on the wrong side.
 */
export const guardsOf = async (context: Context, action: StoredAction, isStillBad: boolean): Promise<Guards> => {
  const { cluster, incident_id: incident, ended_at } = action
  const looking = { cluster, incident, since: ended_at ?? context.clock.now(), patienceMs: CHECKS_MS }
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new Error(`no answer in ${PATIENCE_MS / 1000} s`)))
  try {
    const [{ worse, unseen }, target, alerts, checks] = await Promise.all([
      sideEffectsOf(context, action, { isStillBad, signal: stop.signal }),
      targetOf(context, action, stop.signal),
      otherAlerts(context, action),
      checked(context, entryOf(context, action)?.entry ?? { verify: [] }, looking),
    ])
    const was = action.baseline?.checks ?? []
    const broken = checks.filter(({ check, outcome }, i) => outcome === 'bad' && was[i]?.check === check && was[i]?.outcome === 'good')
    const notWell = checks.filter((one) => one.outcome !== 'good' && !broken.includes(one)).map(({ detail }) => detail)
    const harm = [...broken.map(({ detail }) => detail), ...worse]
    return { unwell: [...target, ...notWell, ...alerts, ...harm], worse: harm, checks, unseen }
  } finally {
    cancel()
  }
}

const entryOf = ({ config }: Context, { offer }: StoredAction) => catalogue(config, offer.cluster).find(({ name }) => name === offer.entry)

const targetOf = async (context: Context, action: StoredAction, signal: AbortSignal): Promise<string[]> => {
  try {
    const entry = entryOf(context, action)
    if (entry === undefined) return [`${action.offer.entry} is not in the catalogue any more, so its target and its checks were not asked`]
    const now = await entry.action.progress(action.offer.params, readingOf(context, action.offer, signal))
    return now.done ? [] : [now.text]
  } catch (error) {
    return [`its target could not be seen (${error instanceof Error ? error.message : String(error)})`]
  }
}

/** An incident of many alerts is over when all of them are; the one that it is about is asked by itself. */
const otherAlerts = async (context: Context, { incident_id: id, ended_at: since }: StoredAction): Promise<string[]> => {
  const incident = await findIncident(context.db, id)
  const open = (await alertsOf(context.db, id)).filter((alert) => alert.open && alert.source !== 'mention')
  if (incident === undefined || open.length < 2) return []
  const { outcome, detail } = await check(context, { incident, open }, since)
  return outcome === 'recovered' || outcome === 'not_confirmed' ? [] : [`of its ${open.length} alerts not all are over: ${detail}`]
}
