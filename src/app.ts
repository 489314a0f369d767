import { schedule } from 'node-cron'
import { confirmLater } from './alert/confirm-later.ts'
import { watchHeartbeats } from './alert/heartbeat.ts'
import { createReceive, type Receive } from './alert/receive.ts'
import type { Config } from './config.ts'
import { type Context, systemClock, systemRandom } from './context.ts'
import { openSources } from './datasources/index.ts'
import { type Database, openDatabase } from './db/connection.ts'
import { migrate } from './db/migrate.ts'
import { purge } from './db/purge.ts'
import { openOps } from './http/ops.ts'
import { createReadiness } from './http/readiness.ts'
import { openApi } from './http/server.ts'
import { recover } from './incident/recover.ts'
import { recordNow } from './incident/timeline.ts'
import { amend } from './investigation/amend.ts'
import { brief } from './investigation/brief.ts'
import { giveUp, investigate } from './investigation/investigate.ts'
import { createModels } from './llm/models.ts'
import { openQueue, type Queue } from './queue/queue.ts'
import { expire } from './remediation/decide.ts'
import { execute, giveUpExecution } from './remediation/execute.ts'
import { refuseFaults } from './remediation/faults.ts'
import { refired, settle } from './remediation/outcome.ts'
import { propose } from './remediation/propose.ts'
import { remind } from './remediation/remind.ts'
import { sweepSandboxes } from './remediation/sandboxes.ts'
import { verify } from './remediation/verify.ts'
import { openSlack } from './slack/open.ts'
import { createLog } from './telemetry/log.ts'
import { createTelemetry } from './telemetry/telemetry.ts'
import { VERSION } from './version.ts'

export type App = {
  readonly context: Context
  readonly receive: Receive
  readonly ports: { readonly api: number; readonly ops: number }
  /** Not ready, no new work, running steps get `drainMs` and are then handed over. Resolves when all is closed. */
  close(drainMs?: number): Promise<void>
}

/** What a test replaces: its own clock, network or database. */
export type AppOverrides = Partial<Pick<Context, 'clock' | 'random' | 'fetch' | 'log' | 'models'>> & {
  embedded?: Parameters<typeof openDatabase>[0]['embedded']
}

/**
 * The only composition: builds the context, opens the doors, starts workers and schedules. Throws InputError for what the user can
 * mend (a port in use, a directory that another process holds), PermanentError when the database is newer than this Vigil.
 */
export const startApp = async (config: Config, overrides: AppOverrides = {}): Promise<App> => {
  refuseFaults(config)
  const log = overrides.log ?? createLog(config)
  const clock = overrides.clock ?? systemClock
  const telemetry = createTelemetry(VERSION)
  const database = await openDatabase({
    url: config.database_url,
    dataDir: config.data_dir,
    onQuery: telemetry.queried,
    ...(overrides.embedded === undefined ? {} : { embedded: overrides.embedded }),
  })
  try {
    await migrate(database.db)
    const queue = await openQueue({ database, url: config.database_url, log, clock })
    const fetch = overrides.fetch ?? globalThis.fetch
    const base = { config, clock, random: overrides.random ?? systemRandom(clock), fetch, log, telemetry, db: database.db, queue }
    const models = overrides.models ?? createModels(config, { fetch, clock, onCall: telemetry.modelCalled })
    const context: Context = { ...base, sources: openSources(config, { fetch, clock }), models }
    return await open(context, database, queue)
  } catch (error) {
    await database.close()
    throw error
  }
}

const open = async (context: Context, database: Database, queue: Queue): Promise<App> => {
  const readiness = createReadiness()
  const receive = createReceive(context)
  const ops = await openOps(context, readiness)
  const api = await openApi(context, { receive, readiness })
  await startWorkers(context, queue)
  await listenForHeartbeats(context, receive)
  await queue.work('confirm', {
    run: (post) => confirmLater(context, receive, post),
    giveUp: async (post, error) => context.log.error({ err: error, ...post }, 'what a message speaks of could not be asked again'),
  })
  const slack = await openSlack(context, { receive, onFault: (fault) => readiness.set('slack', fault) })
  const stopPurging = schedulePurge(context, database)
  const stopSweeping = scheduleSweep(context)
  readiness.set('starting', null)
  context.log.info(
    { api: api.port, ops: ops.port, slack: context.config.slack.bot_token !== undefined, model: context.models.main?.id ?? 'none' },
    'Vigil is up',
  )
  return {
    context,
    receive,
    ports: { api: api.port, ops: ops.port },
    close: async (drainMs = context.config.drain_seconds * 1000) => {
      readiness.set('draining', 'asked to stop')
      stopPurging()
      stopSweeping()
      await api.close(drainMs)
      await slack.close()
      await queue.stop(drainMs)
      await database.close()
      await ops.close(1000)
    },
  }
}

