import assert from 'node:assert/strict'
import { type TestContext as T, test } from 'node:test'
import { sql } from 'kysely'
import { systemClock } from '../../src/context.ts'
import { type Database, openDatabase } from '../../src/db/connection.ts'
import { InputError, PermanentError, TransientError } from '../../src/errors.ts'
import type { JobName } from '../../src/queue/jobs.ts'
import { openQueue, type Queue } from '../../src/queue/queue.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { freshDatabase } from '../template.ts'
import { until } from '../until.ts'

const log = createLog({ log_level: 'silent' })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

type Made = {
  database: Database
  queue: Queue
  url: string | undefined
  another(): Promise<Queue>
  send(name: JobName, incident: string): Promise<void>
}

const made = async (t: T): Promise<Made> => {
  const fresh = await freshDatabase()
  const database = await openDatabase({ url: fresh.url, dataDir: fresh.dataDir, ...(fresh.embedded ? { embedded: fresh.embedded } : {}) })
  const queues: Queue[] = []
  const another = async () => {
    const queue = await openQueue({ database, url: fresh.url, log, clock: systemClock })
    queues.push(queue)
    return queue
  }
  const queue = await another()
  t.after(async () => {
    await Promise.all(queues.map((each) => each.stop(1000)))
    await database.close()
    await fresh.remove()
  })
  const send = (name: JobName, incident: string) =>
    database.db.transaction().execute((trx) => queue.send(trx, name, [{ incident } as never]))
  return { database, queue, url: fresh.url, another, send }
}

const onServer = { skip: process.env['VIGIL_TEST_SERVER'] === undefined ? 'needs a PostgreSQL server' : false }

test('of one key one waits and one runs: what comes during a run is one run more, however often it comes', async (t) => {
  const { queue, send } = await made(t)
  const gates: (() => void)[] = []
  let active = 0
  let most = 0
  await queue.work('deliver', {
    run: async () => {
      active += 1
      most = Math.max(most, active)
      await new Promise<void>((resolve) => gates.push(resolve))
      active -= 1
    },
  })
  await send('deliver', 'a')
  await until('the first runs', () => gates.length === 1)
  for (let i = 0; i < 5; i++) await send('deliver', 'a')
  await pause(1500)
  assert.equal(gates.length, 1)
  gates[0]?.()
  await until('the second runs', () => gates.length === 2)
  gates[1]?.()
  await pause(1500)
  assert.deepEqual([gates.length, most], [2, 1])
})

test('keys do not wait for each other', async (t) => {
  const { queue, send } = await made(t)
  const ran: string[] = []
  await queue.work('deliver', {
    run: async ({ incident }) => {
      ran.push(incident)
      if (incident === 'stuck') await pause(1500)
    },
  })
  await send('deliver', 'stuck')
  for (const key of ['b', 'c', 'd']) await send('deliver', key)
  await until('the others ran', () => ran.length === 4, { seconds: 5 })
})

test('a job that waits does not start before a transaction that counts on it has committed', onServer, async (t) => {
  const { database, queue, send } = await made(t)
  let committed = false
  const seen: boolean[] = []
  await send('deliver', 'a')
  await database.db.transaction().execute(async (trx) => {
    await queue.send(trx, 'deliver', [{ incident: 'a' }])
    await queue.work('deliver', { run: async () => void seen.push(committed) })
    await pause(1500)
    committed = true
  })
  await until('a run that sees it', () => seen.includes(true), { seconds: 5 })
  assert.deepEqual(seen, [true])
})

test('many transactions that send for the same keys in any order neither hang nor fail', onServer, async (t) => {
  const { database, queue } = await made(t)
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
  const ran = new Set<string>()
  await queue.work('deliver', { run: async ({ incident }) => void ran.add(incident) })
  const sendAll = (order: string[]) =>
    database.db.transaction().execute(async (trx) => {
      for (const incident of order) await queue.send(trx, 'deliver', [{ incident }])
    })
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => sendAll(i % 2 === 0 ? keys : keys.toReversed())))
  // Opposite orders may deadlock, which the database ends and the sender tries again; but nobody waits for ever and something goes through.
  assert.ok(results.some((result) => result.status === 'fulfilled'))
  await until('all keys ran', () => ran.size === 20, { seconds: 10 })
})

test('a job for later does not hold back one for now, and a sooner one does not wait for a later one', async (t) => {
  const { queue } = await made(t)
  let ran = 0
  await queue.work('recover', { run: async () => void ran++ })
  await queue.sendNow('recover', { incident: 'a' }, { afterSeconds: 300 })
  await queue.sendNow('recover', { incident: 'a' })
  await until('the one for now ran', () => ran === 1, { seconds: 3 })
  await queue.sendNow('recover', { incident: 'a' }, { afterSeconds: 1 })
  await until('the sooner one ran', () => ran === 2, { seconds: 6 })
})

