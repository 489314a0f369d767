import { type FetchFunction, LogLevel, type Logger as SdkLogger, WebClient, type WebClientOptions } from '@slack/web-api'
import type { Context } from '../context.ts'
import { InputError } from '../errors.ts'
import type { Logger } from '../telemetry/log.ts'

/**
 * One client for each kind of work: a 429 pauses everything behind it in the same client, and a press that waits behind a limited
 * edit for 3 s finds its trigger dead (docs/slack.md).
 */
export type SlackClients = {
  /** What a person waits for: modals, answers. */
  readonly interactive: WebClient
  /** Messages and their edits. */
  readonly progress: WebClient
  /** Reading: histories, lists, who somebody is. */
  readonly history: WebClient
}

/** The clients of the Web API. Each call goes out once: a retry by the SDK posts twice when an answer was lost. Throws InputError without a token. */
export const createClients = (context: Needed): SlackClients => {
  const token = context.config.slack.bot_token
  if (token === undefined) throw new InputError('Slack needs slack.bot_token (SLACK_BOT_TOKEN): the xoxb- token under OAuth & Permissions')
  const client = (): WebClient => new WebClient(token, clientOptions(context))
  return { interactive: client(), progress: client(), history: client() }
}

type Needed = Pick<Context, 'config' | 'clock' | 'fetch' | 'log' | 'telemetry'>

/** The SDK has no timeout of its own; Slack answers in well under a second, a cut connection never. */
const TIMEOUT_MS = 10_000

/** What every client of the SDK is made with, that of the sockets too. */
export const clientOptions = (context: Needed): WebClientOptions => ({
  slackApiUrl: context.config.slack.api_url,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  timeout: TIMEOUT_MS,
  logger: sdkLog(context.log),
  fetch: measured(context),
})

/** The SDK's log in ours. Its debug lines hold request bodies, envelopes and socket addresses with their tickets: they are dropped. */
export const sdkLog = (log: Logger): SdkLogger => ({
  debug: () => undefined,
  info: (...words) => log.debug({ sdk: words.map(String) }, 'Slack'),
  warn: (...words) => log.debug({ sdk: words.map(String) }, 'Slack warns'),
  error: (...words) => log.warn({ sdk: words.map(String) }, 'Slack'),
  setLevel: () => undefined,
  getLevel: () => LogLevel.INFO,
  setName: () => undefined,
})

/** Measured where it leaves the process, so that a call which nobody awaited is seen too. */
const measured =
  (context: Needed): FetchFunction =>
  async (url, init) => {
    const { clock, telemetry } = context
    const start = clock.monotonic()
    const count = (outcome: string): void => telemetry.slackCalled({ method: methodOf(url), outcome, ms: clock.monotonic() - start })
    try {
      const response = await context.fetch(url, init as RequestInit)
      count(await outcomeOf(response))
      return response
    } catch (error) {
      count('no_answer')
      throw error
    }
  }

/** `chat.postMessage`; what is no method of the Web API shares one label, so that labels stay few. */
const methodOf = (url: string | URL): string => /\/([a-z]+(?:\.[a-zA-Z]+)+)$/.exec(new URL(url).pathname)?.[1] ?? 'other'

const outcomeOf = async (response: Response): Promise<string> => {
  if (response.status !== 200) return `http_${response.status}`
  try {
    const answer = (await response.clone().json()) as { ok?: unknown; error?: unknown }
    return answer.ok === true ? 'ok' : String(answer.error ?? 'not_ok')
  } catch {
    return 'not_json'
  }
}
