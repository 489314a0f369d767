import type { Context } from '../context.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { TimelineEntry } from '../incident/timeline.ts'
import type { Skipped } from './intake.ts'
import type { Unreadable } from './sources/alertmanager.ts'

/** Faults that are kept of one webhook; a sender that is broken repeats itself. */
const KEPT = 20

/**
 * Stores that some alerts of a webhook could not be read, one entry a webhook: also what was not understood is a decision with a
 * reason. Returns what the sender is told of each.
 */
export const skipUnreadable = async (context: Context, unreadable: readonly Unreadable[]): Promise<(Skipped & { detail: string })[]> => {
  if (unreadable.length === 0) return []
  const faults = unreadable.slice(0, KEPT).map(({ fault }) => fault)
  const entry: TimelineEntry = {
    type: 'skipped',
    reason: 'unreadable',
    detail: `${unreadable.length} in one webhook of alertmanager: ${faults.join(' | ')}`,
  }
  await context.db
    .insertInto('timeline')
    .values({ incident_id: null, type: entry.type, data: jsonbText(entry) })
    .execute()
  for (const _ of unreadable) context.telemetry.submitted('skipped')
  return unreadable.map(({ fingerprint, fault }) => ({ fingerprint, reason: 'unreadable', incident: null, detail: fault }))
}
