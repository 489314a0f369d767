import type { Incident, NewAlert } from '../db/schema.ts'
import type { Happened, SkipReason } from '../incident/timeline.ts'
import type { Labels } from '../series/series.ts'
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
export type Intake = {
  readonly alerts: readonly Alert[]
  readonly post: Post | null
  readonly asked: Asked | null
  /** The model that is to investigate, by the names of the configuration; without it chosen as usual. */
  readonly model?: string
  /** Since it came, before it was handed in: whoever sent it has waited as long. */
  readonly waitedMs?: number
}

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
  | 'notice_key'
> & { waits: boolean; waited_ms: number }

/** Of an incident that is in the database already; what is absent stays. */
export type IncidentChange = Partial<Omit<NewIncident, 'id'>> & { id: string; reopen?: boolean }

/** Of an alert that is in the database already. */
export type AlertChange = {
  fingerprint: string
  incident_id: string
  status: 'firing' | 'resolved'
  ends_at: Date | null
  repeats: number
  /** Its group's subject line now, where that was said. */
  line: string | null
  /** The row was a chat message's and becomes this alert's. */
  exact: NewAlert | null
}
export type NewInvestigation = {
  id: string
  incident_id: string
  kind: 'alert' | 'mention' | 'again'
  requested_by: string | null
  wanted_model: string | null
}
export type PostRow = Post & { incident_id: string | null; fingerprints: readonly string[]; status: 'firing' | 'resolved' }

/** A beat. */
export type Heard = { readonly key: string; readonly name: string; readonly cluster: string; readonly labels: Labels }

/** Everything that one intake transaction writes. */
export type Plan = {
  readonly incidents: readonly NewIncident[]
  readonly changes: readonly IncidentChange[]
  readonly alerts: readonly NewAlert[]
  readonly alertChanges: readonly AlertChange[]
  readonly investigations: readonly NewInvestigation[]
  readonly happened: readonly Happened[]
  readonly posts: readonly PostRow[]
  /** By their keys, in one order: replicas that write the same ones must not wait for each other in a ring. */
  readonly heard: readonly Heard[]
  /** Incidents that were read as open and must still be so. */
  readonly held: ReadonlySet<string>
  /** Incidents that were read as resolved and must still be so. */
  readonly reopened: ReadonlySet<string>
  /** Subject lines of groups whose alerts went elsewhere than to an incident that opened with that line. */
  readonly lines: ReadonlySet<string>
  readonly brief: ReadonlySet<string>
  readonly deliver: ReadonlySet<string>
  readonly recover: ReadonlySet<string>
  readonly received: readonly Received[]
}

/** What people said that alerts are about, by `correctionKey`. */
export type Corrections = ReadonlyMap<string, { readonly subject: string; readonly by: string }>

/** What was read for a batch. Candidates stand in the order in which they are preferred: newest first. */
export type State = {
  readonly candidates: readonly Candidate[]
  readonly separations: Separations
  readonly previous: ReadonlyMap<string, { id: string; number: number }>
  readonly corrections: Corrections
}
