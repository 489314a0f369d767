import { sql } from 'kysely'
import { subjectOf } from '../alert/subject.ts'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { storable } from '../text/storable.ts'
import { alertsOf } from './alerts.ts'
import { correctionKey, stableLabels } from './correction.ts'
import { identityOf } from './incident.ts'
import { databaseNow, record } from './timeline.ts'

export type SubjectSet =
  | { readonly set: true; readonly subject: string; readonly before: string | null }
  | { readonly set: false; readonly reason: 'same' | 'unusable' | 'over' | 'gone' }

/** A label's value in Kubernetes has 63 characters; names of services of elsewhere may have more. */
const LONGEST = 200

/**
 * A person says what an incident is about. Its alerts of the same rule are remembered with it, so that the next one like them comes
 * with that service, and the rules look again. A running investigation goes on and is told; where none runs, one begins.
 */
export const setSubject = (context: Context, incident: string, { subject, user }: { subject: string; user: string }): Promise<SubjectSet> =>
  context.db.transaction().execute(async (trx) => {
    const name = storable(subject).replace(/\s+/g, ' ').trim()
    if (name === '' || name.length > LONGEST) return { set: false, reason: 'unusable' }
    const found = await trx.selectFrom('incident').selectAll().where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return { set: false, reason: 'gone' }
    if (found.status === 'resolved') return { set: false, reason: 'over' }
    if (found.subject === name) return { set: false, reason: 'same' }
    await writeSubject(trx, found, name)
    await remember(context, trx, { incident: found, subject: name, user })
    const entry = { type: 'subject_set' as const, subject: name, before: found.subject, by: user, basis: 'person' as const, why: '' }
    await record(context, trx, incident, { entries: [entry] })
    await lookAgain(context, trx, incident, user)
    return { set: true, subject: name, before: found.subject }
  })

/** Changes what an incident is about and what joins it. Two open ones may come to be about the same: the older keeps drawing others. */
export const writeSubject = async (trx: Trx, incident: Incident, subject: string): Promise<void> => {
  const key = identityOf({ ...incident, subject })
  await sql`
    update incident set subject = ${subject},
      join_key = case when exists (select 1 from incident o where o.join_key = ${key} and o.status <> 'resolved' and o.id <> ${incident.id}) then null else ${key} end
    where id = ${incident.id}`.execute(trx)
}

/** Of a storm only the alerts that were taken to be about the same thing. */
const remember = async (
  context: Context,
  trx: Trx,
  { incident, subject, user }: { incident: Incident; subject: string; user: string },
): Promise<void> => {
  const { config } = context
  const alerts = (await alertsOf(trx, incident.id)).filter((alert) => alert.open && alert.source !== 'mention')
  const [oldest] = alerts
  if (oldest === undefined) return
  const about = ({ labels }: StoredAlert) => `${labels['alertname']} ${subjectOf(config, labels)}`
  const same = alerts.filter((alert) => about(alert) === about(oldest)).slice(0, MOST_REMEMBERED)
  const rows = same.map(({ cluster, labels }) => ({
    key: correctionKey(cluster, labels),
    cluster,
    alertname: labels['alertname'] ?? 'unnamed alert',
    labels: JSON.stringify(stableLabels(labels)),
    subject,
    by: user,
  }))
  await trx
    .insertInto('subject_correction')
    .values([...new Map(rows.map((row) => [row.key, row])).values()])
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ subject, by: user, at: databaseNow }))
    .execute()
}

const MOST_REMEMBERED = 200

const lookAgain = async (context: Context, trx: Trx, incident: string, user: string): Promise<void> => {
  const runs = await trx.selectFrom('investigation').select(['number', 'status']).where('incident_id', '=', incident).execute()
  // Taking it over would end what runs: its rules are asked beside it.
  if (runs.some(({ status }) => status === 'in_progress')) return context.queue.send(trx, 'amend', [{ incident }])
  if (!runs.some(({ status }) => status === 'pending')) {
    const number = 1 + Math.max(0, ...runs.map((run) => run.number))
    const row = { id: context.random.id(), incident_id: incident, number, kind: 'again', requested_by: user } as const
    await trx.insertInto('investigation').values(row).execute()
  }
  return context.queue.send(trx, 'brief', [{ incident }])
}
