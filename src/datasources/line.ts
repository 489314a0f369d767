import type { Clock, Fetch } from '../context.ts'
import { InputError } from '../errors.ts'

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

/** What stays the same for every question of a source; `base` has no user, password, query or closing slash. */
export type Line = {
  readonly source: string
  readonly base: string
  readonly fetch: Fetch
  readonly clock: Clock
  readonly timeoutMs: number
  readonly headers: Headers
  readonly secrets: readonly string[]
}

export const lineTo = (source: string, options: SourceOptions): Line => {
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

/** Reads the decompressed body up to `max` bytes: a bomb of any size costs no more than that. */
export const take = async (response: Response, max: number): Promise<{ text: string; whole: boolean }> => {
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

/** The words of an error in the shapes of Prometheus and Mimir, Alertmanager (a JSON string), gateways, and Loki (plain text). */
export const reasonIn = (text: string): string => {
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

export const isHtml = (response: Response, text: string): boolean =>
  (response.headers.get('content-type') ?? '').includes('text/html') || /^\s*<(!doctype html|html)/i.test(text)

export const htmlText = 'HTML, is a login page in front?'

/** One line for people and the model; the other side may echo what we sent, so our secrets are taken out. */
export const short = (line: Line, text: string, length: number): string => {
  const clean = line.secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text)
  const flat = clean.replace(/[\s\p{C}]+/gu, ' ').trim()
  return flat.length > length ? `${flat.slice(0, length)}…` : flat
}

/** What connections end with, in words for people. */
export const failures: Readonly<Record<string, string>> = {
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
