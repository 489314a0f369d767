import type { IncomingMessage, ServerResponse } from 'node:http'
import { plea } from '../../llm/conceding.ts'
import { type PromptCache, promptCache } from './caching.ts'
import { answerOf, eventsOf, type WireEvent } from './events.ts'
import { pause, replyOf, type Script } from './script.ts'
import { type Asked, askedOf, BROKEN, cut, send, serve, turnOf } from './serving.ts'
import { faultOf } from './validate.ts'
import { blocksOf, type MessagesRequest } from './wire.ts'

/**
 * Claude's Messages API on this machine, with a script in the place of the model. It refuses what Claude refuses, counts tokens and
 * cache exactly (a token is 4 characters) and keeps every request as it came, refused ones too.
 */
export const startModelServer = async (options: ModelServerOptions = {}): Promise<ModelServer> => {
  const apiKey = options.apiKey ?? 'sk-ant-demo'
  const state: State = {
    apiKey,
    refusesForce: options.refusesForce ?? ['claude-sonnet-5-5', 'claude-opus-5-5'],
    cache: promptCache(),
    requests: [],
    script: options.script ?? [],
    answered: 0,
  }
  const server = await serve(
    (request, response) => handle(state, request, response),
    (response, reason) => refuse(response, 500, reason),
    options.port,
  )
  return {
    ...server,
    apiKey,
    requests: state.requests,
    script: (script) => {
      state.script = script
      state.answered = 0
    },
  }
}

/** The tool that a request insists on, by `tool_choice` or, where the model refuses that, in words; null when it is free. */
export const forcedTool = (request: MessagesRequest): string | null => {
  if (request.tool_choice?.type === 'tool') return request.tool_choice.name ?? null
  const last = blocksOf(request.messages.at(-1)?.content).at(-1)?.text
  return request.tools?.find(({ name }) => plea(name) === last)?.name ?? null
}

export type ModelServerOptions = {
  readonly apiKey?: string
  readonly script?: Script
  readonly port?: number
  /** Models that answer a forced tool with 400; without it those of Claude's that do. */
  readonly refusesForce?: readonly string[]
}

export type ModelServer = {
  readonly url: string
  readonly apiKey: string
  readonly requests: readonly RawRequest[]
  /** Replaces the script and begins it anew. The cache stays. */
  script(script: Script): void
  close(): Promise<void>
}

export type RawRequest = Asked<MessagesRequest>

type State = {
  readonly apiKey: string
  readonly refusesForce: readonly string[]
  readonly cache: PromptCache
  readonly requests: RawRequest[]
  script: Script
  answered: number
}

const handle = async (state: State, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const asked = await askedOf<MessagesRequest>(request)
  const { path, body } = asked
  state.requests.push(asked)
  response.setHeader('request-id', `req_demo_${state.requests.length}`)

  // The SDK sends its key as a bearer token since API version 2026-10-21; curl in the documentation still says x-api-key.
  const key = request.headers['x-api-key'] ?? request.headers.authorization?.replace(/^Bearer /, '')
  if (key === undefined) return refuse(response, 401, 'x-api-key header is required')
  if (key !== state.apiKey) return refuse(response, 401, 'invalid x-api-key')
  if (!request.headers['anthropic-version']) return refuse(response, 400, 'anthropic-version: header is required')
  if (request.method !== 'POST') return refuse(response, 405, 'Method Not Allowed')
  if (path !== '/v1/messages' && path !== '/v1/messages/count_tokens') return refuse(response, 404, 'Not Found')

  const counting = path.endsWith('/count_tokens')
  if (body === undefined) return refuse(response, 400, 'The request body is not valid JSON')
  const fault = faultOf(counting ? { ...body, max_tokens: 1 } : body, state.refusesForce)
  if (fault !== undefined) return refuse(response, 400, fault)
  // The demo calls its script by name, so that no message passes it off as Claude.
  if (!/^(claude|scripted)-/.test(body.model)) return refuse(response, 404, `model: ${body.model}`)
  if (counting) return send(response, 200, { input_tokens: state.cache.count(body) })
  await reply(state, body, response)
}

const reply = async (state: State, request: MessagesRequest, response: ServerResponse): Promise<void> => {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const n = state.answered
  state.answered += 1
  const chosen = await replyOf(state.script, request, n)
  if ('status' in chosen) {
    if (chosen.retryAfter !== undefined) response.setHeader('retry-after', String(chosen.retryAfter))
    return refuse(response, chosen.status, chosen.message ?? `scripted ${chosen.status}`)
  }
  const turn = turnOf(chosen, { request, forced: forcedTool(request), n })
  await pause(turn.delayMs, gone.signal)
  const about = { id: `msg_demo_${state.requests.length}`, model: request.model, input: state.cache.use(request) }
  const answer = answerOf(turn, about)
  if (!request.stream) return send(response, 200, answer)
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  let sent = 0
  for (const event of eventsOf(answer, 'brokenJson' in chosen ? BROKEN : undefined)) {
    if (gone.signal.aborted) return
    if ('cutAfterEvents' in chosen && sent === chosen.cutAfterEvents) return cut(response)
    if (sent > 0) await pause(turn.perEventMs, gone.signal)
    write(response, event)
    sent += 1
    if ('errorEvent' in chosen) {
      write(response, { type: 'error', error: { type: chosen.errorEvent, message: messageOf(chosen.errorEvent) } })
      break
    }
    if ('silence' in chosen) {
      await pause(chosen.silence, gone.signal)
      return cut(response)
    }
  }
  response.end()
}

const write = (response: ServerResponse, event: WireEvent): void => {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const refuse = (response: ServerResponse, status: number, message: string): void => {
  const error = { type: TYPES[status] ?? 'api_error', message }
  send(response, status, { type: 'error', error, request_id: response.getHeader('request-id') ?? null })
}

const messageOf = (type: string): string => (type === 'overloaded_error' ? 'Overloaded' : `scripted ${type}`)
