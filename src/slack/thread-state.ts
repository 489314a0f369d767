import {
  type Brief,
  type GateDecision,
  type IncidentEntry,
  isOfAction,
  type SkipReason,
  type Spending,
  type Stored,
} from '../incident/timeline.ts'
import type { Analysis } from '../investigation/analysis.ts'
import type { BetterRule } from '../investigation/better-rule.ts'
import type { Challenge, Question, QuestionAnswer } from '../investigation/conversation.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import type { Suspect } from '../investigation/suspects.ts'
import type { ActionEntry } from '../remediation/entries.ts'
import { becamePart, firstTold, type LaterPost, postedAgain } from './later-posts.ts'
import { type ActionsState, acted, hasHelped, noActions } from './thread-actions.ts'
import { checked, closed, isOver, type Outcome } from './thread-outcome.ts'
import { finishedRun, type Run, ran } from './thread-runs.ts'

/** Reads a timeline into what stands now. Every entry there can be has its place here, or this does not compile. */
export const stateOf = (timeline: readonly Stored[]): ThreadState =>
  timeline.reduce((state, entry) => (isOfAction(entry) ? afterAction(state, entry) : next(state, entry)), fresh)

const afterAction = (state: ThreadState, entry: Extract<Stored, ActionEntry>): ThreadState => ({ ...state, ...acted(state, entry) })

/** What happens to the incident itself. */
type Own = { readonly id: number; readonly at: Date } & IncidentEntry

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
  forced: null,
  questions: [],
  merged: null,
  subject: null,
  deeds: [],
  ...noActions,
}

