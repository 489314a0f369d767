import { conditionOf } from './condition.ts'
import { listAt, numberAt, textAt } from './read.ts'
import type { KubeObject } from './state.ts'

/** A pod that has ended by itself or was ended, and whose place somebody else takes. */
export const isOver = (pod: KubeObject): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'))

/** A pod that still has work to do: not ended, not on its way out. */
export const isLive = (pod: KubeObject): boolean => !isOver(pod) && pod.metadata.deletionTimestamp === undefined

export const isReady = (pod: KubeObject): boolean => isLive(pod) && conditionOf(pod, 'Ready')?.status === 'True'

/** Containers that run beside each other: init containers that stay on (sidecars) among them. */
export const runningContainers = (pod: unknown): readonly unknown[] => [
  ...listAt(pod, 'spec', 'containers'),
  ...listAt(pod, 'spec', 'initContainers').filter((container) => textAt(container, 'restartPolicy') === 'Always'),
]

export type ContainerPort = { readonly name: string; readonly port: number }

/** The ports that the containers say they listen on; Kubernetes lets them listen on others, too. */
export const declaredPorts = (pod: unknown): readonly ContainerPort[] =>
  runningContainers(pod).flatMap((container) =>
    listAt(container, 'ports').flatMap((port) => {
      const number = numberAt(port, 'containerPort')
      return number === null ? [] : [{ name: textAt(port, 'name'), port: number }]
    }),
  )
