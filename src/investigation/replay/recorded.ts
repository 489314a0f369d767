import { sql } from 'kysely'
import type { Db } from '../../db/connection.ts'
import type { Incident, Investigation, StoredAlert } from '../../db/schema.ts'
import { toEvidence } from '../../incident/evidence.ts'
import type { Brief } from '../../incident/timeline.ts'
import type { Block } from '../../llm/model.ts'
import type { Analysis } from '../analysis.ts'
import type { Evidence, EvidenceId } from '../evidence.ts'
import { SUBMIT_ANALYSIS } from '../goal/analysis.ts'
import type { Pinned } from '../pinned.ts'
import { toolUses } from '../run.ts'
import type { Statement, Transcript } from '../transcript.ts'

/** An investigation that ended, with all that is needed to run it again: what it was given, what its tools answered, what it ended with. */
export type Recorded = {
  readonly format: 1
  readonly id: string
  readonly incident: Pick<Incident, 'id' | 'number' | 'title' | 'severity' | 'cluster' | 'subject' | 'alertname'> & {
    readonly onset: string | null
  }
  readonly alert: Omit<StoredAlert, 'starts_at' | 'ends_at' | 'first_seen' | 'last_seen'> & { readonly starts_at: string }
  readonly brief: Brief | null
  /** When it began (RFC 3339): relative times are read by it. */
  readonly now: string
  /** What its sentences could rest on, numbered as it was; the first `given` were there before the model was asked. */
  readonly evidence: readonly Evidence[]
  readonly given: number
  /** As the model was told of them in its first message. */
  readonly statements: Transcript['statements']
  readonly earlier: Transcript['earlier']
  /** What it was run with; null: not known any more. */
  readonly pinned: Pinned | null
  readonly answers: readonly {
    readonly tool: string
    readonly input: unknown
    readonly evidence: EvidenceId | null
    readonly error: string | null
  }[]
  /** What the model handed in last. */
  readonly submission: unknown
  readonly ended: {
    readonly analysis: Analysis
    readonly model: string | null
    readonly calls: number
    readonly tokens: number
    readonly usd: number
    readonly seconds: number
  }
  readonly rating: 'good' | 'bad' | null
  /** A person said afterwards what it was instead. */
  readonly corrected: boolean
  /** A second look refuted it. */
  readonly refuted: boolean
}

type Wanted = { readonly investigation: string } | { readonly incident: number } | { readonly last: number }

/** Recorded investigations of alerts that ended with a model's analysis, newest first. */
export const loadRecorded = async (db: Db, wanted: Wanted): Promise<Recorded[]> => {
  const which =
    'investigation' in wanted ? sql`v.id = ${wanted.investigation}` : 'incident' in wanted ? sql`i.number = ${wanted.incident}` : sql`true`
  const { rows } = await sql<Row>`
    select to_json(v) as investigation, to_json(i) as incident,
      (select to_json(a) from alert a where a.incident_id = i.id
        order by (a.first_seen <= coalesce(v.started_at, v.created_at)) desc, a.first_seen desc limit 1) as alert,
      (select data -> 'brief' from timeline where incident_id = i.id and type = 'briefed' and at <= coalesce(v.ended_at, vigil_now()) order by id desc limit 1) as brief,
      (select json_agg(t.content order by t.number) from turn t where t.investigation_id = v.id) as turns,
      (select min(t.at) from turn t where t.investigation_id = v.id) as began,
      (select json_agg(json_build_object('name', c.name, 'input', c.input, 'evidence', c.evidence, 'result', c.result, 'is_error', c.is_error) order by c.turn, c.at)
        from tool_call c where c.investigation_id = v.id) as calls,
      (select json_agg(e order by e.number) from evidence e where e.incident_id = i.id) as evidence,
      (select rating from rating r where r.investigation_id = v.id order by r.at desc limit 1) as rating,
      exists (select 1 from timeline where incident_id = i.id and type = 'said' and data ->> 'kind' = 'correction' and at >= v.ended_at) as corrected,
      exists (select 1 from investigation o where o.incident_id = i.id and o.about = v.number and o.challenge ->> 'verdict' = 'refuted') as refuted
    from investigation v join incident i on i.id = v.incident_id
    where ${which} and v.kind in ('alert', 'again', 'mention') and v.analysis ->> 'by' = 'model'
    order by v.created_at desc limit ${'last' in wanted ? wanted.last : 100}`.execute(db)
  return rows.flatMap((row) => recordedOf(row) ?? [])
}

