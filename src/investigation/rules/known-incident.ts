import { sql } from 'kysely'
import type { Rule } from './rule.ts'

/**
 * What was found before of this service, or of this alert elsewhere: a lead for people and for the model. The very same alert of the same
 * service is `duplicate-open`'s.
 */
export const knownIncident: Rule = {
  id: 'known-incident',
  looksAt: 'similar incidents',
  evaluate: async ({ incident, subject, db, clock, cite }) => {
    if (subject === null) return []
    const { rows } = await sql<Known>`
      select i.number, i.alertname, i.subject, i.started_at, extract(epoch from i.resolved_at - i.started_at)::int as seconds,
        v.analysis -> 'cause' ->> 'text' as cause, r.rating
      from incident i
        join lateral (select id, analysis from investigation where incident_id = i.id and analysis ->> 'by' = 'model'
          and analysis -> 'cause' ->> 'text' is not null order by number desc limit 1) v on true
        left join lateral (select rating from rating where investigation_id = v.id order by at desc limit 1) r on true
      where i.cluster = ${incident.cluster} and i.id <> ${incident.id} and i.status = 'resolved' and i.merged_into is null
        and i.started_at > vigil_now() - interval '90 days'
        and (i.subject = ${subject} or i.alertname = ${incident.alertname})
        and not (i.subject = ${subject} and i.alertname = ${incident.alertname})
        and coalesce(r.rating, 'good') <> 'bad'
      order by (i.subject = ${subject}) desc, i.started_at desc limit ${MOST}`.execute(db)
    const [newest] = rows
    if (newest === undefined) return []
    const answer = cite({
      source: 'vigil',
      query: `other incidents of ${subject}, and ${incident.alertname} elsewhere, in ${incident.cluster}, last 90 days`,
      range: { from: new Date(clock.now().getTime() - 90 * DAY_MS).toISOString(), to: clock.now().toISOString() },
      output: { kind: 'objects', objects: rows.map((row) => ({ ...row, name: `INC-${row.number}` })) },
      shown: rows
        .map((row) => `INC-${row.number} ${row.started_at.toISOString()} ${row.alertname} of ${row.subject}: ${row.cause}`)
        .join('\n'),
      complete: true,
    })
    const { number, alertname, subject: of, cause } = newest
    return [
      {
        rule: 'known-incident',
        severity: 'info',
        confidence: 'low',
        summary: `Something like it before: INC-${number}, ${alertname} of ${of}, was ${cause.replace(/[.!?]$/, '')}.`,
        suggestion: `Compare with INC-${number}`,
        evidence: [answer],
      },
    ]
  },
}

const MOST = 3
const DAY_MS = 86_400_000

type Known = {
  readonly number: number
  readonly alertname: string
  readonly subject: string | null
  readonly started_at: Date
  readonly seconds: number | null
  readonly cause: string
  readonly rating: string | null
}
