import type { Context } from '../context.ts'
import type { StoredAlert } from '../db/schema.ts'

/** The alert that the incident is about. */
export const alertOf = ({ db }: Pick<Context, 'db'>, incident: string): Promise<StoredAlert | undefined> =>
  db
    .selectFrom('alert')
    .selectAll()
    .where('incident_id', '=', incident)
    .where('source', '<>', 'mention')
    .orderBy('open', 'desc')
    .orderBy('confirmed', 'desc')
    .orderBy('last_seen', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
