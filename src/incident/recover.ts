import type { Context } from '../context.ts'
import type { Alertmanager } from '../datasources/alertmanager.ts'
import type { Prometheus } from '../datasources/prometheus.ts'
import type { Trx } from '../db/connection.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import type { Cited } from '../investigation/evidence.ts'
import { alertsOf, expressionFor } from './alerts.ts'
import { keepEvidence } from './evidence.ts'
import { type Reading, readExpression } from './expression.ts'
import { HEARTBEAT_LOST, lostHeartbeat } from './heartbeat.ts'
import { findIncident } from './incident.ts'
import { closeIncident } from './resolve.ts'
import { databaseNow, latest, type RecoveryOutcome, record, type Stored, timelineOf } from './timeline.ts'
import { isWatched } from './watched.ts'

/** Alerts of one incident that are asked, of each rule one before any has a second: a storm's others follow the same expression. */
const ASKED = 10
/** For all of them together; a look that nobody answers ends long before its job does. */
const PATIENCE_MS = 25_000

export type Recovery = {
  readonly outcome: RecoveryOutcome
  readonly detail: string
  readonly value: string | null
  readonly answers: readonly Cited[]
  /** Its metric lives, and its next sample is not due yet. */
  readonly sampleDue?: boolean
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
  const open = alerts.filter((alert) => alert.open && alert.source !== 'mention')
  if (open.length === 0) return
  const look = { incident, open, timeline }
  if (incident.alertname === HEARTBEAT_LOST && open.some((alert) => alert.status === 'firing')) return
  if (await isWatched(context, incident)) return again(context, look)
  if (open.every((alert) => alert.status === 'resolved')) return afterNotice(context, look)
  // Stock Slack posts never say resolved; a webhook's may be lost, or switched off at its receiver.
  return open.every((alert) => alert.source === 'slack-message') ? withoutNotice(context, look) : withLostNotice(context, look)
}

type Look = { readonly incident: Incident; readonly open: readonly StoredAlert[]; readonly timeline: readonly Stored[] }

const afterNotice = async (context: Context, look: Look): Promise<void> =>
  conclude(context, look, { checked: await check(context, look, resolvedAt(look)), quiet: [] })

const withoutNotice = async (context: Context, look: Look): Promise<void> => {
  const checked = await check(context, look, null)
  if (checked.outcome === 'still_firing') return again(context, look)
  const quiet = await quietOf(context, look)
  // Its source still has it, so it fires, whatever one moment's value is. A source that cannot be asked has said nothing.
  const isOver = quiet === undefined ? checked.outcome === 'recovered' : quiet.length === look.open.length
  return isOver ? conclude(context, look, { checked, quiet: quiet ?? [] }) : again(context, look)
}

/** Only what Alertmanager has let go of is asked about: while it has the alert, the notice may still come. */
const withLostNotice = async (context: Context, look: Look): Promise<void> => {
  const { incident, open } = look
  if (context.sources(incident.cluster).alertmanager === undefined) return
  const quiet = await quietOf(context, look)
  const firing = open.filter((alert) => alert.status === 'firing')
  if (quiet === undefined || quiet.length < firing.length) return again(context, look, RARELY)
  const checked = await check(context, look, null)
  return checked.outcome === 'still_firing' ? again(context, look, RARELY) : conclude(context, look, { checked, quiet })
}

/**
 * The firing alerts that Alertmanager has let go of: its only "resolved" where no notice comes. Undefined when it cannot be asked.
 */
const quietOf = async (context: Context, { incident, open }: Look): Promise<readonly StoredAlert[] | undefined> => {
  const { alertmanager } = context.sources(incident.cluster)
  if (alertmanager === undefined) return undefined
  const known = await heldBy(context, alertmanager)
  // An alert that was heard of after the question was put is not in its answer.
  return known === undefined
    ? undefined
    : open.filter(
        (alert) =>
          // A script's own alert was never in Alertmanager, so that it is not there says nothing.
          alert.source !== 'bare' &&
          alert.confirmed &&
          alert.status === 'firing' &&
          alert.last_seen < known.at &&
          !known.fingerprints.has(alert.fingerprint),
      )
}

type Held = { readonly at: Date; readonly fingerprints: ReadonlySet<string> }

/** Every incident of a storm asks for the same list. */
const SHARED_MS = 10_000
const shared = new WeakMap<Alertmanager, { readonly until: number; readonly held: Promise<Held | undefined> }>()

