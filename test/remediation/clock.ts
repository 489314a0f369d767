import { sql } from 'kysely'
import { type Clock, systemClock } from '../../src/context.ts'
import type { Db } from '../../src/db/connection.ts'

/** A clock that the test moves: the process' and, for every connection, the database's. */
export const movable = (): { clock: Clock; travel(db: Db, ms: number): Promise<void> } => {
  let ahead = 0
  return {
    clock: { ...systemClock, now: () => new Date(Date.now() + ahead) },
    travel: async (db, ms) => {
      ahead += ms
      await sql
        .raw(`create or replace function vigil_now() returns timestamptz language sql stable as
          $$ select now() + interval '${ahead / 1000} seconds' $$`)
        .execute(db)
    },
  }
}
