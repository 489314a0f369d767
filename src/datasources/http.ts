import type { Clock, Fetch } from '../context.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import { defaults, limited, withdrawn } from './limit.ts'

type Auth =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }

export type SourceOptions = {
  /** http or https, with a path where the source stands behind one; user and password in it are taken as basic auth. */
  readonly endpoint: string
  readonly fetch: Fetch
  readonly clock: Clock
  /** Sent as X-Scope-OrgID (Mimir, Loki). */
  readonly tenant?: string
  readonly auth?: Auth
  /** For the whole answer, not only its first byte; default 30 s. */
  readonly timeoutMs?: number
}

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
  const line = open(source, options)
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
      limit(async () => ask(open(source, current()), question, as), question.signal)
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

/** Reads the decompressed body up to `max` bytes: a bomb of any size costs no more than that. */
const take = async (response: Response, max: number): Promise<{ text: string; whole: boolean }> => {
  const chunks: Uint8Array[] = []
  let size = 0
  let whole = true
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    whole = size <= max
    if (!whole) break
    chunks.push(chunk)
  }
  return { text: new TextDecoder().decode(Buffer.concat(chunks)), whole }
}

const refused = (line: Line, response: Response, text: string): Error => {
  const { status } = response
  const said = isHtml(response, text) ? htmlText : short(line, reason(text), 300)
  const message = `${line.source} ${status}${said ? ` ${said}` : ''}`
  if (status === 429 || status >= 500) {
    const afterMs = retryAfter(response.headers.get('retry-after'), line.clock)
    return new TransientError(message, afterMs === undefined ? {} : { afterMs })
  }
  if (status === 401 || status === 403) return new PermanentError(`${message} (are the configured credentials right?)`)
  return new PermanentError(message)
}

/** The words of an error in the shapes of Prometheus and Mimir, Alertmanager (a JSON string), gateways, and Loki (plain text). */
const reason = (text: string): string => {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return text
  }
  if (typeof body === 'string') return body
  if (typeof body !== 'object' || body === null) return text
  const { errorType, error, message } = body as Record<string, unknown>
  if (typeof errorType === 'string' && typeof error === 'string') return `${errorType}: ${error}`
  return [error, message].find((field) => typeof field === 'string') ?? text
}

const isHtml = (response: Response, text: string): boolean =>
  (response.headers.get('content-type') ?? '').includes('text/html') || /^\s*<(!doctype html|html)/i.test(text)

const htmlText = 'HTML, is a login page in front?'

/** One line for people and the model; the other side may echo what we sent, so our secrets are taken out. */
const short = (line: Line, text: string, length: number): string => {
  const clean = line.secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text)
  const flat = clean.replace(/[\s\p{C}]+/gu, ' ').trim()
  return flat.length > length ? `${flat.slice(0, length)}…` : flat
}

const unreachable = (line: Line, error: unknown): Error => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const text = cause instanceof Error ? cause.message : String(cause)
  const { host } = new URL(line.base)
  if (/redirect/.test(text)) return new PermanentError(`${line.source} at ${host} answered a redirect: configure the address it leads to`)
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  return new TransientError(`${line.source} at ${host}: ${failures[code] ?? (code || short(line, text, 100))}`, { cause })
}

const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up now',
  EHOSTUNREACH: 'host not reachable',
  ETIMEDOUT: 'no connection',
  UND_ERR_CONNECT_TIMEOUT: 'no connection',
  UND_ERR_SOCKET: 'connection lost',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
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

/** What stays the same for every question of a source; `base` has no user, password, query or closing slash. */
type Line = {
  readonly source: string
  readonly base: string
  readonly fetch: Fetch
  readonly clock: Clock
  readonly timeoutMs: number
  readonly headers: Headers
  readonly secrets: readonly string[]
}

const open = (source: string, options: SourceOptions): Line => {
  const url = URL.canParse(options.endpoint) ? new URL(options.endpoint) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new InputError(`the endpoint of ${source} must be an http or https address without "?" and "#", such as http://host:9090/path`)
  }
  const inUrl: Auth | undefined = url.username
    ? { kind: 'basic', username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
    : undefined
  const credentials = credentialsOf(options.auth ?? inUrl)
  const headers = new Headers({ accept: 'application/json' })
  try {
    if (options.tenant) headers.set('x-scope-orgid', options.tenant)
    if (credentials) headers.set(credentials.header, credentials.value)
  } catch {
    // The platform's own message repeats the value.
    throw new InputError(`the tenant or the credentials of ${source} hold a character that no HTTP header may have: remove line breaks`)
  }
  return {
    source,
    base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    fetch: options.fetch,
    clock: options.clock,
    timeoutMs: options.timeoutMs ?? 30_000,
    headers,
    secrets: credentials?.secrets ?? [],
  }
}

const credentialsOf = (auth: Auth | undefined): { header: string; value: string; secrets: string[] } | undefined => {
  switch (auth?.kind) {
    case undefined:
      return undefined
    case 'bearer':
      return { header: 'authorization', value: `Bearer ${auth.token}`, secrets: nonEmpty(auth.token) }
    case 'basic': {
      const encoded = Buffer.from(`${auth.username}:${auth.password}`).toString('base64')
      return { header: 'authorization', value: `Basic ${encoded}`, secrets: nonEmpty(encoded, auth.password) }
    }
    case 'header':
      return { header: auth.name, value: auth.value, secrets: nonEmpty(auth.value) }
  }
}

/** `replaceAll('')` would redact between all characters. */
const nonEmpty = (...secrets: string[]): string[] => secrets.filter((secret) => secret !== '')
