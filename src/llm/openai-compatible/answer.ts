import type { Block, ModelTurn, StopReason, Usage } from '../model.ts'
import { troubled } from '../trouble.ts'
import { addCall, blocksOfCalls, type Draft } from './calls.ts'
import type { Chunk, Delta, WireUsage } from './wire.ts'

/** A whole turn from its chunks. Throws TransientError when they end before the turn does. */
export const answerOf = async (chunks: AsyncIterable<Chunk | 'done'>, about: About): Promise<Omit<ModelTurn, 'ms'>> => {
  const turn: Growing = { text: '', refusal: '', thought: 0, drafts: [], model: '', finish: null, usage: undefined }
  let done = false
  for await (const chunk of chunks) {
    done = chunk === 'done'
    if (chunk === 'done') break
    add(turn, chunk)
  }
  // Some servers say only one of both: the reason, or that the stream is complete.
  if (turn.finish === null && !done) throw troubled('broken', `The stream from ${about.who} ended before the turn did`)
  if (failures.has(turn.finish ?? '')) throw troubled('unavailable', `${about.who} gave up in the middle of its answer (${turn.finish})`)
  const said = turn.text + turn.refusal
  const text: Block[] = said === '' ? [] : [{ type: 'text', text: said }]
  const content = [...text, ...blocksOfCalls(turn.drafts, about.provider, about.calls)]
  return { content, stop: stopOf(turn), usage: usageOf(turn, about), model: turn.model || about.model }
}

export type About = {
  readonly who: string
  readonly provider: string
  /** The model that was asked. */
  readonly model: string
  /** Tool calls in the history. */
  readonly calls: number
  /** Characters of the request. */
  readonly asked: number
}

type Growing = {
  text: string
  refusal: string
  /** Characters of what the model thought; it is paid for and not kept. */
  thought: number
  drafts: Draft[]
  model: string
  finish: string | null
  usage: WireUsage | undefined
}

const add = (turn: Growing, { model, choices, usage }: Chunk): void => {
  turn.model ||= model ?? ''
  // In the last chunk by the book; in every one, and cumulative, at Gemini's.
  turn.usage = usage ?? turn.usage
  const choice = choices?.[0]
  if (choice === undefined) return
  turn.finish = choice.finish_reason ?? turn.finish
  const delta = choice.delta ?? choice.message
  if (delta) grow(turn, delta)
}

const grow = (turn: Growing, delta: Delta): void => {
  const { content, refusal, reasoning_content, reasoning, tool_calls } = delta
  turn.text += typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join('')
  turn.refusal += refusal ?? ''
  const thought = reasoning_content ?? reasoning
  turn.thought += typeof thought === 'string' ? thought.length : 0
  for (const call of tool_calls ?? []) addCall(turn.drafts, call)
}

/** Reasons with which vLLM (abort, error), OpenRouter (error) and DeepSeek end what they could not finish. */
const failures: ReadonlySet<string> = new Set(['abort', 'error', 'insufficient_system_resource'])

const stopOf = ({ finish, refusal, drafts }: Growing): StopReason => {
  if (refusal !== '' || /^content_filter|safety/i.test(finish ?? '')) return 'refusal'
  if (finish === 'length') return 'max_tokens'
  // Mistral's word.
  if (finish === 'model_length') return 'model_context_window_exceeded'
  // Not by the reason: Gemini and Ollama say `stop` also where a tool was called.
  return drafts.length > 0 ? 'tool_use' : 'end_turn'
}

/**
 * `prompt_tokens` includes what came from a cache; a write to it is not told and costs nothing extra. Gemini leaves what it thought out
 * of `completion_tokens` but not of the total. A server that tells nothing is counted at 4 characters a token, so that a budget still holds.
 */
const usageOf = ({ usage, text, refusal, thought, drafts }: Growing, { asked }: About): Usage => {
  const written = text.length + refusal.length + thought + drafts.reduce((sum, draft) => sum + draft.name.length + draft.json.length, 0)
  const prompt = whole(usage?.prompt_tokens)
  if (prompt === 0) return { input: Math.ceil(asked / 4), output: Math.max(1, Math.ceil(written / 4)), cache_read: 0, cache_write: 0 }
  const cached = Math.min(prompt, whole(usage?.prompt_tokens_details?.cached_tokens ?? usage?.prompt_cache_hit_tokens))
  const output = Math.max(whole(usage?.completion_tokens), whole(usage?.total_tokens) - prompt)
  return { input: prompt - cached, output, cache_read: cached, cache_write: 0 }
}

const whole = (count: number | null | undefined): number => (Number.isFinite(count) ? Math.max(0, Math.round(count ?? 0)) : 0)
