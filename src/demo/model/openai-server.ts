import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ChatUsage, chunksOf, wholeOf } from './openai/chunks.ts'
import { faultOf } from './openai/validate.ts'
import { asMessages, type ChatRequest, type Dialect, forcedTool } from './openai/wire.ts'
import { pause, replyOf, type Script, type Turn } from './script.ts'
import { type Asked, askedOf, cut, send, serve, turnOf } from './serving.ts'

/**
 * A Chat Completions API on this machine, with a script in the place of the model: OpenAI's, or in a dialect that another server speaks. It
 * refuses what real ones refuse, counts tokens and cached prefixes exactly (a token is 4 characters) and keeps every request as it came,
 * refused ones too.
 */
export const startOpenaiServer = async (options: OpenaiServerOptions = {}): Promise<OpenaiServer> => {
  const apiKey = options.apiKey === undefined ? 'sk-demo' : options.apiKey
  const state: State = {
    apiKey,
    dialect: options.dialect ?? {},
    cached: new Set(),
    requests: [],
    script: options.script ?? [],
    answered: 0,
  }
  const server = await serve(
    (request, response) => handle(state, request, response),
    (response, reason) => refuse(state, response, { status: 500, message: reason }),
    options.port,
  )
  return {
    url: `${server.url}/v1`,
    apiKey,
    requests: state.requests,
    script: (script) => {
      state.script = script
      state.answered = 0
    },
    close: server.close,
  }
}

export type OpenaiServerOptions = {
  /** Null: none is asked for. */
  readonly apiKey?: string | null
  readonly script?: Script
  readonly port?: number
  readonly dialect?: Dialect
}

export type OpenaiServer = {
  /** With the version, as `openai.base_url`. */
  readonly url: string
  readonly apiKey: string | null
  readonly requests: readonly Asked<ChatRequest>[]
  /** Replaces the script and begins it anew. The cache stays. */
  script(script: Script): void
  close(): Promise<void>
}

type State = {
  readonly apiKey: string | null
  readonly dialect: Dialect
  /** Digests of the prefixes that were read before. */
  readonly cached: Set<string>
  readonly requests: Asked<ChatRequest>[]
  script: Script
  answered: number
}

const handle = async (state: State, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const asked = await askedOf<ChatRequest>(request)
  state.requests.push(asked)
  const { path, body, headers } = asked
  if (state.apiKey !== null && headers.authorization !== `Bearer ${state.apiKey}`)
    return refuse(state, response, { status: 401, message: 'Incorrect API key provided.', code: 'invalid_api_key' })
  if (request.method !== 'POST' || path !== '/v1/chat/completions')
    return refuse(state, response, { status: 404, message: `Invalid URL (${request.method} ${path})` })
  if (body === undefined) return refuse(state, response, { status: 400, message: 'We could not parse the JSON body of your request.' })
  const fault = faultOf(body, state.dialect)
  if (fault !== undefined) return refuse(state, response, { status: 400, ...fault })
  if (body.model.startsWith('no-such'))
    return refuse(state, response, { status: 404, message: `The model \`${body.model}\` does not exist`, code: 'model_not_found' })
  await reply(state, body, response)
}

const reply = async (state: State, request: ChatRequest, response: ServerResponse): Promise<void> => {
  const { dialect } = state
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const n = state.answered
  state.answered += 1
  // A server that reads past tool_choice still hears what is asked for in words.
  const { tool_choice, ...heard } = request
  const asking = asMessages(dialect.toolChoice === 'ignored' ? heard : request)
  const chosen = await replyOf(state.script, asking, n)
  if ('status' in chosen) {
    if (chosen.retryAfter !== undefined) response.setHeader('retry-after', String(chosen.retryAfter))
    return refuse(state, response, { status: chosen.status, message: chosen.message ?? `scripted ${chosen.status}` })
  }
  const turn = turnOf(chosen, { request: asking, forced: forcedTool(request), n })
  await pause(turn.delayMs, gone.signal)
  const counts = request.stream_options?.include_usage === true
  const about = {
    id: `chatcmpl-demo-${n}`,
    model: request.model,
    usage: usageOf(state, request, turn),
    dialect,
    counts,
    broken: 'brokenJson' in chosen,
  }
  if (!request.stream || dialect.streams === false) return send(response, 200, wholeOf(turn, about))
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  let sent = 0
  for (const chunk of chunksOf(turn, about)) {
    if (gone.signal.aborted) return
    if ('cutAfterEvents' in chosen && sent === chosen.cutAfterEvents) return cut(response)
    if (sent > 0) await pause(turn.perEventMs, gone.signal)
    write(response, chunk)
    sent += 1
    if ('errorEvent' in chosen) {
      write(response, { error: { message: `scripted ${chosen.errorEvent}`, type: chosen.errorEvent, param: null, code: null } })
      break
    }
    if ('silence' in chosen) {
      await pause(chosen.silence, gone.signal)
      return cut(response)
    }
  }
  if ('cutAfterEvents' in chosen) return cut(response)
  if (dialect.end !== 'no done') response.write('data: [DONE]\n\n')
  response.end()
}

const write = (response: ServerResponse, chunk: object): void => {
  response.write(`data: ${JSON.stringify(chunk)}\n\n`)
}

/** Counts like OpenAI: a prefix that was read before is cached, without being asked for. */
const usageOf = ({ cached, dialect }: State, request: ChatRequest, turn: Turn): ChatUsage => {
  const parts = [JSON.stringify([request.model, request.tools]), ...request.messages.map((message) => JSON.stringify(message))]
  let key = ''
  let chars = 0
  let found = 0
  for (const part of parts) {
    key = createHash('sha256').update(key).update(part).digest('base64')
    chars += part.length
    if (cached.has(key)) found = chars
    cached.add(key)
  }
  const prompt = Math.ceil(chars / 4)
  const completion = Math.max(1, Math.ceil(JSON.stringify(turn.content).length / 4))
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion + Math.ceil((dialect.thinks ?? 0) / 4),
    prompt_tokens_details: { cached_tokens: Math.floor(found / 4) },
  }
}

type Refusal = { readonly status: number; readonly message: string; readonly code?: string }

const refuse = ({ dialect }: State, response: ServerResponse, refusal: Refusal): void =>
  send(response, refusal.status, wrapped(refusal, dialect))

const wrapped = ({ status, message, code }: Refusal, { errors }: Dialect): unknown => {
  switch (errors) {
    case 'list':
      return [{ error: { code: status, message, status: status === 429 ? 'RESOURCE_EXHAUSTED' : 'INVALID_ARGUMENT' } }]
    case 'text':
      return { error: message }
    case 'flat':
      return { object: 'error', message, type: 'BadRequestError', param: null, code: status }
    case 'detail':
      return { detail: message }
    case undefined:
      return { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code: code ?? null } }
  }
}
