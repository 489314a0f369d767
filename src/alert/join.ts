import type { Incident } from '../db/schema.ts'
import { identityOf } from '../incident/incident.ts'
import type { JoinReason } from '../incident/timeline.ts'
import { type Alert, alertname } from './alert.ts'
import { hasStem, stemOfKey } from './group-subject.ts'

/** An incident that is open, or was a moment ago, with what is known of its alerts. It grows while a plan is made. */
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
    | 'group_subject'
    | 'join_key'
    | 'notice_key'
    | 'channel'
    | 'thread_ts'
    | 'anchor'
  >
  /** Fingerprint -> whether that alert was firing when last heard of. Open alerts; of a cooling incident the last ones. */
  readonly alerts: Map<string, 'firing' | 'resolved'>
  /** Fingerprint -> the line of its group in a chat, where that is known. */
  readonly lines: Map<string, string>
  /** Of these the ones that are known from a chat message alone: neither labels nor fingerprint are the alert's own. */
  readonly lossy: Set<string>
  /** The Slack messages that belong to it. */
  readonly posts: CandidatePost[]
  /** The groups of its alerts, by their lines in a chat. */
  readonly subjects: Set<string>
  /** Of what its suspects explain, the objects that the alerts at hand are about (objects.ts). */
  readonly explains: ReadonlySet<string>
  /** Resolved, and still within the cool-down. */
  cooling: boolean
}

export type CandidatePost = {
  readonly channel: string
  readonly ts: string
  readonly subject: string | null
  readonly fingerprints: readonly string[]
}

export type Placed = {
  readonly alert: Alert
  readonly cluster: string
  readonly subject: string | null
  /** What it is about: objects.ts. */
  readonly objects: readonly string[]
  /** The Slack message that it was read from. */
  readonly post: Pick<CandidatePost, 'channel' | 'ts'> | null
}

/** Where an alert belongs, with the reason: never a bare boolean. */
export type Decision =
  | { readonly to: 'join'; readonly candidate: Candidate; readonly reason: JoinReason }
  | { readonly to: 'reopen'; readonly candidate: Candidate }
  | { readonly to: 'resolve'; readonly candidate: Candidate }
  | { readonly to: 'open' }
  | { readonly to: 'skip'; readonly reason: 'not_firing' }

/** "Not the same": pairs of fingerprint and identity that a person set apart. */
export type Separations = ReadonlySet<string>
export const separation = (fingerprint: string, identity: string): string => `${fingerprint} ${identity}`

/**
 * The order of DESIGN 4: the open incident that has its fingerprint; the same group key and receiver; the same cluster, subject
 * and alertname; an open incident whose suspect explains it; a cooling one reopens; else a new one. A notice of a chat goes by its subject line, which is its group's. Among
 * several that fit the first of `candidates` is taken.
 */
export const decide = (placed: Placed, candidates: readonly Candidate[], separations: Separations): Decision => {
  const { alert } = placed
  const allowed = (candidate: Candidate) =>
    !separations.has(separation(alert.fingerprint, identityOf(candidate.incident) ?? candidate.incident.id))
  const open = candidates.filter((candidate) => !candidate.cooling)
  const own = open.find((candidate) => hasAlert(candidate, alert))
  const told = own ?? noticed(open.filter(allowed), placed)
  if (alert.status === 'resolved') return told === undefined ? { to: 'skip', reason: 'not_firing' } : { to: 'resolve', candidate: told }
  if (own !== undefined) return { to: 'join', candidate: own, reason: 'same_fingerprint' }
  if (alert.source === 'mention') return { to: 'open' }
  const group = told ?? open.find((candidate) => sameGroup(candidate, alert) && allowed(candidate))
  if (group !== undefined) return { to: 'join', candidate: group, reason: 'same_group' }
  const subject = open.find((candidate) => sameIdentity(candidate, placed) && allowed(candidate))
  if (subject !== undefined) return { to: 'join', candidate: subject, reason: 'same_subject' }
  const explaining = open.find((candidate) => explains(candidate, placed) && allowed(candidate))
  if (explaining !== undefined) return { to: 'join', candidate: explaining, reason: 'explained' }
  const cold = candidates.filter((candidate) => candidate.cooling)
  const cooling =
    // Its own incident is its own, also when it was once set apart from another with the same name and service.
    cold.find((candidate) => hasAlert(candidate, alert)) ??
    cold.find((candidate) => (sameIdentity(candidate, placed) || hasNotice(candidate, alert)) && allowed(candidate))
  return cooling === undefined ? { to: 'open' } : { to: 'reopen', candidate: cooling }
}

