import { sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { digest } from '../text/digest.ts'

/** The alert under which a heartbeat's silence is reported. It is Vigil's own: no rule has it, and no model is asked about it. */
export const HEARTBEAT_LOST = 'HeartbeatLost'

/** A configured heartbeat of one cluster. */
export const heartbeatKey = (match: readonly string[], cluster: string): string => digest([match, cluster])

/** A configured heartbeat wherever it may be heard: with its cluster where that is said, else in each of them. */
export const heartbeatsOf = ({ heartbeats, clusters }: Config) =>
  heartbeats.flatMap((heartbeat) => {
    const said = heartbeat.cluster ?? (clusters.length === 0 ? DEFAULT_CLUSTER : undefined)
    const where = said === undefined ? [...clusters.map(({ name }) => name), DEFAULT_CLUSTER] : [said]
    // Where it is not said, only what was heard once can be missed.
    return where.map((cluster) => ({ ...heartbeat, cluster, key: heartbeatKey(heartbeat.match, cluster), isExpected: said !== undefined }))
  })

/** "Watchdog of prod-eu" */
export const heartbeatName = ({ name, cluster }: { readonly name: string; readonly cluster: string }): string =>
  cluster === DEFAULT_CLUSTER ? name : `${name} of ${cluster}`

/** The heartbeat of a cluster that is lost at the moment, in words; null while all are heard. Nothing that its sources call over is believed then. */
export const lostHeartbeat = async ({ db, config }: Context, cluster: string): Promise<string | null> => {
  const keys = heartbeatsOf(config).flatMap((one) => (one.cluster === cluster ? [one.key] : []))
  if (keys.length === 0) return null
  const { rows } = await sql<{ name: string; cluster: string; heard_at: Date | null }>`
    select name, cluster, heard_at from heartbeat
    where key = any(${keys}::text[]) and lost_at is not null and (heard_at is null or heard_at <= lost_at) order by key limit 1`.execute(db)
  const [lost] = rows
  if (lost === undefined) return null
  const since =
    lost.heard_at === null ? 'has never been heard' : `was last heard ${lost.heard_at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `the heartbeat ${heartbeatName(lost)} ${since}, so that something is quiet there says nothing`
}
