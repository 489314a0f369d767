import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { splitComparison } from '../datasources/comparison.ts'
import type { Prometheus } from '../datasources/prometheus.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { TransientError } from '../errors.ts'
import { expressionFor } from '../incident/alerts.ts'
import { keepEvidence } from '../incident/evidence.ts'
import { ownSeries } from '../incident/expression.ts'
import { record } from '../incident/timeline.ts'
import type { Episode } from '../series/episodes.ts'
import { toText } from '../series/text.ts'
import { historyOf } from './alert-history.ts'
import { type BetterRule, betterRule, betterThreshold } from './better-rule.ts'
import type { Cited } from './evidence.ts'
import { HISTORY_DAYS, HISTORY_STEP_SECONDS, type History } from './history.ts'

/**
 * For an alert that needs no action: names the rule that would have spared people, where its history carries one. Never fails an
 * investigation: what cannot be asked is logged and left out.
 */
export const proposeRule = async (context: Context, incident: Incident, alert: StoredAlert, signal: AbortSignal): Promise<void> => {
  const { prometheus } = context.sources(incident.cluster)
  if (prometheus === undefined || alert.source === 'mention') return
  try {
    const [history, { forSeconds, expression }] = await Promise.all([
      historyOf(context, incident, alert, signal),
      expressionFor(alert, prometheus, signal),
    ])
    if (history === undefined || forSeconds === null) return
    const real = realOf(history, await realTimes(context, incident))
    const lasted = real.map(({ from, until }) => until - from)
    const longer = betterRule({ forSeconds, lasted: history.lasted, real: lasted, days: HISTORY_DAYS })
    const asked = { prometheus, now: context.clock.now(), signal }
    const found =
      longer === null ? await otherThreshold(asked, alert, { expression, forSeconds, real }) : { rule: longer, answer: history.answer }
    if (found === null) return
    await context.db.transaction().execute(async (trx) => {
      const [evidence = null] = await keepEvidence(trx, incident.id, [found.answer])
      await record(context, trx, incident.id, { entries: [{ type: 'better_rule', rule: found.rule, evidence }] })
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

type Real = Episode & { readonly until: number }

/** Those episodes in which such an incident began. */
const realOf = ({ episodes, stepSeconds }: History, times: readonly number[]): Real[] =>
  episodes
    .filter((episode): episode is Real => episode.until !== null)
    .filter(({ from, until }) => times.some((at) => at >= from - stepSeconds && at <= until + stepSeconds))

type Asked = { readonly prometheus: Prometheus; readonly now: Date; readonly signal: AbortSignal }
type Rule = { readonly expression: string | null; readonly forSeconds: number; readonly real: readonly Real[] }

/** Where no longer `for` would have helped: the threshold that would have, by the course of the alert's own value. */
const otherThreshold = async (
  { prometheus, now, signal }: Asked,
  { labels }: StoredAlert,
  { expression, forSeconds, real }: Rule,
): Promise<{ readonly rule: BetterRule; readonly answer: Cited } | null> => {
  const split = expression === null ? null : splitComparison(expression)
  // A difference of two sides has its limit at 0, and of two conditions one is not the rule.
  if (split?.kind !== 'threshold' || split.against !== null || split.rest !== null) return null
  const { left: query, operator, threshold } = split
  if (operator === '==' || operator === '!=') return null
  const from = new Date(now.getTime() - HISTORY_DAYS * 86_400_000)
  const { series, complete } = await prometheus.range(query, { from, to: now, stepSeconds: HISTORY_STEP_SECONDS, signal })
  const own = ownSeries(series, labels, split)
  if (own === undefined) return null
  const history = { operator, threshold, points: own.points, stepSeconds: HISTORY_STEP_SECONDS, forSeconds, real, days: HISTORY_DAYS }
  const rule = betterThreshold(history)
  if (rule === null) return null
  const answer: Cited = {
    source: 'prometheus',
    query,
    range: { from: from.toISOString(), to: now.toISOString() },
    output: { kind: 'series', series: [own] },
    shown: toText([own]),
    complete,
    link: prometheus.link(query, { from, to: now }),
  }
  return { rule, answer }
}