const explains = (candidate: Candidate, { cluster, objects }: Placed): boolean =>
  candidate.incident.cluster === cluster && objects.some((object) => candidate.explains.has(object))

/** A message with the lossless template names several alerts; its group is where any of them is. */
const hasAlert = ({ alerts }: Candidate, alert: Alert): boolean =>
  alerts.has(alert.fingerprint) || (!alert.confirmed && (alert.notice?.fingerprints.some((one) => alerts.has(one)) ?? false))

const noticed = (open: readonly Candidate[], { alert, post }: Placed): Candidate | undefined => {
  const exact = open.find((candidate) => hasNotice(candidate, alert))
  if (exact !== undefined || alert.notice === null || alert.confirmed) return exact
  // An edited message may have another line, and is still the message of that incident.
  const edited = post === null ? undefined : open.find((candidate) => hasPost(candidate, post))
  if (edited !== undefined) return edited
  // A group's line changes with what its alerts have in common. Only when no other group can be meant.
  const [like, ...others] = open.filter((candidate) => hasGroupStem(candidate, alert.notice?.subject ?? ''))
  return others.length > 0 ? undefined : like
}

/** A stock Slack post and the webhook of its group share the subject line, whichever comes first. */
const hasNotice = (candidate: Candidate, alert: Alert): boolean =>
  alert.groupSubject !== null &&
  (alert.notice !== null || candidate.lossy.size > 0) &&
  (candidate.incident.group_subject === alert.groupSubject ||
    candidate.subjects.has(alert.groupSubject) ||
    candidate.posts.some((post) => post.subject === alert.groupSubject))

export const hasPost = ({ posts }: Candidate, { channel, ts }: Pick<CandidatePost, 'channel' | 'ts'>): boolean =>
  posts.some((post) => post.channel === channel && post.ts === ts)

const hasGroupStem = ({ incident }: Candidate, subject: string): boolean => {
  const stem = stemOfKey(incident.group_key)
  return stem !== null && hasStem(subject, stem)
}

const sameGroup = ({ incident }: Candidate, alert: Alert): boolean =>
  alert.groupKey !== null && incident.group_key === alert.groupKey && incident.receiver === alert.receiver

const sameIdentity = ({ incident }: Candidate, { alert, cluster, subject }: Placed): boolean =>
  subject !== null &&
  incident.join_key !== null &&
  incident.cluster === cluster &&
  incident.subject === subject &&
  incident.alertname === alertname(alert)

/** A message speaks for its group: for the alerts that it names, else those of the post or of the group with the same line, else all. */
export const resolvedOf = ({ alert, post }: Placed, { alerts, posts, lines }: Candidate): readonly string[] => {
  const same = posts.filter((one) => one.subject === alert.groupSubject || (one.channel === post?.channel && one.ts === post.ts))
  const said = [
    alert.notice?.fingerprints ?? [],
    [alert.fingerprint],
    same.flatMap((one) => one.fingerprints),
    [...lines.keys()].filter((one) => lines.get(one) === alert.groupSubject),
  ]
  return [...new Set(said.map((some) => some.filter((one) => alerts.has(one))).find((some) => some.length > 0) ?? alerts.keys())]
}
