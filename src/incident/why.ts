import { sql } from 'kysely'
import type { Db, Trx } from '../db/connection.ts'
import { gapsByCause } from '../text/gaps.ts'
import { deedWords } from './deed.ts'
import {
  type Brief,
  type IncidentEntry,
  isOfAction,
  type JoinReason,
  type SkipReason,
  type Stored,
  type TimelineEntry,
  timelineOf,
} from './timeline.ts'
import { actionReason } from './why-actions.ts'

export type Reason = { readonly at: Date; readonly text: string }

/** Why Vigil did, or did not do, what it did with an incident: its decisions in words, oldest first. */
export const why = async (db: Db | Trx, incident: string): Promise<Reason[]> => reasonsOf(await timelineOf(db, incident))

/** Why nothing came of a message in a channel; empty when nothing was decided about it. */
export const whyNot = async (db: Db | Trx, channel: string, ts: string): Promise<Reason[]> => {
  const rows = await db
    .selectFrom('timeline')
    .select(['id', 'at', 'data'])
    .where('incident_id', 'is', null)
    .where('type', '=', 'skipped')
    .where(sql<boolean>`data ->> 'detail' like ${`% ${channel} ${ts}%`}`)
    .orderBy('id', 'desc')
    .limit(3)
    .execute()
  return reasonsOf(rows.map(({ id, at, data }) => ({ ...(data as TimelineEntry), id, at })))
}

const reasonsOf = (timeline: readonly Stored[]): Reason[] =>
  timeline.flatMap((entry) => {
    const text = reasonOf(entry)
    return text === null ? [] : [{ at: entry.at, text }]
  })

/** Null for what is no decision. */
const reasonOf = (entry: TimelineEntry): string | null => (isOfAction(entry) ? actionReason(entry) : ownReason(entry))

const ownReason = (entry: IncidentEntry): string | null => {
  switch (entry.type) {
    case 'opened':
      return entry.previous === null
        ? `opened, because ${sourceWords(entry.source)} and no open incident had it`
        : `opened as a new incident: INC-${entry.previous} was the same alert, but its cool-down was over`
    case 'joined':
      return `did not open another${entry.count > 1 ? ` (${entry.count} times)` : ''}: ${joinWords[entry.reason]}`
    case 'reopened':
      return 'opened again: the alert fired within the cool-down'
    case 'skipped':
      return `left alone: ${skipWords[entry.reason]}`
    case 'posted_again':
      return 'linked a further post to this thread: it is the same problem'
    case 'briefed':
      return `${nextWords[entry.brief.next]}${unseen(entry.brief)}`
    case 'amended':
      return amendedWords(entry)
    case 'stop_requested':
      return `investigation ${entry.investigation} was told to conclude: a person stopped it`
    case 'analysed':
      return `investigation ${entry.investigation} concluded: ${entry.analysis.verdict.replaceAll('_', ' ')}${entry.analysis.partial_reason === null ? '' : `, early, because ${entry.analysis.partial_reason}`}`
    case 'recovery_checked':
      return `looked whether it is over: ${outcomeWords[entry.outcome]} (${entry.detail})`
    case 'resolved':
      return `closed: ${entry.detail}`
    case 'split':
      return splitWords(entry)
    case 'subject_set':
      return `took it to be about ${entry.subject}: ${subjectWords(entry)}`
    case 'merged':
      return `made a part of INC-${entry.into.number}, because what is suspected there explains it: ${entry.cause}`
    case 'gated':
      return `${gateWords[entry.decision]}: ${entry.reason}`
    case 'waiting':
      return `waits until ${entry.until} before it investigates: ${entry.reason}`
    case 'forced':
      return `went on all the same, past ${pastWords[entry.past]}: a person said so`
    case 'fell_back':
      return `asked ${entry.to} instead of ${entry.from}: ${entry.because}`
    case 'said':
    case 'answered':
    case 'challenged':
      return talkWords(entry)
    case 'better_rule':
      return `proposed a better rule: ${entry.rule.better}`
    case 'failed':
      return `failed at ${entry.what}: ${entry.reason}`
    case 'deed_told':
      return `was told of a deed outside of Vigil: ${deedWords(entry)}`
    case 'anchored':
    case 'investigation_started':
    case 'tool_started':
    case 'tool_answered':
    case 'owned':
    case 'rated':
    case 'alert_resolved':
    case 'caught_up':
    case 'planned':
    case 'interim':
      return null
  }
}

