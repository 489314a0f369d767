import type { ContentBlockParam, MessageCreateParamsStreaming, MessageParam, TextBlockParam } from '@anthropic-ai/sdk/resources/messages'
import { plea } from '../conceding.ts'
import type { Block, Message, ModelRequest } from '../model.ts'

/**
 * The body of a call. No temperature, top_p or top_k: the models refuse them.
 *
 * Breakpoints of the cache: the system text (tools stand before it, so they are in), the last block, and the last block of the user
 * message before, where the previous call wrote. Claude looks back no further than 20 blocks from a breakpoint, and a turn with ten
 * parallel tools appends more than that.
 */
export const bodyOf = (request: ModelRequest, target: Target): MessageCreateParamsStreaming => ({
  model: target.model,
  max_tokens: request.max_tokens,
  stream: true,
  ...(request.system === ''
    ? {}
    : { system: [{ type: 'text', text: request.system, cache_control: breakpoint } satisfies TextBlockParam] }),
  ...(request.tools.length === 0 ? {} : { tools: toolsOf(request), tool_choice: choiceOf(request, target) }),
  messages: messagesOf(request, target),
})

export type Target = {
  readonly id: string
  readonly model: string
  /** The forced tool is asked for in words: the model takes no `tool_choice`. */
  readonly inWords: boolean
}

const breakpoint = { type: 'ephemeral' } as const

const toolsOf = (request: ModelRequest) =>
  request.tools.map(({ name, description, input_schema }, index) => ({
    name,
    description,
    input_schema: { ...input_schema, type: 'object' as const },
    ...(request.system === '' && index === request.tools.length - 1 ? { cache_control: breakpoint } : {}),
  }))

const choiceOf = (request: ModelRequest, target: Target) =>
  request.force === null || target.inWords ? { type: 'auto' as const } : { type: 'tool' as const, name: request.force }

const messagesOf = (request: ModelRequest, target: Target): MessageParam[] => {
  const messages = request.messages.map((message) => paramOf(message, target))
  const last = messages.at(-1)
  for (const message of [last, messages.at(-3)]) if (message?.role === 'user') mark(message.content)
  // After the mark: the plea is not part of the history, so it must not be part of what is cached.
  if (request.force !== null && target.inWords && last?.role === 'user') last.content.push({ type: 'text', text: plea(request.force) })
  return messages
}

type Param = { role: 'user' | 'assistant'; content: ContentBlockParam[] }

const paramOf = (message: Message, target: Target): Param => {
  const content = message.content.flatMap((block) => blockOf(block, target))
  // Claude refuses an empty message, and a turn may have been nothing but thinking of another model.
  return { role: message.role, content: content.length > 0 ? content : [{ type: 'text', text: '(nothing)' }] }
}

const mark = (content: ContentBlockParam[]): void => {
  const block = content.at(-1)
  if (block?.type === 'text' || block?.type === 'tool_result') block.cache_control = breakpoint
}

const blockOf = (block: Block, target: Target): ContentBlockParam[] => {
  switch (block.type) {
    case 'text':
      // Claude refuses empty text.
      return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }]
    case 'tool_use':
      return [{ type: 'tool_use', id: block.id, name: block.name, input: block.input ?? {} }]
    case 'tool_result':
      return [{ type: 'tool_result', tool_use_id: block.tool_use_id, content: block.content, is_error: block.is_error }]
    case 'opaque':
      // Thinking is signed for the model that thought it: any other refuses it. The value is as Claude gave it, so it needs no check.
      return block.provider === target.id ? [block.value as ContentBlockParam] : []
  }
}
