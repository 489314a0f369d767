import type { ColumnType, Generated, Insertable, Selectable } from 'kysely'
import type { Analysis } from '../investigation/analysis.ts'
import type { Challenge, Question, QuestionAnswer } from '../investigation/conversation.ts'
import type { Answer } from '../investigation/evidence.ts'
import type { Pinned } from '../investigation/pinned.ts'
import type { Block, Usage } from '../llm/model.ts'
import type { Callback } from '../remediation/hear.ts'
import type { Offer } from '../remediation/offer.ts'
import type { Baseline, Watch } from '../remediation/watch.ts'

/** All tables on one page, in the words of docs/glossary.md. The SQL stands in migrations/. */
export type Schema = {
  incident: IncidentTable
  alert: AlertTable
  separation: SeparationTable
  explained: ExplainedTable
  subject_correction: SubjectCorrectionTable
  heartbeat: HeartbeatTable
  timeline: TimelineTable
  evidence: EvidenceTable
  investigation: InvestigationTable
  turn: TurnTable
  tool_call: ToolCallTable
  rating: RatingTable
  post: PostTable
  message: MessageTable
  inbox: InboxTable
  slack_rate: SlackRateTable
  slack_cursor: SlackCursorTable
  deploy: DeployTable
  pushed_log: PushedLogTable
  pushed_trace: PushedTraceTable
  action: ActionTable
  approval: ApprovalTable
  brake: BrakeTable
  audit: AuditTable
}

/** jsonb that goes in as a string and comes out parsed. */
type Json<T> = ColumnType<T, string, string>
type NullableJson<T> = ColumnType<T | null, string | null, string | null>
/** A column with a default in the table. */
type WithDefault<T> = ColumnType<T, T | undefined, T>
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>

export type IncidentStatus =
  | 'open'
  | 'investigating'
  | 'analysed'
  | 'awaiting_approval'
  | 'executing'
  | 'verifying'
  | 'resolved'
  | 'escalated'

export type IncidentTable = {
  /** UUID 7. */
  id: string
  /** For people: INC-214. */
  number: Generated<number>
  status: WithDefault<IncidentStatus>
  title: string
  severity: string
  cluster: string
  /** Unresolved is a valid answer. */
  subject: Nullable<string>
  alertname: string
  group_key: Nullable<string>
  receiver: Nullable<string>
  /** The subject line of its group in a stock Slack message. */
  group_subject: Nullable<string>
  onset: Nullable<Date>
  /** Slack user id of the person who took it. */
  owner: Nullable<string>
  channel: Nullable<string>
  /** The thread: the alert's own post, or Vigil's card. */
  thread_ts: Nullable<string>
  /** Whose message carries the thread; null until there is one. */
  anchor: Nullable<'alert' | 'own' | 'mention'>
  /** Until then the alert's own Slack post is waited for. */
  anchor_by: Nullable<Date>
  /** Vigil's one reaction on the alert's post. */
  reaction: Nullable<string>
  /** Raised by each handler that takes over; every write of a handler says which it had. */
  epoch: WithDefault<number>
  started_at: WithDefault<Date>
  resolved_at: Nullable<Date>
  /** The incident that this one follows after the cool-down. */
  previous_id: Nullable<string>
  /** Cluster, subject and alertname; unique among open incidents. Null for what must not be joined by them. */
  join_key: Nullable<string>
  /** The subject line with which it opened; unique among open incidents. Null when another open one has it. */
  notice_key: Nullable<string>
  /** The incident that this one was found to be a part of: its alerts are there. */
  merged_into: Nullable<string>
}

export type AlertTable = {
  id: string
  incident_id: string
  fingerprint: string
  cluster: string
  source: string
  status: 'firing' | 'resolved'
  labels: Json<Record<string, string>>
  annotations: Json<Record<string, string>>
  starts_at: Date
  ends_at: Nullable<Date>
  expression: Nullable<string>
  generator_url: Nullable<string>
  group_key: Nullable<string>
  receiver: Nullable<string>
  /** The subject line of its group in a stock Slack message. */
  group_subject: Nullable<string>
  /** Vouched for by the webhook's token or by Alertmanager itself. */
  confirmed: boolean
  count: WithDefault<number>
  first_seen: WithDefault<Date>
  last_seen: WithDefault<Date>
  /** While its incident is; one open row for each fingerprint of a cluster. */
  open: WithDefault<boolean>
}

/** "Not the same": this fingerprint does not join incidents of that identity again. */
export type SeparationTable = { fingerprint: string; identity: string; by: string; at: WithDefault<Date> }

/** Objects (kubernetes/objects.ts) that the suspects of an incident explain; the incident is removed from it when it is over. */
export type ExplainedTable = { object: string; incident_id: string }

