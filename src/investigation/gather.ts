import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { Incident } from '../db/schema.ts'
import { keepEvidence } from '../incident/evidence.ts'
import { holdAll, mergeInto } from '../incident/merge.ts'
import { type Brief, briefNow, record, timelineOf } from '../incident/timeline.ts'
import { objectKey } from '../kubernetes/objects.ts'
import { objectsOf } from '../kubernetes/of-labels.ts'
import type { Labels } from '../series/series.ts'
import { answersOf, numberedAs, type RuleAnswers } from './evaluate.ts'
import { redactedAnswers, redactedTexts } from './redacted.ts'
import { ranked } from './sum-up.ts'
import { type Suspect, suspectsOf } from './suspects.ts'

/** A suspect that draws other alerts to its incident must be nearly certain: what joins wrongly is not investigated by itself. */
const CERTAIN = 0.7

/** A node has 110 pods at most unless told otherwise, with workloads, targets and services about three keys each. */
const MOST_KEYS = 500

/** So many open incidents are compared; more at once is an outage of everything, which one thread more does not mend. */
const MOST_OPEN = 300

export type Looked = {
  readonly incident: Incident
  readonly suspects: readonly Suspect[]
  /** What the rules said, with their answers, as they are to be told to an older incident of the same problem. */
  readonly results: readonly RuleAnswers[]
  readonly redact: (text: string) => string
}

/**
 * Brings together what has one cause, in the transaction that stores a brief: the open incidents with the same suspect, and those whose
 * alerts are explained by what was just found. The oldest stays; the others become parts of it. `part`: so did this one, and nothing
 * more is to be told of it; `taken`: somebody else took it over in the meantime.
 */
export const gather = async (context: Context, trx: Trx, looked: Looked): Promise<'part' | 'whole' | 'taken'> => {
  const { incident, suspects } = looked
  const explaining = explainingOf(suspects)
  if (explaining.all.length === 0) return 'whole'
  // Of two that look at the same moment one must see the other: so one waits.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`explained ${incident.cluster}`}, 0))`.execute(trx)
  const found = await relatedTo(trx, incident, explaining)
  // As they are now, not as they were when the look began: its own post may have come since.
  const held = await holdAll(trx, [incident.id, ...found.keys()])
  const own = held.find(({ id }) => id === incident.id)
  if (own?.epoch !== incident.epoch || own.status === 'resolved') return 'taken'
  const open = held.filter(({ status }) => status !== 'resolved')
  const into = open.reduce((oldest, one) => (one.number < oldest.number ? one : oldest), own)
  const cause = suspects[0]?.why ?? ''
  if (into.id !== incident.id && found.get(into.id)?.deeper === true) await deepen(context, trx, { ...looked, into })
  for (const from of open) if (from.id !== into.id) await mergeInto(context, trx, { from, into, cause })
  if (into.id !== incident.id) {
    await note(trx, into.id, explaining)
    return 'part'
  }
  await trx.deleteFrom('explained').where('incident_id', '=', incident.id).execute()
  await note(trx, incident.id, explaining)
  return 'whole'
}

/** What an incident's suspects explain: alerts about these objects belong to it. `roots`: the suspects themselves. */
type Explaining = { readonly roots: readonly string[]; readonly all: readonly string[] }

const explainingOf = (suspects: readonly Suspect[]): Explaining => {
  const certain = suspects.filter(({ weight, confidence, explains }) => weight >= CERTAIN && confidence !== 'low' && explains.length > 0)
  const roots = certain.map(({ object }) => objectKey(object))
  return { roots, all: [...new Set([...roots, ...certain.flatMap(({ explains }) => explains.map(objectKey))])].slice(0, MOST_KEYS) }
}

/** By their ids. `deeper`: what was just found explains the other, and the other has not found it. */
type Related = ReadonlyMap<string, { readonly deeper: boolean }>

const relatedTo = async (trx: Trx, { id, cluster, subject, alertname }: Incident, { roots, all }: Explaining): Promise<Related> => {
  const own = `${cluster}|${subject}|${alertname}`
  const { rows } = await sql<{ id: string; subject: string | null; same: boolean; alerts: { labels: Labels }[] | null }>`
    select i.id, i.subject,
      exists (select 1 from explained e where e.incident_id = i.id and e.object = any(${roots}::text[])) as same,
      (select json_agg(json_build_object('labels', a.labels)) from (
        select labels from alert where incident_id = i.id and open and status = 'firing' order by first_seen limit 50) a) as alerts
    from incident i
    where i.status in ('open', 'investigating', 'analysed') and i.cluster = ${cluster} and i.id <> ${id}
      and (i.anchor is null or i.anchor <> 'mention')
      -- "Not the same", said a person.
      and not exists (select 1 from separation s join alert a on a.fingerprint = s.fingerprint
        where (a.incident_id = ${id} and s.identity in (i.id, i.cluster || '|' || i.subject || '|' || i.alertname))
          or (a.incident_id = i.id and s.identity in (${id}, ${own})))
    order by i.started_at desc limit ${MOST_OPEN}`.execute(trx)
  const keys = new Set(all)
  const isExplained = (name: string | null) => (one: { labels: Labels }) => objectsOf(one.labels, name).some((key) => keys.has(key))
  const found = rows.filter((row) => row.same || (row.alerts?.every(isExplained(row.subject)) ?? false))
  return new Map(found.map((row) => [row.id, { deeper: !row.same }]))
}

const note = async (trx: Trx, incident: string, { all }: Explaining): Promise<void> => {
  await trx
    .insertInto('explained')
    .values(all.map((object) => ({ object, incident_id: incident })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The older incident learns what was found: a deeper cause takes over its headline. */
const deepen = async (context: Context, trx: Trx, { into, results, redact }: Looked & { into: Incident }): Promise<void> => {
  const before = briefNow(await timelineOf(trx, into.id))
  // Its own rules are still at work, and will see the same.
  if (before === undefined) return
  const accusing = results
    .map((one) => ({ ...one, findings: one.findings.filter(({ weight = 0 }) => weight > 0) }))
    .filter(({ findings }) => findings.length > 0)
    .map((one) => ({ ...one, cited: one.findings.flatMap(({ evidence }) => evidence) }))
  const answers = redactedAnswers(answersOf(accusing), redact)
  const found = numberedAs(accusing, await keepEvidence(trx, into.id, answers))
  const findings = ranked([...before.findings, ...found])
  const suspects = suspectsOf(findings)
  const brief: Brief = {
    ...before,
    findings,
    suspects,
    headline: suspects[0]?.why ?? before.headline,
    confidence: suspects[0]?.confidence ?? null,
  }
  const entry = {
    type: 'amended' as const,
    brief: redactedTexts(brief, redact),
    rules: accusing.map(({ rule }) => rule.id),
  }
  await record(context, trx, into.id, { entries: [entry] })
}
