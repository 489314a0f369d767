import type { NewAlert } from '../db/schema.ts'
import type { Happened, JoinReason } from '../incident/timeline.ts'
import type { AlertChange, Heard, IncidentChange, NewIncident, NewInvestigation, Plan, PostRow, Received } from './intake.ts'

/** A plan while it is made: each row once, found by its key, whatever a batch says of it and in which order. */
export type Draft = {
  readonly incidents: Map<string, NewIncident>
  readonly changes: Map<string, IncidentChange>
  readonly alerts: Map<string, NewAlert>
  readonly alertChanges: Map<string, AlertChange>
  readonly investigations: NewInvestigation[]
  readonly happened: Happened[]
  readonly joined: Map<string, number>
  readonly posts: Map<string, PostRow>
  readonly heard: Map<string, Heard>
  readonly held: Set<string>
  readonly reopened: Set<string>
  readonly lines: Set<string>
  readonly brief: Set<string>
  readonly deliver: Set<string>
  readonly recover: Set<string>
  readonly received: Received[]
}

export const newDraft = (): Draft => ({
  incidents: new Map(),
  changes: new Map(),
  alerts: new Map(),
  alertChanges: new Map(),
  investigations: [],
  happened: [],
  joined: new Map(),
  posts: new Map(),
  heard: new Map(),
  held: new Set(),
  reopened: new Set(),
  lines: new Set(),
  brief: new Set(),
  deliver: new Set(),
  recover: new Set(),
  received: [],
})

export const planOf = (draft: Draft): Plan => ({
  ...draft,
  incidents: [...draft.incidents.values()],
  changes: [...draft.changes.values()],
  // A row that became another alert's stands under both fingerprints.
  alerts: [...new Set(draft.alerts.values())],
  alertChanges: [...new Set(draft.alertChanges.values())],
  posts: [...draft.posts.values()],
  heard: [...draft.heard.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)),
})

/** Changes an incident, be it in the database or only in this plan: one statement does not see the rows that it inserts. */
export const amend = (draft: Draft, { id, ...change }: IncidentChange): void => {
  const { reopen: _, ...fields } = change
  const opened = draft.incidents.get(id)
  if (opened !== undefined) Object.assign(opened, fields)
  else draft.changes.set(id, { ...draft.changes.get(id), ...change, id })
}

export const addAlertRow = (draft: Draft, row: NewAlert): void => {
  draft.alerts.set(keyOf(row.incident_id, row.fingerprint), row)
}

/** What is new about an alert that its incident has already; the last word counts. */
export const changeAlert = (
  draft: Draft,
  { incident, fingerprint }: { incident: string; fingerprint: string },
  change: Omit<AlertChange, 'incident_id' | 'fingerprint'>,
): void => {
  const { status, ends_at, repeats, line, exact } = change
  const row = draft.alerts.get(keyOf(incident, fingerprint))
  if (row !== undefined) {
    Object.assign(row, {
      ...exact,
      id: row.id,
      status,
      ends_at,
      count: (row.count ?? 1) + repeats,
      ...(line === null ? {} : { group_subject: line }),
    })
    if (exact !== null) draft.alerts.set(keyOf(incident, exact.fingerprint), row)
    return
  }
  const known = draft.alertChanges.get(keyOf(incident, fingerprint)) ?? {
    incident_id: incident,
    fingerprint,
    ...change,
    repeats: 0,
    exact: null,
  }
  Object.assign(known, { status, ends_at, repeats: known.repeats + repeats, line: line ?? known.line, exact: exact ?? known.exact })
  draft.alertChanges.set(keyOf(incident, fingerprint), known)
  if (exact !== null) draft.alertChanges.set(keyOf(incident, exact.fingerprint), known)
}

/** One entry for all repeats of one alert in a transaction: a hundred posts at once are one line of history with a count. */
export const addJoined = (draft: Draft, joined: { incident: string; source: string; fingerprint: string; reason: JoinReason }): void => {
  const { incident, ...rest } = joined
  const key = [incident, rest.fingerprint, rest.reason, rest.source].join(' ')
  const index = draft.joined.get(key)
  const known = index === undefined ? undefined : draft.happened[index]?.entry
  if (index !== undefined && known?.type === 'joined') {
    draft.happened[index] = { incident, entry: { ...known, count: known.count + 1 } }
    return
  }
  draft.joined.set(key, draft.happened.length)
  draft.happened.push({ incident, entry: { type: 'joined', ...rest, count: 1 } })
}

const keyOf = (incident: string, fingerprint: string): string => `${incident} ${fingerprint}`
