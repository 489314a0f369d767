import type { Clock } from '../../context.ts'
import type { Sources } from '../../datasources/sources.ts'
import { parseMoment } from '../../datasources/time.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
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

export type Retold = { readonly evidence: readonly Evidence[]; readonly changed: readonly Retelling[] }

/** A stored answer that the tools of now make otherwise of what the source said then: "E4, query_logs", and how. */
export type Retelling = {
  readonly answer: string
  /** `lost`: there is none any more; `data`: other data is kept of it; `words`: the same data is shown otherwise. */
  readonly change: 'lost' | 'data' | 'words'
  readonly how: string
}

/** The evidence as the tools of now would have made it. What a tool gives no answer to any more is not in it. */
export const retell = async (recorded: Recorded, tools: readonly Tool[], context: ToolContext): Promise<Retold> => {
  const evidence = [...recorded.evidence.slice(0, recorded.given)]
  const changed: Retelling[] = []
  const seen = ({ shown }: Pick<Evidence, 'shown'>): string => context.redact(clean(shown))
  for (const answer of recorded.answers) {
    const then = recorded.evidence.find(({ id }) => id === answer.evidence)
    const tool = tools.find(({ name }) => name === answer.tool)
    if (then === undefined) continue
    const told: ToolAnswer = tool === undefined ? noSuchTool : await answerOf(recorded, tool, answer, context).catch(brokenBy)
    const named = `${then.id}, ${answer.tool}`
    if (!told.ok) {
      changed.push({ answer: named, change: 'lost', how: told.error })
      continue
    }
    const now = { ...told.cited, id: then.id, at: then.at, shown: seen(told.cited) }
    evidence.push(now)
    const how = differing(seen(then), now.shown)
    const data = differing(dataOf(then), dataOf(now))
    if (data !== '') changed.push({ answer: named, change: 'data', how: how === '' ? data : how })
    else if (how !== '') changed.push({ answer: named, change: 'words', how })
  }
  return { evidence, changed }
}

const dataOf = ({ complete, range, output }: Evidence): string => JSON.stringify([complete, range?.from, range?.to, output])

const noSuchTool: ToolAnswer = { ok: false, error: 'there is no such tool', gap: '' }

/** A tool that throws is a fault of the tool, and what a replay is for. */
const brokenBy = (error: unknown): ToolAnswer => ({ ok: false, error: error instanceof Error ? error.message : String(error), gap: '' })

/** Of what differs so much is told, beginning a little before it. */
const TOLD = 60
const BEFORE = 20

/** Where two texts begin to differ, then and now; empty where they do not. */
const differing = (then: string, now: string): string => {
  if (then === now) return ''
  let at = 0
  while (then[at] === now[at]) at++
  const told = (text: string): string => JSON.stringify(cut(text.slice(Math.max(0, at - BEFORE)), TOLD))
  return `${told(then)} -> ${told(now)}`
}

/** Sources of which nothing is asked: which there are decides which tools are offered. */
export const offeredSources = ({ pinned }: Recorded, shelf: readonly Tool[]): Sources => {
  const offered = ({ name }: Tool): boolean => pinned === null || name in pinned.tools
  const needs = shelf.flatMap((tool) => (tool.needs !== null && offered(tool) ? [tool.needs] : []))
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
