import type { AroundAt } from './around.ts'
import { type Condition, conditionOf, conditionsOf } from './condition.ts'
import { eventsAbout, eventsOf } from './events.ts'
import { isRead, keyOf, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { isOver, isReady } from './pods.ts'
import { textAt } from './read.ts'
import type { KubeObject } from './state.ts'
import type { Relation } from './subject.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

/** Conditions that are bad when true: the kubelet's own, and those of the node problem detector (its config/*.json). */
const BAD_WHEN_TRUE = new Set([
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
  'KernelDeadlock',
  'ReadonlyFilesystem',
  'CorruptDockerOverlay2',
  'FrequentKubeletRestart',
  'FrequentContainerdRestart',
  'FrequentUnregisterNetDevice',
  'KubeletUnhealthy',
  'ContainerRuntimeUnhealthy',
])

/** What stood long before the alert is less likely its cause. */
const LONG_MS = 6 * 3600_000

/** A node that was lost around the onset counts even if it is back. */
const BACK_MS = 15 * 60_000

/** Nodes that are down, under pressure, gone, or were so a moment ago, with the pods that stand on them. */
export const nodeTroubles = (given: AroundAt): readonly Trouble[] => [
  ...ofKind(given.around.state, 'Node').flatMap((node) => ofNode(given, node)),
  ...goneNodes(given),
]

const ofNode = (given: AroundAt, node: KubeObject): readonly Trouble[] => {
  const ready = conditionOf(node, 'Ready')
  if (ready !== undefined && ready.status !== 'True') return [notReady(given, node, ready)]
  const bad = conditionsOf(node).filter(({ type, status }) => status === 'True' && BAD_WHEN_TRUE.has(type))
  return bad.length > 0 ? [underPressure(given, node, bad)] : backAgain(given, node, ready)
}

const notReady = (given: AroundAt, node: KubeObject, ready: Condition): Trouble => {
  const { state } = given.around
  const why =
    ready.status === 'Unknown'
      ? 'its kubelet has stopped reporting'
      : /network|cni/i.test(`${ready.reason} ${ready.message}`)
        ? 'its network plugin is not ready'
        : 'its kubelet says so'
  const { name, stands, explains, line } = describe(given, node)
  const summary = `${name} is not ready${sinceWords(state, ready.since)}: ${why} (${ready.reason}${quoted(ready.message)}). ${line}`
  return {
    object: refOf(node),
    relation: stands.relation,
    category: 'node',
    severity: 'critical',
    weight: weighted(given, { since: ready.since, weight: 0.75 + 0.17 * stands.share }),
    since: ready.since,
    summary,
    suggestion: `Look at the machine: \`kubectl describe node ${node.metadata.name}\`, then its kubelet and its network`,
    explains,
    objects: [node],
    shown: [`Ready ${ready.status} ${ready.reason}: ${ready.message}`, summary],
  }
}

const underPressure = (given: AroundAt, node: KubeObject, bad: readonly Condition[]): Trouble => {
  const { state } = given.around
  const since = bad.map((one) => one.since).find((time) => time !== null) ?? null
  const { name, stands, explains, line } = describe(given, node)
  const says = bad.map(({ type, reason, message }) => `${type} (${reason}${quoted(message)})`).join(', ')
  const summary = `${name} reports ${says}${sinceWords(state, since)}. ${line}`
  return {
    object: refOf(node),
    relation: stands.relation,
    category: 'node',
    severity: 'high',
    weight: weighted(given, { since, weight: stands.isHurt ? 0.86 : 0.7 }),
    since,
    summary,
    suggestion: `See what fills it: \`kubectl describe node ${node.metadata.name}\` (allocated resources, events)`,
    explains,
    objects: [node],
    shown: [...bad.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`), summary],
  }
}

/** Ready now, but not around the onset: it restarted or lost its network for a while. */
const backAgain = (given: AroundAt, node: KubeObject, ready: Condition | undefined): readonly Trouble[] => {
  const { state } = given.around
  const since = ready?.since ?? null
  if (since === null || since.getTime() < given.onset.getTime() - BACK_MS) return []
  const lost = eventsAbout(state, node).find(
    ({ reason, last }) => /^(?:NodeNotReady|Rebooted)$/.test(reason) && last !== null && last.getTime() > given.onset.getTime() - BACK_MS,
  )
  if (lost === undefined) return []
  const { name, stands, explains, line } = describe(given, node)
  const summary = `${name} was away (${lost.reason}) and is ready again${sinceWords(state, since)}. ${line}`
  return [
    {
      object: refOf(node),
      relation: stands.relation,
      category: 'node',
      severity: 'high',
      weight: 0.55,
      since: lost.first,
      summary,
      suggestion: `See why it went: \`kubectl describe node ${node.metadata.name}\`, and its kernel log`,
      explains,
      objects: [node, lost.object],
      shown: [`${lost.reason}: ${lost.message}`, summary],
    },
  ]
}

/** Pods that stand on a node that no longer exists. */
const goneNodes = (given: AroundAt): readonly Trouble[] => {
  const { state } = given.around
  const nodes = new Set(ofKind(state, 'Node').map(({ metadata: { name } }) => name))
  if (nodes.size === 0 || !isRead(state, 'Node')) return []
  const orphans = ofKind(state, 'Pod').filter((pod) => {
    const name = textAt(pod, 'spec', 'nodeName')
    return name !== '' && !nodes.has(name) && !isOver(pod)
  })
  return [...Map.groupBy(orphans, (pod) => textAt(pod, 'spec', 'nodeName'))].map(([name, pods]) => {
    const node: Ref = { kind: 'Node', name }
    const workloads = uniqueOf(pods.map((pod) => workloadOf(state, pod)))
    const summary = `${nameOf(node)} no longer exists, but ${pods.length} pods still stand on it (${listed(workloads)}).`
    return {
      object: node,
      relation: relationTo(given, node, pods),
      category: 'node',
      severity: 'critical',
      weight: 0.85,
      summary,
      suggestion: 'Find out who removed the machine; pods that stay Terminating go with `kubectl delete pod --force`',
      explains: [...workloads, ...pods.map(refOf)],
      objects: pods.slice(0, 5),
      shown: [summary, ...pods.slice(0, 10).map((pod) => `${nameOf(refOf(pod))}: nodeName ${name}, ${textAt(pod, 'status', 'phase')}`)],
    }
  })
}

const describe = (given: AroundAt, node: KubeObject) => {
  const { state, concerned } = given.around
  const pods = ofKind(state, 'Pod').filter((pod) => textAt(pod, 'spec', 'nodeName') === node.metadata.name && !isOver(pod))
  const workloads = uniqueOf(pods.map((pod) => workloadOf(state, pod)))
  // The alert's own first: they are what the reader looks for.
  const ordered = [
    ...workloads.filter((one) => concerned.relationOf(one) === 'subject'),
    ...workloads.filter((one) => concerned.relationOf(one) !== 'subject'),
  ]
  const line = pods.length === 0 ? 'No pod of this namespace stands on it.' : `${pods.length} pods stand on it: ${listed(ordered)}.`
  const stands = { ...standingOf(given, node, pods), relation: relationTo(given, refOf(node), pods) }
  return { name: nameOf(refOf(node)), stands, explains: [...workloads, ...pods.map(refOf)], line }
}

/** How much of the subject stands on a node, and whether pods were pushed off it just now. */
const standingOf = ({ around: { state, concerned }, onset }: AroundAt, node: KubeObject, here: readonly KubeObject[]) => {
  const isMine = (pod: KubeObject): boolean => concerned.relationOf(refOf(pod)) === 'subject'
  const live = ofKind(state, 'Pod').filter((pod) => isMine(pod) && !isOver(pod))
  const mine = here.filter(isMine)
  const isEvicted = eventsOf(state).some(
    ({ reason, last, object }) =>
      reason === 'Evicted' &&
      last !== null &&
      last.getTime() > onset.getTime() - BACK_MS &&
      (textAt(object, 'source', 'host') || textAt(object, 'reportingInstance')) === node.metadata.name,
  )
  return { share: live.length === 0 ? 0 : mine.length / live.length, isHurt: isEvicted || mine.some((pod) => !isReady(pod)) }
}

/** The relation of a node is the closest of its pods; one whose taint keeps the subject's pods waiting is called upon, too. */
const relationTo = ({ around: { state, concerned } }: AroundAt, node: Ref, pods: readonly KubeObject[]): Relation => {
  const own = concerned.relationOf(node)
  const hosts = pods.map((pod) => concerned.relationOf(workloadOf(state, pod))).map((one) => (one === 'subject' ? ('used' as const) : one))
  const isMissed = ofKind(state, 'Pod').some(
    (pod) =>
      concerned.relationOf(refOf(pod)) === 'subject' &&
      /node\.kubernetes\.io\/(?:not-ready|unreachable|\w+-pressure)/.test(conditionOf(pod, 'PodScheduled')?.message ?? ''),
  )
  return closest([own, ...hosts.filter((one) => one !== 'near' && one !== 'unresolved'), ...(isMissed ? (['called'] as const) : [])])
}

const weighted = ({ onset }: AroundAt, { since, weight }: { since: Date | null; weight: number }): number =>
  since !== null && since.getTime() < onset.getTime() - LONG_MS ? weight * 0.6 : weight

const quoted = (message: string): string => (message === '' ? '' : `: ${message.slice(0, 90)}`)

const uniqueOf = (refs: readonly Ref[]): readonly Ref[] => [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()]
