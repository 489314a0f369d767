import type { Alert } from '../../alert/alert.ts'
import type { Clock } from '../../context.ts'
import { healthOf, splitComparison } from '../../datasources/comparison.ts'
import type { Incident } from '../../db/schema.ts'
import { TransientError } from '../../errors.ts'
import { ownSeries } from '../../incident/expression.ts'
import type { Cited, Evidence } from '../evidence.ts'
import type { Finding, OwnState, Rule, RuleFinding, RuleInput, Similar } from '../rules/rule.ts'
import type { Recorded } from './recorded.ts'
import { lokiOfAll, prometheusOfAll, unrecorded } from './sources.ts'

/** What became of one rule since. */
export type RuleChange =
  | { readonly rule: string; readonly change: 'same' }
  /** What it asks was not asked then, so nothing can be said. */
  | { readonly rule: string; readonly change: 'not_recorded' }
  | { readonly rule: string; readonly change: 'changed' | 'gone' | 'new'; readonly before: string | null; readonly now: string | null }
  | { readonly rule: string; readonly change: 'broken'; readonly error: string }

export type RulesAgain = { readonly rules: readonly Rule[]; readonly clock: Clock; readonly signal: AbortSignal }

/** Runs the rules again on what they were given then, and compares their findings. */
export const rulesAgain = async (recorded: Recorded, again: RulesAgain): Promise<RuleChange[]> => {
  const { brief } = recorded
  if (brief === null) return []
  const known = again.rules.map(({ id }) => id)
  const changes = await Promise.all(again.rules.map((rule) => evaluate(recorded, rule, again)))
  const dropped = brief.findings.filter(({ rule }) => !known.includes(rule))
  return [
    ...changes,
    ...dropped.map((finding): RuleChange => ({ rule: finding.rule, change: 'gone', before: wordsOf([finding]), now: null })),
  ]
}

const evaluate = async (recorded: Recorded, rule: Rule, again: RulesAgain): Promise<RuleChange> => {
  const before = wordsOf((recorded.brief?.findings ?? []).filter((finding) => finding.rule === rule.id))
  try {
    const now = wordsOf(await rule.evaluate(inputOf(recorded, again)))
    if (now === before) return { rule: rule.id, change: 'same' }
    return { rule: rule.id, change: now === null ? 'gone' : before === null ? 'new' : 'changed', before, now }
  } catch (error) {
    if (error instanceof TransientError) return { rule: rule.id, change: 'not_recorded' }
    return { rule: rule.id, change: 'broken', error: error instanceof Error ? error.message : String(error) }
  }
}

/** Without the numbers of the evidence: what it rests on is not what it says. */
const wordsOf = (findings: readonly (Finding | RuleFinding)[]): string | null =>
  findings.length === 0 ? null : findings.map(({ severity, confidence, summary }) => `${severity}/${confidence}: ${summary}`).join('\n')

const inputOf = (recorded: Recorded, { clock, signal }: RulesAgain): RuleInput => {
  const { incident, now } = recorded
  const before = recorded.evidence.slice(0, recorded.given)
  const alert = alertOf(recorded)
  const own = ownOf(recorded, before)
  return {
    alert,
    incident: { ...incident, onset: incident.onset === null ? null : new Date(incident.onset) } as Incident,
    subject: incident.subject,
    onset: own?.onset ?? alert.startsAt,
    own,
    sources: { prometheus: prometheusOfAll(before), loki: lokiOfAll(before) },
    // What it held then is not known any more.
    db: unrecorded(),
    clock: { ...clock, now: () => new Date(now) },
    signal,
    similar: similarOf(before),
    cite: (answer) => answer,
  }
}

const alertOf = ({ alert }: Recorded): Alert => ({
  source: alert.source as Alert['source'],
  status: alert.status,
  fingerprint: alert.fingerprint,
  labels: alert.labels,
  annotations: alert.annotations,
  startsAt: new Date(alert.starts_at),
  endsAt: null,
  generatorUrl: alert.generator_url,
  expression: alert.expression,
  groupKey: alert.group_key,
  receiver: alert.receiver,
  groupSubject: null,
  confirmed: alert.confirmed,
  notice: null,
})

/** The state of the alert's own expression as the brief tells it; its value is read again from the answer that it came from. */
const ownOf = ({ brief, alert }: Recorded, before: readonly Evidence[]): OwnState | null => {
  const cited = brief?.findings.find(({ rule }) => rule === 'own-expression')?.evidence ?? []
  const [first, ...more] = cited.flatMap((id): Cited[] => before.filter((one) => one.id === id))
  if (brief === null || brief.state === null || first === undefined || alert.expression === null) return null
  const split = splitComparison(alert.expression)
  const comparison = split.kind === 'threshold' || split.kind === 'up_zero' ? split : undefined
  const series = first.output.kind === 'series' ? first.output.series : []
  const value = (split.kind === 'absent' ? series[0] : ownSeries(series, alert.labels, comparison))?.points.at(-1)?.[1] ?? null
  const health = comparison === undefined || value === null ? 'unknown' : healthOf(comparison, value)
  return {
    expression: alert.expression,
    state: brief.state,
    value,
    threshold: comparison?.threshold ?? null,
    firing: health === 'unhealthy' ? true : health === 'healthy' ? false : firingWithout(split.kind, value),
    onset: new Date(brief.onset ?? alert.starts_at),
    onsetSeen: brief.onset_seen,
    forSeconds: null,
    answers: [first, ...more],
    chart: brief.chart,
  }
}

/** Of an expression with no comparison to take off: `absent()` is healthy where there are samples, any other fires where there are. */
const firingWithout = (kind: string, value: number | null): boolean | null => {
  if (value === null) return null
  return kind === 'absent' ? false : kind === 'other' ? true : null
}

/** Dates are stored as texts. */
const similarOf = (before: readonly Evidence[]): Similar[] => {
  const found = before.find(({ source, query }) => source === 'vigil' && query.startsWith('incidents of '))
  const objects = found?.output.kind === 'objects' ? (found.output.objects as readonly Readonly<Record<string, unknown>>[]) : []
  return objects.map(({ number, startedAt, resolvedAt, cause }) => ({
    number: Number(number),
    startedAt: new Date(String(startedAt)),
    resolvedAt: resolvedAt === null ? null : new Date(String(resolvedAt)),
    cause: cause === null ? null : String(cause),
  }))
}
