import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api'
import { PermanentError, TransientError } from '../errors.ts'

/** Slack's own troubles: the same call may go through later. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const ITS_TROUBLES = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited', 'rate_limited'])

/** The word in Slack's refusal (`channel_not_found`), or null when it was something else. */
export const refusalOf = (error: unknown): string | null => (error instanceof WebAPIPlatformError ? error.data.error : null)

/** An error of the SDK as one of ours, which says whether to try again. What is not the SDK's passes through. */
export const slackFailure = (error: unknown, doing: string): unknown => {
  if (error instanceof WebAPIRateLimitedError)
    return new TransientError(`Slack asked for a pause while ${doing}`, { cause: error, afterMs: error.retryAfter * 1000 })
  if (error instanceof WebAPIRequestError) return new TransientError(`Slack gave no answer while ${doing}`, { cause: error })
  if (error instanceof WebAPIHTTPError) return new TransientError(`Slack answered ${error.statusCode} while ${doing}`, { cause: error })
  const refusal = refusalOf(error)
  if (refusal === null) return error
  return ITS_TROUBLES.has(refusal)
    ? new TransientError(`Slack had trouble (${refusal}) while ${doing}`, { cause: error })
    : new PermanentError(`Slack refused (${refusal}) while ${doing}`, { cause: error })
}

/** A trigger lives 3 s and opens one view: a replayed press finds it dead, which nothing can mend. */
export const isDeadTrigger = (error: unknown): boolean => DEAD.has(refusalOf(error) ?? '')

const DEAD = new Set(['expired_trigger_id', 'invalid_trigger_id', 'exchanged_trigger_id'])
