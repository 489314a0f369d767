import { ownerOfPod } from './names.ts'
import { objectKey } from './objects.ts'

/** The labels that name an object, with its kind. */
const NAMED: readonly (readonly [label: string, kind: string])[] = [
  ['pod', 'pod'],
  ['deployment', 'deployment'],
  ['statefulset', 'statefulset'],
  ['daemonset', 'daemonset'],
  ['replicaset', 'replicaset'],
  ['job_name', 'job'],
  ['cronjob', 'cronjob'],
  ['persistentvolumeclaim', 'persistentvolumeclaim'],
  ['horizontalpodautoscaler', 'horizontalpodautoscaler'],
]

/**
 * What an alert is about, as keys that findings use as well (`explains`): the nodes, pods and workloads of its labels, and its subject
 * as a service. An alert is explained by an open incident whose suspect names one of them.
 */
export const objectsOf = (labels: Readonly<Record<string, string>>, subject: string | null): string[] => {
  const { namespace, node, instance, pod } = labels
  const within = NAMED.flatMap(([label, kind]) => (labels[label] ? [objectKey({ kind, namespace, name: labels[label] })] : []))
  const services = [subject, pod ? ownerOfPod(pod) : null].flatMap((name) =>
    name === null ? [] : [objectKey({ kind: 'service', namespace, name }), objectKey({ kind: 'service', name })],
  )
  const keys = [
    ...(node ? [objectKey({ kind: 'node', name: node })] : []),
    // Port and all: the target that does not answer; without it, the machine.
    ...(instance ? [instance, instance.replace(/:\d+$/, '')].map((name) => objectKey({ kind: 'host', name })) : []),
    ...within,
    ...services,
  ]
  return [...new Set(keys)]
}
