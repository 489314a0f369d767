import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext as T, test } from 'node:test'
import { sql } from 'kysely'
import { type Database, openDatabase } from '../../src/db/connection.ts'
import { lockDirectory } from '../../src/db/lock.ts'
import { migrate } from '../../src/db/migrate.ts'
import { migrations } from '../../src/db/migrations/index.ts'
import { purge } from '../../src/db/purge.ts'
import { InputError, PermanentError, TransientError } from '../../src/errors.ts'
import { freshDatabase } from '../template.ts'

const directory = (t: T): string => {
  const path = mkdtempSync(join(tmpdir(), 'vigil-data-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const fresh = async (t: T): Promise<Database> => {
  const made = await freshDatabase()
  const database = await openDatabase({ url: made.url, dataDir: made.dataDir, ...(made.embedded ? { embedded: made.embedded } : {}) })
  t.after(async () => {
    await database.close()
    await made.remove()
  })
  return database
}

test('a directory that a living process holds is refused with its pid and the mend', (t) => {
  const path = directory(t)
  const child = spawn('sleep', ['30'])
  t.after(() => child.kill())
  writeFileSync(join(path, 'vigil.pid'), String(child.pid))
  assert.throws(
    () => lockDirectory(path),
    (error: unknown) =>
      error instanceof InputError && error.message.includes(`in use by pid ${child.pid}`) && error.message.includes('VIGIL_DATA_DIR'),
  )
  assert.equal(readFileSync(join(path, 'vigil.pid'), 'utf8'), String(child.pid))
})

test('a directory whose process is gone, or whose file is broken, is taken over', async (t) => {
  const child = spawn('true')
  await new Promise((resolve) => child.once('exit', resolve))
  for (const left of [String(child.pid), '', 'nonsense', '-1', String(process.pid)]) {
    const path = directory(t)
    writeFileSync(join(path, 'vigil.pid'), left)
    const release = lockDirectory(path)
    assert.equal(readFileSync(join(path, 'vigil.pid'), 'utf8'), String(process.pid), JSON.stringify(left))
    release()
    assert.ok(!existsSync(join(path, 'vigil.pid')))
  }
})

test('one process does not open a directory twice, and releases only what it holds', (t) => {
  const path = directory(t)
  const release = lockDirectory(path)
  assert.throws(() => lockDirectory(path), /in use by pid/)
  writeFileSync(join(path, 'vigil.pid'), '1')
  release()
  assert.equal(readFileSync(join(path, 'vigil.pid'), 'utf8'), '1')
})

test('the embedded database keeps its data, and refuses to be opened a second time meanwhile', async (t) => {
  const dataDir = directory(t)
  const first = await openDatabase({ url: undefined, dataDir })
  assert.deepEqual(await migrate(first.db), Object.keys(migrations))
  assert.deepEqual(await migrate(first.db), [])
  await first.db.insertInto('slack_cursor').values({ channel: 'C1', ts: '1.1' }).execute()
  await assert.rejects(openDatabase({ url: undefined, dataDir }), /in use by pid/)
  await first.close()
  const second = await openDatabase({ url: undefined, dataDir })
  assert.deepEqual(await second.db.selectFrom('slack_cursor').select('ts').execute(), [{ ts: '1.1' }])
  assert.deepEqual(await migrate(second.db), [])
  await second.close()
  assert.ok(!existsSync(join(dataDir, 'vigil.pid')))
})

test('migrating twice, and two at once, does the work once', async (t) => {
  const { db } = await fresh(t)
  assert.deepEqual(await Promise.all([migrate(db), migrate(db)]), [[], []])
})

test('a database of a newer Vigil is refused with words that say so', async (t) => {
  const { db } = await fresh(t)
  await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2036-01-01')`.execute(db)
  await assert.rejects(migrate(db), (error: unknown) => error instanceof PermanentError && /newer than this Vigil/.test(error.message))
})

test('a server that cannot be reached is said within seconds, with where to look, and without its password', async () => {
  for (const url of [
    'postgres://vigil:hunter2@127.0.0.1:9/x',
    'postgres://vigil:hunter2@localhost:9/x',
    'postgres://vigil:hunter2@no-such-host.invalid/x',
  ]) {
    const began = performance.now()
    const database = await openDatabase({ url, dataDir: '' })
    await assert.rejects(migrate(database.db), (error: unknown) => {
      assert.ok(error instanceof TransientError, String(error))
      assert.match(error.message, /cannot be reached \(.*(ECONNREFUSED|ENOTFOUND|EAI_AGAIN).*VIGIL_DATABASE_URL/)
      assert.ok(!error.message.includes('hunter2'))
      return true
    })
    assert.ok(performance.now() - began < 5000)
    await database.close()
  }
})

const DAYS = { evidence: '30d', incidents: '400d', context: '7d' }

const incident = async (
  { db }: Database,
  id: string,
  given: { daysOld: number; resolvedDaysAgo: number | null; previous?: string },
): Promise<void> => {
  const { daysOld, resolvedDaysAgo, previous = null } = given
  await sql`insert into incident (id, status, title, severity, cluster, alertname, started_at, resolved_at, previous_id)
    values (${id}, ${resolvedDaysAgo === null ? 'open' : 'resolved'}, 't', 's', 'default', 'A', now() - make_interval(days => ${daysOld}),
      ${resolvedDaysAgo === null ? null : new Date(Date.now() - resolvedDaysAgo * 86_400_000)}, ${previous})`.execute(db)
  await sql`insert into evidence (incident_id, number, source, query, output, shown, complete, at)
    values (${id}, 1, 'x', 'q', '{}', '', true, now() - make_interval(days => ${daysOld}))`.execute(db)
  await sql`insert into timeline (incident_id, type, data, at) values (${id}, 'opened', '{}', now() - make_interval(days => ${daysOld}))`.execute(
    db,
  )
  await sql`insert into alert (id, incident_id, fingerprint, cluster, source, status, labels, annotations, starts_at, confirmed, open)
    values (${`a${id}`}, ${id}, ${id}, 'default', 'x', 'firing', '{}', '{}', now(), true, ${resolvedDaysAgo === null})`.execute(db)
}

test('old incidents go with all that is theirs; what is open, or is named by what is open, stays whole', async (t) => {
  const database = await fresh(t)
  await incident(database, 'open', { daysOld: 500, resolvedDaysAgo: null })
  await incident(database, 'named', { daysOld: 600, resolvedDaysAgo: 550 })
  await incident(database, 'naming', { daysOld: 450, resolvedDaysAgo: null, previous: 'named' })
  await incident(database, 'old', { daysOld: 600, resolvedDaysAgo: 500 })
  await incident(database, 'long', { daysOld: 600, resolvedDaysAgo: 1 })
  await incident(database, 'recent', { daysOld: 60, resolvedDaysAgo: 59 })
  await purge(database, DAYS as never)
  const { db } = database
  const ids = async (query: Promise<{ id: string }[]>) => (await query).map(({ id }) => id).sort()
  assert.deepEqual(await ids(db.selectFrom('incident').select('id').execute()), ['long', 'named', 'naming', 'open', 'recent'])
  assert.deepEqual(await ids(db.selectFrom('evidence').select('incident_id as id').execute()), ['naming', 'open'])
  assert.equal((await db.selectFrom('timeline').select('id').execute()).length, 5)
  assert.equal((await db.selectFrom('alert').select('id').execute()).length, 5)
  await purge(database, DAYS as never)
  assert.equal((await db.selectFrom('incident').select('id').execute()).length, 5)
})

test('handled envelopes, old decisions and posts of nothing go; what waits to be handled stays', async (t) => {
  const database = await fresh(t)
  const { db } = database
  await sql`insert into inbox (key, kind, body, received_at, handled_at) values
    ('handled', 'event', '{}', now() - interval '9 days', now() - interval '8 days'),
    ('fresh', 'event', '{}', now(), now()), ('waiting', 'event', '{}', now() - interval '90 days', null)`.execute(db)
  await sql`insert into timeline (incident_id, type, data, at) values (null, 'skipped', '{}', now() - interval '31 days'), (null, 'skipped', '{}', now())`.execute(
    db,
  )
  await sql`insert into post (channel, ts, bot, fingerprints, status, at) values ('C', '1', 'B', '[]', 'firing', now() - interval '401 days'), ('C', '2', 'B', '[]', 'firing', now())`.execute(
    db,
  )
  await purge(database, DAYS as never)
  assert.deepEqual((await db.selectFrom('inbox').select('key').execute()).map(({ key }) => key).sort(), ['fresh', 'waiting'])
  assert.equal((await db.selectFrom('timeline').select('id').execute()).length, 1)
  assert.deepEqual(await db.selectFrom('post').select('ts').execute(), [{ ts: '2' }])
})

test('removing what is old does not break a transaction that is open meanwhile', async (t) => {
  const database = await fresh(t)
  let cleaned: Promise<void> = Promise.resolve()
  await database.db.transaction().execute(async (trx) => {
    await trx.insertInto('slack_cursor').values({ channel: 'C1', ts: '1.1' }).execute()
    cleaned = purge(database, DAYS as never)
    cleaned.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await trx.insertInto('slack_cursor').values({ channel: 'C2', ts: '1.1' }).execute()
  })
  await cleaned
  assert.equal((await database.db.selectFrom('slack_cursor').select('ts').execute()).length, 2)
})

test('a thousand old incidents are removed in seconds among twenty thousand', async (t) => {
  const database = await fresh(t)
  await sql`insert into incident (id, status, title, severity, cluster, alertname, started_at, resolved_at)
    select 'i' || n, 'resolved', 't', 's', 'default', 'A', now() - interval '1 day' * (n / 45), now() - interval '1 day' * (n / 45) from generate_series(1, 20000) n`.execute(
    database.db,
  )
  const began = performance.now()
  await purge(database, DAYS as never)
  assert.ok(performance.now() - began < 10_000)
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from incident`.execute(database.db)
  assert.ok((rows[0]?.n ?? 0) < 19_000 && (rows[0]?.n ?? 0) > 17_000)
})

test('pushed deploys go when their own retention is over', async (t) => {
  const database = await fresh(t)
  for (const days of [6, 8]) {
    await sql`insert into deploy (cluster, service, kind, at) values ('default', ${`of-${days}`}, 'deploy', now() - make_interval(days => ${days}))`.execute(
      database.db,
    )
  }
  await purge(database, DAYS as never)
  assert.deepEqual(await database.db.selectFrom('deploy').select('service').execute(), [{ service: 'of-6' }])
})

test('pushed log lines and traces go when their retention is over', async (t) => {
  const { db, ...database } = await fresh(t)
  for (const days of [6, 8]) {
    await sql`insert into pushed_log (cluster, service, message, at) values ('default', ${`of-${days}`}, 'x', now() - make_interval(days => ${days}))`.execute(
      db,
    )
    await sql`insert into pushed_trace (cluster, service, trace, ms, at) values ('default', ${`of-${days}`}, 't', 1, now() - make_interval(days => ${days}))`.execute(
      db,
    )
  }
  await purge({ db, ...database }, DAYS as never)
  for (const table of ['pushed_log', 'pushed_trace'] as const) {
    assert.deepEqual(await db.selectFrom(table).select('service').execute(), [{ service: 'of-6' }])
  }
})
