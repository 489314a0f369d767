import type { Context } from '../context.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { type Found, podToAsk, type Search, subjectOfExpression, subjectOfPod } from '../incident/find-subject.ts'
import { knownServices } from '../incident/known-services.ts'
import { writeSubject } from '../incident/set-subject.ts'
import type { TimelineEntry } from '../incident/timeline.ts'
import { namesLike } from '../text/names-like.ts'

type Asked = { readonly incident: Incident; readonly alert: StoredAlert; readonly ms: number }

/** What was asked about an alert's subject while its own expression was read. */
export type Asking = { readonly owner: Promise<Search>; readonly known: Promise<readonly string[]> }

const NOTHING: Search = { found: null, offered: [] }

/** Begins to ask who owns the alert's pod, and which services there are, where its labels leave that open. Neither promise rejects. */
export const askAbout = (context: Context, { incident, alert, ms }: Asked): Asking => {
  const isAsked = alert.source !== 'mention'
  const pod = isAsked ? podToAsk(alert.labels, incident.subject, context.config.subject.service) : null
  const where = { cluster: incident.cluster, namespace: alert.labels['namespace'] ?? null, ms }
  return {
    owner: pod === null ? Promise.resolve(NOTHING) : ownerWithin(context, { alert, pod, ms }),
    known: isAsked && incident.subject === null ? knownServices(context, where) : Promise.resolve([]),
  }
}

const ownerWithin = async (context: Context, { alert, pod, ms }: { alert: StoredAlert; pod: string; ms: number }): Promise<Search> => {
  const stop = new AbortController()
  const { promise: late, resolve } = Promise.withResolvers<Search>()
  const cancel = context.clock.after(ms, () => {
    stop.abort(new Error('the owner of the pod is wanted no longer'))
    resolve(NOTHING)
  })
  const asked = subjectOfPod(context, { alert, pod, signal: stop.signal }).catch((error: unknown) => {
    context.log.debug({ err: error, pod }, 'nobody said who owns the pod of an alert')
    return NOTHING
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    cancel()
  }
}

export type About = {
  /** With the subject that was found, where one was. */
  readonly incident: Incident
  readonly isNew: boolean
  /** Of an alert that stays unresolved: the names most like what it says, at most three. */
  readonly nearest: readonly string[]
}

type Read = { readonly incident: Incident; readonly alert: StoredAlert; readonly expression: string | null; readonly asking: Asking }

/**
 * What an alert is about, where its labels leave that open: by its rule's own selectors, else by its pod's owner; kept with the reason.
 * With two candidates nothing is assumed, and both are offered.
 */
export const settleAbout = async (context: Context, { incident, alert, expression, asking }: Read): Promise<About> => {
  if (alert.source === 'mention') return { incident, isNew: false, nearest: [] }
  const own = incident.subject === null ? subjectOfExpression(expression, context.config.subject.service) : NOTHING
  // Two names in the rule are two candidates, whatever the pod says.
  const owner = own.found === null && own.offered.length === 0 ? await asking.owner : NOTHING
  const found = own.found ?? owner.found
  if (found !== null && found.subject !== incident.subject) {
    const kept = await keep(context, incident, found)
    if (kept !== undefined) return { incident: kept, isNew: true, nearest: [] }
  }
  if (incident.subject !== null) return { incident, isNew: false, nearest: [] }
  const like = namesLike(textsOf(alert), await asking.known, MOST)
  return { incident, isNew: false, nearest: [...new Set([...own.offered, ...owner.offered, ...like])].slice(0, MOST) }
}

const MOST = 3

/** Says nothing of the service, and would make every name alike that has the cluster's in it. */
const UNSAYING = new Set(['severity', 'cluster', 'prometheus', 'receiver', 'env', 'environment', 'region'])

const textsOf = ({ labels, annotations }: StoredAlert): string[] => [
  ...Object.entries(labels).flatMap(([name, value]) => (UNSAYING.has(name) ? [] : [value])),
  ...['summary', 'description', 'message'].flatMap((name) => annotations[name] ?? []),
]

/** Undefined when somebody else took the incident over, or another one came to be about the same at this very moment. */
const keep = async (context: Context, incident: Incident, { subject, how: basis, why }: Found): Promise<Incident | undefined> => {
  const entry: TimelineEntry = { type: 'subject_set', subject, before: incident.subject, by: null, basis, why }
  try {
    return await context.db.transaction().execute(async (trx) => {
      const held = await trx.selectFrom('incident').selectAll().where('id', '=', incident.id).forUpdate().executeTakeFirst()
      if (held?.epoch !== incident.epoch || held.subject !== incident.subject) return undefined
      await writeSubject(trx, held, subject)
      // No drawing is sent for: the brief that follows is drawn.
      await trx
        .insertInto('timeline')
        .values({ incident_id: incident.id, type: entry.type, data: jsonbText(entry) })
        .execute()
      return { ...incident, subject }
    })
  } catch (error) {
    context.log.warn({ err: error, incident: incident.id }, 'what an alert is about could not be kept')
    return undefined
  }
}
