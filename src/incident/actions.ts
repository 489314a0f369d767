import type { Db } from '../db/connection.ts'
import type { ActionStatus, StoredAction } from '../db/schema.ts'
import type { Offer } from '../remediation/offer.ts'

/** Where an action stands, in five words for programs that know other tools' queues. */
export type ActionState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'

/** Each status belongs to exactly one state. */
export const stateOfStatus: Readonly<Record<ActionStatus, ActionState>> = {
  awaiting_approval: 'pending',
  approved: 'pending',
  executing: 'running',
  succeeded: 'completed',
  dry_run: 'completed',
  failed: 'failed',
  outcome_unknown: 'failed',
  rejected: 'cancelled',
  expired: 'cancelled',
  superseded: 'cancelled',
  cancelled: 'cancelled',
  blocked: 'cancelled',
  changed: 'cancelled',
  self_healed: 'cancelled',
}

/** One action as programs see it. Times are RFC 3339. */
export type ReportedAction = Pick<
  StoredAction,
  | 'id'
  | 'number'
  | 'version'
  | 'kind'
  | 'entry'
  | 'cluster'
  | 'status'
  | 'digest'
  | 'requested_by'
  | 'edited_by'
  | 'decided_by'
  | 'reason'
  | 'undo_of'
  | 'attempts'
  | 'result'
  | 'verification'
> &
  Pick<Offer, 'params' | 'target' | 'title' | 'change' | 'risk' | 'why' | 'notes' | 'undo' | 'command' | 'approvers'> & {
    readonly incident: string
    readonly state: ActionState
    readonly approvals_needed: number
    readonly dry_run: boolean
    readonly created_at: string
    readonly expires_at: string
    readonly decided_at: string | null
    readonly started_at: string | null
    readonly ended_at: string | null
    readonly verified_at: string | null
    readonly ineffective_at: string | null
    readonly worked_at: string | null
  }

/** The actions of one incident, in the order in which they were proposed. */
export const actionsOf = async (db: Db, incident: string): Promise<ReportedAction[]> =>
  (await db.selectFrom('action').selectAll().where('incident_id', '=', incident).orderBy('number').execute()).map(reportedAction)

export const reportedAction = ({ offer, ...row }: StoredAction): ReportedAction => ({
  id: row.id,
  incident: row.incident_id,
  number: row.number,
  version: row.version,
  kind: row.kind,
  entry: row.entry,
  cluster: row.cluster,
  target: offer.target,
  title: offer.title,
  params: offer.params,
  change: offer.change,
  risk: offer.risk,
  why: offer.why,
  notes: offer.notes,
  undo: offer.undo,
  command: offer.command,
  status: row.status,
  state: stateOfStatus[row.status],
  digest: row.digest,
  dry_run: offer.dryRun,
  approvers: offer.approvers,
  approvals_needed: offer.approvals,
  requested_by: row.requested_by,
  edited_by: row.edited_by,
  decided_by: row.decided_by,
  reason: row.reason,
  undo_of: row.undo_of,
  attempts: row.attempts,
  result: row.result,
  verification: row.verification,
  created_at: row.created_at.toISOString(),
  expires_at: new Date(row.expires_at).toISOString(),
  decided_at: iso(row.decided_at),
  started_at: iso(row.started_at),
  ended_at: iso(row.ended_at),
  verified_at: iso(row.verified_at),
  ineffective_at: iso(row.ineffective_at),
  worked_at: iso(row.worked_at),
})

const iso = (at: Date | null): string | null => at?.toISOString() ?? null