/** What a person said that alerts like this one are about. `key`: cluster, alertname and the labels that stay (incident/correction.ts). */
export type SubjectCorrectionTable = {
  key: string
  cluster: string
  alertname: string
  /** The labels that stay. */
  labels: Json<Record<string, string>>
  subject: string
  /** Slack user id. */
  by: string
  at: WithDefault<Date>
}

/** A configured heartbeat of one cluster. */
export type HeartbeatTable = {
  key: string
  name: string
  cluster: string
  /** Of the alert when it was last heard; before that what is known of it. */
  labels: Json<Record<string, string>>
  /** Since then somebody has listened without a break. */
  since: WithDefault<Date>
  checked_at: WithDefault<Date>
  /** Null: never yet. */
  heard_at: Nullable<Date>
  /** When its silence was reported; null while it is heard. */
  lost_at: Nullable<Date>
}

/** Decisions about alerts that belong to no incident have none. */
export type TimelineTable = {
  id: Generated<number>
  incident_id: Nullable<string>
  at: WithDefault<Date>
  type: string
  data: Json<unknown>
}

export type EvidenceTable = {
  incident_id: string
  number: number
  source: string
  query: string
  range_from: Nullable<string>
  range_to: Nullable<string>
  output: Json<Answer>
  shown: string
  complete: boolean
  link: Nullable<string>
  at: WithDefault<Date>
}

/** The words of the API for a triage (MISSION 37). */
export type InvestigationStatus = 'pending' | 'in_progress' | 'complete' | 'failed' | 'error' | 'max_turns' | 'budget_exceeded'

/** `again`: a person asked for another look; `question`: asked in the thread; `challenge`: tries to refute an analysis. */
export type InvestigationKind = 'alert' | 'mention' | 'again' | 'question' | 'challenge'

export type InvestigationTable = {
  id: string
  incident_id: string
  /** 1, 2 … inside the incident. */
  number: number
  kind: WithDefault<InvestigationKind>
  status: WithDefault<InvestigationStatus>
  /** Slack user id, or null when an alert started it. */
  requested_by: Nullable<string>
  model: Nullable<string>
  system_prompt: Nullable<string>
  started_at: Nullable<Date>
  ended_at: Nullable<Date>
  /** Slack user id of the person who pressed Stop. */
  stopped_by: Nullable<string>
  analysis: NullableJson<Analysis>
  reason: Nullable<string>
  tool_calls: WithDefault<number>
  tokens_in: WithDefault<number>
  tokens_out: WithDefault<number>
  usd: WithDefault<number>
  model_ms: WithDefault<number>
  tool_ms: WithDefault<number>
  created_at: WithDefault<Date>
  /** Of a question. */
  question: NullableJson<Question>
  /** Of a challenge: the number of the investigation whose analysis it tries to refute. */
  about: Nullable<number>
  answer: NullableJson<QuestionAnswer>
  challenge: NullableJson<Challenge>
  /** By the names of the configuration; null: chosen by severity and budget. */
  wanted_model: Nullable<string>
  /** A person said "Investigate anyway": neither gate nor wait nor the spent budget hold it back. */
  forced: WithDefault<boolean>
  /** The newest timeline entry that the model was told of. */
  told: WithDefault<number>
  pinned: NullableJson<Pinned>
}

export type TurnTable = {
  investigation_id: string
  number: number
  role: 'user' | 'assistant'
  content: Json<readonly Block[]>
  stop: Nullable<string>
  usage: NullableJson<Usage>
  model: Nullable<string>
  ms: WithDefault<number>
  at: WithDefault<Date>
}

export type ToolCallTable = {
  investigation_id: string
  call_id: string
  turn: number
  name: string
  input: Json<unknown>
  /** What the model was given. */
  result: string
  is_error: boolean
  evidence: Nullable<number>
  input_bytes: number
  output_bytes: number
  ms: number
  at: WithDefault<Date>
}

export type RatingTable = {
  id: string
  incident_id: string
  investigation_id: string
  user_id: string
  rating: 'good' | 'bad'
  reason: Nullable<string>
  at: WithDefault<Date>
}

/** A message of an alert source in a channel, as far as it was read. */
export type PostTable = {
  channel: string
  ts: string
  incident_id: Nullable<string>
  bot: string
  receiver: Nullable<string>
  subject: Nullable<string>
  fingerprints: Json<readonly string[]>
  status: 'firing' | 'resolved'
  reaction: Nullable<string>
  at: WithDefault<Date>
}

/** The outbox: one row for each message of ours, its key in the message's metadata. */
export type MessageTable = {
  key: string
  incident_id: Nullable<string>
  channel: string
  thread_ts: Nullable<string>
  ts: Nullable<string>
  /** Digest of the payload that stands in Slack; null while that is unknown. */
  digest: Nullable<string>
  state: WithDefault<'sending' | 'sent' | 'failed'>
  error: Nullable<string>
  edited_at: Nullable<Date>
  at: WithDefault<Date>
}

