import type { ClusterState, KubeObject } from './state.ts'

/** What an object is called: the same shape as a finding's object. */
export type Ref = { readonly kind: string; readonly namespace?: string; readonly name: string }

export const refOf = ({ kind, metadata: { namespace, name } }: KubeObject): Ref =>
  namespace === undefined ? { kind, name } : { kind, namespace, name }

/** One key for one object of Kubernetes, fit for maps and for sorting. */
export const keyOf = ({ kind, namespace, name }: Named): string => `${kind} ${namespace ?? ''} ${name}`

/** One key for one object, whoever names it: kinds differ in case from source to source. */
export const objectKey = ({ kind, ...object }: Named): string => keyOf({ kind: kind.toLowerCase(), ...object })

type Named = { readonly kind: string; readonly namespace?: string | undefined; readonly name: string }

/** A service as an object: in the alert's namespace, where that is known, so that all rules speak of the same thing. */
export const serviceIn = (namespace: string | null | undefined, name: string): Ref =>
  namespace == null || namespace === '' ? { kind: 'service', name } : { kind: 'service', namespace, name }

/** "Deployment shop/checkout", "Node worker-1". */
export const nameOf = ({ kind, namespace, name }: Ref): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** All objects of a kind, in the state's order. */
export const ofKind = (state: ClusterState, kind: string): readonly KubeObject[] => indexOf(state).byKind.get(kind) ?? []

export const findObject = (state: ClusterState, ref: Ref): KubeObject | undefined => indexOf(state).byKey.get(keyOf(ref))

/** Whether all objects of a kind were read: only then can one be said to be missing. */
export const isRead = (state: ClusterState, kind: string): boolean => state.unread.every((unread) => unread.kind !== kind)

type Index = { readonly byKind: ReadonlyMap<string, readonly KubeObject[]>; readonly byKey: ReadonlyMap<string, KubeObject> }

// Many rules look at one state, and a state never changes.
const indexes = new WeakMap<readonly KubeObject[], Index>()

const indexOf = ({ objects }: ClusterState): Index => {
  const known = indexes.get(objects)
  if (known !== undefined) return known
  const index: Index = {
    byKind: Map.groupBy(objects, ({ kind }) => kind),
    byKey: new Map(objects.map((object) => [keyOf(refOf(object)), object])),
  }
  indexes.set(objects, index)
  return index
}
