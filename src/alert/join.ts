import type { Incident } from '../db/schema.ts'
import { identityOf } from '../incident/incident.ts'
import type { JoinReason } from '../incident/timeline.ts'
import { type Alert, alertname } from './alert.ts'

/** An incident that is open, or was a moment ago, with the fingerprints of its open alerts. */
export type Candidate = {
  readonly incident: Pick<
    Incident,
    | 'id'
    | 'number'
    | 'status'
    | 'cluster'
    | 'subject'
    | 'alertname'
    | 'group_key'
    | 'receiver'
    | 'join_key'
    | 'channel'
    | 'thread_ts'
    | 'anchor'
  >
  /** Fingerprint -> whether that alert was firing when last heard of. */
  readonly alerts: ReadonlyMap<string, 'firing' | 'resolved'>
  /** Subject lines of its group and of the Slack posts that belong to it. */
  readonly subjects: readonly string[]
  /** Resolved, and still within the cool-down. */
  readonly cooling: boolean
}

export type Placed = { readonly alert: Alert; readonly cluster: string; readonly subject: string | null }

/** Where an alert belongs, with the reason: never a bare boolean. */
export type Decision =
  | { readonly to: 'join'; readonly candidate: Candidate; readonly reason: JoinReason; readonly repeat: boolean }
  | { readonly to: 'reopen'; readonly candidate: Candidate }
  | { readonly to: 'resolve'; readonly candidate: Candidate }
  | { readonly to: 'open' }
  | { readonly to: 'skip'; readonly reason: 'not_firing' }

/** "Not the same": pairs of fingerprint and identity that a person set apart. */
export type Separations = ReadonlySet<string>
export const separation = (fingerprint: string, identity: string): string => `${fingerprint} ${identity}`

/**
 * The order of DESIGN 4: the open incident that has its fingerprint; the same group key and receiver; the same cluster, subject
 * and alertname; a cooling one reopens; else a new one. A lossy notice of a chat goes by its subject line.
 */
export const decide = (placed: Placed, candidates: readonly Candidate[], separations: Separations): Decision => {
  const { alert } = placed
  const open = candidates.filter((candidate) => !candidate.cooling)
  const own = open.find((candidate) => candidate.alerts.has(alert.fingerprint)) ?? open.find((candidate) => hasNotice(candidate, alert))
  if (alert.status === 'resolved') return own === undefined ? { to: 'skip', reason: 'not_firing' } : { to: 'resolve', candidate: own }
  if (own !== undefined) return { to: 'join', candidate: own, reason: 'same_fingerprint', repeat: true }
  if (alert.source === 'mention') return { to: 'open' }
  const allowed = (candidate: Candidate) =>
    !separations.has(separation(alert.fingerprint, identityOf(candidate.incident) ?? candidate.incident.id))
  const group = open.find((candidate) => sameGroup(candidate, alert) && allowed(candidate))
  if (group !== undefined) return { to: 'join', candidate: group, reason: 'same_group', repeat: false }
  const subject = open.find((candidate) => sameIdentity(candidate, placed) && allowed(candidate))
  if (subject !== undefined) return { to: 'join', candidate: subject, reason: 'same_subject', repeat: false }
  const cooling = candidates.find(
    (candidate) => candidate.cooling && (candidate.alerts.has(alert.fingerprint) || sameIdentity(candidate, placed)) && allowed(candidate),
  )
  return cooling === undefined ? { to: 'open' } : { to: 'reopen', candidate: cooling }
}

/** A stock Slack post and the webhook of its group share the subject line, whichever comes first. */
const hasNotice = (candidate: Candidate, alert: Alert): boolean =>
  alert.groupSubject !== null && candidate.subjects.includes(alert.groupSubject) && (alert.notice !== null || isLossy(candidate))

/** Known only from a chat message: its labels are not known yet. */
export const isLossy = ({ incident }: Candidate): boolean => incident.subject === null && incident.group_key === null

const sameGroup = ({ incident }: Candidate, alert: Alert): boolean =>
  alert.groupKey !== null && incident.group_key === alert.groupKey && incident.receiver === alert.receiver

const sameIdentity = ({ incident }: Candidate, { alert, cluster, subject }: Placed): boolean =>
  subject !== null &&
  incident.join_key !== null &&
  incident.cluster === cluster &&
  incident.subject === subject &&
  incident.alertname === alertname(alert)
