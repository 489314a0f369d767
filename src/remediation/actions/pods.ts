import { at, listAt, textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'

type Controller = { readonly kind: string; readonly name: string; readonly uid: string }

/** Who makes a pod anew when it is gone; undefined: nobody. */
export const controllerOf = ({ metadata }: KubeObject): Controller | undefined => {
  const owner = metadata.ownerReferences?.find((one) => at(one, 'controller') === true)
  return owner === undefined || owner.kind === 'Node' ? undefined : { kind: owner.kind, name: owner.name, uid: owner.uid ?? '' }
}

/** A static pod's copy in the API: its node runs it from a file, whatever is deleted here. */
export const isMirror = ({ metadata }: KubeObject): boolean => metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined

/** Volumes whose content is gone with the pod. */
export const localVolumesOf = (pod: KubeObject): string[] =>
  listAt(pod, 'spec', 'volumes')
    .filter((volume) => at(volume, 'emptyDir') !== undefined)
    .map((volume) => textAt(volume, 'name'))
