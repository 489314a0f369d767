import type { InvestigationKind } from '../db/schema.ts'
import type { Brief, GateDecision, RecoveryOutcome, SkipReason, Spending, Stored } from '../incident/timeline.ts'
import type { Analysis } from '../investigation/analysis.ts'
import type { BetterRule } from '../investigation/better-rule.ts'
import type { Challenge, Question, QuestionAnswer } from '../investigation/conversation.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import type { Interim, Plan } from '../investigation/plan.ts'

/** Reads a timeline into what stands now. Every entry there can be has its place here, or this does not compile. */
export const stateOf = (timeline: readonly Stored[]): ThreadState => timeline.reduce(next, fresh)

const fresh: ThreadState = {
  source: 'alertmanager',
  brief: null,
  refired: null,
  runs: [],
  verdicts: [],
  concludedBefore: 0,
  outcome: null,
  owner: null,
  posts: [],
  failures: [],
  skipped: null,
  caughtUp: null,
  splits: [],
  gate: null,
  waiting: null,
  answers: [],
  challenges: [],
  corrections: [],
  betterRule: null,
}

const next = (state: ThreadState, entry: Stored): ThreadState => {
  switch (entry.type) {
    case 'opened':
      return { ...state, source: entry.source }
    case 'briefed':
      return { ...state, brief: entry.brief, skipped: null }
    case 'reopened':
      return reopened(state, entry.at)
    case 'investigation_started':
    case 'tool_started':
    case 'tool_answered':
    case 'stop_requested':
    case 'planned':
    case 'interim':
    case 'fell_back':
      return { ...state, runs: ran(state.runs, entry), waiting: null }
    case 'gated': {
      const { investigation, decision, reason, evidence, spending } = entry
      return { ...state, gate: { investigation, decision, reason, evidence, spending, at: entry.at }, waiting: null }
    }
    case 'waiting':
      return { ...state, waiting: { until: new Date(entry.until), reason: entry.reason, evidence: entry.evidence } }
    case 'forced':
      return { ...state, gate: entry.past === 'gate' ? null : state.gate, waiting: null }
    case 'said':
      return entry.kind === 'question'
        ? state
        : { ...state, corrections: [...state.corrections, { user: entry.user, name: entry.name, text: entry.text, ts: entry.ts }] }
    case 'answered': {
      const { investigation, investigation_id, question, answer, spending, seconds } = entry
      const answered = { number: investigation, id: investigation_id, question, answer, spending, seconds }
      return { ...state, runs: finishedRun(state.runs, entry), answers: [...state.answers, answered] }
    }
    case 'challenged':
      return challenged(state, entry)
    case 'better_rule':
      return { ...state, betterRule: { rule: entry.rule, evidence: entry.evidence } }
    case 'analysed':
      return analysed(state, entry)
    case 'owned':
      return { ...state, owner: entry.user }
    case 'posted_again':
      return { ...state, posts: [...state.posts, { channel: entry.channel, ts: entry.ts, about: aboutOf(state) }] }
    case 'recovery_checked': {
      const { outcome, detail, value, evidence } = entry
      return { ...state, outcome: { kind: outcome, detail, value, evidence, at: entry.at, by: null, owner: state.owner } }
    }
    case 'resolved':
      return { ...state, outcome: closed(state, entry) }
    case 'skipped':
      return { ...state, skipped: { reason: entry.reason, detail: entry.detail } }
    case 'failed':
      return { ...state, failures: [...state.failures, { what: entry.what, reason: entry.reason }] }
    case 'split':
      return { ...state, splits: [...state.splits, { into: entry.into, from: entry.from }] }
    case 'caught_up':
      return { ...state, caughtUp: { channel: entry.channel, ts: entry.ts, over: isOver(state.outcome) } }
    // Alerts are counted in their table, ratings shown where they were given, and an anchor is where we draw.
    case 'joined':
    case 'anchored':
    case 'rated':
    case 'alert_resolved':
      return state
  }
}

