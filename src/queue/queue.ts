import { fromKysely, PgBoss, type Db as QueueDb } from 'pg-boss'
import type { Clock } from '../context.ts'
import type { Database, Trx } from '../db/connection.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import type { Logger } from '../telemetry/log.ts'
import { sharingFetches } from './fetches.ts'
import { type JobName, type Jobs, jobTraits, singletonKey, type Wake } from './jobs.ts'

export type SendOptions = {
  /** Seconds from now; 0 or absent: at once. */
  afterSeconds?: number
}

export type JobHandler<N extends JobName> = {
  /** Throws to have the job tried again later; `signal` aborts when the process is asked to stop. */
  run(data: Jobs[N], signal: AbortSignal): Promise<void>
  /** After the last try, or after an error that no retry can mend: says so where people look. */
  giveUp?(data: Jobs[N], error: unknown): Promise<void>
}

export type Queue = {
  /** Enqueues in the caller's transaction: the job exists if and only if the transaction commits. */
  send<N extends JobName>(trx: Trx, name: N, data: readonly Jobs[N][], options?: SendOptions): Promise<void>
  /** Enqueues on its own, for follow-ups that no state depends on. */
  sendNow<N extends JobName>(name: N, data: Jobs[N], options?: SendOptions): Promise<void>
  /** Starts the workers of one kind of job in this process. */
  work<N extends JobName>(name: N, handler: JobHandler<N>, concurrency?: number): Promise<void>
  /** Waiting and active jobs by kind. */
  depth(): Promise<Record<JobName, number>>
  /** No new jobs; the signal of running ones aborts, they get `drainMs` to come to a good end, then their leases go to others. */
  stop(drainMs: number): Promise<void>
}

export type QueueOptions = { database: Database; url: string | undefined; log: Logger; clock: Clock }

/** Opens pg-boss over the same database. Exclusivity of a job comes from its lease (heartbeat 10 s), never from a status. */
export const openQueue = async (options: QueueOptions): Promise<Queue> => {
  const boss = await startBoss(options)
  const stopping = new AbortController()
  let stopped: Promise<void> | undefined
  const alarms = new Set<() => void>()
  const wakeIn = (ms: number): void => {
    const cancel = options.clock.after(ms, () => {
      alarms.delete(cancel)
      if (!stopping.signal.aborted) boss.notifyWorker(waker)
    })
    alarms.add(cancel)
  }
  const insert: Insert = async (name, data, { afterSeconds = 0 }, db) => {
    if (afterSeconds > 0) {
      await insertJobs(boss, WAKE, { jobs: data.map((d) => wakeJob(name, d, afterSeconds)), db })
      if (afterSeconds <= SOON_S) for (const behind of BEHIND_MS) wakeIn(afterSeconds * 1000 + behind)
    } else await insertJobs(boss, name, { jobs: data.map((d) => ({ data: d, ...keyOf(name, d) })), db })
  }
  const waker: string = await boss.work(WAKE, { ...pollingSettings, batchSize: WAKES }, async (jobs: { data: Wake }[]) => {
    for (const name of new Set(jobs.map((job) => job.data.name))) {
      const due = jobs.filter((job) => job.data.name === name).map((job) => job.data.data)
      await insert(name, due, {})
    }
  })
  const givingUp: GivingUp = new Map()
  await boss.work<Jobs[JobName], void, typeof ofDead>(DEAD, ofDead, async ([job]) => {
    if (job === undefined) return
    const giveUp = givingUp.get(job.sourceName ?? '')
    if (giveUp === undefined) throw new TransientError(`nobody here handles ${job.sourceName}`)
    await giveUp(job.data)
  })
  return {
    send: (trx, name, data, sendOptions = {}) => insert(name, data, sendOptions, fromKysely(trx)),
    sendNow: (name, data, sendOptions = {}) => insert(name, [data], sendOptions),
    work: (name, handler, concurrency) => {
      givingUp.set(name, async (data) =>
        handler.giveUp?.(data as never, new TransientError('every attempt ended without a word: the process died')),
      )
      return startWorker({
        boss,
        name,
        handler,
        concurrency,
        signal: stopping.signal,
        log: options.log,
        handBack: (data) => insert(name, [data], {}),
      })
    },
    depth: () => depths(boss),
    stop: (drainMs) => {
      stopping.abort(new Error('stopping'))
      for (const cancel of alarms) cancel()
      stopped ??= boss.stop({ graceful: true, timeout: Math.max(1000, drainMs), close: true })
      return stopped
    },
  }
}

