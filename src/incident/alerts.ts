import type { Prometheus } from '../datasources/prometheus.ts'
import type { Db, Trx } from '../db/connection.ts'
import type { StoredAlert } from '../db/schema.ts'

/** The alerts of an incident, oldest first. */
export const alertsOf = (db: Db | Trx, incident: string): Promise<StoredAlert[]> =>
  db.selectFrom('alert').selectAll().where('incident_id', '=', incident).orderBy('first_seen').orderBy('id').execute()

/** The PromQL of an alert's rule: from the alert itself, else from the rule of that name whose labels the alert carries. */
export const expressionFor = async (
  alert: Pick<StoredAlert, 'expression' | 'labels'>,
  prometheus: Prometheus,
  signal?: AbortSignal,
): Promise<{ expression: string | null; forSeconds: number | null }> => {
  const rules = await prometheus.rules(signal === undefined ? {} : { signal })
  const named = rules.filter(
    (rule) =>
      rule.name === alert.labels['alertname'] &&
      Object.entries(rule.labels).every(([name, value]) => value.includes('{{') || alert.labels[name] === value),
  )
  const rule = named.find((one) => one.expression === alert.expression) ?? (named.length === 1 ? named[0] : undefined)
  return { expression: alert.expression ?? rule?.expression ?? null, forSeconds: rule?.forSeconds ?? null }
}
