import type { Message } from '../llm/model.ts'
import { brokenToolInput } from '../llm/tool-input.ts'
import { fence } from '../text/fence.ts'
import type { Checked, Failure } from './receipts/check.ts'
import { type End, type Run, type ToolUse, toolUses } from './run.ts'
import { readSubmission, SUBMIT } from './submit.ts'

/** So often an analysis that cannot be read is returned. */
const RETURNS = 2

/**
 * What becomes of an analysis that was handed in: the end, or a reply that says what failed. One round to mend: a second failing, or one
 * after the end of a limit, is final.
 */
export const judge = (run: Run, use: ToolUse): { end: End; reply?: undefined } | { end?: undefined; reply: string } => {
  const read = readSubmission(use.input)
  const earlier = submissions(run.messages.slice(0, -1))
  if (!read.ok) {
    const unread = earlier.filter(({ input }) => !readSubmission(input).ok).length
    if (unread >= RETURNS)
      return { end: { end: 'without_analysis', status: 'failed', reason: 'the model handed in nothing that could be read' } }
    const faults = brokenToolInput(use.input) === undefined ? read.faults : 'it is not JSON, or was cut because it is too long: send less'
    return { reply: `The analysis cannot be read:\n${faults}\nMend it and call ${SUBMIT} again.` }
  }
  const checked = run.check(read.submitted, run.evidence)
  const returned = earlier.some(({ input }) => readSubmission(input).ok)
  if (checked.failures.length === 0 || returned || run.concluding !== null) return { end: { end: 'submitted', checked } }
  return { reply: returnText(run, checked.failures) }
}

/** What the model handed in last and the evidence carries of it, for an investigation that ends before it was mended. */
export const draftOf = (run: Run): Checked | undefined => {
  for (const { input } of submissions(run.messages).toReversed()) {
    const read = readSubmission(input)
    if (read.ok) return run.check(read.submitted, run.evidence)
  }
  return undefined
}

/** Of several in one turn the first counts. */
const submissions = (messages: readonly Message[]): ToolUse[] =>
  messages.flatMap(({ content }) => toolUses(content).find(({ name }) => name === SUBMIT) ?? [])

/** Reasons quote the evidence, so they stand in a fence. */
const returnText = (run: Run, failures: readonly Failure[]): string => {
  const list = failures.map(({ where, text, reason }) => ({ where, text: text.slice(0, 200), reason }))
  return `Not everything is supported by the stored evidence. What failed, and why:\n${run.redact(fence('vigil check', list, run.nonce))}\nMend or drop these and call ${SUBMIT} once more. What fails again is set apart as unsupported.`
}
