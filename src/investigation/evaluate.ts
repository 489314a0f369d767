import type { Alert } from '../alert/alert.ts'
import type { Context } from '../context.ts'
import type { Sources } from '../datasources/sources.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { TransientError } from '../errors.ts'
import { routeFor } from '../incident/routing.ts'
import { clean } from '../text/clean.ts'
import { gapsByCause } from '../text/gaps.ts'
import { historyOf } from './alert-history.ts'
import type { Cited, EvidenceId } from './evidence.ts'
import { HISTORY_DAYS, usuallyGoes } from './history.ts'
import type { Deploy, Finding, FiredBefore, OwnState, Rule, RuleFinding, RuleInput, Similar, Surroundings } from './rules/rule.ts'
import { surroundingsOf } from './surroundings.ts'
import { type Watched, watched } from './watched.ts'

/** What all rules of one look are given. */
export type Evaluated = {
  readonly incident: Incident
  readonly alert: StoredAlert
  readonly own: OwnState | null
  readonly onset: Date
  readonly similar: readonly Similar[]
  readonly deploys: readonly Deploy[]
  readonly redact: (text: string) => string
  /** How long they may take together. */
  readonly ms: number
  /** For how long whoever did not answer was waited for, where that began before the rules did. */
  readonly waitedMs?: number
  /** What was asked for before the onset was known. */
  readonly begun?: { readonly watch: Watched; readonly clusterState: Surroundings['clusterState'] | null }
}

/** What one rule said. A gap is what it could not see, and why; `late`: it had not answered when the time was over. */
export type RuleAnswers = {
  readonly rule: Rule
  readonly findings: readonly RuleFinding[]
  readonly cited: readonly Cited[]
  readonly gap: string | null
  readonly late: boolean
}

/** Runs rules side by side; whatever one of them does, the others have their answers. */
export const evaluateAll = async (context: Context, register: readonly Rule[], given: Evaluated): Promise<RuleAnswers[]> => {
  const { sources, waitedFor } = given.begun?.watch ?? watched(context.sources(given.incident.cluster))
  const stop = new AbortController()
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  let silent: readonly string[] = []
  const cancel = context.clock.after(given.ms, () => {
    silent = waitedFor()
    stop.abort(new Error('the time of the rules is over'))
    resolve('late')
  })
  const { incident, alert, onset, ms } = given
  // A question of a person has no onset that anything could be compared around.
  const subject = alert.source === 'mention' ? null : incident.subject
  const around = { context, sources, cluster: incident.cluster, subject, namespace: alert.labels['namespace'] ?? null, onset }
  const about = { labels: alert.labels, subject: incident.subject }
  const made = surroundingsOf({ ...around, about, ms, signal: stop.signal })
  const clusterState = given.begun?.clusterState ?? made.clusterState
  const surroundings = { ...made, clusterState }
  // A question has neither an onset nor, where it names no service, anything to look at.
  const isOpen = given.alert.source === 'mention' && given.incident.subject === null
  const asked = isOpen ? [] : register.filter(({ needs }) => needs === undefined || needs.some((name) => sources[name] !== undefined))
  try {
    const each = { ...given, sources, surroundings, signal: stop.signal }
    const results = await Promise.all(asked.map((rule) => evaluateOne(context, { ...each, rule }, late)))
    return results.map((one) => (one.late ? { ...one, gap: noAnswer(silent, given.waitedMs ?? ms) } : one))
  } finally {
    cancel()
  }
}

/** "no answer of Loki in 2 s". */
export const noAnswer = (of: readonly string[], ms: number): string =>
  `no answer${of.length === 0 ? '' : ` of ${of.join(', ')}`} in ${seconds(ms)}`

