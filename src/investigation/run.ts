import type { Clock } from '../context.ts'
import { TransientError } from '../errors.ts'
import type { TimelineEntry } from '../incident/timeline.ts'
import type { Block, Message, Model, ModelTurn, StopReason, ToolSpec } from '../llm/model.ts'
import type { Price } from '../llm/price.ts'
import type { Ledger, LimitReached, Limits } from './budget.ts'
import type { Evidence } from './evidence.ts'
import type { Goal, Outcome } from './goal/goal.ts'
import type { Plan } from './plan.ts'
import type { Tool, ToolContext } from './tools/tool.ts'
import type { News, Step, Stored } from './transcript.ts'

/** All that the loop knows of the world: it has no database, no Slack and no provider, only what is handed to it. */
export type Run = {
  readonly model: Model
  readonly goal: Goal
  readonly specs: readonly ToolSpec[]
  readonly tools: readonly Tool[]
  readonly tooling: Omit<ToolContext, 'signal' | 'redact' | 'evidence'>
  readonly limits: Limits
  /** Of the model that answered, by the name that its provider gives it; undefined: not known. */
  readonly priceOf: (model: string) => Price | undefined
  /** What a call can cost at most, whichever model of the ladder answers it. */
  readonly dearest: Price | undefined
  readonly clock: Clock
  /** Aborts when the process is asked to stop: the investigation is then handed over, not ended. */
  readonly signal: AbortSignal
  readonly number: number
  readonly nonce: string
  readonly redact: (text: string) => string
  readonly store: (step: Step) => Promise<Stored>
  /** Tells the thread something between two steps. Lost when another handler took over. */
  readonly tell: (entry: TimelineEntry) => Promise<void>
  readonly onTool: (event: { tool: string; ok: boolean; ms: number; inputBytes: number; outputBytes: number }) => void
  readonly messages: Message[]
  /** How the newest answer of the model ended; null before the first. */
  lastStop: StopReason | null
  readonly evidence: Evidence[]
  /** The number of the incident's newest evidence, which need not be one of these. */
  lastEvidence: number
  readonly ledger: Ledger
  readonly startedAt: number
  /** Milliseconds for which nobody had answered before it began, at the gate: people have waited for them already. */
  readonly goneMs: number
  stoppedBy: string | null
  /** Set when the model was told to conclude: the analysis is then marked partial. */
  concluding: LimitReached | null
  /** How often the model was asked since. */
  concludingAsks: number
  gaps: string[]
  plan: Plan | null
  /** The model of which the thread was told that it answers in the place of another; null: none. */
  fellTo: string | null
  /** Whether the thread was told what stands after a minute. */
  interim: boolean
  /** What people said, and which alerts joined, since the model was last told. */
  news: readonly News[]
}

/** Every way in which the loop can end. */
export type End =
  | { readonly end: 'submitted'; readonly outcome: Outcome }
  /** Nothing came: the rules conclude. `status` in the API's words. */
  | { readonly end: 'without_outcome'; readonly status: 'failed' | 'max_turns' | 'budget_exceeded'; readonly reason: string }
  | { readonly end: 'superseded' }
  | { readonly end: 'handed_over' }

export type ToolUse = Extract<Block, { type: 'tool_use' }>

export const toolUses = (content: readonly Block[]): ToolUse[] => content.filter((block): block is ToolUse => block.type === 'tool_use')

/** Stores a message and only then takes it into the history, so that the two never differ. */
export const push = async (run: Run, message: Message, step: Omit<Step, 'turn'> & { answer?: ModelTurn }): Promise<End | undefined> => {
  const end = await pushNumbered(run, message, step)
  // Only a step that says behind which number it goes on can be told to go on elsewhere.
  if (end !== undefined && 'renumber' in end) throw new TransientError('the evidence was numbered anew')
  return end
}

/** `push` for a step with evidence, whose numbers may have been taken meanwhile. */
export const pushNumbered = async (
  run: Run,
  message: Message,
  step: Omit<Step, 'turn'> & { answer?: ModelTurn },
): Promise<End | { readonly renumber: number } | undefined> => {
  const { answer, ...rest } = step
  const stored = await run.store({
    turn: { number: run.messages.length, role: message.role, content: message.content, ...(answer ? { answer } : {}) },
    ...rest,
  })
  if (stored.stored === 'superseded') return { end: 'superseded' }
  if (stored.stored === 'renumber') return { renumber: stored.last }
  run.stoppedBy = stored.stoppedBy
  run.news = stored.news
  if (answer !== undefined) run.lastStop = answer.stop
  run.messages.push(message)
  return undefined
}

export const outOf = (reached: LimitReached): End => ({
  end: 'without_outcome',
  status:
    reached.limit === 'tool_calls' || reached.limit === 'rounds' ? 'max_turns' : reached.limit === 'stopped' ? 'failed' : 'budget_exceeded',
  reason: reached.reason,
})

/** In words as well, because some models refuse a forced tool. */
export const concludeWords = ({ goal }: Pick<Run, 'goal'>): string =>
  `Conclude now: call ${goal.submit.name} with what the evidence carries. ${goal.otherwise}`

/** Milliseconds that the investigation has taken, without the time between a crash and its resumption. */
export const elapsed = (run: Pick<Run, 'clock' | 'startedAt'>): number => run.clock.monotonic() - run.startedAt