const heldBy = (context: Context, alertmanager: Alertmanager): Promise<Held | undefined> => {
  const { clock, log } = context
  const known = shared.get(alertmanager)
  if (known !== undefined && clock.monotonic() < known.until) return known.held
  const at = clock.now()
  const held = alertmanager.alerts({}).then(
    (alerts) => ({ at, fingerprints: new Set(alerts.map((alert) => alert.fingerprint)) }),
    (error: unknown) => {
      log.warn({ err: error }, 'Alertmanager could not be asked which alerts still fire')
      return undefined
    },
  )
  shared.set(alertmanager, { until: clock.monotonic() + Math.min(SHARED_MS, context.config.recovery_seconds * 500), held })
  return held
}

/** What nobody expects to be needed is looked at as rarely as what is old. */
const RARELY = 10

/**
 * A look every `recovery_seconds` at first, later every twentieth of the time since the incident began or was called resolved, at most
 * ten times as long.
 */
const again = (context: Context, { incident, timeline }: Pick<Look, 'incident' | 'timeline'>, atLeast = 1): Promise<void> => {
  const { recovery_seconds: base } = context.config
  const since = latest(timeline, 'alert_resolved')?.at ?? incident.started_at
  const age = (context.clock.now().getTime() - since.getTime()) / 1000
  const afterSeconds = Math.round(Math.min(Math.max(base * atLeast, age / 20), base * RARELY))
  return context.queue.sendNow('recover', { incident: incident.id }, { afterSeconds })
}

const resolvedAt = ({ open, timeline }: Look): Date | null => {
  const ends = open.flatMap((alert) => (alert.ends_at === null ? [] : [alert.ends_at.getTime()]))
  const notice = latest(timeline, 'alert_resolved')?.at
  return ends.length > 0 ? new Date(Math.max(...ends)) : (notice ?? null)
}

/**
 * What the expressions of an incident's open alerts say, the worst of them, on samples newer than `since`. Null: nobody said that it is
 * over.
 */
export const check = async (context: Context, look: Pick<Look, 'incident' | 'open'>, since: Date | null): Promise<Recovery> => {
  const { incident } = look
  if (incident.alertname === HEARTBEAT_LOST)
    return { outcome: 'recovered', detail: `${incident.subject ?? 'it'} is heard again`, value: null, answers: [] }
  const checked = await ask(context, look, since)
  if (checked.outcome !== 'recovered' && checked.outcome !== 'not_confirmed') return checked
  const lost = await lostHeartbeat(context, incident.cluster)
  return lost === null ? checked : { ...checked, outcome: 'cannot_tell', detail: lost }
}

const ask = async (context: Context, { incident, open }: Pick<Look, 'incident' | 'open'>, since: Date | null): Promise<Recovery> => {
  const { prometheus } = context.sources(incident.cluster)
  if (prometheus === undefined) return unconfirmed('no Prometheus is configured that could confirm it')
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new Error(`no answer in ${PATIENCE_MS / 1000} s`)))
  try {
    const asked = chosen(open).map((alert) => checkOne(context, { alert, prometheus, since, signal: stop.signal }))
    const order: RecoveryOutcome[] = ['still_firing', 'cannot_tell', 'not_confirmed', 'recovered']
    const results = (await Promise.all(asked)).sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome))
    return results[0] ?? unconfirmed('it has no alert to ask about')
  } finally {
    cancel()
  }
}

const unconfirmed = (detail: string): Recovery => ({ outcome: 'not_confirmed', detail, value: null, answers: [] })

