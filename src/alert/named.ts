import type { Context } from '../context.ts'
import type { AlertmanagerAlert } from '../datasources/alertmanager.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { matchesAll } from '../series/matchers.ts'
import { type Alert, alertname, expressionOf } from './alert.ts'

export type Named = {
  readonly alerts: readonly Alert[]
  /** Names of everything that fires, for whoever mistyped. */
  readonly firing: readonly string[]
  /** Clusters whose Alertmanager could not be asked. */
  readonly unanswered: readonly string[]
  /** How many Alertmanagers there are to ask. */
  readonly asked: number
}

/** A person waits for it. */
const PATIENCE_MS = 5000

/** Asks every Alertmanager for the alerts of a name that fire now, narrowed by matchers such as `service="checkout"`. Throws InputError for a matcher that cannot be read. */
export const findNamed = async (context: Context, name: string, matchers: readonly string[]): Promise<Named> => {
  matchesAll(matchers, {})
  const clusters = [...new Set([...context.config.clusters.map((cluster) => cluster.name), DEFAULT_CLUSTER])]
  const withOne = clusters.filter((cluster) => context.sources(cluster).alertmanager !== undefined)
  const answers = await Promise.all(withOne.map((cluster) => firingIn(context, cluster)))
  const firing = [...new Map(answers.flatMap((answer) => answer ?? []).map((alert) => [alert.fingerprint, alert])).values()]
  const wanted = firing.filter((alert) => alertname(alert).toLowerCase() === name.toLowerCase() && matchesAll(matchers, alert.labels))
  return {
    alerts: wanted,
    firing: [...new Set(firing.map(alertname))].sort(),
    unanswered: withOne.filter((_, i) => answers[i] === null),
    asked: withOne.length,
  }
}

/** Null when it could not be asked. */
const firingIn = async (context: Context, cluster: string): Promise<Alert[] | null> => {
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new Error('too slow')))
  try {
    const alerts = (await context.sources(cluster).alertmanager?.alerts({ signal: stop.signal })) ?? []
    return alerts.filter((alert) => alert.state === 'active').map(toAlert)
  } catch (error) {
    context.log.warn({ err: error, cluster }, 'Alertmanager could not be asked for its alerts')
    return null
  } finally {
    cancel()
  }
}

const toAlert = (found: AlertmanagerAlert): Alert => ({
  source: 'alertmanager',
  status: 'firing',
  fingerprint: found.fingerprint,
  labels: found.labels,
  annotations: found.annotations,
  startsAt: found.startsAt,
  endsAt: null,
  generatorUrl: found.generatorURL,
  expression: expressionOf(found.generatorURL),
  groupKey: null,
  receiver: null,
  groupSubject: null,
  confirmed: true,
  notice: null,
})
