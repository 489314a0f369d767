import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { systemClock } from '../src/context.ts'
import { type Database, openDatabase } from '../src/db/connection.ts'
import { migrate } from '../src/db/migrate.ts'
import { openQueue } from '../src/queue/queue.ts'
import { createLog } from '../src/telemetry/log.ts'

/**
 * Makes one migrated database to copy from: a template database on a server (a copy takes 20 ms), or a dump of the embedded one
 * (0.6 s). Returns the variables by which the test processes find it.
 */
export const prepareTemplate = async (serverUrl: string | undefined): Promise<Record<string, string>> => {
  if (serverUrl === undefined) return { VIGIL_TEST_DUMP: await dumpEmbedded() }
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query('create database vigil_template')
  await admin.end()
  const url = serverUrl.replace(/\/postgres$/, '/vigil_template')
  await install(await openDatabase({ url, dataDir: '' }), url)
  return { VIGIL_TEST_SERVER: serverUrl }
}

const install = async (database: Database, url: string | undefined): Promise<void> => {
  await migrate(database.db)
  const queue = await openQueue({ database, url, log: createLog({ log_level: 'silent' }), clock: systemClock })
  await queue.stop(1000)
  await database.close()
}

const dumpEmbedded = async (): Promise<string> => {
  const embedded = await PGlite.create()
  await install(await openDatabase({ url: undefined, dataDir: '', embedded }), undefined)
  const path = join(mkdtempSync(join(tmpdir(), 'vigil-dump-')), 'template.tar')
  writeFileSync(path, Buffer.from(await (await embedded.dumpDataDir('none')).arrayBuffer()))
  await embedded.close()
  return path
}

/** A fresh, migrated database of its own for one test. `url` is undefined on the embedded one. */
export type TestDatabase = { url: string | undefined; embedded: PGlite | undefined; dataDir: string; remove(): Promise<void> }

let made = 0

/** Without `test/run.ts` around it a single test file makes its own embedded template, so that it can be run alone. */
export const freshDatabase = async (): Promise<TestDatabase> => {
  const server = process.env['VIGIL_TEST_SERVER']
  if (server !== undefined) return copyOnServer(server)
  const dump = process.env['VIGIL_TEST_DUMP'] ?? (await dumpOnce())
  const embedded = await PGlite.create({ loadDataDir: new Blob([readFileSync(dump)]) })
  return { url: undefined, embedded, dataDir: '', remove: async () => void (embedded.closed || (await embedded.close())) }
}

let dumped: Promise<string> | undefined
const dumpOnce = (): Promise<string> => {
  dumped ??= dumpEmbedded()
  return dumped
}

const copyOnServer = async (server: string): Promise<TestDatabase> => {
  const name = `t_${process.pid}_${++made}`
  await admin(server, `create database ${name} template vigil_template`)
  return {
    url: server.replace(/\/postgres$/, `/${name}`),
    embedded: undefined,
    dataDir: '',
    remove: () => admin(server, `drop database if exists ${name} with (force)`),
  }
}

/** Copies of one template exclude each other for a moment, so a refusal is tried again. */
const admin = async (server: string, statement: string): Promise<void> => {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString: server })
    try {
      await client.connect()
      await client.query(statement)
      return
    } catch (error) {
      if (attempt >= 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 30))
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

/** Whether Debian's or anybody's program of that name can be run here: what needs a missing one is skipped by name. */
export const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, name)))
