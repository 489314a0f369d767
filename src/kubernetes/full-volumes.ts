import type { Around } from './around.ts'
import { nameOf, type Ref, refOf } from './objects.ts'
import { podsOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { listAt, textAt } from './read.ts'
import type { ContainerOfPod, KubeObject } from './state.ts'
import type { Concerned } from './subject.ts'
import type { Trouble } from './trouble.ts'
import { claimsOf } from './volume-troubles.ts'

/** A container that does not serve and writes to claims. */
export type Full = {
  readonly pod: KubeObject
  readonly workload: Ref
  readonly container: ContainerOfPod
  readonly mounts: readonly { readonly claim: Ref; readonly path: string }[]
}

/** More logs than these are not read for it. */
const MOST = 2

/** The containers of the alert's own pods that are not ready and have a claim mounted: only of these are the last words worth reading. */
export const mayBeFull = ({ state, concerned }: Around): readonly Full[] =>
  concerned.objects
    .flatMap((workload) => podsOf(state, workload).flatMap((pod) => (isLive(pod) && !isReady(pod) ? { pod, workload } : [])))
    .flatMap(({ pod, workload }) =>
      listAt(pod, 'spec', 'containers').map((container) => ({
        pod,
        workload,
        container: { namespace: pod.metadata.namespace ?? 'default', pod: pod.metadata.name, container: textAt(container, 'name') },
        mounts: mountsOf(pod, container),
      })),
    )
    .filter(({ mounts }) => mounts.length > 0)
    .slice(0, MOST)

const mountsOf = (pod: KubeObject, container: unknown): Full['mounts'] =>
  listAt(container, 'volumeMounts').flatMap((mount) => {
    const volume = listAt(pod, 'spec', 'volumes').find((one) => textAt(one, 'name') === textAt(mount, 'name'))
    const claim = claimsOf(pod).find(({ name }) => name === textAt(volume, 'persistentVolumeClaim', 'claimName'))
    return claim === undefined ? [] : [{ claim, path: textAt(mount, 'mountPath') }]
  })

const NO_ROOM = /no space left on device|ENOSPC|disk (?:is )?full|not enough (?:disk )?space|disk quota exceeded/i

/** The claim that is full, when the last words of the container say that there is no room: the one whose path they name, or its only one. */
export const fullVolume = (
  { pod, workload, mounts }: Full,
  { lines, concerned }: { lines: readonly string[]; concerned: Concerned },
): readonly Trouble[] => {
  const line = lines.findLast((one) => NO_ROOM.test(one))
  const named = mounts.filter(({ path }) => path !== '' && path !== '/' && line?.includes(path))
  const mount = named[0] ?? (mounts.length === 1 ? mounts[0] : undefined)
  if (line === undefined || mount === undefined) return []
  const summary = `${nameOf(mount.claim)} is full: ${nameOf(workload)} ends with "${line.slice(0, 160)}"`
  return [
    {
      object: mount.claim,
      relation: concerned.relationOf(mount.claim),
      category: 'disk',
      severity: 'critical',
      // With its path it is sure; the only claim of a container that may write elsewhere, too, is likely.
      weight: named.length > 0 ? 0.93 : 0.87,
      summary,
      suggestion: `See what fills ${mount.path}, or enlarge the claim: \`kubectl exec -n ${pod.metadata.namespace ?? 'default'} ${pod.metadata.name} -- df -h ${mount.path}\``,
      explains: [workload, refOf(pod)],
      objects: [pod],
      shown: [summary, `${nameOf(mount.claim)} is mounted at ${mount.path}`, line],
    },
  ]
}
