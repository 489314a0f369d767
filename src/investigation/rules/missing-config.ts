import type { Moment } from '../../kubernetes/containers.ts'
import { eachFailing, type Group } from '../../kubernetes/failing.ts'
import { type Missing, missingIn, missingSource, slipOf } from '../../kubernetes/missing.ts'
import { nameOf } from '../../kubernetes/objects.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { containerName, explainedByGroup, howMany, linesOf, objectsOf } from '../../kubernetes/telling.ts'
import { closest, findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Config maps, secrets and keys that pods wait for. Secrets cannot be read: what the kubelet says of them is all there is. */
export const missingConfig: Rule = {
  id: 'missing-config',
  looksAt: 'missing configuration',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('missing-config', input, eachFailing(['config'], troubleOf)),
}

/** Named by the kubelet, it settles it; a container that may not be made for another reason is as sure, but its seat is the workload. */
const NAMED = 0.92

const troubleOf = ({ state }: Moment, concerned: Concerned, group: Group): Trouble => {
  const { workload, first } = group
  const message =
    first.container?.waiting?.reason === 'CreateContainerConfigError' ? first.container.waiting.message : (first.events[0]?.message ?? '')
  const missing = missingIn(message, workload.namespace, first.pod) ?? missingSource(state, first.pod, message)
  const slip = missing === null ? null : slipOf(state, workload, missing)
  const object = missing === null || slip !== null ? workload : missing.object
  const pod = first.pod.metadata
  return {
    object,
    relation: closest([concerned.relationOf(object), concerned.relationOf(workload)]),
    category: missing === null && /runAsNonRoot|runAsUser/.test(message) ? 'permissions' : 'config_change',
    severity: 'high',
    weight: NAMED,
    summary: `${nameOf(workload)} cannot start ${containerName(first.container)}: ${missing === null ? message : saying(missing)}${slip === null ? '' : `; ${slip}`}; ${howMany(state, group)}${sinceWords(state, group.since)}.`,
    suggestion: suggestionOf(missing, pod),
    since: group.since,
    explains: [...explainedByGroup(state, group), ...(missing === null ? [] : [missing.object])],
    objects: objectsOf(state, group),
    shown: [
      ...linesOf(state, group),
      ...(slip === null ? [] : [slip]),
      `${missing === null ? '' : saying(missing)}`,
      `since${sinceWords(state, group.since)}`,
    ],
  }
}

const saying = ({ object, key }: Missing): string =>
  key === null ? `${nameOf(object)} does not exist` : `${nameOf(object)} has no key ${key}`

const suggestionOf = (missing: Missing | null, pod: { readonly namespace?: string; readonly name: string }): string => {
  const namespace = pod.namespace ?? 'default'
  if (missing === null) return `kubectl -n ${namespace} describe pod ${pod.name}`
  const kind = missing.object.kind.toLowerCase()
  return missing.key === null
    ? `kubectl -n ${namespace} get ${kind}s; create ${kind} ${missing.object.name}, or mend the reference to it`
    : `kubectl -n ${namespace} describe ${kind} ${missing.object.name}; add the key ${missing.key}, or mend the reference to it`
}
