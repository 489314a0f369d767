import type { App } from '../app.ts'
import { type Config, loadConfig } from '../config.ts'
import { InputError } from '../errors.ts'
import type { CommandInput, ExitStatus } from './command.ts'

/**
 * Runs Vigil until SIGTERM or SIGINT. The first begins a graceful close, which has `shutdown_budget_seconds`; a second one skips the
 * drain: all state is in the database, so work that is cut goes on after the next start. A promise that is rejected unseen ends the
 * process with 1, because nobody knows what state it left behind.
 */
export const start = async (input: CommandInput): Promise<ExitStatus> => {
  const config = loadConfig(input)
  refuseWithoutDoors(config)
  for (const line of honestLines(config)) input.note(line)
  let report = (reason: unknown): void =>
    input.note(`${STRAY}: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`)
  const signals = stopSignals(input, (reason) => report(reason))
  // Only now: a refusal must not wait for all of Vigil to be read.
  const { startApp } = await import('../app.ts')
  const app = await Promise.race([startApp(config), signals.stray])
  if (app === 'stray') return 1
  report = (reason) => app.context.log.fatal({ err: reason }, STRAY)
  const ended = await Promise.race([signals.first, signals.stray])
  if (ended === 'stray') return 1
  return await Promise.race([close(input, config, app), signals.second.then((): ExitStatus => 0), signals.stray.then((): ExitStatus => 1)])
}

const close = async (input: CommandInput, config: Config, app: App): Promise<ExitStatus> => {
  const { log } = app.context
  log.info({ budget_seconds: config.shutdown_budget_seconds }, 'stopping; a second signal skips the drain')
  const late = new AbortController()
  const closed = app.close().then((): ExitStatus => {
    log.info('stopped')
    return 0
  })
  const overdue = input.clock.sleep(config.shutdown_budget_seconds * 1000, late.signal).then(
    (): ExitStatus => {
      log.error('not everything closed within shutdown_budget_seconds: Vigil exits, the next start goes on where it stood')
      return 1
    },
    () => closed,
  )
  try {
    return await Promise.race([closed, overdue])
  } finally {
    late.abort()
  }
}

const STRAY = 'A rejected promise was not handled, so Vigil exits'

type Signals = { first: Promise<'stop'>; second: Promise<void>; stray: Promise<'stray'> }

/** Signals from the first moment on: one that comes during the start is not lost. */
const stopSignals = (input: CommandInput, report: (reason: unknown) => void): Signals => {
  const first = Promise.withResolvers<'stop'>()
  const second = Promise.withResolvers<void>()
  const stray = Promise.withResolvers<'stray'>()
  let count = 0
  input.onStop(() => {
    count += 1
    if (count === 1) first.resolve('stop')
    else second.resolve()
  })
  input.onStray((reason) => {
    report(reason)
    stray.resolve('stray')
  })
  return { first: first.promise, second: second.promise, stray: stray.promise }
}

const refuseWithoutDoors = (config: Config): void => {
  if (config.slack.bot_token !== undefined || config.api_token !== undefined) return
  const missing = [
    'SLACK_BOT_TOKEN: the bot token of your Slack app (xoxb-…)',
    'SLACK_APP_TOKEN: its app-level token with connections:write (xapp-…)',
  ]
  throw new InputError(
    `Vigil has no way in or out yet. Missing:
  - ${missing.join('\n  - ')}
docs/getting-started.md makes both in five minutes; "vigil manifest" prints what to paste into Slack.
With VIGIL_API_TOKEN alone Vigil starts without Slack, for its HTTP API only.
To see Vigil at work on this machine, without any token: npm run demo`,
    missing,
  )
}

/** What the user must know and might not: said once, at the start. */
const honestLines = (config: Config): string[] => [
  ...(config.slack.bot_token === undefined
    ? [
        config.slack.webhook_url === undefined
          ? 'No Slack tokens: alerts are taken over HTTP and investigated, but nothing is shown in Slack (SLACK_BOT_TOKEN, SLACK_APP_TOKEN).'
          : 'No Slack tokens: the incoming webhook gets notices without threads and buttons (SLACK_BOT_TOKEN, SLACK_APP_TOKEN for the whole).',
      ]
    : []),
  ...(config.database_url === undefined
    ? [
        `Embedded database in ${config.data_dir}: it survives crashes of Vigil, not a power cut. For production set DATABASE_URL to a PostgreSQL.`,
      ]
    : []),
]
