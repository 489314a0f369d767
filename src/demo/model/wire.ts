/** What of Claude's Messages API (2026-10-21) the fake reads. Fields it does not know pass unread. */
export type MessagesRequest = {
  readonly model: string
  readonly max_tokens: number
  readonly stream?: boolean
  readonly system?: string | readonly WireBlock[]
  readonly tools?: readonly WireTool[]
  readonly tool_choice?: { readonly type: 'auto' | 'any' | 'tool' | 'none'; readonly name?: string }
  readonly messages: readonly WireMessage[]
  readonly cache_control?: unknown
  readonly thinking?: unknown
}

export type WireMessage = { readonly role: 'user' | 'assistant'; readonly content: string | readonly WireBlock[] }

export type WireTool = {
  readonly name: string
  readonly description?: string
  readonly input_schema?: unknown
  readonly cache_control?: unknown
}

/** One block of content; which fields there are is up to `type`. */
export type WireBlock = {
  readonly type: string
  readonly text?: string
  readonly id?: string
  readonly name?: string
  readonly input?: unknown
  readonly tool_use_id?: string
  readonly content?: unknown
  readonly is_error?: boolean
  readonly cache_control?: unknown
}

export type WireUsage = {
  readonly input_tokens: number
  readonly cache_read_input_tokens: number
  readonly cache_creation_input_tokens: number
  readonly output_tokens: number
}

/** The blocks of a message or a system text; a bare string is one block of text. */
export const blocksOf = (content: string | readonly WireBlock[] | undefined): readonly WireBlock[] => {
  if (content === undefined) return []
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}
