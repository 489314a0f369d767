import { mkdirSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { Kysely, type LogEvent, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { lockDirectory } from './lock.ts'
import { PreparingClient } from './prepared.ts'
import type { Schema } from './schema.ts'

export type Db = Kysely<Schema>
/** A function that takes one of these runs inside its caller's transaction. */
export type Trx = Transaction<Schema>

export type Database = {
  db: Db
  pool: pg.Pool
  /** Undefined when a PostgreSQL server is used. */
  embedded: PGlite | undefined
  /** How a connection to a server is made, for who opens its own. */
  Client: typeof pg.Client
  close(): Promise<void>
}

export type DatabaseOptions = {
  /** A postgres:// address; undefined: the embedded database in `dataDir`. */
  url: string | undefined
  dataDir: string
  /** Connections of the pool to a server. */
  max?: number
  /** Called for each statement, with its duration. */
  onQuery?: (event: LogEvent) => void
  /** For tests: a database made elsewhere, instead of `dataDir`. */
  embedded?: PGlite
}

/**
 * Opens the database. The embedded one is PostgreSQL 18 in this process with one connection: nothing may use the pool inside a
 * transaction, which is an error after 5 s there, not a hang. Throws InputError when another process holds its directory.
 */
export const openDatabase = async (options: DatabaseOptions): Promise<Database> =>
  options.url === undefined ? openEmbedded(options) : openServer(options, options.url)

const openServer = (options: DatabaseOptions, url: string): Database => {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    types: numericBigints,
    // A database that is gone must turn into a 503 within 2 s (SAFETY T5), and a half-open socket must not hold a step for minutes.
    connectionTimeoutMillis: 2000,
    keepAlive: true,
    query_timeout: 20_000,
    Client: PreparingClient,
  })
  // An idle connection that the server cuts is not our error: the next query opens another.
  pool.on('error', () => undefined)
  // Nor is one that it cuts between two statements of a transaction: the pool listens to idle ones alone, and what nobody hears ends the
  // process. The transaction's next statement fails by itself.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = kysely(pool, options)
  return { db, pool, embedded: undefined, Client: PreparingClient, close: () => db.destroy() }
}

const openEmbedded = async (options: DatabaseOptions): Promise<Database> => {
  const release = options.embedded === undefined ? lock(options.dataDir) : () => undefined
  try {
    // 16 MB of buffers instead of 128 keeps the process at about 200 MB.
    const embedded =
      options.embedded ??
      (await PGlite.create({ dataDir: `${options.dataDir}/db`, startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'] }))
    const pool = new pg.Pool({
      ...createPgConfig(embedded),
      max: 1,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: 5000,
      types: numericBigints,
    })
    const db = kysely(pool, options)
    const close = async () => {
      await db.destroy()
      if (options.embedded === undefined) await embedded.close()
      release()
    }
    return { db, pool, embedded, Client: pg.Client, close }
  } catch (error) {
    release()
    throw error
  }
}

const lock = (dataDir: string): (() => void) => {
  mkdirSync(dataDir, { recursive: true })
  return lockDirectory(dataDir)
}

const kysely = (pool: pg.Pool, options: DatabaseOptions): Db =>
  new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), ...(options.onQuery ? { log: options.onQuery } : {}) })

const INT8 = 20

/** Our bigints are identities and counts: far below 2^53, so they may be numbers. */
const numericBigints: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
}
