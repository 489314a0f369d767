import type { Incident, NewAlert } from '../db/schema.ts'
import type { Happened, SkipReason } from '../incident/timeline.ts'
import type { Alert } from './alert.ts'
import type { Candidate, Separations } from './join.ts'

/** The Slack message that an alert was read from: the anchor of the thread. */
export type Post = {
  readonly channel: string
  readonly ts: string
  readonly bot: string
  readonly subject: string
  readonly receiver: string | null
}

/** Who asked, when a person did. */
export type Asked = { readonly user: string; readonly channel: string; readonly threadTs: string; readonly anchor: 'alert' | 'mention' }

/** What one sender handed in at once. */
export type Intake = { readonly alerts: readonly Alert[]; readonly post: Post | null; readonly asked: Asked | null }

export type Accepted = { readonly id: string; readonly incident: string; readonly fingerprint: string }
export type Skipped = { readonly fingerprint: string; readonly reason: SkipReason; readonly incident: string | null }
export type Received = { readonly accepted: Accepted[]; readonly skipped: Skipped[] }

export type NewIncident = Pick<
  Incident,
  | 'id'
  | 'title'
  | 'severity'
  | 'cluster'
  | 'alertname'
  | 'subject'
  | 'group_key'
  | 'receiver'
  | 'group_subject'
  | 'channel'
  | 'thread_ts'
  | 'anchor'
  | 'previous_id'
  | 'join_key'
> & { waits: boolean }

export type IncidentChange = Partial<Omit<NewIncident, 'id'>> & { id: string; reopen?: boolean }
export type AlertChange = {
  cluster: string
  fingerprint: string
  incident_id: string
  status: 'firing' | 'resolved'
  ends_at: Date | null
  repeats: number
}
export type NewInvestigation = { id: string; incident_id: string; kind: 'alert' | 'mention' | 'again'; requested_by: string | null }
export type PostRow = Post & { incident_id: string | null; fingerprints: string[]; status: 'firing' | 'resolved' }

/** Everything that one intake transaction writes. */
export type Plan = {
  incidents: NewIncident[]
  changes: IncidentChange[]
  alerts: NewAlert[]
  alertChanges: AlertChange[]
  investigations: NewInvestigation[]
  happened: Happened[]
  posts: PostRow[]
  /** Incidents that were read as open and must still be so. */
  held: Set<string>
  brief: Set<string>
  deliver: Set<string>
  recover: Set<string>
  received: Received[]
}

export type State = { candidates: Candidate[]; separations: Separations; previous: ReadonlyMap<string, { id: string; number: number }> }
