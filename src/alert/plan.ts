import type { Config } from '../config.ts'
import type { Random } from '../context.ts'
import { identityOf } from '../incident/incident.ts'
import type { SkipReason } from '../incident/timeline.ts'
import { objectsOf } from '../kubernetes/of-labels.ts'
import { type Alert, alertname, severity } from './alert.ts'
import { type Candidates, indexed } from './candidates.ts'
import { addAlertRow, addJoined, amend, changeAlert, type Draft, newDraft, planOf } from './draft.ts'
import { heardOf } from './heartbeat.ts'
import type { Intake, NewIncident, NewInvestigation, Plan, Post, Received, State } from './intake.ts'
import { type Candidate, type Decision, decide, hasPost, type Placed, resolvedOf } from './join.ts'
import { alertRow } from './row.ts'
import { clusterOf, correctionOf, routeOf, subjectOf } from './subject.ts'
import { titleOf } from './title.ts'

type Given = { readonly config: Config; readonly random: Random; readonly now: Date }
type Step = Given & { readonly draft: Draft; readonly state: State; readonly candidates: Candidates; intake: Intake; received: Received }

/** Decides for each alert of each intake where it belongs, in order; what one alert opens the next can join. Pure. */
export const planIntakes = (intakes: readonly Intake[], state: State, given: Given): Plan => {
  const draft = newDraft()
  const candidates = indexed(state.candidates)
  for (const intake of intakes) {
    const received: Received = { accepted: [], skipped: [] }
    draft.received.push(received)
    const step = { ...given, draft, state, candidates, intake, received }
    const touched = intake.alerts.map((alert) => place(step, alert))
    if (intake.post !== null) anchorPost(step, intake.post, touched.find((id) => id !== undefined) ?? null)
  }
  return planOf(draft)
}

/** Returns the incident that the alert ended in, if any. */
const place = (step: Step, alert: Alert): string | undefined => {
  const { config, draft, candidates, state } = step
  const beat = heardOf(config, alert)
  if (beat?.heard != null) draft.heard.set(beat.heard.key, beat.heard)
  if (beat !== undefined) return skip(step, alert, 'heartbeat')
  const isRead = alert.notice === null || alert.confirmed
  const subject = isRead ? (correctionOf(config, state.corrections, alert)?.subject ?? subjectOf(config, alert.labels)) : null
  const objects = isRead && alert.source !== 'mention' ? objectsOf(alert.labels, subject) : []
  const placed: Placed = { alert, cluster: clusterOf(config, alert.labels), subject, objects, post: step.intake.post }
  const decision = decide(placed, candidates.near(placed), state.separations)
  if (decision.to === 'skip') return skip(step, alert, decision.reason)
  if (decision.to === 'open') return open(step, placed)
  const { id } = decision.candidate.incident
  draft.deliver.add(id)
  if (decision.to === 'reopen') reopen(step, placed, decision.candidate)
  else {
    // What this plan opens itself nobody else can have closed.
    if (!draft.incidents.has(id) && !draft.reopened.has(id)) draft.held.add(id)
    if (decision.to === 'resolve') resolve(step, placed, decision.candidate)
    else join(step, placed, decision)
  }
  return id
}

const skip = ({ draft, received, intake }: Step, alert: Alert, reason: SkipReason): undefined => {
  received.skipped.push({ fingerprint: alert.fingerprint, reason, incident: null })
  const where = intake.post === null ? alert.source : `${alert.source} ${intake.post.channel} ${intake.post.ts}`
  draft.happened.push({
    incident: null,
    entry: { type: 'skipped', reason, detail: `${alertname(alert)} ${alert.fingerprint} from ${where}` },
  })
}

const open = (step: Step, placed: Placed): string => {
  const { draft, state, candidates, random, received } = step
  const { alert, cluster, subject } = placed
  const id = random.id()
  const joinKey = alert.source === 'mention' ? null : identityOf({ cluster, subject, alertname: alertname(alert) })
  const previous = joinKey === null ? undefined : state.previous.get(joinKey)
  const incident: NewIncident = {
    id,
    title: titleOf(step.config, alert, id),
    severity: severity(alert),
    cluster,
    alertname: alertname(alert),
    subject,
    group_key: alert.groupKey,
    receiver: alert.receiver,
    group_subject: alert.groupSubject,
    previous_id: previous?.id ?? null,
    join_key: joinKey !== null && candidates.isTaken('join_key', joinKey) ? null : joinKey,
    notice_key: alert.groupSubject !== null && candidates.isTaken('notice_key', alert.groupSubject) ? null : alert.groupSubject,
    ...anchorOf(step, alert),
    waited_ms: Math.round(step.intake.waitedMs ?? 0),
  }
  draft.incidents.set(id, incident)
  addAlertRow(draft, alertRow(step, placed, id))
  candidates.add({
    incident: { ...incident, number: 0, status: 'open' as const },
    alerts: new Map([[alert.fingerprint, 'firing']]),
    lines: new Map(alert.groupSubject === null ? [] : [[alert.fingerprint, alert.groupSubject]]),
    lossy: isLossy(alert) ? new Set([alert.fingerprint]) : new Set(),
    posts: [],
    subjects: new Set(alert.groupSubject === null ? [] : [alert.groupSubject]),
    explains: new Set(),
    cooling: false,
  })
  draft.happened.push({
    incident: id,
    entry: {
      type: 'opened',
      source: alert.source,
      fingerprint: alert.fingerprint,
      labels: alert.labels,
      previous: previous?.number ?? null,
    },
  })
  const corrected = correctionOf(step.config, state.corrections, alert)
  if (corrected !== undefined && corrected.subject === subject) {
    const before = subjectOf(step.config, alert.labels)
    draft.happened.push({ incident: id, entry: { type: 'subject_set', subject, before, by: corrected.by, basis: 'remembered', why: '' } })
  }
  const investigation = investigate(step, id, alert.source === 'mention' ? 'mention' : 'alert')
  received.accepted.push({ id: investigation, incident: id, fingerprint: alert.fingerprint })
  return id
}

