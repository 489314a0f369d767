import type { Clock } from '../context.ts'
import { PermanentError, TransientError } from '../errors.ts'
import { defaults, limited, withdrawn } from './limit.ts'
import { failures, htmlText, isHtml, type Line, lineTo, reasonIn, type SourceOptions, short, take } from './line.ts'

/** Options that change while Vigil runs: asked before each question. */
export type ChangingOptions = {
  readonly clock: Clock
  /** What it throws is the failure of the question. */
  readonly current: () => SourceOptions
  /** Questions at a time; default 4. */
  readonly parallel?: number
}

type Question = {
  /** A constant of the client, joined to the endpoint; holds no data, but for names that were checked to be one segment. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as a POST form: queries may be longer than a URL. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as a POST with a JSON body. */
  readonly json?: object
  /** What is accepted; default JSON. */
  readonly accept?: string
  /** Cap on the answer after decompression; default 5 MB. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal | undefined
  /** Not behind the many: for the few questions that an answer to people waits for. */
  readonly isFirst?: boolean
}

type Connection = { readonly endpoint: string; readonly timeoutMs: number; readonly ask: (question: Question) => Promise<unknown> }

export type ChangingConnection = {
  readonly ask: (question: Question) => Promise<unknown>
  /** The same for an answer that is plain text. */
  readonly text: (question: Question) => Promise<string>
}

/**
 * The one way to a data source: asks the configured origin alone and gives back parsed JSON. Throws TransientError (no connection,
 * time-out, 429, 5xx, or the source is left alone for a while), PermanentError (every other refusal, a redirect, too large, not
 * JSON); both with one short line that names the source and what came back and holds no credentials. Throws InputError at once
 * when the endpoint or the credentials cannot be used.
 */
export const connect = (source: string, options: SourceOptions): Connection => {
  const line = lineTo(source, options)
  const limit = limited(source, options.clock)
  return {
    endpoint: line.base,
    timeoutMs: line.timeoutMs,
    ask: (question) => limit(() => ask(line, question, asJson), question.signal, question.isFirst),
  }
}

/** As `connect`, for a source whose address and credentials are read again while Vigil runs. */
export const connectChanging = (source: string, { clock, current, parallel }: ChangingOptions): ChangingConnection => {
  const limit = limited(source, clock, parallel === undefined ? undefined : { ...defaults, parallel })
  const asking =
    <T>(as: Reading<T>) =>
    (question: Question): Promise<T> =>
      limit(async () => ask(lineTo(source, current()), question, as), question.signal)
  return { ask: asking(asJson), text: asking((_line, _response, text) => text) }
}

/** What is made of the text of an answer. */
type Reading<T> = (line: Line, response: Response, text: string) => T

const ask = async <T>(line: Line, question: Question, as: Reading<T>): Promise<T> => {
  const stop = new AbortController()
  const seconds = Math.round(line.timeoutMs / 100) / 10
  const late = new TransientError(`${line.source} gave no complete answer in ${seconds} s`)
  const cancel = line.clock.after(line.timeoutMs, () => stop.abort(late))
  try {
    const send = () =>
      line.fetch(address(line, question), {
        ...bodyOf(line, question),
        redirect: 'error',
        signal: question.signal ? AbortSignal.any([stop.signal, question.signal]) : stop.signal,
      })
    // A connection that was idle may be closed by the other side in the moment in which we use it again. All questions only read.
    const response = await send().catch((error: unknown) => {
      if (wasLost(error) && !stop.signal.aborted && question.signal?.aborted !== true) return send()
      throw error
    })
    return as(line, response, await read(line, response, question.maxBytes ?? 5_000_000))
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError) throw error
    if (stop.signal.aborted) throw late
    if (question.signal?.aborted) throw withdrawn(line.source, question.signal)
    throw unreachable(line, error)
  } finally {
    cancel()
    // Ends a body that was not read to its end; nothing happens to one that was.
    stop.abort()
  }
}

/** Before an answer began. */
const wasLost = (error: unknown): boolean => {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'code' in cause && (cause.code === 'UND_ERR_SOCKET' || cause.code === 'ECONNRESET')
}

const bodyOf = ({ headers: own }: Line, { form, json, accept }: Question) => {
  const headers = new Headers(own)
  if (accept !== undefined) headers.set('accept', accept)
  if (json !== undefined) {
    headers.set('content-type', 'application/json')
    return { method: 'POST', headers, body: JSON.stringify(json) }
  }
  return form === undefined ? { method: 'GET', headers } : { method: 'POST', headers, body: new URLSearchParams(form) }
}

const read = async (line: Line, response: Response, maxBytes: number): Promise<string> => {
  if (!response.ok) {
    const { text } = await take(response, 64_000)
    throw refused(line, response, text)
  }
  const { text, whole } = await take(response, maxBytes)
  if (!whole)
    throw new PermanentError(`${line.source} answered more than ${maxBytes / 1_000_000} MB: ask for fewer series or lines, or less time`)
  return text
}

const asJson: Reading<unknown> = (line, response, text) => {
  try {
    return JSON.parse(text)
  } catch {
    const got = isHtml(response, text) ? htmlText : `something that is not JSON: ${short(line, text, 80)}`
    throw new PermanentError(`${line.source} answered ${got}`)
  }
}

const refused = (line: Line, response: Response, text: string): Error => {
  const { status } = response
  const said = isHtml(response, text) ? htmlText : short(line, reasonIn(text), 300)
  const message = `${line.source} ${status}${said ? ` ${said}` : ''}`
  if (status === 429 || status >= 500) {
    const afterMs = retryAfter(response.headers.get('retry-after'), line.clock)
    return new TransientError(message, afterMs === undefined ? {} : { afterMs })
  }
  if (status === 401 || status === 403) return new PermanentError(`${message} (are the configured credentials right?)`)
  return new PermanentError(message)
}

const unreachable = (line: Line, error: unknown): Error => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const text = cause instanceof Error ? cause.message : String(cause)
  const { host } = new URL(line.base)
  if (/redirect/.test(text)) return new PermanentError(`${line.source} at ${host} answered a redirect: configure the address it leads to`)
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  return new TransientError(`${line.source} at ${host}: ${failures[code] ?? (code || short(line, text, 100))}`, { cause })
}

const retryAfter = (header: string | null, clock: Clock): number | undefined => {
  if (!header) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - clock.now().getTime()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

const address = (line: Line, question: Question): string => {
  const query = new URLSearchParams(question.query).toString()
  return `${line.base}${question.path}${query ? `?${query}` : ''}`
}
