import type { Db } from '../db/connection.ts'
import type { Incident, IncidentStatus } from '../db/schema.ts'

/** What a list shows of an incident, and what its report begins with. Times are RFC 3339. */
export type IncidentSummary = Pick<
  Incident,
  'id' | 'status' | 'title' | 'severity' | 'cluster' | 'subject' | 'owner' | 'channel' | 'thread_ts'
> & { readonly onset: string | null; readonly started_at: string; readonly resolved_at: string | null }

/** Statuses in the order of the road. */
export const incidentStatuses = [
  'open',
  'investigating',
  'analysed',
  'awaiting_approval',
  'executing',
  'verifying',
  'resolved',
  'escalated',
] as const satisfies readonly IncidentStatus[]

/** `page` counts from 1. */
export type Wanted = { readonly limit: number; readonly page: number; readonly status: IncidentStatus | undefined }

/** One page of incidents, newest first, and how many there are in all. */
export const listIncidents = async (db: Db, { limit, page, status }: Wanted): Promise<{ incidents: IncidentSummary[]; total: number }> => {
  const all = db.selectFrom('incident').$if(status !== undefined, (query) => query.where('status', '=', status ?? 'open'))
  const [rows, { total }] = await Promise.all([
    all
      .selectAll()
      .orderBy('started_at', 'desc')
      .orderBy('number', 'desc')
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    all.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  return { incidents: rows.map(summaryOf), total }
}

export const summaryOf = (incident: Incident): IncidentSummary => ({
  id: incident.id,
  status: incident.status,
  title: incident.title,
  severity: incident.severity,
  cluster: incident.cluster,
  subject: incident.subject,
  onset: incident.onset?.toISOString() ?? null,
  owner: incident.owner,
  started_at: incident.started_at.toISOString(),
  resolved_at: incident.resolved_at?.toISOString() ?? null,
  channel: incident.channel,
  thread_ts: incident.thread_ts,
})
