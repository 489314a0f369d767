import { calledFrom } from './calls.ts'
import { EXPORTER, ownerOfPod } from './names.ts'
import { findObject, keyOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf, templateOf, workloadOf } from './owners.ts'
import { listAt, textAt, textsAt } from './read.ts'
import { selects } from './selector.ts'
import type { ClusterState, KubeObject } from './state.ts'

/**
 * What an object is to the alert.
 * - `subject`: what the alert is about: the workloads, their pods, the services in front of them; the node or the claim itself
 * - `used`: what the subject's pods run on or mount: nodes, claims, config maps, secrets, service accounts
 * - `hosted`: the workloads with a pod on the node that the alert is about
 * - `called`: what the subject calls, by the call graph or by the addresses in its environment, three calls deep
 * - `near`: anything else in the subject's namespace
 * - `unresolved`: the alert names nothing that is there; the object is in the alert's namespace, or the alert names none
 * - `elsewhere`: anything else
 */
export type Relation = 'subject' | 'used' | 'hosted' | 'called' | 'near' | 'unresolved' | 'elsewhere'

export type Concerned = {
  readonly isResolved: boolean
  /** Workloads, bare pods, nodes and claims that the alert is about; in a fixed order. */
  readonly objects: readonly Ref[]
  relationOf(ref: Ref): Relation
}

export type About = {
  readonly subject: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Who calls whom where it is known. */
  readonly edges?: readonly { readonly from: string; readonly to: string }[]
}

/** Which objects an alert is about, from its labels and the name of its subject, and what every other object is to them. */
export const concernedBy = (state: ClusterState, given: About): Concerned => {
  const about = { ...given, labels: withoutExporter(given.labels) }
  const namespace = label(about.labels, 'namespace') ?? null
  const objects = resolve(state, about, namespace)
  const subjects = new Set(objects.map(keyOf))
  const workloads = objects.filter(({ kind }) => kind !== 'Node' && kind !== 'PersistentVolumeClaim')
  const used = new Set(workloads.flatMap((workload) => usedBy(state, workload)).map(keyOf))
  const called = new Set(calledFrom(state, { workloads, names: names(about), edges: about.edges ?? [] }).map(keyOf))
  const namespaces = new Set(objects.flatMap((object) => object.namespace ?? []))
  const nodes = new Set(objects.flatMap(({ kind, name }) => (kind === 'Node' ? [name] : [])))
  const hosted = new Set(hostedBy(state, nodes).map(keyOf))
  const fronts = new Set(workloads.flatMap((workload) => servicesOf(state, workload)).map(keyOf))

  const relationOf = (ref: Ref): Relation => {
    if (isNamedBy(about.labels, ref)) return 'subject'
    if (objects.length === 0)
      return namespace === null || ref.namespace === undefined || ref.namespace === namespace ? 'unresolved' : 'elsewhere'
    const object = findObject(state, ref)
    const key = keyOf(ref)
    const top = object === undefined ? key : keyOf(workloadOf(state, object))
    if (subjects.has(key) || subjects.has(top) || fronts.has(key)) return 'subject'
    if (used.has(key)) return 'used'
    if (called.has(key) || called.has(top)) return 'called'
    if (hosted.has(key) || hosted.has(top)) return 'hosted'
    return ref.namespace !== undefined && namespaces.has(ref.namespace) ? 'near' : 'elsewhere'
  }
  return { isResolved: objects.length > 0, objects, relationOf }
}

/** Of what an exporter says of others its own pod, container and service are left away. */
const withoutExporter = (labels: About['labels']): About['labels'] => {
  if (!['job', 'service', 'container'].some((name) => EXPORTER.test(labels[name] ?? ''))) return labels
  const isOwn = (name: string, value: string): boolean =>
    EXPORTER.test(name === 'pod' ? ownerOfPod(value) : value) && ['job', 'service', 'container', 'pod', 'app', 'name'].includes(name)
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => !isOwn(name, value)))
}

/** Kinds that an alert may name in a label of their own, beside the workloads. */
const BY_LABEL: Readonly<Record<string, readonly string[]>> = {
  HorizontalPodAutoscaler: ['horizontalpodautoscaler', 'hpa'],
  PodDisruptionBudget: ['poddisruptionbudget', 'pdb'],
  Lease: ['lease'],
  ResourceQuota: ['resourcequota'],
  Ingress: ['ingress'],
  NetworkPolicy: ['networkpolicy'],
  Certificate: ['certificate'],
  PersistentVolume: ['persistentvolume'],
}

