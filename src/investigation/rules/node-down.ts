import { ownerOfPod, withoutHash } from '../../kubernetes/names.ts'
import { objectKey } from '../../kubernetes/objects.ts'
import { objectsOf } from '../../kubernetes/of-labels.ts'
import type { Labels, Series } from '../../series/series.ts'
import { toText } from '../../series/text.ts'
import type { ObjectRef } from '../analysis.ts'
import type { Cited } from '../evidence.ts'
import type { Rule, RuleFinding, RuleInput } from './rule.ts'

/**
 * A node that is not ready, by kube-state-metrics, and this alert is about something that stood on it. Alerts about pods name no node:
 * which pods were on it comes from `kube_pod_info` before the onset, since a dead node's pods move on.
 */
export const nodeDown: Rule = {
  id: 'node-down',
  looksAt: 'nodes',
  needs: ['prometheus'],
  evaluate: async (input) => {
    const { prometheus } = input.sources
    if (prometheus === undefined) return []
    const down = await prometheus.instant(NOT_READY, { at: input.clock.now(), signal: input.signal, limit: MOST_NODES + 1 })
    // When most of the cluster seems to be down it is the one that tells of it that is.
    if (down.series.length === 0 || down.series.length > MOST_NODES) return []
    const names = [...new Set(down.series.flatMap(({ labels }) => labels['node'] || []))].toSorted()
    const findings = await Promise.all(names.map((node) => ofNode(input, node)))
    return findings.flatMap((finding) => finding ?? [])
  },
}

const NOT_READY = 'max by (node) (kube_node_status_condition{condition="Ready",status="true"}) == 0'
const MOST_NODES = 5
const MOST_PODS = 250
/** So many of a service's pods must have been on the node for it to explain what the service does. */
const SHARE = 1 / 3
/** Pods of a dead node are listed until they are evicted, five minutes later: before the onset they are all there. */
const BEFORE_MS = 60_000
const LOOK_BACK_MS = 45 * 60_000

const ofNode = async (input: RuleInput, node: string): Promise<RuleFinding | null> => {
  const { sources, onset, clock, signal, cite } = input
  const { prometheus } = sources
  if (prometheus === undefined) return null
  const then = new Date(onset.getTime() - BEFORE_MS)
  const podsQuery = `kube_pod_info{node=${JSON.stringify(node)}}`
  const readyQuery = `max by (node) (kube_node_status_condition{condition="Ready",status="true",node=${JSON.stringify(node)}})`
  const range = { from: new Date(onset.getTime() - LOOK_BACK_MS), to: clock.now() }
  const stepSeconds = Math.max(15, Math.ceil((range.to.getTime() - range.from.getTime()) / 1000 / 240))
  const [pods, ready, infos, targets] = await Promise.all([
    prometheus.instant(podsQuery, { at: then, signal, limit: MOST_PODS }),
    prometheus.range(readyQuery, { ...range, stepSeconds, signal }),
    prometheus.instant(`kube_node_info{node=${JSON.stringify(node)}}`, { at: then, signal }),
    prometheus.instant('up == 0', { at: clock.now(), signal, limit: 500 }),
  ])
  const since = notReadySince(ready.series[0])
  if (since === null) return null
  const stood = pods.series.map(({ labels }) => labels)
  const shares = await sharesOf(input, stood, then)
  const explains = explainedBy({ node, pods: stood, shares, infos: infos.series, targets: targets.series })
  const keys = new Set(explains.map(objectKey))
  const own = objectsOf(input.alert.labels, input.subject).filter((key) => keys.has(key))
  if (own.length === 0) return null
  const at = since.toISOString()
  const isService = own.every((key) => key.startsWith('service '))
  const standing = cite({
    source: 'prometheus',
    query: podsQuery,
    range: { from: null, to: then.toISOString() },
    output: { kind: 'series', series: pods.series },
    shown: `${stood.length} pods stood on ${node}:\n${stood.map(({ namespace, pod }) => `${namespace}/${pod}`).join('\n')}`,
    complete: pods.complete,
    link: prometheus.link(podsQuery),
  } satisfies Cited)
  const condition = cite({
    source: 'prometheus',
    query: readyQuery,
    range: { from: range.from.toISOString(), to: range.to.toISOString() },
    output: { kind: 'series', series: ready.series },
    shown: `${node} has not been ready since ${at.slice(11, 19)} UTC\n${toText(ready.series)}`,
    complete: ready.complete,
    link: prometheus.link(readyQuery, range),
  } satisfies Cited)
  return {
    rule: 'node-down',
    severity: 'critical',
    confidence: 'high',
    summary: `Node ${node} has not been ready since ${at.slice(11, 19)} UTC; ${stood.length} pods stood on it${example(stood, input)}.`,
    suggestion: `kubectl describe node ${node}`,
    object: { kind: 'Node', name: node },
    category: 'node',
    // That a service suffers because some of its pods are gone is likely; that its pod is gone with the node is certain.
    weight: isService ? 0.75 : 0.9,
    since: at,
    explains,
    evidence: [condition, standing],
  }
}

