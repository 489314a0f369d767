import { PermanentError, TransientError } from '../errors.ts'
import type { TimelineEntry } from '../incident/timeline.ts'
import type { Message, ModelTurn } from '../llm/model.ts'
import { answerCalls } from './answer.ts'
import { addTurn, inputOf, type LimitReached, permit, QUESTIONS_UNTIL } from './budget.ts'
import { repetitions, sort } from './calls.ts'
import { CONCLUDE, type End, elapsed, outOf, push, type Run, type ToolUse, toolUses } from './run.ts'
import { SUBMIT } from './submit.ts'
import { tamed } from './tame.ts'

/**
 * The tool loop: asks, stores, answers, until an analysis is handed in or a limit is reached. It starts wherever the transcript
 * stands, so that a crash costs no answer that was already given.
 */
export const think = async (run: Run): Promise<End> => {
  for (;;) {
    if (run.signal.aborted) return { end: 'handed_over' }
    const end = (await react(run)) ?? (run.messages.at(-1)?.role === 'user' ? await ask(run) : undefined)
    if (end !== undefined) return end
  }
}

/** What follows on the model's newest answer; nothing where it has yet to be asked. */
const react = async (run: Run): Promise<End | undefined> => {
  const last = run.messages.at(-1)
  if (last?.role !== 'assistant') return undefined
  if (run.lastStop === 'refusal') return { end: 'without_analysis', status: 'failed', reason: 'the model refused to go on' }
  if (run.lastStop === 'model_context_window_exceeded')
    return { end: 'without_analysis', status: 'budget_exceeded', reason: "the model's context was full" }
  const uses = toolUses(last.content)
  return uses.length > 0 ? answerCalls(run, uses) : nudge(run)
}

/** So often a model that has to conclude is asked; one that still does not will not at the next time. */
const CONCLUDING_ASKS = 2
/** A model that asks what it has asked before, so often in all, has nothing more to find. */
const REPETITIONS = 3
const REPEATING: LimitReached = { limit: 'rounds', reason: 'the model asked the same again and again' }

/** Asks the model once, if it may be asked, and stores its turn before anything else happens. */
const ask = async (run: Run): Promise<End | undefined> => {
  const permission = permitted(run)
  if (permission.may === 'end') return outOf(run.concluding ?? permission.because)
  run.concluding ??= permission.may === 'conclude' ? permission.because : repetitions(run) >= REPETITIONS ? REPEATING : null
  if (run.concluding !== null && run.concludingAsks++ >= CONCLUDING_ASKS) return outOf(run.concluding)
  const force = run.concluding !== null || run.tools.length === 0 || nudges(run) > 1 ? SUBMIT : null
  const turn = await complete(run, force, permission.max_tokens)
  // Broken off in favour of the conclusion, which is asked for next.
  if (turn === 'late') return undefined
  if ('end' in turn) return turn
  addTurn(run.ledger, turn, run.price)
  const content = tamed(turn.content, run.messages)
  return push(run, { role: 'assistant', content }, { answer: turn, entries: startEntries(run, toolUses(content)) })
}

/** Whether the model may be asked now, by everything that the investigation has used. */
export const permitted = (
  run: Pick<Run, 'system' | 'specs' | 'messages' | 'ledger' | 'limits' | 'price' | 'stoppedBy' | 'clock' | 'startedAt'>,
) =>
  permit({
    limits: run.limits,
    ledger: run.ledger,
    price: run.price,
    input: inputOf(Buffer.byteLength(run.system) + Buffer.byteLength(JSON.stringify(run.specs)), run.messages, run.ledger),
    elapsedMs: elapsed(run),
    rounds: run.messages.filter((message) => message.role === 'assistant').length,
    stoppedBy: run.stoppedBy,
  })

const nudges = (run: Run): number => run.messages.filter(isNudge).length - 1

const isNudge = ({ role, content }: Message): boolean => role === 'user' && content.every((block) => block.type === 'text')

/** The model ended its turn without a tool: told so, then made to hand in; a third time ends the investigation. */
const nudge = async (run: Run): Promise<End | undefined> => {
  if (nudges(run) >= 2)
    return run.concluding === null
      ? { end: 'without_analysis', status: 'failed', reason: 'the model did not hand in an analysis' }
      : outOf(run.concluding)
  return push(run, { role: 'user', content: [{ type: 'text', text: nudgeText(run) }] }, { entries: [] })
}

const nudgeText = (run: Run): string => {
  const free = run.concluding === null && nudges(run) === 0
  if (free && run.lastStop === 'max_tokens')
    return `Your answer was cut at ${run.limits.max_tokens} tokens. Call a tool, or ${SUBMIT}, and write less around it.`
  if (free && run.lastStop === 'pause_turn') return 'Go on.'
  return `${CONCLUDE}: call ${SUBMIT} with what the evidence carries. If it carries no cause, the verdict is inconclusive.`
}

const startEntries = (run: Run, uses: readonly ToolUse[]): TimelineEntry[] =>
  sort(run, uses).fresh.map((use) => ({
    type: 'tool_started',
    investigation: run.number,
    call: use.id,
    tool: use.name,
    question: questionOf(run, use),
  }))

const questionOf = (run: Run, use: ToolUse): string => {
  const tool = run.tools.find((one) => one.name === use.name)
  const parsed = tool?.input.safeParse(use.input)
  return run.redact(parsed?.success === true && tool !== undefined ? tool.question(parsed.data) : use.name)
}

const RETRIES = 3
/**
 * With no provider the rules' answer must stand within 60 s (SAFETY T10): a call begins no later than this, and one on which nothing is
 * heard ends after 25 s (llm/anthropic.ts).
 */
const PATIENCE_MS = 30_000

/**
 * One answer of the model; a broken stream or an overload is redone, since nothing of it was stored. `late`: it would have left no time to
 * conclude.
 */
const complete = async (run: Run, force: string | null, max_tokens: number): Promise<ModelTurn | End | 'late'> => {
  const began = run.clock.monotonic()
  const deadline = new AbortController()
  const limitMs = run.limits.seconds * 1000 * (force === null ? QUESTIONS_UNTIL : 1)
  const cancel = run.clock.after(Math.max(0, limitMs - elapsed(run)), () => deadline.abort(new Error('time is over')))
  const signal = AbortSignal.any([run.signal, deadline.signal])
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run.model.complete({ system: run.system, tools: run.specs, messages: run.messages, max_tokens, force }, signal)
      } catch (error) {
        if (run.signal.aborted) return { end: 'handed_over' }
        if (deadline.signal.aborted && force === null) return 'late'
        if (deadline.signal.aborted) return outOf({ limit: 'seconds', reason: `its ${run.limits.seconds} s were over` })
        const wait = error instanceof TransientError ? (error.afterMs ?? 1000 * 2 ** (attempt - 1)) : Number.POSITIVE_INFINITY
        if (attempt > RETRIES || run.clock.monotonic() - began + wait > PATIENCE_MS) return failed(run, error)
        await run.clock.sleep(wait, signal).catch(() => undefined)
      }
    }
  } finally {
    cancel()
  }
}

const failed = (run: Run, error: unknown): End => {
  if (!(error instanceof TransientError) && !(error instanceof PermanentError)) throw error
  return { end: 'without_analysis', status: 'failed', reason: run.redact(`the model could not be asked: ${error.message}`) }
}
