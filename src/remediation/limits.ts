import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db, Trx } from '../db/connection.ts'
import { duration } from '../text/number.ts'

export type Asked = {
  readonly cluster: string
  readonly target: string
  readonly isUndo: boolean
  /** Nobody presses for it. */
  readonly isAutomatic?: boolean
}

/** MISSION 89: three on one target in five minutes open its breaker for as long again. */
const BREAKER = { most: 3, seconds: 300 }

/** SAFETY 3: Vigil itself may be the fault; so many in a quarter of an hour, over everything, freeze all until a person has looked. */
const STORM = { most: 10, seconds: 900 }

/** SAFETY 3: what nobody pressed for, of one target and of all, within an hour. */
const UNASKED = { ofTarget: 1, ofAll: 3, seconds: 3600 }

/** No cool-down is longer (config/actions.ts). */
const LONGEST_PAUSE_SECONDS = 86_400

/** Why nothing may be done to a target now, in words; null: it may. By the database's clock. */
export const limitOf = async ({ config, db }: Pick<Context, 'config' | 'db'>, asked: Asked, on: Db | Trx = db): Promise<string | null> => {
  const { rows } = await sql<Counted>`
    select (count(*) filter (where cluster = ${asked.cluster} and target = ${asked.target} and started_at > vigil_now() - make_interval(secs => ${BREAKER.seconds})))::int as recent,
      (count(*) filter (where ${unasked} and cluster = ${asked.cluster} and target = ${asked.target}))::int as unasked_here,
      (count(*) filter (where ${unasked}))::int as unasked,
      extract(epoch from vigil_now() - max(started_at) filter (where cluster = ${asked.cluster} and target = ${asked.target}))::float8 as since
    from action where started_at > vigil_now() - make_interval(secs => ${LONGEST_PAUSE_SECONDS}) and not (offer ->> 'dryRun')::boolean`.execute(
    on,
  )
  const { recent = 0, since = null, unasked_here: here = 0, unasked: unaskedInAll = 0 } = rows[0] ?? {}
  if (recent >= BREAKER.most) return `blocked: circuit open, ${recent} actions on this target in 5 minutes`
  const storm = await stormOf(on)
  if (storm !== null) return `blocked: ${storm}`
  if (asked.isAutomatic === true && here >= UNASKED.ofTarget) return 'one action within an hour ran on this target without a press already'
  if (asked.isAutomatic === true && unaskedInAll >= UNASKED.ofAll)
    return `${unaskedInAll} actions within an hour ran without a press already`
  const { cooldown_seconds: pause } = config.remediation
  // What makes it worse is taken back at once.
  if (asked.isUndo || since === null || since >= pause) return null
  return `cool-down: an action ran on this target ${duration(since)} ago, the next one may in ${duration(pause - since)}`
}

/** Why everything is to be frozen; null: nothing says so. What a person has unfrozen was looked at. By the database's clock. */
export const stormOf = async (on: Db | Trx): Promise<string | null> => {
  const { rows } = await sql<{ all: number }>`
    select count(*)::int as all from action where not (offer ->> 'dryRun')::boolean and started_at > greatest(
      vigil_now() - make_interval(secs => ${STORM.seconds}), coalesce((select max(at) from audit where what = 'unfreeze'), '-infinity'))`.execute(
    on,
  )
  const all = rows[0]?.all ?? 0
  return all < STORM.most ? null : `${all} actions in 15 minutes over everything, which a person should look at first`
}

type Counted = { recent: number; since: number | null; unasked_here: number; unasked: number }

const unasked = sql<boolean>`decided_by = 'vigil' and started_at > vigil_now() - make_interval(secs => ${UNASKED.seconds})`

/**
 * Lets one at a time begin, over all replicas, until its transaction ends: two that count at the same moment would both find room. Before anything is
 * counted.
 */
export const takeTurn = async (trx: Trx): Promise<void> => {
  await sql`select pg_advisory_xact_lock(${ROOM})`.execute(trx)
}

/** Whether there is room for one more that runs. The caller has its turn: who comes too many waits for the next try. */
export const hasRoom = async ({ config }: Pick<Context, 'config'>, trx: Trx): Promise<boolean> => {
  const { count } = await trx
    .selectFrom('action')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('status', '=', 'executing')
    .executeTakeFirstOrThrow()
  return Number(count) < config.remediation.parallel
}

/** Any number, the same for all replicas. */
const ROOM = 7_241_904
