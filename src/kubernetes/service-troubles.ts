import type { Around } from './around.ts'
import { conditionOf } from './condition.ts'
import { isRead, nameOf, ofKind, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { listAt, textsAt } from './read.ts'
import { portTroubles } from './service-ports.ts'
import { changedAt, desiredPods, hasSelector, labelWords, makersFitting, meantBy, podsFitting, scaledToNothingAt } from './services.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Relation } from './subject.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

/** How long before the onset a workload may have been scaled away and still be the alert's cause. */
const RECENT_MS = 2 * 3600_000

type Given = { readonly around: Around; readonly subject: string | null; readonly onset: Date }

/** What keeps services from leading to a ready pod. */
export const serviceTroubles = (given: Given): readonly Trouble[] =>
  ofKind(given.around.state, 'Service')
    .filter(hasSelector)
    .flatMap((service) => examine(given, service))

const examine = (given: Given, service: KubeObject): readonly Trouble[] => {
  const { state } = given.around
  const fitting = podsFitting(state, service)
  const pods = fitting.filter(isLive)
  if (pods.length > 0) {
    const ports = portTroubles(state, { service, pods, relation: relationOf(given, service) })
    if (ports.length > 0) return ports
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
  const since = changedAt(service, 'spec', 'selector')
  const base = {
    object: refOf(service),
    category: 'config_change' as const,
    severity: 'critical' as const,
    since,
  }
  const shown = [`${name}${sinceWords(state, since)}: spec.selector ${labelWords(selector)}; fits no pod`]
  if (meant === undefined)
    return [
      {
        ...base,
        relation: relationOf(given, service),
        weight: 0.65,
        summary: `${name} leads nowhere${sinceWords(state, since)}: no pod has ${labelWords(selector)}, and no workload makes such pods.`,
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
      summary: `${name} leads nowhere${sinceWords(state, since)}: its selector ${labelWords(selector)} fits no pod. ${whole} ${wrong.join(' and ')}.`,
      suggestion: `Give the selector of ${name} the label of the pods (${right}): \`kubectl edit service ${service.metadata.name} -n ${service.metadata.namespace ?? 'default'}\``,
      explains: [refOf(workload)],
      objects: [service, workload],
      shown: [...shown, `${whole}: its pods: ${wrong.join(' and ')}`],
    },
  ]
}

const scaledAway = (given: Given, service: KubeObject, makers: readonly KubeObject[]): readonly Trouble[] => {
  const { state } = given.around
  return makers.flatMap((maker) => {
    const since = scaledToNothingAt(state, maker)
    // Scaled to nothing long ago, or nobody knows when: on purpose.
    if (since === null || since.getTime() < given.onset.getTime() - RECENT_MS) return []
    const name = nameOf(refOf(maker))
    return [
      {
        object: refOf(maker),
        relation: relationOf(given, service, [maker]),
        category: 'config_change',
        severity: 'critical',
        weight: 0.88,
        since,
        summary: `${name} was scaled to 0 replicas${sinceWords(state, since)}: ${nameOf(refOf(service))} has no pod behind it.`,
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
