import { compare } from '../text/compare.ts'
import { findObject, ofKind, type Ref } from './objects.ts'
import { ownerOf, podsOf, templateOf } from './owners.ts'
import { isReady } from './pods.ts'
import { listAt, numberAt, recordAt, textAt, timeAt } from './read.ts'
import { sorted } from './sorted.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** A workload's newest revision beside the one before. */
export type Rollout = {
  readonly workload: KubeObject
  /** ReplicaSet or revision name of the newest. */
  readonly revision: string
  /** When the newest revision began. */
  readonly at: Date | null
  readonly newPods: readonly KubeObject[]
  readonly oldPods: readonly KubeObject[]
  /** "image of app: shop/checkout:1.4.0 -> 1.5.0", what differs between the two templates; empty where the old one is not known. */
  readonly changes: readonly string[]
  /** The template before, where it is known. */
  readonly before: unknown
}

/** The rollout of a Deployment, StatefulSet or DaemonSet; null for another kind and for one that never had a second revision. */
export const rolloutOf = (state: ClusterState, ref: Ref): Rollout | null => {
  const workload = findObject(state, ref)
  if (workload === undefined) return null
  if (workload.kind === 'Deployment') return ofDeployment(state, workload)
  return workload.kind === 'StatefulSet' || workload.kind === 'DaemonSet' ? ofRevisions(state, workload) : null
}

const REVISION = 'deployment.kubernetes.io/revision'

const ofDeployment = (state: ClusterState, workload: KubeObject): Rollout | null => {
  const sets = ofKind(state, 'ReplicaSet')
    .filter((set) => isOwnedBy(set, workload))
    .toSorted(
      (a, b) =>
        revisionOf(b) - revisionOf(a) ||
        replicasOf(b) - replicasOf(a) ||
        compare(createdOf(b), createdOf(a)) ||
        compare(a.metadata.name, b.metadata.name),
    )
  // The newest is the one that is made from the workload's own template; the one before has pods left, or is the last that had.
  const newest = sets.find((set) => differences(templateOf(set), templateOf(workload)).length === 0) ?? sets[0]
  const others = sets.filter((set) => set !== newest)
  const before = others.find((set) => replicasOf(set) > 0) ?? others[0]
  if (newest === undefined || before === undefined) return null
  const pods = podsOf(state, { kind: workload.kind, ...placeOf(workload) })
  const newPods = pods.filter((pod) => ownerOf(pod)?.name === newest.metadata.name)
  // A roll-back takes an old replica set again: its pods are younger than it.
  const times = [
    timeAt(newest, 'metadata', 'creationTimestamp'),
    ...(isReused(newest) ? newPods.map((pod) => timeAt(pod, 'metadata', 'creationTimestamp')) : []),
  ]
  return {
    workload,
    revision: newest.metadata.name,
    at: times.filter((time) => time !== null).toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null,
    newPods,
    oldPods: pods.filter((pod) => ownerOf(pod)?.name !== newest.metadata.name),
    changes: differences(templateOf(before), templateOf(newest)),
    before: templateOf(before),
  }
}

const revisionOf = (set: KubeObject): number => Number(set.metadata.annotations?.[REVISION] ?? 0)

const replicasOf = (set: KubeObject): number => numberAt(set, 'status', 'replicas') ?? 0

const createdOf = ({ metadata: { creationTimestamp } }: KubeObject): string => creationTimestamp ?? ''

const isReused = (set: KubeObject): boolean => set.metadata.annotations?.['deployment.kubernetes.io/revision-history'] !== undefined

const HASH = 'controller-revision-hash'

/** StatefulSets and DaemonSets change pod by pod; what pods of the old revision are left shows the old template. */
const ofRevisions = (state: ClusterState, workload: KubeObject): Rollout | null => {
  const pods = podsOf(state, { kind: workload.kind, ...placeOf(workload) })
  const revisions = ofKind(state, 'ControllerRevision')
    .filter((revision) => isOwnedBy(revision, workload))
    .toSorted((a, b) => Number(b['revision'] ?? 0) - Number(a['revision'] ?? 0))
  const update = textAt(workload, 'status', 'updateRevision') || revisions[0]?.metadata.name || newestHash(pods)
  const isNew = ({ metadata: { labels } }: KubeObject): boolean => update === labels?.[HASH] || update.endsWith(`-${labels?.[HASH]}`)
  const oldPods = pods.filter((pod) => !isNew(pod))
  const newPods = pods.filter(isNew)
  const before = revisions.find(({ metadata: { name } }) => name !== update)
  if (update === '' || (oldPods.length === 0 && before === undefined)) return null
  const old = before === undefined ? oldPods[0] : recordAt(before, 'data', 'spec', 'template')
  const at = timeAt(
    revisions.find(({ metadata: { name } }) => name === update),
    'metadata',
    'creationTimestamp',
  )
  const first = newPods.map((pod) => timeAt(pod, 'metadata', 'creationTimestamp')).filter((time) => time !== null)
  return {
    workload,
    revision: update,
    at: at ?? first.toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null,
    newPods,
    oldPods,
    // A pod holds defaults that its template does not: like is compared with like.
    changes: differences(old, before === undefined ? newPods[0] : templateOf(workload)),
    before: old,
  }
}

