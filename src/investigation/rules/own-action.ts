import { sql } from 'kysely'
import { bareName } from '../../deploys/of-cluster.ts'
import { cut } from '../../text/cut.ts'
import { duration } from '../../text/number.ts'
import { oneLine } from '../../text/one-line.ts'
import type { Rule, RuleFinding } from './rule.ts'

/** SAFETY 3: an alert that begins so soon after a deed of Vigil's own may be its doing. */
const REACH_SECONDS = 600

/** What was done to the subject itself may well have done it; to something else of its namespace is a fact that accuses nobody. */
const WEIGHT = 0.7

/**
 * Actions of Vigil on the subject or in its namespace that began before the onset, and ended at most ten minutes before it or not yet. What failed
 * at its first step did nothing.
 */
export const ownAction: Rule = {
  id: 'own-action',
  looksAt: 'what Vigil did itself',
  evaluate: async ({ incident, subject, alert, onset, db, clock, cite }) => {
    const namespace = alert.labels['namespace'] ?? null
    if (subject === null && namespace === null) return []
    const name = subject === null ? null : bareName(subject)
    const { rows } = await sql<Acted>`
      select a.number, i.number as incident, a.status, a.started_at, a.offer ->> 'title' as title, a.offer -> 'target' ->> 'kind' as kind,
        a.offer -> 'target' ->> 'namespace' as namespace, a.offer -> 'target' ->> 'name' as name
      from action a join incident i on i.id = a.incident_id
      where a.cluster = ${incident.cluster} and not (a.offer ->> 'dryRun')::boolean and not (a.status = 'failed' and a.step = 0)
        and a.started_at <= ${onset} and coalesce(a.ended_at, ${onset}) >= ${onset}::timestamptz - make_interval(secs => ${REACH_SECONDS})
        and (a.offer -> 'target' ->> 'namespace' = ${namespace}::text
          or (a.offer -> 'target' ->> 'name' = ${name}::text and (a.offer -> 'target' ->> 'namespace' is null or ${namespace}::text is null)))
      order by (a.offer -> 'target' ->> 'name' is not distinct from ${name}::text) desc, a.started_at desc, a.number desc limit ${MOST}`.execute(
      db,
    )
    const [nearest] = rows
    if (nearest === undefined) return []
    const told = (row: Acted): string =>
      `${titleOf(row)}: INC-${row.incident}, action ${row.number}, ${row.status}, begun ${row.started_at.toISOString()}, ${before(onset, row)} before the onset`
    const answer = cite({
      source: 'vigil',
      query: `actions of Vigil around ${[namespace, name].filter((one) => one !== null).join('/')} in ${incident.cluster}, ${duration(REACH_SECONDS)} before the onset`,
      range: { from: new Date(onset.getTime() - REACH_SECONDS * 1000).toISOString(), to: clock.now().toISOString() },
      output: { kind: 'objects', objects: rows.map((row) => ({ ...row, title: titleOf(row) })) },
      shown: rows.map(told).join('\n'),
      complete: rows.length < MOST,
    })
    const isOwn = nearest.name === name
    const finding: RuleFinding = {
      rule: 'own-action',
      severity: isOwn ? 'high' : 'medium',
      confidence: isOwn ? 'medium' : 'low',
      summary: `Vigil itself did this ${before(onset, nearest)} before the onset: ${titleOf(nearest)} (INC-${nearest.incident}).`,
      suggestion: `Look at INC-${nearest.incident}: its card can take it back`,
      evidence: [answer],
    }
    if (!isOwn) return [finding]
    const object = { kind: nearest.kind, name: nearest.name, ...(nearest.namespace === null ? {} : { namespace: nearest.namespace }) }
    return [{ ...finding, object, category: 'config_change', weight: WEIGHT, since: nearest.started_at.toISOString() }]
  },
}

/** More ran at once only where something is very wrong, and a freeze ends that. */
const MOST = 5

const titleOf = ({ title }: Acted): string => cut(oneLine(title), 200)

const before = (onset: Date, { started_at: started }: Acted): string => duration(Math.round((onset.getTime() - started.getTime()) / 1000))

type Acted = {
  readonly number: number
  readonly incident: number
  readonly status: string
  readonly started_at: Date
  readonly title: string
  readonly kind: string
  readonly namespace: string | null
  readonly name: string
}
