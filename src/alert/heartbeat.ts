import { sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { HEARTBEAT_LOST, heartbeatKey, heartbeatName, heartbeatsOf } from '../incident/heartbeat.ts'
import { matchesAll } from '../series/matchers.ts'
import type { Labels } from '../series/series.ts'
import { duration } from '../text/number.ts'
import { type Alert, alertname } from './alert.ts'
import { fingerprint } from './fingerprint.ts'
import type { Heard } from './intake.ts'
import type { Receive } from './receive.ts'
import { clusterOf } from './subject.ts'

/** The heartbeat that an alert is, or undefined. Our own word about one is none, whatever labels it carries. */
export const heardOf = (config: Config, { labels, status }: Alert): { heard: Heard | null } | undefined => {
  if (labels['alertname'] === HEARTBEAT_LOST) return undefined
  const found = config.heartbeats.find(({ match }) => matchesAll(match, labels))
  if (found === undefined) return undefined
  const cluster = found.cluster ?? clusterOf(config, labels)
  // "Resolved" is its end, not a beat.
  const heard = { key: heartbeatKey(found.match, cluster), name: alertname({ labels }), cluster, labels }
  return { heard: status === 'firing' ? heard : null }
}

/** Nobody listened when this was not looked at for so long: the silence of that time is Vigil's own. */
const DEAF_SECONDS = 180
/** A beat may be late by a fifth, at least by a minute: Alertmanager repeats when it flushes a group. */
const LATE_SECONDS = 60

/**
 * Reports each heartbeat that has been silent for longer than it may be, once, as an incident of its own, and that it is back. Safe to
 * run at any time, by any replica: its alert has one fingerprint.
 */
export const watchHeartbeats = async (context: Context, receive: Receive): Promise<void> => {
  const watched = heartbeatsOf(context.config)
  for (const row of await readHeartbeats(context, watched)) {
    const every = secondsOf(watched.find(({ key }) => key === row.key)?.every ?? '')
    const allowed = every + Math.max(LATE_SECONDS, every / 5)
    if (row.lost_at === null && row.silent > allowed) await report(context, receive, row)
    else if (row.lost_at !== null && row.heard_at !== null && row.heard_at > row.lost_at) await takeBack(context, receive, row)
  }
}

type Row = Heard & {
  readonly since: Date
  readonly heard_at: Date | null
  readonly lost_at: Date | null
  /** Seconds without a beat in which somebody listened. */
  readonly silent: number
}

const readHeartbeats = async ({ db, config }: Context, watched: ReturnType<typeof heartbeatsOf>): Promise<readonly Row[]> => {
  const expected = watched.filter(({ isExpected }) => isExpected)
  const news = expected.map(({ key, match, cluster }) => ({ key, name: nameIn(match), cluster, labels: labelsOf(config, match, cluster) }))
  const { rows } = await sql<Row>`
    with expected as (
      insert into heartbeat (key, name, cluster, labels)
      select * from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as r (key text, name text, cluster text, labels jsonb)
      on conflict (key) do nothing)
    update heartbeat set checked_at = vigil_now(),
      since = case when checked_at < vigil_now() - make_interval(secs => ${DEAF_SECONDS}) then vigil_now() else since end
    where key = any(${watched.map(({ key }) => key)}::text[])
    returning key, name, cluster, labels, since, heard_at, lost_at, extract(epoch from vigil_now() - greatest(since, heard_at))::float8 as silent`.execute(
    db,
  )
  return rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** Told first and kept after: a crash between the two tells it to the incident that there is. */
const report = async ({ db, config }: Context, receive: Receive, row: Row): Promise<void> => {
  const summary = `${heartbeatName(row)} has been silent for ${duration(row.silent)}: alerts from there may not reach you`
  await receive({ alerts: [toAlert(config, row, { status: 'firing', summary, endsAt: null })], post: null, asked: null })
  await sql`update heartbeat set lost_at = vigil_now() where key = ${row.key} and lost_at is null`.execute(db)
}

const takeBack = async ({ db, config }: Context, receive: Receive, row: Row): Promise<void> => {
  const summary = `${heartbeatName(row)} is heard again`
  await receive({ alerts: [toAlert(config, row, { status: 'resolved', summary, endsAt: row.heard_at })], post: null, asked: null })
  await sql`update heartbeat set lost_at = null where key = ${row.key} and heard_at > lost_at`.execute(db)
}

const toAlert = (
  config: Config,
  row: Row,
  { status, summary, endsAt }: Pick<Alert, 'status' | 'endsAt'> & { readonly summary: string },
): Alert => {
  const named = { alertname: HEARTBEAT_LOST, heartbeat: row.name, severity: 'critical' }
  return {
    source: 'bare',
    status,
    // Not over all labels: those of the heartbeat may change while it is lost.
    fingerprint: fingerprint({ ...named, key: row.key }),
    // Its cluster may be said by the configuration alone.
    labels: { ...row.labels, ...labelsOf(config, [], row.cluster), ...named },
    annotations: { summary },
    startsAt: row.heard_at !== null && row.heard_at > row.since ? row.heard_at : row.since,
    endsAt,
    generatorUrl: null,
    expression: null,
    groupKey: null,
    receiver: null,
    groupSubject: null,
    confirmed: true,
    notice: null,
  }
}

/** What is known of a heartbeat that was never heard: the equalities of its matchers and of its cluster's. */
const labelsOf = ({ clusters }: Config, match: readonly string[], cluster: string): Labels => {
  const all = [...(clusters.find(({ name }) => name === cluster)?.match ?? []), ...match]
  const pairs = all.flatMap((one) => {
    const [, name, value] = /^(\w+)="([^"\\]*)"$/.exec(one) ?? []
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(pairs)
}

const nameIn = (match: readonly string[]): string =>
  match.flatMap((one) => /^alertname="([^"]+)"$/.exec(one)?.[1] ?? [])[0] ?? match.join(', ')

const secondsOf = (every: string): number => Number.parseInt(every, 10) * ({ s: 1, m: 60, h: 3600 }[every.at(-1) ?? ''] ?? 60)
