import { sql } from 'kysely'
import type { Db, Trx } from '../db/connection.ts'
import type { Incident } from '../db/schema.ts'

/**
 * The incident that a message belongs to: it carries the thread, is a later post of it, or is a message of Vigil about it. Of several
 * in one thread the one that is not over, then the newest.
 */
export const findByMessage = async (db: Db | Trx, channel: string, ts: string): Promise<Incident | undefined> =>
  db
    .selectFrom('incident')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb.and([eb('channel', '=', channel), eb('thread_ts', '=', ts)]),
        eb('id', 'in', eb.selectFrom('post').select(sql<string>`incident_id`.as('id')).where('channel', '=', channel).where('ts', '=', ts)),
        eb(
          'id',
          'in',
          eb.selectFrom('message').select(sql<string>`incident_id`.as('id')).where('channel', '=', channel).where('ts', '=', ts),
        ),
      ]),
    )
    .orderBy(sql`status = 'resolved'`)
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst()

/** The incident that carries an alert of this name, or is about this service, and is not over; newest first. */
export const findOpenByName = async (db: Db | Trx, name: string): Promise<Incident[]> =>
  db
    .selectFrom('incident')
    .selectAll()
    .where('status', '<>', 'resolved')
    .where((eb) => eb.or([eb(sql`lower(alertname)`, '=', name.toLowerCase()), eb(sql`lower(subject)`, '=', name.toLowerCase())]))
    .orderBy('started_at', 'desc')
    .limit(20)
    .execute()

/** Of these words the one that names a service of an incident of the last 90 days; null when none or several do. */
export const knownSubject = async (db: Db | Trx, words: readonly string[]): Promise<string | null> => {
  if (words.length === 0) return null
  const rows = await db
    .selectFrom('incident')
    .select('subject')
    .distinct()
    .where('subject', 'in', words)
    .where('started_at', '>', sql<Date>`vigil_now() - interval '90 days'`)
    .limit(2)
    .execute()
  return rows.length === 1 ? (rows[0]?.subject ?? null) : null
}
