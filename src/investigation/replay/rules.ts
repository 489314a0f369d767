import type { Clock } from '../../context.ts'
import type { Incident } from '../../db/schema.ts'
import { TransientError } from '../../errors.ts'
import { asAlert } from '../evaluate.ts'
import type { Evidence } from '../evidence.ts'
import type { Deploy, Finding, OwnState, Rule, RuleFinding, RuleInput, Similar } from '../rules/rule.ts'
import { ownAgain } from './own.ts'
import type { Recorded } from './recorded.ts'
import { lokiOfAll, NOT_RECORDED, prometheusOfAll, unrecorded, unrecordedCall } from './sources.ts'

/** What became of one rule since. */
export type RuleChange =
  | { readonly rule: string; readonly change: 'same' }
  /** What it asks was not asked then, so nothing can be said. */
  | { readonly rule: string; readonly change: 'not_recorded' }
  /** `turned`: of another severity, or of other numbers, on the same answers; `changed`: in other words. */
  | {
      readonly rule: string
      readonly change: 'changed' | 'turned' | 'gone' | 'new'
      readonly before: string | null
      readonly now: string | null
    }
  | { readonly rule: string; readonly change: 'broken'; readonly error: string }

export type RulesAgain = { readonly rules: readonly Rule[]; readonly clock: Clock; readonly signal: AbortSignal }

/** Runs the rules again on what they were given then, and compares their findings. */
export const rulesAgain = async (recorded: Recorded, again: RulesAgain): Promise<RuleChange[]> => {
  const { brief } = recorded
  if (brief === null) return []
  const known = again.rules.map(({ id }) => id)
  const own = await ownAgain(recorded, again).catch(messageOf)
  if (typeof own === 'string') return [{ rule: 'own-expression', change: 'broken', error: own }]
  const changes = await Promise.all(again.rules.map((rule) => evaluate(rule, inputOf(recorded, own, again), recorded)))
  const dropped = brief.findings.filter(({ rule }) => !known.includes(rule))
  return [
    ...changes,
    ...dropped.map((finding): RuleChange => ({ rule: finding.rule, change: 'gone', before: wordsOf([finding]), now: null })),
  ]
}

const evaluate = async (rule: Rule, input: RuleInput, recorded: Recorded): Promise<RuleChange> => {
  const before = wordsOf((recorded.brief?.findings ?? []).filter((finding) => finding.rule === rule.id))
  try {
    const now = wordsOf(await rule.evaluate(input))
    if (now === before) return { rule: rule.id, change: 'same' }
    if (now === null || before === null) return { rule: rule.id, change: now === null ? 'gone' : 'new', before, now }
    return { rule: rule.id, change: turns(before, now) ? 'turned' : 'changed', before, now }
  } catch (error) {
    if (error instanceof TransientError) return { rule: rule.id, change: 'not_recorded' }
    return { rule: rule.id, change: 'broken', error: messageOf(error) }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Without the numbers of the evidence: what it rests on is not what it says. */
const wordsOf = (findings: readonly (Finding | RuleFinding)[]): string | null =>
  findings.length === 0 ? null : findings.map(({ severity, confidence, summary }) => `${severity}/${confidence}: ${summary}`).join('\n')

/** Numbers that went while others came are other facts; other words alone are not. */
const turns = (before: string, now: string): boolean => {
  const severities = (words: string): string => words.replace(/\/.*/g, '')
  if (severities(before) !== severities(now)) return true
  const [then, after] = [before, now].map((words) => words.match(/\d+(?:[.,:]\d+)*/g) ?? [])
  const isMissingIn = (others: readonly string[] | undefined) => (number: string) => others?.includes(number) !== true
  return (then ?? []).some(isMissingIn(after)) && (after ?? []).some(isMissingIn(then))
}

const inputOf = (recorded: Recorded, own: OwnState | null, { clock, signal }: RulesAgain): RuleInput => {
  const { incident, now } = recorded
  const before = recorded.evidence.slice(0, recorded.given)
  // How it ended is not what it was given.
  const alert = asAlert({ ...recorded.alert, starts_at: new Date(recorded.alert.starts_at), ends_at: null })
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
    deploys: deploysOf(before),
    surroundings: {
      ...{ callGraph: unrecordedCall, clusterState: unrecordedCall },
      ...{ logs: unrecordedCall, traces: unrecordedCall },
    },
    firedBefore: unrecordedCall,
    // What the configuration said then is not known any more.
    get route(): never {
      throw new TransientError(NOT_RECORDED)
    },
    cite: (answer) => answer,
  }
}

/** Objects that a rule cited of what it was given. */
const givenTo = (before: readonly Evidence[], query: string): readonly Readonly<Record<string, unknown>>[] => {
  const found = before.find((one) => one.source === 'vigil' && one.query.startsWith(query))
  return found?.output.kind === 'objects' ? (found.output.objects as readonly Readonly<Record<string, unknown>>[]) : []
}

/** Dates are stored as texts. */
const similarOf = (before: readonly Evidence[]): Similar[] =>
  givenTo(before, 'incidents of ').map(({ number, startedAt, resolvedAt, cause }) => ({
    number: Number(number),
    startedAt: new Date(String(startedAt)),
    resolvedAt: resolvedAt === null ? null : new Date(String(resolvedAt)),
    cause: cause === null ? null : String(cause),
  }))

const deploysOf = (before: readonly Evidence[]): Deploy[] =>
  givenTo(before, 'deploys of ').map(({ name: _name, at, ...deploy }) => ({ ...(deploy as Omit<Deploy, 'at'>), at: new Date(String(at)) }))
