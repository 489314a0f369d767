import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db, Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { InvestigationKind } from '../db/schema.ts'
import { PermanentError } from '../errors.ts'
import type { Analysis } from '../investigation/analysis.ts'
import type { BetterRule } from '../investigation/better-rule.ts'
import type { Challenge, Question, QuestionAnswer } from '../investigation/conversation.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import type { Interim, Plan } from '../investigation/plan.ts'
import type { Finding, OwnState } from '../investigation/rules/rule.ts'
import type { Suspect } from '../investigation/suspects.ts'
import type { ActionEntry } from '../remediation/entries.ts'
import type { Labels } from '../series/series.ts'

/** Why an alert came to an incident instead of opening one. */
export type JoinReason = 'same_fingerprint' | 'same_group' | 'same_subject' | 'same_message' | 'explained'

/** Why something was deliberately not done. */
export type SkipReason =
  | 'duplicate'
  | 'joined'
  | 'not_firing'
  | 'heartbeat'
  | 'channel_off'
  | 'unknown_bot'
  | 'shared_channel'
  | 'unreadable'
  | 'budget'
  | 'no_model'
  | 'gate'

export type GateDecision = 'triage' | 'ignore' | 'auto_resolve'

/** What an investigation cost. */
export type Spending = {
  readonly tool_calls: number
  readonly failed_calls: number
  readonly tokens_in: number
  readonly tokens_out: number
  readonly usd: number
  readonly model_ms: number
  readonly tool_ms: number
  readonly models: readonly string[]
}

export type RecoveryOutcome = 'recovered' | 'still_firing' | 'cannot_tell' | 'not_confirmed'

/** Who says what an incident is about: a person now or before, the rule's own expression, or the pod's owner. */
export type SubjectSource = 'person' | 'remembered' | 'expression' | 'owner'

/** Everything that can happen to an incident; Slack, the API and every page are drawn from these and nothing else. */
export type TimelineEntry = IncidentEntry | ActionEntry

/** What happens to the incident itself, and not to one of its actions. */
export type IncidentEntry =
  | { type: 'opened'; source: string; fingerprint: string; labels: Labels; previous: number | null }
  | { type: 'joined'; source: string; fingerprint: string; reason: JoinReason; count: number }
  | { type: 'reopened'; source: string; fingerprint: string }
  | { type: 'skipped'; reason: SkipReason; detail: string }
  | { type: 'anchored'; channel: string; ts: string; anchor: 'alert' | 'own' | 'mention' }
  /** `answered`: by the incident that it belonged to before. */
  | { type: 'posted_again'; channel: string; ts: string; count: number; answered?: boolean }
  | { type: 'briefed'; brief: Brief }
  /** What sources said that were too slow for the first reply: the whole brief anew, and the rules that it now has. */
  | { type: 'amended'; brief: Brief; rules: readonly string[]; because?: 'subject' }
  | { type: 'investigation_started'; investigation: number; kind: InvestigationKind; model: string; limit: number; usd_limit: number }
  /** Before the investigation: whether it is worth one. `ignore` and `auto_resolve` end it, "Investigate anyway" begins it all the same. */
  | { type: 'gated'; investigation: number; decision: GateDecision; reason: string; evidence: readonly EvidenceId[]; spending: Spending }
  /** Its history says that it goes by itself: looked at again at `until` (RFC 3339), unless a person presses. */
  | { type: 'waiting'; investigation: number; until: string; reason: string; evidence: readonly EvidenceId[] }
  /** "Investigate anyway": past the gate, the wait or the spent budget. */
  | { type: 'forced'; investigation: number; user: string; past: 'gate' | 'waiting' | 'budget' }
  | { type: 'planned'; investigation: number; plan: Plan }
  | { type: 'interim'; investigation: number; interim: Interim }
  /** A model could not be asked and the next one of the configured order answered. */
  | { type: 'fell_back'; investigation: number; from: string; to: string; because: string }
  | { type: 'tool_started'; investigation: number; call: string; tool: string; question: string }
  | {
      type: 'tool_answered'
      investigation: number
      call: string
      ok: boolean
      summary: string
      ms: number
      evidence: EvidenceId | null
      usd: number
    }
  | { type: 'analysed'; investigation: number; investigation_id: string; analysis: Analysis; spending: Spending; seconds: number }
  | { type: 'stop_requested'; investigation: number; user: string }
  /** What a person said in the thread that the next turn weighs: asked of Vigil, or a correction of it. */
  | { type: 'said'; user: string; name: string; text: string; kind: 'question' | 'correction'; channel: string; ts: string }
  | {
      type: 'answered'
      investigation: number
      investigation_id: string
      question: Question
      answer: QuestionAnswer
      spending: Spending
      seconds: number
    }
  /** `of`: the investigation whose analysis was challenged; `analysis`: what is left of it, never surer than before. */
  | {
      type: 'challenged'
      investigation: number
      investigation_id: string
      of: number
      challenge: Challenge
      analysis: Analysis
      spending: Spending
      seconds: number
    }
  /** What the rule of an alert that needs no action should say, computed from its history. */
  | { type: 'better_rule'; rule: BetterRule; evidence: EvidenceId | null }
  | { type: 'owned'; user: string }
  | { type: 'rated'; user: string; rating: 'good' | 'bad'; reason: string | null; investigation: number }
  | { type: 'alert_resolved'; fingerprint: string; source: string; ends_at: string | null }
  | { type: 'recovery_checked'; outcome: RecoveryOutcome; detail: string; value: string | null; evidence: EvidenceId | null }
  | { type: 'resolved'; how: 'recovered' | 'not_confirmed' | 'by_person'; detail: string; by: string | null }
  | { type: 'split'; fingerprint: string; into: number | null; from: number | null; by: string }
  /**
   * It is a part of another incident, whose suspect explains it: all of its alerts are there now. `told`: its thread says something;
   * `answered`: the posts (ts) that have a reply of it. Entries of older versions have neither.
   */
  | {
      type: 'merged'
      into: { id: string; number: number }
      cause: string
      alerts: number
      told?: boolean
      answered?: readonly string[]
    }
  /** What it is about, found or corrected after it opened; `why` in words where no person said it. */
  | { type: 'subject_set'; subject: string; before: string | null; by: string | null; basis: SubjectSource; why: string }
  /** Somebody, or another tool, told over the API of a deed of theirs. `done_at`: RFC 3339. Vigil did not do it. */
  | {
      type: 'deed_told'
      deed: string
      target: string
      status: 'running' | 'completed' | 'failed' | 'cancelled'
      detail: string
      by: string | null
      done_at: string
    }
  | { type: 'caught_up'; channel: string; ts: string }
  | { type: 'failed'; what: string; reason: string }