const next = (state: ThreadState, entry: Own): ThreadState => {
  switch (entry.type) {
    case 'opened':
      return { ...state, source: entry.source }
    case 'briefed':
      // A look that a person asked for is past what held back the one before.
      return { ...state, ...firstTold(state, entry.brief), skipped: null, gate: null, waiting: null, forced: null }
    case 'amended':
      return state.brief === null ? state : { ...state, brief: entry.brief }
    case 'reopened':
      return reopened(state, entry.at)
    case 'investigation_started':
      return begun(state, entry)
    case 'tool_started':
    case 'tool_answered':
    case 'stop_requested':
    case 'planned':
    case 'interim':
    case 'fell_back':
      return { ...state, runs: ran(state.runs, entry, null) }
    case 'gated':
      return { ...state, gate: entry, waiting: null }
    case 'waiting':
      return { ...state, waiting: { at: entry.at, until: new Date(entry.until), reason: entry.reason, evidence: entry.evidence } }
    case 'forced':
      return { ...state, gate: entry.past === 'gate' ? null : state.gate, waiting: null, forced: { past: entry.past } }
    case 'said':
    case 'answered':
    case 'challenged':
      return talked(state, entry)
    case 'better_rule':
      return { ...state, betterRule: entry }
    case 'analysed':
      return analysed(state, entry)
    case 'owned':
      return { ...state, owner: entry.user }
    case 'posted_again':
      return { ...state, posts: postedAgain(state.posts, entry, aboutOf(state)) }
    case 'recovery_checked':
      return { ...state, outcome: checked(entry, state.owner) }
    case 'resolved':
      return { ...state, outcome: closed(entry, state.outcome, { owner: state.owner, byAction: hasHelped(state, state.refired?.at) }) }
    case 'skipped':
      return { ...state, skipped: { reason: entry.reason, detail: entry.detail } }
    case 'failed':
      return { ...state, failures: [...state.failures, { what: entry.what, reason: entry.reason }] }
    case 'merged':
      return becamePart(state, entry)
    case 'split':
      return { ...state, splits: [...state.splits, entry] }
    case 'subject_set':
      return { ...state, subject: entry }
    case 'deed_told':
      return { ...state, deeds: [...state.deeds, entry] }
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

/** Whatever was waited for, it is looked into now: by an investigation of its own, not by one that answers a question. */
const begun = (state: ThreadState, entry: Extract<Stored, { type: 'investigation_started' }>): ThreadState => {
  const isNew = state.runs.every((run) => run.number !== entry.investigation)
  const asking = entry.kind === 'question' && isNew ? state.questions.find((one) => !one.taken) : undefined
  return {
    ...state,
    runs: ran(state.runs, entry, asking?.name ?? null),
    questions: state.questions.map((one) => (one === asking ? { ...one, taken: true } : one)),
    waiting: entry.kind === 'question' || entry.kind === 'challenge' ? state.waiting : null,
  }
}

const talked = (state: ThreadState, entry: Extract<Own, { type: 'said' | 'answered' | 'challenged' }>): ThreadState =>
  entry.type === 'said' ? said(state, entry) : entry.type === 'answered' ? answered(state, entry) : challenged(state, entry)

const said = (state: ThreadState, { kind, name, text, ts }: Extract<Stored, { type: 'said' }>): ThreadState =>
  kind === 'question'
    ? { ...state, questions: [...state.questions, { name, ts, taken: false }] }
    : { ...state, corrections: [...state.corrections, { name, text, weighed: false }] }

const answered = (state: ThreadState, entry: Extract<Stored, { type: 'answered' }>): ThreadState => {
  const { investigation, investigation_id, question, answer, spending, seconds } = entry
  return {
    ...state,
    runs: finishedRun(state.runs, entry),
    questions: state.questions.map((one) => (one.ts === question.ts ? { ...one, taken: true } : one)),
    answers: [...state.answers, { number: investigation, id: investigation_id, question, answer, spending, seconds }],
  }
}

const reopened = (state: ThreadState, at: Date): ThreadState => ({
  ...state,
  brief: null,
  gate: null,
  waiting: null,
  forced: null,
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
    // A run that began before a person spoke was told of it between two steps.
    corrections: state.corrections.map((one) => ({ ...one, weighed: true })),
    verdicts: [
      ...state.verdicts,
      {
        number: investigation,
        id: investigation_id,
        analysis,
        spending,
        seconds,
        owner: state.owner,
        suspects: state.brief?.suspects ?? [],
      },
    ],
  }
}

/** What is left of the analysis stands in its place, so that nobody reads on as if nothing had been said against it. */
const challenged = (state: ThreadState, entry: Extract<Stored, { type: 'challenged' }>): ThreadState => {
  const { investigation: number, investigation_id: id, of, challenge, analysis, spending, seconds } = entry
  const known = state.verdicts.find((one) => one.number === of)?.analysis
  const before = known === undefined ? null : { confidence: known.confidence, cause: known.cause?.text ?? null }
  return {
    ...state,
    runs: finishedRun(state.runs, entry),
    verdicts: state.verdicts.map((one) => (one.number === of ? { ...one, analysis } : one)),
    challenges: [...state.challenges, { number, id, of, before, challenge, spending, seconds }],
  }
}

/** The newest verdict of this round; none since it fired again. */
export const verdictNow = (state: ThreadState): Concluded | undefined =>
  state.verdicts.length > state.concludedBefore ? state.verdicts.at(-1) : undefined

/**
 * Verdicts that have a message of their own: the first, and of all later ones the newest. What the rules conclude without any model
 * having begun is the first reply.
 */
export const shownVerdicts = (state: ThreadState): readonly Concluded[] => {
  const own = state.verdicts.filter(({ analysis, number }) => analysis.by === 'model' || state.runs.some((run) => run.number === number))
  return own.length <= 2 ? own : [...own.slice(0, 1), ...own.slice(-1)]
}

const aboutOf = (state: ThreadState): string | null => {
  const analysis = verdictNow(state)?.analysis
  return analysis?.cause?.text ?? analysis?.summary ?? state.brief?.headline ?? null
}

export type ThreadState = ActionsState & {
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
  readonly posts: readonly LaterPost[]
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
  readonly waiting: { readonly at: Date; readonly until: Date; readonly reason: string; readonly evidence: readonly EvidenceId[] } | null
  readonly answers: readonly Answered[]
  readonly challenges: readonly Challenged[]
  /** What people said against it, or beyond it; `weighed`: an analysis was made since. */
  readonly corrections: readonly { readonly name: string; readonly text: string; readonly weighed: boolean }[]
  readonly betterRule: { readonly rule: BetterRule; readonly evidence: EvidenceId | null } | null
  /** A person said "Investigate anyway"; null again with the next look. */
  readonly forced: { readonly past: 'gate' | 'waiting' | 'budget' } | null
  /** In the order in which they are answered; `taken`: an investigation of its own answers it, or has. */
  readonly questions: readonly { readonly name: string; readonly ts: string; readonly taken: boolean }[]
  /** What it is about, where that was not said by its labels. */
  readonly subject: Extract<Stored, { type: 'subject_set' }> | null
  /** Done outside of Vigil, as it was told. */
  readonly deeds: readonly Extract<Stored, { type: 'deed_told' }>[]
  /** A part of another incident: what is to be said is said there. `told`: its thread said something before. */
  readonly merged: { readonly number: number; readonly cause: string; readonly told: boolean } | null
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
  /** What stood before; null where the analysis is not known. */
  readonly before: { readonly confidence: number; readonly cause: string | null } | null
  readonly challenge: Challenge
  readonly spending: Spending
  readonly seconds: number
}

export type Concluded = {
  readonly number: number
  readonly id: string
  readonly analysis: Analysis
  readonly spending: Spending
  readonly seconds: number
  /** Who had the incident then: a later owner is not called by an edit of an old message. */
  readonly owner: string | null
  /** Of the first look that stood then. */
  readonly suspects: readonly Suspect[]
}
