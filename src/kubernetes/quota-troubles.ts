import type { AroundAt } from './around.ts'
import { conditionOf } from './condition.ts'
import { eventsOf } from './events.ts'
import { findObject, keyOf, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf, workloadOf } from './owners.ts'
import { isLive } from './pods.ts'
import { quantity } from './quantity.ts'
import { at, listAt, numberAt, textAt, textsAt } from './read.ts'
import { desiredPods } from './services.ts'
import type { ClusterState, KubeObject } from './state.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

/** Who creates pods tries again with growing pauses, up to 1000 s (client-go's default controller rate limiter). */
const RECENT_MS = 30 * 60_000

/** An object that the API refused to create, in the API's words. */
type Refused = { readonly workload: Ref; readonly message: string; readonly since: Date | null; readonly object: KubeObject }

/** Quotas and limit ranges that refuse, now, what a workload is to have. */
export const quotaTroubles = (given: AroundAt): readonly Trouble[] => {
  const { state } = given.around
  const refused = refusedNow(state).flatMap((one) => {
    const by = refuserOf(state, one)
    return by === null ? [] : [{ ...one, by }]
  })
  return [...Map.groupBy(refused, ({ by }) => keyOf(by)).values()].flatMap((group) => {
    const [first] = group
    return first === undefined ? [] : [troubleOf(given, first.by, group)]
  })
}

const troubleOf = ({ around: { state, concerned } }: AroundAt, by: Ref, group: readonly Refused[]): Trouble => {
  const closestFirst = group.toSorted(
    (a, b) => Number(concerned.relationOf(b.workload) === 'subject') - Number(concerned.relationOf(a.workload) === 'subject'),
  )
  const [first] = closestFirst
  const message = first?.message ?? ''
  const workloads = [...new Map(closestFirst.map(({ workload }) => [keyOf(workload), workload])).values()]
  const found = findObject(state, by)
  const missing = first === undefined ? '' : missingWords(state, first.workload)
  const summary = `${nameOf(by)} refuses what ${listed(workloads, 2)} ${workloads.length === 1 ? 'needs' : 'need'}${sinceWords(state, first?.since)}: ${reasonOf(message)}.${missing}`
  return {
    object: by,
    relation: closest(workloads.map((one) => concerned.relationOf(one))),
    category: 'quota',
    severity: 'critical',
    weight: 0.92,
    // A condition that came after the alert's onset may be of a later try.
    since: first?.since ?? null,
    summary,
    suggestion: `Raise it, or ask for less: \`kubectl describe ${by.kind.toLowerCase()} ${by.name} -n ${by.namespace ?? 'default'}\``,
    explains: workloads,
    objects: [...(found === undefined ? [] : [found]), ...closestFirst.slice(0, 3).map(({ object }) => object)],
    shown: [summary, ...usageOf(found), message],
  }
}

/** Conditions say what is so now; events only where something is still missing. */
const refusedNow = (state: ClusterState): readonly Refused[] => {
  const failing = ['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet', 'DaemonSet', 'Job']
    .flatMap((kind) => ofKind(state, kind))
    .flatMap((object) => {
      const condition = conditionOf(object, 'ReplicaFailure')
      return condition?.status === 'True' && REFUSES.test(condition.message)
        ? [{ workload: workloadOf(state, object), message: condition.message, since: condition.since, object }]
        : []
    })
  const known = new Set(failing.map(({ workload }) => keyOf(workload)))
  const told = eventsOf(state).flatMap((event) => {
    if (!event.isWarning || event.last === null || state.at.getTime() - event.last.getTime() > RECENT_MS || !REFUSES.test(event.message))
      return []
    const about = findObject(state, event.about)
    const workload = about === undefined ? event.about : workloadOf(state, about)
    if (known.has(keyOf(workload)) || !isMissingSomething(state, workload)) return []
    known.add(keyOf(workload))
    return [{ workload, message: event.message, since: event.first, object: event.object }]
  })
  return [...failing, ...told].filter((one) => isStillSo(state, one))
}

