import type { Block } from '../../llm/model.ts'
import type { Turn } from './script.ts'
import { pieces } from './serving.ts'
import type { WireBlock, WireUsage } from './wire.ts'

/** A message of Claude's, as it comes without streaming. */
export type WireAnswer = {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly model: string
  readonly content: readonly WireBlock[]
  readonly stop_reason: string
  readonly stop_sequence: null
  readonly usage: WireUsage
}

export const answerOf = (turn: Turn, about: { id: string; model: string; input: Omit<WireUsage, 'output_tokens'> }): WireAnswer => {
  const content = turn.content.map(wireOf)
  const calls = content.some(({ type }) => type === 'tool_use')
  return {
    id: about.id,
    type: 'message',
    role: 'assistant',
    model: about.model,
    content,
    stop_reason: turn.stop ?? (calls ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    usage: { ...about.input, output_tokens: Math.max(1, Math.ceil(JSON.stringify(content).length / 4)) },
  }
}

/** The same message as a stream of events. `json` replaces the text of every tool's input. */
export function* eventsOf(answer: WireAnswer, json?: string): Generator<WireEvent> {
  const start = { ...answer, content: [], stop_reason: null, usage: { ...answer.usage, output_tokens: 1 } }
  yield { type: 'message_start', message: start }
  yield { type: 'ping' }
  for (const [index, block] of answer.content.entries()) {
    yield { type: 'content_block_start', index, content_block: emptied(block) }
    for (const delta of deltasOf(block, json)) yield { type: 'content_block_delta', index, delta }
    yield { type: 'content_block_stop', index }
  }
  yield { type: 'message_delta', delta: { stop_reason: answer.stop_reason, stop_sequence: null }, usage: answer.usage }
  yield { type: 'message_stop' }
}

export type WireEvent = { readonly type: string; readonly [field: string]: unknown }

const wireOf = (block: Block): WireBlock => {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text }
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: block.input }
    case 'tool_result':
      return { type: 'tool_result', tool_use_id: block.tool_use_id, content: block.content }
    case 'opaque':
      // A script writes what Claude would send, for instance { type: 'thinking', thinking, signature }.
      return block.value as WireBlock
  }
}

/** Claude begins text, thinking and tool calls empty and sends every other kind of block whole. */
const emptied = (block: WireBlock): WireBlock => {
  if (block.type === 'text') return { ...block, text: '' }
  if (block.type === 'tool_use') return { ...block, input: {} }
  return block.type === 'thinking' ? { ...block, ...{ thinking: '', signature: '' } } : block
}

const deltasOf = (block: WireBlock, json: string | undefined): Record<string, unknown>[] => {
  if (block.type === 'text') return pieces(block.text ?? '', 24).map((text) => ({ type: 'text_delta', text }))
  if (block.type === 'tool_use') {
    const input = json ?? JSON.stringify(block.input ?? {})
    return ['', ...pieces(input, 16)].map((partial_json) => ({ type: 'input_json_delta', partial_json }))
  }
  if (block.type !== 'thinking') return []
  const { thinking, signature } = block as { readonly thinking?: string; readonly signature?: string }
  return [
    ...pieces(thinking ?? '', 24).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
    { type: 'signature_delta', signature: signature ?? '' },
  ]
}
