import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { at, numberAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Action, action, namespaceName, objectName } from './action.ts'
import { patchStep, sameObject } from './mark.ts'
import { kubectl, readWorkload, replicasOf, targetOf } from './workload.ts'

const params = z.strictObject({ namespace: namespaceName, name: objectName })

type Params = z.infer<typeof params>
type Live = { readonly workload: KubeObject; readonly cluster: string }

const own: Action<Params, Live> = {
  kind: 'pause_rollout',
  about: 'Stops the rollout of a Deployment where it is: no more pods are replaced until it is resumed',
  params,
  idempotent: false,
  timeoutSeconds: 60,
  rights: [{ verb: 'patch', kind: 'Deployment', isTarget: true }],
  target: (wanted) => targetOf({ kind: 'Deployment', ...wanted }),
  read: async (wanted, reading) => ({
    workload: await readWorkload({ kind: 'Deployment', ...wanted }, reading),
    cluster: reading.cluster,
  }),
  plan: ({ namespace, name }, { workload, cluster }, id) => {
    if (at(workload, 'spec', 'paused') === true) throw new InputError(`the rollout of ${namespace}/${name} is paused already`)
    const back = { entry: 'resume_rollout', params: { namespace, name } }
    const updated = numberAt(workload, 'status', 'updatedReplicas') ?? 0
    const replicas = replicasOf(workload)
    return {
      title: `Pause the rollout of ${namespace}/${name}`,
      change: [],
      risk: 'LOW',
      why: ['no pod is touched', 'reversible: it goes on where it stopped'],
      notes: [
        updated < replicas
          ? `${updated} of ${replicas} pods have the new template and stay as they are`
          : 'No rollout is on its way now: the next one will not begin',
        'While it is paused nothing that is deployed takes effect, nor does a rollback',
      ],
      preconditions: sameObject(workload),
      steps: [patchStep(workload, id, [{ op: 'add', path: '/spec/paused', value: true }])],
      undo: back,
      leaves: { what: `the rollout of ${namespace}/${name} is paused`, back },
      command: `${kubectl(cluster, namespace)} rollout pause deployment/${name}`,
    }
  },
}

export const pauseRollout = action(own)
