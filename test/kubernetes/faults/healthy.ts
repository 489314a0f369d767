import type { KubeObject } from '../../../src/kubernetes/state.ts'
import type { FaultCase } from './case.ts'
import { alert, healthyDeployment, ksm, logOf, quiet, type Story } from './cluster.ts'
import { event } from './events.ts'
import { herrings } from './herrings.ts'
import { kubelet } from './looks.ts'
import { lease } from './objects.ts'
import { certificate, claim, configMap, hpa, idleClaim, networkPolicy, plain, quota, service } from './things.ts'
import { cronJob, job, type Workload, workload } from './workloads.ts'
import { ago, d, h, letters, m, microAgo, patch, s, type World } from './world.ts'

type Alert = FaultCase['alert']

/** Something fires, and what Kubernetes shows is in order, or has nothing to do with it, or is over. */
const calm = (name: string, tell: (w: World) => Alert, more: Omit<Story, 'tell'> = {}): FaultCase =>
  quiet(`healthy-${name}`, { ...more, tell: (w) => ({ alert: tell(w), expected: null }) })

const slow = (w: World, ns: string, of: string): Alert =>
  alert(w, 'HighLatency', { namespace: ns, service: of }, { for: m(5), severity: 'critical' })
const errors = (w: World, ns: string, of: string): Alert => alert(w, 'HighErrorRate', { namespace: ns, service: of }, { for: m(5) })
const every = Object.keys(herrings)

/** The subject: a service of some pods, all well. */
const well = (w: World, ns: string, name: string, more: Partial<Parameters<typeof healthyDeployment>[1]> = {}): Workload => {
  const made = healthyDeployment(w, { ns, name, replicas: 3, age: d(120), rolled: d(6), ...more })
  for (const p of made.pods)
    w.logs[`${ns}/${p.metadata.name}/${name}`] ??= {
      current: ['GET /api/items 200 12ms', 'GET /api/items/7 200 9ms', 'GET /ready 200 1ms'],
      previous: [],
    }
  return made
}

const nodeNamed = (w: World, name: string): KubeObject => w.objects.find((o) => o.kind === 'Node' && o.metadata.name === name)!

