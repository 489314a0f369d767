import { Migrator } from 'kysely/migration'
import { PermanentError } from '../errors.ts'
import type { Db } from './connection.ts'
import { migrations } from './migrations/index.ts'

/**
 * Brings the database to this version's schema, under the migrator's lock, each migration in a transaction.
 * Returns the names that ran. Throws PermanentError when the database is newer than this Vigil, or when one fails.
 */
export const migrate = async (db: Db): Promise<string[]> => {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const text = error instanceof Error ? error.message : String(error)
    const newer = /previously executed migration .* is missing/.test(text)
    throw new PermanentError(
      newer ? `The database is newer than this Vigil (${text}). Start the newer version.` : `Migration failed: ${text}`,
      { cause: error },
    )
  }
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName)
}
