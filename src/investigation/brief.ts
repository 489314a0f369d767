import type { Context } from '../context.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import { HEARTBEAT_LOST } from '../incident/heartbeat.ts'
import { rejoin } from '../incident/rejoin.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { askAbout, settleAbout } from './about.ts'
import { type Evaluated, evaluateAll, gapsOf, lateOf, noAnswer, numbered, type RuleAnswers } from './evaluate.ts'
import { type FirstLook, readFirstLook, storeBrief, takeFirstLook } from './first-look.ts'
import { gather } from './gather.ts'
import { ownState } from './own-state.ts'
import { redactedAnswers, redactedTexts } from './redacted.ts'
import { rules } from './rules/index.ts'
import type { OwnState, Rule } from './rules/rule.ts'
import { admission } from './spend.ts'
import { sumUp } from './sum-up.ts'
import { beginClusterState } from './surroundings.ts'
import { watched } from './watched.ts'

/**
 * The first reply stands within 3 s of the alert (promise 1), delivery included: so the look ends after 2, its first part after 1.2. A
 * message in a chat that waited for its labels (alert/confirm) has a shorter one.
 */
const LOOK_MS = 2000
const TOLD_AFTER_MS = 2400
const OWN_PART = 0.6
/** Owners and names are asked beside it: one short question each, for which the rules wait no longer than this. */
const ABOUT_MS = 600

/**
 * Rules first: asks the alert's own expression, runs all rules side by side within two seconds, numbers their evidence and records
 * the brief, from which the first reply is drawn. Then the model is sent for, or it is said why not; what was late is asked again.
 */
export const brief = async (context: Context, id: string, register: readonly Rule[] = rules): Promise<void> => {
  const began = context.clock.monotonic()
  const look = await takeFirstLook(context.db, id)
  if (look === undefined || look.incident.status === 'resolved') return
  if (await rejoin(context, look.incident, look.alerts)) return
  const { alerts } = look
  const alert = newestOf(alerts)
  if (alert === undefined) return
  const isBeat = look.incident.alertname === HEARTBEAT_LOST
  const asked = isBeat ? [] : register
  const next = isBeat ? FOR_PEOPLE : admission(context, look.incident, look.spent)
  const lookMs = lookFor(look)
  const early = beginSurroundings(context, look.incident, { alert, register: asked, ms: lookMs })
  const { own, gap, incident, isNew, nearest, similar, deploys } = await readAlert(context, look, { alert, lookMs })
  // What stands around another subject was not asked for yet.
  if (isNew) early.end()
  const begun = isNew ? { ...early, clusterState: null } : early
  const { redact } = redactorFor(context.config, id)
  const ms = lookMs - Math.min(lookMs * OWN_PART, context.clock.monotonic() - began)
  const results = await evaluateAll(context, asked, {
    incident,
    alert,
    own,
    onset: own?.onset ?? alert.starts_at,
    similar,
    deploys,
    redact,
    ms,
    waitedMs: lookMs,
    begun,
  }).finally(begun.end)
  const { findings, answers } = numbered(look.lastEvidence, results)
  const summed = sumUp({
    ...{ incident, alert, own, findings, next: next.next, nearest, unplaced: isUnplaced(context, incident) },
    lookedAt: lookedAt(results, gap !== null),
    gaps: gapsOf(results, gap === null || gap.late ? [] : [gap.text]),
    late: [...(gap?.late === true ? [{ rule: OWN, gap: sameCause(gap.text, results) }] : []), ...lateOf(results)],
  })
  const briefing = {
    incident: id,
    epoch: incident.epoch,
    // From here on it goes to Slack, to the model and into the audit trail.
    brief: redactedTexts(summed, redact),
    onset: own?.onset ?? null,
    answers: redactedAnswers(answers, redact),
    first: look.lastEvidence + 1,
    endedBecause: next.next === 'investigating' ? null : next.reason,
    recoverAfterSeconds: firstLookForRecovery(context, incident, alerts),
  }
  const looked = { incident, suspects: briefing.brief.suspects ?? [], results, redact }
  await context.db.transaction().execute(async (trx) => {
    if ((await gather(context, trx, looked)) === 'whole') await storeBrief(context, trx, briefing)
  })
}

const FOR_PEOPLE = { next: 'heartbeat', reason: 'a lost heartbeat is for people to look at' } as const

/** In tenths of a second, as it is told. */
const lookFor = ({ waitedMs }: FirstLook): number =>
  Math.min(LOOK_MS, Math.max(LOOK_MS / 2, Math.round((TOLD_AFTER_MS - waitedMs) / 100) * 100))

/** The state of the alert's own expression, and side by side with it what the alert is about. */
const readAlert = async (context: Context, look: FirstLook, { alert, lookMs }: { alert: StoredAlert; lookMs: number }) => {
  const asking = askAbout(context, { incident: look.incident, alert, ms: ABOUT_MS })
  const { own, gap } = await ownWithin(context, look.incident, { alert, ms: lookMs * OWN_PART, waitedMs: lookMs })
  const expression = own?.expression ?? alert.expression
  const { incident, isNew, nearest } = await settleAbout(context, { incident: look.incident, alert, expression, asking })
  // Earlier incidents are those of the same subject.
  const { similar, deploys } = (isNew ? await readFirstLook(context.db, incident.id) : undefined) ?? look
  return { own, gap, incident, isNew, nearest, similar, deploys }
}