const talkWords = (entry: Extract<TimelineEntry, { type: 'said' | 'answered' | 'challenged' }>): string => {
  if (entry.type === 'said') return entry.kind === 'correction' ? 'was corrected by a person' : 'was asked a question by a person'
  if (entry.type === 'challenged') return `tried to refute investigation ${entry.of}: it ${challengeWords[entry.challenge.verdict]}`
  return `answered a question${entry.answer.partial_reason === null ? '' : `, early, because ${entry.answer.partial_reason}`}`
}

const amendedWords = ({ because, rules }: Extract<TimelineEntry, { type: 'amended' }>): string =>
  because === 'subject'
    ? 'looked again, because a person said what it is about'
    : `looked again with more time, because sources were slow: ${rules.join(', ')}`

const splitWords = ({ into, from }: Extract<TimelineEntry, { type: 'split' }>): string =>
  into === null
    ? `split off from INC-${from}: a person said that it is not the same`
    : `an alert was split off to INC-${into}: a person said that it is not the same`

const subjectWords = ({ basis, why }: Extract<TimelineEntry, { type: 'subject_set' }>): string =>
  basis === 'person' ? 'a person said so' : basis === 'remembered' ? 'a person said so of such an alert before' : why

/** "; could not see logs, traces (Loki 503)". */
const unseen = ({ gaps, late = [] }: Brief): string => {
  const all = gapsByCause([...gaps, ...late.map(({ gap }) => gap)])
  return all.length === 0 ? '' : `; could not see ${all.join('; ')}`
}

const gateWords = {
  triage: 'found it worth an investigation',
  ignore: 'did not investigate',
  auto_resolve: 'did not investigate, it resolves by itself',
} as const

const pastWords = { gate: 'the gate', waiting: 'the wait', budget: 'the spent budget' } as const

const challengeWords = { stands: 'stands', weakened: 'is weaker now', refuted: 'does not stand' } as const

const sourceWords = (source: string): string => (source === 'mention' ? 'a person asked' : 'the alert fired')

const joinWords: Readonly<Record<JoinReason, string>> = {
  same_fingerprint: 'this incident has the same alert',
  same_group: 'it came in the same group of the same receiver',
  same_subject: 'it is the same alert for the same service',
  explained: 'what is suspected here explains it',
  same_message: 'its message had been read before',
}

const skipWords: Readonly<Record<SkipReason, string>> = {
  duplicate: 'it is being looked at already',
  joined: 'it belongs to an open incident',
  not_firing: 'it says resolved, and no open incident has it',
  heartbeat: 'it is a heartbeat, which always fires',
  channel_off: 'this channel is switched off (slack.alert_channels, mode: off)',
  unknown_bot: 'its bot is not among those believed in this channel (slack.alert_channels, bots)',
  shared_channel: 'this channel is shared with another organisation (slack.alert_channels, shared: true allows it)',
  budget: 'the money for today is spent',
  no_model: 'no model is configured',
  gate: 'it was found not worth an investigation',
  unreadable: 'it could not be read',
}

const nextWords = {
  investigating: 'the rules answered, and the model was asked to investigate',
  no_model: 'the rules answered; no model is configured that could investigate',
  heartbeat: 'a lost heartbeat is for people to look at: no rule and no model was asked',
  budget_spent: 'the rules answered; the money for 24 hours is spent, so no model was asked',
} as const

const outcomeWords = {
  recovered: 'it is',
  still_firing: 'it is not',
  cannot_tell: 'cannot tell',
  not_confirmed: 'nobody could confirm it',
} as const
