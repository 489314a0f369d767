import type { Random } from '../context.ts'
import type { NewAlert } from '../db/schema.ts'
import type { Placed } from './join.ts'

/** An alert as it is stored with the incident that it came to. */
export const alertRow = (
  { random, now }: { readonly random: Random; readonly now: Date },
  { alert, cluster }: Placed,
  incident: string,
): NewAlert => ({
  id: random.id(),
  incident_id: incident,
  fingerprint: alert.fingerprint,
  cluster,
  source: alert.source,
  status: 'firing',
  labels: JSON.stringify(alert.labels),
  annotations: JSON.stringify(alert.annotations),
  // Not said, or said by a clock that is ahead of ours.
  starts_at: alert.startsAt.getTime() === 0 || alert.startsAt > now ? now : alert.startsAt,
  ends_at: null,
  expression: alert.expression,
  generator_url: alert.generatorUrl,
  group_key: alert.groupKey,
  group_subject: alert.groupSubject,
  receiver: alert.receiver,
  confirmed: alert.confirmed,
  count: 1,
})
