import { cut } from '../text/cut.ts'
import { line, section } from './blocks/text.ts'
import type { Payload } from './check.ts'
import type { Block } from './drawing.ts'

/** The message as it is (0), without the newest kinds of blocks (1), as text alone (2): for clients and plans that lack them. */
export const reduced = ({ text, blocks }: Payload, level: number): Payload => {
  if (level === 0) return { text, blocks }
  const older = blocks.flatMap(toOlder)
  if (level === 1) return { text, blocks: older }
  const words = older.flatMap(wordsOf).join('\n')
  return { text: cut(words === '' ? text : words, LONGEST, '…', { mrkdwn: true }), blocks: [] }
}

/** What an edit may have as text. */
const LONGEST = 4000

const toOlder = (block: Block): Block[] => {
  switch (block.type) {
    case 'plan':
      return planAsLines(block)
    case 'data_visualization':
    case 'context_actions':
    case 'container':
      return []
    default:
      return [block]
  }
}

const SIGNS: Readonly<Record<string, string>> = { complete: '✓', in_progress: '▸', error: '⚠' }

const planAsLines = (block: Block): Block[] => {
  const tasks = Array.isArray(block['tasks']) ? (block['tasks'] as { title?: unknown; status?: unknown }[]) : []
  const lines = tasks.map((task) => `${SIGNS[String(task.status)] ?? '·'} ${line(String(task.title), [], 200)}`)
  return lines.length === 0 ? [] : [section(cut(lines.join('\n'), 3000, '…', { mrkdwn: true }))]
}

const wordsOf = (block: Block): string[] => {
  const texts = [block['text'], ...(Array.isArray(block['elements']) ? block['elements'] : [])]
  return texts.flatMap((one: unknown) => {
    const { type, text } = (one ?? {}) as { type?: unknown; text?: unknown }
    return type === 'mrkdwn' && typeof text === 'string' ? [text] : []
  })
}
