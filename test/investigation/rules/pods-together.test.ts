import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rules } from '../../../src/investigation/rules/index.ts'
import type { Finding } from '../../../src/investigation/rules/rule.ts'
import { type Suspect, suspectsOf } from '../../../src/investigation/suspects.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { evaluate } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { inCluster } from '../../kubernetes/in-cluster.ts'
import {
  ago,
  container,
  deployment,
  event,
  node,
  object,
  ownedBy,
  pod,
  replicaSet,
  service,
  status,
  unschedulable,
} from '../../kubernetes/made.ts'

/** All rules over one cluster, weighed together: which cause wins where several rules speak of one fault, and what nobody is accused for. */

type Fields = Readonly<Record<string, unknown>>

const suspects = async (objects: readonly KubeObject[], over: Parameters<typeof inCluster>[1] = {}): Promise<readonly Suspect[]> => {
  const input = inCluster(objects, over)
  const findings = (await Promise.all(ofKubernetes.map((rule) => evaluate(rule, input)))).flatMap((one) => one.findings)
  return suspectsOf(findings.map((finding): Finding => ({ ...finding, evidence: ['E1'] })))
}

const ofKubernetes = rules.filter(({ id, needs }) => id === 'recent-deploy' || needs?.includes('kubernetes') === true)

const first = async (objects: readonly KubeObject[], over: Parameters<typeof inCluster>[1] = {}): Promise<string> => {
  const [head] = await suspects(objects, over)
  return head === undefined ? 'nobody' : `${head.category} ${head.object.kind} ${head.object.name}`
}

const ended = (over: Fields = {}) => ({ exitCode: 1, reason: 'Error', startedAt: ago(2.2), finishedAt: ago(2), ...over })
const looping = (over: Fields = {}) =>
  status({
    ready: false,
    started: false,
    restartCount: 6,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s' } },
    lastState: { terminated: ended(over) },
  })
const waiting = (reason: string, message = '') => status({ ready: false, started: false, state: { waiting: { reason, message } } })

/** Two revisions: old pods that serve, and one new pod. */
const rollout = (
  fresh: Fields,
  {
    change = { image: 'registry.example/checkout:1.5.0' },
    old = 2,
    podSpec = {},
  }: { change?: Fields; old?: number; podSpec?: Fields } = {},
): KubeObject[] => {
  const template = (over: Fields) => ({ metadata: { labels: { app: 'checkout' } }, spec: { containers: [container(over)] } })
  const { deployment: made } = deployment('shop/checkout', {
    replicas: 3,
    ready: old,
    template: { containers: [container(change)] },
    metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' } },
  })
  const before = replicaSet(made, { hash: 'old11', replicas: old, template: template({}) })
  const after = replicaSet(made, { hash: 'new22', replicas: 1, ready: 0, template: template(change), revision: '2', created: ago(14) })
  return [
    made,
    before,
    after,
    ...Array.from({ length: old }, (_, i) => pod(`shop/checkout-old11-aaaa${i}`, { owner: before })),
    pod('shop/checkout-new22-bbbb0', {
      owner: after,
      created: ago(14),
      statuses: [fresh],
      spec: { containers: [container(change)], ...podSpec },
    }),
  ]
}

const fronted = [service('shop/checkout', { app: 'checkout' })]

