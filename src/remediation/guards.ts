import type { Context } from '../context.ts'
import type { StoredAction } from '../db/schema.ts'
import { alertsOf } from '../incident/alerts.ts'
import { findIncident } from '../incident/incident.ts'
import { check } from '../incident/recover.ts'
import type { Labels } from '../series/series.ts'
import { catalogue } from './catalogue.ts'
import { checkOf } from './checks/index.ts'
import { readingOf } from './plan.ts'

const PATIENCE_MS = 10_000

/**
 * What is not well beside the alert's own expression, in words: the target itself, the checks of its entry, and alerts of its namespace
 * that began to fire after the deed. What cannot be seen is not well.
 */
export const unwellOf = async (context: Context, action: StoredAction): Promise<string[]> => {
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new Error(`no answer in ${PATIENCE_MS / 1000} s`)))
  try {
    const found = await Promise.all([
      targetOf(context, action, stop.signal),
      checked(context, action, stop.signal),
      newAlerts(context, action, stop.signal),
      otherAlerts(context, action),
    ])
    return found.flat()
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

/** Error rate, latency and readiness of the neighbours, as their own rules see them. */
const newAlerts = async (context: Context, { cluster, offer, baseline }: StoredAction, signal: AbortSignal): Promise<string[]> => {
  const { prometheus } = context.sources(cluster)
  const { namespace } = offer.target
  // Without a moment before there is nothing to compare with; the expression itself says that its source is away.
  if (prometheus === undefined || namespace === undefined || baseline === null) return []
  const query = `ALERTS{alertstate="firing",namespace=${JSON.stringify(namespace)}}`
  try {
    const [before, now] = await Promise.all([
      prometheus.instant(query, { at: new Date(baseline.at), signal }),
      prometheus.instant(query, { signal }),
    ])
    const known = new Set(before.series.map(({ labels }) => nameOf(labels)))
    const fresh = [...new Set(now.series.map(({ labels }) => nameOf(labels)))].filter((name) => !known.has(name)).toSorted()
    return fresh.length === 0
      ? []
      : [`since then also fires: ${fresh.slice(0, 3).join(', ')}${fresh.length > 3 ? ` and ${fresh.length - 3} more` : ''}`]
  } catch {
    return []
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

const nameOf = ({ alertname = 'an alert', service, pod, deployment }: Labels): string => {
  const of = service ?? deployment ?? pod
  return of === undefined ? alertname : `${alertname} of ${of}`
}
