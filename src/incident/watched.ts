import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'

/**
 * Whether a deed is being watched: that ends the incident itself, when it was good for long enough, and says what it was before and after. A
 * watch that has not ended long after its time is not waited for.
 */
export const isWatched = async ({ db, config }: Context, { id, status }: Incident): Promise<boolean> => {
  if (status !== 'verifying') return false
  const seconds = OVERDUE_SECONDS + 4 * config.remediation.verify_seconds
  const { rows } = await sql<{ id: string }>`
    select id from action where incident_id = ${id} and status = 'succeeded' and verification is null
      and ended_at > vigil_now() - make_interval(secs => ${seconds}) limit 1`.execute(db)
  return rows.length > 0
}

/** For a rule with a long `for`, of which a watch waits out three at most. */
const OVERDUE_SECONDS = 3 * 3600
