import { Migrator } from 'kysely/migration'
import { PermanentError, TransientError } from '../errors.ts'
import type { Db } from './connection.ts'
import { migrations } from './migrations/index.ts'

/**
 * Brings the database to this version's schema, under the migrator's lock, each migration in a transaction.
 * Returns the names that ran. Throws PermanentError when the database is newer than this Vigil, or when one fails, TransientError when
 * there is no database.
 */
export const migrate = async (db: Db): Promise<string[]> => {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const text = textOf(error)
    if (isUnreachable(error))
      throw new TransientError(`The database cannot be reached (${text}). Check VIGIL_DATABASE_URL, and that the server runs.`, {
        cause: error,
      })
    const newer = /previously executed migration .* is missing/.test(text)
    throw new PermanentError(
      newer ? `The database is newer than this Vigil (${text}). Start the newer version.` : `Migration failed: ${text}`,
      { cause: error },
    )
  }
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName)
}

/** A host with two addresses fails with one error for each, and none of its own. */
const textOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return [...new Set(error.errors.map(textOf))].join(', ')
  return error instanceof Error ? error.message : String(error)
}

/** The server answers with codes of five characters; those of the network, and none at all, come from before it. */
const isUnreachable = (error: unknown): boolean => {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string') return /^E[A-Z_]+$/.test(code) || /^(08|57P)/.test(code)
  return /terminated|timeout|timed out/i.test(textOf(error))
}