const chosen = (open: readonly StoredAlert[]): StoredAlert[] => {
  const ofRule = new Map<string, number>()
  const rank = (alert: StoredAlert): number => {
    const rule = alert.expression ?? alert.labels['alertname'] ?? ''
    const before = ofRule.get(rule) ?? 0
    ofRule.set(rule, before + 1)
    return before
  }
  return open
    .map((alert) => ({ alert, rank: rank(alert) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, ASKED)
    .map(({ alert }) => alert)
}

type One = { readonly alert: StoredAlert; readonly prometheus: Prometheus; readonly since: Date | null; readonly signal: AbortSignal }

const checkOne = async ({ clock }: Context, { alert, prometheus, since, signal }: One): Promise<Recovery> => {
  if (!alert.confirmed) return unconfirmed('only its message is known, not its labels')
  try {
    const expression = alert.expression ?? (await expressionFor(alert, prometheus, signal)).expression
    if (expression === null) return unconfirmed('its rule is not known')
    const now = clock.now()
    const reading = await readExpression(prometheus, { expression, labels: alert.labels, at: now, signal })
    return judge(reading, { now, since })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { outcome: 'cannot_tell', detail: `Prometheus could not be asked: ${reason}`, value: null, answers: [] }
  }
}

/** Twice the usual scrape interval: without a message to be newer than, such a sample is fresh; with one, its successor is awaited. */
const FRESH_MS = 120_000

const judge = (reading: Reading, { now, since }: { now: Date; since: Date | null }): Recovery => {
  const { newest, text: value, answers } = reading
  const recent = newest !== null && newest.getTime() > now.getTime() - FRESH_MS
  const fresh = since === null ? recent : newest !== null && newest.getTime() > since.getTime()
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
  return { outcome: 'cannot_tell', detail: why, value, answers, sampleDue: recent && !fresh }
}

type Seen = { readonly checked: Recovery /** Alerts that nobody has called resolved until now. */; readonly quiet: readonly StoredAlert[] }

const conclude = async (context: Context, look: Look, { checked, quiet }: Seen): Promise<void> => {
  const { incident, timeline } = look
  const { outcome, detail, value } = checked
  const before = latest(timeline, 'recovery_checked')
  const notice = latest(timeline, 'alert_resolved')
  const repeated =
    quiet.length === 0 &&
    before !== undefined &&
    before.outcome === outcome &&
    wording(before.detail) === wording(detail) &&
    (notice === undefined || before.id > notice.id)
  // Right after the message no sample can be newer yet: one more look, and as long as a scrape may take, before anybody is told that
  // nothing can be told.
  const heardAt = quiet.length > 0 ? context.clock.now() : notice?.at
  const tooEarly =
    outcome === 'cannot_tell' &&
    heardAt !== undefined &&
    (checked.sampleDue === true || context.clock.now().getTime() - heardAt.getTime() < context.config.recovery_seconds * 1000)
  const done = outcome === 'recovered' || outcome === 'not_confirmed'
  const closed = await context.db.transaction().execute(async (trx) => {
    if (await hasMoved(trx, look)) return false
    await callResolved(context, trx, { incident, quiet })
    if (tooEarly) return false
    // A look that shows nothing new leaves no trace: there may be hundreds before somebody mends the source.
    if (!repeated) {
      const evidence = await keepEvidence(trx, incident.id, checked.answers)
      await record(context, trx, incident.id, {
        entries: [{ type: 'recovery_checked', outcome, detail, value, evidence: evidence[0] ?? null }],
      })
    }
    if (!done) return false
    const how = { how: outcome, detail: value === null ? detail : `${value}: ${detail}`, by: null }
    return (await closeIncident(context, trx, incident.id, how)).moved
  })
  if (!closed) await again(context, quiet.length > 0 ? { incident, timeline: await timelineOf(context.db, incident.id) } : look)
}

/** An alert that fires again while its expression is asked must not be closed with an answer from before. Holds the incident. */
const hasMoved = async (trx: Trx, { incident, open }: Look): Promise<boolean> => {
  await trx.selectFrom('incident').select('id').where('id', '=', incident.id).forUpdate().execute()
  const now = (await alertsOf(trx, incident.id)).filter((alert) => alert.open && alert.source !== 'mention')
  const told = (alerts: readonly StoredAlert[]) => alerts.map(({ id, status, count }) => `${id} ${status} ${count}`).join(' ')
  return told(now) !== told(open)
}

const callResolved = async (
  context: Context,
  trx: Trx,
  { incident, quiet }: { incident: Incident; quiet: readonly StoredAlert[] },
): Promise<void> => {
  if (quiet.length === 0) return
  const ids = quiet.map((alert) => alert.id)
  await trx.updateTable('alert').set({ status: 'resolved', ends_at: databaseNow }).where('id', 'in', ids).execute()
  await record(context, trx, incident.id, {
    entries: quiet.map(({ fingerprint }) => ({ type: 'alert_resolved', fingerprint, source: 'alertmanager', ends_at: null })),
  })
}

/** What a detail says without its figures: "is left alone for 19 s" is said once, not at each look. */
const wording = (detail: string): string => detail.replace(/\d+/g, '#')
