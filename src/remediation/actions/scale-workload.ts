import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { type Scaler, scalerOf } from '../../kubernetes/ownership.ts'
import { numberAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import type { Risk } from '../offer.ts'
import { type Action, action, namespaceName, objectName, type Planned } from './action.ts'
import { type Operation, patchStep, sameObject } from './mark.ts'
import { kubectl, readAll, readWorkload, replicasOf, rolloutProgress, targetOf } from './workload.ts'

/** More no entry can allow: a typing error must not order a thousand machines. */
const MOST = 500

const count = z.number().int().min(0).max(MOST)

const params = z
  .strictObject({
    kind: z.enum(['Deployment', 'StatefulSet']).default('Deployment'),
    namespace: namespaceName,
    name: objectName,
    replicas: count.optional().describe('pods that it is to have; under an autoscaler its least when more, its most when fewer'),
    min_replicas: count.min(1).optional().describe("the autoscaler's least, instead of replicas"),
    max_replicas: count.min(1).optional().describe("the autoscaler's most, instead of replicas"),
  })
  .refine(
    ({ replicas, min_replicas: min, max_replicas: max }) => (replicas === undefined) !== (min === undefined && max === undefined),
    'needs replicas, or min_replicas and max_replicas of its autoscaler, not both',
  )

type Params = z.infer<typeof params>
type Live = { readonly workload: KubeObject; readonly scaler: Scaler | null; readonly cluster: string }

const own: Action<Params, Live> = {
  kind: 'scale_workload',
  about: 'Changes how many pods a Deployment or StatefulSet has; where an autoscaler sets that number, the limits of the autoscaler',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  rights: [
    { verb: 'patch', kind: 'Deployment', isTarget: true },
    { verb: 'patch', kind: 'StatefulSet', isTarget: true },
    { verb: 'patch', kind: 'HorizontalPodAutoscaler', isTarget: false },
  ],
  boundAs: { min_replicas: 'replicas', max_replicas: 'replicas' },
  target: targetOf,
  read: async (wanted, reading) => {
    const [workload, autoscalers] = await Promise.all([
      readWorkload(wanted, reading),
      readAll('HorizontalPodAutoscaler', wanted.namespace, reading),
    ])
    return { workload, scaler: scalerOf(workload, autoscalers), cluster: reading.cluster }
  },
  plan: (wanted, live, id) => (live.scaler === null ? plain(wanted, live, id) : autoscaled(wanted, { ...live, scaler: live.scaler }, id)),
  progress: async (wanted, reading) => rolloutProgress(wanted, reading),
}

export const scaleWorkload = action(own)

const plain = ({ kind, namespace, name, replicas }: Params, { workload, cluster }: Live, id: string): Planned => {
  const now = replicasOf(workload)
  if (replicas === undefined) throw new InputError(`${namespace}/${name} has no autoscaler: say replicas`)
  if (replicas === now) throw new InputError(`${namespace}/${name} has ${now} replicas already`)
  return {
    title: `Scale ${namespace}/${name} from ${now} to ${replicas} ${replicas === 1 ? 'pod' : 'pods'}`,
    change: [],
    ...riskOf(now, replicas),
    notes: notesOf(now, replicas),
    preconditions: sameObject(workload),
    steps: [
      patchStep(workload, id, [
        // A template without the field has one pod; the API server writes that number down.
        { op: numberAt(workload, 'spec', 'replicas') === null ? 'add' : 'replace', path: '/spec/replicas', value: replicas },
      ]),
    ],
    undo: { entry: 'scale_workload', params: { kind, namespace, name, replicas: now } },
    command: `${kubectl(cluster, namespace)} scale ${kind.toLowerCase()}/${name} --replicas=${replicas}`,
  }
}

/** Replicas that are set by hand last until the autoscaler's next look, 15 s later: so its limits are what is changed. */
const autoscaled = (wanted: Params, { workload, scaler, cluster }: Live & { scaler: Scaler }, id: string): Planned => {
  const { kind, namespace, name } = wanted
  const { hpa, min, max, keda } = scaler
  if (keda !== null)
    throw new InputError(
      `KEDA's ScaledObject ${keda} sets the replicas of ${namespace}/${name} and would put them back: change its minReplicaCount or maxReplicaCount`,
    )
  const now = replicasOf(workload)
  const next = limitsOf(wanted, { min, max, now })
  if (next.min > next.max) throw new InputError(`an autoscaler's least, ${next.min}, cannot be above its most, ${next.max}`)
  if (next.min === min && next.max === max) throw new InputError(`HorizontalPodAutoscaler ${hpa.metadata.name} has these limits already`)
  const to = Math.min(next.max, Math.max(next.min, now))
  const limits = `${min} to ${max} -> ${next.min} to ${next.max}`
  return {
    title: `Scale ${namespace}/${name} by its autoscaler (${limits} pods)`,
    change: [],
    ...riskOf(now, to),
    notes: [
      `It has ${now} pods; the autoscaler sets the number within ${next.min} to ${next.max} as the load says, and these limits stay until they are changed`,
      ...notesOf(now, to),
    ],
    preconditions: { ...sameObject(workload), hpa: hpa.metadata.uid ?? '', min, max },
    steps: [patchStep(hpa, id, limitChanges(hpa, scaler, next))],
    undo: {
      entry: 'scale_workload',
      params: {
        kind,
        namespace,
        name,
        ...(next.min === min ? {} : { min_replicas: min }),
        ...(next.max === max ? {} : { max_replicas: max }),
      },
    },
    command: `${kubectl(cluster, namespace)} patch hpa/${hpa.metadata.name} -p '{"spec":{"minReplicas":${next.min},"maxReplicas":${next.max}}}'`,
  }
}

type Limits = { readonly min: number; readonly max: number }

/** "More" lifts the floor, "fewer" lowers the ceiling; the other limit moves only as far as it must. */
const limitsOf = ({ replicas, min_replicas, max_replicas }: Params, { min, max, now }: Limits & { now: number }): Limits => {
  if (replicas === undefined) return { min: min_replicas ?? min, max: max_replicas ?? max }
  if (replicas < 1) throw new InputError('an autoscaler keeps at least one pod: it would have to be taken away first')
  return replicas >= now ? { min: replicas, max: Math.max(max, replicas) } : { min: Math.min(min, replicas), max: replicas }
}

const limitChanges = (hpa: KubeObject, { min, max }: Limits, next: Limits): Operation[] => {
  const had = numberAt(hpa, 'spec', 'minReplicas') !== null
  return [
    // Its generation is not counted by every version of the API, so the limits themselves are tested.
    { op: 'test', path: '/spec/maxReplicas', value: max } as const,
    ...(had ? [{ op: 'test', path: '/spec/minReplicas', value: min } as const] : []),
    ...(next.max === max ? [] : [{ op: 'replace', path: '/spec/maxReplicas', value: next.max } as const]),
    ...(next.min === min ? [] : [{ op: had ? 'replace' : 'add', path: '/spec/minReplicas', value: next.min } as const]),
  ]
}

/** More takes room from others, fewer takes room from users. */
const riskOf = (now: number, to: number): { readonly risk: Risk; readonly why: readonly string[] } => {
  if (to === 0) return { risk: 'HIGH', why: ['nothing serves any more'] }
  if (to < now) return { risk: to * 2 < now ? 'HIGH' : 'MEDIUM', why: [`${now - to} of ${now} pods stop, the rest carries the load`] }
  const isMuch = now > 0 && to > now * 2
  return {
    risk: isMuch ? 'MEDIUM' : 'LOW',
    why: [
      to === now ? 'the present pods stay' : `${to - now} more; those that serve are not touched`,
      ...(isMuch ? ['more than twice as many'] : []),
    ],
  }
}

const notesOf = (now: number, to: number): string[] =>
  to > now
    ? ['Not known: whether what it depends on (database, queue, another service) bears more callers, and whether the nodes have room']
    : []
