import type { Block, Message } from '../llm/model.ts'
import { parseToolInput } from '../llm/tool-input.ts'

/** Longest input of a tool call, in characters; an analysis of the largest allowed size has about half of it. */
const LONGEST_INPUT = 100_000
const KEPT = 2000

/**
 * The content of a turn as it can be stored and sent back: never empty, every call with an id of its own and a name that providers take, and no
 * input so large that it would use up the rest of the budget each time that it is sent again.
 */
export const tamed = (content: readonly Block[], before: readonly Message[]): readonly Block[] => {
  const taken = new Set(before.flatMap((message) => message.content).flatMap((block) => (block.type === 'tool_use' ? [block.id] : [])))
  const blocks = content.map((block) => (block.type === 'tool_use' ? tamedUse(block, taken) : block))
  return blocks.length > 0 ? blocks : [{ type: 'text', text: '(no answer)' }]
}

const tamedUse = (use: Extract<Block, { type: 'tool_use' }>, taken: Set<string>): Block => {
  const id = freeId(use.id.replaceAll(/[^\w-]/g, '_') || 'call', taken)
  taken.add(id)
  const input = JSON.stringify(use.input ?? {})
  return {
    type: 'tool_use',
    id,
    name: use.name.replaceAll(/[^\w-]/g, '_').slice(0, 64) || 'unnamed',
    // An object that is cut is no JSON, and is read as what cannot be used.
    input: input.length > LONGEST_INPUT ? parseToolInput(input.slice(0, KEPT)) : use.input,
  }
}

const freeId = (id: string, taken: ReadonlySet<string>): string => {
  if (!taken.has(id)) return id
  for (let n = 2; ; n++) if (!taken.has(`${id}_${n}`)) return `${id}_${n}`
}
