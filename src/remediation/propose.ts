import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { findIncident, identityOf } from '../incident/incident.ts'
import { briefNow, latest, record, type Stored, timelineOf } from '../incident/timeline.ts'
import { objectKey } from '../kubernetes/objects.ts'
import { matchesAll } from '../series/matchers.ts'
import { clean } from '../text/clean.ts'
import { alertOf } from './alert-of.ts'
import { approversOf } from './authorise.ts'
import { belongs } from './belongs.ts'
import { catalogue } from './catalogue.ts'
import { routeOf } from './confidence.ts'
import { endAction } from './decide.ts'
import { agrees, edgesOf } from './edges.ts'
import { harmOf } from './harm.ts'
import { limitOf } from './limits.ts'
import type { Approvers } from './offer.ts'
import { refired } from './outcome.ts'
import { ownersWay } from './owners-way.ts'
import { planOffer } from './plan.ts'
import { putAction } from './put.ts'
import { type Grounds, type Wish, wishedIn } from './wishes.ts'

/**
 * Makes cards of what the newest analysis proposes, or the rules where no model has looked: each checked against the catalogue, the live object and this incident's own evidence.
 * What cannot be offered is said, with the reason. Running it again offers nothing twice.
 */
export const propose = async (context: Context, id: string): Promise<void> => {
  const incident = await findIncident(context.db, id)
  if (incident === undefined || incident.status === 'resolved' || catalogue(context.config, incident.cluster).length === 0) return
  const timeline = ofThisTime(await timelineOf(context.db, id))
  const analysed = latest(timeline, 'analysed')
  if (analysed !== undefined && isRefuted(timeline, analysed)) return withdraw(context, id)
  const alert = await alertOf(context, id)
  // Anybody can post "[FIRING:1]": what nobody vouches for gets no proposals.
  if (alert === undefined || !alert.confirmed) return
  const wished = wishedIn(timeline, { enabled: catalogue(context.config, incident.cluster), namespace: alert.labels['namespace'] })
  if (wished === null) return
  // What helped last time and did not last is known before anything is offered again.
  await refired(context, id)
  const { grounds, wishes, since } = wished
  for (const wish of wishes.slice(answeredOf(timeline, since))) await offer(context, { incident, alert, timeline, grounds, wish })
}

/** What was concluded before it was opened again is about another time. */
const ofThisTime = (timeline: readonly Stored[]): readonly Stored[] =>
  timeline.slice(timeline.findLastIndex(({ type }) => type === 'reopened') + 1)

const isRefuted = (timeline: readonly Stored[], { id, investigation }: Extract<Stored, { type: 'analysed' }>): boolean =>
  timeline.some(
    (entry) => entry.type === 'challenged' && entry.id > id && entry.of === investigation && entry.challenge.verdict === 'refuted',
  )

/** What waits for a press rests on an analysis that does not hold. */
const withdraw = (context: Context, incident: string): Promise<void> =>
  context.db.transaction().execute(async (trx) => {
    await trx.selectFrom('incident').select('id').where('id', '=', incident).forUpdate().execute()
    const waiting = await trx
      .selectFrom('action')
      .selectAll()
      .where('incident_id', '=', incident)
      .where('status', '=', 'awaiting_approval')
      .where('undo_of', 'is', null)
      .forUpdate()
      .execute()
    for (const one of waiting)
      await endAction(context, trx, one, { how: 'superseded', reason: 'a second look refuted the analysis that it rests on', by: null })
  })

type Case = {
  readonly incident: Incident
  readonly alert: StoredAlert
  readonly timeline: readonly Stored[]
  readonly grounds: Grounds
  readonly wish: Wish
}

/** How many of its wishes had their answer before a crash. */
const answeredOf = (timeline: readonly Stored[], since: number): number =>
  timeline.filter(
    (entry) =>
      entry.id > since &&
      (entry.type === 'action_refused' ||
        (entry.type === 'action_proposed' && entry.offer.version === 1 && entry.by === null && entry.undo_of === null)),
  ).length

