import { type RawBuilder, sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { Incident, Investigation, StoredAlert } from '../db/schema.ts'
import { type DeedEntry, deedWords } from '../incident/deed.ts'
import { evidenceRow, toEvidence } from '../incident/evidence.ts'
import type { Brief, TimelineEntry } from '../incident/timeline.ts'
import type { Block, ModelTurn, StopReason, Usage } from '../llm/model.ts'
import type { Labels } from '../series/series.ts'
import type { Analysis } from './analysis.ts'
import type { Cited, Evidence } from './evidence.ts'
import type { Pinned } from './pinned.ts'
import type { Plan } from './plan.ts'
import { type Spent, spentSql } from './spend.ts'

/** One stored message of an investigation. Number 0 is the first question; what the model answered has a usage. */
export type Turn = {
  readonly number: number
  readonly role: 'user' | 'assistant'
  readonly content: readonly Block[]
  readonly stop: StopReason | null
  readonly usage: Usage | null
  readonly model: string | null
  readonly ms: number
}

export type Transcript = {
  readonly incident: Incident
  readonly investigation: Investigation
  readonly alert: StoredAlert | null
  readonly brief: Brief | undefined
  readonly turns: readonly Turn[]
  readonly calls: readonly { readonly is_error: boolean; readonly ms: number }[]
  /** What its failed calls could not see, in words for people. */
  readonly gaps: readonly string[]
  /** Of the last 24 hours; what else runs counts with its whole limit. */
  readonly spent: Spent
  readonly evidence: readonly Evidence[]
  /** The newest plan of this investigation. */
  readonly plan: Plan | null
  /** Whether the thread was told what stood after a minute. */
  readonly interim: boolean
  /** Oldest first, whenever it was. */
  readonly statements: readonly Statement[]
  /** The newest timeline entry there is. */
  readonly newest: number
  readonly news: readonly News[]
  /** Earlier incidents of the same alert and subject that are over, newest first. */
  readonly earlier: readonly Earlier[]
  /** The gate's last word on this investigation. */
  readonly held: Held | null
  /** The analysis that stands: the one that is challenged, or the newest there is. */
  readonly known: Analysis | null
}

/** What was concluded of an earlier incident, and what people said against it. */
export type Earlier = {
  readonly incident: number
  readonly began: string
  readonly over: string
  readonly cause: string | null
  readonly verdict: string | null
  readonly rated: 'good' | 'bad' | null
  readonly corrections: readonly { readonly who: string; readonly text: string }[] | null
}

export type Held = Extract<TimelineEntry, { type: 'gated' | 'waiting' }>

type Said = Extract<TimelineEntry, { type: 'said' }>

/** What people said in the thread, and what was told of deeds outside of Vigil. */
export type Statement = Omit<Said, 'kind'> & { readonly kind: Said['kind'] | 'done outside of Vigil' }

/** Something that the model is told in its next turn; `id` is the timeline's. `labels` are those of an alert that joined. */
export type News = {
  readonly id: number
  readonly entry: Said | Extract<TimelineEntry, { type: 'joined' | 'amended' | 'subject_set' | 'deed_told' }>
  readonly labels: Labels | null
}

/** Reads, in one statement, all that a running investigation needs to go on where it stood. Undefined: nothing is waiting to be investigated. */
export const loadTranscript = async (db: Db, incident: Incident, usdLimit: number): Promise<Transcript | undefined> => {
  const { rows } = await sql<{
    investigation: Investigation | null
    alert: StoredAlert | null
    brief: { brief: Brief } | null
    turns: Turn[] | null
    calls: { is_error: boolean; ms: number }[] | null
    gaps: string[] | null
    spent: Spent
    evidence: Parameters<typeof toEvidence>[0][] | null
    plan: Plan | null
    interim: boolean
    statements: (Said | DeedEntry)[] | null
    newest: number
    news: News[] | null
    known: Analysis | null
    held: Held | null
    earlier: Earlier[] | null
  }>`
    with v as (select * from investigation where incident_id = ${incident.id} and status in ('pending', 'in_progress'))
    select
      (select to_json(v) from v) as investigation,
      (select to_json(a) from alert a where a.incident_id = ${incident.id} order by (a.open and a.status = 'firing') desc, a.first_seen desc limit 1) as alert,
      (select data from timeline where incident_id = ${incident.id} and type in ('briefed', 'amended') order by id desc limit 1) as brief,
      (select json_agg(t order by t.number) from turn t, v where t.investigation_id = v.id) as turns,
      (select json_agg(json_build_object('is_error', c.is_error, 'ms', c.ms)) from tool_call c, v where c.investigation_id = v.id) as calls,
      (select json_agg(t.data ->> 'summary' order by t.id) from timeline t, v where t.incident_id = ${incident.id} and t.type = 'tool_answered'
        and t.data -> 'investigation' = to_jsonb(v.number) and t.data -> 'ok' = 'false') as gaps,
      ${spentSql({ channel: sql`${incident.channel}::text`, running: usdLimit, except: sql`exists (select 1 from v where v.id = o.id)` })} as spent,
      (select json_agg(e order by e.number) from evidence e where e.incident_id = ${incident.id}) as evidence,
      (select t.data -> 'plan' from timeline t, v where t.incident_id = ${incident.id} and t.type = 'planned' and t.data -> 'investigation' = to_jsonb(v.number)
        order by t.id desc limit 1) as plan,
      exists (select 1 from timeline t, v where t.incident_id = ${incident.id} and t.type = 'interim' and t.data -> 'investigation' = to_jsonb(v.number)) as interim,
      (select json_agg(t.data order by t.id) from timeline t where t.incident_id = ${incident.id} and t.type in ('said', 'deed_told')) as statements,
      (select coalesce(max(id), 0)::int from timeline where incident_id = ${incident.id}) as newest,
      (select ${newsOf(sql`v.told`, incident.id)} from v) as news,
      (select t.data from timeline t, v where t.incident_id = ${incident.id} and t.type in ('gated', 'waiting') and t.data -> 'investigation' = to_jsonb(v.number)
        order by t.id desc limit 1) as held,
      (select json_agg(e) from (${earlierOf(incident)}) e) as earlier,
      (select o.analysis from investigation o, v where o.incident_id = ${incident.id} and o.analysis is not null
        and (v.about is null or o.number = v.about or o.about = v.about) order by o.number desc limit 1) as known`.execute(db)
  const row = rows[0]
  if (row === undefined || row.investigation === null) return undefined
  return {
    incident,
    investigation: row.investigation,
    alert: row.alert === null ? null : { ...row.alert, starts_at: new Date(row.alert.starts_at) },
    brief: row.brief?.brief,
    turns: row.turns ?? [],
    calls: row.calls ?? [],
    gaps: row.gaps ?? [],
    spent: row.spent,
    evidence: (row.evidence ?? []).map(toEvidence),
    plan: row.plan,
    interim: row.interim,
    statements: (row.statements ?? []).map(statementOf),
    newest: row.newest,
    news: row.news ?? [],
    known: row.known,
    held: row.held,
    earlier: row.earlier ?? [],
  }
}

const statementOf = (entry: Said | DeedEntry): Statement =>
  entry.type === 'said'
    ? entry
    : {
        type: 'said',
        user: '',
        name: entry.by ?? 'another tool',
        text: `${deedWords(entry)} (${entry.done_at})`,
        kind: 'done outside of Vigil',
        channel: '',
        ts: '',
      }

/** Five say enough. A cause that was rated bad is left out; what people said then is not. */
const earlierOf = ({ id, cluster, subject, alertname }: Incident) => sql`
  select o.number as incident, o.started_at as began, o.resolved_at as over, case when r.rating = 'bad' then null else v.analysis -> 'cause' ->> 'text' end as cause,
    v.analysis ->> 'verdict' as verdict, r.rating as rated,
    (select json_agg(json_build_object('who', t.data ->> 'name', 'text', t.data ->> 'text') order by t.id) from timeline t
      where t.incident_id = o.id and t.type = 'said' and t.data ->> 'kind' = 'correction') as corrections
  from incident o
    left join lateral (select id, analysis from investigation where incident_id = o.id and analysis ->> 'by' = 'model' order by number desc limit 1) v on true
    left join lateral (select rating from rating where investigation_id = v.id order by at desc limit 1) r on true
  where o.cluster = ${cluster} and o.alertname = ${alertname} and o.subject = ${subject} and o.id <> ${id} and o.status = 'resolved'
    and o.started_at > vigil_now() - interval '90 days'
  order by o.started_at desc limit 5`

/** At most ten: who writes more than that in one turn's time is read afterwards. A repeat of a known alert is no news. */
const newsOf = (told: RawBuilder<unknown>, incident: string) => sql`(
  select json_agg(n) from (
    select t.id::int as id, t.data as entry, (select a.labels from alert a where a.incident_id = t.incident_id
      and a.fingerprint = t.data ->> 'fingerprint' order by a.first_seen desc limit 1) as labels
    from timeline t where t.incident_id = ${incident} and t.id > ${told} and (t.type in ('said', 'amended', 'deed_told') or (t.type = 'subject_set' and t.data ->> 'basis' = 'person') or (t.type = 'joined' and t.data -> 'count' = '1'))
    order by t.id limit 10) n)`

/** `superseded`: another handler took the incident over, and nothing was written. */
export type Stored =
  | { readonly stored: 'yes'; readonly stoppedBy: string | null; readonly news: readonly News[] }
  | { readonly stored: 'superseded' }
  /** A check for recovery has kept evidence in the meantime, up to the number `last`; nothing was written. */
  | { readonly stored: 'renumber'; readonly last: number }

export type Owner = { readonly incident: string; readonly investigation: string; readonly epoch: number }

export type StoredCall = {
  readonly call_id: string
  readonly name: string
  readonly input: unknown
  readonly result: string
  readonly is_error: boolean
  readonly evidence: number | null
  readonly ms: number
}

export type Step = {
  readonly turn: {
    readonly number: number
    readonly role: 'user' | 'assistant'
    readonly content: readonly Block[]
    readonly answer?: ModelTurn
  }
  readonly entries: readonly TimelineEntry[]
  readonly calls?: readonly StoredCall[]
  readonly evidence?: readonly { readonly number: number; readonly answer: Cited }[]
  /** The number behind which `evidence` goes on; nothing is stored when it is no longer the last. */
  readonly after?: number
  /** The newest timeline entry that the model is told of with this step. */
  readonly told?: number
  /** Marks the beginning: model, system prompt, and what it is run with. */
  readonly begin?: { readonly model: string; readonly system: string; readonly pinned: Pinned }
}

/** For a run that is kept nowhere: nobody stops it, and nobody tells it anything. */
export const inMemory = (_step: Step): Promise<Stored> => Promise.resolve({ stored: 'yes', stoppedBy: null, news: [] })

/**
 * Stores one step, a turn with its tool answers and what the thread shows of it, in one statement that counts only while this
 * handler owns the incident. Whether somebody pressed Stop comes back with it, so that asking costs nothing.
 */
export const storeStep = async (context: Context, owner: Owner, step: Step): Promise<Stored> => {
  const { turn } = step
  const { rows } = await sql<{ mine: number; held: number; last: number; stopped_by: string | null; news: News[] | null }>`
    with mine as (select id from incident where id = ${owner.incident} and epoch = ${owner.epoch} for update),
    newest as (select coalesce(max(number), 0) as last from evidence where incident_id = ${owner.incident}),
    held as (select mine.id from mine, newest where newest.last = coalesce(${step.after ?? null}, newest.last)),
    begun as (
      update investigation set status = 'in_progress', started_at = coalesce(started_at, vigil_now()), model = coalesce(${step.begin?.model ?? null}, model),
        system_prompt = coalesce(${step.begin?.system ?? null}, system_prompt),
        pinned = coalesce(${step.begin === undefined ? null : jsonbText(step.begin.pinned)}::jsonb, pinned), told = greatest(told, ${step.told ?? 0})
      from held where investigation.id = ${owner.investigation} and ${step.begin !== undefined || step.told !== undefined}),
    turns as (
      insert into turn (investigation_id, number, role, content, stop, usage, model, ms)
      select ${owner.investigation}, ${turn.number}, ${turn.role}, ${jsonbText(turn.content)}::jsonb, ${turn.answer?.stop ?? null},
        ${turn.answer === undefined ? null : jsonbText(turn.answer.usage)}::jsonb, ${turn.answer?.model ?? null}, ${Math.round(turn.answer?.ms ?? 0)} from held),
    calls as (
      insert into tool_call (investigation_id, call_id, turn, name, input, result, is_error, evidence, input_bytes, output_bytes, ms)
      select ${owner.investigation}, c.call_id, ${turn.number}, c.name, c.input, c.result, c.is_error, c.evidence, length(c.input::text), length(c.result), c.ms
      from held, jsonb_to_recordset(${jsonbText((step.calls ?? []).map(asJson))}::jsonb)
        as c (call_id text, name text, input jsonb, result text, is_error boolean, evidence integer, ms integer)),
    answers as (
      insert into evidence (incident_id, number, source, query, range_from, range_to, output, shown, complete, link)
      select e.incident_id, e.number, e.source, e.query, e.range_from, e.range_to, e.output, e.shown, e.complete, e.link
      from held, jsonb_to_recordset(${jsonbText((step.evidence ?? []).map(({ number, answer }) => withParsedOutput(evidenceRow(owner.incident, number, answer))))}::jsonb)
        as e (incident_id text, number integer, source text, query text, range_from text, range_to text, output jsonb, shown text, complete boolean, link text)),
    happened as (
      insert into timeline (incident_id, type, data)
      select ${owner.incident}, h.entry ->> 'type', h.entry from held, jsonb_to_recordset(${jsonbText(step.entries.map((entry) => ({ entry })))}::jsonb) as h (entry jsonb))
    select (select count(*) from mine)::int as mine, (select count(*) from held)::int as held, (select last from newest)::int as last, (select stopped_by from investigation where id = ${owner.investigation}) as stopped_by,
      (select ${newsOf(sql`greatest(v.told, ${step.told ?? 0})`, owner.incident)} from investigation v where v.id = ${owner.investigation}) as news`.execute(
    context.db,
  )
  const row = rows[0]
  if (row === undefined || row.mine === 0) return { stored: 'superseded' }
  if (row.held === 0) return { stored: 'renumber', last: row.last }
  // A lost nudge costs nothing: the next step brings another, and a crash here is followed by the job's next run.
  await context.queue.sendNow('deliver', { incident: owner.incident })
  return { stored: 'yes', stoppedBy: row.stopped_by, news: row.news ?? [] }
}

/** Broken input is a string that must stay one. */
const asJson = (call: StoredCall) => ({ ...call, input: call.input === undefined ? null : call.input, ms: Math.round(call.ms) })

const withParsedOutput = (row: ReturnType<typeof evidenceRow>) => ({ ...row, output: JSON.parse(row.output) as unknown })