const anchorOf = ({ intake, config, candidates }: Step, alert: Alert): Pick<NewIncident, 'channel' | 'thread_ts' | 'anchor' | 'waits'> => {
  const { post, asked } = intake
  // A thread is one problem's: the second of one message gets a card of its own beside it.
  if (post !== null && candidates.isThread(post.channel, post.ts))
    return { channel: post.channel, thread_ts: null, anchor: null, waits: false }
  if (post !== null) return { channel: post.channel, thread_ts: post.ts, anchor: 'alert', waits: false }
  if (asked !== null) return { channel: asked.channel, thread_ts: asked.threadTs, anchor: asked.anchor, waits: false }
  return { channel: routeOf(config, alert.labels), thread_ts: null, anchor: null, waits: true }
}

const join = (step: Step, placed: Placed, decision: Extract<Decision, { to: 'join' }>): void => {
  const { draft, candidates, received, intake } = step
  const { alert } = placed
  const { candidate } = decision
  const { id } = candidate.incident
  const isReadAgain = intake.post !== null && hasPost(candidate, intake.post)
  const lossy = candidate.lossy.has(alert.fingerprint) ? alert.fingerprint : [...candidate.lossy][0]
  const known = candidate.alerts.has(alert.fingerprint)
  // A further message of a group whose alerts cannot be read adds none.
  const isEcho = !known && isLossy(alert)
  if (alert.confirmed && lossy !== undefined && (!known || candidate.lossy.has(alert.fingerprint)))
    upgrade(step, placed, { candidate, lossy })
  else if (known)
    changeAlert(
      draft,
      { incident: id, fingerprint: alert.fingerprint },
      {
        status: 'firing',
        ends_at: null,
        repeats: isReadAgain ? 0 : 1,
        line: alert.notice === null ? alert.groupSubject : null,
        exact: null,
      },
    )
  else if (!isEcho) addAlertRow(draft, alertRow(step, placed, id))
  if (!isEcho) candidates.addAlert(candidate, alert, 'firing')
  learnGroup(step, alert, candidate)
  received.skipped.push({ fingerprint: alert.fingerprint, reason: known || isEcho ? 'duplicate' : 'joined', incident: id })
  addJoined(draft, {
    incident: id,
    source: alert.source,
    fingerprint: alert.fingerprint,
    reason: isReadAgain ? 'same_message' : decision.reason,
  })
}

/** The webhook says what the chat message could not: labels, subject, cluster, PromQL. The rules then look again. */
const upgrade = (step: Step, placed: Placed, { candidate, lossy }: { candidate: Candidate; lossy: string }): void => {
  const { draft } = step
  const { id } = candidate.incident
  learn(step, placed, candidate)
  changeAlert(
    draft,
    { incident: id, fingerprint: lossy },
    { status: 'firing', ends_at: null, repeats: 1, line: null, exact: alertRow(step, placed, id) },
  )
  candidate.lossy.clear()
  candidate.alerts.delete(lossy)
  draft.brief.add(id)
}

/** Makes an incident that was known from a message alone that of this alert. */
const learn = ({ config, draft, candidates }: Step, { alert, cluster, subject }: Placed, candidate: Candidate): void => {
  const key = identityOf({ cluster, subject, alertname: alertname(alert) })
  const known = {
    severity: severity(alert),
    cluster,
    subject,
    alertname: alertname(alert),
    ...(key === null || candidates.isTaken('join_key', key, candidate) ? {} : { join_key: key }),
  }
  amend(draft, { id: candidate.incident.id, title: titleOf(config, alert, candidate.incident.id), ...known })
  Object.assign(candidate.incident, known)
  candidates.add(candidate)
}

