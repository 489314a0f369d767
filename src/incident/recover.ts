import type { Context } from '../context.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import type { Cited } from '../investigation/evidence.ts'
import { alertsOf, expressionFor } from './alerts.ts'
import { keepEvidence } from './evidence.ts'
import { type Reading, readExpression } from './expression.ts'
import { findIncident } from './incident.ts'
import { closeIncident } from './resolve.ts'
import { latest, type RecoveryOutcome, record, type Stored, timelineOf } from './timeline.ts'

/** Alerts of one incident that are asked; a storm's others follow the same expression. */
const ASKED = 10
export type Recovery = {
  readonly outcome: RecoveryOutcome
  readonly detail: string
  readonly value: string | null
  readonly answers: readonly Cited[]
}

/**
 * "Resolved" is a message; recovered is what the alert's own expression says on data that is newer than the message. Closes the
 * incident, or says in the thread why not, and then looks again later. Safe to run at any time and more than once.
 */
export const recover = async (context: Context, id: string): Promise<void> => {
  const incident = await findIncident(context.db, id)
  if (incident === undefined || incident.status === 'resolved') return
  const [alerts, timeline] = await Promise.all([alertsOf(context.db, id), timelineOf(context.db, id)])
  // An intake with a resolved notice leaves its drawing to this job, so that its transaction has one job to send.
  if (alerts.some((alert) => alert.status === 'resolved')) await context.queue.sendNow('deliver', { incident: id })
  const open = alerts.filter((alert) => alert.open)
  const told = open.length > 0 && open.every((alert) => alert.status === 'resolved')
  // Stock Slack posts never say resolved, so those incidents are asked about without a message.
  if (!told && !open.every((alert) => alert.source === 'slack-message')) return
  const checked = await check(context, incident, { open, since: told ? resolvedAt(open, timeline) : null })
  const news = told || checked.outcome === 'recovered' || (checked.outcome === 'cannot_tell' && (await forgotten(context, incident, open)))
  if (!news) await again(context, incident)
  else await conclude(context, { incident, checked, timeline })
}

/**
 * Whether Alertmanager has let go of all of these alerts: the only "resolved" that a stock Slack message ever gives. One that cannot
 * be asked has said nothing.
 */
const forgotten = async (context: Context, incident: Incident, open: readonly StoredAlert[]): Promise<boolean> => {
  const { alertmanager } = context.sources(incident.cluster)
  if (alertmanager === undefined) return false
  try {
    const known = new Set((await alertmanager.alerts({})).map((alert) => alert.fingerprint))
    return !open.some((alert) => known.has(alert.fingerprint))
  } catch (error) {
    context.log.warn({ err: error, incident: incident.id }, 'Alertmanager could not be asked whether an alert still fires')
    return false
  }
}

/** A look every `recovery_seconds` at first, later every twentieth of the incident's age, at most ten times as long. */
const again = (context: Context, incident: Pick<Incident, 'id' | 'started_at'>): Promise<void> => {
  const { recovery_seconds: base } = context.config
  const age = (context.clock.now().getTime() - incident.started_at.getTime()) / 1000
  const afterSeconds = Math.round(Math.min(Math.max(base, age / 20), base * 10))
  return context.queue.sendNow('recover', { incident: incident.id }, { afterSeconds })
}

const resolvedAt = (open: readonly StoredAlert[], timeline: readonly Stored[]): Date | null => {
  const ends = open.flatMap((alert) => (alert.ends_at === null ? [] : [alert.ends_at.getTime()]))
  const notice = latest(timeline, 'alert_resolved')?.at
  return ends.length > 0 ? new Date(Math.max(...ends)) : (notice ?? null)
}

const check = async (
  context: Context,
  incident: Incident,
  { open, since }: { open: readonly StoredAlert[]; since: Date | null },
): Promise<Recovery> => {
  const { prometheus } = context.sources(incident.cluster)
  if (prometheus === undefined) {
    return { outcome: 'not_confirmed', detail: 'no Prometheus is configured that could confirm it', value: null, answers: [] }
  }
  const results: Recovery[] = []
  for (const alert of open.slice(0, ASKED)) {
    try {
      const expression = alert.expression ?? (await expressionFor(alert, prometheus)).expression
      if (expression === null) results.push({ outcome: 'not_confirmed', detail: 'its rule is not known', value: null, answers: [] })
      else
        results.push(
          judge(
            await readExpression(prometheus, { expression, labels: alert.labels, at: context.clock.now() }),
            since ?? context.clock.now(),
            since === null,
          ),
        )
    } catch (error) {
      results.push({
        outcome: 'cannot_tell',
        detail: `Prometheus could not be asked: ${error instanceof Error ? error.message : String(error)}`,
        value: null,
        answers: [],
      })
    }
  }
  const order: RecoveryOutcome[] = ['still_firing', 'cannot_tell', 'not_confirmed', 'recovered']
  return (
    results.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome))[0] ?? {
      outcome: 'not_confirmed',
      detail: 'it has no alert to ask about',
      value: null,
      answers: [],
    }
  )
}

/** Without a message to be newer than, a sample of the last two minutes is fresh: twice the usual scrape interval. */
const FRESH_MS = 120_000

const judge = (reading: Reading, since: Date, polled: boolean): Recovery => {
  const { newest, text: value, answers } = reading
  const fresh = newest !== null && newest.getTime() > since.getTime() - (polled ? FRESH_MS : 0)
  if (reading.side === 'unhealthy' && fresh)
    return { outcome: 'still_firing', detail: 'its expression is still on the wrong side', value, answers }
  if (reading.side === 'healthy' && fresh)
    return { outcome: 'recovered', detail: 'its own expression says so, on fresh samples', value, answers }
  const why =
    newest === null
      ? 'the alert went quiet, but so did its metric'
      : !fresh
        ? `no sample since the alert went quiet (newest ${newest.toISOString()})`
        : reading.side === 'no_samples'
          ? 'its series has no value any more'
          : value
  return { outcome: 'cannot_tell', detail: why, value, answers }
}

const conclude = async (
  context: Context,
  { incident, checked, timeline }: { incident: Incident; checked: Recovery; timeline: readonly Stored[] },
): Promise<void> => {
  const { outcome, detail, value } = checked
  const before = latest(timeline, 'recovery_checked')
  const notice = latest(timeline, 'alert_resolved')
  const repeated =
    before !== undefined &&
    before.outcome === outcome &&
    wording(before.detail) === wording(detail) &&
    (notice === undefined || before.id > notice.id)
  // Right after the message no sample can be newer yet: one more look before anybody is told that nothing can be told.
  const tooEarly =
    outcome === 'cannot_tell' &&
    notice !== undefined &&
    context.clock.now().getTime() - notice.at.getTime() < context.config.recovery_seconds * 1000
  const done = outcome === 'recovered' || outcome === 'not_confirmed'
  await context.db.transaction().execute(async (trx) => {
    if (tooEarly) return
    // A look that shows nothing new leaves no trace: there may be hundreds before somebody mends the source.
    if (!repeated) {
      const evidence = await keepEvidence(trx, incident.id, checked.answers)
      await record(context, trx, incident.id, {
        entries: [{ type: 'recovery_checked', outcome, detail, value, evidence: evidence[0] ?? null }],
      })
    }
    if (done)
      await closeIncident(context, trx, incident.id, { how: outcome, detail: value === null ? detail : `${value}: ${detail}`, by: null })
  })
  if (!done) await again(context, incident)
}

/** What a detail says without its figures: "is left alone for 19 s" is said once, not at each look. */
const wording = (detail: string): string => detail.replace(/\d+/g, '#')
