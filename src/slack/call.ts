import { WebAPIRateLimitedError } from '@slack/web-api'
import { TransientError } from '../errors.ts'
import type { SlackClients } from './clients.ts'
import { refusalOf, slackFailure } from './failure.ts'

/** What became of a call. Only `unknown` leaves open whether Slack did it. */
export type Called =
  | { readonly how: 'done'; readonly answer: Answer }
  | { readonly how: 'limited'; readonly afterMs: number }
  | { readonly how: 'unknown'; readonly reason: string }
  | { readonly how: 'refused'; readonly reason: string }

/** The parts of Slack's answers that are read. */
export type Answer = {
  readonly ts?: string
  readonly channel?: string
  readonly message?: { readonly thread_ts?: string }
  readonly messages?: readonly Found[]
  readonly response_metadata?: { readonly next_cursor?: string }
}

export type Found = {
  readonly ts?: string
  readonly thread_ts?: string
  readonly metadata?: { readonly event_payload?: { readonly key?: unknown } }
}

/** Calls once. Throws only what is not Slack's doing. */
export const call = async (client: SlackClients[keyof SlackClients], method: string, options: Record<string, unknown>): Promise<Called> => {
  try {
    return { how: 'done', answer: (await client.apiCall(method, options)) as Answer }
  } catch (error) {
    if (error instanceof WebAPIRateLimitedError) return { how: 'limited', afterMs: error.retryAfter * 1000 }
    const refusal = refusalOf(error)
    if (refusal === 'ratelimited' || refusal === 'rate_limited') return { how: 'limited', afterMs: 1000 }
    const failure = slackFailure(error, `calling ${method}`)
    if (failure instanceof TransientError) return { how: 'unknown', reason: failure.message }
    if (refusal !== null) return { how: 'refused', reason: refusal }
    throw error
  }
}

/** Slack could not be asked something on the way. Not an error of the job: its tries would be used up long before an outage is over. */
export const laterIfAway = (error: unknown): number => {
  if (error instanceof TransientError) return error.afterMs ?? 5000
  throw error
}
