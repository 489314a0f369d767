import type { ChatCall, ChatMessage, ChatRequest, ChatTool, Dialect } from './wire.ts'

/**
 * What the server would say against a request, or undefined when it would take it. Strict in what any of OpenAI, Gemini, Ollama and vLLM
 * refuses, so that a history which passes here is valid for each.
 */
export const faultOf = (body: ChatRequest, dialect: Dialect): Fault | undefined => {
  if (typeof body.model !== 'string') return fault('you must provide a model parameter')
  if (!Array.isArray(body.messages)) return fault("Missing required parameter: 'messages'.")
  return fieldFault(body, dialect) ?? toolsFault(body, dialect) ?? messagesFault(body.messages) ?? signatureFault(body.messages, dialect)
}

export type Fault = { readonly message: string; readonly code?: string }

const fault = (message: string, code?: string): Fault => ({ message, ...(code === undefined ? {} : { code }) })

const FIELDS = ['model', 'messages', 'tools', 'tool_choice', 'max_tokens', 'max_completion_tokens', 'stream', 'stream_options']

const fieldFault = (body: ChatRequest, { limit, streamOptions }: Dialect): Fault | undefined => {
  const unknown = Object.keys(body).find((field) => !FIELDS.includes(field))
  if (unknown !== undefined) return fault(`Unrecognized request argument supplied: ${unknown}`)
  if (limit === 'max_completion_tokens' && body.max_tokens !== undefined)
    return fault(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'unsupported_parameter',
    )
  if (limit === 'max_tokens' && body.max_completion_tokens !== undefined) return fault('Unknown parameter: max_completion_tokens')
  if (streamOptions === 'refused' && body.stream_options !== undefined) return fault('stream_options: Extra inputs are not permitted')
  if (body.stream_options !== undefined && body.stream !== true)
    return fault("The 'stream_options' parameter is only allowed when 'stream' is enabled.")
  return undefined
}

const NAME = /^[a-zA-Z0-9_-]{1,64}$/

const toolsFault = ({ tools, tool_choice }: ChatRequest, dialect: Dialect): Fault | undefined => {
  if (tools?.length === 0) return fault("[] is too short - 'tools'")
  const names = (tools ?? []).map(({ function: { name } }) => name)
  const bad = names.findIndex((name) => !NAME.test(name))
  if (bad >= 0)
    return fault(
      `Invalid 'tools[${bad}].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    )
  for (const [at, tool] of (tools ?? []).entries()) {
    const keyword = dialect.schemas === 'plain' ? strangeKeyword(tool) : undefined
    if (keyword !== undefined)
      return fault(
        `Invalid JSON payload received. Unknown name "${keyword}" at 'tools[0].function_declarations[${at}].parameters': Cannot find field.`,
      )
  }
  if (typeof tool_choice !== 'object') return undefined
  const forced = tool_choice.function?.name ?? ''
  if (!names.includes(forced))
    return fault(`Invalid value for 'tool_choice': no function named "${forced}" was specified in the 'tools' parameter.`)
  return dialect.toolChoice === 'refused' ? fault('tool_choice is not supported by this model') : undefined
}

const PLAIN =
  /^(type|title|description|nullable|enum|required|minItems|maxItems|minimum|maximum|minLength|maxLength|pattern|anyOf|items|properties)$/

const strangeKeyword = ({ function: { parameters } }: ChatTool): string | undefined => strangeIn(parameters)

const strangeIn = (schema: unknown): string | undefined => {
  if (typeof schema !== 'object' || schema === null) return undefined
  for (const [keyword, value] of Object.entries(schema)) {
    if (!PLAIN.test(keyword)) return keyword
    const inner = keyword === 'properties' ? Object.values(value ?? {}) : keyword === 'items' ? [value] : keyword === 'anyOf' ? value : []
    const found = inner.map(strangeIn).find((one: string | undefined) => one !== undefined)
    if (found !== undefined) return found
  }
  return undefined
}

const messagesFault = (messages: readonly ChatMessage[]): Fault | undefined => {
  if (messages.length === 0) return fault("[] is too short - 'messages'")
  for (const at of messages.keys()) {
    const found = messageFault(messages, at)
    if (found !== undefined) return found
  }
  const last = messages.at(-1)?.role
  return last === 'user' || last === 'tool' ? undefined : fault('The last message must be from a user or a tool.')
}

const messageFault = (messages: readonly ChatMessage[], at: number): Fault | undefined => {
  const message = messages[at]
  switch (message?.role) {
    case 'system':
      return at === 0 ? contentFault(message, at) : fault('System message must be at the beginning.')
    case 'user':
      // Templates of Gemma and Mistral, in vLLM.
      return messages[at - 1]?.role === 'user'
        ? fault('Conversation roles must alternate user/assistant/user/assistant/...')
        : contentFault(message, at)
    case 'assistant':
      return assistantFault(messages, at)
    case 'tool':
      return contentFault(message, at) ?? strayFault(messages, at)
    default:
      return fault(
        `Invalid value: '${message?.role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
      )
  }
}

