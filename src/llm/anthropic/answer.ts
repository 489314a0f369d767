import type {
  ContentBlock,
  MessageDeltaUsage,
  RawContentBlockDelta,
  RawMessageStreamEvent,
  Usage as WireUsage,
} from '@anthropic-ai/sdk/resources/messages'
import type { Block, ModelTurn, StopReason, Usage } from '../model.ts'
import { parseToolInput } from '../tool-input.ts'
import { troubled } from '../trouble.ts'

/** A whole turn from its events. Throws TransientError when they end before the turn does. `provider` is put on opaque blocks. */
export const answerOf = async (events: AsyncIterable<RawMessageStreamEvent>, provider: string): Promise<Omit<ModelTurn, 'ms'>> => {
  const drafts: Draft[] = []
  let model = ''
  let usage: Usage = { input: 0, output: 0, cache_read: 0, cache_write: 0 }
  let stop: string | null = null
  for await (const event of events) {
    switch (event.type) {
      case 'message_start':
        model = event.message.model
        usage = counted(usage, event.message.usage)
        break
      case 'content_block_start':
        drafts[event.index] = { block: { ...event.content_block }, json: '' }
        break
      case 'content_block_delta': {
        const draft = drafts[event.index]
        if (draft) append(draft, event.delta)
        break
      }
      case 'content_block_stop':
        break
      case 'message_delta':
        stop = event.delta.stop_reason
        usage = counted(usage, event.usage)
        break
      case 'message_stop':
        break
    }
  }
  // The SDK also ends the events of an aborted stream as if they were all.
  if (stop === null) throw troubled('broken', 'The stream from Claude ended before the turn did')
  const content = drafts.flatMap((draft) => blockOf(draft, provider))
  return { content, stop: reasonOf(stop, content), usage, model }
}

/** A block as it grows. Fields are Claude's and not all known to us. */
type Draft = { block: ContentBlock & Record<string, unknown>; json: string }

/** Deltas name the field that grows, so that kinds of blocks which we do not know yet are kept whole too. */
const append = (draft: Draft, delta: RawContentBlockDelta): void => {
  if (delta.type === 'input_json_delta') {
    draft.json += delta.partial_json
    return
  }
  for (const [field, value] of Object.entries(delta)) {
    if (field === 'type') continue
    const before = draft.block[field]
    Object.assign(draft.block, { [field]: typeof before === 'string' && typeof value === 'string' ? before + value : value })
  }
}

const blockOf = ({ block, json }: Draft, provider: string): Block[] => {
  if (block.type === 'text') return block.text === '' ? [] : [{ type: 'text', text: block.text }]
  if (block.type === 'tool_use') {
    const input = json === '' && block.input !== undefined ? block.input : parseToolInput(json)
    return [{ type: 'tool_use', id: block.id, name: block.name, input }]
  }
  const value = json === '' ? block : { ...block, input: parseToolInput(json) }
  return [{ type: 'opaque', provider, value }]
}

/** Counts in the stream are cumulative, and a null says nothing. */
const counted = (before: Usage, wire: WireUsage | MessageDeltaUsage): Usage => ({
  input: wire.input_tokens ?? before.input,
  output: wire.output_tokens ?? before.output,
  cache_read: wire.cache_read_input_tokens ?? before.cache_read,
  cache_write: wire.cache_creation_input_tokens ?? before.cache_write,
})

const reasons: ReadonlySet<string> = new Set<StopReason>([
  'end_turn',
  'tool_use',
  'max_tokens',
  'stop_sequence',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
])

/** A reason that we do not know yet is read from what the turn holds. */
const reasonOf = (stop: string, content: readonly Block[]): StopReason => {
  if (isReason(stop)) return stop
  return content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'
}

const isReason = (text: string): text is StopReason => reasons.has(text)
