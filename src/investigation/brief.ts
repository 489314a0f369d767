import type { Alert } from '../alert/alert.ts'
import type { Context } from '../context.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import type { Brief } from '../incident/timeline.ts'
import { clean } from '../text/clean.ts'
import { redactorFor } from '../text/redactor-for.ts'
import type { Cited, EvidenceId } from './evidence.ts'
import { storeBrief, takeFirstLook } from './first-look.ts'
import { mapTexts } from './map-texts.ts'
import { ownState } from './own-state.ts'
import { rules } from './rules/index.ts'
import type { Finding, OwnState, Rule, RuleFinding, RuleInput, Similar, Surroundings } from './rules/rule.ts'
import { admission } from './spend.ts'
import { surroundingsOf } from './surroundings.ts'
import { suspectsOf } from './suspects.ts'

/** The first reply stands within 3 s of the alert (promise 1), delivery included: so the rules end after 2. */
const OWN_MS = 1200
const RULES_MS = 800

/**
 * Rules first: asks the alert's own expression, runs all rules side by side within two seconds, numbers their evidence and records
 * the brief, from which the first reply is drawn. Then the model is sent for, or it is said why not.
 */
export const brief = async (context: Context, id: string, register: readonly Rule[] = rules): Promise<void> => {
  const look = await takeFirstLook(context.db, id)
  if (look === undefined || look.incident.status === 'resolved') return
  const { incident, alerts, similar } = look
  const alert = alerts.findLast((one) => one.open && one.status === 'firing') ?? alerts.at(-1)
  if (alert === undefined) return
  const next = admission(context, incident, look.spent)
  const gaps: string[] = []
  const own = (await within(context, OWN_MS, gaps, (signal) => readOwn(context, incident, { alert, signal }))) ?? null
  const { redact } = redactorFor(context.config, id)
  const results = await evaluateAll(context, register, { incident, alert, own, similar, redact })
  for (const { gap } of results) if (gap !== null) gaps.push(gap)
  const numbered = number(look.lastEvidence, results)
  const looked = briefOf({ incident, alert, own, findings: numbered.findings, gaps, next: next.next, register })
  await storeBrief(context, {
    incident: id,
    epoch: incident.epoch,
    // From here on it goes to Slack, to the model and into the audit trail.
    brief: mapTexts(looked, (text) => redact(clean(text))) as Brief,
    onset: own?.onset ?? null,
    answers: numbered.answers.map((answer) => ({ ...answer, shown: redact(clean(answer.shown)) })),
    first: look.lastEvidence + 1,
    endedBecause: next.next === 'investigating' ? null : next.reason,
    recoverAfterSeconds: firstLookForRecovery(context, incident, alerts),
  })
}

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

