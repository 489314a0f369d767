import type { TimelineEntry } from '../incident/timeline.ts'
import type { Block } from '../llm/model.ts'
import { brokenToolInput } from '../llm/tool-input.ts'
import { clean } from '../text/clean.ts'
import { fence } from '../text/fence.ts'
import { INTERIM_MS, QUESTIONS_UNTIL } from './budget.ts'
import { ASKED_BEFORE, handsIn, sort, startedEntries } from './calls.ts'
import type { Cited, Evidence } from './evidence.ts'
import { judge } from './judge.ts'
import { newsText } from './news.ts'
import { readPlan } from './plan-tool.ts'
import { evidenceText } from './prompt.ts'
import { concludeWords, type End, elapsed, outOf, pushNumbered, type Run, type ToolUse } from './run.ts'
import type { Tool, ToolAnswer } from './tools/tool.ts'
import type { StoredCall } from './transcript.ts'

/** Longest text of one answer that goes to the model, in characters; the whole stays in the evidence. */
const SHOWN = 16_000

/**
 * Answers every tool call of a turn, so that the history stays valid: calls within the limit run side by side, the others are told
 * why not. What was handed in is checked; what fails is returned to the model once. Behind the answers stands what people said meanwhile.
 */
export const answerCalls = async (run: Run, uses: readonly ToolUse[]): Promise<End | undefined> => {
  const submitted = uses.find((use) => use.name === run.goal.submit.name)
  const verdict = submitted === undefined ? undefined : judge(run, submitted)
  if (verdict?.end !== undefined) return verdict.end
  const { fresh, known, twins, refused, notes } = sort(run, uses)
  const answered = await runSideBySide(run, fresh)
  if (run.signal.aborted) return { end: 'handed_over' }
  const others = new Map<string, Block>()
  for (const { use, evidence } of known) others.set(use.id, result(use, `${ASKED_BEFORE}: the answer is ${evidence}, above.`, false))
  for (const { use, of } of twins) others.set(use.id, result(use, `${ASKED_BEFORE}, in this very turn: see the answer to ${of}.`, false))
  for (const use of refused) others.set(use.id, result(use, `Not run: ${whyNot(run)}. ${concludeWords(run)}`, true))
  const late = handsIn(run, uses)
  const entries = [...notes.flatMap((use) => note(run, use, others)), ...(late ? startedEntries(run, uses) : [])]
  if (submitted !== undefined) others.set(submitted.id, result(submitted, verdict?.reply ?? 'not read', true))
  const end = await storeAnswers(run, { uses, answered, others, entries, unrun: run.stoppedBy === null || late ? [] : refused })
  if (end !== undefined) return end
  return elapsed(run) > run.limits.seconds * 1000 ? outOf({ limit: 'seconds', reason: `its ${run.limits.seconds} s were over` }) : undefined
}

/** Takes the model's notes; only a plan that differs from the one that stands is shown. */
const note = (run: Run, use: ToolUse, others: Map<string, Block>): TimelineEntry[] => {
  const read = readPlan(use.input, (text) => run.redact(clean(text)))
  others.set(use.id, read.ok ? result(use, 'Noted.', false) : result(use, `The plan cannot be read:\n${read.faults}`, true))
  if (!read.ok || JSON.stringify(read.plan) === JSON.stringify(run.plan)) return []
  run.plan = read.plan
  return [{ type: 'planned', investigation: run.number, plan: read.plan }]
}

type Answers = {
  readonly uses: readonly ToolUse[]
  readonly answered: readonly Answered[]
  readonly others: ReadonlyMap<string, Block>
  /** Of the model's own notes, and of questions that were not shown as begun. */
  readonly entries: readonly TimelineEntry[]
  /** Shown as begun, but not asked. */
  readonly unrun: readonly ToolUse[]
}

