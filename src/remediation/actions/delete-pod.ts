import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { allowedBy, budgetsOver } from '../../kubernetes/ownership.ts'
import { isReady } from '../../kubernetes/pods.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Action, action, namespaceName, objectName, type Reading } from './action.ts'
import { placeOf } from './mark.ts'
import { controllerOf, isMirror, localVolumesOf } from './pods.ts'
import { kubectl, readAll, readerOf } from './workload.ts'

const params = z.strictObject({ namespace: namespaceName, name: objectName })

type Params = z.infer<typeof params>
type Live = {
  readonly pod: KubeObject
  readonly others: readonly KubeObject[]
  readonly budgets: readonly KubeObject[]
  readonly cluster: string
}

const own: Action<Params, Live> = {
  kind: 'delete_pod',
  about: 'Ends one pod, with the grace period that it asks for; its controller makes a new one',
  params,
  idempotent: true,
  timeoutSeconds: 180,
  rights: [{ verb: 'delete', kind: 'Pod', isTarget: true }],
  target: ({ namespace, name }) => ({ kind: 'Pod', namespace, name }),
  read: async (wanted, reading) => {
    const pod = await readPod(wanted, reading)
    const [pods, budgets] = await Promise.all([
      readAll('Pod', wanted.namespace, reading),
      readAll('PodDisruptionBudget', wanted.namespace, reading),
    ])
    const owner = controllerOf(pod)
    return {
      pod,
      others: pods.filter((one) => one.metadata.uid !== pod.metadata.uid && owner !== undefined && controllerOf(one)?.uid === owner.uid),
      budgets: budgetsOver({ namespace: wanted.namespace, labels: pod.metadata.labels ?? {} }, budgets),
      cluster: reading.cluster,
    }
  },
  plan: ({ namespace, name }, { pod, others, budgets, cluster }) => {
    const owner = controllerOf(pod)
    if (isMirror(pod)) throw new InputError(`${namespace}/${name} is a copy of what a node runs from a file: deleting it changes nothing`)
    if (owner === undefined) throw new InputError(`nobody would make ${namespace}/${name} anew: it has no controller`)
    const isLast = isReady(pod) && !others.some(isReady)
    const shut = isReady(pod) ? budgets.find((budget) => allowedBy(budget) === 0) : undefined
    if (shut !== undefined)
      throw new InputError(`PodDisruptionBudget ${shut.metadata.name} lets no pod of ${owner.kind} ${owner.name} go now`)
    const local = localVolumesOf(pod)
    const ready = others.filter(isReady).length
    return {
      title: `Delete pod ${namespace}/${name}`,
      change: [`- Pod ${namespace}/${name} (${owner.kind} ${owner.name} makes a new one)`],
      risk: isLast ? 'HIGH' : owner.kind === 'ReplicaSet' || owner.kind === 'DaemonSet' ? 'LOW' : 'MEDIUM',
      why: [
        isLast
          ? 'it is the only one that serves: nothing does until the new one is ready'
          : isReady(pod)
            ? `${ready} other ${ready === 1 ? 'pod serves' : 'pods serve'} meanwhile`
            : 'it does not serve now',
        'cannot be undone; a new pod comes from the same template',
      ],
      notes: [
        ...(owner.kind === 'Job' ? ['A job begins this piece of its work again'] : []),
        ...(local.length > 0 ? [`What is in its emptyDir ${local.join(', ')} is lost`] : []),
        'Its logs and its memory go with it: what they could still tell is lost',
      ],
      preconditions: { uid: pod.metadata.uid ?? '' },
      steps: [{ runner: 'kubernetes', request: { method: 'DELETE', ...placeOf(pod), done: { gone: pod.metadata.uid ?? '' } } }],
      undo: null,
      command: `${kubectl(cluster, namespace)} delete pod ${name}`,
    }
  },
  progress: async ({ namespace, name }, reading) => {
    const found = await readerOf(reading).get('Pod', { namespace, name, signal: reading.signal })
    if (found === null) return { done: true, text: `${name} is gone` }
    if (found.metadata.deletionTimestamp !== undefined) return { done: false, text: `${name} is ending` }
    // A StatefulSet gives the new one the same name.
    return { done: isReady(found), text: isReady(found) ? `${name} is new and ready` : `${name} is new and not ready yet` }
  },
}

export const deletePod = action(own)

const readPod = async ({ namespace, name }: Params, reading: Reading): Promise<KubeObject> => {
  const found = await readerOf(reading).get('Pod', { namespace, name, signal: reading.signal })
  if (found === null) throw new InputError(`there is no pod ${namespace}/${name} in ${reading.cluster}`)
  if (found.metadata.deletionTimestamp !== undefined) throw new InputError(`pod ${namespace}/${name} is being deleted already`)
  return found
}
