import { at, numberAt, recordAt, textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import type { Json } from '../offer.ts'
import type { Reading } from './action.ts'
import { readAll } from './workload.ts'

/** A pod template that a workload has or had, as its controller keeps it. */
export type Revision = {
  /** It gets a new one each time that it is rolled out. */
  readonly number: number
  readonly uid: string
  readonly name: string
  /** When it was first rolled out, RFC 3339. */
  readonly created: string
  readonly template: Json
}

/** All revisions of a workload that are kept, newest first, and the one that it is at now. */
export const revisionsOf = async (
  workload: KubeObject,
  reading: Reading,
): Promise<{ readonly all: readonly Revision[]; readonly now: Revision | undefined }> => {
  const isOfDeployment = workload.kind === 'Deployment'
  const kept = await readAll(isOfDeployment ? 'ReplicaSet' : 'ControllerRevision', workload.metadata.namespace, reading)
  const all = kept
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid) === true)
    .map(isOfDeployment ? ofReplicaSet : ofControllerRevision)
    .toSorted((a, b) => b.number - a.number)
  return { all, now: all.find(isNow(workload)) ?? all[0] }
}

const REVISION = 'deployment.kubernetes.io/revision'

/** A StatefulSet names the revision that it goes to; a DaemonSet's is its newest. */
const isNow = (workload: KubeObject) => {
  const number = Number(workload.metadata.annotations?.[REVISION] ?? 0)
  const name = textAt(workload, 'status', 'updateRevision')
  return (revision: Revision): boolean => (workload.kind === 'Deployment' ? revision.number === number : revision.name === name)
}

/** As the Deployment had it: the controller adds the hash to what it makes of it. */
const ofReplicaSet = (set: KubeObject): Revision => {
  const { metadata, ...rest } = recordAt(set, 'spec', 'template')
  const { 'pod-template-hash': _, ...labels } = recordAt(metadata, 'labels')
  return {
    number: Number(set.metadata.annotations?.[REVISION] ?? 0),
    uid: set.metadata.uid ?? '',
    name: set.metadata.name,
    created: set.metadata.creationTimestamp ?? '',
    template: { ...rest, metadata: { ...recordAt(metadata), labels } } as Json,
  }
}

/** Its data is a patch that replaces the template: `$patch` is that instruction, no part of it. */
const ofControllerRevision = (revision: KubeObject): Revision => {
  const { $patch: _, ...template } = recordAt(at(revision, 'data'), 'spec', 'template')
  return {
    number: numberAt(revision, 'revision') ?? 0,
    uid: revision.metadata.uid ?? '',
    name: revision.metadata.name,
    created: revision.metadata.creationTimestamp ?? '',
    template: template as Json,
  }
}
