import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { NewAlert } from '../db/schema.ts'
import { correctionKey } from '../incident/correction.ts'
import { identityOf } from '../incident/incident.ts'
import { holdLines } from '../incident/rejoin.ts'
import { objectsOf } from '../kubernetes/of-labels.ts'
import { alertname } from './alert.ts'
import { firstWord } from './candidates.ts'
import type { AlertChange, Intake, Plan, State } from './intake.ts'
import { type Candidate, type CandidatePost, separation } from './join.ts'
import { clusterOf, subjectOf } from './subject.ts'

/**
 * Reads, in one statement, every incident that the alerts could belong to. Each way to it has an index of its own and none grows with
 * the history: of a fingerprint, a name or a line that has been seen a thousand times only what is open or cools down is read.
 */
export const readState = async (context: Context, intakes: readonly Intake[]): Promise<State> => {
  const keys = keysOf(context, intakes)
  const { rows } = await sql<{
    candidates: CandidateRow[] | null
    separations: { fingerprint: string; identity: string }[] | null
    previous: PreviousRow[] | null
    corrections: CorrectionRow[] | null
  }>`
    with recent as (select vigil_now() - make_interval(secs => ${context.config.cooldown_minutes * 60}) as since),
    corrected as (
      select key, subject, by, cluster || '|' || subject || '|' || alertname as identity, labels ->> 'namespace' as namespace
      from subject_correction where key = any(${keys.corrections}::text[])),
    about as (
      select 'service  ' || subject as object from corrected
      union select 'service ' || namespace || ' ' || subject from corrected where namespace is not null),
    named as (
      select a.incident_id as id from unnest(${keys.fingerprints}::text[]) f, lateral (
        select incident_id from alert where fingerprint = f order by last_seen desc limit 2) a
      union select incident_id from alert where open and fingerprint = any(${keys.fingerprints}::text[])
      union select id from incident where status <> 'resolved' and group_key = any(${keys.groups}::text[])
      union select id from incident where status <> 'resolved' and join_key = any(${keys.identities}::text[])
      union select incident_id from explained where object = any(${keys.objects}::text[])
      union select i.id from corrected c, lateral (
        select id from incident where join_key = c.identity order by started_at desc limit 2) i
      union select e.incident_id from about, lateral (select incident_id from explained where object = about.object limit 10) e
      union select i.id from unnest(${keys.identities}::text[]) k, lateral (
        select id from incident where join_key = k order by started_at desc limit 1) i
      union select id from incident where resolved_at is null and group_subject = any(${keys.subjects}::text[])
      union select id from incident, recent where resolved_at > since and group_subject = any(${keys.subjects}::text[])
      union select id from incident where status <> 'resolved' and split_part(group_subject, ' ', 1) = any(${keys.words}::text[])
      union select incident_id from alert where open and group_subject = any(${keys.subjects}::text[])
      union select p.incident_id from unnest(${keys.subjects}::text[]) s, lateral (
        select incident_id from post where subject = s order by at desc limit 10) p
      union select p.incident_id from jsonb_to_recordset(${json(keys.posts)}::jsonb) as r (channel text, ts text), lateral (
        select incident_id from post where post.channel = r.channel and post.ts = r.ts limit 1) p),
    wanted as (
      -- Each limit keeps the planner, which cannot know how few there are, from reading a whole table.
      select i.* from named n, recent, lateral (select * from incident where id = n.id limit 1) i
      where i.status <> 'resolved' or i.resolved_at > since)
    select
      (select json_agg(json_build_object(
          'incident', to_json(w), 'cooling', w.status = 'resolved',
          'alerts', (select json_object_agg(a.fingerprint, json_build_object('status', a.status, 'lossy', a.source = 'slack-message' and not a.confirmed, 'line', a.group_subject))
            from (select distinct on (fingerprint) fingerprint, status, source, confirmed, group_subject from alert
              where incident_id = w.id and (open or w.status = 'resolved')
                and (${keys.whole} or fingerprint = any(${keys.fingerprints}::text[]) or (source = 'slack-message' and not confirmed))
              order by fingerprint, last_seen desc) a),
          'subjects', (select json_agg(distinct a.group_subject) from alert a where a.incident_id = w.id and a.open and a.group_subject = any(${keys.subjects}::text[])),
          'explains', (select json_agg(e.object) from explained e where e.incident_id = w.id and (e.object = any(${keys.objects}::text[]) or e.object in (select object from about))),
          'posts', (select json_agg(p) from (select channel, ts, subject, fingerprints from post where incident_id = w.id order by at desc limit 50) p))
          order by w.started_at desc)
        from wanted w) as candidates,
      (select json_agg(json_build_object('fingerprint', fingerprint, 'identity', identity))
        from separation where fingerprint = any(${keys.fingerprints}::text[])) as separations,
      (select json_agg(c) from (select key, subject, by from corrected) c) as corrections,
      (select json_agg(p) from (select unnest(${keys.identities}::text[]) as k union select identity from corrected) wanted_keys, lateral (select join_key, id, number from incident
        where join_key = k and status = 'resolved' order by started_at desc limit 1) p) as previous`.execute(context.db)
  const row = rows[0]
  return {
    candidates: (row?.candidates ?? []).map(toCandidate),
    separations: new Set((row?.separations ?? []).map((pair) => separation(pair.fingerprint, pair.identity))),
    corrections: new Map((row?.corrections ?? []).map(({ key, subject, by }) => [key, { subject, by }])),
    previous: new Map((row?.previous ?? []).map(({ join_key, id, number }) => [join_key, { id, number }])),
  }
}