const isNamedBy = (labels: About['labels'], { kind, namespace, name }: Ref): boolean => {
  const within = label(labels, 'namespace')
  const isHere = within === undefined || namespace === undefined || within === namespace
  return isHere && (BY_LABEL[kind] ?? []).some((one) => label(labels, one) === name)
}

/** A label of the alert. `exported_…` is the object's own where the scraper's stands under the plain name. */
export const label = (labels: About['labels'], name: string): string | undefined =>
  labels[`exported_${name}`] || labels[name] || labels[`kubernetes_${name}`] || labels[`k8s_${name}_name`] || undefined

/** The services whose selector fits the workload's pods. */
export const servicesOf = (state: ClusterState, workload: Ref): readonly Ref[] => {
  const made = podLabels(state, workload)
  return ofKind(state, 'Service')
    .filter(
      (service) =>
        service.metadata.namespace === workload.namespace && made.some((labels) => selects(textsAt(service, 'spec', 'selector'), labels)),
    )
    .map(refOf)
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'CronJob', 'Job', 'ReplicaSet', 'Pod'] as const

/** Labels that say the kind as well, the most telling first. */
const KINDS: readonly (readonly [string, string])[] = [
  ['pod', 'Pod'],
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['replicaset', 'ReplicaSet'],
  ['job_name', 'Job'],
  ['cronjob', 'CronJob'],
  ['persistentvolumeclaim', 'PersistentVolumeClaim'],
]

