import type { InvestigationKind } from '../db/schema.ts'
import type { Spending, Stored } from '../incident/timeline.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import type { Interim, Plan } from '../investigation/plan.ts'

/** An investigation as its progress shows it. */
export type Run = {
  readonly number: number
  readonly kind: InvestigationKind
  readonly model: string
  readonly limit: number
  readonly usdLimit: number
  readonly startedAt: Date
  readonly lastAt: Date
  /** Whose question it answers. */
  readonly asker: string | null
  readonly calls: readonly Call[]
  /** What the model thinks it might be, and how far it is with each. */
  readonly plan: Plan | null
  readonly interim: (Interim & { readonly at: Date }) | null
  /** Steps down the ladder of models, oldest first. */
  readonly fellBack: readonly FellBack[]
  readonly stopping: boolean
  readonly done: { readonly spending: Spending; readonly seconds: number } | null
}

export type FellBack = { readonly from: string; readonly to: string; readonly because: string }

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

export type RunEntry = Extract<
  Stored,
  { type: 'investigation_started' | 'tool_started' | 'tool_answered' | 'stop_requested' | 'planned' | 'interim' | 'fell_back' }
>

/** The runs after one more of their entries; `asker` is who asked what is answered next. */
export const ran = (runs: readonly Run[], entry: RunEntry, asker: string | null): readonly Run[] => {
  const known = runs.find((run) => run.number === entry.investigation)
  if (entry.type === 'investigation_started') {
    // The same investigation starts again after a crash: what it knew before stands.
    if (known !== undefined) return runs
    const { investigation: number, kind, model, limit, usd_limit } = entry
    const begun = { calls: [], plan: null, interim: null, fellBack: [], stopping: false, done: null }
    const from = { startedAt: entry.at, lastAt: entry.at, asker: kind === 'question' ? asker : null }
    return [...runs, { number, kind, model, limit, usdLimit: usd_limit, ...from, ...begun }]
  }
  return runs.map((run) => (run === known ? { ...advanced(run, entry), lastAt: entry.at } : run))
}

const advanced = (run: Run, entry: Exclude<RunEntry, { type: 'investigation_started' }>): Run => {
  if (entry.type === 'stop_requested') return { ...run, stopping: true }
  if (entry.type === 'planned') return { ...run, plan: entry.plan }
  if (entry.type === 'interim') return { ...run, interim: { ...entry.interim, at: entry.at } }
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

/** The runs after one of them has ended with an analysis, an answer or the result of a challenge. */
export const finishedRun = (
  runs: readonly Run[],
  { investigation, at, spending, seconds }: Extract<Stored, { type: 'analysed' | 'answered' | 'challenged' }>,
): readonly Run[] => runs.map((run) => (run.number === investigation ? { ...run, lastAt: at, done: { spending, seconds } } : run))

/** Runs that look for the cause; those for a question or a challenge stand beside them. */
export const causeRuns = (runs: readonly Run[]): readonly Run[] => runs.filter((run) => !isAside(run))

export const isAside = ({ kind }: Pick<Run, 'kind'>): boolean => kind === 'question' || kind === 'challenge'