/** By the name of the queue where a job died. */
type GivingUp = Map<string, (data: Jobs[JobName]) => Promise<void>>

type Insert = <N extends JobName>(name: N, data: readonly Jobs[N][], options: SendOptions, db?: QueueDb) => Promise<void>

const WAKE = 'wake'
/** What is due so soon does not wait for the next poll on top: the first reply waits two seconds for the alert's own post, and stands after three. */
const SOON_S = 5
/** The database's clock says when a job is due; a worker that is just fetching does not hear the first call. */
const BEHIND_MS = [30, 300]
/** Jobs that are taken at once: thousands of incidents may be due in the same second. */
const WAKES = 200

/** Where a job goes whose last worker died with it: no handler is left there to give it up. */
const DEAD = 'dead'

type NewJob = { data: object; singletonKey?: string; startAfter?: number }
type Insertion = { readonly jobs: readonly NewJob[]; readonly db: QueueDb | undefined }

/**
 * Inserts what does not wait already. A job that waits could start, and end, before this transaction commits, and never see what it
 * writes: so it is held until then (workers skip what is locked), or inserted anew if it has just started.
 */
const insertJobs = async (boss: PgBoss, name: string, { jobs, db }: Insertion): Promise<void> => {
  let wanted = jobs
  for (let attempt = 0; wanted.length > 0 && attempt < 20; attempt++) {
    const ids = await boss.insert(name, [...wanted], { ...(db ? { db } : {}), returnId: true })
    if (db === undefined || ids?.length === wanted.length) return
    const keys = wanted.flatMap((job) => job.singletonKey ?? [])
    const { rows } = await db.executeSql(
      `select singleton_key from pgboss.job where name = $1 and singleton_key = any($2::text[]) and state = 'created' for share`,
      [name, keys],
    )
    const waiting = new Set(rows.map((row: { singleton_key: string }) => row.singleton_key))
    wanted = wanted.filter((job) => job.singletonKey !== undefined && !waiting.has(job.singletonKey))
  }
}

/** An id that no job has. */
const NO_JOB = '00000000-0000-4000-8000-000000000000'

/** With `notify` a worker is woken within milliseconds; the poll is what finds retries and jobs for later. */
const pollingSettings = { notifyPollingIntervalSeconds: 1, pollingIntervalSeconds: 1 }

const ofDead = { ...pollingSettings, includeMetadata: true } as const

/** Of about the same delay one is enough; a sooner one does not wait for a later one. */
const wakeJob = (name: JobName, data: Jobs[JobName], startAfter: number) => ({
  data: { name, data } satisfies Wake,
  singletonKey: `${name}:${singletonKey(data)}:${Math.max(0, Math.ceil(Math.log2(startAfter)))}`,
  startAfter,
})

type WorkerOptions<N extends JobName> = {
  boss: PgBoss
  name: N
  handler: JobHandler<N>
  concurrency: number | undefined
  signal: AbortSignal
  log: Logger
  handBack(data: Jobs[N]): Promise<void>
}

