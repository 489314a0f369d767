import type { Context } from '../../context.ts'
import type { Investigation, StoredAlert } from '../../db/schema.ts'
import type { Model } from '../../llm/model.ts'
import type { Analysis } from '../analysis.ts'
import { conclusionOf } from '../conclude.ts'
import { think } from '../loop.ts'
import { runOf } from '../prepare.ts'
import type { Check } from '../receipts/check.ts'
import { nothingSpent } from '../spend.ts'
import { taskOf } from '../task.ts'
import { tools as shelf } from '../tools/index.ts'
import type { Tool } from '../tools/tool.ts'
import type { Step, Stored, Transcript } from '../transcript.ts'
import type { Recorded } from './recorded.ts'
import { recordedSources, recordedTools } from './sources.ts'

/** What is tried in the place of what there is; nothing of it: the same again. */
export type Trial = {
  /** Without one nothing is sent: what was handed in is only checked again. */
  readonly model?: Model
  readonly system?: string
  readonly check?: Check
  /** Run anew over the recorded raw answers, in the place of what they said then. */
  readonly tools?: readonly Tool[]
}

export type Rerun = {
  readonly analysis: Analysis
  readonly calls: number
  readonly tokens: number
  readonly usd: number
  readonly seconds: number
  /** Questions that nobody had asked when it was recorded. */
  readonly missed: readonly string[]
}

type Needs = Pick<Context, 'config' | 'clock' | 'random' | 'log' | 'telemetry'>

/** Runs a recorded investigation again. Nothing is stored, no data source is asked. */
export const rerun = async (needs: Needs, recorded: Recorded, trial: Trial, redact: (text: string) => string): Promise<Rerun> => {
  const at = new Date(recorded.now)
  // Everything happens at the moment of then; only durations are of now.
  const clock = { ...needs.clock, now: () => at }
  const transcript = transcriptOf(recorded)
  const { alert } = transcript
  const task = taskOf({
    context: { ...needs, clock },
    transcript,
    alert,
    redact,
    ...(trial.system === undefined ? {} : { system: trial.system }),
    ...(trial.check === undefined ? {} : { check: trial.check }),
  })
  const missed: string[] = []
  if (trial.model === undefined) return recheck(recorded, task.goal.hand(recorded.submission, recorded.evidence))
  const sources = recordedSources(recorded)
  // The loop touches nothing else of a context.
  const context = { ...needs, clock, sources: () => sources } as unknown as Context
  const signal = new AbortController().signal
  const plain = runOf(context, trial.model, { transcript, task, redact, signal, store: inMemory, tell: () => Promise.resolve() })
  const offered = shelf.filter(({ name }) => plain.tools.some((tool) => tool.name === name))
  const run = { ...plain, tools: trial.tools ?? recordedTools(recorded, offered, (question) => missed.push(question)) }
  run.messages.push(task.first(run.nonce))
  const end = await think(run)
  if (end.end !== 'submitted' && end.end !== 'without_outcome') throw new Error(`a replay ended ${end.end}`)
  const { outcome } = conclusionOf(run, end, transcript)
  if (outcome.kind !== 'analysis') throw new Error(`a replay ended with ${outcome.kind}`)
  const { ledger } = run
  return {
    analysis: outcome.analysis,
    calls: ledger.toolCalls,
    tokens: ledger.tokensIn + ledger.tokensOut,
    usd: ledger.usd,
    seconds: (clock.monotonic() - run.startedAt) / 1000,
    missed,
  }
}

const recheck = (recorded: Recorded, handed: ReturnType<ReturnType<typeof taskOf>['goal']['hand']>): Rerun => {
  const { analysis, calls, tokens, usd, seconds } = recorded.ended
  const checked = handed.ok && handed.outcome.kind === 'analysis' ? handed.outcome.analysis : analysis
  // What ended it early, and what its tools could not see, is as it was.
  const { partial, partial_reason, data_gaps } = analysis
  return { analysis: { ...checked, partial, partial_reason, data_gaps }, calls, tokens, usd, seconds, missed: [] }
}

const inMemory = (_step: Step): Promise<Stored> => Promise.resolve({ stored: 'yes', stoppedBy: null, news: [] })

const transcriptOf = ({ incident, alert, brief, evidence, given }: Recorded): Transcript & { readonly alert: StoredAlert } => {
  const startsAt = new Date(alert.starts_at)
  return {
    incident: { ...incident, onset: incident.onset === null ? null : new Date(incident.onset) } as Transcript['incident'],
    investigation: { id: 'replay', number: 1, kind: 'alert', stopped_by: null, question: null, about: null } as Investigation,
    alert: { ...alert, starts_at: startsAt, ends_at: null, first_seen: startsAt, last_seen: startsAt },
    brief: brief ?? undefined,
    turns: [],
    calls: [],
    gaps: [],
    spent: nothingSpent,
    evidence: evidence.slice(0, given),
    plan: null,
    interim: true,
    statements: [],
    newest: 0,
    news: [],
    earlier: [],
    held: null,
    known: null,
  }
}
