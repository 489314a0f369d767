import type { Context } from '../context.ts'
import type { StoredAction } from '../db/schema.ts'
import { alertsOf } from '../incident/alerts.ts'
import { findIncident } from '../incident/incident.ts'
import { check } from '../incident/recover.ts'
import { catalogue } from './catalogue.ts'
import { checkOf } from './checks/index.ts'
import { readingOf } from './plan.ts'
import { sideEffectsOf } from './side-effects.ts'

const PATIENCE_MS = 10_000

/** In words. `worse`: what is worse than right before the deed, so that the deed may have done it; it is not well either. */
export type Guards = { readonly unwell: readonly string[]; readonly worse: readonly string[] }

/**
 * What is not well beside the alert's own expression: the target itself, the checks of its entry, the incident's other alerts, and what
 * became worse around it. Of target and checks, what cannot be seen is not well.
 */
export const guardsOf = async (context: Context, action: StoredAction): Promise<Guards> => {
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new Error(`no answer in ${PATIENCE_MS / 1000} s`)))
  try {
    const [worse, ...others] = await Promise.all([
      sideEffectsOf(context, action, stop.signal),
      targetOf(context, action, stop.signal),
      checked(context, action, stop.signal),
      otherAlerts(context, action),
    ])
    return { unwell: [...others.flat(), ...worse], worse }
  } finally {
    cancel()
  }
}

const entryOf = ({ config }: Context, { offer }: StoredAction) => catalogue(config, offer.cluster).find(({ name }) => name === offer.entry)

const targetOf = async (context: Context, action: StoredAction, signal: AbortSignal): Promise<string[]> => {
  try {
    const now = await entryOf(context, action)?.action.progress(action.offer.params, readingOf(context, action.offer, signal))
    return now === undefined || now.done ? [] : [now.text]
  } catch (error) {
    return [`its target could not be seen (${error instanceof Error ? error.message : String(error)})`]
  }
}

const checked = async (context: Context, action: StoredAction, signal: AbortSignal): Promise<string[]> => {
  const { fetch, clock } = context
  const checking = { sources: context.sources(action.cluster), fetch, clock, since: action.ended_at ?? clock.now(), signal }
  const results = await Promise.all((entryOf(context, action)?.entry.verify ?? []).map((one) => checkOf(one.kind)?.run(one, checking)))
  return results.flatMap((result) => (result === undefined || result.outcome === 'good' ? [] : [result.detail]))
}

/** An incident of many alerts is over when all of them are; the one that it is about is asked by itself. */
const otherAlerts = async (context: Context, { incident_id: id, ended_at: since }: StoredAction): Promise<string[]> => {
  const incident = await findIncident(context.db, id)
  const open = (await alertsOf(context.db, id)).filter((alert) => alert.open && alert.source !== 'mention')
  if (incident === undefined || open.length < 2) return []
  const { outcome, detail } = await check(context, { incident, open }, since)
  return outcome === 'recovered' || outcome === 'not_confirmed' ? [] : [`of its ${open.length} alerts not all are over: ${detail}`]
}