const reopened = (state: ThreadState, at: Date): ThreadState => ({
  ...state,
  brief: null,
  refired: { at, after: state.outcome?.at ?? null },
  concludedBefore: state.verdicts.length,
  outcome: state.outcome === null ? null : { ...state.outcome, kind: 'fired_again', at },
  caughtUp: state.caughtUp === null ? null : { ...state.caughtUp, over: false },
})

const analysed = (state: ThreadState, entry: Extract<Stored, { type: 'analysed' }>): ThreadState => {
  const { investigation, investigation_id, analysis, spending, seconds } = entry
  return {
    ...state,
    runs: finishedRun(state.runs, entry),
    waiting: null,
    verdicts: [...state.verdicts, { number: investigation, id: investigation_id, analysis, spending, seconds, owner: state.owner }],
  }
}

const finishedRun = (runs: readonly Run[], entry: Extract<Stored, { type: 'analysed' | 'answered' | 'challenged' }>): readonly Run[] => {
  const { investigation, spending, seconds } = entry
  return runs.map((run) => (run.number === investigation ? { ...run, lastAt: entry.at, done: { spending, seconds } } : run))
}

/** What is left of the analysis stands in its place, so that nobody reads on as if nothing had been said against it. */
const challenged = (state: ThreadState, entry: Extract<Stored, { type: 'challenged' }>): ThreadState => {
  const { investigation: number, investigation_id: id, of, challenge, analysis, spending, seconds } = entry
  return {
    ...state,
    runs: finishedRun(state.runs, entry),
    verdicts: state.verdicts.map((one) => (one.number === of ? { ...one, analysis } : one)),
    challenges: [...state.challenges, { number, id, of, challenge, spending, seconds }],
  }
}

/** What "resolved" adds to the look at the expression that led to it: only who closed it. */
const closed = (state: ThreadState, entry: Extract<Stored, { type: 'resolved' }>): Outcome => {
  const before = state.outcome
  if (before !== null && before.kind === entry.how) return before
  return { kind: entry.how, detail: entry.detail, value: null, evidence: null, at: entry.at, by: entry.by, owner: state.owner }
}

type RunEntry = Extract<
  Stored,
  { type: 'investigation_started' | 'tool_started' | 'tool_answered' | 'stop_requested' | 'planned' | 'interim' | 'fell_back' }
>

const ran = (runs: readonly Run[], entry: RunEntry): readonly Run[] => {
  const known = runs.find((run) => run.number === entry.investigation)
  if (entry.type === 'investigation_started') {
    // The same investigation starts again after a crash: what it knew before stands.
    if (known !== undefined) return runs
    const { investigation: number, kind, model, limit, usd_limit } = entry
    const begun = { calls: [], plan: null, interim: null, fellBack: [], stopping: false, done: null }
    return [...runs, { number, kind, model, limit, usdLimit: usd_limit, startedAt: entry.at, lastAt: entry.at, ...begun }]
  }
  return runs.map((run) => (run === known ? { ...advanced(run, entry), lastAt: entry.at } : run))
}

const advanced = (run: Run, entry: Exclude<RunEntry, { type: 'investigation_started' }>): Run => {
  if (entry.type === 'stop_requested') return { ...run, stopping: true }
  if (entry.type === 'planned') return { ...run, plan: entry.plan }
  if (entry.type === 'interim') return { ...run, interim: entry.interim }
  if (entry.type === 'fell_back') {
    const { from, to, because } = entry
    return { ...run, fellBack: [...run.fellBack, { from, to, because }] }
  }
  if (entry.type === 'tool_started') {
    const { call, tool, question } = entry
    return run.calls.some((one) => one.call === call) ? run : { ...run, calls: [...run.calls, { call, tool, question, answer: null }] }
  }
  const { ok, summary, ms, evidence, usd } = entry
  const answer = { ok, summary, ms, evidence, usd }
  return { ...run, calls: run.calls.map((one) => (one.call === entry.call ? { ...one, answer } : one)) }
}

/** Nothing more is expected of it unless it fires again. */
export const isOver = (outcome: Outcome | null): boolean =>
  outcome !== null && (outcome.kind === 'recovered' || outcome.kind === 'not_confirmed' || outcome.kind === 'by_person')

