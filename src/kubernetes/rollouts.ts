import { eventsAbout } from './events.ts'
import { ofKind, type Ref } from './objects.ts'
import { ownerOf, podsOf } from './owners.ts'
import { listAt, recordAt, textAt, textsAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** A new template of a workload that went live. */
export type Rollout = {
  readonly workload: Ref
  readonly at: Date
  /** `config`: the images are the same, something else of the template is not. */
  readonly kind: 'deploy' | 'config'
  /** Tags or digests of the images that changed, or what else changed; null where the template before is not known any more. */
  readonly version: string | null
  readonly previous: string | null
  /** Whoever rolled out said so in the annotation kubernetes.io/change-cause. */
  readonly cause: string | null
  readonly revision: number
}

/**
 * What the cluster still knows of rollouts: a Deployment keeps its replica sets (ten by default), a StatefulSet or DaemonSet its controller
 * revisions. A rollback scales an old set up again and gives it a new revision: its time is that of the event, else of its oldest pod; where
 * neither tells it is left out. Restarts are none. ConfigMaps and Secrets change without a trace here, unless the template carries their hash.
 * Oldest first; ties by name.
 */
export const rolloutsOf = (state: ClusterState): readonly Rollout[] =>
  [...Map.groupBy(SETS.flatMap((kind) => ofKind(state, kind)).flatMap(setOf), ({ key }) => key).values()]
    .flatMap((sets) => ofWorkload(state, sets))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.workload.name < b.workload.name ? -1 : 1))

const SETS = ['ReplicaSet', 'ControllerRevision'] as const

type Set_ = {
  readonly key: string
  readonly owner: Ref
  readonly object: KubeObject
  readonly revision: number
  readonly created: Date
  readonly template: unknown
}

const setOf = (object: KubeObject): Set_[] => {
  const owner = ownerOf(object)
  const created = timeAt(object, 'metadata', 'creationTimestamp')
  const { annotations = {} } = object.metadata
  const stated =
    annotations['deployment.kubernetes.io/revision'] ?? annotations['rollout.argoproj.io/revision'] ?? textAt(object, 'revision')
  const revision = Number(stated)
  if (owner === undefined || created === null || !Number.isInteger(revision) || revision < 1) return []
  const template = object.kind === 'ReplicaSet' ? recordAt(object, 'spec', 'template') : recordAt(object, 'data', 'spec', 'template')
  return [{ key: `${owner.kind} ${owner.namespace ?? ''} ${owner.name}`, owner, object, revision, created, template }]
}

const ofWorkload = (state: ClusterState, sets: readonly Set_[]): Rollout[] => {
  const ordered = sets.toSorted((a, b) => a.revision - b.revision)
  return ordered.flatMap((set, i): Rollout[] => {
    const before = ordered[i - 1]
    // Its number is newer than that of a set which was made later: it was taken up again.
    const later = ordered.slice(0, i).filter(({ created }) => created > set.created)
    const newest = later.toSorted((a, b) => b.created.getTime() - a.created.getTime())[0]
    const at = newest === undefined ? set.created : backAt(state, set, newest.created)
    const difference = differenceOf(before?.template, set.template)
    if (at === null || difference === null) return []
    return [{ workload: set.owner, at, ...difference, cause: causeOf(set, before), revision: set.revision }]
  })
}

/** An annotation is copied from one rollout to the next when nobody sets it: then it says nothing of this one. */
const causeOf = ({ object }: Set_, before: Set_ | undefined): string | null => {
  const [now, then] = [object, before?.object].map((one) => one?.metadata.annotations?.['kubernetes.io/change-cause'])
  return now === undefined || now === then ? null : now
}

const backAt = (state: ClusterState, { owner, object }: Set_, after: Date): Date | null => {
  const about = ofKind(state, owner.kind).find(({ metadata: { name, namespace } }) => name === owner.name && namespace === owner.namespace)
  const scaled = (about === undefined ? [] : eventsAbout(state, about)).flatMap(({ reason, message, first, last }) =>
    reason === 'ScalingReplicaSet' && message.startsWith('Scaled up') && message.split(/\s/).includes(object.metadata.name)
      ? [first, last].filter((time) => time !== null && time > after)
      : [],
  )
  const pods = podsOf(state, owner)
    .filter((pod) => ownerOf(pod)?.name === object.metadata.name)
    .map((pod) => timeAt(pod, 'metadata', 'creationTimestamp'))
  return [...(scaled.length > 0 ? scaled : pods)].filter((time) => time !== null).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null
}

type Difference = Pick<Rollout, 'kind' | 'version' | 'previous'>

/** Null: a restart, or nothing at all. */
const differenceOf = (before: unknown, now: unknown): Difference | null => {
  const images = imagesOf(now)
  if (before === undefined) return { kind: 'deploy', version: images.map(([, image]) => tagOf(image)).join(', ') || null, previous: null }
  const old = new Map(imagesOf(before))
  const changed = images.filter(([name, image]) => old.get(name) !== image)
  if (changed.length > 0 || old.size !== images.length) {
    const was = changed.flatMap(([name]) => old.get(name) ?? [])
    return { kind: 'deploy', version: listed(changed.map(([, image]) => image)), previous: was.length === 0 ? null : listed(was) }
  }
  const parts = changedParts(before, now)
  return parts.length === 0 ? null : { kind: 'config', version: parts.join(', '), previous: null }
}

const listed = (images: readonly string[]): string | null =>
  images.length === 0 ? null : [...new Set(images.map(tagOf))].slice(0, 3).join(', ')

const imagesOf = (template: unknown): [string, string][] =>
  [...listAt(template, 'spec', 'initContainers'), ...listAt(template, 'spec', 'containers')].map((one) => [
    textAt(one, 'name'),
    textAt(one, 'image'),
  ])

/** "1.4.0" of registry:5000/shop/checkout:1.4.0@sha256:…, twelve characters of a digest alone. */
const tagOf = (image: string): string => {
  const [name = '', digest] = image.split('@')
  const last = name.split('/').at(-1) ?? ''
  if (last.includes(':')) return last.slice(last.indexOf(':') + 1)
  return digest === undefined ? 'latest' : digest.replace('sha256:', '').slice(0, 12)
}

/** Which fields of which containers, or of the pod, are not as before; what a restart writes does not count. */
const changedParts = (before: unknown, now: unknown): string[] => {
  const fields = (template: unknown): Map<string, string> => {
    const { containers, initContainers, ...pod } = recordAt(template, 'spec')
    const each = [...(Array.isArray(initContainers) ? initContainers : []), ...(Array.isArray(containers) ? containers : [])]
    const annotations = Object.entries(textsAt(template, 'metadata', 'annotations')).filter(([name]) => !/restartedAt$/.test(name))
    return new Map([
      ...Object.entries(pod).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
      ...each.flatMap((one) =>
        Object.entries(recordAt(one)).map(([name, value]): [string, string] => [`${textAt(one, 'name')} ${name}`, JSON.stringify(value)]),
      ),
      ...annotations.map(([name, value]): [string, string] => [`annotation ${name}`, value]),
    ])
  }
  const [old, fresh] = [fields(before), fields(now)]
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((name) => old.get(name) !== fresh.get(name))
    .toSorted()
    .slice(0, 4)
}