/** Stores the answers in the order of the calls; numbered anew when a check for recovery kept evidence meanwhile. */
const storeAnswers = async (run: Run, { uses, answered, others, entries, unrun }: Answers): Promise<End | undefined> => {
  // Taken before the step, whose answer brings the next.
  const { news } = run
  const more = [...(news.length === 0 ? [] : [newsText(run, news)]), ...(leadIsDue(run) ? [LEAD_DUE] : [])]
  for (;;) {
    const kept = number(run, answered)
    const results = new Map(others)
    for (const { use, text, isError } of kept) results.set(use.id, result(use, text, isError))
    const evidence = kept.flatMap((one) => one.evidence ?? [])
    const end = await pushNumbered(
      run,
      {
        role: 'user',
        content: [
          ...uses.map((use) => results.get(use.id) ?? result(use, `Only one ${run.goal.submit.name} counts.`, true)),
          ...more.map((text): Block => ({ type: 'text', text })),
        ],
      },
      {
        entries: [...entries, ...kept.map((one) => answeredEntry(run, one)), ...unrun.map((use) => notRun(run, use))],
        calls: kept.map(storedCall),
        ...(news.length === 0 ? {} : { told: news.at(-1)?.id ?? 0 }),
        evidence: evidence.map((answer) => ({ number: numberOf(answer), answer })),
        ...(evidence.length === 0 ? {} : { after: run.lastEvidence }),
      },
    )
    if (end !== undefined && 'renumber' in end) {
      run.lastEvidence = end.renumber
      continue
    }
    if (end !== undefined) return end
    account(run, kept)
    run.evidence.push(...evidence)
    run.lastEvidence += evidence.length
    return undefined
  }
}

const LEAD_DUE =
  'A minute has passed and people wait. Together with your next questions call update_plan with the lead that has the best proof so far.'

/** Once, when the minute is over and nothing was named that could be shown. */
const leadIsDue = (run: Run): boolean =>
  run.goal.id === 'analysis' &&
  run.concluding === null &&
  elapsed(run) >= INTERIM_MS &&
  run.plan?.lead === undefined &&
  !run.messages.some(({ content }) => content.some((block) => block.type === 'text' && block.text === LEAD_DUE))

type Answered = { use: ToolUse; answer: ToolAnswer; ms: number }
type Kept = Answered & { evidence: Evidence | null; text: string; isError: boolean }

const whyNot = (run: Run): string => {
  if (run.stoppedBy !== null) return 'a person stopped the investigation'
  return run.concluding?.reason ?? `the budget of ${run.limits.tool_calls} tool calls is used up`
}

/** Questions end before the investigation does, so that what they gave can still be concluded from. */
const runSideBySide = async (run: Run, uses: readonly ToolUse[]): Promise<Answered[]> => {
  const stop = new AbortController()
  const left = run.limits.seconds * 1000 * QUESTIONS_UNTIL - elapsed(run)
  const cancel = run.clock.after(Math.max(0, left), () => stop.abort(new Error('the time for questions is over')))
  const signal = AbortSignal.any([run.signal, stop.signal])
  const answers: Answered[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < uses.length; i = next++) {
      const use = uses[i]
      if (use !== undefined) answers[i] = await runOne(run, use, signal)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(run.limits.parallel_tools, uses.length) }, worker))
  } finally {
    cancel()
  }
  return answers
}

const runOne = async (run: Run, use: ToolUse, signal: AbortSignal): Promise<Answered> => {
  const began = run.clock.monotonic()
  const answer = await ask(run, use, signal)
  const ms = run.clock.monotonic() - began
  const inputBytes = JSON.stringify(use.input ?? null).length
  run.onTool({ tool: use.name, ok: answer.ok, ms, inputBytes, outputBytes: answer.ok ? answer.cited.shown.length : answer.error.length })
  return { use, answer, ms }
}

/** A tool's failure, even a bug of ours in it, is an answer to the model and never an exception of the loop. */
const ask = async (run: Run, use: ToolUse, signal: AbortSignal): Promise<ToolAnswer> => {
  const tool = run.tools.find((one) => one.name === use.name)
  if (tool === undefined) {
    const known = run.tools.map((one) => one.name).join(', ')
    return { ok: false, error: `There is no tool "${use.name.slice(0, 60)}". There are: ${known}, ${run.goal.submit.name}.`, gap: '' }
  }
  const broken = brokenToolInput(use.input)
  if (broken !== undefined) return { ok: false, error: 'The input is not JSON, or too long. Send it again, shorter.', gap: '' }
  const parsed = tool.input.safeParse(use.input)
  if (!parsed.success) {
    const faults = parsed.error.issues.slice(0, 12).map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
    return { ok: false, error: `The input cannot be used: ${faults.join('; ')}`, gap: '' }
  }
  return askTool(run, tool, parsed.data, signal)
}

