import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { identityOf } from './incident.ts'
import { databaseNow, record } from './timeline.ts'

export type Split =
  | { readonly split: true; readonly incident: string; readonly number: number }
  | { readonly split: false; readonly reason: 'only_alert' | 'unknown_alert' | 'over' | 'gone' }

/** Which alert is meant: by its fingerprint; those of a later post; else the one that joined last. */
type Meant = { readonly fingerprint: string | null; readonly post?: At; readonly user: string }
type At = { readonly channel: string; readonly ts: string }

/**
 * "Not the same": moves an alert, or those of the group that a later post tells of, out to an incident of its own, investigated by
 * itself, and remembers that the two were set apart.
 */
export const split = (context: Context, incident: string, { fingerprint, post: at, user }: Meant): Promise<Split> =>
  context.db.transaction().execute(async (trx) => {
    const from = await trx.selectFrom('incident').selectAll().where('id', '=', incident).forUpdate().executeTakeFirst()
    if (from === undefined) return { split: false, reason: 'gone' }
    if (from.status === 'resolved') return { split: false, reason: 'over' }
    const alerts = await trx
      .selectFrom('alert')
      .selectAll()
      .where('incident_id', '=', incident)
      .where('open', '=', true)
      .orderBy('first_seen', 'desc')
      .orderBy('id', 'desc')
      .execute()
    const post = at === undefined ? undefined : await laterPost(trx, from, at)
    const meant =
      fingerprint === null
        ? post === undefined
          ? alerts.slice(0, 1)
          : alerts.filter(ofPost(post))
        : alerts.filter((one) => one.fingerprint === fingerprint)
    const [alert] = meant
    if (alert === undefined) return { split: false, reason: 'unknown_alert' }
    if (alerts.length === meant.length) return { split: false, reason: 'only_alert' }
    return moveOut(context, trx, { from, alert, alerts: meant, post, user })
  })

type Post = At & { readonly subject: string | null; readonly fingerprints: readonly string[] }

/** A message beside the one that carries the thread. */
const laterPost = (trx: Trx, { id, thread_ts: thread }: Incident, { channel, ts }: At): Promise<Post | undefined> =>
  trx
    .selectFrom('post')
    .select(['channel', 'ts', 'subject', 'fingerprints'])
    .where('incident_id', '=', id)
    .where('channel', '=', channel)
    .where('ts', '=', ts)
    .where('ts', '<>', thread ?? '')
    .executeTakeFirst()

/** A stock message names its alerts by its line alone. */
const ofPost =
  ({ subject, fingerprints }: Post) =>
  (alert: StoredAlert): boolean =>
    fingerprints.includes(alert.fingerprint) || (subject !== null && alert.group_subject === subject)

/** `alert`: the newest of them, whose the new incident is. */
type Out = { readonly from: Incident; readonly alert: StoredAlert; readonly alerts: readonly StoredAlert[]; readonly post: At | undefined }

const moveOut = async (context: Context, trx: Trx, { from, alert, alerts, post, user }: Out & { user: string }): Promise<Split> => {
  const id = context.random.id()
  const number = await openOwn(trx, { id, from, alert, post })
  const ids = alerts.map((one) => one.id)
  await trx.updateTable('alert').set({ incident_id: id }).where('id', 'in', ids).execute()
  await trx
    .insertInto('separation')
    .values(alerts.map((one) => ({ fingerprint: one.fingerprint, identity: identityOf(from) ?? from.id, by: user })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await trx.insertInto('investigation').values({ id: context.random.id(), incident_id: id, number: 1, requested_by: user }).execute()
  const { fingerprint, labels, source } = alert
  await record(context, trx, from.id, { entries: [{ type: 'split', fingerprint, into: number, from: null, by: user }] })
  await record(context, trx, id, {
    entries: [
      { type: 'opened', source, fingerprint, labels, previous: null },
      { type: 'split', fingerprint, into: null, from: from.number, by: user },
    ],
  })
  await context.queue.send(trx, 'brief', [{ incident: id }])
  return { split: true, incident: id, number }
}

/**
 * Without the group and the join key of the old one, so that the rest of the group stays where it is. Its thread is the alert's own post where
 * it has one, else Vigil's card in the same channel.
 */
const openOwn = async (trx: Trx, { id, from, alert, post: given }: Omit<Out, 'alerts'> & { id: string }): Promise<number> => {
  const post = given ?? (await postOf(trx, from, alert))
  const { number } = await trx
    .insertInto('incident')
    .values({
      id,
      title: alert.annotations['summary'] ?? alert.labels['alertname'] ?? from.title,
      severity: alert.labels['severity'] ?? from.severity,
      cluster: from.cluster,
      alertname: alert.labels['alertname'] ?? from.alertname,
      subject: from.subject,
      channel: post?.channel ?? from.channel,
      ...(post === undefined ? { anchor_by: databaseNow } : { thread_ts: post.ts, anchor: 'alert' as const }),
    })
    .returning('number')
    .executeTakeFirstOrThrow()
  if (post !== undefined)
    await trx.updateTable('post').set({ incident_id: id }).where('channel', '=', post.channel).where('ts', '=', post.ts).execute()
  return number
}

const postOf = (trx: Trx, { id, thread_ts: thread }: Incident, { fingerprint }: StoredAlert): Promise<At | undefined> =>
  trx
    .selectFrom('post')
    .select(['channel', 'ts'])
    .where('incident_id', '=', id)
    .where(sql<boolean>`fingerprints = jsonb_build_array(${fingerprint}::text)`)
    .where('ts', '<>', thread ?? '')
    .orderBy('ts', 'desc')
    .limit(1)
    .executeTakeFirst()