/** One line a job; the doors' own (deliver, catch_up, inbox) start with the door. */
const startWorkers = async (context: Context, queue: Queue): Promise<void> => {
  const failed =
    (what: string) =>
    async ({ incident }: { incident: string }, error: unknown) =>
      recordNow(context, incident, [{ type: 'failed', what, reason: error instanceof Error ? error.message : String(error) }])
  await queue.work('brief', {
    run: async ({ incident }) => {
      await brief(context, incident)
      // The first reply is not looked for again for this: proposing asks it too, and so does the judgement after a day.
      await refired(context, incident).catch((error: unknown) =>
        context.log.warn({ err: error, incident }, 'what helped before could not be judged'),
      )
    },
    giveUp: failed('the first look'),
  })
  await queue.work('amend', { run: ({ incident }) => amend(context, incident), giveUp: failed('the second look at slow sources') })
  await queue.work(
    'investigate',
    {
      run: ({ incident }, signal) => investigate(context, incident, signal),
      giveUp: ({ incident }, error) => giveUp(context, incident, error),
    },
    context.config.budgets.concurrency,
  )
  await queue.work('propose', { run: ({ incident }) => propose(context, incident), giveUp: failed('proposing an action') })
  await startRemediation(context, queue)
  await queue.work('recover', { run: ({ incident }) => recover(context, incident), giveUp: failed('the check for recovery') })
}

/** What happens to one action. Whoever gives one up says so in the log: its own row says how far it came. */
const startRemediation = async (context: Context, queue: Queue): Promise<void> => {
  const failed =
    (what: string) =>
    async ({ action }: { action: string }, error: unknown) =>
      context.log.error({ err: error, action }, `${what} of an action was given up`)
  await queue.work('execute', {
    run: ({ action }, signal) => execute(context, action, signal),
    giveUp: ({ action }, error) => giveUpExecution(context, action, error),
  })
  await queue.work('verify', { run: ({ action }) => verify(context, action), giveUp: failed('the verification') })
  await queue.work('settle', { run: ({ action }) => settle(context, action), giveUp: failed('the judgement after a day') })
  await queue.work('remind', { run: ({ action }) => remind(context, action), giveUp: failed('the reminder') })
  await queue.work('expire', { run: ({ action }) => expire(context, action), giveUp: failed('the expiry') })
}

const HEARTBEAT_SECONDS = 30

/** One chain of jobs for all replicas: each sends for the next, and those that are sent beside it fall together with it. */
const listenForHeartbeats = async (context: Context, receive: Receive): Promise<void> => {
  const { config, queue } = context
  const next = async (): Promise<void> =>
    config.heartbeats.length === 0 ? undefined : queue.sendNow('heartbeats', { of: 'all' }, { afterSeconds: HEARTBEAT_SECONDS })
  await queue.work('heartbeats', {
    run: async () => {
      await next()
      await watchHeartbeats(context, receive)
    },
    giveUp: async (_, error) => context.log.error({ err: error }, 'the heartbeats could not be looked at'),
  })
  if (config.heartbeats.length > 0) await queue.sendNow('heartbeats', { of: 'all' })
}

/** What a crash left of sandboxes in a cluster. */
const scheduleSweep = (context: Context): (() => void) => {
  const task = schedule('*/10 * * * *', async () => {
    await sweepSandboxes(context).catch((error: unknown) => context.log.warn({ err: error }, 'sandboxes could not be swept'))
  })
  return () => void task.destroy()
}

/** Old evidence and incidents go every hour, at a minute when few other things are scheduled. Deleting twice is harmless, so every replica may. */
const schedulePurge = (context: Context, database: Database): (() => void) => {
  const task = schedule('17 * * * *', async () => {
    await purge(database, context.config.retention).catch((error: unknown) =>
      context.log.warn({ err: error }, 'old rows could not be removed'),
    )
  })
  return () => void task.destroy()
}
