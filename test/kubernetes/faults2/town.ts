import { event } from '../faults/events.ts'
import { evicted, kubelet } from '../faults/looks.ts'
import { lease, pod } from '../faults/objects.ts'
import { plain, service, storageClass } from '../faults/things.ts'
import { cronJob, job, workload } from '../faults/workloads.ts'
import { ago, d, h, letters, m, number, patch, pick, s, type World } from '../faults/world.ts'
import type { Flavour } from './dress.ts'
import { listens, release, selectorOf } from './release.ts'

/** What runs in the cluster whatever happens: network, names, metrics, the entrance, delivery. */
export const platform = (w: World, of: Flavour): void => {
  const version = `v1.${of.minor}.1`
  const dns = { 'k8s-app': 'kube-dns' }
  workload(w, {
    ns: 'kube-system',
    name: 'coredns',
    replicas: 2,
    image: 'registry.k8s.io/coredns/coredns:v1.11.1',
    requests: { cpu: '100m', memory: '70Mi' },
    limits: { memory: '170Mi' },
    age: d(420),
    rolled: d(71),
    selector: dns,
    account: 'coredns',
    with: { ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }] },
  })
  service(w, { ns: 'kube-system', name: 'kube-dns', selector: dns, port: 53, targetPort: 'dns', portName: 'dns', age: d(420) })
  workload(w, {
    kind: 'DaemonSet',
    ns: 'kube-system',
    name: of.cloud === 'talos' || of.minor > 31 ? 'cilium' : 'calico-node',
    image: `quay.io/network/agent:${version}`,
    requests: { cpu: '100m', memory: '128Mi' },
    age: d(420),
    rolled: d(33),
    selector: { 'k8s-app': of.cloud === 'talos' || of.minor > 31 ? 'cilium' : 'calico-node' },
    account: 'network-agent',
  })
  workload(w, {
    ns: 'kube-system',
    name: 'metrics-server',
    replicas: 1,
    image: 'registry.k8s.io/metrics-server/metrics-server:v0.7.2',
    requests: { cpu: '100m', memory: '200Mi' },
    selector: { 'k8s-app': 'metrics-server' },
    age: d(300),
    with: { ports: [{ name: 'https', containerPort: 10250, protocol: 'TCP' }] },
  })
  service(w, { ns: 'kube-system', name: 'metrics-server', selector: { 'k8s-app': 'metrics-server' }, port: 443, targetPort: 'https' })
  release(w, {
    kind: 'DaemonSet',
    ns: 'observability',
    name: 'kps-prometheus-node-exporter',
    image: 'quay.io/prometheus/node-exporter:v1.8.1',
    requests: { cpu: '20m', memory: '32Mi' },
    port: 9100,
    age: d(250),
    rolled: d(44),
  })
  release(w, {
    ns: 'observability',
    name: 'kps-kube-state-metrics',
    replicas: 1,
    image: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.12.0',
    with: listens(8080, 'http'),
    age: d(250),
  })
  service(w, {
    ns: 'observability',
    name: 'kps-kube-state-metrics',
    selector: selectorOf('kps-kube-state-metrics', 'instance'),
    port: 8080,
  })
  release(w, {
    ns: 'traefik',
    name: 'traefik',
    replicas: 2,
    image: 'docker.io/traefik:v3.1.4',
    scheme: 'name',
    with: { ports: [{ name: 'websecure', containerPort: 8443 }] },
    age: d(200),
    rolled: d(21),
  })
  service(w, { ns: 'traefik', name: 'traefik', port: 443, targetPort: 'websecure', portName: 'websecure', spec: {} })
  release(w, { ns: 'argocd', name: 'argocd-server', replicas: 1, scheme: 'name', with: listens(8080), age: d(180), rolled: d(60) })
  service(w, { ns: 'argocd', name: 'argocd-server', port: 443, targetPort: 8080, portName: 'https' })
  release(w, {
    kind: 'StatefulSet',
    ns: 'argocd',
    name: 'argocd-application-controller',
    replicas: 1,
    scheme: 'name',
    port: 8082,
    age: d(180),
  })
  for (const component of ['kube-controller-manager', 'kube-scheduler'])
    lease(w, {
      ns: 'kube-system',
      name: component,
      holder: `master-1_${letters(`${w.seed}${component}`, 8)}-0b1c-4d2e-8f3a-${letters(component, 12)}`,
      age: d(420),
      seconds: 15,
      renewed: 1,
      acquired: d(71),
      transitions: 9,
    })
  for (const [name, isDefault] of [
    ['gp3', true],
    ['local-path', false],
  ] as const)
    if (!w.objects.some((o) => o.kind === 'StorageClass' && o.metadata.name === name)) storageClass(w, { name, isDefault })
}

