import { containersOf } from './containers.ts'
import { findObject, isRead, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf, templateOf, workloadOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { numberAt, textAt, textsAt } from './read.ts'
import { selects } from './selector.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** Whom a program's last words name, and whether that one is really down. */
export type Blame = {
  /** The workload behind the address, else its service. */
  readonly object: Ref
  readonly isDown: boolean
  /** "Deployment shop/db behind it has 0 ready pods of 1". */
  readonly words: string
  readonly objects: readonly KubeObject[]
}

type Accusation = { readonly state: ClusterState; readonly of: Ref; readonly hosts: readonly string[] }

/** Resolves the hosts of a complaint to services of this cluster; null where none of them is one. */
export const blame = ({ state, of, hosts }: Accusation): Blame | null => {
  for (const host of hosts) {
    const [name = '', namespace = of.namespace] = host.split('.')
    const ref: Ref = namespace === undefined ? { kind: 'Service', name } : { kind: 'Service', namespace, name }
    const service = findObject(state, ref)
    if (service !== undefined) return behind(state, service)
  }
  return null
}

const behind = (state: ClusterState, service: KubeObject): Blame | null => {
  const selector = textsAt(service, 'spec', 'selector')
  const isHere = (object: KubeObject): boolean => object.metadata.namespace === service.metadata.namespace
  const workload = ['Deployment', 'StatefulSet', 'DaemonSet']
    .flatMap((kind) => ofKind(state, kind))
    .find((object) => isHere(object) && selects(selector, textsAt(templateOf(object), 'metadata', 'labels')))
  const ref =
    workload === undefined
      ? ofKind(state, 'Pod')
          .filter((pod) => isHere(pod) && selects(selector, pod.metadata.labels ?? {}))
          .map((pod) => workloadOf(state, pod))[0]
      : refOf(workload)
  if (ref === undefined)
    return { object: refOf(service), isDown: false, words: `${nameOf(refOf(service))} has no pods`, objects: [service] }
  const pods = podsOf(state, ref).filter(isLive)
  const ready = pods.filter(isReady)
  const wanted = numberAt(workload, 'spec', 'replicas') ?? pods.length
  const isDown = isRead(state, 'Pod') && ready.length === 0
  const waiting = pods.flatMap((pod) => containersOf(pod).flatMap((container) => container.waiting?.reason ?? []))[0]
  const why = textAt(workload, 'spec', 'replicas') === '0' ? ', scaled to 0' : waiting === undefined ? '' : `, ${waiting}`
  return {
    object: ref,
    isDown,
    words: `${nameOf(ref)} behind it has ${ready.length} ready pods of ${wanted}${why}`,
    objects: [service, ...(workload === undefined ? [] : [workload]), ...pods.slice(0, 3)],
  }
}
