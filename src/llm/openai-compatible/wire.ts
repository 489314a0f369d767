import { z } from 'zod'

/**
 * What of a Chat Completions chunk is read. Servers differ in nearly every field, so that all may be missing or null; what is there must
 * have its type.
 */
const call = z.looseObject({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.unknown().optional() }).nullish(),
  /** Gemini's, with the signature of the thought behind the call. */
  extra_content: z.unknown().optional(),
})

const delta = z.looseObject({
  /** Parts instead of a text: Mistral, for models that think. */
  content: z.union([z.string(), z.array(z.looseObject({ text: z.string().nullish() }))]).nullish(),
  refusal: z.string().nullish(),
  /** What a model thought: DeepSeek's and older vLLM's name, then Ollama's and newer vLLM's. */
  reasoning_content: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  tool_calls: z.array(call).nullish(),
})

const count = z.number().nullish()

const usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish(),
  /** DeepSeek's name for cached tokens. */
  prompt_cache_hit_tokens: count,
})

const chunk = z.looseObject({
  model: z.string().nullish(),
  choices: z.array(z.looseObject({ delta: delta.nullish(), message: delta.nullish(), finish_reason: z.string().nullish() })).nullish(),
  usage: usage.nullish(),
})

export type Chunk = z.infer<typeof chunk>
export type Delta = z.infer<typeof delta>
export type CallDelta = z.infer<typeof call>
export type WireUsage = z.infer<typeof usage>

/** A chunk from its JSON, or undefined for what is none. */
export const chunkOf = (value: unknown): Chunk | undefined => chunk.safeParse(value).data

export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
