import { PermanentError, TransientError } from '../errors.ts'

/** Why a provider gave no turn, in the words of the footer. */
export const troubleWords = {
  rate_limit: 'rate limit',
  overloaded: 'overloaded',
  unavailable: 'not available',
  broken: 'broken connection',
  silent: 'silent',
  key: 'key refused',
  permission: 'not allowed',
  model: 'model not usable',
  money: 'not paid for',
  request: 'request refused',
} as const

export type Trouble = keyof typeof troubleWords

/**
 * The error for a trouble: TransientError for what may pass by itself, PermanentError for the rest. `afterMs` is what the provider asked
 * to wait for.
 */
export const troubled = (trouble: Trouble, message: string, more: More = {}): TransientError | PermanentError => {
  const cause: Why = { trouble, from: more.from }
  if (!passing.has(trouble)) return new PermanentError(message, { cause })
  return new TransientError(message, { cause, ...(more.afterMs === undefined ? {} : { afterMs: more.afterMs }) })
}

type More = { readonly from?: unknown; readonly afterMs?: number | undefined }

/** The trouble that an error tells of; undefined for an error that did not come from a provider. */
export const troubleOf = (error: unknown): Trouble | undefined => {
  const why = whyOf(error)
  return why?.trouble
}

/** What a provider's error was made from. */
export const originOf = (error: unknown): unknown => whyOf(error)?.from

type Why = { readonly trouble: Trouble; readonly from: unknown }

const whyOf = (error: unknown): Why | undefined => {
  if (!(error instanceof TransientError || error instanceof PermanentError)) return undefined
  const { cause } = error
  // Only `troubled` writes this field.
  return typeof cause === 'object' && cause !== null && 'trouble' in cause ? (cause as Why) : undefined
}

const passing: ReadonlySet<Trouble> = new Set<Trouble>(['rate_limit', 'overloaded', 'unavailable', 'broken', 'silent'])

/** The trouble of an HTTP status that may pass, or undefined where the same call would be refused again. */
export const passingStatus = (status: number): Trouble | undefined => {
  if (status === 429) return 'rate_limit'
  // 529 is Claude's and 503 everybody else's word for too much load.
  if (status === 503 || status === 529) return 'overloaded'
  return status >= 500 || [408, 409, 425].includes(status) ? 'unavailable' : undefined
}
