import type { TimelineEntry } from '../incident/timeline.ts'
import type { Block } from '../llm/model.ts'
import { brokenToolInput } from '../llm/tool-input.ts'
import { clean } from '../text/clean.ts'
import type { Cited, Evidence } from './evidence.ts'
import { evidenceText } from './prompt.ts'
import type { Checked } from './receipts.ts'
import { type End, elapsed, outOf, push, type Run, type ToolUse } from './run.ts'
import { readSubmission, SUBMIT } from './submit.ts'
import type { Tool, ToolAnswer } from './tools/tool.ts'
import type { StoredCall } from './transcript.ts'

/** Longest text of one answer that goes to the model, in characters; the whole stays in the evidence. */
const SHOWN = 16_000

/**
 * Answers every tool call of a turn, so that the history stays valid: calls within the limit run side by side, the others are told
 * why not. An analysis that was handed in is checked; what fails is returned to the model once.
 */
export const answerCalls = async (run: Run, uses: readonly ToolUse[]): Promise<End | undefined> => {
  const submitted = uses.find((use) => use.name === SUBMIT)
  const verdict = submitted === undefined ? undefined : judge(run, submitted)
  if (verdict?.done !== undefined) return { end: 'submitted', checked: verdict.done }
  const questions = uses.filter((use) => use.name !== SUBMIT)
  const room = Math.max(0, run.limits.tool_calls - run.ledger.toolCalls)
  const answered = await runSideBySide(run, questions.slice(0, room))
  if (run.signal.aborted) return { end: 'handed_over' }
  const kept = number(run, answered)
  const results = new Map<string, Block>()
  for (const { use, text, isError } of kept) results.set(use.id, result(use, text, isError))
  for (const use of questions.slice(room)) results.set(use.id, result(use, `Not run: ${outOfCalls(run)}. Call ${SUBMIT} now.`, true))
  if (submitted !== undefined) results.set(submitted.id, result(submitted, verdict?.reply ?? 'not read', true))
  for (const use of uses) if (!results.has(use.id)) results.set(use.id, result(use, `Only one ${SUBMIT} counts.`, true))
  const end = await push(
    run,
    { role: 'user', content: uses.flatMap((use) => results.get(use.id) ?? []) },
    {
      entries: kept.map((one) => answeredEntry(run, one)),
      calls: kept.map(storedCall),
      evidence: kept.flatMap(({ evidence }) => (evidence === null ? [] : [{ number: numberOf(evidence), answer: evidence }])),
    },
  )
  if (end !== undefined) return end
  account(run, kept)
  run.evidence.push(...kept.flatMap(({ evidence }) => evidence ?? []))
  return elapsed(run) > run.limits.seconds * 1000 ? outOf({ limit: 'seconds', reason: `its ${run.limits.seconds} s were over` }) : undefined
}

type Answered = { use: ToolUse; answer: ToolAnswer; ms: number; inputBytes: number }
type Kept = Answered & { evidence: Evidence | null; text: string; isError: boolean }

const outOfCalls = (run: Run): string => `the budget of ${run.limits.tool_calls} tool calls is used up`

/** One round to mend: a second failing, or one after the end of a limit, is final. */
const judge = (run: Run, use: ToolUse): { done?: Checked; reply?: string } => {
  const read = readSubmission(use.input)
  const attempts = submissions(run)
  if (!read.ok) return { reply: `The analysis cannot be read:\n${read.faults}\nMend it and call ${SUBMIT} again.` }
  const checked = run.check(read.submitted, run.evidence)
  if (checked.failures.length === 0 || attempts > 1 || run.concluding !== null) return { done: checked }
  const faults = checked.failures.map(({ where, text, reason }) => `- ${where}: "${text.slice(0, 200)}"\n  ${reason}`).join('\n')
  return {
    reply: `Not everything is supported by the stored evidence:\n${faults}\nMend or drop these and call ${SUBMIT} once more. What fails again is set apart as unsupported.`,
  }
}

const submissions = (run: Run): number =>
  run.messages.filter((message) => message.content.some((block) => block.type === 'tool_use' && block.name === SUBMIT)).length

const runSideBySide = async (run: Run, uses: readonly ToolUse[]): Promise<Answered[]> => {
  const answers: Answered[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < uses.length; i = next++) {
      const use = uses[i]
      if (use !== undefined) answers[i] = await runOne(run, use)
    }
  }
  await Promise.all(Array.from({ length: Math.min(run.limits.parallel_tools, uses.length) }, worker))
  return answers
}

const runOne = async (run: Run, use: ToolUse): Promise<Answered> => {
  const began = run.clock.monotonic()
  const answer = await ask(run, use)
  const ms = run.clock.monotonic() - began
  const inputBytes = JSON.stringify(use.input ?? null).length
  run.onTool({ tool: use.name, ok: answer.ok, ms, inputBytes, outputBytes: answer.ok ? answer.cited.shown.length : answer.error.length })
  return { use, answer, ms, inputBytes }
}

/** A tool's failure, even a bug of ours in it, is an answer to the model and never an exception of the loop. */
const ask = async (run: Run, use: ToolUse): Promise<ToolAnswer> => {
  const tool = run.tools.find((one) => one.name === use.name)
  if (tool === undefined) {
    const known = run.tools.map((one) => one.name).join(', ')
    return { ok: false, error: `There is no tool "${use.name.slice(0, 60)}". There are: ${known}, ${SUBMIT}.`, gap: '' }
  }
  const broken = brokenToolInput(use.input)
  if (broken !== undefined) return { ok: false, error: 'The input is not JSON. Send it again, shorter.', gap: '' }
  return askTool(run, tool, use.input)
}

const askTool = async (run: Run, tool: Tool, raw: unknown): Promise<ToolAnswer> => {
  const parsed = tool.input.safeParse(raw)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; ')
    return { ok: false, error: `The input cannot be used: ${faults}`, gap: '' }
  }
  try {
    return await tool.run(parsed.data, { ...run.tooling, signal: run.signal })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `The tool failed: ${text}`, gap: `${tool.name} failed: ${text}` }
  }
}

/** Evidence is numbered in the order of the calls, whichever answered first. */
const number = (run: Run, answered: readonly Answered[]): Kept[] => {
  const last = run.evidence.at(-1)
  let next = last === undefined ? 1 : numberOf(last) + 1
  return answered.map((one) => {
    if (!one.answer.ok) return { ...one, evidence: null, text: run.redact(clean(one.answer.error)), isError: true }
    const evidence: Evidence = { ...redacted(run, one.answer.cited), id: `E${next++}`, at: run.clock.now().toISOString() }
    return { ...one, evidence, text: evidenceText(evidence, run.nonce), isError: false }
  })
}

const numberOf = ({ id }: Evidence): number => Number(id.slice(1))

const answeredEntry = (run: Run, { use, answer, ms, evidence }: Kept): TimelineEntry => ({
  type: 'tool_answered',
  investigation: run.number,
  call: use.id,
  ok: answer.ok,
  summary: run.redact(answer.ok ? answer.summary : answer.gap || answer.error),
  ms: Math.round(ms),
  evidence: evidence?.id ?? null,
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
  for (const { answer } of kept) if (!answer.ok && answer.gap !== '' && !run.gaps.includes(answer.gap)) run.gaps.push(answer.gap)
}

const result = (use: ToolUse, content: string, is_error: boolean): Block => ({
  type: 'tool_result',
  tool_use_id: use.id,
  content,
  is_error,
})
