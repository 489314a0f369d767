import type { Db, Trx } from '../db/connection.ts'
import type { Incident, IncidentStatus } from '../db/schema.ts'
import { databaseNow } from './timeline.ts'

/** Every legal move of an incident. What is not here cannot happen. */
const moves: Readonly<Record<IncidentStatus, readonly IncidentStatus[]>> = {
  open: ['investigating', 'analysed', 'resolved', 'escalated'],
  investigating: ['open', 'analysed', 'awaiting_approval', 'resolved', 'escalated'],
  analysed: ['investigating', 'awaiting_approval', 'resolved', 'escalated'],
  awaiting_approval: ['executing', 'analysed', 'investigating', 'resolved', 'escalated'],
  executing: ['verifying', 'escalated'],
  verifying: ['analysed', 'awaiting_approval', 'resolved', 'escalated'],
  resolved: ['open'],
  // `verifying`: a person found that what nobody knew of was done.
  escalated: ['investigating', 'awaiting_approval', 'verifying', 'resolved'],
}

/** The statuses from which an incident may go to `to`. */
export const statusesBefore = (to: IncidentStatus): IncidentStatus[] =>
  (Object.keys(moves) as IncidentStatus[]).filter((status) => moves[status].includes(to))

export type Moved = { readonly moved: true } | { readonly moved: false; readonly status: IncidentStatus | 'gone' }

/**
 * Moves an incident by compare-and-swap: only from a status that may go to `to`, and with `epoch` only for who holds it.
 * The loser is told where the incident stands.
 */
export const move = async (db: Db | Trx, incident: string, to: IncidentStatus, epoch?: number): Promise<Moved> => {
  let update = db
    .updateTable('incident')
    .set({ status: to, ...(to === 'resolved' ? { resolved_at: databaseNow } : {}), ...(to === 'open' ? { resolved_at: null } : {}) })
    .where('id', '=', incident)
    .where('status', 'in', statusesBefore(to))
  if (epoch !== undefined) update = update.where('epoch', '=', epoch)
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow()
  if (numUpdatedRows > 0n) return { moved: true }
  const now = await db.selectFrom('incident').select('status').where('id', '=', incident).executeTakeFirst()
  return { moved: false, status: now?.status ?? 'gone' }
}

/** Takes over an incident: from now on every write of an earlier handler is refused. Undefined when there is no such incident. */
export const takeOver = async (db: Db | Trx, incident: string): Promise<Incident | undefined> =>
  db
    .updateTable('incident')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', '=', incident)
    .returningAll()
    .executeTakeFirst()

export const findIncident = async (db: Db | Trx, id: string): Promise<Incident | undefined> =>
  db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst()

/** What people call it. */
export const incidentName = (incident: Pick<Incident, 'number'>): string => `INC-${incident.number}`

/** Cool-down, history and lessons go by this, never by fingerprint alone: pod names change. Null while the subject is unresolved. */
export const identityOf = (incident: Pick<Incident, 'cluster' | 'subject' | 'alertname'>): string | null =>
  incident.subject === null ? null : `${incident.cluster}|${incident.subject}|${incident.alertname}`