/** Neighbours in the namespace, of several shapes and with their own ways of labelling, and a database that an operator runs. */
export const town = (w: World, ns: string): void => {
  if (w.alone.includes(ns)) return
  const prefix = pick(w, ['acme', 'prod-eu', 'blue', 'r42', 'main'])
  const free = (name: string): boolean => !w.objects.some((o) => o.metadata.namespace === ns && o.metadata.name === name)
  const edge = `${prefix}-edge-gateway`
  if (free(edge)) {
    release(w, {
      ns,
      name: edge,
      replicas: 2,
      scheme: 'app',
      with: listens(3000),
      sidecars: [{ name: 'otel-agent', image: 'docker.io/otel/opentelemetry-collector:0.111.0', ports: [{ containerPort: 4317 }] }],
      rolled: number(`${w.seed}fresh`, 3) === 0 ? m(48) : d(4),
    })
    service(w, { ns, name: edge, selector: { app: edge }, port: 3000, targetPort: 3000, portName: 'web' })
  }
  const worker = `${prefix}-mailer-worker`
  if (free(worker)) release(w, { ns, name: worker, replicas: 1, scheme: 'instance', rolled: d(8) })
  const cache = `${prefix}-valkey`
  if (free(cache))
    release(w, {
      kind: 'StatefulSet',
      ns,
      name: cache,
      replicas: 1,
      image: 'docker.io/valkey/valkey:8.0.1',
      scheme: 'name',
      port: 6379,
      rolled: d(17),
      volumeClaims: [{ name: 'data', size: '8Gi' }],
    })
  const by = cronJob(w, { ns, name: `${prefix}-housekeeping`, schedule: '*/20 * * * *', age: d(150), last: m(14) })
  for (const at of [m(14), m(34), m(54)])
    job(w, {
      ns,
      name: `${prefix}-housekeeping-${29_400_000 + number(w.seed, 9000) - at / 60}`,
      age: at,
      by,
      done: { ok: true, ago: at - 25 },
    })
  operated(w, ns, `${prefix}-pg`)
}

/** Pods whose owner is no workload of Kubernetes' own but a custom resource. */
const operated = (w: World, ns: string, name: string): void => {
  plain(w, {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    ns,
    name,
    age: d(140),
    rest: {
      spec: { instances: 3, storage: { size: '50Gi' }, imageName: 'ghcr.io/cloudnative-pg/postgresql:16.4' },
      status: { instances: 3, readyInstances: 3, phase: 'Cluster in healthy state', currentPrimary: `${name}-1` },
    },
  })
  const labels = { 'cnpg.io/cluster': name }
  for (const [suffix, role] of [
    ['rw', 'primary'],
    ['ro', 'replica'],
  ] as const)
    service(w, {
      ns,
      name: `${name}-${suffix}`,
      selector: { ...labels, 'cnpg.io/instanceRole': role },
      port: 5432,
      targetPort: 5432,
      portName: 'postgres',
    })
  for (const i of [1, 2, 3]) postgres(w, { ns, cluster: name, i })
}

const postgres = (w: World, of: { ns: string; cluster: string; i: number }): void => {
  const ownedBy = w.objects.find((o) => o.kind === 'Cluster' && o.metadata.namespace === of.ns && o.metadata.name === of.cluster)!
  pod(w, {
    ns: of.ns,
    name: `${of.cluster}-${of.i}`,
    labels: { 'cnpg.io/cluster': of.cluster, 'cnpg.io/instanceRole': of.i === 1 ? 'primary' : 'replica', 'cnpg.io/podRole': 'instance' },
    spec: {
      containers: [
        {
          name: 'postgres',
          image: 'ghcr.io/cloudnative-pg/postgresql:16.4',
          ports: [{ name: 'postgresql', containerPort: 5432, protocol: 'TCP' }],
          resources: { requests: { cpu: '200m', memory: '512Mi' } },
        },
      ],
    },
    ownedBy,
    age: d(31) - of.i * 300,
  })
}

