import type { Message } from '../llm/model.ts'
import { brokenToolInput } from '../llm/tool-input.ts'
import { fence } from '../text/fence.ts'
import type { Outcome } from './goal/goal.ts'
import type { Failure } from './receipts/check.ts'
import { redactedTexts } from './redacted.ts'
import { type End, type Run, type ToolUse, toolUses } from './run.ts'

/** So often something that cannot be read is returned. */
const RETURNS = 2

/**
 * What becomes of what was handed in: the end, or a reply that says what failed. One round to mend: a second failing, or one
 * after the end of a limit, is final.
 */
export const judge = (run: Run, use: ToolUse): { end: End; reply?: undefined } | { end?: undefined; reply: string } => {
  const { goal } = run
  const handed = goal.hand(use.input, run.evidence)
  const earlier = submissions(run, run.messages.slice(0, -1)).map(({ input }) => goal.hand(input, run.evidence).ok)
  if (!handed.ok) {
    if (earlier.filter((ok) => !ok).length >= RETURNS)
      return { end: { end: 'without_outcome', status: 'failed', reason: 'the model handed in nothing that could be read' } }
    const faults = brokenToolInput(use.input) === undefined ? handed.faults : 'it is not JSON, or was cut because it is too long: send less'
    return { reply: `What you handed in cannot be read:\n${faults}\nMend it and call ${goal.submit.name} again.` }
  }
  const { outcome, failures } = handed
  if (failures.length === 0 || earlier.includes(true) || run.concluding !== null) return { end: { end: 'submitted', outcome } }
  return { reply: returnText(run, failures) }
}

/** What the model handed in last and the evidence carries of it, for a run that ends before it was mended. */
export const draftOf = (run: Run): Outcome | undefined => {
  for (const { input } of submissions(run, run.messages).toReversed()) {
    const handed = run.goal.hand(input, run.evidence)
    if (handed.ok) return handed.outcome
  }
  return undefined
}

/** Of several in one turn the first counts. */
const submissions = (run: Run, messages: readonly Message[]): ToolUse[] =>
  messages.flatMap(({ content }) => toolUses(content).find(({ name }) => name === run.goal.submit.name) ?? [])

/** Reasons quote the evidence, so they stand in a fence. */
const returnText = (run: Run, failures: readonly Failure[]): string => {
  const list = failures.map(({ where, text, reason }) => ({ where, text: text.slice(0, 200), reason }))
  const kept = redactedTexts(list, run.redact)
  return `Not everything is supported by the stored evidence. What failed, and why:\n${fence('vigil check', kept, run.nonce)}\nMend or drop these and call ${run.goal.submit.name} once more. What fails again is set apart as unsupported.`
}