type CandidateRow = {
  incident: Candidate['incident']
  cooling: boolean
  alerts: Record<string, { status: 'firing' | 'resolved'; lossy: boolean; line: string | null }> | null
  posts: CandidatePost[] | null
  subjects: string[] | null
  explains: string[] | null
}
type CorrectionRow = { key: string; subject: string; by: string }
type PreviousRow = { join_key: string; id: string; number: number }

const toCandidate = ({ incident, cooling, alerts, posts, subjects, explains }: CandidateRow): Candidate => {
  const known = Object.entries(alerts ?? {})
  return {
    incident,
    cooling,
    alerts: new Map(known.map(([fingerprint, { status }]) => [fingerprint, status])),
    lines: new Map(known.flatMap(([fingerprint, { line }]) => (line === null ? [] : [[fingerprint, line] as const]))),
    lossy: new Set(known.flatMap(([fingerprint, { lossy }]) => (lossy ? [fingerprint] : []))),
    posts: posts ?? [],
    subjects: new Set(subjects),
    explains: new Set(explains),
  }
}

const keysOf = ({ config }: Context, intakes: readonly Intake[]) => {
  const alerts = intakes.flatMap((intake) => intake.alerts)
  const unique = (values: readonly (string | null)[]) => [...new Set(values.filter((value) => value !== null))]
  const unread = alerts.filter((alert) => alert.notice !== null && !alert.confirmed)
  return {
    fingerprints: unique(alerts.flatMap((alert) => [alert.fingerprint, ...(alert.notice?.fingerprints ?? [])])),
    corrections: unique(
      alerts.flatMap(({ source, labels }) => (source === 'mention' ? [] : correctionKey(clusterOf(config, labels), labels))),
    ),
    groups: unique(alerts.map((alert) => alert.groupKey)),
    identities: unique(
      alerts.map((alert) =>
        identityOf({ cluster: clusterOf(config, alert.labels), subject: subjectOf(config, alert.labels), alertname: alertname(alert) }),
      ),
    ),
    objects: unique(alerts.flatMap((alert) => objectsOf(alert.labels, subjectOf(config, alert.labels)))),
    subjects: unique(alerts.map((alert) => alert.groupSubject)),
    words: unique(unread.map(({ notice }) => (notice === null ? null : firstWord(notice.subject)))),
    posts: intakes.flatMap(({ post }) => (post === null ? [] : [{ channel: post.channel, ts: post.ts }])),
    /** A message that says resolved speaks for alerts that it does not name. */
    whole: unread.some((alert) => alert.status === 'resolved'),
  }
}

export type Written = {
  /** What was read has moved in the meantime: read again, decide again. */
  readonly moved: boolean
  /** Open incidents that are known from a message alone, of groups whose alerts are elsewhere by now. */
  readonly doubles: readonly string[]
  /** Incident to its running investigation. */
  readonly investigations: ReadonlyMap<string, string>
}