/** Runs one step against the clock; what fails or is late becomes a gap in words for people. */
const within = async <T>(
  context: Context,
  ms: number,
  gaps: string[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> => {
  const stop = new AbortController()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const cancel = context.clock.after(ms, () => {
    const error = new TransientError(`metrics (no answer in ${ms / 1000} s)`)
    stop.abort(error)
    reject(error)
  })
  try {
    return await Promise.race([run(stop.signal), late])
  } catch (error) {
    if (isOurs(error)) gaps.push(error.message)
    else {
      gaps.push('metrics (Vigil failed here; its log says why)')
      context.log.error({ err: error }, "the alert's own expression could not be read")
    }
    return undefined
  } finally {
    cancel()
  }
}

const isOurs = (error: unknown): error is Error =>
  error instanceof TransientError || error instanceof PermanentError || error instanceof InputError

type Evaluated = {
  readonly incident: Incident
  readonly alert: StoredAlert
  readonly own: OwnState | null
  readonly similar: readonly Similar[]
  readonly redact: (text: string) => string
}
type RuleAnswers = { readonly findings: readonly RuleFinding[]; readonly cited: readonly Cited[]; readonly gap: string | null }

const evaluateAll = async (context: Context, register: readonly Rule[], given: Evaluated): Promise<RuleAnswers[]> => {
  const stop = new AbortController()
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const cancel = context.clock.after(RULES_MS, () => {
    stop.abort(new Error('the time of the rules is over'))
    resolve('late')
  })
  const surroundings = surroundingsOf({ context, sources: context.sources(given.incident.cluster), signal: stop.signal })
  try {
    return await Promise.all(register.map((rule) => evaluateOne(context, { ...given, surroundings, signal: stop.signal, rule }, late)))
  } finally {
    cancel()
  }
}

const evaluateOne = async (
  context: Context,
  given: Evaluated & { signal: AbortSignal; rule: Rule; surroundings: Surroundings },
  late: Promise<'late'>,
): Promise<RuleAnswers> => {
  const { rule, incident, alert, own, similar, signal } = given
  const cited: Cited[] = []
  const input: RuleInput = {
    alert: asAlert(alert),
    incident,
    subject: incident.subject,
    onset: own?.onset ?? alert.starts_at,
    own,
    sources: context.sources(incident.cluster),
    db: context.db,
    clock: context.clock,
    signal,
    similar,
    deploys: [],
    surroundings: given.surroundings,
    cite: (answer) => {
      cited.push(answer)
      return answer
    },
  }
  try {
    const findings = await Promise.race([rule.evaluate(input), late])
    if (findings === 'late') return { findings: [], cited: [], gap: `${rule.looksAt} (no answer in ${RULES_MS} ms)` }
    // What a finding rests on is evidence, whether the rule remembered to cite it or not.
    return { findings, cited: [...new Set([...cited, ...findings.flatMap((finding) => finding.evidence)])], gap: null }
  } catch (error) {
    if (error instanceof TransientError) return { findings: [], cited: [], gap: `${rule.looksAt} (${error.message})` }
    return broken(context, given, error)
  }
}

/** A broken rule is a LOW finding and stops nothing (MISSION 72). */
const broken = (context: Context, { rule, redact }: { rule: Rule; redact: (text: string) => string }, error: unknown): RuleAnswers => {
  const text = redact(clean(error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
  // Not the error itself: its words may be the alert's.
  context.log.error({ rule: rule.id, error: text }, 'a rule is broken')
  const answer: Cited = {
    source: 'vigil',
    query: `rule ${rule.id}`,
    range: null,
    output: { kind: 'text', text },
    shown: text,
    complete: true,
  }
  const finding: RuleFinding = {
    rule: rule.id,
    severity: 'low',
    confidence: 'low',
    summary: `The rule ${rule.id} is broken and was left out.`,
    suggestion: 'Report it with the evidence of this finding',
    evidence: [answer],
  }
  return { findings: [finding], cited: [answer], gap: null }
}

/** Numbers the answers in the order of the register, behind what the incident has already: same input, same bytes. */
const number = (last: number, results: readonly RuleAnswers[]): { answers: readonly Cited[]; findings: readonly Finding[] } => {
  const answers = [...new Set(results.flatMap((result) => result.cited))]
  const ids = new Map(answers.map((answer, i) => [answer, `E${last + 1 + i}` as EvidenceId]))
  const idOf = (answer: Cited): EvidenceId => ids.get(answer) ?? 'E0'
  const findings = results.flatMap(({ findings: found }) =>
    found.map(({ evidence: [head, ...rest], ...finding }): Finding => ({ ...finding, evidence: [idOf(head), ...rest.map(idOf)] })),
  )
  return { answers, findings }
}

const SEVERITIES: readonly Finding['severity'][] = ['critical', 'high', 'medium', 'low', 'info']
const CONFIDENCES: readonly Finding['confidence'][] = ['high', 'medium', 'low']

type BriefInput = {
  incident: Incident
  alert: StoredAlert
  own: OwnState | null
  findings: readonly Finding[]
  gaps: readonly string[]
  next: Brief['next']
  register: readonly Rule[]
}

const briefOf = ({ incident, alert, own, findings, gaps, next, register }: BriefInput): Brief => {
  const ranked = findings.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence),
  )
  const suspects = suspectsOf(ranked)
  // The state of the alert itself is the second line; a suspect is what goes beyond it.
  const suspect =
    ranked.find(({ summary }) => summary === suspects[0]?.why) ??
    ranked.find(({ rule, severity }) => rule !== 'own-expression' && severity !== 'info' && severity !== 'low')
  return {
    headline: suspect?.summary ?? plainHeadline(incident, alert, own),
    confidence: suspect?.confidence ?? null,
    state: own?.state ?? null,
    onset: (own?.onset ?? alert.starts_at).toISOString(),
    onset_seen: own?.onsetSeen ?? false,
    findings: ranked,
    suspects,
    looked_at: register.map((rule) => rule.looksAt),
    gaps,
    next,
    chart: own?.chart ?? null,
  }
}

const plainHeadline = (incident: Incident, alert: StoredAlert, own: OwnState | null): string => {
  if (alert.source === 'mention') return 'Looking into your question'
  if (incident.subject === null) return 'I could not tie this alert to a service'
  const name = alert.labels['namespace'] === undefined ? incident.subject : `${alert.labels['namespace']}/${incident.subject}`
  if (own?.firing === false) return `${name} is back on the healthy side`
  return `Nothing stands out yet for ${name}`
}

const asAlert = (stored: StoredAlert): Alert => ({
  source: stored.source as Alert['source'],
  status: stored.status,
  fingerprint: stored.fingerprint,
  labels: stored.labels,
  annotations: stored.annotations,
  startsAt: stored.starts_at,
  endsAt: stored.ends_at,
  generatorUrl: stored.generator_url,
  expression: stored.expression,
  groupKey: stored.group_key,
  receiver: stored.receiver,
  groupSubject: null,
  confirmed: stored.confirmed,
  notice: null,
})
