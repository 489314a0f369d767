import { lineTo, reasonIn, type SourceOptions, short, take } from './line.ts'

/** One request that changes something. `path` is built by our own code from checked segments. */
export type Change = {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly body?: unknown
  readonly contentType?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal: AbortSignal
}

/**
 * What became of it. `refused`: the other side says no, and did nothing; `not_sent`: it never got there; `unknown`: it may have been
 * done, since the answer is missing or is the other side's own failure.
 */
export type Sent =
  | { readonly kind: 'done'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly body: unknown }
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * Sends one change once: no retry, no redirect, no second try on a lost connection. Never throws for what the network or the other
 * side does; throws InputError when endpoint or credentials cannot be used, at which nothing was sent.
 */
export const send = async (source: string, options: SourceOptions, change: Change): Promise<Sent> => {
  const line = lineTo(source, options)
  const headers = new Headers(line.headers)
  for (const [name, value] of Object.entries(change.headers ?? {})) headers.set(name, value)
  if (change.body !== undefined) headers.set('content-type', change.contentType ?? 'application/json')
  const query = new URLSearchParams(change.query).toString()
  try {
    const response = await line.fetch(`${line.base}${change.path}${query === '' ? '' : `?${query}`}`, {
      method: change.method,
      headers,
      ...(change.body === undefined ? {} : { body: JSON.stringify(change.body) }),
      redirect: 'error',
      signal: change.signal,
    })
    const { text } = await take(response, MOST_BYTES)
    if (response.ok) return { kind: 'done', status: response.status, body: jsonOf(text) }
    const reason = `${source} ${response.status} ${short(line, reasonIn(text), 300)}`.trim()
    // A server's own failure may come after the deed; "too many requests" comes before it.
    return response.status >= 500 ? { kind: 'unknown', reason } : { kind: 'refused', status: response.status, reason, body: jsonOf(text) }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
    const reason = `${source}: ${code || short(line, cause instanceof Error ? cause.message : String(cause), 120)}`
    return NOT_SENT.has(code) ? { kind: 'not_sent', reason } : { kind: 'unknown', reason }
  }
}

/** An object of the API with what it was before is seldom over 1 MB (etcd's own limit is 1.5 MB). */
const MOST_BYTES = 5_000_000

/** The connection never stood, so that nothing was sent on it. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
