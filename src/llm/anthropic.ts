import Anthropic, { AnthropicError, APIError } from '@anthropic-ai/sdk'
import type { Clock, Fetch } from '../context.ts'
import { PermanentError, TransientError } from '../errors.ts'
import { answerOf } from './anthropic/answer.ts'
import { bodyOf } from './anthropic/request.ts'
import type { Model, ModelRequest, ModelTurn } from './model.ts'

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
  let forces = true
  return {
    id,
    complete: async (request, signal) => {
      try {
        return await call(options, { id, request, signal, inWords: !forces })
      } catch (error) {
        if (request.force === null || !forces || !refusesForce(error)) throw error
        forces = false
        return await call(options, { id, request, signal, inWords: true })
      }
    },
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
  signal.throwIfAborted()
  const start = options.clock.monotonic()
  const silence = silenceAfter(options.clock, options.idleMs ?? 25_000)
  const stop = AbortSignal.any([signal, silence.signal])
  try {
    const client = clientOf(options, silence.heard)
    const body = bodyOf(request, { id, model: options.model, inWords })
    const events = await client.messages.create(body, { signal: stop })
    const answer = await answerOf(events, id)
    // Thinking is bound to the words that it answered, and the request for the forced tool will not be in the next turn's history.
    const content = inWords && request.force !== null ? answer.content.filter((block) => block.type !== 'opaque') : answer.content
    return { ...answer, content, ms: options.clock.monotonic() - start }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (silence.signal.aborted) throw new TransientError(`Claude sent nothing for ${(options.idleMs ?? 25_000) / 1000} s`)
    throw translated(error, options)
  } finally {
    silence.end()
  }
}

/** Everything that the SDK would otherwise take from the environment is said: configuration has one reader. */
const clientOf = (options: AnthropicOptions, onBytes: () => void): Anthropic =>
  new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? 'https://api.anthropic.com',
    webhookKey: null,
    maxRetries: 0,
    timeout: 600_000,
    fetch: listening(options.fetch, onBytes),
    logLevel: 'off',
    openTelemetry: { traces: { enabled: true, contentMode: 'metadata_only' }, propagation: false },
  })

const silenceAfter = (clock: Clock, ms: number): { signal: AbortSignal; heard: () => void; end: () => void } => {
  const controller = new AbortController()
  const wait = () => clock.after(ms, () => controller.abort())
  let cancel = wait()
  let ended = false
  return {
    signal: controller.signal,
    heard: () => {
      if (ended) return
      cancel()
      cancel = wait()
    },
    end: () => {
      ended = true
      cancel()
    },
  }
}

/** The SDK swallows pings, so life is listened for below it, at the bytes. */
const listening =
  (network: Fetch, onBytes: () => void): Fetch =>
  async (input, init) => {
    const response = await network(input, init)
    onBytes()
    if (!response.body) return response
    const ear = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, out) => {
        onBytes()
        out.enqueue(chunk)
      },
    })
    const { status, statusText, headers } = response
    return new Response(response.body.pipeThrough(ear), { status, statusText, headers })
  }

const refusesForce = (error: unknown): boolean =>
  error instanceof PermanentError &&
  error.cause instanceof APIError &&
  error.cause.status === 400 &&
  /tool_choice|forc(e|es|ed|ing) tool/i.test(error.cause.message)

const translated = (error: unknown, options: AnthropicOptions): unknown => {
  if (error instanceof TransientError || error instanceof PermanentError) return error
  if (!(error instanceof APIError)) {
    if (error instanceof AnthropicError)
      return new PermanentError(`The call to Claude could not be made: ${error.message}`, { cause: error })
    return new TransientError(`The connection to Claude broke: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  const said = error.apiMessage ?? error.message
  switch (refusalOf(error)) {
    case 'key':
      return new PermanentError(`Claude refused the key (${said}). Set VIGIL_CLAUDE_API_KEY to a valid key of the Anthropic console.`, {
        cause: error,
      })
    case 'permission':
      return new PermanentError(
        `Claude does not let this key do that (${said}). Set VIGIL_CLAUDE_API_KEY to a key that may use ${options.model}.`,
        {
          cause: error,
        },
      )
    case 'model':
      return new PermanentError(
        `Claude does not know this (${said}). Set VIGIL_CLAUDE_MODEL to a model that exists; it is "${options.model}".`,
        {
          cause: error,
        },
      )
    case 'money':
      return new PermanentError(
        `Claude wants to be paid (${said}). Add credit in the Anthropic console, or set another VIGIL_CLAUDE_API_KEY.`,
        {
          cause: error,
        },
      )
    case 'request':
      return new PermanentError(`Claude refused the request: ${said}`, { cause: error })
    case undefined: {
      const afterMs = retryAfterMs(error.headers, options.clock)
      return new TransientError(`Claude is not available (${error.status ?? error.type ?? 'no connection'}): ${said}`, {
        cause: error,
        ...(afterMs === undefined ? {} : { afterMs }),
      })
    }
  }
}

type Refusal = 'key' | 'permission' | 'model' | 'money' | 'request'

/** Why the same call would be refused again, or undefined where it may pass. An `event: error` in mid-stream has a type, no status. */
const refusalOf = (error: APIError): Refusal | undefined => {
  const byType: Readonly<Record<string, Refusal>> = {
    authentication_error: 'key',
    permission_error: 'permission',
    not_found_error: 'model',
    billing_error: 'money',
    invalid_request_error: 'request',
    request_too_large: 'request',
  }
  const byStatus: Readonly<Record<number, Refusal>> = { 401: 'key', 402: 'money', 403: 'permission', 404: 'model' }
  if (error.status === undefined) return error.type === null ? undefined : byType[error.type]
  if ([408, 409, 429].includes(error.status) || error.status >= 500) return undefined
  return byStatus[error.status] ?? 'request'
}

/** RFC 9110, 10.2.3: seconds or a date. */
const retryAfterMs = (headers: Headers | undefined, clock: Clock): number | undefined => {
  const text = headers?.get('retry-after')
  if (!text) return undefined
  const seconds = Number(text)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - clock.now().getTime()
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined
}