/** Of the group that an incident stands for: its key once it is known, and the subject line as it is now. */
const learnGroup = ({ draft, candidates }: Step, { groupKey, receiver, groupSubject, notice }: Alert, candidate: Candidate): void => {
  const { incident } = candidate
  // A message with this line that is stored at this moment can open an incident which nobody here sees.
  if (notice === null && groupSubject !== null && incident.notice_key !== groupSubject) draft.lines.add(groupSubject)
  if (groupKey === null || notice !== null) return
  // What was split off from its group does not draw the rest of it.
  const isFree = incident.group_key === null && !candidates.isTaken('group_key', groupKey, candidate)
  const isNews = incident.group_key === groupKey && incident.receiver === receiver && incident.group_subject !== groupSubject
  if (!isFree && !isNews) return
  const known = { group_key: groupKey, receiver, group_subject: groupSubject }
  amend(draft, { id: incident.id, ...known })
  Object.assign(incident, known)
  candidates.add(candidate)
}

const resolve = (step: Step, placed: Placed, candidate: Candidate): void => {
  const { draft, received, now } = step
  const { alert } = placed
  const { id } = candidate.incident
  // Recovery looks for samples that are newer than this: a clock that is ahead must not put that off.
  const endsAt = alert.endsAt !== null && alert.endsAt > now ? now : alert.endsAt
  for (const fingerprint of resolvedOf(placed, candidate)) {
    if (candidate.alerts.get(fingerprint) === 'resolved') continue
    candidate.alerts.set(fingerprint, 'resolved')
    changeAlert(draft, { incident: id, fingerprint }, { status: 'resolved', ends_at: endsAt, repeats: 0, line: null, exact: null })
    draft.happened.push({
      incident: id,
      entry: { type: 'alert_resolved', fingerprint, source: alert.source, ends_at: endsAt?.toISOString() ?? null },
    })
  }
  draft.recover.add(id)
  received.skipped.push({ fingerprint: alert.fingerprint, reason: 'not_firing', incident: id })
}

const reopen = (step: Step, placed: Placed, candidate: Candidate): void => {
  const { draft, candidates, received } = step
  const { alert } = placed
  const { id } = candidate.incident
  draft.reopened.add(id)
  amend(draft, { id, reopen: true })
  if (alert.confirmed && candidate.lossy.size > 0) learn(step, placed, candidate)
  addAlertRow(draft, alertRow(step, placed, id))
  candidate.cooling = false
  candidate.alerts.clear()
  candidate.lossy.clear()
  if (isLossy(alert)) candidate.lossy.add(alert.fingerprint)
  candidates.addAlert(candidate, alert, 'firing')
  candidates.add(candidate)
  learnGroup(step, alert, candidate)
  const investigation = investigate(step, id, 'again')
  draft.happened.push({ incident: id, entry: { type: 'reopened', source: alert.source, fingerprint: alert.fingerprint } })
  received.accepted.push({ id: investigation, incident: id, fingerprint: alert.fingerprint })
}

const investigate = ({ draft, random, intake }: Step, incident: string, kind: NewInvestigation['kind']): string => {
  const id = random.id()
  draft.investigations.push({
    id,
    incident_id: incident,
    kind,
    requested_by: intake.asked?.user ?? null,
    wanted_model: intake.model ?? null,
  })
  draft.brief.add(incident)
  return id
}

/** The post carries the thread when nothing does yet; a further post is linked to the thread that there is. */
const anchorPost = ({ draft, candidates, intake }: Step, post: Post, incident: string | null): void => {
  const status = intake.alerts[0]?.status ?? 'firing'
  const fingerprints = intake.alerts.map((alert) => alert.fingerprint)
  const key = `${post.channel} ${post.ts}`
  draft.posts.set(key, { ...post, incident_id: incident ?? draft.posts.get(key)?.incident_id ?? null, fingerprints, status })
  const found = incident === null ? undefined : candidates.of(incident)
  if (incident === null || found === undefined) return
  const isKnown = hasPost(found, post)
  if (!isKnown) found.posts.push({ channel: post.channel, ts: post.ts, subject: post.subject, fingerprints })
  candidates.add(found)
  if (status === 'resolved' || isKnown) return
  // Its own thread already, or an edited message that once was another's.
  if (candidates.isThread(post.channel, post.ts)) return
  if (found.incident.thread_ts !== null) {
    draft.happened.push({ incident, entry: { type: 'posted_again', channel: post.channel, ts: post.ts, count: 1 } })
    return
  }
  const anchor = { channel: post.channel, thread_ts: post.ts, anchor: 'alert' as const }
  amend(draft, { id: incident, ...anchor })
  draft.happened.push({ incident, entry: { type: 'anchored', channel: post.channel, ts: post.ts, anchor: 'alert' } })
  Object.assign(found.incident, anchor)
  candidates.add(found)
}

/** Known from a chat message alone. */
const isLossy = (alert: Alert): boolean => alert.notice !== null && !alert.confirmed
