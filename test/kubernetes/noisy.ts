import fc from 'fast-check'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { ago, container, deployment, event, node, object, pod, status } from './made.ts'

/** Clusters in which nothing is wrong, with all the noise that real ones have. */

const names = ['checkout', 'cart', 'web', 'payments', 'catalog', 'emails', 'orders', 'stock']

export type App = {
  readonly name: string
  readonly replicas: number
  readonly namedPort: boolean
  readonly labelled: 'app' | 'app.kubernetes.io/name'
  readonly calls: number
  readonly restarts: number
  readonly hpa: 'none' | 'low' | 'at-max-in-bounds' | 'at-min' | 'limited-yesterday'
  readonly claim: 'none' | 'bound'
  readonly extras: readonly ('ingress' | 'headless' | 'canary' | 'old-set' | 'slow-start-long-ago' | 'metrics-port')[]
}

const appOf = (name: string): fc.Arbitrary<App> =>
  fc.record({
    name: fc.constant(name),
    replicas: fc.constantFrom(0, 1, 1, 2, 3),
    namedPort: fc.boolean(),
    labelled: fc.constantFrom('app', 'app.kubernetes.io/name'),
    calls: fc.nat(names.length - 1),
    restarts: fc.constantFrom(0, 0, 1, 4),
    hpa: fc.constantFrom('none', 'low', 'at-max-in-bounds', 'at-min', 'limited-yesterday'),
    claim: fc.constantFrom('none', 'bound'),
    extras: fc.subarray(['ingress', 'headless', 'canary', 'old-set', 'slow-start-long-ago', 'metrics-port']),
  })

const noises = [
  'cordoned-node',
  'old-node-event',
  'idle-claim',
  'full-quota',
  'limit-range',
  'external-name',
  'manual-endpoints',
  'job-done',
  'old-husk',
  'old-attach',
  'old-quota-event',
  'default-deny',
  'lease',
  'dns',
  'certificate',
  'webhook',
  'node-lease',
  'old-preemption',
  'spare-volume',
] as const

type Noise = (typeof noises)[number]

export const cluster = fc.record({
  apps: fc.shuffledSubarray(names, { minLength: 1, maxLength: 5 }).chain((picked) => fc.tuple(...picked.map(appOf))),
  noise: fc.subarray([...noises]),
  subject: fc.nat(4),
  alert: fc.constantFrom('HighErrorRate', 'HighLatency', 'KubePodCrashLooping', 'CPUThrottlingHigh', 'KubeDeploymentReplicasMismatch'),
  style: fc.constantFrom('service', 'deployment', 'pod', 'bare', 'namespace'),
})

const made = (app: App, apps: readonly App[], isDenied: boolean): readonly KubeObject[] => {
  const labels = { [app.labelled]: app.name }
  const callee = apps[app.calls % apps.length]
  const env = callee === undefined || callee === app ? [] : [{ name: 'UPSTREAM_URL', value: `http://${callee.name}:80/api` }]
  const volumes = app.claim === 'none' ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: `${app.name}-data` } }]
  const spec = { containers: [container({ env })], volumes }
  const { deployment: workload, set } = deployment(`shop/${app.name}`, { replicas: app.replicas, labels, template: spec })
  const ended = { terminated: { reason: 'OOMKilled', exitCode: 137, startedAt: ago(60 * 24 * 3 + 600), finishedAt: ago(60 * 24 * 3) } }
  const statuses = [status({ restartCount: app.restarts, lastState: app.restarts > 0 ? ended : {} })]
  const pods = Array.from({ length: app.replicas }, (_, i) =>
    pod(`shop/${set.metadata.name}-abcd${i}`, {
      owner: set,
      labels,
      spec: { nodeName: `worker-${(i % 2) + 1}`, ...spec },
      statuses,
      created: ago(60 * 24 * 5),
    }),
  )
  const targetPort = app.namedPort ? 'http' : 8080
  const ports = [
    { name: 'web', port: 80, targetPort },
    ...(app.extras.includes('metrics-port') ? [{ name: 'metrics', port: 9102, targetPort: 9102 }] : []),
  ]
  const front = object('Service', `shop/${app.name}`, { spec: { type: 'ClusterIP', selector: labels, ports } })
  const slice = object('EndpointSlice', `shop/${app.name}-k2k`, {
    metadata: { labels: { 'kubernetes.io/service-name': app.name } },
    endpoints: pods.map((one) => ({
      addresses: ['10.244.1.7'],
      conditions: { ready: true },
      targetRef: { kind: 'Pod', name: one.metadata.name },
    })),
  })
  const callers = apps.filter((other) => other !== app && apps[other.calls % apps.length] === app)
  return [
    workload,
    set,
    ...pods,
    front,
    slice,
    ...(app.claim === 'bound'
      ? [
          object('PersistentVolumeClaim', `shop/${app.name}-data`, {
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName: 'gp3',
              volumeName: `pv-${app.name}`,
              resources: { requests: { storage: '5Gi' } },
            },
            status: { phase: 'Bound' },
          }),
        ]
      : []),
    ...scaler(app),
    ...(app.extras.includes('ingress')
      ? [
          object('Ingress', `shop/${app.name}`, {
            spec: {
              rules: [
                {
                  host: `${app.name}.example`,
                  http: { paths: [{ path: '/', backend: { service: { name: app.name, port: { name: 'web' } } } }] },
                },
              ],
            },
          }),
        ]
      : []),
    ...(app.extras.includes('headless')
      ? [object('Service', `shop/${app.name}-headless`, { spec: { clusterIP: 'None', selector: labels, ports: [{ port: 7946 }] } })]
      : []),
    ...(app.extras.includes('canary')
      ? [object('Service', `shop/${app.name}-canary`, { spec: { selector: { ...labels, track: 'canary' }, ports } })]
      : []),
    ...(app.extras.includes('old-set')
      ? [
          {
            ...set,
            metadata: { ...set.metadata, name: `${app.name}-5d5d5d5d5d`, uid: `old-${app.name}` },
            spec: { ...set.spec, replicas: 0 },
            status: { replicas: 0 },
          },
        ]
      : []),
    ...(app.extras.includes('slow-start-long-ago') && pods[0] !== undefined
      ? [
          event(
            pods[0],
            'Unhealthy',
            'Readiness probe failed: Get "http://10.244.1.7:8080/ready": dial tcp 10.244.1.7:8080: connect: connection refused',
            { minutes: 55, count: 3 },
          ),
        ]
      : []),
    ...(isDenied ? [allowFor(app, labels, callers)] : []),
  ]
}

