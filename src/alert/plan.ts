import type { Config } from '../config.ts'
import type { Random } from '../context.ts'
import type { NewAlert } from '../db/schema.ts'
import { identityOf } from '../incident/incident.ts'
import type { JoinReason, SkipReason } from '../incident/timeline.ts'
import { type Alert, alertname, severity } from './alert.ts'
import type { Intake, NewIncident, NewInvestigation, Plan, Post, Received, State } from './intake.ts'
import { type Candidate, type Decision, decide, isLossy, type Placed } from './join.ts'
import { clusterOf, isHeartbeat, routeOf, subjectOf } from './subject.ts'

type Step = { config: Config; random: Random; now: Date; plan: Plan; state: State; intake: Intake; received: Received }

/** Decides for each alert of each intake where it belongs, in order; what one alert opens the next can join. Pure. */
export const planIntakes = (intakes: readonly Intake[], state: State, given: { config: Config; random: Random; now: Date }): Plan => {
  const plan: Plan = {
    incidents: [],
    changes: [],
    alerts: [],
    alertChanges: [],
    investigations: [],
    happened: [],
    posts: [],
    held: new Set(),
    brief: new Set(),
    deliver: new Set(),
    recover: new Set(),
    received: [],
  }
  const growing: State = { ...state, candidates: [...state.candidates] }
  for (const intake of intakes) {
    const received: Received = { accepted: [], skipped: [] }
    plan.received.push(received)
    const step = { ...given, plan, state: growing, intake, received }
    const touched = intake.alerts.map((alert) => place(step, alert))
    if (intake.post !== null) anchorPost(step, intake.post, touched.find((id) => id !== undefined) ?? null)
  }
  return plan
}

/** Returns the incident that the alert ended in, if any. */
const place = (step: Step, alert: Alert): string | undefined => {
  const { config, plan, state } = step
  if (isHeartbeat(config, alert.labels)) return skip(step, alert, 'heartbeat')
  const placed: Placed = {
    alert,
    cluster: clusterOf(config, alert.labels),
    subject: alert.notice === null || alert.confirmed ? subjectOf(config, alert.labels) : null,
  }
  const decision = decide(placed, state.candidates, state.separations)
  if (decision.to === 'skip') return skip(step, alert, decision.reason)
  if (decision.to === 'open') return open(step, placed)
  const { incident } = decision.candidate
  if (!plan.incidents.some((opened) => opened.id === incident.id)) plan.held.add(incident.id)
  plan.deliver.add(incident.id)
  if (decision.to === 'resolve') resolve(step, placed, decision.candidate)
  else if (decision.to === 'reopen') reopen(step, placed, decision.candidate)
  else join(step, placed, decision)
  return incident.id
}

const skip = ({ plan, received, intake }: Step, alert: Alert, reason: SkipReason): undefined => {
  received.skipped.push({ fingerprint: alert.fingerprint, reason, incident: null })
  const where = intake.post === null ? alert.source : `${alert.source} ${intake.post.channel} ${intake.post.ts}`
  plan.happened.push({
    incident: null,
    entry: { type: 'skipped', reason, detail: `${alertname(alert)} ${alert.fingerprint} from ${where}` },
  })
}

const open = (step: Step, placed: Placed): string => {
  const { plan, state, random, received } = step
  const { alert, cluster, subject } = placed
  const id = random.id()
  const joinKey = alert.source === 'mention' ? null : identityOf({ cluster, subject, alertname: alertname(alert) })
  const taken = state.candidates.some((candidate) => !candidate.cooling && candidate.incident.join_key === joinKey)
  const previous = joinKey === null ? undefined : state.previous.get(joinKey)
  const incident: NewIncident = {
    id,
    title: titleOf(alert),
    severity: severity(alert),
    cluster,
    alertname: alertname(alert),
    subject,
    group_key: alert.groupKey,
    receiver: alert.receiver,
    group_subject: alert.groupSubject,
    previous_id: previous?.id ?? null,
    join_key: taken ? null : joinKey,
    ...anchorOf(step, alert),
  }
  plan.incidents.push(incident)
  plan.alerts.push(alertRow(step, placed, id))
  state.candidates.push({
    incident: { ...incident, number: 0, status: 'open' as const },
    alerts: new Map([[alert.fingerprint, 'firing']]),
    subjects: alert.groupSubject === null ? [] : [alert.groupSubject],
    cooling: false,
  })
  plan.happened.push({
    incident: id,
    entry: {
      type: 'opened',
      source: alert.source,
      fingerprint: alert.fingerprint,
      labels: alert.labels,
      previous: previous?.number ?? null,
    },
  })
  const investigation = investigate(step, id, alert.source === 'mention' ? 'mention' : 'alert')
  received.accepted.push({ id: investigation, incident: id, fingerprint: alert.fingerprint })
  return id
}

