import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { listAt, textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Action, action, objectName } from './action.ts'
import { containerOf } from './containers.ts'
import { patchStep, sameObject } from './mark.ts'
import { revisionsOf } from './revisions.ts'
import {
  isAtOnce,
  kubectl,
  readWorkload,
  refuseIdle,
  rolloutNotes,
  rolloutProgress,
  targetOf,
  workloadParams,
  workloadRights,
} from './workload.ts'

const params = z.strictObject({
  ...workloadParams,
  container: objectName.optional().describe('needed where the workload has several'),
  image: z
    .string()
    .max(300)
    .regex(
      /^[a-z0-9][a-z0-9._-]*(?::\d{1,5})?(?:\/[a-z0-9][a-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[a-f0-9]{64})?$/,
      'must be an image such as registry.example/shop/checkout:1.3.9',
    ),
})

type Params = z.infer<typeof params>
type Live = {
  readonly workload: KubeObject
  readonly ran: readonly unknown[]
  readonly isNamedByEntry: boolean
  readonly cluster: string
}

const own: Action<Params, Live> = {
  kind: 'set_image',
  about: 'Gives a container of a Deployment, StatefulSet or DaemonSet another image: one that it ran before, or one that the entry names',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  rights: workloadRights,
  target: targetOf,
  read: async (wanted, reading) => {
    const workload = await readWorkload(wanted, reading)
    const { all } = await revisionsOf(workload, reading)
    return {
      workload,
      ran: all.map(({ template }) => template),
      // The entry's own bound has been checked before anything was read.
      isNamedByEntry: reading.bounded?.has('image') === true,
      cluster: reading.cluster,
    }
  },
  plan: ({ kind, namespace, name, container: wanted, image }, { workload, ran, isNamedByEntry, cluster }, id) => {
    refuseIdle(workload)
    const { name: container, container: now, path, test } = containerOf(workload, wanted)
    const before = textAt(now, 'image')
    if (before === image) throw new InputError(`${container} of ${namespace}/${name} has the image ${image} already`)
    const known = new Set(ran.flatMap((template) => imagesOfContainer(template, container)))
    if (!known.has(image) && !isNamedByEntry)
      throw new InputError(
        `${namespace}/${name} never ran ${image} as far as its revisions go back (${[...known].join(', ') || 'none are kept'}), and the entry names no pattern for image`,
      )
    return {
      title: `Set the image of ${container} in ${namespace}/${name} to ${image.split('/').at(-1)}`,
      change: [],
      risk: known.has(image) && !isAtOnce(workload) ? 'MEDIUM' : 'HIGH',
      why: [
        known.has(image) ? 'it ran this image before' : 'it never ran this image before, as far as its revisions go back',
        isAtOnce(workload) ? 'all pods stop before new ones start' : 'pods are replaced a few at a time',
      ],
      notes: [
        'Not known: whether the present version changed data or a schema that this one cannot read',
        ...(image.includes('@sha256:') ? [] : ['A tag can be moved: that it is the same image as before is not certain']),
        ...rolloutNotes(workload),
      ],
      preconditions: sameObject(workload),
      steps: [patchStep(workload, id, [test, { op: 'replace', path: path('image'), value: image }])],
      undo: { entry: 'set_image', params: { kind, namespace, name, container, image: before } },
      command: `${kubectl(cluster, namespace)} set image ${kind.toLowerCase()}/${name} ${container}=${image}`,
    }
  },
  progress: rolloutProgress,
}

export const setImage = action(own)

const imagesOfContainer = (template: unknown, container: string): string[] =>
  listAt(template, 'spec', 'containers')
    .filter((one) => textAt(one, 'name') === container)
    .map((one) => textAt(one, 'image'))