const scaler = (app: App): readonly KubeObject[] => {
  if (app.hpa === 'none' || app.replicas === 0) return []
  const max = app.hpa === 'at-max-in-bounds' ? app.replicas : app.replicas + 3
  const cpu = { low: 31, 'at-max-in-bounds': 68, 'at-min': 4, 'limited-yesterday': 55 }[app.hpa]
  return [
    object('HorizontalPodAutoscaler', `shop/${app.name}`, {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: app.name },
        minReplicas: 1,
        maxReplicas: max,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
      },
      status: {
        currentReplicas: app.replicas,
        desiredReplicas: app.replicas,
        currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu, averageValue: '20m' } } }],
        conditions: [
          { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', lastTransitionTime: ago(9000) },
          { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', lastTransitionTime: ago(9000) },
          {
            type: 'ScalingLimited',
            status: app.hpa === 'at-min' ? 'True' : 'False',
            reason: app.hpa === 'at-min' ? 'TooFewReplicas' : 'DesiredWithinRange',
            lastTransitionTime: ago(60 * 20),
          },
        ],
      },
    }),
  ]
}

const allowFor = (app: App, labels: Readonly<Record<string, string>>, callers: readonly App[]): KubeObject =>
  object('NetworkPolicy', `shop/${app.name}-in`, {
    metadata: { creationTimestamp: ago(app.restarts === 0 ? 40 : 60 * 24 * 90) },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
            ...callers.map((caller) => ({ podSelector: { matchLabels: { [caller.labelled]: caller.name } } })),
          ],
          ports: [{ protocol: 'TCP', port: 8080 }],
        },
      ],
    },
  })