const contentFault = ({ content }: ChatMessage, at: number): Fault | undefined => {
  if (typeof content !== 'string')
    return fault(`Invalid value for 'content': expected a string, got ${content === null ? 'null' : typeof content}.`)
  return content === '' ? fault(`messages.${at}: contents must not be empty`) : undefined
}

const assistantFault = (messages: readonly ChatMessage[], at: number): Fault | undefined => {
  const { content, tool_calls: calls } = messages[at] ?? { role: '' }
  if (calls === undefined) return content ? undefined : fault(`messages.${at}: an assistant message needs content or tool_calls`)
  if (calls.length === 0) return fault(`[] is too short - 'messages.${at}.tool_calls'`)
  const ids = calls.map(({ id }) => id)
  if (new Set(ids).size < ids.length) return fault(`messages.${at}: duplicate tool_call ids`)
  const bad = calls.map((call, index) => callFault(call, `messages[${at}].tool_calls[${index}]`)).find((one) => one !== undefined)
  if (bad !== undefined) return bad
  const answered = answersAfter(messages, at)
  const missing = ids.filter((id) => !answered.includes(id))
  return missing.length === 0
    ? undefined
    : fault(
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${missing.join(', ')}`,
      )
}

const callFault = ({ id, type, function: called }: ChatCall, place: string): Fault | undefined => {
  if (!id) return fault(`Missing required parameter: '${place}.id'.`)
  if (id.length > 40)
    return fault(
      `Invalid '${place}.id': string too long. Expected a string with maximum length 40, but got a string with length ${id.length} instead.`,
    )
  if (type !== 'function') return fault(`Invalid value for '${place}.type'.`)
  if (!NAME.test(called.name)) return fault(`Invalid '${place}.function.name': string does not match pattern.`)
  try {
    const input: unknown = JSON.parse(called.arguments)
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return undefined
  } catch {
    // Falls through: Ollama refuses both alike.
  }
  return fault('invalid tool call arguments')
}

const answersAfter = (messages: readonly ChatMessage[], at: number): string[] => {
  const rest = messages.slice(at + 1)
  const end = rest.findIndex(({ role }) => role !== 'tool')
  return rest.slice(0, end < 0 ? undefined : end).map(({ tool_call_id }) => tool_call_id ?? '')
}

const strayFault = (messages: readonly ChatMessage[], at: number): Fault | undefined => {
  const caller = messages.slice(0, at).findLast(({ role }) => role !== 'tool')
  const called = caller?.tool_calls?.some(({ id }) => id === messages[at]?.tool_call_id) === true
  return called
    ? undefined
    : fault("Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.")
}

const signatureFault = (messages: readonly ChatMessage[], { signs }: Dialect): Fault | undefined => {
  const unsigned = messages.map(({ tool_calls }) => tool_calls?.[0]).find((call) => call && !call.extra_content?.google?.thought_signature)
  return signs && unsigned
    ? fault(`Function call is missing a thought_signature in functionCall parts: ${unsigned.function.name}.`)
    : undefined
}
