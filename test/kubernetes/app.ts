import type { KubeObject } from '../../src/kubernetes/state.ts'
import { deployment, pod } from './made.ts'

/** A deployment of the namespace shop with its replica set and its running pods. */
export const app = (
  name: string,
  options: Parameters<typeof deployment>[1] = {},
  podOptions: Parameters<typeof pod>[1] = {},
): KubeObject[] => {
  const { deployment: made, set } = deployment(`shop/${name}`, options)
  const pods = Array.from({ length: options.replicas ?? 1 }, (_, i) =>
    pod(`shop/${set.metadata.name}-aaaa${i}`, { owner: set, labels: options.labels ?? { app: name }, ...podOptions }),
  )
  return [made, set, ...pods]
}
