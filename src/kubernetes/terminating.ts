import { conditionOf } from './condition.ts'
import type { Moment } from './containers.ts'
import { eventsAbout } from './events.ts'
import { findObject, nameOf, ofKind, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { listAt, textAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Concerned } from './subject.ts'
import { eventLine, explainedBy } from './telling.ts'
import { sinceWords, type Trouble } from './trouble.ts'

/** Beyond its grace period, which the deletion's own time contains. */
const LATE_MS = 5 * 60_000
/** What has hung for longer than this before the onset is not why something began now. */
const STALE_MS = 6 * 3600_000

const AWAITED = 0.75
const NOT_AWAITED = 0.3

/** Pods that were told to go and do not, on nodes that are well: a finalizer holds them, or their containers cannot be ended. */
export const terminatingPods = (moment: Moment, concerned: Concerned): readonly Trouble[] =>
  ofKind(moment.state, 'Pod').flatMap((pod) => troubleOf(moment, concerned, pod) ?? [])

const troubleOf = ({ state, onset }: Moment, concerned: Concerned, pod: KubeObject): Trouble | undefined => {
  const since = timeAt(pod, 'metadata', 'deletionTimestamp')
  if (since === null || state.at.getTime() - since.getTime() < LATE_MS || !isOnGoodNode(state, pod)) return undefined
  const workload = workloadOf(state, pod)
  const finalizers = listAt(pod, 'metadata', 'finalizers').filter((one) => typeof one === 'string')
  const failed = eventsAbout(state, pod).find(({ reason, isWarning }) => reason === 'FailedKillPod' && isWarning)
  const why =
    finalizers.length > 0
      ? `its finalizer ${finalizers.join(', ')} is not taken away`
      : failed === undefined
        ? 'its kubelet has not ended it'
        : `the kubelet cannot end it ("${failed.message.slice(0, 130)}")`
  const name = `${nameOf(refOf(pod))} of ${nameOf(workload)}`
  const isAwaited = waitsForItsPods(findObject(state, workload)) && since.getTime() >= onset.getTime() - STALE_MS
  const told = `${name} does not terminate, though its grace period is over${sinceWords(state, since)}: ${why}`
  return {
    object: workload,
    relation: concerned.relationOf(workload),
    category: finalizers.length > 0 ? 'dependency' : 'node',
    severity: 'high',
    weight: isAwaited ? AWAITED : NOT_AWAITED,
    since,
    summary: `${told}${isAwaited ? '; no other takes its place until it is gone' : ''}.`,
    suggestion:
      finalizers.length > 0
        ? `See why whoever set the finalizer does not take it away: \`kubectl -n ${pod.metadata.namespace ?? 'default'} get pod ${pod.metadata.name} -o yaml\``
        : `Look at the kubelet and the runtime of node ${textAt(pod, 'spec', 'nodeName')}: \`kubectl describe node ${textAt(pod, 'spec', 'nodeName')}\``,
    explains: explainedBy(state, workload, [pod]),
    objects: [pod, ...(failed === undefined ? [] : [failed.object])],
    shown: [told, ...(failed === undefined ? [] : [eventLine(failed)])],
  }
}

/** Of a node that is away nothing can be ended: that is the node's trouble. */
const isOnGoodNode = (state: ClusterState, pod: KubeObject): boolean => {
  const node = findObject(state, { kind: 'Node', name: textAt(pod, 'spec', 'nodeName') })
  return node !== undefined && conditionOf(node, 'Ready')?.status === 'True'
}

/** Pods with a name or a node of their own are made anew only when the old one is gone; so are those of the strategy Recreate. */
const waitsForItsPods = (workload: KubeObject | undefined): boolean =>
  workload?.kind === 'StatefulSet' || workload?.kind === 'DaemonSet' || textAt(workload, 'spec', 'strategy', 'type') === 'Recreate'
