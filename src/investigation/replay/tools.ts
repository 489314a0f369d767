import type { Clock } from '../../context.ts'
import type { Sources } from '../../datasources/sources.ts'
import { parseMoment } from '../../datasources/time.ts'
import { clean } from '../../text/clean.ts'
import { questionKey } from '../calls.ts'
import type { Evidence } from '../evidence.ts'
import type { Tool, ToolAnswer, ToolContext } from '../tools/tool.ts'
import type { Recorded } from './recorded.ts'
import { lokiOf, NOT_RECORDED, prometheusOf, unrecorded } from './sources.ts'

type Stored = Recorded['answers'][number]

/**
 * Tools that ask nobody: a question is found again by its key, and the tool as it is now makes its answer of what the source said then.
 * What was never asked is a data gap; `missed` is told each such question.
 */
export const recordedTools = (recorded: Recorded, tools: readonly Tool[], missed: (question: string) => void): readonly Tool[] => {
  const answers = new Map<string, Stored>()
  for (const answer of recorded.answers) {
    const key = keyOf(tools, answer.tool, answer.input)
    // What failed at first and then did not is remembered as it ended.
    if (key !== undefined && (answers.get(key)?.evidence ?? null) === null) answers.set(key, answer)
  }
  return tools.map((tool) => ({
    ...tool,
    run: async (input, context) => {
      // It reads what this very run has, whatever its numbers are.
      if (tool.name === 'open_evidence') return tool.run(input, context)
      const answer = answers.get(keyOf(tools, tool.name, input) ?? '')
      if (answer !== undefined) return answerOf(recorded, tool, answer, context)
      missed(tool.question(input))
      return { ok: false, error: `Not asked: ${NOT_RECORDED}.`, gap: NOT_RECORDED }
    },
  }))
}

export type Retold = {
  readonly evidence: readonly Evidence[]
  /** Answers that the tools of now make otherwise of what the sources said then: "E4, query_logs". */
  readonly changed: readonly string[]
}

/** The evidence as the tools of now would have made it. What a tool gives no answer to any more is not in it. */
export const retell = async (recorded: Recorded, tools: readonly Tool[], context: ToolContext): Promise<Retold> => {
  const evidence = [...recorded.evidence.slice(0, recorded.given)]
  const changed: string[] = []
  const seen = ({ shown }: Pick<Evidence, 'shown'>): string => context.redact(clean(shown))
  for (const answer of recorded.answers) {
    const then = recorded.evidence.find(({ id }) => id === answer.evidence)
    const tool = tools.find(({ name }) => name === answer.tool)
    if (then === undefined) continue
    const told = tool === undefined ? undefined : await answerOf(recorded, tool, answer, context)
    const now = told?.ok ? { ...told.cited, id: then.id, at: then.at, shown: seen(told.cited) } : undefined
    if (now !== undefined) evidence.push(now)
    if (now === undefined || now.shown !== seen(then) || JSON.stringify(now.output) !== JSON.stringify(then.output))
      changed.push(`${then.id}, ${answer.tool}`)
  }
  return { evidence, changed }
}

/** Sources of which nothing is asked: which there are decides which tools are offered. */
export const offeredSources = ({ tools: names }: Recorded, shelf: readonly Tool[]): Sources => {
  const needs = shelf.flatMap((tool) => (tool.needs !== null && (names?.includes(tool.name) ?? true) ? [tool.needs] : []))
  return Object.fromEntries(needs.map((name) => [name, unrecorded()]))
}

const keyOf = (tools: readonly Tool[], name: string, input: unknown): string | undefined =>
  questionKey({ tools }, { type: 'tool_use', id: '', name, input })

const answerOf = async (recorded: Recorded, tool: Tool, answer: Stored, context: ToolContext): Promise<ToolAnswer> => {
  const evidence = recorded.evidence.find(({ id }) => id === answer.evidence)
  if (evidence === undefined) return { ok: false, error: answer.error ?? NOT_RECORDED, gap: `${tool.name} gave no answer then` }
  const parsed = tool.input.safeParse(answer.input)
  if (!parsed.success) return { ok: false, error: 'The input cannot be used.', gap: '' }
  if (tool.name === 'open_evidence') {
    const stored = (id: string): Evidence | undefined => recorded.evidence.find((one) => one.id === id)
    return tool.run(parsed.data, { ...context, evidence: stored, clock: clockOf(context.clock, answer.input, evidence) })
  }
  const { id: _id, at: _at, ...cited } = evidence
  // Of these two a stored answer is the whole of what they said; of the others it is what was made of it.
  const sources: Sources | undefined =
    tool.needs === 'prometheus' ? { prometheus: prometheusOf(evidence) } : tool.needs === 'loki' ? { loki: lokiOf(evidence) } : undefined
  if (sources === undefined) return { ok: true, cited, summary: 'recorded' }
  return tool.run(parsed.data, { ...context, sources, clock: clockOf(context.clock, answer.input, evidence) })
}

/** The moment at which it was asked, from an end of its window that was told by it: "now" and "-10m" mean then what they meant. */
const clockOf = (clock: Clock, input: unknown, { range }: Evidence): Clock => {
  if (range === null) return clock
  const { start, end, time } = (input ?? {}) as { start?: unknown; end?: unknown; time?: unknown }
  const until = new Date(range.to)
  const moments = [
    { text: end ?? time ?? 'now', at: until },
    { text: start, at: range.from === null ? until : new Date(range.from) },
  ].flatMap(({ text, at }) => {
    if (typeof text !== 'string' || !/^(now|-)/.test(text)) return []
    const named = parseMoment(text, until)
    return named === undefined ? [] : [new Date(at.getTime() + until.getTime() - named.getTime())]
  })
  return { ...clock, now: () => moments[0] ?? until }
}
