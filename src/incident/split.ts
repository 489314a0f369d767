import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { identityOf } from './incident.ts'
import { databaseNow, record } from './timeline.ts'

export type Split =
  | { readonly split: true; readonly incident: string; readonly number: number }
  | { readonly split: false; readonly reason: 'only_alert' | 'unknown_alert' | 'over' | 'gone' }

/**
 * "Not the same": moves an alert (without `fingerprint` the one that joined last) out to an incident of its own, investigated by itself, and
 * remembers that the two were set apart.
 */
export const split = (
  context: Context,
  incident: string,
  { fingerprint, user }: { fingerprint: string | null; user: string },
): Promise<Split> =>
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
    const alert = fingerprint === null ? alerts[0] : alerts.find((one) => one.fingerprint === fingerprint)
    if (alert === undefined) return { split: false, reason: 'unknown_alert' }
    if (alerts.length === 1) return { split: false, reason: 'only_alert' }
    return moveOut(context, trx, { from, alert, user })
  })

const moveOut = async (
  context: Context,
  trx: Trx,
  { from, alert, user }: { from: Incident; alert: StoredAlert; user: string },
): Promise<Split> => {
  const id = context.random.id()
  const number = await openOwn(trx, { id, from, alert })
  await trx.updateTable('alert').set({ incident_id: id }).where('id', '=', alert.id).execute()
  await trx
    .insertInto('separation')
    .values({ fingerprint: alert.fingerprint, identity: identityOf(from) ?? from.id, by: user })
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
const openOwn = async (trx: Trx, { id, from, alert }: { id: string; from: Incident; alert: StoredAlert }): Promise<number> => {
  const post = await trx
    .selectFrom('post')
    .select(['channel', 'ts'])
    .where('incident_id', '=', from.id)
    .where(sql<boolean>`fingerprints = jsonb_build_array(${alert.fingerprint}::text)`)
    .where('ts', '<>', from.thread_ts ?? '')
    .orderBy('ts', 'desc')
    .limit(1)
    .executeTakeFirst()
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