/** The newest verdict of this round; none since it fired again. */
export const verdictNow = (state: ThreadState): Concluded | undefined =>
  state.verdicts.length > state.concludedBefore ? state.verdicts.at(-1) : undefined

const aboutOf = (state: ThreadState): string | null => {
  const analysis = verdictNow(state)?.analysis
  return analysis?.cause?.text ?? analysis?.summary ?? state.brief?.headline ?? null
}

export type ThreadState = {
  readonly source: string
  /** Of this round: null again when it fires again. */
  readonly brief: Brief | null
  readonly refired: { readonly at: Date; readonly after: Date | null } | null
  readonly runs: readonly Run[]
  readonly verdicts: readonly Concluded[]
  /** How many verdicts belong to earlier rounds. */
  readonly concludedBefore: number
  readonly outcome: Outcome | null
  readonly owner: string | null
  /** Later posts of the same problem, with what was known then, so that their replies never need an edit. */
  readonly posts: readonly { readonly channel: string; readonly ts: string; readonly about: string | null }[]
  readonly failures: readonly { readonly what: string; readonly reason: string }[]
  readonly skipped: { readonly reason: SkipReason; readonly detail: string } | null
  readonly splits: readonly { readonly into: number | null; readonly from: number | null }[]
  /** The catch-up message that names it; `over`: it was told there that it had come and gone. */
  readonly caughtUp: { readonly channel: string; readonly ts: string; readonly over: boolean } | null
  /** The gate's answer; null again when a person went past it. */
  readonly gate: {
    readonly investigation: number
    readonly decision: GateDecision
    readonly reason: string
    readonly evidence: readonly EvidenceId[]
    readonly spending: Spending
    readonly at: Date
  } | null
  /** Not investigated before then, since it usually goes by itself. */
  readonly waiting: { readonly until: Date; readonly reason: string; readonly evidence: readonly EvidenceId[] } | null
  readonly answers: readonly Answered[]
  readonly challenges: readonly Challenged[]
  readonly corrections: readonly { readonly user: string; readonly name: string; readonly text: string; readonly ts: string }[]
  readonly betterRule: { readonly rule: BetterRule; readonly evidence: EvidenceId | null } | null
}

export type Answered = {
  readonly number: number
  readonly id: string
  readonly question: Question
  readonly answer: QuestionAnswer
  readonly spending: Spending
  readonly seconds: number
}

export type Challenged = {
  readonly number: number
  readonly id: string
  /** The number of the investigation whose analysis was challenged. */
  readonly of: number
  readonly challenge: Challenge
  readonly spending: Spending
  readonly seconds: number
}

/** An investigation as its progress shows it. */
export type Run = {
  readonly number: number
  readonly kind: InvestigationKind
  readonly model: string
  readonly limit: number
  readonly usdLimit: number
  readonly startedAt: Date
  readonly lastAt: Date
  readonly calls: readonly Call[]
  /** What the model thinks it might be, and how far it is with each. */
  readonly plan: Plan | null
  readonly interim: Interim | null
  /** Steps down the ladder of models, oldest first. */
  readonly fellBack: readonly { readonly from: string; readonly to: string; readonly because: string }[]
  readonly stopping: boolean
  readonly done: { readonly spending: Spending; readonly seconds: number } | null
}

export type Call = {
  readonly call: string
  readonly tool: string
  readonly question: string
  readonly answer: {
    readonly ok: boolean
    readonly summary: string
    readonly ms: number
    readonly evidence: EvidenceId | null
    /** Spent by the investigation so far. */
    readonly usd: number
  } | null
}

export type Concluded = {
  readonly number: number
  readonly id: string
  readonly analysis: Analysis
  readonly spending: Spending
  readonly seconds: number
  /** Who had the incident then: a later owner is not called by an edit of an old message. */
  readonly owner: string | null
}

export type Outcome = {
  readonly kind: RecoveryOutcome | 'by_person' | 'fired_again'
  readonly detail: string
  readonly value: string | null
  readonly evidence: EvidenceId | null
  readonly at: Date
  readonly by: string | null
  readonly owner: string | null
}
