import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { recordAt } from '../../kubernetes/read.ts'
import { differences } from '../../kubernetes/rollout.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import type { Json } from '../offer.ts'
import { type Action, action, namespaceName, objectName, type Reading } from './action.ts'
import { guardedPatch, pointer, sameObject } from './mark.ts'
import { imagesOf, kubectl, readerOf, readWorkload, replicasOf, rolloutProgress, targetOf } from './workload.ts'

const params = z.strictObject({
  namespace: namespaceName,
  name: objectName,
  revision: z.number().int().min(1).optional().describe('the revision to go back to; without it the one before the present'),
})

type Params = z.infer<typeof params>
type Live = { readonly workload: KubeObject; readonly now: KubeObject; readonly before: KubeObject; readonly cluster: string }

const own: Action<Params, Live> = {
  kind: 'rollback_workload',
  about: 'Brings a Deployment back to an earlier revision of its pod template',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  target: (wanted) => targetOf({ kind: 'Deployment', ...wanted }),
  read: async (wanted, reading) => {
    const workload = await readWorkload({ kind: 'Deployment', ...wanted }, reading)
    return { workload, cluster: reading.cluster, ...(await revisionsOf(workload, wanted, reading)) }
  },
  plan: ({ namespace, name }, { workload, now, before, cluster }, id) => {
    const changes = differences(templateOf(now), templateOf(before))
    const replicas = replicasOf(workload)
    return {
      title: `Roll back ${namespace}/${name} to revision ${revisionOf(before)} (${imagesOf(templateOf(before))})`,
      change: [],
      risk: 'MEDIUM',
      why: ['reversible: the present revision stays', `${replicas} ${replicas === 1 ? 'pod is' : 'pods are'} replaced a few at a time`],
      notes: [
        'Not known: whether the newer version changed data or a schema that the older one cannot read',
        ...(changes.length > 0 ? [`Differs in: ${changes.slice(0, 5).join('; ')}`] : []),
      ],
      preconditions: { ...sameObject(workload), revision: revisionOf(now), to: before.metadata.uid ?? '' },
      steps: [
        {
          runner: 'kubernetes',
          request: {
            method: 'PATCH',
            kind: 'Deployment',
            namespace,
            name,
            patch: guardedPatch(workload, id, [{ op: 'replace', path: pointer('spec', 'template'), value: templateOf(before) }]),
            done: { marked: true },
          },
        },
      ],
      undo: { entry: 'rollback_workload', params: { namespace, name, revision: revisionOf(now) } },
      command: `${kubectl(cluster, namespace)} rollout undo deployment/${name} --to-revision=${revisionOf(before)}`,
    }
  },
  progress: ({ namespace, name }, reading) => rolloutProgress({ kind: 'Deployment', namespace, name }, reading),
}

export const rollbackWorkload = action(own)

const revisionsOf = async (
  workload: KubeObject,
  { namespace, name, revision }: Params,
  reading: Reading,
): Promise<Pick<Live, 'now' | 'before'>> => {
  const { objects } = await readerOf(reading).list('ReplicaSet', { namespace, signal: reading.signal })
  const sets = objects
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid) === true)
    .toSorted((a, b) => revisionOf(b) - revisionOf(a))
  const current = Number(workload.metadata.annotations?.[REVISION] ?? 0)
  const now = sets.find((set) => revisionOf(set) === current) ?? sets[0]
  const before = revision === undefined ? sets.find((set) => set !== now) : sets.find((set) => revisionOf(set) === revision)
  const known = sets.map(revisionOf).join(', ')
  if (now === undefined || before === undefined)
    throw new InputError(
      `${namespace}/${name} has no revision ${revision ?? 'before the present one'} to go back to${known === '' ? '' : ` (it has ${known})`}`,
    )
  if (before === now) throw new InputError(`${namespace}/${name} is at revision ${revisionOf(now)} already`)
  return { now, before }
}

const REVISION = 'deployment.kubernetes.io/revision'

const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[REVISION] ?? 0)

/** As the Deployment had it: the controller adds the hash to what it makes of it. */
const templateOf = (set: KubeObject): Json => {
  const { metadata, ...rest } = recordAt(set, 'spec', 'template')
  const { 'pod-template-hash': _, ...labels } = recordAt(metadata, 'labels')
  return { ...rest, metadata: { ...recordAt(metadata), labels } } as Json
}
