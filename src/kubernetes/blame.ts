import type { Moment } from './containers.ts'
import { type FailureKind, failingPods } from './failing.ts'
import { findObject, isRead, keyOf, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf, templateOf, workloadOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { numberAt, textAt, textsAt } from './read.ts'
import { selects } from './selector.ts'
import type { KubeObject } from './state.ts'

/** Whom a program's last words name, and whether that one is really down. */
export type Blame = {
  /** The workload behind the address, else its service. */
  readonly object: Ref
  readonly isDown: boolean
  /** There is no service of that name. */
  readonly isAbsent: boolean
  /** What keeps its pods from working, where that is known. */
  readonly kind: FailureKind | null
  /** "Deployment shop/db behind it has 0 ready pods of 1". */
  readonly words: string
  readonly objects: readonly KubeObject[]
}

type Accusation = { readonly moment: Moment; readonly of: Ref; readonly hosts: readonly string[] }

/** Resolves the hosts of a complaint to services of this cluster, or says that there is none of that name; null where neither can be said. */
export const blame = ({ moment, of, hosts }: Accusation): Blame | null => {
  const refs = hosts.flatMap((host) => serviceOf(host, of.namespace) ?? [])
  for (const ref of refs) {
    const service = findObject(moment.state, ref)
    if (service !== undefined) return behind(moment, service)
  }
  // Only in a namespace that was read to its end something can be said to be missing.
  const absent = refs.find(({ namespace }) => namespace === of.namespace)
  if (absent === undefined || !isRead(moment.state, 'Service')) return null
  return { object: absent, isDown: false, isAbsent: true, kind: null, words: `there is no ${nameOf(absent)}`, objects: [] }
}

/** `db`, `db.shop`, `db.shop.svc.cluster.local`; another name with dots is somebody else's. */
const serviceOf = (host: string, own: string | undefined): Ref | null => {
  const [name = '', namespace = own, svc] = host.toLowerCase().split('.')
  if (svc !== undefined && svc !== 'svc') return null
  return namespace === undefined ? { kind: 'Service', name } : { kind: 'Service', namespace, name }
}

const behind = (moment: Moment, service: KubeObject): Blame => {
  const { state } = moment
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
    return {
      object: refOf(service),
      isDown: false,
      isAbsent: false,
      kind: null,
      words: `${nameOf(refOf(service))} has no pods`,
      objects: [service],
    }
  const pods = podsOf(state, ref).filter(isLive)
  const ready = pods.filter(isReady)
  const wanted = numberAt(workload, 'spec', 'replicas') ?? pods.length
  const isDown = isRead(state, 'Pod') && ready.length === 0
  const failing = failingPods(moment).find((one) => keyOf(one.workload) === keyOf(ref))
  const waiting = failing?.container?.waiting?.reason ?? failing?.kind
  const why = textAt(workload, 'spec', 'replicas') === '0' ? ', scaled to 0' : waiting === undefined ? '' : `, ${waiting}`
  return {
    object: ref,
    isDown,
    isAbsent: false,
    kind: failing?.kind ?? null,
    words: `${nameOf(ref)} behind it has ${ready.length} ready pods of ${wanted}${why}`,
    objects: [service, ...(workload === undefined ? [] : [workload]), ...pods.slice(0, 3)],
  }
}