type Row = {
  investigation: Investigation
  incident: Incident
  alert: StoredAlert | null
  brief: Brief | null
  turns: (readonly Block[])[] | null
  calls: { name: string; input: unknown; evidence: number | null; result: string; is_error: boolean }[] | null
  evidence: Parameters<typeof toEvidence>[0][] | null
  began: Date | null
  rating: 'good' | 'bad' | null
  corrected: boolean
  refuted: boolean
}

const recordedOf = (row: Row): Recorded | undefined => {
  const { investigation, incident, alert } = row
  const { analysis } = investigation
  if (alert === null || analysis === null) return undefined
  const calls = row.calls ?? []
  const own = new Set(calls.flatMap((call) => call.evidence ?? []))
  const all = (row.evidence ?? []).filter(({ number, at }) => own.has(number) || (row.began !== null && new Date(at) <= row.began))
  const given = all.filter(({ number }) => !own.has(number))
  const first = textOf(row.turns?.[0] ?? [])
  const { ends_at: _ends, first_seen: _first, last_seen: _last, ...kept } = alert
  const { id, number, title, severity, cluster, subject, alertname } = incident
  return {
    format: 1,
    id: investigation.id,
    incident: {
      id,
      number,
      title,
      severity,
      cluster,
      subject,
      alertname,
      onset: incident.onset === null ? null : new Date(incident.onset).toISOString(),
    },
    alert: { ...kept, starts_at: new Date(alert.starts_at).toISOString() },
    brief: row.brief,
    now: investigation.pinned?.now ?? new Date(investigation.started_at ?? investigation.created_at).toISOString(),
    evidence: [...given, ...all.filter(({ number }) => own.has(number))].map(toEvidence),
    given: given.length,
    statements: statementsIn(first),
    earlier: listIn(first, 'vigil') as Transcript['earlier'],
    pinned: investigation.pinned,
    answers: calls.map((call) => ({
      tool: call.name,
      input: call.input,
      evidence: call.evidence === null ? null : `E${call.evidence}`,
      error: call.is_error ? call.result : null,
    })),
    submission: (row.turns ?? []).flatMap((content) => toolUses(content)).findLast(({ name }) => name === SUBMIT_ANALYSIS)?.input ?? null,
    ended: {
      analysis,
      model: investigation.model,
      calls: investigation.tool_calls,
      tokens: investigation.tokens_in + investigation.tokens_out,
      usd: investigation.usd,
      seconds: (investigation.model_ms + investigation.tool_ms) / 1000,
    },
    rating: row.rating,
    corrected: row.corrected,
    refuted: row.refuted,
  }
}

const textOf = (content: readonly Block[]): string => content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('\n')

/** The list that the first message holds in a fence of this source: what was known then cannot be asked of the database any more. */
const listIn = (text: string, source: string): readonly unknown[] => {
  const json = new RegExp(`<(data-[\\w-]+) source="${source}">\\n(\\[.*\\])\\n</\\1>`).exec(text)?.[2]
  return json === undefined ? [] : (JSON.parse(json) as unknown[])
}

const KINDS = ['correction', 'done outside of Vigil', 'question'] as const satisfies readonly Statement['kind'][]

const statementsIn = (text: string): Transcript['statements'] =>
  (listIn(text, 'thread') as Readonly<Record<string, string>>[]).map((said) => {
    const kind = KINDS.find((one) => said[one] !== undefined) ?? 'question'
    return { type: 'said', user: '', name: said['who'] ?? '', text: said[kind] ?? '', kind, channel: '', ts: '' }
  })
