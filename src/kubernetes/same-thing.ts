import { ownerOfPod, withoutHash } from './names.ts'

type Named = { readonly kind: string; readonly namespace?: string | undefined; readonly name: string }

/** Kinds that are one thing to people: a service by its name in logs and metrics, the workload that runs it, its pods. */
const RUNS = new Set(['service', 'deployment', 'statefulset', 'daemonset', 'replicaset', 'pod'])

/**
 * The name of the thing that an object is: logs and traces know a service without its namespace, Kubernetes knows its deployment and pods. Where
 * one name stands in several namespaces, one without a namespace is a thing of its own.
 */
export const thingsOf = (objects: readonly Named[]): ((object: Named) => string) => {
  const nameOf = ({ kind, name }: Named): string => {
    const lower = kind.toLowerCase()
    if (!RUNS.has(lower)) return `${lower} ${name}`
    return `runs ${lower === 'pod' ? ownerOfPod(name) : lower === 'replicaset' ? withoutHash(name) : name}`
  }
  const namespaces = Map.groupBy(
    objects.filter(({ namespace }) => namespace !== undefined),
    nameOf,
  )
  return (object) => {
    const name = nameOf(object)
    const known = new Set((namespaces.get(name) ?? []).map(({ namespace }) => namespace))
    const [only = ''] = known.size === 1 ? known : []
    return `${name} ${object.namespace ?? only}`
  }
}
