import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { resizerOf } from '../../kubernetes/ownership.ts'
import { quantity } from '../../kubernetes/quantity.ts'
import { at, recordAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import type { Json } from '../offer.ts'
import { type Action, action, objectName } from './action.ts'
import { containerOf } from './containers.ts'
import { patchStep, sameObject } from './mark.ts'
import { revisionsOf } from './revisions.ts'
import {
  isAtOnce,
  kubectl,
  readAll,
  readWorkload,
  refuseIdle,
  rolloutNotes,
  rolloutProgress,
  targetOf,
  workloadParams,
  workloadRights,
} from './workload.ts'

/** 64 cores and 256 GiB: more is a typing error. */
const millicores = z.number().int().min(1).max(64_000).optional()
const mebibytes = z.number().int().min(4).max(262_144).optional()

/** A limit four times as high is a decision for people with more than a card before them. */
const MOST_TIMES = 4

const fields = {
  cpu_request_millicores: { side: 'requests', of: 'cpu', unit: 1e-3, suffix: 'm' },
  cpu_limit_millicores: { side: 'limits', of: 'cpu', unit: 1e-3, suffix: 'm' },
  memory_request_mib: { side: 'requests', of: 'memory', unit: 2 ** 20, suffix: 'Mi' },
  memory_limit_mib: { side: 'limits', of: 'memory', unit: 2 ** 20, suffix: 'Mi' },
} as const

type Field = keyof typeof fields
const names = Object.keys(fields) as Field[]

const params = z
  .strictObject({
    ...workloadParams,
    container: objectName.optional().describe('needed where the workload has several'),
    cpu_request_millicores: millicores,
    cpu_limit_millicores: millicores,
    memory_request_mib: mebibytes,
    memory_limit_mib: mebibytes,
  })
  .refine((given) => names.some((name) => given[name] !== undefined), 'needs at least one of cpu and memory')

type Params = z.infer<typeof params>
type Live = {
  readonly workload: KubeObject
  readonly resizer: KubeObject | null
  readonly revision: number | null
  readonly cluster: string
}

const own: Action<Params, Live> = {
  kind: 'set_resources',
  about: 'Changes cpu and memory (requests, limits) of a container of a Deployment, StatefulSet or DaemonSet',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  rights: workloadRights,
  target: targetOf,
  read: async (wanted, reading) => {
    const workload = await readWorkload(wanted, reading)
    const [resizers, { now }] = await Promise.all([
      readAll('VerticalPodAutoscaler', wanted.namespace, reading),
      revisionsOf(workload, reading),
    ])
    return { workload, resizer: resizerOf(workload, resizers), revision: now?.number ?? null, cluster: reading.cluster }
  },
  plan: (wanted, { workload, resizer, revision, cluster }, id) => {
    const { kind, namespace, name } = wanted
    if (resizer !== null)
      throw new InputError(`VerticalPodAutoscaler ${resizer.metadata.name} sets these for ${namespace}/${name}: change its resourcePolicy`)
    refuseIdle(workload)
    const { name: container, container: now, path, test } = containerOf(workload, wanted.container)
    const next = resourcesWith(wanted, now)
    const lower = names.filter(
      (field) => wanted[field] !== undefined && presentOf(now, field) !== null && asked(wanted, field) < (presentOf(now, field) ?? 0),
    )
    const isTighter = lower.some((field) => fields[field].side === 'limits')
    return {
      title: `Set resources of ${container} in ${namespace}/${name} (${wordsOf(wanted)})`,
      change: [],
      risk: isTighter || isAtOnce(workload) ? 'HIGH' : 'MEDIUM',
      why: [
        isTighter ? 'a limit gets lower: what needs more is killed or throttled' : 'a new template: pods are replaced',
        isAtOnce(workload) ? 'all pods stop before new ones start' : 'a few at a time',
      ],
      notes: [
        'Not known: whether the nodes have room for it; a pod that finds none stays pending while the old ones serve',
        ...rolloutNotes(workload),
      ],
      preconditions: sameObject(workload),
      steps: [
        patchStep(workload, id, [
          test,
          { op: at(now, 'resources') === undefined ? 'add' : 'replace', path: path('resources'), value: next },
        ]),
      ],
      undo: undoOf(wanted, now, { container, revision }),
      command: `${kubectl(cluster, namespace)} set resources ${kind.toLowerCase()}/${name} -c ${container}${flagsOf(wanted)}`,
    }
  },
  progress: rolloutProgress,
}

export const setResources = action(own)

const asked = (wanted: Params, field: Field): number => (wanted[field] ?? 0) * fields[field].unit

const presentOf = (container: unknown, field: Field): number | null =>
  quantity(at(container, 'resources', fields[field].side, fields[field].of))

const written = (wanted: Params, field: Field): string => `${wanted[field]}${fields[field].suffix}`

/** The whole of it as it comes to be. Throws InputError where nothing changes, or where it cannot be meant. */
const resourcesWith = (wanted: Params, now: unknown): { readonly [name: string]: Json } => {
  const given = names.filter((field) => wanted[field] !== undefined)
  if (given.every((field) => presentOf(now, field) === asked(wanted, field))) throw new InputError('it has these resources already')
  for (const field of given) {
    const was = presentOf(now, field)
    if (was !== null && was > 0 && asked(wanted, field) > was * MOST_TIMES)
      throw new InputError(`${field} ${wanted[field]} is more than ${MOST_TIMES} times what it has`)
    // So that the undo can lead back.
    if (was !== null && asked(wanted, field) * MOST_TIMES < was)
      throw new InputError(`${field} ${wanted[field]} is less than a quarter of what it has`)
  }
  for (const resource of ['cpu', 'memory'] as const) {
    const [request, limit] = (['requests', 'limits'] as const).map((side) => {
      const field = names.find((one) => fields[one].side === side && fields[one].of === resource)
      return field === undefined ? null : wanted[field] === undefined ? presentOf(now, field) : asked(wanted, field)
    })
    if (request != null && limit != null && request > limit)
      throw new InputError(`its ${resource} request would be above its ${resource} limit`)
  }
  const side = (which: 'requests' | 'limits') => ({
    ...recordAt(now, 'resources', which),
    ...Object.fromEntries(given.filter((field) => fields[field].side === which).map((field) => [fields[field].of, written(wanted, field)])),
  })
  const both = { requests: side('requests'), limits: side('limits') }
  return {
    ...recordAt(now, 'resources'),
    ...Object.fromEntries(Object.entries(both).filter(([, one]) => Object.keys(one).length > 0)),
  } as { readonly [name: string]: Json }
}

/** The same kind where the old values can be said by it; else the revision as a whole. */
const undoOf = (wanted: Params, now: unknown, { container, revision }: { container: string; revision: number | null }) => {
  const { kind, namespace, name } = wanted
  const given = names.filter((field) => wanted[field] !== undefined)
  const old = given.map((field) => [field, (presentOf(now, field) ?? Number.NaN) / fields[field].unit] as const)
  if (old.every(([, value]) => Number.isInteger(value)))
    return { entry: 'set_resources', params: { kind, namespace, name, container, ...Object.fromEntries(old) } }
  return revision === null ? null : { entry: 'rollback_workload', params: { kind, namespace, name, revision } }
}

const wordsOf = (wanted: Params): string =>
  names
    .filter((field) => wanted[field] !== undefined)
    .map((field) => `${fields[field].of} ${fields[field].side.slice(0, -1)} ${written(wanted, field)}`)
    .join(', ')

const flagsOf = (wanted: Params): string =>
  (['requests', 'limits'] as const)
    .map((side) => {
      const all = names.filter((field) => wanted[field] !== undefined && fields[field].side === side)
      return all.length === 0 ? '' : ` --${side}=${all.map((field) => `${fields[field].of}=${written(wanted, field)}`).join(',')}`
    })
    .join('')
