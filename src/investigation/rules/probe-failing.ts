import type { Moment } from '../../kubernetes/containers.ts'
import { eachFailing, type Failing, type Group } from '../../kubernetes/failing.ts'
import { nameOf } from '../../kubernetes/objects.ts'
import { podsOf } from '../../kubernetes/owners.ts'
import { isReady } from '../../kubernetes/pods.ts'
import { isTooShort, type ProbeFault, type ProbeKind, probeFault, probeOf, probeWord } from '../../kubernetes/probes.ts'
import { rolloutOf } from '../../kubernetes/rollout.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { containerName, explainedByGroup, howMany, linesOf, objectsOf } from '../../kubernetes/telling.ts'
import { findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Health checks that fail now: pods that run and are not ready, and containers that are killed because a probe failed. */
export const probeFailing: Rule = {
  id: 'probe-failing',
  looksAt: 'health checks',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('probe-failing', input, eachFailing(['liveness', 'not-ready'], troubleOf)),
}

/** A probe that is set up wrong is the cause; a program that fails its probe is a symptom of something, seen from outside. */
const SET_UP_WRONG = 0.9
const KILLED = 0.85
const NOT_READY = 0.7
/** While others of the same workload serve, the alert has less of it. */
const OTHERS_SERVE = 0.6

const troubleOf = ({ state }: Moment, concerned: Concerned, group: Group): Trouble => {
  const { workload, first } = group
  const { container } = first
  const { kind, fault, said } = diagnose(first)
  const changed = rolloutOf(state, workload)?.changes.find(
    (change) => change === `${kind}Probe of ${container?.name}` || change === `ports of ${container?.name}`,
  )
  const serving = podsOf(state, workload).filter(isReady).length
  const weight =
    fault.isSetUpWrong || changed !== undefined ? SET_UP_WRONG : first.kind === 'liveness' ? KILLED : serving > 0 ? OTHERS_SERVE : NOT_READY
  const deed = first.kind === 'liveness' ? 'is killed by its' : 'runs but is not ready: its'
  const restarts = first.kind === 'liveness' ? `, ${container?.restarts ?? 0} restarts of ${first.pod.metadata.name}` : ''
  return {
    object: workload,
    relation: concerned.relationOf(workload),
    category: 'probe',
    severity: serving > 0 ? 'high' : 'critical',
    weight,
    summary: `${containerName(container)} of ${nameOf(workload)} ${deed} ${kind} probe${first.kind === 'liveness' ? '' : ' fails'}: ${fault.words}; ${howMany(state, group)}${restarts}${sinceWords(state, group.since)}${changed === undefined ? '' : `; the rollout changed ${changed}`}.`,
    suggestion: `kubectl -n ${workload.namespace ?? 'default'} get pod ${first.pod.metadata.name} -o jsonpath='{.spec.containers[*].${kind}Probe}'; compare it with what the program serves`,
    since: group.since,
    explains: explainedByGroup(state, group),
    objects: objectsOf(state, group),
    shown: [
      ...linesOf(state, group),
      `${kind} probe: ${JSON.stringify(container === null ? {} : probeOf(container, kind))}`,
      `ports: ${JSON.stringify(container === null ? [] : ((container.spec as { ports?: unknown }).ports ?? []))}`,
      `${fault.words}; ${said}`,
      ...(changed === undefined ? [] : [changed]),
      `since${sinceWords(state, group.since)}`,
    ],
  }
}

type Diagnosis = { readonly kind: ProbeKind; readonly fault: ProbeFault; readonly said: string }

const diagnose = ({ container, events, kind: failure }: Failing): Diagnosis => {
  const words = events.flatMap(({ message }) => probeWord(message) ?? [])
  // A container that is killed by one probe fails its readiness as well.
  const word = words.find(({ kind }) => (failure === 'liveness' ? kind !== 'readiness' : kind !== 'liveness'))
  if (container === null || word === undefined) {
    const kind = failure === 'liveness' ? (/startup/i.test(events[0]?.message ?? '') ? 'startup' : 'liveness') : 'readiness'
    const fault = { isSetUpWrong: false, words: 'the kubelet says no more of it' }
    return container === null ? { kind, fault, said: '' } : { kind, fault: timed(container, kind, fault), said: '' }
  }
  return { kind: word.kind, fault: timed(container, word.kind, probeFault(container, word)), said: word.message }
}

/** Says how long the container was given, where it was killed within that. */
const timed = (container: Failing['container'] & object, kind: ProbeKind, fault: ProbeFault): ProbeFault => {
  const short = fault.isSetUpWrong ? null : isTooShort(container, kind)
  return short === null ? fault : { ...fault, words: `${fault.words}; ${short.words}` }
}