/**
 * Writes a plan in one statement, however many alerts it has, so that an intake costs four round trips (begin, this, the jobs,
 * commit; five where lines are held). Incidents that were read as open must still be, and those that get a thread must still have none.
 */
export const writePlan = async (trx: Trx, plan: Plan): Promise<Written> => {
  const anchoring = plan.changes.filter((change) => change.thread_ts != null).map((change) => change.id)
  // Of it and the message's own brief, which holds the line as well, the second sees both (incident/rejoin).
  await holdLines(trx, [...plan.lines])
  const { rows } = await sql<{
    held: number
    reopened: number
    anchored: number
    doubles: string[] | null
    investigations: Started[] | null
  }>`
    with held as (select id from incident where id = any(${[...plan.held]}::text[]) and status <> 'resolved' order by id for update),
    reopened as (select id from incident where id = any(${[...plan.reopened]}::text[]) and status = 'resolved' for update),
    anchored as (select id from incident where id = any(${anchoring}::text[]) and thread_ts is null for update),
    incidents as (
      insert into incident (id, title, severity, cluster, alertname, subject, group_key, receiver, group_subject, channel, thread_ts, anchor, previous_id, join_key, notice_key, anchor_by, started_at)
      select r.id, r.title, r.severity, r.cluster, r.alertname, r.subject, r.group_key, r.receiver, r.group_subject, r.channel, r.thread_ts, r.anchor, r.previous_id, r.join_key,
        r.notice_key, case when r.waits then vigil_now() + interval '2 seconds' end, vigil_now() - make_interval(secs => r.waited_ms / 1000.0)
      from jsonb_to_recordset(${json(plan.incidents)}::jsonb) as r (id text, title text, severity text, cluster text, alertname text, subject text, group_key text, receiver text,
        group_subject text, channel text, thread_ts text, anchor text, previous_id text, join_key text, notice_key text, waits boolean, waited_ms integer)),
    changes as (
      update incident i set
        title = coalesce(c.title, i.title), severity = coalesce(c.severity, i.severity), cluster = coalesce(c.cluster, i.cluster),
        alertname = coalesce(c.alertname, i.alertname), subject = coalesce(c.subject, i.subject), group_key = coalesce(c.group_key, i.group_key),
        receiver = coalesce(c.receiver, i.receiver), group_subject = coalesce(c.group_subject, i.group_subject),
        join_key = case when c.reopen and exists (select 1 from incident o where o.join_key = i.join_key and o.status <> 'resolved') then null else coalesce(c.join_key, i.join_key) end,
        notice_key = case when c.reopen and exists (select 1 from incident o where o.notice_key = i.notice_key and o.status <> 'resolved') then null else i.notice_key end,
        channel = coalesce(c.channel, i.channel), thread_ts = coalesce(c.thread_ts, i.thread_ts), anchor = coalesce(c.anchor, i.anchor),
        status = case when c.reopen then 'open' else i.status end, resolved_at = case when c.reopen then null else i.resolved_at end
      from jsonb_to_recordset(${json(plan.changes)}::jsonb) as c (id text, title text, severity text, cluster text, alertname text, subject text, group_key text, receiver text,
        group_subject text, join_key text, channel text, thread_ts text, anchor text, reopen boolean)
      where i.id = c.id),
    alerts as (
      insert into alert (id, incident_id, fingerprint, cluster, source, status, labels, annotations, starts_at, ends_at, expression, generator_url, group_key, receiver, group_subject,
        confirmed, count)
      select * from jsonb_to_recordset(${json(plan.alerts.map(withParsedLabels))}::jsonb) as r (id text, incident_id text, fingerprint text, cluster text, source text, status text,
        labels jsonb, annotations jsonb, starts_at timestamptz, ends_at timestamptz, expression text, generator_url text, group_key text, receiver text, group_subject text, confirmed boolean, count integer)),
    repeats as (
      update alert a set count = a.count + c.repeats, last_seen = vigil_now(), status = c.status, ends_at = c.ends_at,
        fingerprint = coalesce(x.fingerprint, a.fingerprint), cluster = coalesce(x.cluster, a.cluster), source = coalesce(x.source, a.source),
        labels = coalesce(x.labels, a.labels), annotations = coalesce(x.annotations, a.annotations), starts_at = coalesce(x.starts_at, a.starts_at),
        expression = coalesce(x.expression, a.expression), generator_url = coalesce(x.generator_url, a.generator_url), group_key = coalesce(x.group_key, a.group_key),
        receiver = coalesce(x.receiver, a.receiver), group_subject = coalesce(x.group_subject, c.line, a.group_subject), confirmed = coalesce(x.confirmed, a.confirmed)
      from jsonb_to_recordset(${json(plan.alertChanges.map(withParsedExact))}::jsonb) as c (fingerprint text, incident_id text, status text, ends_at timestamptz, repeats integer, line text, exact jsonb)
      cross join lateral jsonb_to_record(coalesce(c.exact, '{}')) as x (fingerprint text, cluster text, source text, labels jsonb, annotations jsonb, starts_at timestamptz,
        expression text, generator_url text, group_key text, receiver text, group_subject text, confirmed boolean)
      where a.incident_id = c.incident_id and a.fingerprint = c.fingerprint and a.open),
    started as (
      insert into investigation (id, incident_id, number, kind, requested_by, wanted_model)
      select r.id, r.incident_id, 1 + coalesce((select max(number) from investigation v where v.incident_id = r.incident_id), 0), r.kind, r.requested_by, r.wanted_model
      from jsonb_to_recordset(${json(plan.investigations)}::jsonb) as r (id text, incident_id text, kind text, requested_by text, wanted_model text)
      on conflict (incident_id) where status in ('pending', 'in_progress') do update set kind = investigation.kind
      returning id, incident_id),
    posts as (
      insert into post (channel, ts, incident_id, bot, receiver, subject, fingerprints, status)
      select * from jsonb_to_recordset(${json(plan.posts)}::jsonb) as r (channel text, ts text, incident_id text, bot text, receiver text, subject text, fingerprints jsonb, status text)
      on conflict (channel, ts) do update set incident_id = coalesce(excluded.incident_id, post.incident_id), subject = excluded.subject, status = excluded.status,
        fingerprints = case when excluded.status = 'firing' then excluded.fingerprints else post.fingerprints end),
    heard as (
      insert into heartbeat (key, name, cluster, labels, heard_at)
      select r.key, r.name, r.cluster, r.labels, vigil_now() from jsonb_to_recordset(${json(plan.heard)}::jsonb) as r (key text, name text, cluster text, labels jsonb)
      on conflict (key) do update set name = excluded.name, labels = excluded.labels, heard_at = excluded.heard_at),
    happened as (
      insert into timeline (incident_id, type, data)
      select r.incident, r.entry ->> 'type', r.entry from jsonb_to_recordset(${json(plan.happened)}::jsonb) as r (incident text, entry jsonb))
    select (select json_agg(i.id) from incident i where i.resolved_at is null and i.group_subject = any(${[...plan.lines]}::text[]) and exists (
        select 1 from alert a where a.incident_id = i.id and a.open and a.source = 'slack-message' and not a.confirmed)) as doubles,
      (select count(*) from held)::int as held, (select count(*) from reopened)::int as reopened, (select count(*) from anchored)::int as anchored,
      (select json_agg(json_build_object('id', id, 'incident_id', incident_id)) from started) as investigations`.execute(trx)
  const row = rows[0]
  return {
    moved: row?.held !== plan.held.size || row.reopened !== plan.reopened.size || row.anchored !== anchoring.length,
    doubles: row?.doubles ?? [],
    investigations: new Map((row?.investigations ?? []).map(({ id, incident_id }) => [incident_id, id])),
  }
}

type Started = { id: string; incident_id: string }

const json = (rows: readonly unknown[]): string => JSON.stringify(rows)

const withParsedLabels = (row: NewAlert) => ({
  ...row,
  labels: JSON.parse(row.labels),
  annotations: JSON.parse(row.annotations),
})

const withParsedExact = (change: AlertChange) => ({ ...change, exact: change.exact === null ? null : withParsedLabels(change.exact) })