const newestHash = (pods: readonly KubeObject[]): string =>
  pods
    .filter(({ metadata: { labels } }) => labels?.[HASH] !== undefined)
    .toSorted((a, b) => compare(b.metadata.creationTimestamp ?? '', a.metadata.creationTimestamp ?? ''))[0]?.metadata.labels?.[HASH] ?? ''

const placeOf = ({ metadata: { namespace, name } }: KubeObject): { namespace?: string; name: string } =>
  namespace === undefined ? { name } : { namespace, name }

const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean => {
  const ref = ownerOf(object)
  return ref?.kind === owner.kind && ref.name === owner.metadata.name && object.metadata.namespace === owner.metadata.namespace
}

/** Whether old pods serve while the new ones do not. */
export const oldServe = ({ oldPods }: Rollout): boolean => oldPods.some(isReady)

/** What differs between two pod templates, in a few words each, in the order of what breaks most often. */
export const differences = (before: unknown, after: unknown): readonly string[] => {
  const old = new Map(allContainers(before).map((container) => [textAt(container, 'name'), container]))
  const inContainers = allContainers(after).flatMap((container) => {
    const name = textAt(container, 'name')
    const was = old.get(name)
    return was === undefined ? [`container ${name} is new`] : ofContainer(name, was, container)
  })
  const gone = [...old.keys()].filter((name) => allContainers(after).every((container) => textAt(container, 'name') !== name))
  const ofPod = ['volumes', 'serviceAccountName', 'nodeSelector', 'affinity', 'tolerations', 'securityContext', 'imagePullSecrets'].filter(
    (field) => !isSame(withoutTokens(field, before), withoutTokens(field, after)),
  )
  return before === undefined || after === undefined ? [] : [...inContainers, ...gone.map((name) => `container ${name} is gone`), ...ofPod]
}

const ofContainer = (name: string, was: unknown, is: unknown): readonly string[] => {
  const image = [textAt(was, 'image'), textAt(is, 'image')] as const
  const resources = (['limits', 'requests'] as const).flatMap((side) =>
    ['memory', 'cpu'].flatMap((kind) => {
      const [a, b] = [textAt(was, 'resources', side, kind), textAt(is, 'resources', side, kind)]
      return a === b ? [] : [`${kind} ${side.slice(0, -1)} of ${name}: ${a || 'none'} -> ${b || 'none'}`]
    }),
  )
  const fields = [
    'command',
    'args',
    'ports',
    'livenessProbe',
    'readinessProbe',
    'startupProbe',
    'envFrom',
    'volumeMounts',
    'securityContext',
    'lifecycle',
  ]
  return [
    ...(image[0] === image[1] ? [] : [`image of ${name}: ${image[0]} -> ${image[1]}`]),
    ...changedEnv(name, was, is),
    ...resources,
    ...fields.filter((field) => !isSame(withoutToken(field, was), withoutToken(field, is))).map((field) => `${field} of ${name}`),
  ]
}

const changedEnv = (name: string, was: unknown, is: unknown): readonly string[] => {
  const [a, b] = [was, is].map((one) => new Map(listAt(one, 'env').map((env) => [textAt(env, 'name'), env])))
  const keys = [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])].filter((key) => !isSame(a?.get(key), b?.get(key)))
  // Values may be secret: the names say enough.
  return keys.length === 0 ? [] : [`env ${keys.slice(0, 3).join(', ')}${keys.length > 3 ? ` and ${keys.length - 3} more` : ''} of ${name}`]
}

const allContainers = (template: unknown): readonly unknown[] => [
  ...listAt(template, 'spec', 'initContainers'),
  ...listAt(template, 'spec', 'containers'),
]

/** Tokens and tolerations that admission adds to every pod are no change. */
const withoutTokens = (field: string, template: unknown): unknown => {
  const value = recordAt(template, 'spec')[field]
  if (field === 'volumes') return listAt(value).filter((volume) => !textAt(volume, 'name').startsWith('kube-api-access-'))
  if (field === 'tolerations') return listAt(value).filter((toleration) => !textAt(toleration, 'key').startsWith('node.kubernetes.io/'))
  if (field === 'serviceAccountName') return value ?? 'default'
  return value ?? null
}

const withoutToken = (field: string, container: unknown): unknown =>
  field === 'volumeMounts'
    ? listAt(container, field).filter((mount) => !textAt(mount, 'name').startsWith('kube-api-access-'))
    : (recordAt(container)[field] ?? null)

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a) ?? null) === JSON.stringify(sorted(b) ?? null)
