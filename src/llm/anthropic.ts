import Anthropic, { AnthropicError, APIError } from '@anthropic-ai/sdk'
import type { Clock, Fetch } from '../context.ts'
import { answerOf } from './anthropic/answer.ts'
import { bodyOf } from './anthropic/request.ts'
import { conceding, refusesForce } from './conceding.ts'
import type { Model, ModelRequest, ModelTurn } from './model.ts'
import { retryAfterMs } from './retry-after.ts'
import { listenedTo, SILENCE_MS } from './silence.ts'
import { originOf, passingStatus, type Trouble, troubled, troubleOf } from './trouble.ts'

/**
 * Claude over the streaming Messages API.
 *
 * Never retries on its own: the loop redoes a turn, and only it knows what time and budget are left. A call ends in silence after
 * `idleMs` (25 s unless told) without a byte; Claude sends a ping every few seconds also while it thinks.
 *
 * `force` is sent as `tool_choice`, until the model refuses that: those that always think (Claude Sonnet 5.5, Opus 5.5) answer it with
 * 400. From then on it is asked for in words, so whoever forces a tool must still look whether it was called.
 *
 * Throws TransientError for overload, rate limits, 5xx, a broken stream and silence; PermanentError for what Claude refuses; the
 * signal's reason when the signal aborts.
 */
export const anthropic = (options: AnthropicOptions): Model => {
  const id = `anthropic/${options.model}`
  return {
    id,
    silenceMs: options.idleMs ?? SILENCE_MS,
    complete: conceding<'in words'>(
      (request, signal, made) => call(options, { id, request, signal, inWords: made.has('in words') }),
      (error, request) => (request.force !== null && refusesToolChoice(error) ? 'in words' : undefined),
    ),
  }
}

export type AnthropicOptions = {
  readonly apiKey: string
  readonly baseUrl?: string
  readonly model: string
  readonly fetch: Fetch
  readonly clock: Clock
  /** Milliseconds without a byte after which a call is given up. */
  readonly idleMs?: number
}

type Call = { readonly id: string; readonly request: ModelRequest; readonly signal: AbortSignal; readonly inWords: boolean }

const call = async (options: AnthropicOptions, { id, request, signal, inWords }: Call): Promise<ModelTurn> => {
  const start = options.clock.monotonic()
  return await listenedTo({ ...options, who: 'Claude' }, signal, async (fetch, stop) => {
    try {
      const body = bodyOf(request, { id, model: options.model, inWords })
      const events = await clientOf(options, fetch).messages.create(body, { signal: stop })
      const answer = await answerOf(events, id)
      // Thinking is bound to the words that it answered, and the request for the forced tool will not be in the next turn's history.
      const content = inWords && request.force !== null ? answer.content.filter((block) => block.type !== 'opaque') : answer.content
      return { ...answer, content, ms: options.clock.monotonic() - start }
    } catch (error) {
      if (isTooLong(error))
        return {
          content: [],
          stop: 'model_context_window_exceeded',
          usage: NO_USAGE,
          model: options.model,
          ms: options.clock.monotonic() - start,
        }
      throw translated(error, options)
    }
  })
}

/** Everything that the SDK would otherwise take from the environment is said: configuration has one reader. */
const clientOf = (options: AnthropicOptions, fetch: Fetch): Anthropic =>
  new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? 'https://api.anthropic.com',
    webhookKey: null,
    maxRetries: 0,
    timeout: 600_000,
    fetch,
    logLevel: 'off',
    openTelemetry: { traces: { enabled: true, contentMode: 'metadata_only' }, propagation: false },
  })

const refusesToolChoice = (error: unknown): boolean => {
  const origin = originOf(error)
  return origin instanceof APIError && origin.status === 400 && refusesForce(origin.message)
}

/** Refused before it was read: as a turn it ends like one that ran full. */
const isTooLong = (error: unknown): boolean =>
  error instanceof APIError && error.status === 400 && /prompt is too long|exceed context limit/i.test(error.apiMessage ?? error.message)

const NO_USAGE = { input: 0, output: 0, cache_read: 0, cache_write: 0 }

const translated = (error: unknown, options: AnthropicOptions): unknown => {
  if (troubleOf(error) !== undefined) return error
  if (!(error instanceof APIError)) {
    if (error instanceof AnthropicError)
      return troubled('request', `The call to Claude could not be made: ${error.message}`, { from: error })
    return troubled('broken', `The connection to Claude broke: ${error instanceof Error ? error.message : String(error)}`, { from: error })
  }
  const trouble = troubleIn(error)
  const said = error.apiMessage ?? error.message
  return troubled(trouble, wordsFor(trouble, said, { error, model: options.model }), {
    from: error,
    afterMs: retryAfterMs(error.headers, options.clock),
  })
}

const wordsFor = (trouble: Trouble, said: string, { error, model }: { error: APIError; model: string }): string => {
  switch (trouble) {
    case 'key':
      return `Claude refused the key (${said}). Set VIGIL_CLAUDE_API_KEY to a valid key of the Anthropic console.`
    case 'permission':
      return `Claude does not let this key do that (${said}). Set VIGIL_CLAUDE_API_KEY to a key that may use ${model}.`
    case 'model':
      return `Claude does not know this (${said}). Set VIGIL_CLAUDE_MODEL to a model that exists; it is "${model}".`
    case 'money':
      return `Claude wants to be paid (${said}). Add credit in the Anthropic console, or set another VIGIL_CLAUDE_API_KEY.`
    case 'request':
      return `Claude refused the request: ${said}`
    default:
      return `Claude is not available (${error.status ?? error.type ?? 'no connection'}): ${said}`
  }
}

/** An `event: error` in mid-stream has a type, no status; a connection that was never made has neither. */
const troubleIn = (error: APIError): Trouble => {
  const byType: Readonly<Record<string, Trouble>> = {
    authentication_error: 'key',
    permission_error: 'permission',
    not_found_error: 'model',
    billing_error: 'money',
    invalid_request_error: 'request',
    request_too_large: 'request',
    rate_limit_error: 'rate_limit',
    overloaded_error: 'overloaded',
  }
  const byStatus: Readonly<Record<number, Trouble>> = { 401: 'key', 402: 'money', 403: 'permission', 404: 'model' }
  if (error.status === undefined) return error.type === null ? 'broken' : (byType[error.type] ?? 'unavailable')
  return passingStatus(error.status) ?? byStatus[error.status] ?? 'request'
}
