import type { Context } from '../context.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { firingHistory, type History } from './history.ts'

/** For the question how often the alert fired before. */
const HISTORY_MS = 5000

/** Labels that name what the alert is about, and not the pod it was seen on: only the one that gave the subject. */
const subjectLabels = (context: Context, { labels }: StoredAlert, { subject }: Incident): Record<string, string> => {
  const name = context.config.subject.service.find((label) => labels[label] !== undefined && labels[label] === subject)
  const kept = [name, 'namespace'].filter((label): label is string => label !== undefined && labels[label] !== undefined)
  return Object.fromEntries(kept.map((label) => [label, labels[label] ?? '']))
}

/** How often this alert fired before; undefined when nobody can say in 5 s. */
export const historyOf = async (
  context: Context,
  incident: Incident,
  alert: StoredAlert,
  signal: AbortSignal,
): Promise<History | undefined> => {
  const { prometheus } = context.sources(incident.cluster)
  const alertname = alert.labels['alertname']
  if (prometheus === undefined || alertname === undefined) return undefined
  const late = new AbortController()
  const cancel = context.clock.after(HISTORY_MS, () => late.abort(new Error('late')))
  try {
    const asked = { alertname, labels: subjectLabels(context, alert, incident), now: context.clock.now() }
    return await firingHistory(prometheus, { ...asked, signal: AbortSignal.any([signal, late.signal]) })
  } catch (error) {
    context.log.info({ err: error }, 'the history of an alert could not be read')
    return undefined
  } finally {
    cancel()
  }
}
