import type { Around } from './around.ts'
import { conditionOf } from './condition.ts'
import { findObject, nameOf, ofKind, refOf } from './objects.ts'
import { podsOf, workloadOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { numberAt, textAt } from './read.ts'
import type { KubeObject } from './state.ts'
import { sinceWords, type Trouble } from './trouble.ts'

/** Pods of a node's network in kube-system, by the start of their workload's name. */
const NETWORK =
  /^(?:kube-proxy|calico-node|cilium(?:$|-agent)|aws-node|kube-flannel|weave-net|antrea-agent|kindnet|azure-cns|canal|kube-router|node-local-dns)/

/** How long a DaemonSet's pod may take to start. */
const STARTING_MS = 2 * 60_000

/** The cluster's DNS without a ready pod, and the network pods of the nodes on which the alert's pods stand. */
export const dnsTroubles = (around: Around): readonly Trouble[] => [...dns(around), ...nodeNetwork(around)]

const dns = (around: Around): readonly Trouble[] => {
  const { state } = around
  const pods = ofKind(state, 'Pod').filter(
    (pod) => pod.metadata.namespace === 'kube-system' && pod.metadata.labels?.['k8s-app'] === 'kube-dns',
  )
  const named = ['coredns', 'kube-dns']
    .map((name) => findObject(state, { kind: 'Deployment', namespace: 'kube-system', name }))
    .find((one) => one !== undefined)
  const live = pods.filter(isLive)
  const ready = live.filter(isReady)
  const desired = numberAt(named, 'spec', 'replicas')
  const [first] = live
  const object = named !== undefined ? refOf(named) : first === undefined ? undefined : workloadOf(state, first)
  if (object === undefined || ready.length > 0) return []
  // Without its pods in the state only the workload itself can say that there are none.
  if (
    live.length === 0 &&
    (named === undefined ||
      (numberAt(named, 'status', 'readyReplicas') ?? 0) > 0 ||
      (ofKind(state, 'Pod').every(({ metadata }) => metadata.namespace !== 'kube-system') && desired !== 0))
  )
    return []
  const since =
    live.map((pod) => conditionOf(pod, 'Ready')?.since ?? null).find((time) => time !== null) ??
    conditionOf(named, 'Available')?.since ??
    null
  const why = live.map((pod) => waitingWords(pod)).find((words) => words !== '') ?? ''
  const many = desired === 0 ? 'it is scaled to 0 replicas' : `0 of ${live.length} pods are ready${why}`
  const summary = `${nameOf(object)}, the DNS of this cluster, does not answer${sinceWords(state, since)}: ${many}. No service finds another by name.`
  return [
    {
      object,
      // Whatever the alert is about calls others by their names.
      relation: 'called',
      category: 'dns',
      severity: 'critical',
      // Of pods on nodes that are down the nodes are the cause.
      weight: live.length > 0 && live.every((pod) => isOnLostNode(around, pod)) ? 0.3 : 0.95,
      since,
      summary,
      suggestion:
        'Look at its pods and their log: `kubectl get pods -n kube-system -l k8s-app=kube-dns`, `kubectl logs -n kube-system -l k8s-app=kube-dns`',
      explains: live.map(refOf),
      objects: [...(named === undefined ? [] : [named]), ...live.slice(0, 3)],
      shown: [summary],
    },
  ]
}

const isOnLostNode = ({ state }: Around, pod: KubeObject): boolean => {
  const node = findObject(state, { kind: 'Node', name: textAt(pod, 'spec', 'nodeName') })
  const ready = conditionOf(node, 'Ready')
  return ready !== undefined && ready.status !== 'True'
}

const waitingWords = (pod: KubeObject): string => {
  const reason = textAt(pod, 'status', 'containerStatuses', 0, 'state', 'waiting', 'reason')
  return reason === '' ? '' : ` (${reason})`
}

/** kube-proxy or the network plugin down on a node takes the network from the pods that stand there. */
const nodeNetwork = ({ state, concerned }: Around): readonly Trouble[] => {
  const nodes = new Set(
    concerned.objects.flatMap((workload) =>
      podsOf(state, workload)
        .filter(isLive)
        .map((pod) => textAt(pod, 'spec', 'nodeName')),
    ),
  )
  const broken = ofKind(state, 'Pod').filter((pod) => {
    const since = conditionOf(pod, 'Ready')?.since ?? null
    const isStarting = since !== null && state.at.getTime() - since.getTime() < STARTING_MS
    return (
      pod.metadata.namespace === 'kube-system' &&
      nodes.has(textAt(pod, 'spec', 'nodeName')) &&
      NETWORK.test(workloadOf(state, pod).name) &&
      isLive(pod) &&
      !isReady(pod) &&
      !isStarting
    )
  })
  return [...Map.groupBy(broken, (pod) => nameOf(workloadOf(state, pod))).values()].flatMap((group) => {
    const [pod] = group
    if (pod === undefined) return []
    const since = conditionOf(pod, 'Ready')?.since ?? null
    const object = workloadOf(state, pod)
    const where = group
      .map((one) => textAt(one, 'spec', 'nodeName'))
      .slice(0, 3)
      .join(', ')
    const summary = `${nameOf(object)} is not ready${sinceWords(state, since)} on ${where}, where pods of this alert stand${waitingWords(pod)}: their network is in its hands.`
    return [
      {
        object,
        relation: 'used' as const,
        category: 'network' as const,
        severity: 'high' as const,
        weight: 0.6,
        since,
        summary,
        suggestion: `Look at its log: \`kubectl logs -n kube-system ${pod.metadata.name}\``,
        explains: group.map(refOf),
        objects: group.slice(0, 3),
        shown: [summary],
      },
    ]
  })
}
