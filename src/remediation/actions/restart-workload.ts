import { z } from 'zod'
import { textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Action, action } from './action.ts'
import { patchStep, pointer, sameObject } from './mark.ts'
import { kubectl, readWorkload, refuseIdle, replicasOf, rolloutProgress, targetOf, workloadParams, workloadRights } from './workload.ts'

const params = z.strictObject(workloadParams)

type Params = z.infer<typeof params>
type Live = { readonly workload: KubeObject; readonly cluster: string }

const own: Action<Params, Live> = {
  kind: 'restart_workload',
  about: 'Starts all pods of a Deployment, StatefulSet or DaemonSet anew, a few at a time',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  rights: workloadRights,
  target: targetOf,
  read: async (wanted, reading) => ({ workload: await readWorkload(wanted, reading), cluster: reading.cluster }),
  plan: ({ kind, namespace, name }, { workload, cluster }, id) => {
    refuseIdle(workload)
    const replicas = replicasOf(workload)
    const strategy = textAt(workload, 'spec', 'strategy', 'type') || textAt(workload, 'spec', 'updateStrategy', 'type')
    const atOnce = strategy === 'Recreate'
    return {
      title: `Restart ${namespace}/${name}`,
      change: [`~ ${replicas} ${replicas === 1 ? 'pod starts' : 'pods start'} anew${atOnce ? ', all at once' : ', a few at a time'}`],
      // With one pod, or all at once, nothing serves in between.
      risk: kind === 'StatefulSet' || replicas < 2 || atOnce ? 'MEDIUM' : 'LOW',
      why: [
        replicas < 2
          ? 'only one pod: nothing serves while it starts'
          : atOnce
            ? 'all pods stop before new ones start'
            : 'rolling, the others serve meanwhile',
        'cannot be undone, and need not be: the template stays the same',
      ],
      notes: ['A restart empties memory and caches: if something leaks it comes back, and its traces are gone'],
      preconditions: sameObject(workload),
      steps: [patchStep(workload, id, restartOf(workload, id))],
      undo: null,
      command: `${kubectl(cluster, namespace)} rollout restart ${kind.toLowerCase()}/${name}`,
    }
  },
  progress: rolloutProgress,
}

export const restartWorkload = action(own)

/** Any change of the template starts a rollout; kubectl writes the time, we the action. */
const restartOf = (workload: KubeObject, id: string) => {
  const path = ['spec', 'template', 'metadata', 'annotations'] as const
  const template = workload.spec?.['template'] as { metadata?: { annotations?: object } } | undefined
  if (template?.metadata === undefined)
    return [{ op: 'add', path: pointer('spec', 'template', 'metadata'), value: { annotations: { [RESTARTED]: id } } } as const]
  return template.metadata.annotations === undefined
    ? [{ op: 'add', path: pointer(...path), value: { [RESTARTED]: id } } as const]
    : [{ op: 'add', path: pointer(...path, RESTARTED), value: id } as const]
}

const RESTARTED = 'vigil.dev/restarted-by'
