import type { CheckInput } from './check.ts'

/** An answer of Slack's Web API with what its headers say. */
export type SlackAnswer = {
  readonly ok: boolean
  readonly error: string
  readonly body: Readonly<Record<string, unknown>>
  /** What the token may do; empty where Slack did not say. */
  readonly scopes: readonly string[]
  /** How far Slack's clock is ahead of ours, in milliseconds; its header has whole seconds. */
  readonly skewMs: number
}

/**
 * One call with one token. Not Slack's own client: it retries for minutes and hides the headers that are wanted here.
 * Throws with a short message when Slack cannot be reached or answers something that is not its API.
 */
export const callSlack = async (
  input: CheckInput,
  token: string,
  method: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<SlackAnswer> => {
  const address = `${input.config.slack.api_url.replace(/\/*$/, '/')}${method}`
  const { host } = new URL(address)
  const response = await input
    .fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams(parameters),
      redirect: 'error',
      signal: input.signal,
    })
    .catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : String(cause)
      throw new Error(`Slack cannot be reached at ${host}: ${code}`)
    })
  const date = Date.parse(response.headers.get('date') ?? '')
  const body: unknown = await response.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null) throw new Error(`${host} answered ${response.status} and no JSON: is it Slack's API?`)
  const fields = body as Record<string, unknown>
  return {
    ok: fields['ok'] === true,
    error: String(fields['error'] ?? `status ${response.status}`),
    body: fields,
    scopes: (response.headers.get('x-oauth-scopes') ?? '').split(',').flatMap((scope) => scope.trim() || []),
    // The header is cut to the second, so half of one is the best guess.
    skewMs: Number.isNaN(date) ? 0 : date + 500 - input.clock.now().getTime(),
  }
}

/** A field of an answer as text; empty where it is not there. */
export const textOf = (value: unknown, name: string): string => {
  const field = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof field === 'string' || typeof field === 'number' ? String(field) : ''
}

export const listOf = (value: unknown, name: string): readonly unknown[] => {
  const field = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return Array.isArray(field) ? field : []
}
