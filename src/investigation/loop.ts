import { PermanentError, TransientError } from '../errors.ts'
import type { TimelineEntry } from '../incident/timeline.ts'
import type { Block, Message, ModelTurn } from '../llm/model.ts'
import { answerCalls } from './answer.ts'
import { addTurn, INTERIM_MS, inputOf, type LimitReached, permit, QUESTIONS_UNTIL } from './budget.ts'
import { handsIn, repetitions, startedEntries } from './calls.ts'
import { CONTEXT_FULL, isSqueezed, SQUEEZED, sent } from './compact.ts'
import { interimOf } from './plan-tool.ts'
import { concludeWords, type End, elapsed, outOf, push, type Run, toolUses } from './run.ts'
import { tamed } from './tame.ts'

/**
 * The tool loop: asks, stores, answers, until something is handed in or a limit is reached. It starts wherever the transcript
 * stands, so that a crash costs no answer that was already given.
 */
export const think = async (run: Run): Promise<End> => {
  const cancel = run.clock.after(Math.max(0, INTERIM_MS - elapsed(run)), () => void tellInterim(run))
  try {
    for (;;) {
      if (run.signal.aborted) return { end: 'handed_over' }
      const end = (await react(run)) ?? (run.messages.at(-1)?.role === 'user' ? await ask(run) : undefined)
      if (end !== undefined) return end
    }
  } finally {
    cancel()
  }
}

/** By the clock and not between two steps: a model that thinks for a minute must not keep people in the dark. */
const tellInterim = async (run: Run): Promise<void> => {
  if (run.interim || run.goal.id !== 'analysis' || run.signal.aborted) return
  run.interim = true
  await run.tell({ type: 'interim', investigation: run.number, interim: interimOf(run) })
}

/** What follows on the model's newest answer; nothing where it has yet to be asked. */
const react = async (run: Run): Promise<End | undefined> => {
  const last = run.messages.at(-1)
  if (last?.role !== 'assistant') return undefined
  if (run.lastStop === 'refusal') return { end: 'without_outcome', status: 'failed', reason: 'the model refused to go on' }
  if (run.lastStop === 'model_context_window_exceeded') return squeeze(run)
  const uses = toolUses(last.content)
  return uses.length > 0 ? answerCalls(run, uses) : nudge(run)
}

/** The history did not fit: the model concludes from its short form, once; a second time it cannot be asked any more. */
const squeeze = async (run: Run): Promise<End | undefined> => {
  const full: End = { end: 'without_outcome', status: 'budget_exceeded', reason: CONTEXT_FULL.reason }
  if (isSqueezed(run.messages) || !run.messages.some(({ content }) => content.some(({ type }) => type === 'tool_result'))) return full
  const last = run.messages.at(-1)
  run.concluding = CONTEXT_FULL
  const results = toolUses(last?.content ?? []).map(
    (use): Block => ({ type: 'tool_result', tool_use_id: use.id, content: 'Not run: there is no room for its answer.', is_error: true }),
  )
  const text = `${SQUEEZED} ${concludeWords(run)}`
  return push(run, { role: 'user', content: [...results, { type: 'text', text }] }, { entries: [] })
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
  const force = run.concluding !== null || run.tools.length === 0 || nudges(run) > 1 ? run.goal.submit.name : null
  const turn = await complete(run, force, permission.max_tokens)
  // Broken off in favour of the conclusion, which is asked for next.
  if (turn === 'late') return undefined
  if ('end' in turn) return turn
  addTurn(run.ledger, turn, run.priceOf(turn.model))
  const content = tamed(turn.content, run.messages)
  const entries = [...fallEntries(run, turn), ...(isFollowed(run, turn.stop, content) ? startedEntries(run, toolUses(content)) : [])]
  return push(run, { role: 'assistant', content }, { answer: turn, entries })
}

/** Whether the model may be asked now, by everything that the investigation has used. */
export const permitted = (
  run: Pick<Run, 'goal' | 'specs' | 'messages' | 'ledger' | 'limits' | 'dearest' | 'stoppedBy' | 'clock' | 'startedAt'>,
) =>
  permit({
    limits: run.limits,
    ledger: run.ledger,
    price: run.dearest,
    input: inputOf(Buffer.byteLength(run.goal.system) + Buffer.byteLength(JSON.stringify(run.specs)), sent(run.messages), run.ledger),
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
      ? { end: 'without_outcome', status: 'failed', reason: `the model handed in no ${run.goal.id}` }
      : outOf(run.concluding)
  return push(run, { role: 'user', content: [{ type: 'text', text: nudgeText(run) }] }, { entries: [] })
}

const nudgeText = (run: Run): string => {
  const free = run.concluding === null && nudges(run) === 0
  if (free && run.lastStop === 'max_tokens')
    return `Your answer was cut at ${run.limits.max_tokens} tokens. Call a tool, or ${run.goal.submit.name}, and write less around it.`
  if (free && run.lastStop === 'pause_turn') return 'Go on.'
  return concludeWords(run)
}

/** Said once for each model that answers in the place of another, not at every turn. */
const fallEntries = (run: Run, turn: ModelTurn): TimelineEntry[] => {
  const fell = turn.fell_back ?? []
  if (fell.length === 0 || run.fellTo === turn.model) return []
  run.fellTo = turn.model
  return fell.map(({ from, because }) => ({
    type: 'fell_back',
    investigation: run.number,
    from,
    to: turn.model,
    because: run.redact(because),
  }))
}

/** Whether the turn's questions are asked for certain: else nothing is shown as begun that might never be answered. */
const isFollowed = (run: Run, stop: ModelTurn['stop'], content: readonly Block[]): boolean =>
  stop !== 'refusal' && stop !== 'model_context_window_exceeded' && !handsIn(run, toolUses(content))

const RETRIES = 3
/** With no provider the rules' answer must stand within 60 s (SAFETY T10); the last seconds are for storing it. */
const PROVIDER_GONE_MS = 55_000
/** A call begins no later than this, so that one on which nothing is heard still ends in time, with all that it falls back to. */
const patienceMs = ({ model, goneMs }: Run): number => Math.max(0, PROVIDER_GONE_MS - (model.silenceMs ?? 0) - goneMs)

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
        return await run.model.complete(
          { system: run.goal.system, tools: run.specs, messages: sent(run.messages), max_tokens, force },
          signal,
        )
      } catch (error) {
        if (run.signal.aborted) return { end: 'handed_over' }
        if (deadline.signal.aborted && force === null) return 'late'
        if (deadline.signal.aborted) return outOf({ limit: 'seconds', reason: `its ${run.limits.seconds} s were over` })
        const wait = error instanceof TransientError ? (error.afterMs ?? 1000 * 2 ** (attempt - 1)) : Number.POSITIVE_INFINITY
        if (attempt > RETRIES || run.clock.monotonic() - began + wait > patienceMs(run)) return failed(run, error)
        await run.clock.sleep(wait, signal).catch(() => undefined)
      }
    }
  } finally {
    cancel()
  }
}

const failed = (run: Run, error: unknown): End => {
  if (!(error instanceof TransientError) && !(error instanceof PermanentError)) throw error
  return { end: 'without_outcome', status: 'failed', reason: run.redact(`the model could not be asked: ${error.message}`) }
}
