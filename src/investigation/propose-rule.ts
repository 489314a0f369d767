import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { TransientError } from '../errors.ts'
import { expressionFor } from '../incident/alerts.ts'
import { keepEvidence } from '../incident/evidence.ts'
import { record } from '../incident/timeline.ts'
import type { Episode } from '../series/episodes.ts'
import { historyOf } from './alert-history.ts'
import { betterRule } from './better-rule.ts'
import { HISTORY_DAYS, type History } from './history.ts'

/**
 * For an alert that needs no action: names the rule that would have spared people, where its history carries one. Never fails an
 * investigation: what cannot be asked is logged and left out.
 */
export const proposeRule = async (context: Context, incident: Incident, alert: StoredAlert, signal: AbortSignal): Promise<void> => {
  const { prometheus } = context.sources(incident.cluster)
  if (prometheus === undefined || alert.source === 'mention') return
  try {
    const [history, { forSeconds }] = await Promise.all([
      historyOf(context, incident, alert, signal),
      expressionFor(alert, prometheus, signal),
    ])
    if (history === undefined || forSeconds === null) return
    const real = realOf(history, await realTimes(context, incident))
    const rule = betterRule({ forSeconds, lasted: history.lasted, real, days: HISTORY_DAYS })
    if (rule === null) return
    await context.db.transaction().execute(async (trx) => {
      const [evidence = null] = await keepEvidence(trx, incident.id, [history.answer])
      await record(context, trx, incident.id, { entries: [{ type: 'better_rule', rule, evidence }] })
    })
  } catch (error) {
    if (!(error instanceof TransientError)) throw error
    context.log.info({ err: error }, 'a better rule could not be looked for')
  }
}

/** When incidents of this alert began that called for a deed or that a person closed (Unix seconds). */
const realTimes = async ({ db }: Context, { cluster, subject, alertname }: Incident): Promise<number[]> => {
  const { rows } = await sql<{ at: number }>`
    select extract(epoch from i.started_at)::float8 as at from incident i
    where i.cluster = ${cluster} and i.alertname = ${alertname} and i.subject is not distinct from ${subject}
      and i.started_at > vigil_now() - make_interval(days => ${HISTORY_DAYS})
      and (exists (select 1 from investigation v where v.incident_id = i.id and v.analysis ->> 'verdict' in ('action_required', 'action_suggested'))
        or exists (select 1 from timeline t where t.incident_id = i.id and t.type = 'resolved' and t.data ->> 'how' = 'by_person'))`.execute(
    db,
  )
  return rows.map(({ at }) => at)
}

/** Seconds that those episodes lasted in which such an incident began. */
const realOf = ({ episodes, stepSeconds }: History, times: readonly number[]): number[] =>
  episodes
    .filter((episode): episode is Episode & { until: number } => episode.until !== null)
    .filter(({ from, until }) => times.some((at) => at >= from - stepSeconds && at <= until + stepSeconds))
    .map(({ from, until }) => until - from)
