import type { TimelineEntry } from '../incident/timeline.ts'
import { brokenToolInput } from '../llm/tool-input.ts'
import { PLAN } from './plan-tool.ts'
import { type Run, type ToolUse, toolUses } from './run.ts'

/** The calls of one turn by what becomes of them. */
export type Sorted = {
  /** To be asked now, each one call of the budget. */
  readonly fresh: readonly ToolUse[]
  /** Asked before, word for word: answered from the evidence, without a question and without a call. */
  readonly known: readonly { readonly use: ToolUse; readonly evidence: string }[]
  /** The same as an earlier one of the same turn. */
  readonly twins: readonly { readonly use: ToolUse; readonly of: string }[]
  readonly refused: readonly ToolUse[]
  /** The model's own notes: no question, and no call of the budget. */
  readonly notes: readonly ToolUse[]
}

/** Sorts the questions of a turn. With Stop pressed or a limit reached nothing is asked any more. */
export const sort = (run: Run, uses: readonly ToolUse[]): Sorted => {
  const answered = run.concluding === null && run.stoppedBy === null ? Math.max(0, run.limits.tool_calls - run.ledger.toolCalls) : 0
  const before = evidenceByQuestion(run)
  const now = new Map<string, string>()
  const sorted = {
    fresh: [] as ToolUse[],
    known: [] as Sorted['known'][number][],
    twins: [] as Sorted['twins'][number][],
    refused: [] as ToolUse[],
    notes: [] as ToolUse[],
  }
  for (const use of uses) {
    if (use.name === run.goal.submit.name) continue
    if (use.name === PLAN && run.specs.some(({ name }) => name === PLAN)) {
      sorted.notes.push(use)
      continue
    }
    const question = questionKey(run, use)
    const evidence = question === undefined ? undefined : before.get(question)
    const twin = question === undefined ? undefined : now.get(question)
    if (evidence !== undefined) sorted.known.push({ use, evidence })
    else if (twin !== undefined) sorted.twins.push({ use, of: twin })
    else if (sorted.fresh.length < answered) {
      sorted.fresh.push(use)
      if (question !== undefined) now.set(question, use.id)
    } else sorted.refused.push(use)
  }
  return sorted
}

/** Whether a turn hands something in: whether its questions are asked as well is then known only after the check. */
export const handsIn = ({ goal }: Pick<Run, 'goal'>, uses: readonly ToolUse[]): boolean =>
  uses.some(({ name }) => name === goal.submit.name)

/** What is shown of a turn's questions while they are asked. */
export const startedEntries = (run: Run, uses: readonly ToolUse[]): TimelineEntry[] =>
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

/** How an answer to a repeated question begins: by this it is counted, also after a restart. */
export const ASKED_BEFORE = 'You have asked this before'

/** How often the model asked what it had an answer to. */
export const repetitions = (run: Run): number =>
  run.messages
    .flatMap((message) => message.content)
    .filter((block) => block.type === 'tool_result' && !block.is_error && block.content.startsWith(ASKED_BEFORE)).length

/** Name and input as the tool reads it, defaults filled in, without the words for people. Undefined: it cannot be read. */
export const questionKey = (run: Pick<Run, 'tools'>, use: ToolUse): string | undefined => {
  const tool = run.tools.find((one) => one.name === use.name)
  const parsed = tool === undefined || brokenToolInput(use.input) !== undefined ? undefined : tool.input.safeParse(use.input)
  if (parsed?.success !== true) return undefined
  const { why: _why, ...asked } = parsed.data as Record<string, unknown>
  return `${use.name} ${JSON.stringify(asked)}`
}

/** Only answers: what failed may be asked again. */
const evidenceByQuestion = (run: Run): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const [at, message] of run.messages.entries()) {
    for (const use of toolUses(message.content)) {
      const result = run.messages[at + 1]?.content.find((block) => block.type === 'tool_result' && block.tool_use_id === use.id)
      const evidence = result?.type === 'tool_result' && !result.is_error ? /^E\d+/.exec(result.content)?.[0] : undefined
      const question = evidence === undefined ? undefined : questionKey(run, use)
      if (evidence !== undefined && question !== undefined) found.set(question, evidence)
    }
  }
  return found
}