/** Where the rules waited for Prometheus as well it is one cause, and one line. */
const sameCause = (text: string, results: readonly RuleAnswers[]): string => {
  const cause = results.find(({ late }) => late)?.gap
  return cause?.includes('Prometheus') === true ? text.replace(/\(.*\)$/, `(${cause})`) : text
}

/** What the rules that answered looked at; without the alert's own course there was none to be looked at. */
export const lookedAt = (results: readonly RuleAnswers[], isBlind: boolean): string[] =>
  results.filter(({ gap, rule: { id } }) => gap === null && !(isBlind && OF_OWN.includes(id))).map(({ rule }) => rule.looksAt)

/** The alert that a look is about: the newest that fires. */
export const newestOf = (alerts: readonly StoredAlert[]): StoredAlert | undefined =>
  alerts.findLast((one) => one.open && one.status === 'firing') ?? alerts.at(-1)

/** No cluster of the configuration fits the alert's labels, and no endpoint is configured for the rest. */
const isUnplaced = (context: Context, { cluster }: Pick<Incident, 'cluster'>): boolean => {
  // Repositories are everybody's, and say nothing of what runs.
  const { github: _, ...seen } = context.sources(cluster)
  return cluster === DEFAULT_CLUSTER && context.config.clusters.length > 0 && Object.keys(seen).length === 0
}

/** Kubernetes is asked beside the alert's own expression: one that is slow or hangs costs the other nothing. */
const beginSurroundings = (
  context: Context,
  { cluster, subject }: Incident,
  { alert, register, ms }: { alert: StoredAlert; register: readonly Rule[]; ms: number },
): NonNullable<Evaluated['begun']> & { end: () => void } => {
  const watch = watched(context.sources(cluster))
  const { sources } = watch
  const isAsked = register.some(({ needs }) => needs?.includes('kubernetes'))
  if (sources.kubernetes === undefined || !isAsked || alert.source === 'mention') return { watch, clusterState: null, end: () => undefined }
  const about = { labels: alert.labels, subject }
  const namespace = alert.labels['namespace'] ?? null
  return { watch, ...beginClusterState({ context, sources, cluster, subject, namespace, about, ms }) }
}

/** The rule of the alert's own expression: without it the others knew no onset. */
export const OWN = 'own-expression'
const OF_OWN = [OWN, 'minutes-left', 'self-resolving']

/** Stock Slack posts never say resolved; where Alertmanager can be asked, a webhook's notice that got lost is found by and by. */
const firstLookForRecovery = (context: Context, incident: Incident, alerts: readonly StoredAlert[]): number | null => {
  const { recovery_seconds: soon } = context.config
  // Whoever listens for it says when it is back.
  if (incident.alertname === HEARTBEAT_LOST) return null
  if (alerts.every((one) => one.source === 'slack-message')) return soon
  const isAnswerable = context.sources(incident.cluster).alertmanager !== undefined && alerts.some((one) => one.source !== 'mention')
  return isAnswerable ? soon * 10 : null
}

const readOwn = async (
  context: Context,
  incident: Incident,
  { alert, signal }: { alert: StoredAlert; signal: AbortSignal },
): Promise<OwnState | null> => {
  const { prometheus } = context.sources(incident.cluster)
  if (alert.source === 'mention' || incident.alertname === HEARTBEAT_LOST) return null
  if (prometheus === undefined) throw new TransientError(`no Prometheus is configured for ${incident.cluster}`)
  const own = await ownState({ alert, prometheus: prometheus.first ?? prometheus, clock: context.clock, signal })
  if (own === null) throw new TransientError(`Prometheus knows no rule ${alert.labels['alertname'] ?? ''}`)
  return own
}

/** `waitedMs`: what is said of how long it was waited for, where the reply comes later than `ms`. */
type OwnAsked = { readonly alert: StoredAlert; readonly ms: number; readonly waitedMs?: number }
type OwnAnswer = { readonly own: OwnState | null; readonly gap: { readonly text: string; readonly late: boolean } | null }

/** The state of the alert's own expression; what fails or is late becomes a gap in words for people. */
export const ownWithin = async (context: Context, incident: Incident, { alert, ms, waitedMs = ms }: OwnAsked): Promise<OwnAnswer> => {
  const stop = new AbortController()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const hasMetrics = context.sources(incident.cluster).prometheus !== undefined
  const gapOf = (reason: string): string => `${hasMetrics ? "the alert's own expression" : 'metrics'} (${reason})`
  const error = new TransientError(gapOf(noAnswer(['Prometheus'], waitedMs)))
  const cancel = context.clock.after(ms, () => {
    stop.abort(error)
    reject(error)
  })
  try {
    return { own: await Promise.race([readOwn(context, incident, { alert, signal: stop.signal }), late]), gap: null }
  } catch (failure) {
    if (stop.signal.aborted) return { own: null, gap: { text: error.message, late: true } }
    if (isOurs(failure)) return { own: null, gap: { text: gapOf(failure.message), late: false } }
    context.log.error({ err: failure }, "the alert's own expression could not be read")
    return { own: null, gap: { text: gapOf('Vigil failed here; its log says why'), late: false } }
  } finally {
    cancel()
  }
}

const isOurs = (error: unknown): error is Error =>
  error instanceof TransientError || error instanceof PermanentError || error instanceof InputError