const resolve = (state: ClusterState, about: About, namespace: string | null): readonly Ref[] => {
  const named = KINDS.flatMap(([name, kind]) => {
    const value = label(about.labels, name)
    return value === undefined ? [] : [byKind(state, kind, { name: value, namespace })]
  }).find((found) => found.length > 0)
  const found =
    named ??
    names(about)
      .map((name) => byName(state, name, namespace))
      .find((one) => one.length > 0) ??
    byNode(state, about)
  return [...new Map(found.map((ref) => [keyOf(ref), ref])).values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

type Wanted = { readonly name: string; readonly namespace: string | null }

const byKind = (state: ClusterState, kind: string, { name, namespace }: Wanted): readonly Ref[] => {
  const exact = ofKind(state, kind).filter((object) => object.metadata.name === name && isIn(object, namespace))
  if (exact.length > 0) return exact.map((object) => workloadOf(state, object))
  return kind === 'Pod' ? byFormerPod(state, { name, namespace }) : []
}

/** A pod that is gone still bears the name of its workload: with a hash and five characters, five characters, or a number behind it. */
const byFormerPod = (state: ClusterState, { name, namespace }: Wanted): readonly Ref[] => {
  const owners = WORKLOADS.slice(0, -1)
    .flatMap((kind) => ofKind(state, kind))
    .filter(
      (object) =>
        isIn(object, namespace) &&
        name.startsWith(`${object.metadata.name}-`) &&
        /^(?:(?:[a-z0-9]{1,10}-)?[a-z0-9]{5}|\d+)$/.test(name.slice(object.metadata.name.length + 1)),
    )
    .toSorted((a, b) => b.metadata.name.length - a.metadata.name.length)
  const [longest] = owners
  return longest === undefined ? [] : [workloadOf(state, longest)]
}

/** The names by which the alert may call its service, the surest first. */
const names = ({ subject, labels }: About): readonly string[] =>
  [
    ...new Set(
      [
        subject?.split('/').at(-1),
        ...['service', 'service_name', 'app', 'app_kubernetes_io_name', 'k8s_app', 'workload', 'component', 'container'].map((name) =>
          label(labels, name),
        ),
      ].filter((name) => name !== undefined && name !== ''),
    ),
  ] as readonly string[]

const byName = (state: ClusterState, name: string, namespace: string | null): readonly Ref[] => {
  const isNamed = (object: KubeObject): boolean => object.metadata.name.toLowerCase() === name.toLowerCase() && isIn(object, namespace)
  const direct = WORKLOADS.flatMap((kind) => ofKind(state, kind).filter(isNamed)).map((object) => workloadOf(state, object))
  const behind = ofKind(state, 'Service')
    .filter(isNamed)
    .flatMap((service) => backends(state, service))
  if (direct.length + behind.length > 0) return [...direct, ...behind]
  return (
    [
      ['app.kubernetes.io/name', 'app', 'k8s-app'],
      ['app.kubernetes.io/component', 'app.kubernetes.io/instance', 'component', 'service', 'name'],
    ]
      .map((keys) =>
        tops(state).filter(
          (top) => isIn(top, namespace) && podLabels(state, refOf(top)).some((labels) => keys.some((key) => labels[key] === name)),
        ),
      )
      .flatMap((found) => (found.length > 0 ? [found.map(refOf)] : []))
      .at(0) ?? []
  )
}

const byNode = (state: ClusterState, { subject, labels }: About): readonly Ref[] => {
  const wanted = [label(labels, 'node'), label(labels, 'nodename'), labels['instance']?.replace(/:\d+$/, ''), subject]
  return ofKind(state, 'Node')
    .filter((node) => {
      const known = [node.metadata.name, ...listAt(node, 'status', 'addresses').map((address) => textAt(address, 'address'))]
      return wanted.some((name) => name !== null && name !== undefined && known.includes(name))
    })
    .map(refOf)
}

const isIn = (object: KubeObject, namespace: string | null): boolean =>
  namespace === null || object.metadata.namespace === undefined || object.metadata.namespace === namespace

/** The workloads behind a service, also those that have no pod now. */
const backends = (state: ClusterState, service: KubeObject): readonly Ref[] => {
  const selector = textsAt(service, 'spec', 'selector')
  return tops(state)
    .filter(
      (top) =>
        top.metadata.namespace === service.metadata.namespace && podLabels(state, refOf(top)).some((labels) => selects(selector, labels)),
    )
    .map(refOf)
}

const tops = (state: ClusterState): readonly KubeObject[] =>
  WORKLOADS.flatMap((kind) => ofKind(state, kind)).filter((object) => keyOf(workloadOf(state, object)) === keyOf(refOf(object)))

/** The labels that a workload gives its pods, and those that they have. */
const podLabels = (state: ClusterState, workload: Ref): readonly Readonly<Record<string, string>>[] => {
  const object = findObject(state, workload)
  const template = object === undefined ? undefined : templateOf(object)
  return [
    ...(template === undefined ? [] : [textsAt(template, 'metadata', 'labels')]),
    ...podsOf(state, workload).map(({ metadata }) => metadata.labels ?? {}),
  ]
}

const hostedBy = (state: ClusterState, nodes: ReadonlySet<string>): readonly Ref[] =>
  nodes.size === 0
    ? []
    : ofKind(state, 'Pod')
        .filter((pod) => nodes.has(textAt(pod, 'spec', 'nodeName')))
        .map((pod) => workloadOf(state, pod))

const usedBy = (state: ClusterState, workload: Ref): readonly Ref[] => {
  const pods = podsOf(state, workload)
  const object = findObject(state, workload)
  const template = object === undefined ? undefined : templateOf(object)
  const nodes = pods.flatMap((pod) => textAt(pod, 'spec', 'nodeName') || []).map((name) => ({ kind: 'Node', name }))
  return [...nodes, ...[...pods, ...(template === undefined ? [] : [template])].flatMap((made) => mountedBy(made, workload.namespace))]
}

/** What a pod, or a template, refers to by name. */
const mountedBy = (made: unknown, namespace: string | undefined): readonly Ref[] => {
  const here = (kind: string, name: string): readonly Ref[] =>
    name === '' ? [] : [namespace === undefined ? { kind, name } : { kind, namespace, name }]
  const containers = [...listAt(made, 'spec', 'containers'), ...listAt(made, 'spec', 'initContainers')]
  return [
    ...here('ServiceAccount', textAt(made, 'spec', 'serviceAccountName')),
    ...listAt(made, 'spec', 'volumes').flatMap((volume) => [
      ...here('PersistentVolumeClaim', textAt(volume, 'persistentVolumeClaim', 'claimName')),
      ...here('ConfigMap', textAt(volume, 'configMap', 'name')),
      ...here('Secret', textAt(volume, 'secret', 'secretName')),
    ]),
    ...containers.flatMap((container) => [
      ...listAt(container, 'envFrom').flatMap((from) => [
        ...here('ConfigMap', textAt(from, 'configMapRef', 'name')),
        ...here('Secret', textAt(from, 'secretRef', 'name')),
      ]),
      ...listAt(container, 'env').flatMap((env) => [
        ...here('ConfigMap', textAt(env, 'valueFrom', 'configMapKeyRef', 'name')),
        ...here('Secret', textAt(env, 'valueFrom', 'secretKeyRef', 'name')),
      ]),
    ]),
  ]
}