export type InboxTable = {
  key: string
  kind: 'event' | 'interactive' | 'slash'
  body: Json<Record<string, unknown>>
  received_at: WithDefault<Date>
  handled_at: Nullable<Date>
  error: Nullable<string>
}

/** Next free moment of a rate bucket, counted for all replicas. */
export type SlackRateTable = { bucket: string; free_at: Date }

/** The newest message that was seen in a channel: where reading goes on after an absence. */
export type SlackCursorTable = { channel: string; ts: string; at: WithDefault<Date> }

/** A change of a service, as it was pushed. One row for each cluster, service, namespace, kind, version or commit, and time. */
export type DeployTable = {
  id: Generated<number>
  cluster: string
  service: string
  namespace: Nullable<string>
  kind: 'deploy' | 'config' | 'scale' | 'flag'
  version: Nullable<string>
  commit: Nullable<string>
  previous: Nullable<string>
  author: Nullable<string>
  url: Nullable<string>
  message: Nullable<string>
  at: Date
  received_at: WithDefault<Date>
}

/** A log line as it was pushed. */
export type PushedLogTable = {
  id: Generated<number>
  cluster: string
  service: string
  level: Nullable<string>
  message: string
  at: Date
}

/** One service's part of a trace as it was pushed; `at` is when it began. */
export type PushedTraceTable = {
  id: Generated<number>
  cluster: string
  trace: string
  service: string
  operation: Nullable<string>
  error: Nullable<string>
  ms: number
  at: Date
}

/**
 * `approved`: it waits for its turn; `blocked`: brake, cool-down or breaker held it back; `changed`: the target was not as shown any more;
 * `self_healed`: the problem was gone before it ran; `outcome_unknown`: it may have been done, and a person must look.
 */
export type ActionStatus =
  | 'awaiting_approval'
  | 'approved'
  | 'rejected'
  | 'expired'
  | 'superseded'
  | 'cancelled'
  | 'blocked'
  | 'changed'
  | 'self_healed'
  | 'executing'
  | 'succeeded'
  | 'failed'
  | 'outcome_unknown'
  | 'dry_run'

export type Verification = 'verified' | 'no_change' | 'worsened' | 'cannot_tell'

/** One action of the catalogue with parameters: proposed, decided, executed, verified. */
export type ActionTable = {
  id: string
  incident_id: string
  /** 1, 2 … inside the incident. */
  number: number
  version: WithDefault<number>
  kind: string
  entry: string
  cluster: string
  /** kubernetes/objects.ts */
  target: string
  /** Of the incident (incident/incident.ts), so that what did not help is not proposed again. */
  identity: Nullable<string>
  /** Of the cause that it was proposed for. */
  category: Nullable<string>
  /** What is shown, hashed and run. */
  offer: Json<Offer>
  digest: string
  status: WithDefault<ActionStatus>
  /** Slack user id of the person who asked for it; null when Vigil proposed it. */
  requested_by: Nullable<string>
  edited_by: Nullable<string>
  undo_of: Nullable<string>
  /** By the database's clock. */
  expires_at: ColumnType<Date, Date | string, Date | string>
  decided_by: Nullable<string>
  decided_at: Nullable<Date>
  reason: Nullable<string>
  /** Raised by each handler that takes it over. */
  epoch: WithDefault<number>
  attempts: WithDefault<number>
  /** Steps that are done. */
  step: WithDefault<number>
  /** When the step that follows was about to be sent; null once its end is known. */
  intent_at: Nullable<Date>
  /** Of a step whose end the other side reports later: that it is waited for, or what came. */
  callback: NullableJson<Callback>
  started_at: Nullable<Date>
  ended_at: Nullable<Date>
  result: Nullable<string>
  /** What the alert's expression said before. */
  baseline: NullableJson<Baseline>
  /** What was seen since. */
  watch: NullableJson<Watch>
  verification: Nullable<Verification>
  verified_at: Nullable<Date>
  /** When the problem came back within 24 h. */
  ineffective_at: Nullable<Date>
  /** When 24 h had passed without it. */
  worked_at: Nullable<Date>
  created_at: WithDefault<Date>
}

export type ApprovalTable = { action_id: string; version: number; user_id: string; at: WithDefault<Date> }

/** At most one row: who stopped all execution, and why. */
export type BrakeTable = { id: WithDefault<boolean>; by: string; reason: string; at: WithDefault<Date> }

/** Append-only; each row carries the hash of the one before. */
export type AuditTable = {
  id: Generated<number>
  at: WithDefault<Date>
  incident_id: Nullable<string>
  action_id: Nullable<string>
  who: string
  what: string
  data: Json<unknown>
  before: string
  hash: string
}

export type StoredAction = Selectable<ActionTable>
export type Incident = Selectable<IncidentTable>
export type StoredAlert = Selectable<AlertTable>
export type NewAlert = Insertable<AlertTable>
export type Investigation = Selectable<InvestigationTable>