export const healthy: readonly FaultCase[] = [
  calm(
    'nothing-odd-but-slow',
    (w) => {
      well(w, 'shop', 'checkout')
      return slow(w, 'shop', 'checkout')
    },
    { herrings: [] },
  ),
  calm('nothing-odd-but-errors', (w) => {
    const made = well(w, 'payments', 'card-gateway')
    logOf(w, made.pods[0]!, 'card-gateway', {
      current: ['POST https://psp.example.com/charge: 502 Bad Gateway', 'POST https://psp.example.com/charge: 502 Bad Gateway'],
    })
    return errors(w, 'payments', 'card-gateway')
  }),
  calm(
    'every-herring-at-once',
    (w) => {
      well(w, 'orders', 'orders-api')
      return slow(w, 'orders', 'orders-api')
    },
    { herrings: every, nodes: 6 },
  ),
  calm('killed-for-memory-three-days-ago', (w) => {
    well(w, 'search', 'suggest', {
      pods: [
        {
          containers: {
            suggest: { is: 'running', since: d(3), restarts: 1, last: { exit: 137, reason: 'OOMKilled', ago: d(3) + 2, ran: d(2) } },
          },
        },
        {},
        {},
      ],
    })
    return slow(w, 'search', 'suggest')
  }),
  calm('restarted-once-yesterday', (w) => {
    well(w, 'crm', 'contacts', {
      pods: [
        {},
        {
          containers: {
            contacts: { is: 'running', since: h(27), restarts: 1, last: { exit: 1, reason: 'Error', ago: h(27) + 4, ran: d(4) } },
          },
        },
        {},
      ],
    })
    return errors(w, 'crm', 'contacts')
  }),
  calm('rolling-out-right-now', (w) => {
    const made = well(w, 'shop', 'cart-api', {
      rolled: s(50),
      rolling: true,
      pods: [{ age: 48 }, { age: 12, changed: 10, containers: { 'cart-api': { is: 'running', since: 9, ready: false } } }],
      oldPods: [{ age: d(4) }, { age: d(4) }, { age: d(4), terminating: { since: 14 } }],
    })
    kubelet(w, made.pods[1]!, {
      container: 'cart-api',
      reason: 'Unhealthy',
      message: `Readiness probe failed: Get "http://${String(made.pods[1]!.status?.['podIP'])}:8080/ready": dial tcp ${String(made.pods[1]!.status?.['podIP'])}:8080: connect: connection refused`,
      first: 6,
    })
    return alert(w, 'QueueDepthHigh', { namespace: 'shop', service: 'cart-api' }, { for: m(10) })
  }),
  calm('neighbour-rolled-out-minutes-ago', (w) => {
    well(w, 'shop', 'basket')
    healthyDeployment(w, { ns: 'shop', name: 'banner', rolled: m(6) })
    return slow(w, 'shop', 'basket')
  }),
  calm('pull-errors-that-are-over', (w) => {
    const made = well(w, 'media', 'thumbs', { pods: [{ age: m(52) }, {}, {}] })
    const p = made.pods[0]!
    const image = String((p.spec?.['containers'] as { image: string }[] | undefined)?.[0]?.image)
    kubelet(w, p, {
      container: 'thumbs',
      reason: 'Failed',
      message: `Failed to pull image "${image}": rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "https://registry.example.com/v2/media/thumbs/manifests/1": dial tcp 10.20.0.15:443: i/o timeout`,
      first: m(51) - 20,
    })
    kubelet(w, p, { container: 'thumbs', reason: 'Failed', message: 'Error: ErrImagePull', first: m(51) - 20 })
    kubelet(w, p, {
      container: 'thumbs',
      type: 'Normal',
      reason: 'Pulled',
      message: `Successfully pulled image "${image}" in 2.114s (2.114s including waiting). Image size: 88123911 bytes.`,
      first: m(50) - 20,
    })
    return slow(w, 'media', 'thumbs')
  }),
  calm(
    'back-off-of-this-morning-that-is-over',
    (w) => {
      const made = well(w, 'billing', 'invoices', {
        pods: [
          {
            containers: {
              invoices: { is: 'running', since: h(5), restarts: 4, last: { exit: 1, reason: 'Error', ago: h(5) + 40, ran: 2 } },
            },
          },
          {},
          {},
        ],
      })
      const p = made.pods[0]!
      kubelet(w, p, {
        container: 'invoices',
        reason: 'BackOff',
        message: `Back-off restarting failed container invoices in pod ${p.metadata.name}_billing(${p.metadata.uid})`,
        first: h(5) + 300,
        last: h(5) + 45,
        count: 17,
      })
      return errors(w, 'billing', 'invoices')
    },
    { ttl: h(24) },
  ),
  calm('scheduled-after-a-minute', (w) => {
    const made = well(w, 'shop', 'recommend', { pods: [{}, {}, { age: m(11) }] })
    const p = made.pods[2]!
    event(w, {
      on: p,
      type: 'Warning',
      reason: 'FailedScheduling',
      message:
        '0/4 nodes are available: 4 Insufficient cpu. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.',
      first: m(11) - 1,
      from: 'default-scheduler',
    })
    event(w, {
      on: p,
      reason: 'TriggeredScaleUp',
      message: 'pod triggered scale-up: [{eks-workers-1 3->4 (max: 10)}]',
      first: m(11) - 6,
      from: 'cluster-autoscaler',
    })
    return slow(w, 'shop', 'recommend')
  }),
  calm(
    'cordoned-for-maintenance',
    (w) => {
      well(w, 'web', 'portal')
      return errors(w, 'web', 'portal')
    },
    { herrings: ['cordoned', 'otherRollout'], nodes: 5 },
  ),
  calm(
    'node-was-away-for-a-minute-yesterday',
    (w) => {
      well(w, 'orders', 'stock')
      return slow(w, 'orders', 'stock')
    },
    { herrings: ['nodeBlink', 'oldEvicted'], ttl: d(2) },
  ),
  calm('disk-pressure-that-passed', (w) => {
    const name = w.workers[0]!
    const found = nodeNamed(w, name)
    const conditions = (found.status as { conditions: { type: string }[] }).conditions
    patch(w, found, {
      status: { conditions: conditions.map((c) => (c.type === 'DiskPressure' ? { ...c, lastTransitionTime: ago(w, m(44)) } : c)) },
    })
    event(w, {
      on: found,
      reason: 'NodeHasDiskPressure',
      message: `Node ${name} status is now: NodeHasDiskPressure`,
      first: m(51),
      from: 'kubelet',
      host: name,
    })
    event(w, {
      on: found,
      reason: 'NodeHasNoDiskPressure',
      message: `Node ${name} status is now: NodeHasNoDiskPressure`,
      first: m(44),
      from: 'kubelet',
      host: name,
    })
    well(w, 'geo', 'routes')
    return slow(w, 'geo', 'routes')
  }),
  calm('autoscaled-and-in-its-range', (w) => {
    well(w, 'shop', 'search', { replicas: 5 })
    const scaler = hpa(w, { ns: 'shop', name: 'search', min: 3, max: 12, current: 5, load: 66, scaled: m(8) })
    event(w, {
      on: scaler,
      reason: 'SuccessfulRescale',
      message: 'New size: 5; reason: cpu resource utilization (percentage of request) above target',
      first: m(8),
      from: 'horizontal-pod-autoscaler',
    })
    return slow(w, 'shop', 'search')
  }),
  calm('autoscaler-at-its-minimum', (w) => {
    well(w, 'night', 'reports', { replicas: 2 })
    hpa(w, {
      ns: 'night',
      name: 'reports',
      min: 2,
      max: 10,
      current: 2,
      load: 4,
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          lastTransitionTime: ago(w, d(9)),
          reason: 'ReadyForNewScale',
          message: 'recommended size matches current size',
        },
        {
          type: 'ScalingActive',
          status: 'True',
          lastTransitionTime: ago(w, d(4)),
          reason: 'ValidMetricFound',
          message: 'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
        },
        {
          type: 'ScalingLimited',
          status: 'True',
          lastTransitionTime: ago(w, h(7)),
          reason: 'TooFewReplicas',
          message: 'the desired replica count is less than the minimum replica count',
        },
      ],
    })
    return errors(w, 'night', 'reports')
  }),
  calm('autoscaler-of-another-namespace-at-its-maximum', (w) => {
    well(w, 'shop', 'wishes')
    healthyDeployment(w, { ns: 'batch-video', name: 'encoder', replicas: 4 })
    hpa(w, { ns: 'batch-video', name: 'encoder', min: 1, max: 4, current: 4, load: 91, limited: d(2), scaled: d(2) })
    return slow(w, 'shop', 'wishes')
  }),
  calm('claims-that-wait-for-their-first-consumer', (w) => {
    well(w, 'data', 'api')
    idleClaim(w, { ns: 'data', name: 'restore-target', age: d(3) })
    claim(w, { ns: 'data', name: 'cache' })
    return slow(w, 'data', 'api')
  }),
  calm('quota-nearly-used-but-not-in-the-way', (w) => {
    well(w, 'team-blue', 'planner')
    quota(w, {
      ns: 'team-blue',
      name: 'compute',
      hard: { 'requests.cpu': '2', 'requests.memory': '8Gi', pods: '30' },
      used: { 'requests.cpu': '1900m', 'requests.memory': '6Gi', pods: '22' },
    })
    return errors(w, 'team-blue', 'planner')
  }),
  calm('service-without-selector-and-headless-ones', (w) => {
    well(w, 'legacy', 'bridge')
    plain(w, {
      apiVersion: 'v1',
      kind: 'Service',
      ns: 'legacy',
      name: 'mainframe',
      rest: {
        spec: { type: 'ClusterIP', clusterIP: '10.96.200.9', ports: [{ name: 'db', port: 5000, protocol: 'TCP', targetPort: 5000 }] },
        status: { loadBalancer: {} },
      },
    })
    plain(w, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      ns: 'legacy',
      name: 'mainframe',
      rest: { subsets: [{ addresses: [{ ip: '192.0.2.40' }], ports: [{ name: 'db', port: 5000, protocol: 'TCP' }] }] },
    })
    plain(w, {
      apiVersion: 'v1',
      kind: 'Service',
      ns: 'legacy',
      name: 'erp',
      rest: { spec: { type: 'ExternalName', externalName: 'erp.corp.example' }, status: { loadBalancer: {} } },
    })
    service(w, { ns: 'legacy', name: 'bridge-headless', selector: { 'app.kubernetes.io/name': 'bridge' }, headless: true })
    return errors(w, 'legacy', 'bridge')
  }),
  calm('scaled-to-zero-on-purpose-beside-it', (w) => {
    well(w, 'functions', 'router')
    const idle = workload(w, {
      ns: 'functions',
      name: 'fn-monthly-report',
      replicas: 0,
      pods: [],
      age: d(90),
      rolled: d(20),
      annotations: { 'autoscaling.knative.dev/min-scale': '0' },
    })
    service(w, { ns: 'functions', name: idle.object.metadata.name })
    return slow(w, 'functions', 'router')
  }),
  calm('policies-that-allow-what-is-needed', (w) => {
    well(w, 'bank', 'accounts')
    networkPolicy(w, { ns: 'bank', name: 'default-deny', age: d(300), spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } })
    networkPolicy(w, {
      ns: 'bank',
      name: 'allow-dns',
      age: d(300),
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            ports: [
              { protocol: 'UDP', port: 53 },
              { protocol: 'TCP', port: 53 },
            ],
          },
        ],
      },
    })
    networkPolicy(w, {
      ns: 'bank',
      name: 'allow-within',
      age: d(300),
      spec: {
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          { from: [{ podSelector: {} }, { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }] },
        ],
        egress: [{ to: [{ podSelector: {} }] }],
      },
    })
    return slow(w, 'bank', 'accounts')
  }),
  calm('a-leader-and-its-lease', (w) => {
    well(w, 'operators', 'console')
    const made = workload(w, { ns: 'operators', name: 'db-operator', replicas: 2, requests: { cpu: '10m' }, age: d(90), rolled: d(8) })
    const holder = `${made.pods[0]!.metadata.name}_${letters('db', 8)}`
    const l = lease(w, {
      ns: 'operators',
      name: 'db-operator',
      holder,
      age: d(90),
      seconds: 15,
      renewed: 3,
      acquired: d(8) - 40,
      transitions: 23,
    })
    event(w, { on: l, reason: 'LeaderElection', message: `${holder} became leader`, first: d(8) - 40, from: holder })
    return errors(w, 'operators', 'console')
  }),
  calm('certificates-in-good-time', (w) => {
    well(w, 'web', 'press')
    certificate(w, {
      ns: 'web',
      name: 'press-tls',
      secret: 'press-tls',
      hosts: ['press.example.com'],
      issuer: 'letsencrypt',
      notBefore: d(58),
      notAfter: d(32),
      renewal: d(2),
    })
    certificate(w, {
      ns: 'web',
      name: 'short',
      secret: 'short',
      hosts: ['short.internal'],
      issuer: 'internal-ca',
      notBefore: h(9),
      notAfter: h(15),
      renewal: h(7),
    })
    return slow(w, 'web', 'press')
  }),
  calm('evicted-leftovers-of-last-week', (w) => {
    const message = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 90112Ki. '
    const gone = { age: d(9), changed: d(7), quiet: true, gone: { reason: 'Evicted', message, ago: d(7) }, containers: {} }
    well(w, 'shop', 'gifts', { replicas: 2, pods: [{ age: d(7) }, { age: d(7) }, gone, gone] })
    return slow(w, 'shop', 'gifts')
  }),
  calm('cron-job-that-failed-once-and-then-worked', (w) => {
    well(w, 'finance', 'statements')
    const by = cronJob(w, { ns: 'finance', name: 'settle', schedule: '0 * * * *', age: d(200), last: m(37) })
    job(w, {
      ns: 'finance',
      name: 'settle-29310060',
      container: 'settle',
      age: h(2) + m(37),
      by,
      backoffLimit: 0,
      pods: [{ containers: { settle: { is: 'terminated', ended: { exit: 1, reason: 'Error', ago: h(2) + m(36), ran: 40 } } } }],
      done: { ok: false, ago: h(2) + m(36) - 5 },
    })
    job(w, { ns: 'finance', name: 'settle-29310120', container: 'settle', age: h(1) + m(37), by, done: { ok: true, ago: h(1) + m(36) } })
    job(w, { ns: 'finance', name: 'settle-29310180', container: 'settle', age: m(37), by, done: { ok: true, ago: m(36) } })
    return errors(w, 'finance', 'statements')
  }),
  calm('job-still-running', (w) => {
    well(w, 'ml', 'scorer')
    job(w, {
      ns: 'ml',
      name: 'embed-all',
      container: 'embed',
      age: m(48),
      pods: [{ containers: { embed: { is: 'running', since: m(48) - 5 } } }],
    })
    return slow(w, 'ml', 'scorer')
  }),
  calm('optional-references-that-do-not-exist', (w) => {
    well(w, 'shop', 'banner-api', {
      with: {
        envFrom: [{ configMapRef: { name: 'banner-overrides', optional: true } }, { secretRef: { name: 'banner-extra', optional: true } }],
      },
      pod: { volumes: [{ name: 'extra', configMap: { name: 'banner-files', optional: true, defaultMode: 420 } }] },
    })
    return errors(w, 'shop', 'banner-api')
  }),
  calm('paused-after-it-was-done', (w) => {
    well(w, 'shop', 'legacy-front', { spec: { paused: true } })
    return slow(w, 'shop', 'legacy-front')
  }),
  calm('old-fault-of-a-toy-in-the-same-namespace', (w) => {
    well(w, 'research', 'api')
    workload(w, {
      ns: 'research',
      name: 'experiment-7',
      replicas: 1,
      age: d(60),
      rolled: d(13),
      rolling: true,
      pods: [
        {
          age: d(13),
          changed: d(13) - 60,
          containers: {
            'experiment-7': {
              is: 'waiting',
              reason: 'CrashLoopBackOff',
              restarts: 3644,
              last: { exit: 1, reason: 'Error', ago: 190, ran: 2 },
            },
          },
          tell: (x, p) =>
            kubelet(x, p, {
              container: 'experiment-7',
              reason: 'BackOff',
              message: `Back-off restarting failed container experiment-7 in pod ${p.metadata.name}_research(${p.metadata.uid})`,
              first: d(13) - 100,
              last: s(9),
              count: 84_120,
            }),
        },
      ],
    })
    return slow(w, 'research', 'api')
  }),
  calm('budget-of-a-single-replica', (w) => {
    well(w, 'tools', 'vault-ui', { replicas: 1 })
    plain(w, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      ns: 'tools',
      name: 'vault-ui',
      age: d(120),
      rest: {
        spec: { minAvailable: 1, selector: { matchLabels: { 'app.kubernetes.io/name': 'vault-ui' } } },
        status: {
          currentHealthy: 1,
          desiredHealthy: 1,
          disruptionsAllowed: 0,
          expectedPods: 1,
          observedGeneration: 1,
          conditions: [
            {
              type: 'DisruptionAllowed',
              status: 'False',
              reason: 'InsufficientPods',
              message: '',
              observedGeneration: 1,
              lastTransitionTime: ago(w, d(120)),
            },
          ],
        },
      },
    })
    return errors(w, 'tools', 'vault-ui')
  }),
  calm('pod-alert-of-a-pod-that-recovered', (w) => {
    const made = well(w, 'iot', 'ingest', {
      pods: [
        {
          changed: h(3) - 60,
          containers: {
            ingest: { is: 'running', since: h(3), restarts: 1, last: { exit: 0, reason: 'Completed', ago: h(3) + 2, ran: d(5) } },
          },
        },
        {},
        {},
      ],
    })
    return alert(w, 'HighGcTime', { namespace: 'iot', pod: made.pods[0]!.metadata.name, container: 'ingest' }, { for: m(10) })
  }),
  calm('node-alert-of-a-node-in-order', (w) => {
    well(w, 'shop', 'front')
    return alert(w, 'NodeClockSkewDetected', { node: w.workers[0]!, instance: '10.0.3.7:9100', job: 'node-exporter' }, { for: m(10) })
  }),
  calm(
    'new-nodes-and-fresh-daemons',
    (w) => {
      const name = w.workers[2]!
      const found = nodeNamed(w, name)
      patch(w, found, {
        metadata: { creationTimestamp: ago(w, m(9)) },
        status: {
          conditions: (found.status as { conditions: { type: string }[] }).conditions.map((c) => ({
            ...c,
            lastTransitionTime: ago(w, c.type === 'Ready' ? m(8) : m(9)),
          })),
        },
      })
      w.reserved.push(...w.workers.splice(2, 1))
      event(w, {
        on: found,
        reason: 'RegisteredNode',
        message: `Node ${name} event: Registered Node ${name} in Controller`,
        first: m(9) - 4,
        from: 'node-controller',
      })
      event(w, {
        on: found,
        reason: 'NodeReady',
        message: `Node ${name} status is now: NodeReady`,
        first: m(8),
        from: 'kubelet',
        host: name,
      })
      event(w, {
        on: found,
        type: 'Warning',
        reason: 'InvalidDiskCapacity',
        message: 'invalid capacity 0 on image filesystem',
        first: m(9) - 2,
        from: 'kubelet',
        host: name,
      })
      well(w, 'shop', 'offers')
      return slow(w, 'shop', 'offers')
    },
    { nodes: 5 },
  ),
  calm('static-stateful-set-in-order', (w) => {
    const made = workload(w, {
      kind: 'StatefulSet',
      ns: 'data',
      name: 'postgres',
      replicas: 3,
      port: 5432,
      requests: { cpu: '200m', memory: '1Gi' },
      limits: { memory: '2Gi' },
      age: d(300),
      rolled: d(60),
      volumeClaims: [{ name: 'data', size: '20Gi', storageClass: 'gp3' }],
    })
    for (const i of [0, 1, 2]) claim(w, { ns: 'data', name: `data-postgres-${i}`, age: d(300) })
    service(w, { ns: 'data', name: 'postgres', port: 5432, targetPort: 5432, portName: 'pg' })
    logOf(w, made.pods[0]!, 'postgres', {
      current: [
        'LOG:  checkpoint starting: time',
        'LOG:  checkpoint complete: wrote 812 buffers (5.0%)',
        'ERROR:  duplicate key value violates unique constraint "orders_pkey"',
      ],
    })
    return alert(w, 'PostgresSlowQueries', { namespace: 'data', statefulset: 'postgres', datname: 'orders' }, { for: m(10) })
  }),
  calm('external-probe-fails', (w) => {
    well(w, 'web', 'status')
    return alert(w, 'ProbeFailed', { job: 'blackbox', instance: 'https://partner.example.net/health', namespace: 'web' }, { for: m(5) })
  }),
  calm('config-and-renewed-lease-just-touched', (w) => {
    well(w, 'edge', 'proxy')
    const touched = configMap(w, { ns: 'edge', name: 'proxy-flags', age: d(90), data: { 'feature.x': 'on' } })
    patch(w, touched, {
      metadata: {
        managedFields: [
          {
            manager: 'kubectl-edit',
            operation: 'Update',
            apiVersion: 'v1',
            time: ago(w, h(3)),
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:data': { 'f:feature.x': {} } },
          },
        ],
      },
    })
    plain(w, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      ns: 'edge',
      name: 'proxy-shard-0',
      age: d(30),
      rest: {
        spec: {
          holderIdentity: 'proxy-0',
          leaseDurationSeconds: 30,
          renewTime: microAgo(w, 4),
          acquireTime: microAgo(w, d(2)),
          leaseTransitions: 3,
        },
      },
    })
    return errors(w, 'edge', 'proxy')
  }),
  calm('job-alert-of-a-job-that-was-repeated', (w) => {
    well(w, 'reporting', 'viewer')
    const by = cronJob(w, { ns: 'reporting', name: 'digest', schedule: '*/20 * * * *', age: d(200), last: m(12) })
    job(w, { ns: 'reporting', name: 'digest-29310100', container: 'digest', age: m(32), by, done: { ok: true, ago: m(31) } })
    job(w, { ns: 'reporting', name: 'digest-29310120', container: 'digest', age: m(12), by, done: { ok: true, ago: m(11) } })
    return alert(w, 'ReportDeliveredLate', { namespace: 'reporting', cronjob: 'digest' }, { for: m(5) })
  }),
  calm('metrics-missing-in-one-pod-only', (w) => {
    const made = well(w, 'games', 'match')
    return alert(
      w,
      'TargetDown',
      { ...ksm({ namespace: 'games' }), job: 'match', service: 'match', pod: made.pods[1]!.metadata.name },
      { for: m(10) },
    )
  }),
  calm('secret-that-came-half-an-hour-ago', (w) => {
    const made = well(w, 'labs', 'notes', {
      rolled: d(3),
      pods: [{ age: m(55), containers: { notes: { is: 'running', since: m(33) } }, changed: m(33) - 5 }, {}, {}],
      with: { env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'notes', key: 'token' } } }] },
    })
    kubelet(w, made.pods[0]!, {
      container: 'notes',
      reason: 'Failed',
      message: 'Error: secret "notes" not found',
      first: m(55) - 5,
      last: m(34),
      count: 97,
    })
    return slow(w, 'labs', 'notes')
  }),
  calm('volume-that-was-attached-in-the-end', (w) => {
    const made = workload(w, {
      kind: 'StatefulSet',
      ns: 'db',
      name: 'maria',
      replicas: 1,
      port: 3306,
      requests: { cpu: '200m' },
      age: d(100),
      rolled: d(20),
      volumeClaims: [{ name: 'data', size: '20Gi', storageClass: 'gp3' }],
      pods: [{ age: m(53), changed: m(40), containers: { maria: { is: 'running', since: m(41) } } }],
    })
    const pvc = claim(w, { ns: 'db', name: 'data-maria-0', age: d(100) })
    service(w, { ns: 'db', name: 'maria', port: 3306, targetPort: 3306 })
    event(w, {
      on: made.pods[0]!,
      type: 'Warning',
      reason: 'FailedAttachVolume',
      message: `Multi-Attach error for volume "${String(pvc.spec?.['volumeName'])}" Volume is already exclusively attached to one node and can't be attached to another`,
      first: m(53),
      from: 'attachdetach-controller',
    })
    event(w, {
      on: made.pods[0]!,
      reason: 'SuccessfulAttachVolume',
      message: `AttachVolume.Attach succeeded for volume "${String(pvc.spec?.['volumeName'])}"`,
      first: m(42),
      from: 'attachdetach-controller',
    })
    return alert(w, 'MysqlSlowQueries', { namespace: 'db', statefulset: 'maria' }, { for: m(10) })
  }),
  calm('quota-that-was-raised', (w) => {
    const made = well(w, 'growth', 'mailings', { pods: [{}, {}, { age: m(31) }] })
    quota(w, { ns: 'growth', name: 'compute', hard: { 'requests.cpu': '8', pods: '40' }, used: { 'requests.cpu': '3', pods: '9' } })
    event(w, {
      on: made.set!,
      type: 'Warning',
      reason: 'FailedCreate',
      message: `Error creating: pods "${made.set!.metadata.name}-q9x2d" is forbidden: exceeded quota: compute, requested: requests.cpu=100m, used: requests.cpu=3, limited: requests.cpu=3`,
      first: m(49),
      last: m(33),
      count: 15,
      from: 'replicaset-controller',
    })
    return errors(w, 'growth', 'mailings')
  }),
  calm('probes-that-failed-before-and-pass-now', (w) => {
    const made = well(w, 'identity', 'sso', { pods: [{ changed: m(36) }, { changed: m(36) }, {}] })
    for (const p of made.pods.slice(0, 2))
      kubelet(w, p, {
        container: 'sso',
        reason: 'Unhealthy',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        first: m(47),
        last: m(37),
        count: 58,
      })
    return slow(w, 'identity', 'sso')
  }),
]