const anchorOf = ({ intake, config }: Step, alert: Alert): Pick<NewIncident, 'channel' | 'thread_ts' | 'anchor' | 'waits'> => {
  if (intake.post !== null) return { channel: intake.post.channel, thread_ts: intake.post.ts, anchor: 'alert', waits: false }
  if (intake.asked !== null)
    return { channel: intake.asked.channel, thread_ts: intake.asked.threadTs, anchor: intake.asked.anchor, waits: false }
  return { channel: routeOf(config, alert.labels), thread_ts: null, anchor: null, waits: true }
}

const join = (step: Step, placed: Placed, decision: Extract<Decision, { to: 'join' }>): void => {
  const { plan, received } = step
  const { alert } = placed
  const { candidate, reason, repeat } = decision
  const id = candidate.incident.id
  if (repeat && isLossy(candidate) && alert.confirmed && alert.notice === null && !candidate.alerts.has(alert.fingerprint))
    upgrade(step, placed, candidate)
  else if (repeat && candidate.alerts.has(alert.fingerprint)) addRepeat(plan, placed, id)
  else if (!repeat) plan.alerts.push(alertRow(step, placed, id))
  ;(candidate.alerts as Map<string, 'firing' | 'resolved'>).set(alert.fingerprint, 'firing')
  received.skipped.push({ fingerprint: alert.fingerprint, reason: repeat ? 'duplicate' : 'joined', incident: id })
  addJoined(plan, {
    incident: id,
    source: alert.source,
    fingerprint: alert.fingerprint,
    reason: step.intake.post !== null && repeat ? 'same_message' : reason,
  })
}

/** One entry for all repeats of one alert in a transaction: a hundred posts at once are one line of history with a count. */
const addJoined = (plan: Plan, joined: { incident: string; source: string; fingerprint: string; reason: JoinReason }): void => {
  const { incident, ...rest } = joined
  const index = plan.happened.findIndex(
    ({ incident: other, entry }) =>
      other === incident && entry.type === 'joined' && entry.fingerprint === rest.fingerprint && entry.reason === rest.reason,
  )
  const known = plan.happened[index]
  if (known?.entry.type === 'joined') plan.happened[index] = { incident, entry: { ...known.entry, count: known.entry.count + 1 } }
  else plan.happened.push({ incident, entry: { type: 'joined', ...rest, count: 1 } })
}

const addRepeat = (plan: Plan, { alert, cluster }: Placed, incident: string): void => {
  const row = plan.alerts.find((a) => a.fingerprint === alert.fingerprint && a.incident_id === incident)
  if (row !== undefined) {
    row.count = (row.count ?? 1) + 1
    return
  }
  const known = plan.alertChanges.find((change) => change.fingerprint === alert.fingerprint && change.incident_id === incident)
  if (known !== undefined) known.repeats += 1
  else
    plan.alertChanges.push({ cluster, fingerprint: alert.fingerprint, incident_id: incident, status: 'firing', ends_at: null, repeats: 1 })
}

/** The webhook says what the chat message could not: labels, subject, cluster, PromQL. The rules then look again. */
const upgrade = (step: Step, placed: Placed, candidate: Candidate): void => {
  const { plan, state } = step
  const { alert, cluster, subject } = placed
  const id = candidate.incident.id
  const key = identityOf({ cluster, subject, alertname: alertname(alert) })
  const taken = state.candidates.some((other) => other !== candidate && !other.cooling && other.incident.join_key === key)
  const known = {
    title: titleOf(alert),
    severity: severity(alert),
    cluster,
    subject,
    alertname: alertname(alert),
    group_key: alert.groupKey,
    receiver: alert.receiver,
  }
  plan.changes.push({ id, ...known, group_subject: alert.groupSubject, ...(taken ? {} : { join_key: key }) })
  Object.assign(candidate.incident, known)
  plan.alerts.push(alertRow(step, placed, id))
  plan.brief.add(id)
}