const startWorker = async <N extends JobName>(options: WorkerOptions<N>): Promise<void> => {
  const { boss, name, handler, concurrency, signal, log, handBack } = options
  const settings = { ...pollingSettings, localConcurrency: concurrency ?? jobTraits[name].concurrency, includeMetadata: true } as const
  const worker: string = await boss.work<Jobs[N], void, typeof settings>(name, settings, async ([job]) => {
    if (job === undefined) return
    // A fetch that was on its way when the process was asked to stop: another takes it.
    if (signal.aborted) return handBack(job.data)
    try {
      await handler.run(job.data, signal)
    } catch (error) {
      const last = job.retryCount >= job.retryLimit || error instanceof PermanentError || error instanceof InputError
      log.warn({ err: error, job: name, data: job.data, attempt: job.retryCount + 1, last }, 'a job failed')
      if (!last) throw error
      await handler.giveUp?.(job.data, error)
    } finally {
      // Without this a burst drains at 4 jobs a second: the worker would wait for its next poll.
      if (!signal.aborted) boss.notifyWorker(worker)
    }
  })
}

const keyOf = <N extends JobName>(name: N, data: Jobs[N]): { singletonKey?: string } =>
  jobTraits[name].policy === 'stately' ? { singletonKey: singletonKey(data) } : {}

const startBoss = async ({ database, url, log }: QueueOptions): Promise<PgBoss> => {
  const connection =
    url === undefined
      ? ({ db: embeddedAdapter(database), backend: 'pglite' } as const)
      : { connectionString: url, max: 4, connectionTimeoutMillis: 2000, Client: database.Client }
  const boss = new PgBoss({
    ...connection,
    useListenNotify: true,
    monitorIntervalSeconds: 1,
    superviseIntervalSeconds: 1,
    // pg-boss 12 passes over the keys that its cache calls active. At the default of a minute the job of a killed worker would be free
    // after 10 s and be taken after 70, and a key that was active when the cache was read would stand still for as long.
    queueCacheIntervalSeconds: 1,
  })
  const db = boss.getDb()
  db.executeSql = sharingFetches(db.executeSql.bind(db))
  // Its errors carry the whole client of pg with them.
  boss.on('error', ({ message }: Error) => log.warn({ reason: message }, 'queue'))
  await boss.start()
  await boss.createQueue(WAKE, { policy: 'stately', notify: true, retryLimit: 20, retryDelay: 1, deleteAfterSeconds: 600 })
  await boss.findJobs(WAKE, { id: NO_JOB })
  await boss.createQueue(DEAD, { retryLimit: 20, retryDelay: 5, retryDelayMax: 300, retryBackoff: true, deleteAfterSeconds: 3600 })
  for (const [name, traits] of Object.entries(jobTraits)) {
    await boss.createQueue(name, {
      policy: traits.policy,
      notify: true,
      // A killed worker's job is another's within 10 s instead of minutes.
      heartbeatSeconds: 10,
      retryLimit: traits.retryLimit,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 30,
      expireInSeconds: traits.expireSeconds,
      deleteAfterSeconds: 3600,
      deadLetter: DEAD,
    })
    // A cold cache would make the first send inside a transaction wait for the very connection that the transaction holds.
    await boss.findJobs(name, { id: NO_JOB })
  }
  return boss
}

/** Over the pool, not beside it: the embedded database has one session, and a ROLLBACK of another's would discard our work. */
const embeddedAdapter = (database: Database): QueueDb => ({
  async executeSql(text, values) {
    const client = await database.pool.connect()
    try {
      return await client.query(text, values as unknown[])
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  },
  async listen(channel, onNotification, onReconnect) {
    const off = await database.embedded?.listen(channel, onNotification)
    onReconnect()
    return { close: async () => off?.() }
  },
})

const depths = async (boss: PgBoss): Promise<Record<JobName, number>> => {
  const found = {} as Record<JobName, number>
  for (const name of Object.keys(jobTraits) as JobName[]) {
    const stats = await boss.getQueueStats(name)
    const last = Array.isArray(stats) ? stats.at(-1) : stats
    found[name] = (last?.queuedCount ?? 0) + (last?.activeCount ?? 0)
  }
  return found
}
