import { duration } from '../text/number.ts'
import type { ContainerNow, Ended } from './containers.ts'
import type { KubeEvent } from './events.ts'
import type { Failing, Group } from './failing.ts'
import { findObject, nameOf, type Ref, refOf } from './objects.ts'
import { podsOf } from './owners.ts'
import { isLive } from './pods.ts'
import { textAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'
import { servicesOf } from './subject.ts'

/** More pods or events of one trouble than this show nothing new. */
const MOST = 5

/** What shows a trouble: its workload, its pods, what was seen of them. */
export const objectsOf = (state: ClusterState, { workload, all }: Group): readonly KubeObject[] => {
  const owner = findObject(state, workload)
  const pods = all.slice(0, MOST).map(({ pod }) => pod)
  const events = all.flatMap((failing) => failing.events.map(({ object }) => object)).slice(0, MOST)
  return [...new Set([...(owner === undefined ? [] : [owner]), ...pods, ...events])]
}

/** Whose alerts it explains: the workload's, those of the services in front of it, and those of the pods concerned. */
export const explainedBy = (state: ClusterState, workload: Ref, pods: readonly KubeObject[]): readonly Ref[] => [
  workload,
  ...servicesOf(state, workload),
  ...pods.map(refOf),
]

/** Whose alerts a group of failing pods explains. */
export const explainedByGroup = (state: ClusterState, { workload, all }: Group): readonly Ref[] =>
  explainedBy(
    state,
    workload,
    all.map(({ pod }) => pod),
  )

/** The same in lines: how many, then each pod, then what was seen. */
export const linesOf = (state: ClusterState, group: Group): readonly string[] => [
  `${nameOf(group.workload)}: ${howMany(state, group)} affected`,
  ...group.all.slice(0, MOST).map(podLine),
  ...group.all.flatMap(({ events }) => events.map(eventLine)).slice(0, MOST),
]

/** "2 of 3 pods"; "its pod" where it is the only one. */
export const howMany = (state: ClusterState, { workload, all }: Group): string => {
  const live = podsOf(state, workload).filter((pod) => isLive(pod) || all.some((failing) => failing.pod === pod)).length
  return live <= 1 ? '1 pod' : `${all.length} of ${live} pods`
}

export const podLine = ({ pod, container, end }: Failing): string => {
  const words = [
    `pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name} on ${textAt(pod, 'spec', 'nodeName') || 'no node'}: ${textAt(pod, 'status', 'phase')}`,
    ...(container === null ? [] : [containerWords(container)]),
    ...(end === null ? [] : [`ended: ${endWords(end)}${end.finishedAt === null ? '' : ` at ${end.finishedAt.toISOString()}`}`]),
  ]
  return words.join('; ')
}

const containerWords = ({ name, isInit, image, restarts, waiting, runningSince, isReady, spec }: ContainerNow): string =>
  [
    `${isInit ? 'init container' : 'container'} ${name} (${image})`,
    `${restarts} restarts`,
    ...(waiting === null ? [] : [`waiting: ${waiting.reason}${waiting.message === '' ? '' : ` (${waiting.message})`}`]),
    ...(runningSince === null ? [] : [`running since ${runningSince.toISOString()}, ${isReady ? 'ready' : 'not ready'}`]),
    `memory limit ${textAt(spec, 'resources', 'limits', 'memory') || 'none'}, request ${textAt(spec, 'resources', 'requests', 'memory') || 'none'}`,
  ].join(', ')

/** "OOMKilled, exit code 137", "StartError, exit code 128: exec: …". */
export const endWords = ({ reason, exitCode, message }: Ended): string =>
  [reason, exitCode === null ? '' : `exit code ${exitCode}`].filter((word) => word !== '').join(', ') +
  (message === '' ? '' : `: ${message}`)

export const eventLine = ({ last, count, reason, message, about }: KubeEvent): string =>
  `event ${last?.toISOString() ?? ''} ${reason} (${count} times) of ${nameOf(about)}: ${message}`

/** "container app", "init container migrate". */
export const containerName = (container: ContainerNow | null): string =>
  container === null ? 'no container' : `${container.isInit ? 'init container' : 'container'} ${container.name}`

/** "40 s after its start", or nothing. */
export const runWords = (end: Ended | null): string =>
  end?.startedAt === null || end?.startedAt === undefined || end.finishedAt === null
    ? ''
    : ` ${duration(Math.max(0, Math.round((end.finishedAt.getTime() - end.startedAt.getTime()) / 1000)))} after its start`
