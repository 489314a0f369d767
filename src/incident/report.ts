import type { Db } from '../db/connection.ts'
import type { Analysis } from '../investigation/analysis.ts'
import type { Answer, EvidenceId } from '../investigation/evidence.ts'
import type { Finding } from '../investigation/rules/rule.ts'
import type { Suspect } from '../investigation/suspects.ts'
import type { Labels } from '../series/series.ts'
import { actionsOf, type ReportedAction } from './actions.ts'
import { alertsOf } from './alerts.ts'
import { evidenceOf } from './evidence.ts'
import { type FirstHeld, firstHeld } from './first-held.ts'
import { findIncident } from './incident.ts'
import { type IncidentSummary, summaryOf } from './list.ts'
import { briefNow, type Stored, timelineOf } from './timeline.ts'

/** The machine-readable result of an incident (DESIGN 6). Times are RFC 3339. */
export type IncidentReport = IncidentSummary & {
  readonly alerts: readonly ReportedAlert[]
  /** Of the newest look of the rules. */
  readonly findings: readonly Finding[]
  readonly suspects: readonly Suspect[]
  readonly evidence: readonly ReportedEvidence[]
  /** Of the newest investigation that ended; null when there is none, or when it ended without one. */
  readonly analysis: ReportedAnalysis | null
  /** Whether the newest analysis confirms what the rules suspected at first; null where there is nothing to compare. */
  readonly first_look: FirstHeld | null
  /** In the order in which they were proposed. */
  readonly actions: readonly ReportedAction[]
  /** Of all its investigations. */
  readonly spending: ReportedSpending
  readonly timeline: readonly ReportedEntry[]
}

/** Undefined when there is no such incident. */
export const incidentReport = async (db: Db, id: string): Promise<IncidentReport | undefined> => {
  const incident = await findIncident(db, id)
  if (incident === undefined) return undefined
  const [alerts, evidence, investigations, timeline, actions] = await Promise.all([
    alertsOf(db, id),
    evidenceOf(db, id),
    investigationsOf(db, id),
    timelineOf(db, id),
    actionsOf(db, id),
  ])
  return {
    ...summaryOf(incident),
    alerts: alerts.map((alert) => ({
      fingerprint: alert.fingerprint,
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations,
      starts_at: alert.starts_at.toISOString(),
      expression: alert.expression,
      count: alert.count,
    })),
    findings: briefNow(timeline)?.findings ?? [],
    suspects: briefNow(timeline)?.suspects ?? [],
    evidence: evidence.map(({ id: number, source, query, range, output, at }) => ({ id: number, source, query, range, output, at })),
    analysis: analysisOf(investigations.findLast((one) => one.ended_at !== null)?.analysis ?? null),
    first_look: firstLookOf(timeline),
    actions,
    spending: spendingOf(investigations),
    timeline: timeline.map(entryOf),
  }
}

type ReportedAlert = {
  fingerprint: string
  status: 'firing' | 'resolved'
  labels: Labels
  annotations: Labels
  starts_at: string
  expression: string | null
  count: number
}
type ReportedEvidence = {
  id: EvidenceId
  source: string
  query: string
  range: { from: string | null; to: string } | null
  output: Answer
  at: string
}
type ReportedAnalysis = Omit<Analysis, 'partial_reason' | 'model_confidence' | 'recomputed' | 'by'>
type ReportedSpending = {
  tool_calls: number
  tokens_in: number
  tokens_out: number
  usd: number
  model_ms: number
  tool_ms: number
  models: readonly string[]
}
type ReportedEntry = { at: string; type: Stored['type'] }

/** The suspects are those of the look that stood when it was concluded. */
const firstLookOf = (timeline: readonly Stored[]): FirstHeld | null => {
  const at = timeline.findLastIndex(({ type }) => type === 'analysed')
  const entry = timeline[at]
  if (entry?.type !== 'analysed') return null
  return firstHeld(briefNow(timeline.slice(0, at))?.suspects ?? [], entry.analysis)
}

type Run = Awaited<ReturnType<typeof investigationsOf>>[number]

const investigationsOf = (db: Db, incident: string) =>
  db
    .selectFrom('investigation')
    .select(['ended_at', 'analysis', 'model', 'tool_calls', 'tokens_in', 'tokens_out', 'usd', 'model_ms', 'tool_ms'])
    .where('incident_id', '=', incident)
    .orderBy('number')
    .execute()

/** How it was checked is kept with the investigation; the result has the fields of DESIGN 5, `partial` and `unsupported`. */
const analysisOf = (analysis: Analysis | null): ReportedAnalysis | null => {
  if (analysis === null) return null
  const { partial_reason: _reason, model_confidence: _claimed, recomputed: _share, by: _by, ...reported } = analysis
  return reported
}

const spendingOf = (runs: readonly Run[]): ReportedSpending => {
  const sum = (field: 'tool_calls' | 'tokens_in' | 'tokens_out' | 'usd' | 'model_ms' | 'tool_ms') =>
    runs.reduce((total, run) => total + run[field], 0)
  return {
    tool_calls: sum('tool_calls'),
    tokens_in: sum('tokens_in'),
    tokens_out: sum('tokens_out'),
    usd: sum('usd'),
    model_ms: sum('model_ms'),
    tool_ms: sum('tool_ms'),
    models: [...new Set(runs.flatMap((run) => (run.model === null ? [] : [run.model])))],
  }
}

const entryOf = ({ id: _id, at, ...entry }: Stored): ReportedEntry => ({ at: at.toISOString(), ...entry })
