import type { Db, Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { TimelineEntry } from './timeline.ts'

/** Stores what was decided about an alert that belongs to no incident, so that its silence can be explained (promise 13). */
export const recordDecision = async (db: Db | Trx, entry: TimelineEntry): Promise<void> => {
  await db
    .insertInto('timeline')
    .values({ incident_id: null, type: entry.type, data: jsonbText(entry) })
    .execute()
}
