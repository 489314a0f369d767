import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { kubernetes } from '../../../src/datasources/kubernetes.ts'
import { kubernetesDescribe } from '../../../src/investigation/tools/kubernetes-describe.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ask, cited } from '../../contracts/tool.ts'
import { kubeApi } from '../../kubernetes/api.ts'
import { faults } from '../../kubernetes/faults/index.ts'

const sources = (endpoint: string) => ({ kubernetes: kubernetes({ endpoint }, { fetch, clock: systemClock }) })

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'd', creationTimestamp: '2026-11-01T00:00:00Z' },
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { spec: { containers: [{ name: 'app', image: 'web:2' }] } } },
  status: {
    readyReplicas: 1,
    conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'too few' }],
  },
}

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...{ name: 'web-1', namespace: 'shop', uid: 'p', labels: { app: 'web' }, creationTimestamp: '2026-11-20T20:00:00Z' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-abc', controller: true } as { kind: string; name: string }],
  },
  spec: {
    nodeName: 'n1',
    containers: [
      {
        ...{ name: 'app', image: 'web:2', resources: { requests: { cpu: '100m' }, limits: { memory: '64Mi' } } },
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
      },
    ],
    volumes: [{ name: 'config', configMap: { name: 'web-config' } }],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastTransitionTime: '2026-11-20T21:40:00Z' }],
    containerStatuses: [
      {
        ...{ name: 'app', ready: false, restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } } },
        lastState: {
          terminated: { reason: 'OOMKilled', exitCode: 137, startedAt: '2026-11-20T21:39:00Z', finishedAt: '2026-11-20T21:40:00Z' },
        },
      },
    ],
  },
}

const event = (name: string, minute: number, more: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'shop' },
  involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'p' },
  lastTimestamp: `2026-11-20T21:${minute}:00Z`,
  type: 'Warning',
  reason: 'BackOff',
  message: 'Back-off restarting failed container',
  ...more,
})

test('a pod is described with the end of the run before, its probes and its events in order of time', async (t) => {
  const objects = [
    deployment,
    pod,
    event('a', 55),
    event('b', 41),
    event('c', 50, { involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'before' } }),
  ]
  const api = await kubeApi(t, { objects })
  const { shown, query, complete } = cited(
    await ask(kubernetesDescribe, sources(api.url), { kind: 'pod', namespace: 'shop', name: 'web-1' }),
  )
  assert.equal(query, 'kubectl describe pod web-1 -n shop')
  assert.equal(complete, true)
  assert.equal(
    shown,
    [
      'Pod shop/web-1: CrashLoopBackOff, 0/1 ready, 4 restarts, on n1',
      'created 2026-11-20T20:00:00Z, owned by ReplicaSet web-abc',
      'labels app=web',
      'condition Ready=False since 2026-11-20T21:40:00Z ContainersNotReady',
      'container app: image web:2, requests cpu 100m, limits memory 64Mi',
      '  not ready, 4 restarts, now waiting: CrashLoopBackOff: back-off 40s',
      '  before that ended: OOMKilled, exit code 137, from 2026-11-20T21:39:00Z to 2026-11-20T21:40:00Z',
      '  probes: liveness GET /healthz port 8080, after 0 s, every 5 s, time-out 1 s, fails after 3',
      'volumes: config from config map web-config',
      '2 events, oldest first:',
      '  2026-11-20T21:41:00Z Warning BackOff: Back-off restarting failed container',
      '  2026-11-20T21:55:00Z Warning BackOff: Back-off restarting failed container',
    ].join('\n'),
  )
})

test('a workload is described with its pods, those in trouble first', async (t) => {
  const api = await kubeApi(t, { objects: [deployment, pod] })
  const { shown, output } = cited(await ask(kubernetesDescribe, sources(api.url), { kind: 'deploy', namespace: 'shop', name: 'web' }))
  assert.match(shown, /^Deployment shop\/web: 1\/2 ready, .*Available=False \(MinimumReplicasUnavailable\)\n/)
  assert.match(shown, /\n1 pods, 1 in trouble:\n {2}web-1: CrashLoopBackOff, 0\/1 ready/)
  assert.ok(output.kind === 'objects' && output.objects.length === 2)
})

test('what is not there is said to be, and what may not be read is refused', async (t) => {
  const api = await kubeApi(t, { objects: [], faults: { nodes: { status: 403 } } })
  const { shown } = cited(await ask(kubernetesDescribe, sources(api.url), { kind: 'pod', namespace: 'shop', name: 'gone' }))
  assert.equal(shown, '0 pods: there is none of that name')
  const refused = await ask(kubernetesDescribe, sources(api.url), { kind: 'node', name: 'n1' })
  assert.ok(!refused.ok && /403 nodes "n1" is forbidden/.test(refused.error) && refused.gap === 'Kubernetes refused a query')
  const secret = await ask(kubernetesDescribe, sources(api.url), { kind: 'secret', namespace: 'shop', name: 'db' })
  assert.ok(!secret.ok && /reads no secrets/.test(secret.error))
  const none = await ask(kubernetesDescribe, {}, { kind: 'node', name: 'n1' })
  assert.ok(!none.ok && /not configured/.test(none.error))
})

test('every kind of object of real clusters can be described in few lines', async (t) => {
  const [first] = faults
  assert.ok(first !== undefined)
  const api = await kubeApi(t, { objects: first.objects })
  for (const [kind, [one]] of Map.groupBy(first.objects, (object) => object.kind)) {
    if (one === undefined || kind === 'Event' || kind === 'Secret') continue
    const { shown } = cited(
      await ask(kubernetesDescribe, sources(api.url), { kind, namespace: one.metadata.namespace, name: one.metadata.name }),
    )
    assert.ok(shown.includes(one.metadata.name) && shown.length < 8500 && !/undefined|\[object/.test(shown), shown)
  }
})
