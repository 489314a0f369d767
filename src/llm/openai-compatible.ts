import type { Clock, Fetch } from '../context.ts'
import { type ConcedingCall, conceding, refusesForce } from './conceding.ts'
import type { Model, ModelRequest, ModelTurn } from './model.ts'
import { answerOf } from './openai-compatible/answer.ts'
import { dataOf } from './openai-compatible/events.ts'
import { type Refusal, refusalIn, refusalOf } from './openai-compatible/refusal.ts'
import { bodyOf, type Concession } from './openai-compatible/request.ts'
import { type Chunk, chunkOf, jsonOf } from './openai-compatible/wire.ts'
import { listenedTo, SILENCE_MS } from './silence.ts'
import { originOf, type Trouble, troubled, troubleOf } from './trouble.ts'

/**
 * A model behind the streaming Chat Completions API: OpenAI, Gemini's compatible endpoint, Ollama, vLLM and others like them.
 *
 * Never retries on its own, except without what the server turns out not to take (`Concession`), once for each. A call ends in silence
 * after `idleMs` (25 s unless told) without a byte. Whoever forces a tool must look whether it was called: Ollama takes `tool_choice` and
 * does nothing with it. What a model thought is not kept, except Gemini's signatures, which it wants back.
 *
 * A history that is too long for the model is a turn without content that ended with `model_context_window_exceeded`. Throws
 * TransientError for overload, rate limits, 5xx, a broken stream and silence; PermanentError for what the server refuses; the signal's
 * reason when the signal aborts.
 */
export const openaiCompatible = (options: OpenaiOptions): Model => {
  const id = `openai/${options.model}`
  const server: Server = { ...options, id, who: hostOf(options.baseUrl) }
  const asked: ConcedingCall<Concession> = (request, signal, made) => call(server, { request, signal, made })
  return { id, silenceMs: options.idleMs ?? SILENCE_MS, complete: conceding(asked, concessionFor) }
}

export type OpenaiOptions = {
  /** Undefined: none is sent; a server of one's own needs none. */
  readonly apiKey: string | undefined
  /** With the version: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  readonly model: string
  readonly fetch: Fetch
  readonly clock: Clock
  /** Milliseconds without a byte after which a call is given up. */
  readonly idleMs?: number
}

type Server = OpenaiOptions & { readonly id: string; readonly who: string }

type Call = { readonly request: ModelRequest; readonly signal: AbortSignal; readonly made: ReadonlySet<Concession> }

const hostOf = (url: string): string => URL.parse(url)?.host ?? url

const call = async (server: Server, { request, signal, made }: Call): Promise<ModelTurn> => {
  const start = server.clock.monotonic()
  const body = JSON.stringify(bodyOf(request, { id: server.id, model: server.model, made }))
  return await listenedTo(server, signal, async (fetch, stop) => {
    try {
      const response = await send(server, body, { network: fetch, stop })
      const calls = request.messages.flatMap(({ content }) => content.filter(({ type }) => type === 'tool_use')).length
      const about = { who: server.who, provider: server.id, model: server.model, calls, asked: body.length }
      return { ...(await answerOf(chunksOf(server, response), about)), ms: server.clock.monotonic() - start }
    } catch (error) {
      const refusal = originOf(error)
      if (isRefusal(refusal) && refusal.trouble === 'context') return tooLong(server, server.clock.monotonic() - start)
      if (troubleOf(error) !== undefined) throw error
      // Node says "fetch failed" and keeps the reason in the cause.
      const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : String(error)
      throw troubled('broken', `The connection to ${server.who} broke: ${reason}`, { from: error })
    }
  })
}

type Line = { readonly network: Fetch; readonly stop: AbortSignal }

const send = async (server: Server, body: string, { network, stop }: Line): Promise<Response> => {
  const response = await network(`${server.baseUrl.replace(/\/+$/, '')}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(server.apiKey === undefined ? {} : { authorization: `Bearer ${server.apiKey}` }),
    },
    body,
    signal: stop,
    // The key goes to the configured host and to no other.
    redirect: 'error',
  })
  if (!response.ok) throw refused(server, refusalOf(response, await response.text(), server.clock))
  return response
}

async function* chunksOf(server: Server, response: Response): AsyncGenerator<Chunk | 'done'> {
  // Some servers, and OpenAI's compatible proxies, answer at once although a stream was asked for.
  if (/\bjson\b/.test(response.headers.get('content-type') ?? '')) {
    yield chunkIn(server, await response.text())
    return
  }
  if (response.body === null) return
  for await (const data of dataOf(response.body)) {
    if (data.trim() === '[DONE]') {
      yield 'done'
      return
    }
    yield chunkIn(server, data)
  }
}

const chunkIn = (server: Server, data: string): Chunk => {
  const value = jsonOf(data)
  const refusal = refusalIn(value)
  if (refusal !== undefined) throw refused(server, refusal)
  const chunk = chunkOf(value)
  if (chunk === undefined) throw troubled('broken', `${server.who} sent what is no chunk of an answer`)
  return chunk
}

const refused = (server: Server, refusal: Refusal): Error => {
  const { trouble, afterMs } = refusal
  const said = server.apiKey === undefined ? refusal.said : refusal.said.replaceAll(server.apiKey, '[key]')
  const kind = trouble === 'context' ? 'request' : trouble
  return troubled(kind, wordsFor(kind, server, { ...refusal, said }), { from: { ...refusal, said }, afterMs })
}

const wordsFor = (trouble: Trouble, { who, model }: Server, { said, code }: Refusal): string => {
  switch (trouble) {
    case 'key':
      return `${who} refused the key (${said}). Set VIGIL_OPENAI_API_KEY to a valid key of that server.`
    case 'permission':
      return `${who} does not let this key do that (${said}). Set VIGIL_OPENAI_API_KEY to a key that may use ${model}.`
    case 'model':
      return `${who} cannot use ${model} (${said}). Set VIGIL_OPENAI_MODEL to a model that it has and that calls tools, and VIGIL_OPENAI_BASE_URL to the address with its version (…/v1).`
    case 'money':
      return `${who} wants to be paid (${said}). Add credit there, or set another VIGIL_OPENAI_API_KEY.`
    case 'request':
      return `${who} refused the request: ${said}`
    default:
      return `${who} is not available (${code}): ${said}`
  }
}

const isRefusal = (value: unknown): value is Refusal => typeof value === 'object' && value !== null && 'trouble' in value && 'said' in value

const tooLong = ({ model }: Server, ms: number): ModelTurn => ({
  content: [],
  stop: 'model_context_window_exceeded',
  usage: { input: 0, output: 0, cache_read: 0, cache_write: 0 },
  model,
  ms,
})

const concessionFor = (error: unknown, request: ModelRequest): Concession | undefined => {
  const refusal = originOf(error)
  if (!isRefusal(refusal) || refusal.trouble !== 'request') return undefined
  const { said } = refusal
  if (/max_completion_tokens/.test(said)) return 'max_completion_tokens'
  if (/stream_options/.test(said)) return 'no stream_options'
  if (/thought_signature/.test(said)) return 'signatures'
  if (/unknown name "[^"]*" at '(request\.)?tools/i.test(said)) return 'plain schemas'
  return request.force !== null && refusesForce(said) ? 'no tool_choice' : undefined
}