const noiseOf = (noise: Noise, some: KubeObject): readonly KubeObject[] => {
  switch (noise) {
    case 'cordoned-node':
      return [
        object('Node', 'worker-3', {
          ...node('worker-3'),
          spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
        }),
      ]
    case 'old-node-event':
      return [event(node('worker-1'), 'NodeNotReady', 'Node worker-1 status is now: NodeNotReady', { minutes: 60 * 24 * 6 })]
    case 'idle-claim':
      return [
        object('PersistentVolumeClaim', 'shop/idle', {
          spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'lazy', resources: { requests: { storage: '5Gi' } } },
          status: { phase: 'Pending' },
        }),
        object('StorageClass', 'lazy', { provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer' }),
      ]
    case 'full-quota':
      return [
        object('ResourceQuota', 'shop/compute', {
          spec: { hard: { 'requests.cpu': '10', pods: '20' } },
          status: { hard: { 'requests.cpu': '10', pods: '20' }, used: { 'requests.cpu': '9500m', pods: '19' } },
        }),
      ]
    case 'limit-range':
      return [
        object('LimitRange', 'shop/bounds', {
          spec: { limits: [{ type: 'Container', max: { memory: '1Gi' }, default: { memory: '256Mi' } }] },
        }),
      ]
    case 'external-name':
      return [object('Service', 'shop/db', { spec: { type: 'ExternalName', externalName: 'db.internal.example' } })]
    case 'manual-endpoints':
      return [
        object('Service', 'shop/legacy', { spec: { clusterIP: 'None', ports: [{ port: 5432 }] } }),
        object('Endpoints', 'shop/legacy', { subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 5432 }] }] }),
      ]
    case 'job-done':
      return [
        pod('shop/nightly-29387-xk2kq', {
          labels: { 'job-name': 'nightly-29387' },
          statuses: [status({ ready: false, state: { terminated: { reason: 'Completed', exitCode: 0, finishedAt: ago(120) } } })],
          status: { phase: 'Succeeded' },
        }),
      ]
    case 'old-husk':
      return [
        pod('shop/checkout-6c9f4d7b8b-husk1', {
          status: {
            phase: 'Failed',
            reason: 'Evicted',
            message: 'The node was low on resource: memory. ',
            conditions: [
              { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', lastTransitionTime: ago(60 * 24 * 4) },
            ],
            containerStatuses: [],
          },
        }),
      ]
    case 'old-attach':
      return [
        event(some, 'FailedAttachVolume', 'Multi-Attach error for volume "pvc-77" Volume is already exclusively attached to one node', {
          minutes: 50,
        }),
      ]
    case 'old-quota-event':
      return [
        event(
          some,
          'FailedCreate',
          'Error creating: pods "x-1" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=20, limited: pods=20',
          { minutes: 52 },
        ),
      ]
    case 'default-deny':
      return [
        object('NetworkPolicy', 'shop/default-deny', {
          metadata: { creationTimestamp: ago(60 * 24 * 90) },
          spec: { podSelector: {}, policyTypes: ['Ingress'] },
        }),
      ]
    case 'lease':
      return [
        object('Lease', 'shop/leader', {
          spec: {
            holderIdentity: `${some.metadata.name}_12`,
            leaseDurationSeconds: 15,
            acquireTime: ago(9000),
            renewTime: ago(0.1),
            leaseTransitions: 37,
          },
        }),
        object('Lease', 'kube-system/kube-scheduler', {
          spec: { holderIdentity: 'cp-1_9', leaseDurationSeconds: 15, acquireTime: ago(9000), renewTime: ago(0.05), leaseTransitions: 3 },
        }),
      ]
    case 'dns':
      return [
        pod('kube-system/coredns-5d7-abcd1', { labels: { 'k8s-app': 'kube-dns' } }),
        pod('kube-system/coredns-5d7-abcd2', { labels: { 'k8s-app': 'kube-dns' }, statuses: [status({ ready: false })] }),
      ]
    case 'certificate':
      return [
        object('Certificate', 'shop/front-tls', {
          apiVersion: 'cert-manager.io/v1',
          spec: { secretName: 'front-tls', dnsNames: ['web.example'] },
          status: { notAfter: ago(-60 * 20), renewalTime: ago(-60 * 8), conditions: [{ type: 'Ready', status: 'True', reason: 'Ready' }] },
        }),
      ]
    case 'webhook':
      return [
        object('ValidatingWebhookConfiguration', 'guard', {
          webhooks: [{ name: 'guard.example', clientConfig: { caBundle: 'bm90IGEgY2VydA==' } }],
        }),
      ]
    case 'node-lease':
      return [
        object('Lease', 'kube-node-lease/worker-1', {
          spec: { holderIdentity: 'worker-1', leaseDurationSeconds: 40, renewTime: ago(0.2) },
        }),
      ]
    case 'old-preemption':
      return [event(some, 'Preempted', 'Preempted by pod 5f0c on node worker-1', { minutes: 58 })]
    case 'spare-volume':
      return [
        object('PersistentVolume', 'pv-spare', {
          spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], claimRef: { namespace: 'shop', name: 'gone' } },
          status: { phase: 'Released' },
        }),
      ]
  }
}

export type Drawn = typeof cluster extends fc.Arbitrary<infer T> ? T : never

/** The objects of a drawn cluster, and the app that its alert is about. */
export const objectsOf = ({ apps, noise, subject }: Drawn): { objects: readonly KubeObject[]; about: App } => {
  const isDenied = noise.includes('default-deny')
  const objects = [node('worker-1'), node('worker-2'), ...apps.flatMap((app) => made(app, apps, isDenied))]
  const about = apps[subject % apps.length]!
  const some = objects.find(({ kind }) => kind === 'Pod') ?? objects[0]!
  const all = [...objects, ...noise.flatMap((one) => noiseOf(one, some))]
  return { objects: [...new Map(all.map((one) => [`${one.kind} ${one.metadata.namespace} ${one.metadata.name}`, one])).values()], about }
}

export const labelsOf = ({ alert, style }: Drawn, { name }: App): Readonly<Record<string, string>> => {
  const labels = { alertname: alert }
  if (style === 'deployment') return { ...labels, deployment: name }
  if (style === 'service') return { ...labels, service: name }
  return style === 'pod' ? { ...labels, pod: `${name}-6c9f4d7b8b-abcd0` } : labels
}