/** The subject's own pod where one stood there, so that the reader sees what it has to do with his alert. */
const example = (pods: readonly Labels[], { subject, alert }: RuleInput): string => {
  const own = pods.find(({ pod = '' }) => pod === alert.labels['pod'] || (subject !== null && ownerOfPod(pod) === subject))
  return own === undefined ? '' : `, ${own['namespace']}/${own['pod']} among them`
}

/** The first of the last unbroken run of zeros. */
const notReadySince = (series: Series | undefined): Date | null => {
  const points = series?.points ?? []
  const lastReady = points.findLastIndex(([, value]) => value !== 0)
  const first = points[lastReady + 1]
  return first === undefined ? null : new Date(first[0] * 1000)
}

type Standing = {
  readonly node: string
  readonly pods: readonly Labels[]
  readonly shares: ReadonlyMap<string, number>
  readonly infos: readonly Series[]
  readonly targets: readonly Series[]
}

/** The node itself, its addresses, its pods with the workloads that own them, and the targets that no longer answer. */
const explainedBy = ({ node, pods, shares, infos, targets }: Standing): ObjectRef[] => {
  const addresses = new Set([...infos.flatMap(({ labels }) => labels['internal_ip'] || []), ...pods.flatMap(({ pod_ip }) => pod_ip || [])])
  const silent = targets.filter(
    ({ labels: { instance = '', node: of } }) => of === node || addresses.has(instance.replace(/:\d+$/, '')) || instance === node,
  )
  const all: ObjectRef[] = [
    { kind: 'Node', name: node },
    ...infos.flatMap(({ labels }) => [labels['internal_ip'] ?? '', node]).flatMap((name) => (name === '' ? [] : [{ kind: 'host', name }])),
    ...silent.flatMap(({ labels: { instance = '' } }) => (instance === '' ? [] : [{ kind: 'host', name: instance }])),
    ...silent.flatMap(({ labels: { job, service } }) => [job, service].flatMap((name) => (name ? [{ kind: 'service', name }] : []))),
    ...pods.flatMap(ofPod),
    ...[...shares].flatMap(([key, share]) => {
      const [namespace = '', name = ''] = key.split('/')
      return share < SHARE
        ? []
        : [
            { kind: 'service', namespace, name },
            { kind: 'service', name },
          ]
    }),
  ]
  return [...new Map(all.map((one) => [objectKey(one), one])).values()]
}

const ofPod = ({ namespace = '', pod = '', created_by_kind: kind = '', created_by_name: name = '' }: Labels): ObjectRef[] => {
  const owner = kind === 'ReplicaSet' ? [{ kind: 'Deployment', namespace, name: withoutHash(name) }] : []
  return [
    { kind: 'Pod', namespace, name: pod },
    ...(kind === '' || kind === '<none>' || kind === 'Node' ? [] : [{ kind, namespace, name }]),
    ...owner,
  ]
}

/** Of each workload with a pod there, "namespace/name", which part of its pods that was. */
const sharesOf = async (input: RuleInput, pods: readonly Labels[], at: Date): Promise<Map<string, number>> => {
  const { prometheus } = input.sources
  const count = (all: readonly Labels[]) => Map.groupBy(all, ({ namespace = '', pod = '' }) => `${namespace}/${ownerOfPod(pod)}`)
  const here = count(pods)
  const namespaces = [...new Set(pods.flatMap(({ namespace }) => namespace || []))].filter((one) => /^[a-z0-9-]+$/.test(one)).toSorted()
  if (prometheus === undefined || namespaces.length === 0) return new Map()
  const query = `group by (namespace, pod) (kube_pod_info{namespace=~${JSON.stringify(namespaces.join('|'))}})`
  const { series } = await prometheus.instant(query, { at, signal: input.signal, limit: 5000 })
  const everywhere = count(series.map(({ labels }) => labels))
  return new Map([...here].map(([key, some]) => [key, some.length / Math.max(some.length, everywhere.get(key)?.length ?? 0)]))
}
