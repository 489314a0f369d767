import { PermanentError, TransientError } from '../errors.ts'
import type { TimelineEntry } from '../incident/timeline.ts'
import type { Block, Message, ModelTurn } from '../llm/model.ts'
import { answerCalls } from './answer.ts'
import { addTurn, permit } from './budget.ts'
import { type End, elapsed, outOf, push, type Run, type ToolUse } from './run.ts'
import { SUBMIT } from './submit.ts'

/**
 * The tool loop: asks, stores, answers, until an analysis is handed in or a limit is reached. It starts wherever the transcript
 * stands, so that a crash costs no answer that was already given.
 */
export const think = async (run: Run): Promise<End> => {
  for (;;) {
    if (run.signal.aborted) return { end: 'handed_over' }
    const last = run.messages.at(-1)
    const uses = last?.role === 'assistant' ? toolUses(last.content) : []
    if (uses.length > 0) {
      const end = await answerCalls(run, uses)
      if (end !== undefined) return end
      continue
    }
    if (last?.role === 'assistant') {
      const end = await nudge(run)
      if (end !== undefined) return end
    }
    const end = await ask(run)
    if (end !== undefined) return end
  }
}

const toolUses = (content: readonly Block[]): ToolUse[] => content.filter((block): block is ToolUse => block.type === 'tool_use')

/** Asks the model once, if it may be asked, and stores its turn before anything else happens. */
const ask = async (run: Run): Promise<End | undefined> => {
  const permission = permit({
    limits: run.limits,
    ledger: run.ledger,
    price: run.price,
    characters: charactersOf(run),
    elapsedMs: elapsed(run),
    rounds: run.messages.filter((message) => message.role === 'assistant').length,
    stoppedBy: run.stoppedBy,
  })
  if (permission.may === 'end') return outOf(run.concluding ?? permission.because)
  if (permission.may === 'conclude') {
    // A model that was told so twice and still does not conclude will not at the third time.
    if (run.concluding !== null && concludingTurns(run) >= 2) return outOf(run.concluding)
    run.concluding ??= permission.because
  }
  const force = permission.may === 'conclude' || onlySubmitLeft(run) ? SUBMIT : null
  const turn = await complete(run, force, permission.max_tokens)
  if ('end' in turn) return turn
  addTurn(run.ledger, turn, run.price)
  const content = turn.content.length > 0 ? turn.content : [{ type: 'text', text: '(no answer)' } as const]
  const stored = await push(run, { role: 'assistant', content }, { answer: turn, entries: startEntries(run, content) })
  if (stored !== undefined) return stored
  if (turn.stop === 'refusal') return { end: 'without_analysis', status: 'failed', reason: 'the model refused to go on' }
  if (turn.stop === 'model_context_window_exceeded')
    return { end: 'without_analysis', status: 'budget_exceeded', reason: "the model's context was full" }
  return undefined
}

const onlySubmitLeft = (run: Run): boolean => run.tools.length === 0

const concludingTurns = (run: Run): number =>
  run.messages.filter((message) => message.role === 'user' && textOf(message).startsWith(CONCLUDE)).length

/** In words as well, because some models refuse a forced tool. */
const CONCLUDE = 'Conclude now'

/** The model ended its turn without a tool: told once to hand in, and again when it must conclude. */
const nudge = async (run: Run): Promise<End | undefined> => {
  const nudges =
    run.messages.filter((message) => message.role === 'user' && message.content.every((block) => block.type === 'text')).length - 1
  if (nudges >= 3) return { end: 'without_analysis', status: 'failed', reason: 'the model did not hand in an analysis' }
  const text = `${CONCLUDE}: call ${SUBMIT} with what the evidence carries. If it carries no cause, the verdict is inconclusive.`
  return push(run, { role: 'user', content: [{ type: 'text', text }] }, { entries: [] })
}

const startEntries = (run: Run, content: readonly Block[]): TimelineEntry[] =>
  toolUses(content)
    .filter((use) => use.name !== SUBMIT)
    .map((use) => ({ type: 'tool_started', investigation: run.number, call: use.id, tool: use.name, question: questionOf(run, use) }))

const questionOf = (run: Run, use: ToolUse): string => {
  const tool = run.tools.find((one) => one.name === use.name)
  const parsed = tool?.input.safeParse(use.input)
  return run.redact(parsed?.success === true && tool !== undefined ? tool.question(parsed.data) : use.name)
}

const RETRIES = 3
/** With no provider the rules' answer must stand within 60 s. */
const PATIENCE_MS = 45_000

/** One answer of the model; a broken stream or an overload is redone, since nothing of it was stored. */
const complete = async (run: Run, force: string | null, max_tokens: number): Promise<ModelTurn | End> => {
  const began = run.clock.monotonic()
  const deadline = new AbortController()
  const cancel = run.clock.after(Math.max(0, run.limits.seconds * 1000 - elapsed(run)), () => deadline.abort(new Error('time is over')))
  const signal = AbortSignal.any([run.signal, deadline.signal])
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run.model.complete({ system: run.system, tools: run.specs, messages: run.messages, max_tokens, force }, signal)
      } catch (error) {
        if (run.signal.aborted) return { end: 'handed_over' }
        if (deadline.signal.aborted) return outOf({ limit: 'seconds', reason: `its ${run.limits.seconds} s were over` })
        const wait = error instanceof TransientError ? (error.afterMs ?? 1000 * 2 ** (attempt - 1)) : Number.POSITIVE_INFINITY
        if (attempt > RETRIES || run.clock.monotonic() - began + wait > PATIENCE_MS) return failed(error)
        await run.clock.sleep(wait, signal).catch(() => undefined)
      }
    }
  } finally {
    cancel()
  }
}

const failed = (error: unknown): End => {
  if (!(error instanceof TransientError) && !(error instanceof PermanentError)) throw error
  return { end: 'without_analysis', status: 'failed', reason: `the model could not be asked: ${error.message}` }
}

const charactersOf = (run: Run): number =>
  run.system.length +
  JSON.stringify(run.specs).length +
  run.messages.reduce((sum, message) => sum + JSON.stringify(message.content).length, 0)

const textOf = (message: Message): string => message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n')