const offer = async (context: Context, { incident, alert, timeline, grounds, wish }: Case): Promise<void> => {
  const asked = { incident: incident.id, cluster: incident.cluster, entry: wish.entry, params: wish.params }
  const instead = await ownersWay(context, asked)
  const planning = await planOffer(context, {
    ...asked,
    ...(instead === null ? {} : { entry: instead.entry, params: instead.params }),
    action: context.random.id(),
    version: 1,
    approvers: approversFor(context, alert),
  })
  if (!planning.ok) return refuse(context, incident.id, wish, planning.reason)
  const { offer: made, digest, enabled } = planning
  const brief = briefNow(timeline)
  if (!belongs(instead?.of ?? made.target, { incident, labels: alert.labels, brief, analysis: grounds }))
    return refuse(
      context,
      incident.id,
      wish,
      `${made.target.name} is not a thing of this incident: neither its subject nor named by a finding`,
    )
  const harm = harmOf(made, { brief, analysis: grounds })
  if (harm !== null) return refuse(context, incident.id, wish, `${made.title}: ${harm}`)
  const past = await pastOf(context, incident, objectKey(made.target))
  const identity = identityOf(incident)
  if (past.ineffective.has(made.kind))
    return refuse(context, incident.id, wish, `${made.title} did not help against this before (${past.ineffective.get(made.kind)})`)
  const limit = await limitOf(context, {
    cluster: made.cluster,
    target: objectKey(made.target),
    isUndo: false,
    isAutomatic: enabled.entry.automatic,
  })
  const edges = edgesOf({ incident, brief, analysis: grounds, target: made.target, runbookMatch: null, failures: past.failures })
  const { confidence, runbook_match: runbookMatch } = context.config.remediation
  const routed = routeOf({
    enabled: enabled.entry.automatic,
    confidence: grounds.by === 'model' ? grounds.confidence : null,
    runbookMatch: null,
    risk: made.risk,
    edges,
    signalsAgree: agrees(brief, grounds),
    limit,
    thresholds: { confidence, runbookMatch },
    hasApprovers: made.approvers.users.length + made.approvers.usergroups.length > 0,
  })
  await context.db.transaction().execute(async (trx) => {
    const held = await trx.selectFrom('incident').select('status').where('id', '=', incident.id).forUpdate().executeTakeFirst()
    if (held === undefined || held.status === 'resolved') return
    await putAction(context, trx, {
      ...routed,
      offer: made,
      digest,
      identity,
      category: grounds.cause?.category ?? null,
      because: { text: instead === null ? wish.why : `${wish.why} ${instead.why}`, evidence: wish.evidence },
      by: null,
      undoOf: null,
    })
  })
}

const refuse = (context: Context, incident: string, { entry }: Wish, reason: string): Promise<void> =>
  context.db
    .transaction()
    .execute((trx) => record(context, trx, incident, { entries: [{ type: 'action_refused', wanted: clean(entry).slice(0, 60), reason }] }))

/** The entry's approvers, else the first route's that fits the alert, else everybody's. */
export const approversFor =
  ({ config }: Context, { labels }: Pick<StoredAlert, 'labels'>) =>
  (ofEntry: Approvers | undefined): Approvers =>
    approversOf(ofEntry, config.routes.find((route) => matchesAll(route.match, labels))?.approvers, config.slack.approvers)

/** What was tried against this problem before: kinds that did not help on this target, and how often something failed. */
const pastOf = async (
  { db }: Context,
  incident: Incident,
  target: string,
): Promise<{ ineffective: Map<string, string>; failures: number }> => {
  const identity = identityOf(incident)
  if (identity === null) return { ineffective: new Map(), failures: 0 }
  const { rows } = await sql<{ kind: string; target: string; number: number; bad: boolean }>`
    select a.kind, a.target, i.number, (a.ineffective_at is not null or a.verification in ('no_change', 'worsened')) as bad
    from action a join incident i on i.id = a.incident_id
    where a.identity = ${identity} and a.undo_of is null and a.started_at is not null and a.created_at > vigil_now() - interval '90 days'
      and (a.ineffective_at is not null or a.verification in ('no_change', 'worsened') or a.status = 'failed')
    order by a.created_at desc limit 50`.execute(db)
  const bad = rows.filter((row) => row.bad && row.target === target)
  return { ineffective: new Map(bad.map(({ kind, number }) => [kind, `INC-${number}`])), failures: rows.length }
}