/** What is odd elsewhere, or was, beside what the first set of clusters has of that kind. */
export const oddities: Readonly<Record<string, (w: World) => void>> = {
  retriedJob: (w) => {
    const by = cronJob(w, { ns: 'reporting', name: 'rollup-hourly', schedule: '5 * * * *', age: d(200), last: m(41) })
    job(w, {
      ns: 'reporting',
      name: 'rollup-hourly-29400120',
      container: 'rollup',
      age: m(41),
      by,
      pods: [
        { containers: { rollup: { is: 'terminated', ended: { exit: 1, reason: 'Error', ago: m(40), ran: 20 } } } },
        { age: m(39), containers: { rollup: { is: 'terminated', ended: { exit: 0, reason: 'Completed', ago: m(36), ran: 160 } } } },
      ],
      done: { ok: true, ago: m(36) },
    })
  },
  spotTaken: (w) => {
    release(w, {
      ns: 'batch-render',
      name: 'render-farm',
      scheme: 'app',
      rolled: d(5),
      pods: [
        {
          quiet: true,
          age: h(19),
          changed: h(6),
          node: w.workers[0]!,
          gone: { reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.', ago: h(6) },
          containers: { 'render-farm': { is: 'terminated', ended: { exit: 143, reason: 'Error', ago: h(6), ran: h(12) } } },
        },
        { age: h(6) - 40 },
        { age: h(8) },
      ],
    })
  },
  /** In place of the one of the first set. */
  oldEvicted: (w) => {
    release(w, {
      ns: 'data-lab',
      name: 'spark-history',
      scheme: 'app',
      rolled: d(9),
      pods: [
        evicted({
          ago: d(3),
          age: d(9) - 8,
          node: w.workers[0]!,
          message:
            'The node was low on resource: memory. Threshold quantity: 100Mi, available: 91208Ki. Container spark-history was using 5120448Ki, request is 256Mi, has larger consumption of memory. ',
        }),
        { age: d(3) - 2 },
      ],
    })
  },
  slowStart: (w) => {
    const made = release(w, {
      ns: 'intranet',
      name: 'wiki',
      scheme: 'name',
      replicas: 1,
      rolled: m(37),
      age: d(90),
      with: listens(8090, 'http'),
    })
    service(w, { ns: 'intranet', name: 'wiki' })
    const [pod] = made.pods
    if (pod !== undefined)
      kubelet(w, pod, {
        container: 'wiki',
        reason: 'Unhealthy',
        message: 'Readiness probe failed: Get "http://10.244.0.1:8090/healthz": dial tcp 10.244.0.1:8090: connect: connection refused',
        first: m(37) - 20,
        last: m(37) - 50,
        count: 4,
      })
  },
  scaledIn: (w) => {
    const made = release(w, { ns: 'intranet', name: 'surveys', scheme: 'k8s-app', replicas: 2, rolled: d(12) })
    event(w, {
      on: made.object,
      reason: 'ScalingReplicaSet',
      message: `Scaled down replica set ${made.set?.metadata.name} to 2 from 4`,
      first: m(26),
      from: 'deployment-controller',
    })
  },
  oldLeaderChange: (w) => {
    lease(w, {
      ns: 'argocd',
      name: 'argocd-notifications.argoproj.io',
      holder: `argocd-notifications-${letters(w.seed, 5)}`,
      age: d(180),
      seconds: 15,
      renewed: 2,
      acquired: d(2),
      transitions: 41,
    })
  },
  batchWaiting: (w) => {
    // Just made: its node is still getting the image.
    const by = cronJob(w, { ns: 'reporting', name: 'exchange-rates', schedule: '* * * * *', age: d(30), last: s(9) })
    patch(w, by, { status: { lastSuccessfulTime: ago(w, s(48)) } })
    job(w, {
      ns: 'reporting',
      name: 'exchange-rates-29400161',
      container: 'exchange-rates',
      age: s(9),
      by,
      pods: [{ age: s(9), containers: { 'exchange-rates': { is: 'waiting', reason: 'ContainerCreating' } } }],
    })
  },
}
