import { nearest } from '../text/nearest.ts'
import { eventsAbout } from './events.ts'
import { ofKind, type Ref, refOf } from './objects.ts'
import { templateOf } from './owners.ts'
import { at, listAt, numberAt, textAt, textsAt } from './read.ts'
import { selects } from './selector.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** Without a selector the endpoints are somebody else's, and an ExternalName has none. */
export const hasSelector = (service: KubeObject): boolean =>
  textAt(service, 'spec', 'type') !== 'ExternalName' && Object.keys(textsAt(service, 'spec', 'selector')).length > 0

/** The pods that a service's selector fits, those that have ended among them. */
export const podsFitting = (state: ClusterState, service: KubeObject): readonly KubeObject[] => {
  const selector = textsAt(service, 'spec', 'selector')
  return ofKind(state, 'Pod').filter((pod) => isBeside(service, pod) && selects(selector, pod.metadata.labels ?? {}))
}

/** The workloads whose new pods a service's selector would fit. */
export const makersFitting = (state: ClusterState, service: KubeObject): readonly KubeObject[] => {
  const selector = textsAt(service, 'spec', 'selector')
  return makersBeside(state, service).filter((maker) => selects(selector, labelsMade(maker)))
}

/** How many pods a workload is to have; null where it does not say. */
export const desiredPods = (workload: KubeObject): number | null =>
  workload.kind === 'DaemonSet' ? numberAt(workload, 'status', 'desiredNumberScheduled') : (numberAt(workload, 'spec', 'replicas') ?? 1)

/** The workload that a service without pods is most likely meant for. */
export type Meant = {
  readonly workload: KubeObject
  /** The entries of the selector that its pods do not have; `has` is null where they have no such label. */
  readonly differing: readonly { readonly key: string; readonly wanted: string; readonly has: string | null }[]
  readonly isOfItsName: boolean
  /** Another service leads to it already, so that this one may be a part that is not there: a replica, a canary. */
  readonly isServed: boolean
}

/** Finds it by its name, by the labels that fit and by values that a typing hand could have meant; undefined where none comes near. */
export const meantBy = (state: ClusterState, service: KubeObject): Meant | undefined => {
  const selector = textsAt(service, 'spec', 'selector')
  const others = ofKind(state, 'Service').filter((other) => other !== service && isBeside(service, other) && hasSelector(other))
  const ranked = makersBeside(state, service)
    .filter((maker) => !['Job', 'CronJob'].includes(maker.kind) && (desiredPods(maker) ?? 0) > 0)
    .map((workload) => {
      const labels = labelsMade(workload)
      const differing = Object.entries(selector)
        .filter(([key, wanted]) => labels[key] !== wanted)
        .map(([key, wanted]) => ({ key, wanted, has: labels[key] ?? null }))
      const isOfItsName = plainName(service.metadata.name) === plainName(workload.metadata.name)
      const fitting = Object.keys(selector).length - differing.length
      const mistyped = differing.filter(({ wanted, has }) => has !== null && nearest(wanted, [has]) !== undefined).length
      const isNamed = Object.values(selector).includes(workload.metadata.name)
      return { workload, differing, isOfItsName, score: (isOfItsName ? 8 : 0) + (isNamed ? 4 : 0) + fitting * 2 + mistyped * 2 }
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.workload.metadata.name < b.workload.metadata.name ? -1 : 1))
  const [best] = ranked
  if (best === undefined) return undefined
  const isServed = others.some((other) => selects(textsAt(other, 'spec', 'selector'), labelsMade(best.workload)))
  return { workload: best.workload, differing: best.differing, isOfItsName: best.isOfItsName, isServed }
}

/** Whether a workload that rests (no replicas wanted) has the service's name or any of its labels: then the service rests with it. */
export const restsWith = (state: ClusterState, service: KubeObject): boolean => {
  const selector = Object.entries(textsAt(service, 'spec', 'selector'))
  return makersBeside(state, service).some((maker) => {
    const labels = labelsMade(maker)
    const isLike =
      plainName(maker.metadata.name) === plainName(service.metadata.name) || selector.some(([key, value]) => labels[key] === value)
    return desiredPods(maker) === 0 && isLike
  })
}

/** The workload that bears the service's name, or the service's without "-svc" and the like. */
export const workloadOfItsName = (state: ClusterState, service: KubeObject): KubeObject | undefined =>
  makersBeside(state, service).find((maker) => plainName(maker.metadata.name) === plainName(service.metadata.name))

/** When a workload was scaled to nothing, where an event still tells. Null: nothing does. */
export const scaledToNothingAt = (state: ClusterState, workload: KubeObject): Date | null => {
  const event = eventsAbout(state, workload).find(
    ({ reason, message }) => /^(?:ScalingReplicaSet|SuccessfulDelete)$/.test(reason) && /\bto 0(?: from \d+)?$/.test(message.trim()),
  )
  return event?.last ?? null
}

export const namedPorts = (
  service: KubeObject,
): readonly { readonly name: string; readonly port: number; readonly target: number | string }[] =>
  listAt(service, 'spec', 'ports').flatMap((port) => {
    const number = numberAt(port, 'port')
    const target = at(port, 'targetPort')
    if (number === null) return []
    // A targetPort of digits in a text is a number, too; 0 and nothing mean the port itself.
    const wanted = typeof target === 'string' && target !== '' ? (/^\d+$/.test(target) ? Number(target) : target) : target
    return [
      {
        name: textAt(port, 'name'),
        port: number,
        target: typeof wanted === 'string' || (typeof wanted === 'number' && wanted > 0) ? wanted : number,
      },
    ]
  })

const MAKERS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob'] as const

const makersBeside = (state: ClusterState, service: KubeObject): readonly KubeObject[] =>
  MAKERS.flatMap((kind) => ofKind(state, kind)).filter(
    (maker) =>
      isBeside(service, maker) && !(['ReplicaSet', 'Job'].includes(maker.kind) && (maker.metadata.ownerReferences ?? []).length > 0),
  )

const labelsMade = (maker: KubeObject): Readonly<Record<string, string>> => textsAt(templateOf(maker), 'metadata', 'labels')

const isBeside = (one: KubeObject, other: KubeObject): boolean => one.metadata.namespace === other.metadata.namespace

/** "cart-svc", "cart-service" and "cart-headless" are the services of cart. */
export const plainName = (name: string): string => name.toLowerCase().replace(/-(?:svc|service|headless|lb)$/, '')

/** The services that a pod is behind. */
export const servicesInFrontOf = (state: ClusterState, pod: KubeObject): readonly Ref[] =>
  ofKind(state, 'Service')
    .filter(
      (service) =>
        isBeside(service, pod) && hasSelector(service) && selects(textsAt(service, 'spec', 'selector'), pod.metadata.labels ?? {}),
    )
    .map(refOf)
