import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db, Trx } from '../db/connection.ts'
import type { Incident, IncidentStatus, StoredAlert } from '../db/schema.ts'
import { objectsOf } from '../kubernetes/of-labels.ts'
import { holdAll, mergeInto } from './merge.ts'
import { briefNow, timelineOf } from './timeline.ts'

/**
 * Makes an incident a part of the one that its alerts would join if they came now, where that opened, or found its cause, at the same
 * moment or when of this one only a message was known. True when it is a part now, and nothing more is to be done for it.
 */
export const rejoin = async (context: Context, incident: Incident, alerts: readonly StoredAlert[]): Promise<boolean> => {
  // What people asked for, or have decided on, goes on by itself.
  if (incident.anchor === 'mention' || !MOVABLE.has(incident.status)) return false
  const firing = alerts.filter(({ open, status }) => open && status === 'firing')
  const lines = linesOf(firing)
  if (lines.length === 0 && (await wholeOf(context.db, incident, firing)) === undefined) return false
  return context.db.transaction().execute(async (trx) => {
    if (lines.length > 0) await holdLines(trx, lines)
    // As who gathers does: what it finds meanwhile is settled first.
    else await sql`select pg_advisory_xact_lock(hashtextextended(${`explained ${incident.cluster}`}, 0))`.execute(trx)
    const whole = await wholeOf(trx, incident, await firingOf(trx, incident.id))
    return whole !== undefined && merge(context, trx, incident, whole)
  })
}

const MOVABLE: ReadonlySet<IncidentStatus> = new Set(['open', 'investigating', 'analysed'])

type Firing = Pick<StoredAlert, 'fingerprint' | 'source' | 'confirmed' | 'group_subject' | 'labels'>

const firingOf = (trx: Trx, incident: string): Promise<Firing[]> =>
  trx
    .selectFrom('alert')
    .select(['fingerprint', 'source', 'confirmed', 'group_subject', 'labels'])
    .where('incident_id', '=', incident)
    .where('open', '=', true)
    .where('status', '=', 'firing')
    .execute()

/** The lines of its messages, where it is known from these alone. */
const linesOf = (alerts: readonly Firing[]): string[] =>
  alerts.some(({ confirmed }) => confirmed) ? [] : alerts.flatMap(({ group_subject: line }) => line ?? [])

/** `echo`: all that it has is a message of a group whose alerts are there. */
type Whole = { readonly id: string; readonly echo: boolean }

const wholeOf = async (db: Db | Trx, incident: Incident, alerts: readonly Firing[]): Promise<Whole | undefined> => {
  const lines = linesOf(alerts)
  const id = lines.length > 0 ? await withLine(db, incident, lines) : await explaining(db, incident, alerts)
  return id === undefined ? undefined : { id, echo: lines.length > 0 }
}

/**
 * Until the transaction's end nobody else stores or looks for alerts of groups with these lines (some others wait as well: what is held
 * is a few places, so that a storm of lines is no storm of locks). A message and the webhook of its group that are stored at the same
 * moment do not see each other; of the two that hold the lines afterwards the second sees both.
 */
export const holdLines = async (trx: Trx, lines: readonly string[]): Promise<void> => {
  if (lines.length === 0) return
  await sql`
    select pg_advisory_xact_lock(hashtext('group line'), place) from (
      select distinct mod(hashtext(line)::bigint + 2147483648, ${PLACES})::int as place from unnest(${[...lines]}::text[]) line order by place) p`.execute(
    trx,
  )
}

const PLACES = 64

/** The newest open incident with an alert of a group with this line, as a message that came now would find it (alert/join). */
const withLine = async (db: Db | Trx, { id }: Incident, lines: readonly string[]): Promise<string | undefined> => {
  const { rows } = await sql<{ id: string }>`
    select i.id from incident i
    where i.id in (select incident_id from alert where open and confirmed and group_subject = any(${[...lines]}::text[]))
      and i.status <> 'resolved' and i.id <> ${id} and ${notSetApart(id)}
    order by i.started_at desc, i.id limit 1`.execute(db)
  return rows[0]?.id
}

/** An open incident whose suspects explain every one of these alerts; what is a storm itself stays. */
const explaining = async (db: Db | Trx, { id, cluster, subject }: Incident, alerts: readonly Firing[]): Promise<string | undefined> => {
  const objects = alerts.map(({ labels }) => objectsOf(labels, subject))
  if (objects.length === 0 || objects.some((keys) => keys.length === 0) || alerts.some(({ source }) => source === 'mention'))
    return undefined
  const { rows } = await sql<{ id: string; explains: string[] }>`
    select i.id, array_agg(e.object) as explains from explained e join incident i on i.id = e.incident_id
    where e.object = any(${objects.flat()}::text[]) and i.status <> 'resolved' and i.cluster = ${cluster} and i.id <> ${id}
      and not exists (select 1 from explained own where own.incident_id = ${id})
      and ${notSetApart(id)}
    group by i.id, i.started_at order by i.started_at, i.id limit 20`.execute(db)
  return rows.find(({ explains }) => objects.every((keys) => keys.some((key) => explains.includes(key))))?.id
}

/** "Not the same", said a person, in either direction. Of the incident `i` and the one with this id. */
const notSetApart = (id: string) => sql<boolean>`not exists (
  select 1 from separation s join alert b on b.fingerprint = s.fingerprint join incident o on o.id = ${id}
  where (b.incident_id = o.id and s.identity in (i.id, i.cluster || '|' || i.subject || '|' || i.alertname))
    or (b.incident_id = i.id and s.identity in (o.id, o.cluster || '|' || o.subject || '|' || o.alertname)))`

const merge = async (context: Context, trx: Trx, incident: Incident, whole: Whole): Promise<boolean> => {
  const held = await holdAll(trx, [incident.id, whole.id])
  const [from, into] = [incident.id, whole.id].map((id) => held.find((one) => one.id === id && one.status !== 'resolved'))
  // Somebody else took it over, or the other ended, in the meantime: whoever did looks again.
  if (from === undefined || into === undefined || from.epoch !== incident.epoch || !MOVABLE.has(from.status)) return false
  const now = await wholeOf(trx, incident, await firingOf(trx, incident.id))
  if (now?.id !== whole.id || now.echo !== whole.echo) return false
  const cause = briefNow(await timelineOf(trx, into.id))?.headline ?? ''
  await mergeInto(context, trx, { from, into, cause, echo: whole.echo })
  return true
}