const askTool = async (run: Run, tool: Tool, input: unknown, signal: AbortSignal): Promise<ToolAnswer> => {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const end = (): void => reject(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  try {
    signal.throwIfAborted()
    // Raced, since a source that does not let go must not hold the investigation.
    return await Promise.race([
      tool.run(input, { ...run.tooling, evidence: (id) => run.evidence.find((one) => one.id === id), redact: run.redact, signal }),
      over,
    ])
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `The tool failed: ${text}`, gap: `${tool.name} failed: ${text}` }
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Evidence is numbered in the order of the calls, whichever answered first. */
const number = (run: Run, answered: readonly Answered[]): Kept[] => {
  let next = run.lastEvidence + 1
  return answered.map((one) => {
    if (!one.answer.ok) return { ...one, evidence: null, text: errorText(run, one.use.name, one.answer.error), isError: true }
    const evidence: Evidence = { ...redacted(run, one.answer.cited), id: `E${next++}`, at: run.clock.now().toISOString() }
    return { ...one, evidence, text: evidenceText({ ...evidence, query: run.redact(evidence.query) }, run.nonce), isError: false }
  })
}

/** A data source's error may quote what it was asked about, so it is as untrusted as its answer; so is the name of a tool that there is not. */
const errorText = (run: Run, tool: string, error: string): string => {
  const source = run.tools.some(({ name }) => name === tool) ? tool : 'vigil'
  return `No answer:\n${fence(source, { error: run.redact(clean(error)) }, run.nonce)}`
}

const numberOf = ({ id }: Evidence): number => Number(id.slice(1))

/** For what was not a question: nothing was left unseen by it. */
export const NOT_USABLE = 'the call could not be used'

const answeredEntry = (run: Run, { use, answer, ms, evidence }: Kept): TimelineEntry => ({
  type: 'tool_answered',
  investigation: run.number,
  call: use.id,
  ok: answer.ok,
  summary: run.redact(answer.ok ? answer.summary : answer.gap || NOT_USABLE),
  ms: Math.round(ms),
  evidence: evidence?.id ?? null,
  usd: run.ledger.usd,
})

/** The progress message already shows it as begun when Stop is pressed during the model's answer. */
const notRun = (run: Run, use: ToolUse): TimelineEntry => ({
  type: 'tool_answered',
  investigation: run.number,
  call: use.id,
  ok: false,
  summary: NOT_USABLE,
  ms: 0,
  evidence: null,
  usd: run.ledger.usd,
})

const storedCall = ({ use, text, isError, evidence, ms }: Kept): StoredCall => ({
  call_id: use.id,
  name: use.name,
  input: use.input,
  result: text,
  is_error: isError,
  evidence: evidence === null ? null : numberOf(evidence),
  ms,
})

/** What people and the model are given is redacted; the whole answer stays in the evidence store, where code computes from it. */
const redacted = (run: Run, cited: Cited): Cited => ({ ...cited, shown: run.redact(clean(cited.shown)).slice(0, SHOWN) })

const account = (run: Run, kept: readonly Kept[]): void => {
  run.ledger.toolCalls += kept.length
  run.ledger.failedCalls += kept.filter((one) => one.isError).length
  run.ledger.toolMs += kept.reduce((sum, one) => sum + one.ms, 0)
  for (const { answer } of kept) {
    const gap = answer.ok ? '' : run.redact(answer.gap)
    if (gap !== '' && !run.gaps.includes(gap)) run.gaps.push(gap)
  }
}

const result = (use: ToolUse, content: string, is_error: boolean): Block => ({
  type: 'tool_result',
  tool_use_id: use.id,
  content,
  is_error,
})