/** plugin/pkg/admission/resourcequota and limitranger; validation where a default limit is below the request. */
const REFUSES =
  /exceeded quota:|failed quota:|(?:maximum|minimum) [\w./-]+ usage per (?:Container|Pod|PersistentVolumeClaim)|max limit to request ratio per|must be less than or equal to (?:cpu|memory) limit/

const isMissingSomething = (state: ClusterState, workload: Ref): boolean => {
  const object = findObject(state, workload)
  if (object === undefined || object.kind === 'CronJob') return true
  if (object.kind === 'Job') return numberAt(object, 'status', 'active') === null && textAt(object, 'status', 'completionTime') === ''
  const desired = desiredPods(object)
  return desired === null || podsOf(state, workload).filter(isLive).length < desired
}

/** A quota that was raised since, so that what was asked for would fit now, refuses no longer. */
const isStillSo = (state: ClusterState, { message, workload }: Refused): boolean => {
  const name = QUOTA.exec(message)?.[1]
  const requested = /requested: (\S+?),? used:/.exec(message)?.[1]
  if (name === undefined || requested === undefined) return true
  const quota = findObject(state, { kind: 'ResourceQuota', ...inNamespace(workload), name })
  if (quota === undefined) return true
  const hard = hardOf(quota)
  return requested.split(',').some((pair) => {
    const [resource = '', value] = pair.split('=')
    const limit = quantity(hard[resource])
    const used = quantity(at(quota, 'status', 'used', resource))
    const more = quantity(value)
    return limit === null || used === null || more === null || used + more > limit
  })
}

const QUOTA = /(?:exceeded|failed) quota: ([^\s,:]+)/

const inNamespace = ({ namespace }: Ref): { namespace?: string } => (namespace === undefined ? {} : { namespace })

const refuserOf = (state: ClusterState, { message, workload }: Refused): Ref | null => {
  const quota = QUOTA.exec(message)?.[1]
  if (quota !== undefined) return { kind: 'ResourceQuota', ...inNamespace(workload), name: quota }
  const ranges = ofKind(state, 'LimitRange').filter(({ metadata }) => metadata.namespace === workload.namespace)
  const [, bound = '', resource = '', type = '', limit = ''] =
    /(maximum|minimum) ([\w./-]+) usage per (\w+) is ([^\s,\]]+)/.exec(message) ?? []
  const exact = ranges.find((range) =>
    listAt(range, 'spec', 'limits').some((one) => {
      const value = at(one, bound === 'maximum' ? 'max' : 'min', resource)
      return bound !== '' && textAt(one, 'type') === type && quantity(value) !== null && quantity(value) === quantity(limit)
    }),
  )
  const isByDefault = /must be less than or equal to/.test(message)
  // Without a limit range it is the workload's own request that is above its own limit.
  const range =
    exact ?? ranges.find((one) => !isByDefault || listAt(one, 'spec', 'limits').some((limits) => at(limits, 'default') !== undefined))
  return range === undefined ? null : refOf(range)
}

/** The API's sentence without the name of the pod that was never made. */
const reasonOf = (message: string): string => {
  const from = message.search(/exceeded quota:|failed quota:|(?:maximum|minimum) |cpu max|memory max|Invalid value/)
  return (from === -1 ? message : message.slice(from)).slice(0, 190).replace(/\.$/, '')
}

const missingWords = (state: ClusterState, workload: Ref): string => {
  const object = findObject(state, workload)
  const desired = object === undefined || ['Job', 'CronJob'].includes(object.kind) ? null : desiredPods(object)
  return desired === null ? '' : ` It has ${podsOf(state, workload).filter(isLive).length} of ${desired} pods.`
}

const hardOf = (quota: KubeObject): Readonly<Record<string, string>> => ({
  ...textsAt(quota, 'spec', 'hard'),
  ...textsAt(quota, 'status', 'hard'),
})

const usageOf = (quota: KubeObject | undefined): readonly string[] =>
  quota?.kind === 'ResourceQuota'
    ? Object.entries(hardOf(quota)).map(([resource, hard]) => `${resource}: used ${textAt(quota, 'status', 'used', resource)} of ${hard}`)
    : listAt(quota, 'spec', 'limits').map((limits) => JSON.stringify(limits).slice(0, 300))