/** The rules' answer: what is certain before any model thinks. */
export type Brief = {
  /** The first line: the answer, an object, nothing else. */
  readonly headline: string
  readonly confidence: Finding['confidence'] | null
  /** The alert's own expression now, with its limit: "12.4 % (limit 5 %)". Null when it could not be asked. */
  readonly state: string | null
  readonly onset: string | null
  /** True when the onset was seen in data, false when it is `startsAt - for`. */
  readonly onset_seen: boolean
  readonly findings: readonly Finding[]
  /** What may have caused it, likeliest first; none is a valid answer. Briefs of older versions have no such field. */
  readonly suspects?: readonly Suspect[]
  readonly looked_at: readonly string[]
  /** Services whose names are like what an unresolved alert says; none was assumed. */
  readonly nearest?: readonly string[]
  /** No cluster of the configuration fits its labels, and there is none for the rest. */
  readonly unplaced?: boolean
  readonly gaps: readonly string[]
  /** Rules whose sources had not answered yet: they are asked once more, with more time. Briefs of older versions have no such field. */
  readonly late?: readonly { readonly rule: string; readonly gap: string }[]
  /** What follows: an investigation, or why there is none. */
  readonly next: 'investigating' | 'no_model' | 'budget_spent' | 'heartbeat'
  /** The expression's course for a small chart: seconds and value, at most 20 points. */
  readonly chart: OwnState['chart']
}

/** Whether an entry of the timeline is about an action. */
export const isOfAction = <E extends { readonly type: string }>(entry: E | ActionEntry): entry is ActionEntry =>
  entry.type.startsWith('action_')

export type Stored = { readonly id: number; readonly at: Date } & TimelineEntry

/** An entry with the incident that it belongs to; null for a decision about an alert that has none. */
export type Happened = { readonly incident: string | null; readonly entry: TimelineEntry }

/**
 * Writes what happened and enqueues `deliver` for the incident, in the caller's transaction. With `epoch` the write counts only
 * while nobody else took over: throws PermanentError otherwise, which rolls the transaction back.
 */
export const record = async (
  context: Context,
  trx: Trx,
  incident: string,
  { entries, epoch }: { entries: readonly TimelineEntry[]; epoch?: number },
): Promise<void> => {
  if (epoch !== undefined) await holdEpoch(trx, incident, epoch)
  if (entries.length === 0) return
  await trx
    .insertInto('timeline')
    .values(entries.map((entry) => ({ incident_id: incident, type: entry.type, data: jsonbText(entry) })))
    .execute()
  await context.queue.send(trx, 'deliver', [{ incident }])
}

/** `record` in a transaction of its own. */
export const recordNow = (context: Context, incident: string, entries: readonly TimelineEntry[], epoch?: number): Promise<void> =>
  context.db.transaction().execute((trx) => record(context, trx, incident, { entries, ...(epoch === undefined ? {} : { epoch }) }))

/** Locks the incident for this transaction and makes sure that this handler still owns it. */
const holdEpoch = async (trx: Trx, incident: string, epoch: number): Promise<void> => {
  const held = await trx.selectFrom('incident').select('epoch').where('id', '=', incident).forUpdate().executeTakeFirst()
  if (held?.epoch !== epoch) throw new PermanentError(`incident ${incident} was taken over (epoch ${held?.epoch ?? 'gone'}, ours ${epoch})`)
}

/** The whole timeline in order. */
export const timelineOf = async (db: Db | Trx, incident: string): Promise<Stored[]> => {
  const rows = await db.selectFrom('timeline').select(['id', 'at', 'data']).where('incident_id', '=', incident).orderBy('id').execute()
  return rows.map(({ id, at, data }) => ({ ...(data as TimelineEntry), id, at }))
}

/** The newest entry of one type, or undefined. */
export const latest = <T extends TimelineEntry['type']>(timeline: readonly Stored[], type: T): Extract<Stored, { type: T }> | undefined =>
  timeline.findLast((entry): entry is Extract<Stored, { type: T }> => entry.type === type)

/** What the rules say by now: the brief with all that came late. */
export const briefNow = (timeline: readonly Stored[]): Brief | undefined =>
  timeline.findLast((entry) => entry.type === 'briefed' || entry.type === 'amended')?.brief

/** Now, as the database sees it. */
export const databaseNow = sql<Date>`vigil_now()`
