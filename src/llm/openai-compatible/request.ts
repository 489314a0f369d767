import { plea } from '../conceding.ts'
import type { Block, Message, ModelRequest, ToolSpec } from '../model.ts'
import { plainSchema } from './schema.ts'

/** What servers turn out not to take, each learned from a refusal. */
export type Concession =
  /** OpenAI's newer models: `max_completion_tokens` in the place of `max_tokens`. */
  | 'max_completion_tokens'
  | 'no stream_options'
  | 'no tool_choice'
  /** Gemini, where it takes only a part of JSON Schema. */
  | 'plain schemas'
  /** Gemini 3: each call of the history carries the signature of a thought. */
  | 'signatures'

/**
 * The body of a call. `max_tokens` and not the newer name, because Ollama knows only that and reads past the other without a word. A
 * forced tool is asked for by `tool_choice` and in words: Ollama also reads past the first
 * (https://github.com/ollama/ollama/issues/17921).
 */
export const bodyOf = (request: ModelRequest, { id, model, made }: Target): Body => ({
  model,
  messages: messagesOf(request, id, made.has('signatures')),
  ...(request.tools.length === 0 ? {} : { tools: request.tools.map((tool) => toolOf(tool, made.has('plain schemas'))) }),
  ...(request.force === null || made.has('no tool_choice') ? {} : { tool_choice: { type: 'function', function: { name: request.force } } }),
  [made.has('max_completion_tokens') ? 'max_completion_tokens' : 'max_tokens']: request.max_tokens,
  stream: true,
  ...(made.has('no stream_options') ? {} : { stream_options: { include_usage: true } }),
})

export type Target = { readonly id: string; readonly model: string; readonly made: ReadonlySet<Concession> }

type Body = Readonly<Record<string, unknown>>

const toolOf = ({ name, description, input_schema }: ToolSpec, plain: boolean) => {
  const { $schema: _, ...schema } = input_schema
  const parameters = { ...schema, type: 'object' }
  return { type: 'function', function: { name, description, parameters: plain ? plainSchema(parameters) : parameters } }
}

type Param =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }
  | { readonly role: 'assistant'; readonly content?: string; readonly tool_calls?: readonly CallParam[] }

type CallParam = {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
  readonly extra_content?: unknown
}

const messagesOf = (request: ModelRequest, id: string, signed: boolean): Param[] => {
  const shortened = shortIds(request.messages)
  const system: Param[] = request.system === '' ? [] : [{ role: 'system', content: request.system }]
  const history = request.messages.flatMap(({ role, content }) =>
    role === 'user' ? userParams(content, shortened) : [assistantParam(content, { id, signed, shortened })],
  )
  if (request.force === null) return [...system, ...history]
  const words = plea(request.force)
  const last = history.at(-1)
  // Templates of some models refuse two messages of a user in a row.
  return last?.role === 'user'
    ? [...system, ...history.slice(0, -1), { role: 'user', content: `${last.content}\n\n${words}` }]
    : [...system, ...history, { role: 'user', content: words }]
}

/** Results first: each call must be answered before anything else is said. */
const userParams = (content: readonly Block[], shortened: (id: string) => string): Param[] => {
  const results = content.flatMap((block): Param[] =>
    block.type === 'tool_result'
      ? [{ role: 'tool', tool_call_id: shortened(block.tool_use_id), content: resultOf(block.content, block.is_error) }]
      : [],
  )
  const text = textOf(content)
  return text === '' && results.length > 0 ? results : [...results, { role: 'user', content: text || NOTHING }]
}

/** Gemini refuses an empty content, and there is no field for a failure. */
const resultOf = (content: string, failed: boolean): string => `${failed ? 'Error: ' : ''}${content || NOTHING}`

const NOTHING = '(nothing)'

type Telling = { readonly id: string; readonly signed: boolean; readonly shortened: (id: string) => string }

const assistantParam = (content: readonly Block[], telling: Telling): Param => {
  const calls = callsOf(content, telling)
  const text = textOf(content)
  if (calls.length === 0) return { role: 'assistant', content: text || NOTHING }
  return { role: 'assistant', ...(text === '' ? {} : { content: text }), tool_calls: calls }
}

const callsOf = (content: readonly Block[], { id, signed, shortened }: Telling): CallParam[] => {
  const calls = content.flatMap((block, at): CallParam[] => {
    if (block.type !== 'tool_use') return []
    const extra = extraOf(content[at - 1], id)
    const called = { name: block.name, arguments: JSON.stringify(block.input ?? {}) }
    return [{ id: shortened(block.id), type: 'function', function: called, ...(extra === undefined ? {} : { extra_content: extra }) }]
  })
  const [first, ...others] = calls
  return !signed || first === undefined || first.extra_content !== undefined ? calls : [{ ...first, extra_content: UNSIGNED }, ...others]
}

/**
 * What Gemini documents for calls that another model made (https://ai.google.dev/gemini-api/docs/thought-signatures); of calls side by
 * side only the first is signed.
 */
const UNSIGNED = { google: { thought_signature: 'skip_thought_signature_validator' } }

/** What the same server gave with a call. */
const extraOf = (before: Block | undefined, provider: string): unknown => {
  if (before?.type !== 'opaque' || before.provider !== provider) return undefined
  const { value } = before
  return typeof value === 'object' && value !== null && 'extra_content' in value ? value.extra_content : undefined
}

const textOf = (content: readonly Block[]): string =>
  content.flatMap((block) => (block.type === 'text' && block.text.trim() !== '' ? [block.text] : [])).join('\n\n')

/** OpenAI refuses ids of more than 40 characters, and vLLM gives some of 46. By their place in the history, so that they stay the same. */
const shortIds = (messages: readonly Message[]): ((id: string) => string) => {
  const ids = messages.flatMap(({ content }) => content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : [])))
  const short = new Map(ids.flatMap((id, at) => (id.length > 40 ? [[id, `call_${at}_${id.slice(-24)}`] as const] : [])))
  return (id) => short.get(id) ?? id
}
