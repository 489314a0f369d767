import { findObject, keyOf, ofKind, type Ref, refOf } from './objects.ts'
import { at, recordAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'

/**
 * The workload that an object belongs to: the top of its controllers, a Deployment for a ReplicaSet's pod, a CronJob for its job's pod, the pod
 * itself for one that nobody owns or that a node mirrors from a file. An owner that was not read is still named; a ReplicaSet of whose
 * Deployment only the hash in the pod's label tells is resolved by that.
 */
export const workloadOf = (state: ClusterState, object: KubeObject): Ref => {
  let here = object
  // Deployment, ReplicaSet, pod are three; operators put one or two above that.
  for (let hop = 0; hop < 6; hop += 1) {
    const owner = ownerOf(here)
    if (owner === undefined) return refOf(here)
    const found = findObject(state, owner)
    if (found === undefined) return unhashed(owner, object)
    here = found
  }
  return refOf(here)
}

/** The direct controller, or undefined. */
export const ownerOf = ({ metadata: { namespace, ownerReferences = [] } }: KubeObject): Ref | undefined => {
  const owner = ownerReferences.find((one) => at(one, 'controller') === true) ?? ownerReferences[0]
  if (owner === undefined || owner.kind === 'Node') return undefined
  return namespace === undefined ? { kind: owner.kind, name: owner.name } : { kind: owner.kind, namespace, name: owner.name }
}

/** The pods of a workload, or the pod itself. */
export const podsOf = (state: ClusterState, workload: Ref): readonly KubeObject[] => podsByWorkload(state).get(keyOf(workload)) ?? []

/** What pods are made from: a workload's pod template, or a bare pod itself. Undefined for what has none. */
export const templateOf = (object: KubeObject): Readonly<Record<string, unknown>> | undefined => {
  if (object.kind === 'Pod') return { metadata: object.metadata, spec: object.spec ?? {} }
  const template =
    object.kind === 'CronJob' ? recordAt(object, 'spec', 'jobTemplate', 'spec', 'template') : recordAt(object, 'spec', 'template')
  return at(template, 'spec') === undefined ? undefined : template
}

const grouped = new WeakMap<readonly KubeObject[], ReadonlyMap<string, readonly KubeObject[]>>()

const podsByWorkload = (state: ClusterState): ReadonlyMap<string, readonly KubeObject[]> => {
  const known = grouped.get(state.objects)
  if (known !== undefined) return known
  const groups = Map.groupBy(ofKind(state, 'Pod'), (pod) => keyOf(workloadOf(state, pod)))
  grouped.set(state.objects, groups)
  return groups
}

const unhashed = (owner: Ref, pod: KubeObject): Ref => {
  const hash = pod.metadata.labels?.['pod-template-hash']
  if (owner.kind !== 'ReplicaSet' || hash === undefined || !owner.name.endsWith(`-${hash}`)) return owner
  return { ...owner, kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) }
}
