import { identityOf } from '../incident/incident.ts'
import { type Alert, alertname } from './alert.ts'
import type { Candidate, Placed } from './join.ts'

/** The candidates of a plan, found by what they and an alert can have in common. */
export type Candidates = {
  /** Also for one that has changed: it is then found by its new traits too. */
  add(candidate: Candidate): void
  addAlert(candidate: Candidate, alert: Pick<Alert, 'fingerprint' | 'groupSubject'>, status: 'firing' | 'resolved'): void
  /** All that `decide` could choose for this alert, in the order in which they were added; more than those is possible. */
  near(placed: Placed): Candidate[]
  of(incident: string): Candidate | undefined
  /** Whether an open one, other than `except`, holds this key already. */
  isTaken(key: 'join_key' | 'notice_key' | 'group_key', value: string, except?: Candidate): boolean
  /** Whether this message carries the thread of an open one. */
  isThread(channel: string, ts: string): boolean
}

/** An index, because a webhook can bring ten thousand alerts: comparing each with each would take minutes. */
export const indexed = (initial: readonly Candidate[]): Candidates => {
  const byTrait = new Map<string, Set<Candidate>>()
  const order = new Map<Candidate, number>()
  const byId = new Map<string, Candidate>()
  const note = (candidate: Candidate, trait: string) => {
    const known = byTrait.get(trait)
    if (known === undefined) byTrait.set(trait, new Set([candidate]))
    else known.add(candidate)
  }
  const add = (candidate: Candidate) => {
    byId.set(candidate.incident.id, candidate)
    if (!order.has(candidate)) order.set(candidate, order.size)
    for (const trait of traitsOf(candidate)) note(candidate, trait)
    for (const fingerprint of candidate.alerts.keys()) note(candidate, alertTrait(fingerprint))
  }
  for (const candidate of initial) add(candidate)
  const having = (trait: string): readonly Candidate[] => [...(byTrait.get(trait) ?? [])]
  return {
    add,
    addAlert: (candidate, { fingerprint, groupSubject }, status) => {
      candidate.alerts.set(fingerprint, status)
      note(candidate, alertTrait(fingerprint))
      if (groupSubject === null) return
      candidate.subjects.add(groupSubject)
      candidate.lines.set(fingerprint, groupSubject)
      note(candidate, `subject ${groupSubject}`)
    },
    near: (placed) => {
      const found = new Set(traitsOfAlert(placed).flatMap(having))
      return [...found].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    },
    of: (incident) => byId.get(incident),
    isTaken: (key, value, except) => having(`${key} ${value}`).some((one) => one !== except && !one.cooling && one.incident[key] === value),
    isThread: (channel, ts) => having(`thread ${channel} ${ts}`).some((one) => !one.cooling),
  }
}

const alertTrait = (fingerprint: string): string => `alert ${fingerprint}`

const traitsOf = ({ incident, posts, lossy, subjects, explains }: Candidate): string[] => [
  ...[...explains].map((object) => `object ${object}`),
  ...[incident.group_subject, ...subjects, ...posts.map((post) => post.subject)].flatMap((one) =>
    one === null ? [] : [`subject ${one}`, ...(lossy.size > 0 ? [`lossy ${one}`] : [])],
  ),
  ...(incident.group_key === null ? [] : [`group_key ${incident.group_key}`]),
  // Whatever follows changes with the group's alerts.
  ...(incident.group_subject === null ? [] : [`word ${firstWord(incident.group_subject)}`]),
  ...(incident.join_key === null ? [] : [`join_key ${incident.join_key}`, `identity ${identityOf(incident)}`]),
  ...(incident.notice_key === null ? [] : [`notice_key ${incident.notice_key}`]),
  ...posts.map((post) => `post ${post.channel} ${post.ts}`),
  ...(incident.thread_ts === null ? [] : [`thread ${incident.channel} ${incident.thread_ts}`]),
]

/** The first word of a subject line, as `split_part(group_subject, ' ', 1)` finds it. */
export const firstWord = (subject: string): string => subject.split(' ', 1)[0] ?? ''

/** A webhook finds by its line only what is known from a message alone: all alerts of a storm may have the same one. */
const traitsOfAlert = ({ alert, cluster, subject, objects, post }: Placed): string[] => {
  const unread = alert.notice !== null && !alert.confirmed ? alert.notice : null
  return [
    alertTrait(alert.fingerprint),
    ...objects.map((object) => `object ${object}`),
    ...(unread?.fingerprints ?? []).map(alertTrait),
    ...(alert.groupSubject === null ? [] : [`${alert.notice === null ? 'lossy' : 'subject'} ${alert.groupSubject}`]),
    ...(unread === null ? [] : [`word ${firstWord(unread.subject)}`]),
    ...(post === null ? [] : [`post ${post.channel} ${post.ts}`]),
    ...(alert.groupKey === null ? [] : [`group_key ${alert.groupKey}`]),
    ...(subject === null ? [] : [`identity ${identityOf({ cluster, subject, alertname: alertname(alert) })}`]),
  ]
}
