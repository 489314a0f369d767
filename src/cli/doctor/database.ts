import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { sql } from 'kysely'
import { type Db, openDatabase } from '../../db/connection.ts'
import { migrations } from '../../db/migrations/index.ts'
import { type CheckInput, type Line, said, skewLine } from './check.ts'
import { healthy } from './http.ts'

const part = 'Database'

/** A server: version, clock, migrations. The embedded one: whether its directory is free and can be written; it is not opened. */
export const checkDatabase = async (input: CheckInput): Promise<readonly Line[]> =>
  input.config.database_url === undefined ? [await embedded(input)] : server(input, input.config.database_url)

const server = async (input: CheckInput, url: string): Promise<readonly Line[]> => {
  const database = await openDatabase({ url, dataDir: '', max: 1 })
  try {
    const row = await sql<{
      version: string
      now: Date
    }>`select current_setting('server_version') as version, clock_timestamp() as now`.execute(database.db)
    const { version = '', now = input.clock.now() } = row.rows[0] ?? {}
    const old = Number.parseInt(version, 10) < 15
    const skew = skewLine(part, 'the database', now.getTime() - input.clock.now().getTime())
    if (old)
      return [
        { level: 'fault', effect: 'no start', part, text: `PostgreSQL ${version} is too old`, mend: 'use PostgreSQL 15 or later' },
        ...skew,
      ]
    return [await tables(database.db, version), ...skew]
  } catch (error) {
    return [
      {
        level: 'fault',
        effect: 'no start',
        part,
        text: `PostgreSQL: ${withoutPassword(said(error), url)}`,
        mend: 'check DATABASE_URL, and that the server takes connections from here',
      },
    ]
  } finally {
    await database.close()
  }
}

const tables = async (db: Db, version: string): Promise<Line> => {
  const known = Object.keys(migrations)
  const { rows } = await sql<{ exists: boolean }>`select to_regclass('kysely_migration') is not null as exists`.execute(db)
  const applied =
    rows[0]?.exists === true
      ? (await sql<{ name: string }>`select name from kysely_migration`.execute(db)).rows.map(({ name }) => name)
      : []
  if (applied.some((name) => !known.includes(name)))
    return {
      level: 'fault',
      effect: 'no start',
      part,
      text: `PostgreSQL ${version}: its tables are of a newer Vigil`,
      mend: 'start that version',
    }
  const left = known.filter((name) => !applied.includes(name)).length
  const state =
    left === 0
      ? 'its tables are up to date'
      : `${left} ${left === 1 ? 'migration' : 'migrations'} to apply: start does it, or vigil migrate`
  return { level: 'ok', part, text: `PostgreSQL ${version}, ${state}` }
}

/** Neither our driver nor the server repeats it today; this makes sure. */
const withoutPassword = (text: string, url: string): string => {
  const { password } = new URL(url)
  return [password, decodeURIComponent(password)]
    .filter((secret) => secret !== '')
    .reduce((left, secret) => left.replaceAll(secret, '…'), text)
}

const embedded = async (input: CheckInput): Promise<Line> => {
  const dataDir = input.config.data_dir
  const holder = holderOf(dataDir)
  const limits = 'survives crashes of Vigil, not a power cut (DATABASE_URL for production)'
  if (holder !== undefined && (input.config.admin.port === 0 || (await healthy(input))))
    return { level: 'ok', part, text: `embedded, ${dataDir} is in use by pid ${holder}, your running Vigil; it ${limits}` }
  if (holder !== undefined)
    return {
      level: 'fault',
      effect: 'no start',
      part,
      text: `embedded: ${dataDir} is in use by pid ${holder}, and no Vigil answers on port ${input.config.admin.port}`,
      mend: 'stop that process, or set VIGIL_DATA_DIR to a directory of its own, or DATABASE_URL',
    }
  try {
    accessSync(nearestExisting(resolve(dataDir)), constants.W_OK)
  } catch {
    return {
      level: 'fault',
      effect: 'no start',
      part,
      text: `embedded: ${dataDir} cannot be written`,
      mend: 'set VIGIL_DATA_DIR to a directory that Vigil may write, or DATABASE_URL',
    }
  }
  return { level: 'ok', part, text: `embedded in ${dataDir}${existsSync(dataDir) ? '' : ', made at the first start'}; it ${limits}` }
}

const nearestExisting = (directory: string): string =>
  existsSync(directory) || dirname(directory) === directory ? directory : nearestExisting(dirname(directory))

/** The lock of db/lock, read without taking it. */
const holderOf = (dataDir: string): number | undefined => {
  const path = join(dataDir, 'vigil.pid')
  if (!existsSync(path)) return undefined
  const pid = Number(readFileSync(path, 'utf8').trim())
  try {
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined
  }
}
