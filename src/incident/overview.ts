import type { Db, Trx } from '../db/connection.ts'
import type { Incident } from '../db/schema.ts'

export type Overview = {
  /** Newest first, 20 at most. */
  readonly open: readonly Incident[]
  readonly total: number
  /** Open ones in other channels, or without one. */
  readonly elsewhere: number
}

const SHOWN = 20

/** What is open, in one channel or, with null, in all that `visible` names. */
export const overview = async (db: Db | Trx, channel: string | null, visible: ReadonlySet<string> = new Set()): Promise<Overview> => {
  const all = await db.selectFrom('incident').selectAll().where('status', '<>', 'resolved').orderBy('started_at', 'desc').execute()
  const shown = all.filter(
    (incident) => incident.channel !== null && (channel === null ? visible.has(incident.channel) : incident.channel === channel),
  )
  return { open: shown.slice(0, SHOWN), total: shown.length, elsewhere: all.length - shown.length }
}
