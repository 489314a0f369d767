import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { StoredAlert } from '../db/schema.ts'

/** The alert that the incident is about; `of`: that one, while it is here, whatever came in meanwhile. */
export const alertOf = ({ db }: Pick<Context, 'db'>, incident: string, of: string | null = null): Promise<StoredAlert | undefined> =>
  db
    .selectFrom('alert')
    .selectAll()
    .where('incident_id', '=', incident)
    .where('source', '<>', 'mention')
    .orderBy(sql`id::text = coalesce(${of}::text, '')`, 'desc')
    .orderBy('open', 'desc')
    .orderBy('confirmed', 'desc')
    .orderBy('last_seen', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
