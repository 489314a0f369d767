import { conditionOf } from '../../kubernetes/condition.ts'
import type { Moment } from '../../kubernetes/containers.ts'
import { eventsAbout } from '../../kubernetes/events.ts'
import { eachFailing, type Group } from '../../kubernetes/failing.ts'
import { slipOf } from '../../kubernetes/missing.ts'
import { nameOf } from '../../kubernetes/objects.ts'
import { podsOf } from '../../kubernetes/owners.ts'
import { isReady } from '../../kubernetes/pods.ts'
import { type Place, placeOf, refusalsIn } from '../../kubernetes/scheduling.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { explainedByGroup, howMany, linesOf, objectsOf } from '../../kubernetes/telling.ts'
import { closest, findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Pods that no node takes, with the scheduler's reason held against labels, taints, requests and what the nodes have. */
export const podUnschedulable: Rule = {
  id: 'pod-unschedulable',
  looksAt: 'pods without a node',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('pod-unschedulable', input, eachFailing(['scheduling'], troubleOf)),
}

/** Without a ready pod it settles it; where others serve, what is missing is capacity. A cluster that grows is about to mend it by itself. */
const NONE_SERVES = 0.92
const OTHERS_SERVE = 0.7
const GROWING = 0.45
/** Nodes that are not ready, and claims that are not bound, have rules of their own that say more. */
const OF_ANOTHER = 0.45

const troubleOf = ({ state }: Moment, concerned: Concerned, group: Group): Trouble => {
  const { workload, first } = group
  const message = conditionOf(first.pod, 'PodScheduled')?.message || (first.events[0]?.message ?? '')
  const gates = conditionOf(first.pod, 'PodScheduled')?.reason === 'SchedulingGated'
  const place: Place = gates
    ? { why: 'unknown', words: 'a scheduling gate holds it back', seat: null, objects: [] }
    : placeOf({ state, pod: first.pod, refusals: refusalsIn(message) })
  const slip = place.why === 'claim-missing' && place.seat !== null ? slipOf(state, workload, { object: place.seat, key: null }) : null
  const object = slip === null ? (place.seat ?? workload) : workload
  const serving = podsOf(state, workload).filter(isReady).length
  const isClaim = place.why === 'claim' || place.why === 'claim-missing' || place.why === 'volume-place'
  return {
    object,
    relation: closest([concerned.relationOf(object), concerned.relationOf(workload)]),
    category: isClaim ? 'volume' : place.why === 'node-trouble' ? 'node' : 'scheduling',
    severity: serving > 0 ? 'high' : 'critical',
    weight: weightOf(group, place, { state, serving }),
    summary: `${howMany(state, group)} of ${nameOf(workload)} ${group.all.length === 1 ? 'finds' : 'find'} no node${sinceWords(state, group.since)}: ${place.words}${slip === null ? '' : `; ${slip}`}. The scheduler: ${message.replace(/\.? preemption:[\s\S]*/, '')}.`,
    suggestion: `kubectl -n ${workload.namespace ?? 'default'} describe pod ${first.pod.metadata.name}; ${NEXT[place.why] ?? 'kubectl describe nodes'}`,
    since: group.since,
    explains: explainedByGroup(state, group),
    objects: [...objectsOf(state, group), ...place.objects],
    shown: [
      ...linesOf(state, group),
      `scheduler: ${message}`,
      place.words,
      ...(slip === null ? [] : [slip]),
      `since${sinceWords(state, group.since)}`,
    ],
  }
}

const weightOf = ({ first }: Group, { why }: Place, { state, serving }: { state: Moment['state']; serving: number }): number => {
  const grows = eventsAbout(state, first.pod).find(({ reason }) => reason === 'TriggeredScaleUp' || reason === 'NotTriggerScaleUp')
  const isFresh = (grows?.last?.getTime() ?? 0) >= state.at.getTime() - 10 * 60_000
  if (grows?.reason === 'TriggeredScaleUp' && isFresh) return GROWING
  if (['node-trouble', 'claim', 'claim-missing', 'volume-place'].includes(why)) return OF_ANOTHER
  return serving > 0 ? OTHERS_SERVE : NONE_SERVES
}

const NEXT: Readonly<Record<string, string>> = {
  selector: 'kubectl get nodes --show-labels',
  'too-large': 'lower the request, or add a larger node',
  claim: 'kubectl get pvc,pv,storageclass',
  'claim-missing': 'create the claim, or mend its name in the workload',
  'anti-affinity': 'add a node, or soften the rule to preferred',
  taint: 'add the toleration to the workload, or take the taint off the node',
  cordoned: 'kubectl uncordon the node when its maintenance is over',
  insufficient: 'kubectl describe nodes (Allocated resources); free room or add a node',
  'too-many-pods': 'add a node, or raise its limit of pods',
}
