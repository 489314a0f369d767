import { PermanentError } from '../errors.ts'
import { mapFenced } from '../text/fence.ts'
import { mapTexts } from '../text/map-texts.ts'
import type { Block, Model, ModelRequest } from './model.ts'

/**
 * A model that is sent only what `redact` lets through: system text, tool descriptions, message texts, the strings of tool inputs and
 * tool results. `redact` must give the same text for the same text, or nothing can be cached. Opaque blocks pass untouched: they came
 * from the provider, and it refuses them changed. Fenced data is redacted string by string.
 *
 * Throws PermanentError when `redact` throws; nothing was sent then.
 */
export const redacting = (model: Model, redact: (text: string) => string): Model => ({
  id: model.id,
  silenceMs: model.silenceMs ?? 0,
  fallsBackTo: model.fallsBackTo ?? [],
  complete: async (request, signal) => model.complete(redacted(request, redact), signal),
})

const redacted = (request: ModelRequest, redact: (text: string) => string): ModelRequest => {
  try {
    return {
      ...request,
      system: redact(request.system),
      tools: request.tools.map((tool) => ({ ...tool, description: redact(tool.description) })),
      messages: request.messages.map(({ role, content }) => ({ role, content: content.map((block) => redactedBlock(block, redact)) })),
    }
  } catch (error) {
    // Only the error's name goes on: its message may quote the very text that must not leave, and messages are logged.
    throw new PermanentError(`redaction failed, nothing was sent (${error instanceof Error ? error.name : typeof error})`)
  }
}

const redactedBlock = (block: Block, redact: (text: string) => string): Block => {
  switch (block.type) {
    case 'text':
      return { ...block, text: mapFenced(block.text, redact) }
    case 'tool_use':
      return { ...block, input: mapTexts(block.input, redact) }
    case 'tool_result':
      return { ...block, content: mapFenced(block.content, redact) }
    case 'opaque':
      return block
  }
}
