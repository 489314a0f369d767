import type { Moment } from '../../kubernetes/containers.ts'
import { eventsAbout, type KubeEvent } from '../../kubernetes/events.ts'
import { eachFailing, type Group, isOf } from '../../kubernetes/failing.ts'
import { imageTrouble } from '../../kubernetes/image-trouble.ts'
import { nameOf } from '../../kubernetes/objects.ts'
import { listAt, textAt } from '../../kubernetes/read.ts'
import { rolloutOf } from '../../kubernetes/rollout.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { containerName, eventLine, explainedByGroup, howMany, linesOf, objectsOf } from '../../kubernetes/telling.ts'
import { findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Images that cannot be pulled, and whether name, tag, credentials, registry or its limits are to blame. */
export const imagePull: Rule = {
  id: 'image-pull',
  looksAt: 'image pulls',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('image-pull', input, eachFailing(['image'], troubleOf)),
}

const troubleOf = ({ state }: Moment, concerned: Concerned, group: Group): Trouble => {
  const { workload, first } = group
  const { container, pod } = first
  const reason = container?.waiting?.reason ?? ''
  const events = pullEvents(eventsAbout(state, pod), first)
  const secret = events.find((event) => event.reason === 'FailedToRetrieveImagePullSecret')
  // The newest word of the registry: "Back-off pulling image" alone says nothing.
  const said = events.find((event) => event.reason === 'Failed' && /failed to pull|rpc error|failed to/i.test(event.message))
  const messages = [container?.waiting?.message ?? '', said?.message ?? '']
  const { why, words } = imageTrouble(reason, messages)
  const secrets = listAt(pod, 'spec', 'imagePullSecrets').map((one) => textAt(one, 'name'))
  const access =
    secret === undefined ? (secrets.length === 0 ? 'the pod names no pull secret' : `pull secret ${secrets.join(', ')}`) : secret.message
  const change = rolloutOf(state, workload)?.changes.find((one) => one.startsWith(`image of ${container?.name}: `))
  const facts = [
    ...(['credentials', 'repository'].includes(why) ? [access] : []),
    ...(change === undefined ? [] : [`the rollout changed ${change}`]),
  ]
  const summary = `Image ${container?.image} of ${containerName(container)} of ${nameOf(workload)} cannot be pulled (${reason}): ${words}${facts.map((fact) => `; ${fact}`).join('')}; ${howMany(state, group)}${sinceWords(state, group.since)}.`
  return {
    object: workload,
    relation: concerned.relationOf(workload),
    category: 'image',
    severity: 'high',
    weight: 0.92,
    summary,
    suggestion: SUGGESTIONS[why] ?? `kubectl -n ${workload.namespace ?? 'default'} describe pod ${pod.metadata.name}`,
    since: group.since,
    explains: explainedByGroup(state, group),
    objects: [...objectsOf(state, group), ...events.slice(0, 3).map(({ object }) => object)],
    shown: [
      ...linesOf(state, group),
      ...events.slice(0, 3).map(eventLine),
      `${words}; ${facts.join('; ')}`,
      `since${sinceWords(state, group.since)}`,
    ],
  }
}

const pullEvents = (events: readonly KubeEvent[], { container }: Group['first']): readonly KubeEvent[] =>
  events.filter(
    (event) =>
      ['Failed', 'BackOff', 'InspectFailed', 'ErrImageNeverPull', 'FailedToRetrieveImagePullSecret'].includes(event.reason) &&
      (container === null || isOf(event, container)),
  )

const SUGGESTIONS: Readonly<Record<string, string>> = {
  'rate-limit': 'Pull with credentials or from a mirror; pods on nodes that hold the image start meanwhile',
  platform: 'Build the image for the platform of the nodes, or pin the pod to nodes that fit',
  unreachable: 'From a node, ask the registry: curl -sv https://REGISTRY/v2/',
  tag: 'Roll back, or push the missing tag: kubectl rollout undo',
  repository: "Check the image's name for a slip of the pen, then the pull secret",
  credentials: 'Renew the pull secret and check that pod or service account names it (imagePullSecrets)',
  name: "Mend the image's name in the workload",
  never: 'Set imagePullPolicy to IfNotPresent, or load the image onto the node',
}