const resolve = ({ plan, received }: Step, { alert, cluster }: Placed, candidate: Candidate): void => {
  const id = candidate.incident.id
  const fingerprints = candidate.alerts.has(alert.fingerprint) ? [alert.fingerprint] : [...candidate.alerts.keys()]
  for (const fingerprint of fingerprints) {
    plan.alertChanges.push({
      cluster: candidate.incident.cluster || cluster,
      fingerprint,
      incident_id: id,
      status: 'resolved',
      ends_at: alert.endsAt,
      repeats: 0,
    })
    plan.happened.push({
      incident: id,
      entry: { type: 'alert_resolved', fingerprint, source: alert.source, ends_at: alert.endsAt?.toISOString() ?? null },
    })
  }
  plan.recover.add(id)
  received.skipped.push({ fingerprint: alert.fingerprint, reason: 'not_firing', incident: id })
}

const reopen = (step: Step, placed: Placed, candidate: Candidate): void => {
  const { plan, received } = step
  const id = candidate.incident.id
  plan.held.delete(id)
  plan.changes.push({ id, reopen: true })
  plan.alerts.push(alertRow(step, placed, id))
  const investigation = investigate(step, id, 'again')
  plan.happened.push({ incident: id, entry: { type: 'reopened', source: placed.alert.source, fingerprint: placed.alert.fingerprint } })
  received.accepted.push({ id: investigation, incident: id, fingerprint: placed.alert.fingerprint })
  const index = step.state.candidates.indexOf(candidate)
  step.state.candidates[index] = { ...candidate, cooling: false, alerts: new Map([[placed.alert.fingerprint, 'firing']]) }
}

const investigate = ({ plan, random, intake }: Step, incident: string, kind: NewInvestigation['kind']): string => {
  const id = random.id()
  plan.investigations.push({ id, incident_id: incident, kind, requested_by: intake.asked?.user ?? null })
  plan.brief.add(incident)
  return id
}

/** The post carries the thread when nothing does yet; a further post is linked to the thread that there is. */
const anchorPost = ({ plan, state, intake }: Step, post: Post, incident: string | null): void => {
  const status = intake.alerts[0]?.status ?? 'firing'
  plan.posts.push({ ...post, incident_id: incident, fingerprints: intake.alerts.map((alert) => alert.fingerprint), status })
  const found = state.candidates.find((candidate) => candidate.incident.id === incident)
  if (incident === null || found === undefined || status === 'resolved') return
  if (found.incident.thread_ts === post.ts && found.incident.channel === post.channel) return
  if (found.incident.thread_ts !== null) {
    plan.happened.push({ incident, entry: { type: 'posted_again', channel: post.channel, ts: post.ts, count: 1 } })
    return
  }
  plan.changes.push({ id: incident, channel: post.channel, thread_ts: post.ts, anchor: 'alert' })
  plan.happened.push({ incident, entry: { type: 'anchored', channel: post.channel, ts: post.ts, anchor: 'alert' } })
  Object.assign(found.incident, { channel: post.channel, thread_ts: post.ts, anchor: 'alert' })
}

const titleOf = (alert: Alert): string => alert.annotations['summary'] ?? alert.notice?.subject ?? alertname(alert)

const alertRow = ({ random, now }: Step, { alert, cluster }: Placed, incident: string): NewAlert => ({
  id: random.id(),
  incident_id: incident,
  fingerprint: alert.fingerprint,
  cluster,
  source: alert.source,
  status: 'firing',
  labels: JSON.stringify(alert.labels),
  annotations: JSON.stringify(alert.annotations),
  starts_at: alert.startsAt.getTime() === 0 ? now : alert.startsAt,
  ends_at: null,
  expression: alert.expression,
  generator_url: alert.generatorUrl,
  group_key: alert.groupKey,
  receiver: alert.receiver,
  confirmed: alert.confirmed,
  count: 1,
})
