import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'
import { TransientError } from '../errors.ts'
import { expressionFor } from '../incident/alerts.ts'
import { type Reading, readExpression } from '../incident/expression.ts'
import { lostHeartbeat } from '../incident/heartbeat.ts'
import { alertOf } from './alert-of.ts'

/** What the alert's own expression says now, or why that cannot be known. */
export type AlertState =
  | {
      readonly known: true
      readonly alert: string
      readonly reading: Reading
      /** Null: its expression is known, and its rule is not. */
      readonly forSeconds: number | null
      readonly expression: string
    }
  | { readonly known: false; readonly reason: string }

const PATIENCE_MS = 10_000

/**
 * Asks the expression, and whether its source is alive at all (promise 12). `of`: the alert that was asked before, where the answers are compared. Never
 * throws.
 */
export const stateOfAlert = async (context: Context, incident: Pick<Incident, 'id' | 'cluster'>, of?: string): Promise<AlertState> => {
  const alert = await alertOf(context, incident.id, of)
  const { prometheus } = context.sources(incident.cluster)
  if (alert === undefined) return { known: false, reason: 'its alert is not known any more' }
  if (prometheus === undefined) return { known: false, reason: 'no Prometheus is configured that could be asked' }
  const lost = await lostHeartbeat(context, incident.cluster)
  if (lost !== null) return { known: false, reason: lost }
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () =>
    stop.abort(new TransientError(`Prometheus gave no answer in ${PATIENCE_MS / 1000} s`)),
  )
  try {
    const { expression, forSeconds } = await expressionFor(alert, prometheus, stop.signal)
    if (expression === null) return { known: false, reason: 'its rule is not known' }
    const reading = await readExpression(prometheus, { expression, labels: alert.labels, at: context.clock.now(), signal: stop.signal })
    return { known: true, alert: alert.id, reading, forSeconds, expression }
  } catch (error) {
    return { known: false, reason: `Prometheus could not be asked: ${error instanceof Error ? error.message : String(error)}` }
  } finally {
    cancel()
  }
}