describe('one fault, several rules', () => {
  it('a kill for memory goes before the loop and the rollout that it breaks', async () => {
    const change = { resources: { limits: { memory: '32Mi' }, requests: { memory: '32Mi' } } }
    assert.equal(
      await first([...rollout(looping({ exitCode: 137, reason: 'OOMKilled' }), { change }), ...fronted]),
      'memory Deployment checkout',
    )
  })

  it('an image or a config map goes before the rollout that asks for it', async () => {
    assert.equal(await first([...rollout(waiting('ImagePullBackOff', 'Back-off pulling image')), ...fronted]), 'image Deployment checkout')
    const change = { envFrom: [{ configMapRef: { name: 'checkout-v2' } }] }
    assert.equal(
      await first([...rollout(waiting('CreateContainerConfigError', 'configmap "checkout-v2" not found'), { change }), ...fronted]),
      'config_change Deployment checkout',
    )
  })

  it('a config map that is gone is the object, though all pods of the workload wait', async () => {
    const objects = app(
      'checkout',
      {
        replicas: 2,
        ready: 0,
        status: { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastTransitionTime: ago(2) }] },
      },
      {
        created: ago(13),
        status: { phase: 'Pending' },
        statuses: [waiting('CreateContainerConfigError', 'configmap "checkout-settings" not found')],
      },
    )
    assert.equal(await first([...objects, ...fronted]), 'config_change ConfigMap checkout-settings')
  })

  it('a rollout goes before the crash of its new pods', async () => {
    assert.equal(await first([...rollout(looping()), ...fronted]), 'bad_deploy Deployment checkout')
  })

  it('what crashes because another is down accuses the other', async () => {
    const db = app('db', { ready: 0 }, { labels: { app: 'db' }, statuses: [waiting('ImagePullBackOff', 'manifest unknown')] })
    const logs = {
      'checkout-6c9f4d7b8b-aaaa0/app previous': ['FATAL: dial tcp 10.96.0.9:5432: connect: connection refused (host db:5432)'],
    }
    const objects = [...app('checkout', { ready: 0 }, { statuses: [looping()] }), ...fronted, ...db, service('shop/db', { app: 'db' })]
    assert.equal(await first(objects, { logs }), 'image Deployment db')
  })

  it('a database that has been scaled to zero is accused for the crash of who needs it', async () => {
    const db = app('db', { replicas: 0 })
    const logs = { 'checkout-6c9f4d7b8b-aaaa0/app previous': ['Error: connect ECONNREFUSED db:5432'] }
    const objects = [...app('checkout', { ready: 0 }, { statuses: [looping()] }), ...fronted, ...db, service('shop/db', { app: 'db' })]
    const [head] = await suspects(objects, { logs })
    assert.match(head?.object.name ?? '', /^db$/)
  })

  it('who serves is accused for what it calls: the address stands in its environment', async () => {
    const env = [{ name: 'PAYMENT_URL', value: 'http://payment:8080' }]
    const caller = app('checkout', { template: { containers: [container({ env })] } })
    const payment = app(
      'payment',
      { ready: 0 },
      { labels: { app: 'payment' }, statuses: [looping({ exitCode: 137, reason: 'OOMKilled' })] },
    )
    assert.equal(await first([...caller, ...fronted, ...payment, service('shop/payment', { app: 'payment' })]), 'memory Deployment payment')
  })

  it('a probe that was set up wrong goes before the endpoints that it empties', async () => {
    const spec = { containers: [container({ readinessProbe: { httpGet: { path: '/ready', port: 9999 } } })] }
    const objects = app(
      'checkout',
      { ready: 0 },
      { created: ago(20), spec, statuses: [status({ ready: false, state: { running: { startedAt: ago(20) } } })] },
    )
    const said = event(
      objects[2] as KubeObject,
      'Unhealthy',
      'Readiness probe failed: Get "http://10.244.1.7:9999/ready": dial tcp 10.244.1.7:9999: connect: connection refused',
      { minutes: 0.1, count: 80, container: 'app' },
    )
    const slices = object('EndpointSlice', 'shop/checkout-x', {
      metadata: { labels: { 'kubernetes.io/service-name': 'checkout' } },
      endpoints: [{ addresses: ['10.244.1.7'], conditions: { ready: false } }],
      ports: [{ port: 8080 }],
    })
    assert.equal(await first([...objects, said, ...fronted, slices]), 'probe Deployment checkout')
  })

  it('pods that find no node are a matter of scheduling', async () => {
    const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 nodes are available."
    const objects = app(
      'checkout',
      { ready: 0 },
      {
        created: ago(15),
        spec: { nodeName: undefined, nodeSelector: { disk: 'ssd' } },
        status: unschedulable(message, ago(15)),
        statuses: [],
      },
    )
    assert.equal(await first([...objects, ...fronted, node('worker-1')]), 'scheduling Deployment checkout')
  })

  it('a service account that is gone is the object', async () => {
    const [made, set] = app('checkout', {
      replicas: 2,
      ready: 0,
      status: {
        replicas: 0,
        conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'x', lastTransitionTime: ago(13) }],
      },
    }) as [KubeObject, KubeObject]
    const short = { ...set, status: { replicas: 0 } }
    const said =
      'Error creating: pods "checkout-6c9f4d7b8b-" is forbidden: error looking up service account shop/checkout: serviceaccount "checkout" not found'
    assert.equal(
      await first([made, short, ...fronted, event(short, 'FailedCreate', said, { minutes: 2, count: 12 })]),
      'permissions ServiceAccount checkout',
    )
  })
})

