import { type Kysely, sql } from 'kysely'

/** A migration that is a list of SQL statements, run in their order. */
export const ofStatements = (statements: readonly string[]) => ({
  up: async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
})
