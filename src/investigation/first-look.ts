import { type RawBuilder, sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db, Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { Incident, IncidentStatus, StoredAlert } from '../db/schema.ts'
import { evidenceRow } from '../incident/evidence.ts'
import { statusesBefore } from '../incident/incident.ts'
import type { Brief, TimelineEntry } from '../incident/timeline.ts'
import type { Cited } from './evidence.ts'
import type { Deploy, Similar } from './rules/rule.ts'
import { type Spent, spentSql } from './spend.ts'

/** All that the rules start from. */
export type FirstLook = {
  readonly incident: Incident
  /** Oldest first. */
  readonly alerts: readonly StoredAlert[]
  /** Earlier incidents of the same identity in 90 days, newest first. */
  readonly similar: readonly Similar[]
  /** Pushed, of the incident's cluster and the last 24 hours, newest first, at most 200. */
  readonly deploys: readonly Deploy[]
  /** Of the last 24 hours. */
  readonly spent: Spent
  /** Since its alert came, before it was stored; 0 where a brief stands already. */
  readonly waitedMs: number
  /** The number of the newest evidence that the incident has already, 0 for none. */
  readonly lastEvidence: number
}

/** Takes the incident over and reads, in the same statement, all that the rules start from. Undefined when there is no such incident. */
export const takeFirstLook = (db: Db, id: string): Promise<FirstLook | undefined> =>
  firstLook(db, sql`update incident set epoch = epoch + 1 where id = ${id} returning *`)

/** The same without taking it over: whoever works on it goes on. */
export const readFirstLook = (db: Db, id: string): Promise<FirstLook | undefined> =>
  firstLook(db, sql`select * from incident where id = ${id}`)

const firstLook = async (db: Db, taken: RawBuilder<unknown>): Promise<FirstLook | undefined> => {
  const { rows } = await sql<Row>`
    with taken as (${taken})
    select to_json(i) as incident,
      (select json_agg(a order by a.first_seen, a.id) from alert a where a.incident_id = i.id) as alerts,
      (select json_agg(s order by s.started_at desc) from (
        select o.number, o.started_at, o.resolved_at, o.status,
          (select v.analysis -> 'cause' ->> 'text' from investigation v where v.incident_id = o.id and v.analysis is not null order by v.number desc limit 1) as cause
        from incident o where o.cluster = i.cluster and o.alertname = i.alertname and o.subject = i.subject and o.id <> i.id
          and o.started_at > vigil_now() - interval '90 days' order by o.started_at desc limit 20) s) as similar,
      (select json_agg(d order by d.at desc, d.id desc) from (
        select id, service, namespace, kind, version, previous, commit, author, url, at from deploy
        where cluster = i.cluster and at > vigil_now() - interval '24 hours' order by at desc, id desc limit 200) d) as deploys,
      ${spentSql({ channel: sql.ref('i.channel'), running: 0 })} as spent,
      (select coalesce(max(number), 0)::int from evidence e where e.incident_id = i.id) as evidence,
      (select extract(epoch from min(t.at) filter (where t.type = 'opened') - i.started_at)::float8 * 1000 from timeline t
        where t.incident_id = i.id having count(*) filter (where t.type = 'briefed') = 0) as waited
    from taken i`.execute(db)
  const [row] = rows
  if (row === undefined) return undefined
  return {
    incident: toIncident(row.incident),
    alerts: (row.alerts ?? []).map(toAlert),
    similar: (row.similar ?? []).map(toSimilar),
    deploys: (row.deploys ?? []).map(toDeploy),
    spent: row.spent,
    waitedMs: Math.max(0, row.waited ?? 0),
    lastEvidence: row.evidence,
  }
}

type Row = {
  incident: Incident
  alerts: StoredAlert[] | null
  similar: { number: number; started_at: string; resolved_at: string | null; status: IncidentStatus; cause: string | null }[] | null
  deploys: (Omit<Deploy, 'at' | 'source'> & { id: number; at: string })[] | null
  spent: Spent
  evidence: number
  waited: number | null
}

/** Inside JSON the times are text. */
const toIncident = (row: Incident): Incident => ({
  ...row,
  onset: toDate(row.onset),
  anchor_by: toDate(row.anchor_by),
  started_at: new Date(row.started_at),
  resolved_at: toDate(row.resolved_at),
})

const toDate = (text: Date | null): Date | null => (text === null ? null : new Date(text))

const toAlert = (row: StoredAlert): StoredAlert => ({
  ...row,
  starts_at: new Date(row.starts_at),
  ends_at: toDate(row.ends_at),
  first_seen: new Date(row.first_seen),
  last_seen: new Date(row.last_seen),
})

const toSimilar = ({ number, started_at, resolved_at, status, cause }: NonNullable<Row['similar']>[number]): Similar => ({
  number,
  startedAt: new Date(started_at),
  resolvedAt: status === 'resolved' && resolved_at !== null ? new Date(resolved_at) : null,
  cause,
})

const toDeploy = ({ id: _id, at, ...deploy }: NonNullable<Row['deploys']>[number]): Deploy => ({
  ...deploy,
  at: new Date(at),
  source: 'pushed',
})

export type Briefing = {
  readonly incident: string
  readonly epoch: number
  readonly brief: Brief
  /** Set only when the expression could be asked. */
  readonly onset: Date | null
  readonly answers: readonly Cited[]
  /** The number of the first answer. */
  readonly first: number
  /** Why no model is sent for. Then the waiting investigation ends here, with this reason. */
  readonly endedBecause: string | null
  /** Ask the expression again after so many seconds, because nobody will say "resolved". */
  readonly recoverAfterSeconds: number | null
}

/**
 * Stores a brief with its evidence, moves the incident and sends for the model and for the drawing of the first reply, in the
 * caller's transaction: one statement and its jobs. False, with nothing written, when somebody else took the incident over in the meantime.
 */
export const storeBrief = async (context: Context, trx: Trx, briefing: Briefing): Promise<boolean> => {
  const { incident, brief, endedBecause } = briefing
  const entry: TimelineEntry = { type: 'briefed', brief }
  const to: IncidentStatus = endedBecause === null ? 'investigating' : 'analysed'
  const rows = briefing.answers.map((answer, i) => evidenceRow(incident, briefing.first + i, answer))
  const { rows: done } = await sql<{ held: number }>`
      with held as (select id from incident where id = ${incident} and epoch = ${briefing.epoch} for update),
      answers as (
        insert into evidence (incident_id, number, source, query, range_from, range_to, output, shown, complete, link)
        select held.id, e.number, e.source, e.query, e.range_from, e.range_to, e.output::jsonb, e.shown, e.complete, e.link
        from held, jsonb_to_recordset(${jsonbText(rows)}::jsonb)
          as e (number integer, source text, query text, range_from text, range_to text, output text, shown text, complete boolean, link text)),
      happened as (insert into timeline (incident_id, type, data) select held.id, 'briefed', ${jsonbText(entry)}::jsonb from held),
      moved as (
        update incident i set onset = coalesce(${briefing.onset}, i.onset), status = case when i.status = any(${statusesBefore(to)}::text[]) then ${to} else i.status end
        from held where i.id = held.id),
      ended as (
        update investigation v set status = 'complete', reason = ${endedBecause}, started_at = vigil_now(), ended_at = vigil_now()
        from held where v.incident_id = held.id and v.status in ('pending', 'in_progress') and ${endedBecause !== null})
      select count(*)::int as held from held`.execute(trx)
  if (done[0]?.held !== 1) return false
  await context.queue.send(trx, 'deliver', [{ incident }])
  if (brief.late !== undefined && brief.late.length > 0) await context.queue.send(trx, 'amend', [{ incident }])
  if (endedBecause === null) await context.queue.send(trx, 'investigate', [{ incident }])
  // Nobody else will look: what the rules alone are sure of is offered.
  else if (context.config.actions.length > 0) await context.queue.send(trx, 'propose', [{ incident }])
  if (briefing.recoverAfterSeconds !== null)
    await context.queue.send(trx, 'recover', [{ incident }], { afterSeconds: briefing.recoverAfterSeconds })
  return true
}
