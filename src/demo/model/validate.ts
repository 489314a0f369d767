import { blocksOf, type MessagesRequest, type WireBlock, type WireMessage } from './wire.ts'

/**
 * What Claude would say against a request (the message of its invalid_request_error), or undefined when it would take it. Stricter
 * than Claude in one thing: roles must alternate, because neighbours of one role mean that our history is wrong.
 */
export const faultOf = (body: unknown, refusesForce: readonly string[]): string | undefined => {
  if (!isRequest(body)) return 'messages: Field required'
  return fieldFault(body) ?? toolsFault(body, refusesForce) ?? messagesFault(body.messages) ?? cacheFault(body)
}

const isRequest = (body: unknown): body is MessagesRequest =>
  typeof body === 'object' && body !== null && 'messages' in body && Array.isArray(body.messages)

const fieldFault = (body: MessagesRequest): string | undefined => {
  if (typeof body.model !== 'string') return 'model: Field required'
  if (typeof body.max_tokens !== 'number') return 'max_tokens: Field required'
  const sampling = ['temperature', 'top_p', 'top_k'].find((field) => field in body)
  return sampling && `\`${sampling}\` is deprecated for this model.`
}

const toolsFault = (body: MessagesRequest, refusesForce: readonly string[]): string | undefined => {
  const names = (body.tools ?? []).map(({ name }) => name)
  const bad = names.findIndex((name) => !/^[a-zA-Z0-9_-]{1,128}$/.test(name))
  if (bad >= 0) return `tools.${bad}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`
  if (new Set(names).size < names.length) return 'tools: Tool names must be unique.'
  const choice = body.tool_choice
  if (choice === undefined) return undefined
  if (names.length === 0 && choice.type !== 'none') return 'tool_choice may only be specified while providing tools.'
  if (choice.type === 'tool' && !names.includes(choice.name ?? '')) return `Tool '${choice.name}' not found in provided tools`
  // That these models refuse is documented (https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5); the words are ours.
  if ((choice.type === 'tool' || choice.type === 'any') && refusesForce.includes(body.model))
    return `tool_choice: type "${choice.type}" is not supported on this model. Use "auto" or "none".`
  return undefined
}

const messagesFault = (messages: readonly WireMessage[]): string | undefined => {
  if (messages.length === 0) return 'messages: at least one message is required'
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role'
  for (const [at, message] of messages.entries()) {
    const fault = messageFault(message, at) ?? orderFault(messages, at) ?? resultsFault(messages, at)
    if (fault !== undefined) return fault
  }
  if (messages.at(-1)?.role === 'assistant')
    return 'This model does not support assistant message prefill. The conversation must end with a user message.'
  return undefined
}

const orderFault = (messages: readonly WireMessage[], at: number): string | undefined => {
  const role = messages[at]?.role
  return at > 0 && messages[at - 1]?.role === role
    ? `messages: roles must alternate between "user" and "assistant", but found multiple "${role}" roles in a row`
    : undefined
}

const KINDS = ['text', 'image', 'document', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking', 'server_tool_use']

const messageFault = ({ content }: WireMessage, at: number): string | undefined => {
  const blocks = blocksOf(content)
  if (blocks.length === 0) return `messages.${at}: all messages must have non-empty content except for the optional final assistant message`
  for (const [index, block] of blocks.entries()) {
    const place = `messages.${at}.content.${index}`
    if (!KINDS.includes(block.type))
      return `${place}: Input tag '${block.type}' found using 'type' does not match any of the expected tags: ${KINDS.map((kind) => `'${kind}'`).join(', ')}`
    if (block.type === 'text' && !block.text) return 'messages: text content blocks must be non-empty'
    if (block.type === 'tool_use' && !isObject(block.input)) return `${place}.tool_use.input: Input should be an object`
  }
  return undefined
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every call of a tool is answered in the next message, once, and nothing is answered that was not called. */
const resultsFault = (messages: readonly WireMessage[], at: number): string | undefined => {
  const called = idsOf(messages[at], 'tool_use', 'id')
  const answered = idsOf(messages[at + 1], 'tool_result', 'tool_use_id')
  const missing = called.filter((id) => !answered.includes(id))
  if (missing.length > 0)
    return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`
  const before = idsOf(messages[at - 1], 'tool_use', 'id')
  const results = idsOf(messages[at], 'tool_result', 'tool_use_id')
  const unasked = results.find((id) => !before.includes(id))
  if (unasked !== undefined)
    return `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unasked}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`
  const twice = results.find((id, index) => results.indexOf(id) !== index)
  return twice && `messages.${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${twice}`
}

const idsOf = (message: WireMessage | undefined, type: string, field: 'id' | 'tool_use_id'): string[] =>
  blocksOf(message?.content).flatMap((block: WireBlock) => (block.type === type ? [block[field] ?? ''] : []))

const cacheFault = (body: MessagesRequest): string | undefined => {
  const marked = [...(body.tools ?? []), ...blocksOf(body.system), ...body.messages.flatMap(({ content }) => blocksOf(content))]
  const count = marked.filter(({ cache_control }) => cache_control).length + (body.cache_control ? 1 : 0)
  return count > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${count}.` : undefined
}
