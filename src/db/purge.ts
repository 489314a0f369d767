import { sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Database } from './connection.ts'

/** Rows that are kept of pushed log lines, and of pushed traces; at 500 bytes each 250 MB. */
const MOST_PUSHED = 500_000

/** Removes what is older than its retention: evidence, incidents that are over, handled envelopes, messages that belong to nothing, what was pushed. Evidence of open incidents stays. */
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
  for (const table of ['pushed_log', 'pushed_trace'] as const) {
    await sql`delete from ${sql.table(table)} where at < vigil_now() - make_interval(days => ${days(retention.context)})`.execute(db)
    // A shipper that is too eager fills no disk: the oldest go first.
    await sql`delete from ${sql.table(table)} where id <= (select coalesce(max(id), 0) - ${MOST_PUSHED} from ${sql.table(table)})`.execute(
      db,
    )
  }
  // A correction that nobody confirmed in so long belongs to a rule that is gone; a heartbeat that is configured is looked at twice a minute.
  await sql`delete from subject_correction where at < vigil_now() - make_interval(days => ${days(retention.incidents)})`.execute(db)
  await sql`delete from heartbeat where checked_at < vigil_now() - interval '7 days'`.execute(db)
  await sql`delete from deploy where at < vigil_now() - make_interval(days => ${days(retention.context)})`.execute(db)
  // The embedded database has no autovacuum. Through the pool: beside it this would be inside whatever transaction is open there.
  if (embedded !== undefined) await sql`vacuum analyze`.execute(db)
}
