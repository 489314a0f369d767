import type { z } from 'zod'
import type { Clock } from '../context.ts'
import { InputError, TransientError } from '../errors.ts'
import type { Logger } from '../telemetry/log.ts'
import { refuse } from './answer.ts'

/** Seconds after which a sender should try again. */
const RETRY_AFTER = 5

/** What the sender is told of an error. Only our own words leave the process; the rest is in the log. */
export const failure = (error: unknown, log: Logger, route: string): Response => {
  if (error instanceof InputError) {
    const faults = error.faults.length === 0 ? '' : `: ${error.faults.join('; ')}`
    return refuse(400, 'invalid_request', `${error.message}${faults}`)
  }
  if (isTransient(error)) {
    log.warn({ err: error, route }, 'a request could not be served now')
    const after = error instanceof TransientError && error.afterMs !== undefined ? Math.ceil(error.afterMs / 1000) : RETRY_AFTER
    const message = error instanceof TransientError ? error.message : 'the database cannot be reached'
    return refuse(503, 'unavailable', `${message}; try again in ${after} s.`, { 'retry-after': String(after) })
  }
  log.error({ err: error, route }, 'a request failed')
  return refuse(500, 'internal', 'Something went wrong in Vigil; its log says what.')
}

/** True for what may pass: an error of ours that says so, or a database that is gone, starting, full or fought over. */
export const isTransient = (error: unknown): boolean => error instanceof TransientError || isOutage(error)

const isOutage = (error: unknown): boolean => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return OUTAGE_CODES.test(String(code ?? '')) || OUTAGE_TEXTS.test(String(message ?? ''))
}

/** PostgreSQL's classes 08 (connection), 40 (lost a race), 53 (resources), 57P (shutdown, starting), and the network's own. */
const OUTAGE_CODES = /^(?:(?:08|40|53|57P)[0-9A-Z]{2,3}|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/

/** What pg, its pool and Kysely say without a code (pg 8.23, pg-pool, kysely 0.29). */
const OUTAGE_TEXTS =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|after calling end on the pool|driver has already been destroyed|Query read timeout/

/** The value of `work`, or a TransientError after `ms`. The work goes on; a sender that comes again finds it done. */
export const within = async <T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const cancel = clock.after(ms, () => reject(new TransientError('the database took too long to answer')))
  try {
    return await Promise.race([work, promise])
  } finally {
    cancel()
  }
}

/** The value in the schema's shape. Throws InputError that names each fault. */
export const checked = <S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> => {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InputError(
    what,
    parsed.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`),
  )
}
