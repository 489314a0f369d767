import { z } from 'zod'
import { InputError, TransientError } from '../../errors.ts'
import { type KindName, kindOf } from '../../kubernetes/kinds.ts'
import { at, listAt, numberAt, textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { compare } from '../../text/compare.ts'
import { shellWord } from '../../text/shell.ts'
import type { Target } from '../offer.ts'
import { namespaceName, objectName, type Progress, type Reading, type Right } from './action.ts'

/** What has a pod template and rolls out its changes. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const

export const workloadParams = {
  kind: z.enum(workloadKinds).default('Deployment'),
  namespace: namespaceName,
  name: objectName,
}

/** A patch of the workload itself. */
export const workloadRights: readonly Right[] = workloadKinds.map((kind) => ({ verb: 'patch', kind, isTarget: true }))

type WorkloadRef = { readonly kind: (typeof workloadKinds)[number]; readonly namespace: string; readonly name: string }

export const targetOf = ({ kind, namespace, name }: WorkloadRef): Target => ({ kind, namespace, name })

/** The cluster's read account. Throws TransientError where there is none: then nothing can be checked, so nothing is offered. */
export const readerOf = ({ sources, cluster }: Reading) => {
  if (sources.kubernetes === undefined) throw new TransientError(`the Kubernetes API of ${cluster} is not configured for reading`)
  return sources.kubernetes
}

/** The live workload. Throws InputError where there is none. */
export const readWorkload = async ({ kind, namespace, name }: WorkloadRef, reading: Reading): Promise<KubeObject> => {
  const found = await readerOf(reading).get(kind, { namespace, name, signal: reading.signal })
  if (found === null) throw new InputError(`there is no ${kind} ${namespace}/${name} in ${reading.cluster}`)
  if (found.metadata.deletionTimestamp !== undefined) throw new InputError(`${kind} ${namespace}/${name} is being deleted`)
  return found
}

/** All objects of a kind in a namespace (or of the cluster). Throws TransientError where there are too many to see them all. */
export const readAll = async (kind: KindName, namespace: string | undefined, reading: Reading): Promise<readonly KubeObject[]> => {
  try {
    const { objects, complete } = await readerOf(reading).list(kind, { namespace, most: MOST, signal: reading.signal })
    if (!complete) throw new TransientError(`there are more than ${MOST} ${kind} objects, so not all of them can be looked at`)
    return objects.toSorted(
      (a, b) => compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name),
    )
  } catch (error) {
    // What defines this kind is not installed here: there are none.
    if (kindOf(kind).isExtension === true && error instanceof Error && /^Kubernetes 40[34] /.test(error.message)) return []
    throw error
  }
}

const MOST = 1000

/** Pods that it is meant to have. */
export const replicasOf = (workload: KubeObject): number =>
  workload.kind === 'DaemonSet'
    ? (numberAt(workload, 'status', 'desiredNumberScheduled') ?? 0)
    : (numberAt(workload, 'spec', 'replicas') ?? 1)

/** Pods that serve now. */
const readyOf = (workload: KubeObject): number =>
  numberAt(workload, 'status', workload.kind === 'DaemonSet' ? 'numberReady' : 'readyReplicas') ?? 0

/** The images of its containers, without registry and path: "checkout:v2.14.0". */
export const imagesOf = (template: unknown): string =>
  listAt(template, 'spec', 'containers')
    .map((container) => textAt(container, 'image').split('/').at(-1) ?? '')
    .join(', ')

/** "5 of 12 pods ready" of the newest template; done when all of them are and no older one is left. */
export const rolloutProgress = async (ref: WorkloadRef, reading: Reading): Promise<Progress> => {
  const workload = await readWorkload(ref, reading)
  const wanted = replicasOf(workload)
  const status = workload.status ?? {}
  const updated = numberAt(status, ref.kind === 'DaemonSet' ? 'updatedNumberScheduled' : 'updatedReplicas') ?? 0
  const total = numberAt(status, ref.kind === 'DaemonSet' ? 'currentNumberScheduled' : 'replicas') ?? 0
  const seen = numberAt(status, 'observedGeneration') ?? 0
  const generation = workload.metadata['generation']
  const isSeen = typeof generation !== 'number' || seen >= generation
  const ready = readyOf(workload)
  const done = isSeen && updated >= wanted && ready >= wanted && total <= wanted
  return { done, text: `${Math.min(ready, isSeen ? updated : 0)} of ${wanted} pods ready` }
}

/** Whether all pods stop before a new one starts. */
export const isAtOnce = (workload: KubeObject): boolean => textAt(workload, 'spec', 'strategy', 'type') === 'Recreate'

/** A new template that no pod would get is not written: nobody should wait for it. Throws InputError that says why none would. */
export const refuseIdle = (workload: KubeObject): void => {
  const { namespace, name } = workload.metadata
  if (at(workload, 'spec', 'paused') === true)
    throw new InputError(`the rollout of ${namespace}/${name} is paused: nothing would happen until it is resumed`)
  if (textAt(workload, 'spec', 'updateStrategy', 'type') === 'OnDelete')
    throw new InputError(`${namespace}/${name} takes a new template only for pods that somebody deletes (updateStrategy OnDelete)`)
}

/** What may keep a new template from the pods. */
export const rolloutNotes = (workload: KubeObject): string[] =>
  workload.kind === 'StatefulSet' && textAt(workload, 'spec', 'podManagementPolicy') !== 'Parallel'
    ? ['A StatefulSet waits for a pod that never gets ready, also on the way back: such a pod must be deleted']
    : []

/** "kubectl --context prod-eu -n shop": what a person types in front. */
export const kubectl = (cluster: string, namespace?: string): string =>
  `kubectl${cluster === 'default' ? '' : ` --context ${shellWord(cluster)}`}${namespace === undefined ? '' : ` -n ${namespace}`}`
