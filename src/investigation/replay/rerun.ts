import type { Context } from '../../context.ts'
import type { Investigation, StoredAlert } from '../../db/schema.ts'
import { PermanentError } from '../../errors.ts'
import type { Model } from '../../llm/model.ts'
import { digest } from '../../text/digest.ts'
import type { Analysis } from '../analysis.ts'
import { conclusionOf } from '../conclude.ts'
import { think } from '../loop.ts'
import { runOf, specOf } from '../prepare.ts'
import type { Check } from '../receipts/check.ts'
import { rules as allRules } from '../rules/index.ts'
import type { Rule } from '../rules/rule.ts'
import { nothingSpent } from '../spend.ts'
import { taskOf } from '../task.ts'
import { tools as shelf } from '../tools/index.ts'
import type { Tool } from '../tools/tool.ts'
import type { Transcript } from '../transcript.ts'
import { inMemory } from '../transcript.ts'
import type { Recorded } from './recorded.ts'
import { type RuleChange, rulesAgain } from './rules.ts'
import { offeredSources, type Retelling, recordedTools, retell } from './tools.ts'

/** What is tried in the place of what there is; nothing of it: the same again. */
export type Trial = {
  /** Without one nothing is sent: the rules run again, the tools make their answers again, and what was handed in is checked by them. */
  readonly model?: Model
  readonly system?: string
  readonly check?: Check
  readonly tools?: readonly Tool[]
  readonly rules?: readonly Rule[]
}

export type Rerun = {
  readonly analysis: Analysis
  readonly calls: number
  readonly tokens: number
  readonly usd: number
  readonly seconds: number
  /** Questions that nobody had asked when it was recorded. */
  readonly missed: readonly string[]
  /** Whether a model was asked anew; if not, the very same sentences were judged. */
  readonly asked: boolean
  readonly rules: readonly RuleChange[]
  /** Stored answers that the tools of now make otherwise; empty where a model was asked. */
  readonly retold: readonly Retelling[]
  /** What a model would be told otherwise than then, and was not asked with: "prompt", names of tools. */
  readonly unsent: readonly string[]
}

type Needs = Pick<Context, 'config' | 'clock' | 'random' | 'log' | 'telemetry'>

/** Runs a recorded investigation again, at the moment of then. Nothing is stored, and no data source is asked. */
export const rerun = async (needs: Needs, recorded: Recorded, trial: Trial, redact: (text: string) => string): Promise<Rerun> => {
  const at = new Date(recorded.now)
  const here = { ...needs, clock: { ...needs.clock, now: () => at } }
  const signal = new AbortController().signal
  const rules = await rulesAgain(recorded, { rules: trial.rules ?? allRules, clock: here.clock, signal })
  const again = { here, recorded, trial, redact, signal }
  return { ...(trial.model === undefined ? await recheck(again) : await askAnew(again, trial.model)), rules }
}

type Again = {
  readonly here: Needs
  readonly recorded: Recorded
  readonly trial: Trial
  readonly redact: (text: string) => string
  readonly signal: AbortSignal
}

const taskIn = ({ here, recorded, trial, redact }: Again) => {
  const transcript = transcriptOf(recorded)
  const task = taskOf({
    context: here,
    transcript,
    alert: transcript.alert,
    redact,
    ...(trial.system === undefined ? {} : { system: trial.system }),
    ...(trial.check === undefined ? {} : { check: trial.check }),
  })
  return { transcript, task }
}

const recheck = async (again: Again): Promise<Omit<Rerun, 'rules'>> => {
  const { here, recorded, trial, redact, signal } = again
  const tooling = { sources: {}, clock: here.clock, signal, redact, evidence: () => undefined }
  const { evidence, changed } = await retell(recorded, trial.tools ?? shelf, tooling)
  const { analysis, calls, tokens, usd, seconds } = recorded.ended
  const { task } = taskIn(again)
  const handed = task.goal.hand(recorded.submission, evidence)
  const checked = handed.ok && handed.outcome.kind === 'analysis' ? handed.outcome.analysis : analysis
  // What ended it early, and what its tools could not see, is as it was.
  const { partial, partial_reason, data_gaps } = analysis
  return {
    analysis: { ...checked, partial, partial_reason, data_gaps },
    calls,
    tokens,
    usd,
    seconds,
    missed: [],
    asked: false,
    retold: changed,
    unsent: unsentOf(recorded, task.goal.system, trial.tools ?? shelf),
  }
}

/** By the digests that were taken then. */
const unsentOf = ({ pinned }: Recorded, system: string, offered: readonly Tool[]): string[] =>
  pinned === null
    ? []
    : [
        ...(digest(system) === pinned.prompt ? [] : ['prompt']),
        ...offered.filter((tool) => tool.name in pinned.tools && digest(specOf(tool)) !== pinned.tools[tool.name]).map(({ name }) => name),
      ]

const askAnew = async (again: Again, model: Model): Promise<Omit<Rerun, 'rules'>> => {
  const { here, recorded, trial, redact, signal } = again
  const { transcript, task } = taskIn(again)
  const missed: string[] = []
  const offered = trial.tools ?? shelf
  // The loop touches nothing else of a context.
  const context = { ...here, sources: () => offeredSources(recorded, offered) } as unknown as Context
  const plain = runOf(context, model, { transcript, task, redact, signal, store: inMemory, tell: () => Promise.resolve() })
  const names = plain.tools.map(({ name }) => name)
  const tools = offered.filter(({ name }) => names.includes(name))
  const run = { ...plain, tools: recordedTools(recorded, tools, (question) => missed.push(question)) }
  run.messages.push(task.first(run.nonce))
  const end = await think(run)
  if (end.end !== 'submitted' && end.end !== 'without_outcome') throw new PermanentError(`a replay ended ${end.end}`)
  const { outcome } = conclusionOf(run, end, transcript)
  if (outcome.kind !== 'analysis') throw new PermanentError(`a replay ended with ${outcome.kind}`)
  const { ledger } = run
  return {
    analysis: outcome.analysis,
    calls: ledger.toolCalls,
    tokens: ledger.tokensIn + ledger.tokensOut,
    usd: ledger.usd,
    seconds: (run.clock.monotonic() - run.startedAt) / 1000,
    missed,
    asked: true,
    retold: [],
    unsent: [],
  }
}

const transcriptOf = ({
  incident,
  alert,
  brief,
  evidence,
  given,
  statements,
  earlier,
}: Recorded): Transcript & { readonly alert: StoredAlert } => {
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
    statements,
    newest: 0,
    news: [],
    earlier,
    held: null,
    known: null,
  }
}
