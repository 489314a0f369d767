/** One part of a message to or from a model, in the terms of Claude's Messages API. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }
  | { readonly type: 'tool_result'; readonly tool_use_id: string; readonly content: string; readonly is_error: boolean }
  /** What the provider wants back unread in the next turn (thinking and the like). */
  | { readonly type: 'opaque'; readonly provider: string; readonly value: unknown }

export type Message = { readonly role: 'user' | 'assistant'; readonly content: readonly Block[] }

/** A tool as the model sees it; `input_schema` is JSON Schema. */
export type ToolSpec = { readonly name: string; readonly description: string; readonly input_schema: Readonly<Record<string, unknown>> }

export type ModelRequest = {
  /** Static text: byte-stable, so that it can be cached. */
  readonly system: string
  /** In a fixed order, for the same reason. */
  readonly tools: readonly ToolSpec[]
  readonly messages: readonly Message[]
  readonly max_tokens: number
  /** The name of the one tool that must be called, or null for a free choice. */
  readonly force: string | null
}

/** Every way in which a turn can end; `cut` is ours: the stream broke, and what is there is not a turn. */
export type StopReason =
  | 'end_turn'
  | 'tool_use'
  | 'max_tokens'
  | 'stop_sequence'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded'

/** Tokens by price bucket. `input` is without what was read from or written to the cache. */
export type Usage = { readonly input: number; readonly output: number; readonly cache_read: number; readonly cache_write: number }

export type ModelTurn = {
  readonly content: readonly Block[]
  readonly stop: StopReason
  readonly usage: Usage
  /** The model that answered, as the provider names it. */
  readonly model: string
  /** Wall time of the call in milliseconds. */
  readonly ms: number
  /** The steps of the ladder that gave no answer, in order; not there when the first one did. */
  readonly fell_back?: readonly FellBack[]
}

export type FellBack = {
  /** The id of the model that was passed over. */
  readonly from: string
  /** Why, in a few words for the footer: `overloaded`, `rate limit`, `silent`. */
  readonly because: string
}

/**
 * A language model. Throws TransientError for what may pass (overload, rate limit, a broken stream), PermanentError for what
 * will not (a key that is refused, a request that is not understood).
 */
export type Model = {
  readonly id: string
  /** Milliseconds of silence after which it is given up, with all that it falls back to. Undefined: not known. */
  readonly silenceMs?: number
  /** The ids of all that may answer in its place: a budget counts with the dearest. */
  readonly fallsBackTo?: readonly string[]
  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelTurn>
}
