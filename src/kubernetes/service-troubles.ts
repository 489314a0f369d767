import type { Around } from './around.ts'
import { conditionOf } from './condition.ts'
import { findObject, isRead, nameOf, ofKind, refOf } from './objects.ts'
import { podsOf, workloadOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { listAt, textAt, textsAt } from './read.ts'
import { labelWords } from './selector.ts'
import { portTroubles } from './service-ports.ts'
import {
  desiredPods,
  hasSelector,
  makersFitting,
  meantBy,
  plainName,
  podsFitting,
  restsWith,
  scaledToNothingAt,
  servicesInFrontOf,
  workloadOfItsName,
} from './services.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Relation } from './subject.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

/** How long before the onset a workload may have been scaled away and still be the alert's cause. */
const RECENT_MS = 2 * 3600_000

type Given = {
  readonly around: Around
  readonly subject: string | null
  readonly onset: Date
  /** Whether the alert says that something is not there: only then somebody misses what rests. */
  readonly isMissed: boolean
}

/** What keeps services from leading to a ready pod. */
export const serviceTroubles = (given: Given): readonly Trouble[] =>
  ofKind(given.around.state, 'Service').flatMap((service) => (hasSelector(service) ? examine(given, service) : deadAlias(given, service)))

const examine = (given: Given, service: KubeObject): readonly Trouble[] => {
  const { state } = given.around
  const fitting = podsFitting(state, service)
  const pods = fitting.filter(isLive)
  if (pods.length > 0) {
    const ports = portTroubles(state, { service, pods, relation: relationOf(given, service), onset: given.onset })
    if (ports.length > 0) return ports
    const wrong = wrongPods(given, service, pods)
    if (wrong.length > 0) return wrong
    return pods.some(isReady) ? emptyEndpoints(given, service, pods) : noneReady(given, service, pods)
  }
  const makers = makersFitting(state, service)
  if (makers.length > 0) return makers.every((maker) => desiredPods(maker) === 0) ? scaledAway(given, service, makers) : []
  // Pods that have ended or are on their way out had the right labels.
  return fitting.length > 0 ? [] : mismatch(given, service)
}

const relationOf = ({ around: { concerned }, subject }: Given, service: KubeObject, behind: readonly KubeObject[] = []): Relation =>
  closest([
    concerned.relationOf(refOf(service)),
    ...behind.map((object) => concerned.relationOf(refOf(object))),
    ...(subject !== null && subject.split('/').at(-1) === service.metadata.name ? ['subject' as const] : []),
  ])

const mismatch = (given: Given, service: KubeObject): readonly Trouble[] => {
  const { state } = given.around
  // What was not read cannot be said to be missing.
  if (!['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'].every((kind) => isRead(state, kind))) return []
  const selector = textsAt(service, 'spec', 'selector')
  const meant = meantBy(state, service)
  const name = nameOf(refOf(service))
  const base = {
    object: refOf(service),
    category: 'config_change' as const,
    severity: 'critical' as const,
  }
  const shown = [`${name}: spec.selector ${labelWords(selector)}; fits no pod`]
  if (meant === undefined && restsWith(state, service)) return []
  if (meant === undefined)
    return [
      {
        ...base,
        relation: relationOf(given, service),
        // Where the alert names nothing, a service that somebody forgot is no cause.
        weight: given.around.concerned.isResolved || given.subject !== null ? 0.65 : 0.4,
        summary: `${name} leads nowhere: no pod has ${labelWords(selector)}, and no workload makes such pods.`,
        suggestion: `Find what should be behind it: \`kubectl get pods -n ${service.metadata.namespace ?? 'default'} --show-labels\``,
        objects: [service],
        shown,
      },
    ]
  const { workload, differing, isOfItsName, isServed } = meant
  const wrong = differing.map(({ key, wanted, has }) =>
    has === null ? `has no label ${key} (wanted: ${wanted})` : `has ${key}=${has}, not ${wanted}`,
  )
  const whole = nameOf(refOf(workload))
  const right = differing.map(({ key, has }) => (has === null ? `no ${key}` : `${key}=${has}`)).join(', ')
  return [
    {
      ...base,
      relation: relationOf(given, service, isServed && !isOfItsName ? [] : [workload]),
      weight: isServed && !isOfItsName ? 0.35 : 0.92,
      summary: `${name} leads nowhere: its selector ${labelWords(selector)} fits no pod. ${whole} ${wrong.join(' and ')}.`,
      suggestion: `Give the selector of ${name} the label of the pods (${right}): \`kubectl edit service ${service.metadata.name} -n ${service.metadata.namespace ?? 'default'}\``,
      explains: [refOf(workload)],
      objects: [service, workload],
      shown: [...shown, `${whole}: its pods: ${wrong.join(' and ')}`],
    },
  ]
}

/** Pods of somebody else: a workload of the service's own name stands beside, has pods, and no service leads to it. */
const wrongPods = (given: Given, service: KubeObject, pods: readonly KubeObject[]): readonly Trouble[] => {
  const { state } = given.around
  const own = workloadOfItsName(state, service)
  if (own === undefined) return []
  const fits = pods.map((pod) => workloadOf(state, pod))
  const served = podsOf(state, refOf(own)).filter(isLive)
  // "cart-blue" and "cart-green" are both of cart.
  const isFamily = fits.some(({ name }) => name.startsWith(plainName(service.metadata.name)))
  if (isFamily || served.length === 0 || served.some((pod) => servicesInFrontOf(state, pod).length > 0)) return []
  const name = nameOf(refOf(service))
  const summary = `${name} leads to pods of ${listed(fits, 2)}: its selector is ${labelWords(textsAt(service, 'spec', 'selector'))}, and no service leads to ${nameOf(refOf(own))}.`
  return [
    {
      object: refOf(service),
      relation: relationOf(given, service, [own]),
      category: 'config_change',
      severity: 'critical',
      weight: 0.85,
      summary,
      suggestion: `Give ${name} the labels of ${nameOf(refOf(own))}: \`kubectl edit service ${service.metadata.name} -n ${service.metadata.namespace ?? 'default'}\``,
      explains: [refOf(own)],
      objects: [service, own],
      shown: [summary],
    },
  ]
}

/** An ExternalName within the cluster that no service bears. */
const deadAlias = (given: Given, service: KubeObject): readonly Trouble[] => {
  const { state } = given.around
  const [, target = '', namespace = ''] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/.exec(textAt(service, 'spec', 'externalName')) ?? []
  const isReadThere = ofKind(state, 'Service').some(({ metadata }) => metadata.namespace === namespace) && isRead(state, 'Service')
  if (textAt(service, 'spec', 'type') !== 'ExternalName' || target === '' || !isReadThere) return []
  if (findObject(state, { kind: 'Service', namespace, name: target }) !== undefined) return []
  const summary = `${nameOf(refOf(service))} stands for ${textAt(service, 'spec', 'externalName')}, and there is no Service ${namespace}/${target}.`
  return [
    {
      object: refOf(service),
      relation: relationOf(given, service),
      category: 'config_change',
      severity: 'high',
      weight: 0.85,
      summary,
      suggestion: `Correct its externalName: \`kubectl edit service ${service.metadata.name} -n ${service.metadata.namespace ?? 'default'}\``,
      objects: [service],
      shown: [summary],
    },
  ]
}

const scaledAway = (given: Given, service: KubeObject, makers: readonly KubeObject[]): readonly Trouble[] => {
  const { state } = given.around
  return makers.flatMap((maker) => {
    const since = scaledToNothingAt(state, maker)
    // Scaled to nothing long ago: on purpose. Where nobody knows when, only an alert that misses this very service says that somebody wants it.
    const isWanted = given.isMissed && given.subject?.split('/').at(-1) === service.metadata.name
    if (since === null ? !isWanted : since.getTime() < given.onset.getTime() - RECENT_MS) return []
    const name = nameOf(refOf(maker))
    return [
      {
        object: refOf(maker),
        relation: relationOf(given, service, [maker]),
        category: 'config_change',
        severity: 'critical',
        weight: since === null ? 0.55 : 0.88,
        since,
        summary: `${name} ${since === null ? 'is' : 'was'} scaled to 0 replicas${sinceWords(state, since)}: ${nameOf(refOf(service))} has no pod behind it.`,
        suggestion: `Ask who scaled it, or bring it back: \`kubectl scale ${maker.kind.toLowerCase()}/${maker.metadata.name} --replicas=1 -n ${maker.metadata.namespace ?? 'default'}\``,
        explains: [refOf(service)],
        objects: [maker, service],
        shown: [`${name}: spec.replicas 0${sinceWords(state, since)}`, `${nameOf(refOf(service))}: no pod`, '--replicas=1'],
      },
    ]
  })
}

const noneReady = (given: Given, service: KubeObject, pods: readonly KubeObject[]): readonly Trouble[] => {
  const relation = relationOf(given, service)
  if (relation === 'near' || relation === 'elsewhere') return []
  const { state } = given.around
  const workloads = pods.map((pod) => workloadOf(state, pod))
  const name = nameOf(refOf(service))
  const summary = `${name} has no ready endpoint: of ${pods.length} pods (${listed(workloads)}) 0 are ready; why they are not is the question.`
  return [
    {
      object: refOf(service),
      relation,
      category: 'dependency',
      severity: 'high',
      weight: 0.3,
      summary,
      suggestion: `Look at the pods, not at the service: \`kubectl describe pods -n ${service.metadata.namespace ?? 'default'} -l ${labelWords(textsAt(service, 'spec', 'selector'))}\``,
      explains: workloads,
      objects: [service, ...pods.slice(0, 3)],
      shown: [summary],
    },
  ]
}

/** Pods are ready and none of them is an endpoint: who writes endpoints is behind, or the ports are off. */
const emptyEndpoints = (given: Given, service: KubeObject, pods: readonly KubeObject[]): readonly Trouble[] => {
  const { state } = given.around
  const slices = ofKind(state, 'EndpointSlice').filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace && metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
  )
  const endpoints = slices.flatMap((slice) => listAt(slice, 'endpoints'))
  const ready = pods.filter(isReady)
  const isOld = ready.every((pod) => readyFor(state, pod) > 120_000)
  if (slices.length === 0 || endpoints.length > 0 || !isOld || !isRead(state, 'EndpointSlice')) return []
  const name = nameOf(refOf(service))
  const summary = `${name} has ${ready.length} ready pods and 0 endpoints: the endpoints are not being written.`
  return [
    {
      object: refOf(service),
      relation: relationOf(given, service),
      category: 'network',
      severity: 'high',
      weight: 0.6,
      summary,
      suggestion: `Compare \`kubectl get endpointslices -n ${service.metadata.namespace ?? 'default'}\` with the pods, then look at the controller manager`,
      objects: [service, ...slices],
      shown: [summary],
    },
  ]
}

const readyFor = (state: ClusterState, pod: KubeObject): number => {
  const since = conditionOf(pod, 'Ready')?.since ?? null
  return since === null ? 0 : state.at.getTime() - since.getTime()
}
