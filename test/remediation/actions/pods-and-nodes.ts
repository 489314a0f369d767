import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { app } from '../../kubernetes/app.ts'
import { object, pod } from '../../kubernetes/made.ts'

export const node = (name: string, spec: Record<string, unknown> = {}, ready = 'True'): KubeObject =>
  object('Node', name, {
    metadata: { labels: { 'kubernetes.io/hostname': name } },
    spec,
    status: { conditions: [{ type: 'Ready', status: ready }] },
  })

/** Three nodes; on worker-1 three pods of checkout, one of a DaemonSet and one of the node itself. */
export const nodes = (spec: Record<string, unknown> = {}): KubeObject[] => [
  node('worker-1', spec),
  node('worker-2'),
  node('worker-3'),
  ...app('checkout', { replicas: 3 }),
  pod('shop/agent-x1', { owner: object('DaemonSet', 'shop/agent'), labels: { app: 'agent' } }),
  pod('shop/proxy-worker-1', { labels: { app: 'proxy' }, metadata: { annotations: { 'kubernetes.io/config.mirror': 'f00' } } }),
]

export const budget = (disruptionsAllowed: number): KubeObject =>
  object('PodDisruptionBudget', 'shop/checkout', {
    apiVersion: 'policy/v1',
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'checkout' } } },
    status: { disruptionsAllowed },
  })

export const withVolumes = (one: KubeObject, volumes: readonly unknown[]): KubeObject => ({ ...one, spec: { ...one.spec, volumes } })
