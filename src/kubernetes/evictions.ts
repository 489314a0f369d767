import type { AroundAt } from './around.ts'
import { conditionOf } from './condition.ts'
import { eventsAbout, eventsOf, type KubeEvent } from './events.ts'
import { findObject, keyOf, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { listAt, textAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

/** Husks of evicted pods lie around for weeks; only what was pushed off this long before the onset can have caused the alert. */
const RECENT_MS = 30 * 60_000

type Eviction = {
  readonly pod: Ref
  readonly workload: Ref
  readonly node: string
  readonly message: string
  readonly at: Date
  readonly object: KubeObject
}

/** Pods that were pushed off their node just now: for want of a resource, for using more than they may, or for a pod that matters more. */
export const evictionTroubles = (given: AroundAt): readonly Trouble[] => {
  const evicted = evictionsOf(given)
  const own = evicted.filter(({ message }) => OWN_LIMIT.test(message))
  const pressed = evicted.filter(({ message }) => !OWN_LIMIT.test(message))
  return [
    ...[...Map.groupBy(own, ({ workload }) => keyOf(workload)).values()].map((group) => overItsLimit(given, group)),
    ...[...Map.groupBy(pressed, ({ node }) => node).values()].map((group) => byPressure(given, group)),
    ...preemptions(given),
  ]
}

/** "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.", "Usage of EmptyDir volume "cache" exceeds the limit "1Gi"." */
const OWN_LIMIT = /exceeds the (?:total )?limit|exceeded its local ephemeral storage limit/i

const evictionsOf = ({ around: { state }, onset }: AroundAt): readonly Eviction[] => {
  const earliest = onset.getTime() - RECENT_MS
  const husks = ofKind(state, 'Pod').flatMap((pod): Eviction[] => {
    const { status } = pod
    if (textAt(status, 'reason') !== 'Evicted') return []
    const at = evictedAt(state, pod)
    const base = {
      pod: refOf(pod),
      workload: workloadOf(state, pod),
      node: textAt(pod, 'spec', 'nodeName'),
      message: textAt(status, 'message'),
    }
    return at === null || at.getTime() < earliest ? [] : [{ ...base, at, object: pod }]
  })
  const known = new Set(husks.map(({ pod }) => keyOf(pod)))
  // The pod itself may be gone already: its event is still there.
  const told = eventsOf(state).flatMap((event): Eviction[] => {
    if (event.reason !== 'Evicted' || event.about.kind !== 'Pod' || known.has(keyOf(event.about))) return []
    const pod = findObject(state, event.about)
    if (event.last === null || event.last.getTime() < earliest || (pod !== undefined && pod.metadata.uid === event.uid && isBack(pod)))
      return []
    const node =
      (pod && textAt(pod, 'spec', 'nodeName')) || textAt(event.object, 'source', 'host') || textAt(event.object, 'reportingInstance')
    const workload = pod === undefined ? formerWorkload(state, event.about) : workloadOf(state, pod)
    return [{ pod: event.about, workload, node, message: event.message, at: event.last, object: event.object }]
  })
  return [...husks, ...told].toSorted((a, b) => a.at.getTime() - b.at.getTime() || (keyOf(a.pod) < keyOf(b.pod) ? -1 : 1))
}

const isBack = (pod: KubeObject): boolean => conditionOf(pod, 'Ready')?.status === 'True'

/** When a pod was evicted: its own condition, the event, the end of its containers. Its startTime is long before. */
const evictedAt = (state: ClusterState, pod: KubeObject): Date | null => {
  const ended = listAt(pod, 'status', 'containerStatuses').flatMap((status) => timeAt(status, 'state', 'terminated', 'finishedAt') ?? [])
  return (
    conditionOf(pod, 'DisruptionTarget')?.since ??
    eventsAbout(state, pod).find(({ reason }) => reason === 'Evicted')?.last ??
    ended.toSorted((a, b) => b.getTime() - a.getTime())[0] ??
    conditionOf(pod, 'Ready')?.since ??
    null
  )
}

/** The workload of a pod that is gone, by the name that it made the pod's from. */
const formerWorkload = (state: ClusterState, pod: Ref): Ref => {
  const owners = ['Deployment', 'StatefulSet', 'DaemonSet'].flatMap((kind) => ofKind(state, kind))
  const fits = owners.filter(
    ({ metadata }) =>
      metadata.namespace === pod.namespace && /^-(?:[a-z0-9]{1,10}-)?(?:[a-z0-9]{5}|\d+)$/.test(suffix(pod.name, metadata.name)),
  )
  const [longest] = fits.toSorted((a, b) => b.metadata.name.length - a.metadata.name.length)
  return longest === undefined ? pod : refOf(longest)
}

const suffix = (name: string, prefix: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : '')

const byPressure = ({ around: { state, concerned } }: AroundAt, group: readonly Eviction[]): Trouble => {
  const [first] = group
  const node: Ref = { kind: 'Node', name: first?.node || 'unknown' }
  const message = first?.message ?? ''
  const resource =
    /low on resource: ([\w.-]+)/.exec(message)?.[1] ?? (/DiskPressure|ephemeral-storage/.exec(message) ? 'disk' : 'a resource')
  const workloads = [...new Map(group.map(({ workload }) => [keyOf(workload), workload])).values()]
  const summary = `${nameOf(node)} pushed off ${group.length} ${group.length === 1 ? 'pod' : 'pods'} for want of ${resource}${sinceWords(state, first?.at)}: ${listed(workloads)}. "${message.slice(0, 130)}"`
  const relation = closest([concerned.relationOf(node), ...workloads.map((one) => concerned.relationOf(one))])
  const found = findObject(state, node)
  return {
    object: node,
    relation,
    category: 'node',
    severity: 'high',
    weight: 0.8,
    since: first?.at ?? null,
    summary,
    suggestion: `See who uses the ${resource} of ${node.name}: \`kubectl describe node ${node.name}\`; give the pods requests that they keep to`,
    explains: [...workloads, ...group.map(({ pod }) => pod)],
    objects: [...(found === undefined ? [] : [found]), ...group.slice(0, 5).map(({ object }) => object)],
    shown: [summary, ...group.slice(0, 10).map((one) => `${nameOf(one.pod)} ${one.at.toISOString()} ${one.message}`)],
  }
}

const overItsLimit = ({ around: { state, concerned } }: AroundAt, group: readonly Eviction[]): Trouble => {
  const [first] = group
  const workload = first?.workload ?? { kind: 'Pod', name: 'unknown' }
  const message = (first?.message ?? '').trim()
  const summary = `${nameOf(workload)} lost ${group.length} ${group.length === 1 ? 'pod' : 'pods'} for writing more than allowed${sinceWords(state, first?.at)}: "${message.slice(0, 150)}"`
  return {
    object: workload,
    relation: concerned.relationOf(workload),
    category: 'disk',
    severity: 'high',
    weight: 0.85,
    since: first?.at ?? null,
    summary: `${summary}.`,
    suggestion: `Find what it writes, or raise the limit: \`kubectl describe ${workload.kind.toLowerCase()} ${workload.name} -n ${workload.namespace ?? 'default'}\``,
    explains: group.map(({ pod }) => pod),
    objects: group.slice(0, 5).map(({ object }) => object),
    shown: [summary, ...group.slice(0, 10).map((one) => `${nameOf(one.pod)} ${one.at.toISOString()} ${one.message}`)],
  }
}

/** "Preempted by pod 5f0… on node worker-1" or "Preempted by shop/batch-7 on node worker-1": events of the scheduler. */
const preemptions = ({ around: { state, concerned }, onset }: AroundAt): readonly Trouble[] => {
  const earliest = onset.getTime() - RECENT_MS
  const events = eventsOf(state).filter(({ reason, last }) => reason === 'Preempted' && last !== null && last.getTime() >= earliest)
  const known = new Set(events.map(({ about }) => keyOf(about)))
  const marked = ofKind(state, 'Pod').flatMap((pod) => {
    const target = conditionOf(pod, 'DisruptionTarget')
    const since = target?.since ?? null
    const isNew = target?.status === 'True' && target.reason === 'PreemptionByScheduler' && since !== null && since.getTime() >= earliest
    return isNew && !known.has(keyOf(refOf(pod)))
      ? [{ about: refOf(pod), message: target.message, first: since, last: since, object: pod }]
      : []
  })
  const told: readonly Preemption[] = [...events, ...marked]
  const groups = Map.groupBy(told, ({ message }) => /Preempted by (?:a pod|pod )?\s*([^\s]+)/.exec(message)?.[1] ?? '')
  return [...groups].flatMap(([by, events]) => {
    const last = events.at(-1)
    if (last === undefined) return []
    const victims = [...new Map(events.map(({ about }) => formerOf(state, about)).map((one) => [keyOf(one), one])).values()]
    const winner = preemptorOf(state, by)
    const object = winner === undefined ? (victims[0] ?? last.about) : workloadOf(state, winner)
    const priority = winner === undefined ? '' : textAt(winner, 'spec', 'priorityClassName')
    const who =
      winner === undefined ? 'a pod of higher priority' : `${nameOf(object)}${priority === '' ? '' : ` (priority class ${priority})`}`
    const summary = `${listed(victims)} lost ${events.length === 1 ? 'a pod' : 'pods'} to ${who}${sinceWords(state, last.first ?? last.last)}: the scheduler preempted ${events.length}. "${last.message.slice(0, 120)}"`
    return [
      preempted(
        events,
        { object, summary, winner, relation: closest([object, ...victims].map((one) => concerned.relationOf(one))) },
        victims,
      ),
    ]
  })
}

type Preemption = Pick<KubeEvent, 'about' | 'message' | 'first' | 'last' | 'object'>

const preempted = (
  events: readonly Preemption[],
  about: {
    readonly object: Ref
    readonly summary: string
    readonly winner: KubeObject | undefined
    readonly relation: Trouble['relation']
  },
  victims: readonly Ref[],
): Trouble => ({
  object: about.object,
  relation: about.relation,
  category: 'scheduling',
  severity: 'high',
  weight: 0.8,
  since: events.at(-1)?.first ?? null,
  summary: `${about.summary}.`,
  suggestion:
    'Compare their priority classes: `kubectl get pods -A -o custom-columns=NAME:.metadata.name,PRIORITY:.spec.priority`; add room or lower one',
  explains: [...victims, ...events.map((event) => event.about)],
  objects: [...(about.winner === undefined ? [] : [about.winner]), ...events.slice(0, 5).map(({ object }) => object)],
  shown: [about.summary, ...events.slice(0, 10).map((event) => `${nameOf(event.about)}: ${event.message}`)],
})

const formerOf = (state: ClusterState, pod: Ref): Ref => {
  const found = findObject(state, pod)
  return found === undefined ? formerWorkload(state, pod) : workloadOf(state, found)
}

const preemptorOf = (state: ClusterState, by: string): KubeObject | undefined =>
  ofKind(state, 'Pod').find(({ metadata }) => metadata.uid === by || `${metadata.namespace}/${metadata.name}` === by)
