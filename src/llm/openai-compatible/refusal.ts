import { z } from 'zod'
import type { Clock } from '../../context.ts'
import { cut } from '../../text/cut.ts'
import { retryAfterMs } from '../retry-after.ts'
import { passingStatus, type Trouble } from '../trouble.ts'
import { jsonOf } from './wire.ts'

/** What a server said instead of an answer. */
export type Refusal = {
  /** `context`: the history is longer than the model can read. */
  readonly trouble: Trouble | 'context'
  /** The HTTP status, or the server's own code in mid-stream. */
  readonly code: string
  readonly said: string
  readonly afterMs: number | undefined
}

/** A refusal by its HTTP status and body. */
export const refusalOf = (response: Pick<Response, 'status' | 'headers'>, text: string, clock: Clock): Refusal => {
  const said = saidIn(jsonOf(text), text)
  const afterMs = headerMs(response.headers, clock) ?? said.afterMs
  return { trouble: troubleIn(said, response.status), code: String(response.status), said: said.message, afterMs }
}

/** The refusal in what came with status 200 or in mid-stream, or undefined when it is none. */
export const refusalIn = (value: unknown): Refusal | undefined => {
  const said = saidIn(value, '')
  if (!said.isError) return undefined
  const status = Number(said.code)
  const trouble = troubleIn(said, status >= 400 && status < 600 ? status : undefined)
  return { trouble, code: said.code || said.type || 'error', said: said.message, afterMs: said.afterMs }
}

type Said = {
  readonly message: string
  readonly code: string
  readonly type: string
  readonly afterMs: number | undefined
  readonly isError: boolean
}

/** OpenAI: `{ error: { message, type, code } }`; Gemini: the same in a list; Ollama: also a bare text; vLLM before 0.9: without `error`; FastAPI: `detail`. */
const saidIn = (value: unknown, text: string): Said => {
  const body = record.safeParse(Array.isArray(value) ? value[0] : value).data
  const isError = body !== undefined && ((body['error'] ?? null) !== null || body['object'] === 'error')
  const error = isError ? (body?.['error'] ?? body) : body
  if (typeof error === 'string') return { message: cut(error, 500), code: '', type: '', afterMs: undefined, isError }
  const { message, code, type, status, details, detail } = fields.safeParse(error).data ?? {}
  const told = message ?? (detail === undefined ? undefined : typeof detail === 'string' ? detail : JSON.stringify(detail))
  return {
    // A page of a proxy in between: its words, without its tags.
    message: cut((told ?? text.replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ').trim() || 'no reason given', 500),
    code: String(code ?? ''),
    type: type ?? status ?? '',
    afterMs: delayIn(details),
    isError,
  }
}

const record = z.record(z.string(), z.unknown())

const fields = z.looseObject({
  message: z.string().optional().catch(undefined),
  code: z.union([z.string(), z.number()]).nullish().catch(undefined),
  type: z.string().optional().catch(undefined),
  /** Gemini's name for the type, such as RESOURCE_EXHAUSTED. */
  status: z.string().optional().catch(undefined),
  details: z
    .array(z.looseObject({ retryDelay: z.string().optional().catch(undefined) }))
    .optional()
    .catch(undefined),
  detail: z.unknown().optional(),
})

/** Gemini says how long to wait in the body alone: `{ "@type": "…RetryInfo", "retryDelay": "37s" }`. */
const delayIn = (details: readonly { retryDelay?: string | undefined }[] | undefined): number | undefined => {
  const seconds = Number(/^([\d.]+)s$/.exec(details?.find(({ retryDelay }) => retryDelay)?.retryDelay ?? '')?.[1])
  return Number.isFinite(seconds) ? Math.round(seconds * 1000) : undefined
}

/** OpenAI also tells it to the millisecond. */
const headerMs = (headers: Headers, clock: Clock): number | undefined => {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN)
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : retryAfterMs(headers, clock)
}

const troubleIn = (said: Said, status: number | undefined): Refusal['trouble'] => {
  const kind = `${said.code} ${said.type}`
  // The one 429 that does not pass. Gemini's says nearly the same words about a limit for one minute.
  if (/insufficient_quota|billing/i.test(kind) || status === 402) return 'money'
  const passes = status === undefined ? undefined : passingStatus(status)
  if (passes !== undefined) return passes
  if (TOO_LONG.test(`${kind} ${said.message}`)) return 'context'
  if (NO_TOOLS.test(said.message)) return 'model'
  if (status === 401 || /api.?key.{0,20}(not valid|invalid)|invalid.{0,10}api.?key|API_KEY_INVALID/i.test(`${kind} ${said.message}`))
    return 'key'
  if (status === 403) return 'permission'
  if (status === 404 || /model_not_found/i.test(kind)) return 'model'
  return status === undefined ? byKind(kind) : 'request'
}

/** OpenAI · vLLM · Gemini · llama.cpp, which Ollama runs · others. */
const TOO_LONG =
  /context_length_exceeded|maximum context length|input token count.{0,60}exceeds|exceeds? the available context size|context (length|window|size).{0,30}exceed|prompt is too long/i

/** Ollama, for a model without a template for tools · vLLM, started without a parser for them. */
const NO_TOOLS = /does not support tools|--enable-auto-tool-choice|--tool-call-parser/i

/** In mid-stream there may be nothing but a name. */
const byKind = (kind: string): Trouble => {
  if (/rate_limit|resource_exhausted/i.test(kind)) return 'rate_limit'
  if (/overloaded/i.test(kind)) return 'overloaded'
  if (/authentication|unauthenticated/i.test(kind)) return 'key'
  if (/permission/i.test(kind)) return 'permission'
  return /invalid_request|bad_?request|invalid_argument/i.test(kind) ? 'request' : 'unavailable'
}
