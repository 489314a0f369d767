import type { z } from 'zod'
import { InputError, TransientError } from '../../errors.ts'
import { isLive, isReady } from '../../kubernetes/pods.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { compare } from '../../text/compare.ts'
import type { Json, Step } from '../offer.ts'
import { type Action, action, type Reading } from './action.ts'
import { patchStep, placeOf } from './mark.ts'
import { cordoned, isControlPlane, isCordoned, type NodeLive, nodeParams, readNode, sameNode, takesPods } from './node.ts'
import { controllerOf, isMirror, localVolumesOf } from './pods.ts'
import { kubectl, readerOf } from './workload.ts'

/** More pods than this nobody reads through on a card, and they do not find a new place in five minutes. */
const MOST = 50

/** Shown by name; the rest is counted. */
const SHOWN = 12

type Params = z.infer<typeof nodeParams>
type Live = NodeLive & { readonly pods: readonly KubeObject[] }

const own: Action<Params, Live> = {
  kind: 'drain_node',
  about: 'Cordons a node and asks its pods to leave, one after the other, as their disruption budgets allow',
  params: nodeParams,
  // An eviction names the very pod, so that asking twice is asking once.
  idempotent: true,
  timeoutSeconds: 300,
  rights: [
    { verb: 'patch', kind: 'Node', isTarget: true },
    { verb: 'create', kind: 'Pod', subresource: 'eviction', isTarget: false },
  ],
  target: ({ name }) => ({ kind: 'Node', name }),
  read: async (wanted, reading) => {
    const [found, pods] = await Promise.all([readNode(wanted, reading), podsOn(wanted.name, reading)])
    return { ...found, pods: pods.filter((pod) => isLive(pod) && !isMirror(pod) && controllerOf(pod)?.kind !== 'DaemonSet') }
  },
  plan: ({ name }, { node, others, pods, cluster }, id) => {
    refuseWhatWouldBeLost(name, pods)
    if (isCordoned(node) && pods.length === 0) throw new InputError(`node ${name} is cordoned and empty already`)
    const left = others.filter(takesPods).length
    if (left === 0) throw new InputError(`no other node takes pods: what leaves ${name} would find no place`)
    const alone = pods.filter((pod) => isReady(pod) && isOnlyOne(pod, pods))
    return {
      title: `Drain node ${name} (${pods.length} ${pods.length === 1 ? 'pod' : 'pods'})`,
      change: [
        ...pods.slice(0, SHOWN).map((pod) => `- Pod ${pod.metadata.namespace}/${pod.metadata.name}`),
        ...(pods.length > SHOWN ? [`- and ${pods.length - SHOWN} more pods`] : []),
      ],
      risk: isControlPlane(node) || left === 1 || pods.length > 20 ? 'HIGH' : 'MEDIUM',
      why: [
        ...(isControlPlane(node) ? ['it runs the cluster itself'] : []),
        `${pods.length} ${pods.length === 1 ? 'pod leaves' : 'pods leave'}, ${left} other ${left === 1 ? 'node takes' : 'nodes take'} pods`,
        'evictions ask the disruption budgets; pods of DaemonSets and of the node itself stay',
      ],
      notes: [
        ...(alone.length > 0
          ? [`The only pod of its controller on this node, perhaps the only one that serves: ${namesOf(alone.slice(0, 5))}`]
          : []),
        'Not known: whether the other nodes have room',
        'The undo lets new pods come again; those that left do not come back by themselves',
      ],
      preconditions: { ...sameNode(node), pods: pods.map(({ metadata }) => metadata.uid ?? '') },
      steps: [
        ...(isCordoned(node) ? [] : [patchStep(node, id, [{ op: 'add', path: '/spec/unschedulable', value: true }])]),
        ...pods.map(eviction),
      ],
      ...(isCordoned(node) ? { undo: null } : cordoned(name)),
      command: `${kubectl(cluster)} drain ${name} --ignore-daemonsets`,
    }
  },
  progress: async ({ name }, reading) => {
    const leaving = (await podsOn(name, reading)).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length
    return { done: leaving === 0, text: leaving === 0 ? 'all of them are gone' : `${leaving} are ending` }
  },
}

export const drainNode = action(own)

const podsOn = async (name: string, reading: Reading): Promise<readonly KubeObject[]> => {
  const asked = { fields: { 'spec.nodeName': name }, most: 500, signal: reading.signal }
  const { objects, complete } = await readerOf(reading).list('Pod', asked)
  if (!complete) throw new TransientError(`node ${name} has more pods than can be looked at`)
  return objects.toSorted((a, b) => compare(keyOf(a), keyOf(b)))
}

const keyOf = ({ metadata: { namespace = '', name } }: KubeObject): string => `${namespace}/${name}`

const refuseWhatWouldBeLost = (name: string, pods: readonly KubeObject[]): void => {
  const bare = pods.filter((pod) => controllerOf(pod) === undefined)
  if (bare.length > 0) throw new InputError(`node ${name} has pods that nobody would make anew: ${namesOf(bare)}`)
  const local = pods.filter((pod) => localVolumesOf(pod).length > 0)
  if (local.length > 0) throw new InputError(`node ${name} has pods whose emptyDir would be lost: ${namesOf(local)}`)
  if (pods.length > MOST)
    throw new InputError(`node ${name} has ${pods.length} pods to move, more than ${MOST}: that is for people to do in parts`)
}

const namesOf = (pods: readonly KubeObject[]): string =>
  `${pods.slice(0, 10).map(keyOf).join(', ')}${pods.length > 10 ? ` and ${pods.length - 10} more` : ''}`

const isOnlyOne = (pod: KubeObject, pods: readonly KubeObject[]): boolean =>
  pods.every((other) => other === pod || controllerOf(other)?.uid !== controllerOf(pod)?.uid)

/** The API server evicts this very pod, when its budgets allow it: another of the same name has another uid. */
const eviction = (pod: KubeObject): Step => {
  const { namespace = '', name, uid = '' } = pod.metadata
  const body: Json = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { preconditions: { uid } },
  }
  return { runner: 'kubernetes', request: { method: 'POST', ...placeOf(pod), subresource: 'eviction', body, done: { gone: uid } } }
}