test('hundreds of jobs that are due in the same second all run soon', async (t) => {
  const { queue } = await made(t)
  const ran = new Set<string>()
  await queue.work('recover', { run: async ({ incident }) => void ran.add(incident) })
  await Promise.all(Array.from({ length: 200 }, (_, i) => queue.sendNow('recover', { incident: `i${i}` }, { afterSeconds: 1 })))
  await until('all ran', () => ran.size === 200, { seconds: 12, seen: () => ran.size })
})

test('a failure is tried again; after the last one it is given up once, with the last error', async (t) => {
  const { database, queue, send } = await made(t)
  await sql`update pgboss.queue set retry_limit = 1, retry_delay = 0, retry_backoff = false where name = 'brief'`.execute(database.db)
  const attempts: string[] = []
  const given: string[] = []
  await queue.work('brief', {
    run: async ({ incident }) => {
      attempts.push(incident)
      throw new TransientError(`try ${attempts.length}`)
    },
    giveUp: async (_, error) => void given.push((error as Error).message),
  })
  await send('brief', 'a')
  await until('it is given up', () => given.length === 1, { seconds: 10 })
  assert.deepEqual([attempts.length, given], [2, ['try 2']])
  await pause(1500)
  assert.equal(given.length, 1)
})

test('what no retry can mend is given up at once', async (t) => {
  const { queue, send } = await made(t)
  const attempts: string[] = []
  const given: string[] = []
  await queue.work('brief', {
    run: async ({ incident }) => {
      attempts.push(incident)
      throw incident === 'a' ? new PermanentError('refused') : new InputError('unusable')
    },
    giveUp: async ({ incident }) => void given.push(incident),
  })
  await send('brief', 'a')
  await send('brief', 'b')
  await until('both are given up', () => given.length === 2, { seconds: 5 })
  await pause(1200)
  assert.deepEqual(attempts.sort(), ['a', 'b'])
})

test('giving up that fails is itself tried again', async (t) => {
  const { queue, send } = await made(t)
  let tries = 0
  await queue.work('brief', {
    run: async () => {
      throw new PermanentError('refused')
    },
    giveUp: async () => {
      tries += 1
      if (tries === 1) throw new TransientError('the database is gone for a moment')
    },
  })
  await send('brief', 'a')
  await until('it was given up at last', () => tries >= 2, { seconds: 20 })
})

test('a job whose worker dies at its last attempt is given up by another', onServer, async (t) => {
  const { database, queue, another, send } = await made(t)
  await sql`update pgboss.queue set retry_limit = 0, expire_seconds = 1 where name = 'brief'`.execute(database.db)
  await queue.work('brief', { run: () => new Promise(() => undefined) }, 1)
  await send('brief', 'a')
  const given: string[] = []
  const second = await another()
  await second.work('brief', { run: async () => undefined, giveUp: async ({ incident }) => void given.push(incident) })
  await until('somebody says so', () => given.includes('a'), { seconds: 20 })
})

test('stopping aborts the signal of what runs, and what hands over goes on elsewhere', onServer, async (t) => {
  const { queue, another, send } = await made(t)
  const events: string[] = []
  await queue.work('investigate', {
    run: async ({ incident }, signal) => {
      events.push('first begins')
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      await queue.sendNow('investigate', { incident })
      events.push('first hands over')
    },
  })
  await send('investigate', 'a')
  await until('it runs', () => events.length === 1)
  const second = await another()
  await second.work('investigate', { run: async () => void events.push('second goes on') })
  await queue.stop(5000)
  await until('the other one goes on', () => events.includes('second goes on'), { seconds: 10 })
  assert.deepEqual(events, ['first begins', 'first hands over', 'second goes on'])
})

test('what does not stop in time is taken over by another', onServer, async (t) => {
  const { queue, another, send } = await made(t)
  let second = 0
  await queue.work('investigate', { run: () => new Promise(() => undefined) })
  await send('investigate', 'a')
  await pause(1500)
  await queue.stop(1000)
  await (await another()).work('investigate', { run: async () => void second++ })
  await until('the other one has it', () => second === 1, { seconds: 15 })
})

test('depth counts what waits and what runs', async (t) => {
  const { queue, send } = await made(t)
  await send('recover', 'a')
  await send('recover', 'b')
  await until('both are counted', async () => (await queue.depth()).recover === 2, { seconds: 5 })
})

test('a job for soon runs when it is due, not at the poll after that', async (t) => {
  const { queue } = await made(t)
  const ran = Promise.withResolvers<number>()
  await queue.work('deliver', { run: async () => ran.resolve(performance.now()) })
  const began = performance.now()
  await queue.sendNow('deliver', { incident: 'a' }, { afterSeconds: 1.2 })
  const late = (await ran.promise) - began - 1200
  assert.ok(late > -50 && late < 500, `${late} ms late`)
})