const evaluateOne = async (
  context: Context,
  given: Evaluated & { signal: AbortSignal; rule: Rule; sources: Sources; surroundings: Surroundings },
  late: Promise<'late'>,
): Promise<RuleAnswers> => {
  const nothing = { rule: given.rule, findings: [], cited: [], gap: null, late: false }
  const { rule, incident, alert, own, onset, similar, deploys, signal } = given
  const cited: Cited[] = []
  const input: RuleInput = {
    alert: asAlert(alert),
    incident,
    subject: incident.subject,
    onset,
    own,
    sources: given.sources,
    db: context.db,
    clock: context.clock,
    signal,
    similar,
    deploys,
    surroundings: given.surroundings,
    firedBefore: () => firedBefore(context, given),
    route: routeFor(context.config, alert.labels),
    cite: (answer) => {
      cited.push(answer)
      return answer
    },
  }
  try {
    const findings = await Promise.race([rule.evaluate(input), late])
    if (findings === 'late') return { ...nothing, gap: '', late: true }
    // What a finding rests on is evidence, whether the rule remembered to cite it or not.
    return { ...nothing, findings, cited: [...new Set([...cited, ...findings.flatMap((finding) => finding.evidence)])] }
  } catch (error) {
    // Whoever gives up because our time is over says so in his own words.
    if (signal.aborted) return { ...nothing, gap: '', late: true }
    if (error instanceof TransientError) return { ...nothing, gap: error.message }
    return { ...nothing, ...broken(context, given, error) }
  }
}

/** What is over within an hour nobody has to get up for. */
const SOON_S = 3600

const firedBefore = async (
  context: Context,
  { incident, alert, signal }: Evaluated & { signal: AbortSignal },
): Promise<FiredBefore | null> => {
  const history = await historyOf(context, incident, alert, signal)
  return history === undefined ? null : { days: HISTORY_DAYS, usually: usuallyGoes(history, SOON_S), answer: history.answer }
}

/** A broken rule is a LOW finding and stops nothing (MISSION 72). */
const broken = (
  context: Context,
  { rule, redact }: { rule: Rule; redact: (text: string) => string },
  error: unknown,
): Pick<RuleAnswers, 'findings' | 'cited'> => {
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
  return { findings: [finding], cited: [answer] }
}

/** "1.9 s". */
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`

/** What could not be seen, in words for people: what failed for one reason stands together, in the order of the rules. */
export const gapsOf = (results: readonly RuleAnswers[], before: readonly string[] = []): string[] =>
  gapsByCause([...before, ...results.flatMap(({ rule, gap, late }) => (gap === null || late ? [] : [`${rule.looksAt} (${gap})`]))])

/** The rules that had no answer when the time was over. */
export const lateOf = (results: readonly RuleAnswers[]): { rule: string; gap: string }[] =>
  results.filter(({ late }) => late).map(({ rule, gap }) => ({ rule: rule.id, gap: `${rule.looksAt} (${gap})` }))

/** Numbers the answers in the order of the register, behind what the incident has already: same input, same bytes. */
export const numbered = (last: number, results: readonly RuleAnswers[]): { answers: readonly Cited[]; findings: readonly Finding[] } => {
  const answers = answersOf(results)
  return {
    answers,
    findings: numberedAs(
      results,
      answers.map((_, i) => `E${last + 1 + i}` as EvidenceId),
    ),
  }
}

/** All that the rules cited, each answer once, in the order of the register. */
export const answersOf = (results: readonly RuleAnswers[]): Cited[] => [...new Set(results.flatMap(({ cited }) => cited))]

/** Findings with the numbers that their answers were given. */
export const numberedAs = (results: readonly RuleAnswers[], given: readonly EvidenceId[]): Finding[] => {
  const ids = new Map(answersOf(results).map((answer, i) => [answer, given[i] ?? 'E0']))
  const idOf = (answer: Cited): EvidenceId => ids.get(answer) ?? 'E0'
  return results.flatMap(({ findings }) =>
    findings.map(({ evidence: [head, ...rest], ...finding }): Finding => ({ ...finding, evidence: [idOf(head), ...rest.map(idOf)] })),
  )
}

/** A stored alert as rules are given it. */
export const asAlert = (stored: Omit<StoredAlert, 'first_seen' | 'last_seen'>): Alert => ({
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
