import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { at, numberAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Action, action, namespaceName, objectName } from './action.ts'
import { patchStep, sameObject } from './mark.ts'
import { imagesOf, kubectl, readWorkload, replicasOf, rolloutProgress, targetOf } from './workload.ts'

const params = z.strictObject({ namespace: namespaceName, name: objectName })

type Params = z.infer<typeof params>
type Live = { readonly workload: KubeObject; readonly cluster: string }

const own: Action<Params, Live> = {
  kind: 'resume_rollout',
  about: 'Lets the paused rollout of a Deployment go on',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  rights: [{ verb: 'patch', kind: 'Deployment', isTarget: true }],
  target: (wanted) => targetOf({ kind: 'Deployment', ...wanted }),
  read: async (wanted, reading) => ({
    workload: await readWorkload({ kind: 'Deployment', ...wanted }, reading),
    cluster: reading.cluster,
  }),
  plan: ({ namespace, name }, { workload, cluster }, id) => {
    if (at(workload, 'spec', 'paused') !== true) throw new InputError(`the rollout of ${namespace}/${name} is not paused`)
    const updated = numberAt(workload, 'status', 'updatedReplicas') ?? 0
    const replicas = replicasOf(workload)
    const waits = replicas - updated
    return {
      title: `Resume the rollout of ${namespace}/${name}`,
      change: [],
      risk: waits > 0 ? 'MEDIUM' : 'LOW',
      why: [
        waits > 0
          ? `${waits} of ${replicas} pods are replaced by ${imagesOf(at(workload, 'spec', 'template'))}`
          : 'no pod waits to be replaced',
        'reversible: it can be paused again',
      ],
      notes: waits > 0 ? ['Not known: why somebody paused it'] : [],
      preconditions: sameObject(workload),
      steps: [patchStep(workload, id, [{ op: 'replace', path: '/spec/paused', value: false }])],
      undo: { entry: 'pause_rollout', params: { namespace, name } },
      command: `${kubectl(cluster, namespace)} rollout resume deployment/${name}`,
    }
  },
  progress: ({ namespace, name }, reading) => rolloutProgress({ kind: 'Deployment', namespace, name }, reading),
}

export const resumeRollout = action(own)