describe('nobody is accused', () => {
  const healthy = [...app('checkout', { replicas: 2 }), ...fronted, node('worker-1')]
  const cases: Readonly<Record<string, readonly KubeObject[]>> = {
    'in a healthy cluster': healthy,
    'for a restart of yesterday and a kill of last week': [
      ...app(
        'checkout',
        {},
        {
          statuses: [
            status({
              restartCount: 3,
              state: { running: { startedAt: ago(1500) } },
              lastState: { terminated: ended({ finishedAt: ago(1501), startedAt: ago(1502) }) },
            }),
          ],
        },
      ),
      ...app(
        'cart',
        {},
        {
          labels: { app: 'cart' },
          statuses: [
            status({
              restartCount: 1,
              state: { running: { startedAt: ago(9000) } },
              lastState: { terminated: ended({ exitCode: 137, reason: 'OOMKilled', finishedAt: ago(9001) }) },
            }),
          ],
        },
      ),
      ...fronted,
    ],
    'for init containers and jobs that are done, and what evictions left': [
      ...healthy,
      object('Job', 'shop/seed', {
        status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: ago(30) }] },
      }),
      pod('shop/seed-abcde', {
        owner: object('Job', 'shop/seed'),
        labels: { app: 'seed' },
        status: { phase: 'Succeeded' },
        statuses: [status({ ready: false, state: { terminated: { exitCode: 0, reason: 'Completed', finishedAt: ago(30) } } })],
      }),
      pod('shop/checkout-6c9f4d7b8b-evict', {
        owner: object('ReplicaSet', 'shop/checkout-6c9f4d7b8b'),
        created: ago(9000),
        status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
        statuses: [],
      }),
    ],
    'for a neighbour of another team that cannot pull its image and loops': [
      ...healthy,
      ...app('report', { ready: 0 }, { labels: { app: 'report' }, statuses: [waiting('ImagePullBackOff')] }),
      ...app('batch', { ready: 0 }, { labels: { app: 'batch' }, statuses: [looping()] }),
    ],
    'for a rollout that goes as it should': rollout(status({ ready: false, state: { running: { startedAt: ago(0.5) } } }), {}).map((one) =>
      one.metadata.name.startsWith('checkout-new22') ? { ...one, metadata: { ...one.metadata, creationTimestamp: ago(0.6) } } : one,
    ),
    'for a workload that is scaled to zero beside it and a node that is cordoned': [
      ...healthy,
      ...app('legacy', { replicas: 0 }),
      { ...node('worker-2'), spec: { unschedulable: true } },
    ],
    'for an old FailedScheduling, FailedMount or Unhealthy of pods that run': [
      ...healthy,
      ...['FailedScheduling', 'FailedMount', 'Unhealthy', 'BackOff'].map((reason) =>
        event(healthy[2] as KubeObject, reason, 'Readiness probe failed: connection refused; secret "x" not found', { minutes: 40 }),
      ),
    ],
    'for a CronJob whose job failed once and came through since': [
      ...healthy,
      object('CronJob', 'shop/report', {
        spec: { schedule: '*/10 * * * *' },
        status: { lastScheduleTime: ago(4), lastSuccessfulTime: ago(3) },
      }),
      object('Job', 'shop/report-1', {
        metadata: { ...ownedBy(object('CronJob', 'shop/report')), creationTimestamp: ago(14) },
        status: {
          failed: 1,
          conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: ago(13) }],
        },
      }),
    ],
  }
  for (const [title, objects] of Object.entries(cases))
    it(title, async () => {
      assert.deepEqual(
        (await suspects(objects)).map((one) => `${one.category} ${one.object.kind} ${one.object.name}: ${one.why}`),
        [],
      )
    })
})
