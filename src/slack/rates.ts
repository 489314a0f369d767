import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db } from '../db/connection.ts'

/** How often a bucket may be used: one in `everyMs`, with `burst` at once after a pause. */
export type Rate = { readonly bucket: string; readonly everyMs: number; readonly burst: number }

/**
 * Slack's limits with room to spare: 1 message a second a channel, 50 edits a minute, 50 reactions a minute and 20 taken back.
 * Counted in the database, for all replicas. https://docs.slack.dev/apis/web-api/rate-limits
 */
export const postRate = (channel: string): Rate => ({ bucket: `post:${channel}`, everyMs: 1000, burst: 3 })
export const updateRate: Rate = { bucket: 'update', everyMs: 1500, burst: 5 }
/** Edits of one channel: where Slack's "too many" is noted, so that it holds up nobody else. */
export const channelUpdateRate = (channel: string): Rate => ({ bucket: `update:${channel}`, everyMs: 1, burst: 100 })
export const reactionRate: Rate = { bucket: 'reaction', everyMs: 1500, burst: 8 }
export const unreactionRate: Rate = { bucket: 'unreaction', everyMs: 4000, burst: 4 }

/** Longer than that a worker does not stand still: the job comes back instead. */
const PATIENCE_MS = 1500

/**
 * Takes the next free moment of a bucket, if it is at most `patienceMs` away, and says how long to wait until then. When it is
 * further away nothing is taken and the wait is how far. The generic cell rate algorithm in one statement, by the database's clock.
 */
export const reserve = async (db: Db, rate: Rate, patienceMs = PATIENCE_MS): Promise<{ taken: boolean; waitMs: number }> => {
  const every = rate.everyMs / 1000
  const slack = (every * (rate.burst - 1)).toString()
  const { rows } = await sql<{ taken: boolean; wait: number }>`
    with clock as (select vigil_now() as now),
    before as (select free_at from slack_rate where bucket = ${rate.bucket}),
    taken as (
      insert into slack_rate as r (bucket, free_at)
      select ${rate.bucket}, now + make_interval(secs => ${every}) from clock
      on conflict (bucket) do update set free_at = greatest(r.free_at, vigil_now()) + make_interval(secs => ${every})
        where r.free_at - make_interval(secs => ${slack}::float8) <= vigil_now() + make_interval(secs => ${patienceMs / 1000})
      returning free_at - make_interval(secs => ${every}) as at)
    select exists (select 1 from taken) as taken,
      greatest(0, extract(epoch from coalesce((select at from taken), (select free_at from before), now)
        - make_interval(secs => ${slack}::float8) - now))::float8 * 1000 as wait
    from clock`.execute(db)
  const row = rows[0]
  return { taken: row?.taken === true, waitMs: Math.ceil(row?.wait ?? rate.everyMs) }
}

/** Nothing of this bucket before `ms` from now: Slack said so. Not a moment longer than that because of other bursts. */
export const holdBack = async (db: Db, rate: Rate, ms: number): Promise<void> => {
  const until = (ms + rate.everyMs * (rate.burst - 1)) / 1000
  await sql`
    insert into slack_rate as r (bucket, free_at) values (${rate.bucket}, vigil_now() + make_interval(secs => ${until}))
    on conflict (bucket) do update set free_at = greatest(r.free_at, excluded.free_at)`.execute(db)
}

/** Reserves all of them and waits for the last; or tells how many milliseconds later to come back. */
export const turn = async (context: Context, rates: readonly Rate[]): Promise<{ later: number } | undefined> => {
  let wait = 0
  for (const rate of rates) {
    const { taken, waitMs } = await reserve(context.db, rate)
    if (!taken) return { later: waitMs }
    wait = Math.max(wait, waitMs)
  }
  if (wait > 0) await context.clock.sleep(wait)
  return undefined
}
