import { plea } from '../../../llm/conceding.ts'
import type { MessagesRequest, WireBlock, WireMessage } from '../wire.ts'

/** What of a Chat Completions request the fake reads. */
export type ChatRequest = {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly tools?: readonly ChatTool[]
  readonly tool_choice?: string | { readonly type: string; readonly function?: { readonly name?: string } }
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

export type ChatMessage = {
  readonly role: string
  readonly content?: string | null
  readonly tool_calls?: readonly ChatCall[]
  readonly tool_call_id?: string
}

export type ChatCall = {
  readonly id: string
  readonly type: string
  readonly function: { readonly name: string; readonly arguments: string }
  readonly extra_content?: { readonly google?: { readonly thought_signature?: string } }
}

export type ChatTool = {
  readonly type: string
  readonly function: { readonly name: string; readonly description?: string; readonly parameters?: unknown }
}

/** In which a server differs from OpenAI's. Each is documented of one at least; docs/models.md says of which. */
export type Dialect = {
  /** The one name of the limit that is taken; the other is refused. Without it: both. */
  readonly limit?: 'max_tokens' | 'max_completion_tokens'
  readonly toolChoice?: 'refused' | 'ignored'
  readonly callIds?: 'missing'
  readonly callIndex?: 'zero' | 'missing'
  /** Calls come whole in one chunk; `object`: with arguments that are no text. */
  readonly calls?: 'whole' | 'object'
  readonly usage?: 'missing' | 'in every chunk'
  readonly streamOptions?: 'refused'
  /** How errors are wrapped. */
  readonly errors?: 'list' | 'text' | 'flat' | 'detail'
  /** The stream ends without `[DONE]`, or without a reason. */
  readonly end?: 'no done' | 'no reason'
  /** Answers at once although a stream was asked for. */
  readonly streams?: false
  /** Gives the first call of a turn a signature, and refuses a history with a call that lacks it. */
  readonly signs?: true
  /** Refuses JSON Schema that Gemini does not know. */
  readonly schemas?: 'plain'
  /** `stop` also where a tool was called. */
  readonly reasons?: 'always stop'
  /** Thinks so many characters aloud; they are not in `completion_tokens`. */
  readonly thinks?: number
}

/** The request in the terms of the scripts. */
export const asMessages = (request: ChatRequest): MessagesRequest => {
  const messages: { role: 'user' | 'assistant'; content: WireBlock[] }[] = []
  for (const message of request.messages) {
    if (message.role === 'system') continue
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    if (messages.at(-1)?.role !== role) messages.push({ role, content: [] })
    messages.at(-1)?.content.push(...blocksIn(message))
  }
  const forced = forcedTool(request)
  return {
    model: request.model,
    max_tokens: request.max_tokens ?? request.max_completion_tokens ?? 0,
    system: request.messages.find(({ role }) => role === 'system')?.content ?? '',
    tools: (request.tools ?? []).map(({ function: { name, description, parameters } }) => ({
      name,
      ...(description === undefined ? {} : { description }),
      input_schema: parameters,
    })),
    ...(forced === null ? {} : { tool_choice: { type: 'tool', name: forced } }),
    messages: messages satisfies WireMessage[],
  }
}

const blocksIn = (message: ChatMessage): WireBlock[] => {
  if (message.role === 'tool') return [{ type: 'tool_result', tool_use_id: message.tool_call_id ?? '', content: message.content ?? '' }]
  const text: WireBlock[] = message.content ? [{ type: 'text', text: message.content }] : []
  const calls = (message.tool_calls ?? []).map(
    ({ id, function: called }): WireBlock => ({ type: 'tool_use', id, name: called.name, input: JSON.parse(called.arguments) }),
  )
  return [...text, ...calls]
}

/** The tool that a request insists on, by `tool_choice` or in words; null when it is free. */
export const forcedTool = (request: ChatRequest): string | null => {
  const choice = request.tool_choice
  if (typeof choice === 'object') return choice.function?.name ?? null
  const last = request.messages.at(-1)?.content ?? ''
  return request.tools?.find(({ function: { name } }) => last.endsWith(plea(name)))?.function.name ?? null
}
