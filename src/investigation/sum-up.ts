import type { Incident, StoredAlert } from '../db/schema.ts'
import { HEARTBEAT_LOST } from '../incident/heartbeat.ts'
import type { Brief } from '../incident/timeline.ts'
import type { Finding, OwnState } from './rules/rule.ts'
import { suspectsOf } from './suspects.ts'

export type SummedUp = {
  readonly incident: Incident
  readonly alert: StoredAlert
  readonly own: OwnState | null
  readonly findings: readonly Finding[]
  /** What the rules looked at that answered. */
  readonly lookedAt: readonly string[]
  readonly gaps: readonly string[]
  readonly late: NonNullable<Brief['late']>
  readonly next: Brief['next']
  readonly nearest?: readonly string[]
  readonly unplaced?: boolean
}

/** What the rules say together: ranked findings, at most three suspects, and a headline that claims no more than they do. */
export const sumUp = (summed: SummedUp): Brief => {
  const { incident, alert, own, findings, lookedAt, gaps, late, next, nearest = [], unplaced = false } = summed
  const sorted = ranked(findings)
  const suspects = suspectsOf(sorted)
  // The state of the alert itself is the second line; a suspect is what goes beyond it.
  const suspect =
    sorted.find(({ summary }) => summary === suspects[0]?.why) ??
    sorted.find(({ rule, severity }) => rule !== 'own-expression' && severity !== 'info' && severity !== 'low')
  return {
    headline: suspect?.summary ?? plainHeadline(summed),
    confidence: suspect?.confidence ?? null,
    state: own?.state ?? null,
    onset: (own?.onset ?? alert.starts_at).toISOString(),
    onset_seen: own?.onsetSeen ?? false,
    findings: sorted,
    suspects,
    looked_at: [...new Set(lookedAt)],
    ...(nearest.length === 0 || incident.subject !== null ? {} : { nearest }),
    ...(unplaced ? { unplaced } : {}),
    gaps,
    late,
    next,
    chart: marked(own?.chart ?? null, sorted),
  }
}

/** The worst first, of equal ones the surest. */
export const ranked = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence),
  )

/** The chart with what the findings want to be marked in it, once each. */
export const marked = (chart: Brief['chart'], findings: readonly Finding[]): Brief['chart'] => {
  const marks = findings.flatMap(({ mark }) => mark ?? []).toSorted((a, b) => a.at - b.at || (a.label < b.label ? -1 : 1))
  return chart === null || marks.length === 0 ? chart : { ...chart, marks }
}

const SEVERITIES: readonly Finding['severity'][] = ['critical', 'high', 'medium', 'low', 'info']
const CONFIDENCES: readonly Finding['confidence'][] = ['high', 'medium', 'low']

const plainHeadline = ({ incident, alert, own, unplaced }: SummedUp): string => {
  if (alert.source === 'mention') return 'Looking into your question'
  if (incident.alertname === HEARTBEAT_LOST) return alert.annotations['summary'] ?? `The heartbeat ${incident.subject} is lost`
  if (unplaced === true) return 'No cluster of vigil.yaml fits its labels: I can see nothing of it'
  if (incident.subject === null) return 'I could not tie this alert to a service'
  const name = alert.labels['namespace'] === undefined ? incident.subject : `${alert.labels['namespace']}/${incident.subject}`
  if (own?.firing === false) return `${name} is back on the healthy side`
  return `Nothing stands out yet for ${name}`
}
