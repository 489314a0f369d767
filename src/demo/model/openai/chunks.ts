import type { Block, StopReason } from '../../../llm/model.ts'
import type { Turn } from '../script.ts'
import { BROKEN, pieces } from '../serving.ts'
import type { Dialect } from './wire.ts'

/** What a turn is told with. `broken`: in the place of every call's arguments. */
export type About = {
  readonly id: string
  readonly model: string
  readonly usage: ChatUsage
  readonly dialect: Dialect
  readonly broken: boolean
  /** The request asked for the usage. */
  readonly counts: boolean
}

export type ChatUsage = {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details: { readonly cached_tokens: number }
}

/** A turn as chunks of a stream, without `[DONE]`. */
export function* chunksOf(turn: Turn, about: About): Generator<object> {
  const { dialect, usage } = about
  const base = { id: about.id, object: 'chat.completion.chunk', created: 1_800_000_000, model: about.model }
  const counting = dialect.usage === 'in every chunk' ? { usage } : about.counts ? { usage: null } : {}
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason }],
    ...counting,
  })
  yield chunk({ role: 'assistant', content: '' })
  for (const thought of pieces('x'.repeat(dialect.thinks ?? 0), 24)) yield chunk({ reasoning_content: thought })
  for (const text of textsOf(turn)) for (const piece of pieces(text, 24)) yield chunk({ content: piece })
  for (const delta of callDeltas(turn, about)) yield chunk({ tool_calls: [delta] })
  yield chunk({}, dialect.end === 'no reason' ? null : reasonOf(turn, dialect))
  if (about.counts && dialect.usage === undefined) yield { ...base, choices: [], usage }
}

/** The same turn without streaming. */
export const wholeOf = (turn: Turn, about: About) => {
  const content = textsOf(turn).join('')
  const tool_calls = [...callDeltas(turn, { ...about, dialect: { ...about.dialect, calls: 'whole' } })]
  return {
    id: about.id,
    object: 'chat.completion',
    model: about.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: content || null, ...(tool_calls.length === 0 ? {} : { tool_calls }) },
        finish_reason: reasonOf(turn, about.dialect),
      },
    ],
    ...(about.dialect.usage === 'missing' ? {} : { usage: about.usage }),
  }
}

const textsOf = (turn: Turn): string[] => turn.content.flatMap((block) => (block.type === 'text' ? [block.text] : []))

type Use = Extract<Block, { type: 'tool_use' }>

function* callDeltas(turn: Turn, { dialect, broken }: About): Generator<object> {
  const calls = turn.content.filter((block): block is Use => block.type === 'tool_use')
  for (const [at, { id, name, input }] of calls.entries()) {
    const index = dialect.callIndex === 'missing' ? {} : { index: dialect.callIndex === 'zero' ? 0 : at }
    const head = {
      ...index,
      id: dialect.callIds === 'missing' ? '' : id,
      type: 'function',
      ...(dialect.signs && at === 0 ? { extra_content: { google: { thought_signature: `signature of ${id}` } } } : {}),
    }
    const json = broken ? BROKEN : JSON.stringify(input ?? {})
    if (dialect.calls === 'object') {
      yield { ...head, function: { name, arguments: input } }
      continue
    }
    // Without an index or an id nothing tells the pieces of two calls apart, and no such server sends any.
    if (dialect.calls === 'whole' || dialect.callIndex !== undefined || dialect.callIds !== undefined) {
      yield { ...head, function: { name, arguments: json } }
      continue
    }
    yield { ...head, function: { name, arguments: '' } }
    for (const piece of pieces(json, 16)) yield { ...index, function: { arguments: piece } }
  }
}

const REASONS: Readonly<Record<StopReason, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  refusal: 'content_filter',
  model_context_window_exceeded: 'model_length',
}

const reasonOf = (turn: Turn, { reasons }: Dialect): string => {
  const calls = turn.content.some(({ type }) => type === 'tool_use')
  const reason = REASONS[turn.stop ?? (calls ? 'tool_use' : 'end_turn')]
  return reasons === 'always stop' && reason === 'tool_calls' ? 'stop' : reason
}
