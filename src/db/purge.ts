import { sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Database } from './connection.ts'

/** Removes what is older than its retention: evidence, incidents that are over, handled envelopes, messages that belong to nothing, deploys. Evidence of open incidents stays. */
export const purge = async ({ db, embedded }: Database, retention: Config['retention']): Promise<void> => {
  const days = (text: string): number => Number.parseInt(text, 10)
  await sql`
    delete from evidence e using incident i
    where i.id = e.incident_id and i.status = 'resolved' and e.at < vigil_now() - make_interval(days => ${days(retention.evidence)})`.execute(
    db,
  )
  await sql`
    delete from incident i where i.status = 'resolved' and coalesce(i.resolved_at, i.started_at) < vigil_now() - make_interval(days => ${days(retention.incidents)})
      and not exists (select 1 from incident later where later.previous_id = i.id and later.status <> 'resolved')`.execute(db)
  await sql`delete from inbox where handled_at < vigil_now() - interval '7 days'`.execute(db)
  await sql`delete from timeline where incident_id is null and at < vigil_now() - interval '30 days'`.execute(db)
  await sql`delete from post where incident_id is null and at < vigil_now() - make_interval(days => ${days(retention.incidents)})`.execute(
    db,
  )
  await sql`delete from message where incident_id is null and at < vigil_now() - make_interval(days => ${days(retention.incidents)})`.execute(
    db,
  )
  await sql`delete from deploy where at < vigil_now() - make_interval(days => ${days(retention.context)})`.execute(db)
  // The embedded database has no autovacuum. Through the pool: beside it this would be inside whatever transaction is open there.
  if (embedded !== undefined) await sql`vacuum analyze`.execute(db)
}
