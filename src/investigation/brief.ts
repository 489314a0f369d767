import type { Context } from '../context.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import type { Brief } from '../incident/timeline.ts'
import { clean } from '../text/clean.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { askAbout, settleAbout } from './about.ts'
import { evaluateAll, gapsOf, lateOf, numbered } from './evaluate.ts'
import { type FirstLook, readFirstLook, storeBriefIn, takeFirstLook } from './first-look.ts'
import { gather } from './gather.ts'
import { mapTexts } from './map-texts.ts'
import { ownState } from './own-state.ts'
import { rules } from './rules/index.ts'
import type { OwnState, Rule } from './rules/rule.ts'
import { admission } from './spend.ts'
import { sumUp } from './sum-up.ts'

/** The first reply stands within 3 s of the alert (promise 1), delivery included: so the look ends after 2, its first part after 1.2. */
const LOOK_MS = 2000
const OWN_MS = 1200

/**
 * Rules first: asks the alert's own expression, runs all rules side by side within two seconds, numbers their evidence and records
 * the brief, from which the first reply is drawn. Then the model is sent for, or it is said why not; what was late is asked again.
 */
export const brief = async (context: Context, id: string, register: readonly Rule[] = rules): Promise<void> => {
  const began = context.clock.monotonic()
  const look = await takeFirstLook(context.db, id)
  if (look === undefined || look.incident.status === 'resolved') return
  const { alerts } = look
  const alert = newestOf(alerts)
  if (alert === undefined) return
  const next = admission(context, look.incident, look.spent)
  const { own, gap, incident, nearest, similar, deploys } = await readAlert(context, look, alert)
  const { redact } = redactorFor(context.config, id)
  const ms = LOOK_MS - Math.min(OWN_MS, context.clock.monotonic() - began)
  const results = await evaluateAll(context, register, {
    incident,
    alert,
    own,
    onset: own?.onset ?? alert.starts_at,
    similar,
    deploys,
    redact,
    ms,
  })
  const { findings, answers } = numbered(look.lastEvidence, results)
  const summed = sumUp({
    ...{ incident, alert, own, findings, next: next.next, nearest, unplaced: isUnplaced(context, incident) },
    lookedAt: results.filter((one) => one.gap === null).map(({ rule }) => rule.looksAt),
    gaps: [...(gap === null || gap.late ? [] : [gap.text]), ...gapsOf(results)],
    late: [...(gap?.late === true ? [{ rule: OWN, gap: gap.text }] : []), ...lateOf(results)],
  })
  const briefing = {
    incident: id,
    epoch: incident.epoch,
    // From here on it goes to Slack, to the model and into the audit trail.
    brief: mapTexts(summed, (text) => redact(clean(text))) as Brief,
    onset: own?.onset ?? null,
    answers: answers.map((answer) => ({ ...answer, shown: redact(clean(answer.shown)) })),
    first: look.lastEvidence + 1,
    endedBecause: next.next === 'investigating' ? null : next.reason,
    recoverAfterSeconds: firstLookForRecovery(context, incident, alerts),
  }
  const looked = { incident, suspects: briefing.brief.suspects ?? [], results, redact }
  await context.db.transaction().execute(async (trx) => {
    if ((await gather(context, trx, looked)) === 'whole') await storeBriefIn(context, trx, briefing)
  })
}

/** The state of the alert's own expression, and side by side with it what the alert is about. */
const readAlert = async (context: Context, look: FirstLook, alert: StoredAlert) => {
  const asking = askAbout(context, { incident: look.incident, alert, ms: OWN_MS })
  const { own, gap } = await ownWithin(context, look.incident, { alert, ms: OWN_MS })
  const expression = own?.expression ?? alert.expression
  const { incident, isNew, nearest } = await settleAbout(context, { incident: look.incident, alert, expression, asking })
  // Earlier incidents are those of the same subject.
  const { similar, deploys } = (isNew ? await readFirstLook(context.db, incident.id) : undefined) ?? look
  return { own, gap, incident, nearest, similar, deploys }
}

/** The alert that a look is about: the newest that fires. */
export const newestOf = (alerts: readonly StoredAlert[]): StoredAlert | undefined =>
  alerts.findLast((one) => one.open && one.status === 'firing') ?? alerts.at(-1)

/** No cluster of the configuration fits the alert's labels, and no endpoint is configured for the rest. */
export const isUnplaced = (context: Context, { cluster }: Pick<Incident, 'cluster'>): boolean => {
  // Repositories are everybody's, and say nothing of what runs.
  const { github: _, ...seen } = context.sources(cluster)
  return cluster === DEFAULT_CLUSTER && context.config.clusters.length > 0 && Object.keys(seen).length === 0
}

/** The rule of the alert's own expression: without it the others knew no onset. */
export const OWN = 'own-expression'

/** Stock Slack posts never say resolved; where Alertmanager can be asked, a webhook's notice that got lost is found by and by. */
const firstLookForRecovery = (context: Context, incident: Incident, alerts: readonly StoredAlert[]): number | null => {
  const { recovery_seconds: soon } = context.config
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
  if (alert.source === 'mention') return null
  if (prometheus === undefined) throw new TransientError(`metrics (no Prometheus is configured for ${incident.cluster})`)
  const own = await ownState({ alert, prometheus, clock: context.clock, signal })
  if (own === null) throw new TransientError(`the alert's own expression (Prometheus knows no rule ${alert.labels['alertname'] ?? ''})`)
  return own
}

type OwnAsked = { readonly alert: StoredAlert; readonly ms: number }
type OwnAnswer = { readonly own: OwnState | null; readonly gap: { readonly text: string; readonly late: boolean } | null }

/** The state of the alert's own expression; what fails or is late becomes a gap in words for people. */
export const ownWithin = async (context: Context, incident: Incident, { alert, ms }: OwnAsked): Promise<OwnAnswer> => {
  const stop = new AbortController()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const error = new TransientError(`metrics (no answer in ${ms / 1000} s)`)
  const cancel = context.clock.after(ms, () => {
    stop.abort(error)
    reject(error)
  })
  try {
    return { own: await Promise.race([readOwn(context, incident, { alert, signal: stop.signal }), late]), gap: null }
  } catch (failure) {
    if (stop.signal.aborted) return { own: null, gap: { text: error.message, late: true } }
    if (isOurs(failure)) return { own: null, gap: { text: failure.message, late: false } }
    context.log.error({ err: failure }, "the alert's own expression could not be read")
    return { own: null, gap: { text: 'metrics (Vigil failed here; its log says why)', late: false } }
  } finally {
    cancel()
  }
}

const isOurs = (error: unknown): error is Error =>
  error instanceof TransientError || error instanceof PermanentError || error instanceof InputError
