import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { at } from '../../kubernetes/read.ts'
import { differences } from '../../kubernetes/rollout.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Action, action } from './action.ts'
import { patchStep, pointer, sameObject } from './mark.ts'
import { type Revision, revisionsOf } from './revisions.ts'
import {
  imagesOf,
  isAtOnce,
  kubectl,
  readWorkload,
  refuseIdle,
  replicasOf,
  rolloutNotes,
  rolloutProgress,
  targetOf,
  workloadParams,
  workloadRights,
} from './workload.ts'

const params = z.strictObject({
  ...workloadParams,
  revision: z.number().int().min(1).optional().describe('the revision to go back to; without it the one before the present'),
})

type Params = z.infer<typeof params>
type Live = { readonly workload: KubeObject; readonly now: Revision; readonly before: Revision; readonly cluster: string }

const own: Action<Params, Live> = {
  kind: 'rollback_workload',
  about: 'Brings a Deployment, StatefulSet or DaemonSet back to an earlier revision of its pod template',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  rights: workloadRights,
  target: targetOf,
  read: async (wanted, reading) => {
    const workload = await readWorkload(wanted, reading)
    const { all, now } = await revisionsOf(workload, reading)
    return { workload, cluster: reading.cluster, ...chosen(wanted, all, now) }
  },
  plan: ({ kind, namespace, name }, { workload, now, before, cluster }, id) => {
    refuseIdle(workload)
    const changes = differences(now.template, before.template)
    const replicas = replicasOf(workload)
    return {
      title: `Roll back ${namespace}/${name} to revision ${before.number} (${imagesOf(before.template)})`,
      change: [],
      risk: 'MEDIUM',
      why: [
        'reversible: the present revision stays',
        isAtOnce(workload)
          ? 'all pods stop before new ones start'
          : `${replicas} ${replicas === 1 ? 'pod is' : 'pods are'} replaced a few at a time`,
      ],
      notes: [
        before.created > now.created
          ? 'It is the newer of the two: what it brought before, it may bring again'
          : 'Not known: whether the newer version changed data or a schema that the older one cannot read',
        ...(changes.length > 0 ? [`Differs in: ${changes.slice(0, 5).join('; ')}`] : []),
        ...rolloutNotes(workload),
      ],
      preconditions: { ...sameObject(workload), revision: now.number, to: before.uid },
      steps: [patchStep(workload, id, [{ op: 'replace', path: pointer('spec', 'template'), value: before.template }])],
      undo: { entry: 'rollback_workload', params: { kind, namespace, name, revision: now.number } },
      command: `${kubectl(cluster, namespace)} rollout undo ${kind.toLowerCase()}/${name} --to-revision=${before.number}`,
    }
  },
  progress: rolloutProgress,
}

export const rollbackWorkload = action(own)

const chosen = (
  { namespace, name, revision }: Params,
  all: readonly Revision[],
  now: Revision | undefined,
): Pick<Live, 'now' | 'before'> => {
  const before = revision === undefined ? all.find((one) => one !== now) : all.find(({ number }) => number === revision)
  const known = all.map(({ number }) => number).join(', ')
  if (now === undefined || before === undefined)
    throw new InputError(
      `${namespace}/${name} has no revision ${revision ?? 'before the present one'} to go back to${known === '' ? '' : ` (it has ${known})`}`,
    )
  if (before === now) throw new InputError(`${namespace}/${name} is at revision ${now.number} already`)
  if (at(before.template, 'spec') === undefined) throw new InputError(`revision ${before.number} of ${namespace}/${name} cannot be read`)
  return { now, before }
}
