import type { KubeObject } from '../../../src/kubernetes/state.ts'
import type { Expected, FaultCase, ObjectName } from './case.ts'
import { event } from './events.ts'
import { herrings } from './herrings.ts'
import { lease, node } from './objects.ts'
import { account, configMap, drawEndpoints, namespace, service, storageClass } from './things.ts'
import { cronJob, job, type Workload, workload } from './workloads.ts'
import { ago, d, h, type Json, letters, m, number, pick, s, seeded, type World } from './world.ts'

/** What happened in one cluster: lays it into the world and says what fired and what is the answer. */
export type Story = {
  readonly nodes?: number
  /** Seconds that events are kept. */
  readonly ttl?: number
  /** Names of red herrings; three by chance if not given. */
  readonly herrings?: readonly string[]
  readonly style?: keyof typeof styles
  readonly tell: (w: World) => { alert: FaultCase['alert']; expected: Expected | null }
}

const styles = {
  eks: (i: number, seed: string): string =>
    `ip-10-0-${number(`${seed}${i}`, 250)}-${number(`${seed}${i}x`, 250)}.eu-west-1.compute.internal`,
  gke: (i: number, seed: string): string => `gke-prod-default-pool-${letters(seed, 8)}-${letters(`${seed}${i}`, 4)}`,
  aks: (i: number, seed: string): string => `aks-nodepool1-${10_000_000 + number(seed, 80_000_000)}-vmss00000${i}`,
  plain: (i: number): string => `worker-0${i + 1}`,
}

/** Two clusters with the same fault. */
export const fault = (name: string, variants: readonly [Story, Story]): FaultCase[] =>
  variants.map((story, i) => build(name, ['a', 'b'][i]!, story))

export const quiet = (name: string, story: Story): FaultCase => build(name, 'a', story)

const build = (name: string, variant: string, story: Story): FaultCase => {
  const seed = `${name}/${variant}`
  const w: World = {
    seed,
    now: Date.UTC(
      2026,
      1 + number(seed, 9),
      2 + number(`${seed}d`, 26),
      number(`${seed}h`, 24),
      number(`${seed}m`, 60),
      number(`${seed}s`, 60),
    ),
    objects: [],
    logs: {},
    workers: [],
    cordoned: [],
    controlPlane: [],
    lost: [],
    reserved: [],
    addresses: new Set(),
    lostSince: {},
    absent: [],
    ttl: story.ttl ?? h(1),
    random: seeded(seed),
    placed: number(seed, 7),
    later: [],
    alone: [],
  }
  const style = story.style ?? pick(w, ['eks', 'gke', 'aks', 'plain'] as const)
  for (let i = 0; i < (story.nodes ?? 4 + number(seed, 3)); i++) {
    const made = styles[style](i, seed)
    w.workers.push(made)
    node(w, made)
  }
  if (style === 'plain') {
    w.controlPlane.push('control-0')
    node(w, 'control-0', {
      age: d(400),
      labels: { 'node-role.kubernetes.io/control-plane': '' },
      taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
    })
  }
  const chosen = story.herrings ?? draw(w)
  if (chosen.includes('cordoned')) herrings.cordoned!(w)
  const told = story.tell(w)
  platform(w)
  const ns = told.alert.labels['namespace'] ?? 'shop'
  if (!['kube-system', 'monitoring', 'ingress-nginx', 'cert-manager'].includes(ns)) beside(w, ns)
  beside(w, ns === 'web' ? 'shop' : 'web')
  for (const herring of chosen) if (herring !== 'cordoned') herrings[herring]!(w)
  for (const add of w.later) add()
  settle(w)
  return {
    name,
    variant,
    now: ago(w, 0),
    alert: told.alert,
    objects: w.objects
      .map((o) => [order(o), o] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, o]) => o),
    logs: w.logs,
    expected: told.expected,
  }
}

const order = (o: KubeObject): string => `${o.kind}/${o.metadata.namespace ?? ''}/${o.metadata.name}`

const draw = (w: World): string[] => {
  const names = Object.keys(herrings)
  const out = new Set<string>()
  while (out.size < 4) out.add(pick(w, names))
  return [...out]
}

const platform = (w: World): void => {
  workload(w, {
    ns: 'kube-system',
    name: 'coredns',
    replicas: 2,
    image: 'registry.k8s.io/coredns/coredns:v1.11.3',
    requests: { cpu: '100m', memory: '70Mi' },
    limits: { memory: '170Mi' },
    age: d(380),
    rolled: d(100),
    selector: { 'k8s-app': 'kube-dns' },
    account: 'coredns',
  })
  service(w, {
    ns: 'kube-system',
    name: 'kube-dns',
    selector: { 'k8s-app': 'kube-dns' },
    port: 53,
    targetPort: 53,
    portName: 'dns',
    age: d(380),
  })
  workload(w, {
    kind: 'DaemonSet',
    ns: 'kube-system',
    name: 'kube-proxy',
    image: 'registry.k8s.io/kube-proxy:v1.31.4',
    requests: { cpu: '100m' },
    age: d(380),
    rolled: d(60),
    account: 'kube-proxy',
  })
  workload(w, {
    kind: 'DaemonSet',
    ns: 'monitoring',
    name: 'node-exporter',
    image: 'quay.io/prometheus/node-exporter:v1.8.2',
    requests: { cpu: '50m', memory: '32Mi' },
    age: d(200),
    rolled: d(50),
    port: 9100,
  })
  workload(w, {
    ns: 'monitoring',
    name: 'kube-state-metrics',
    pods: [{ name: metricsPod }],
    replicas: 1,
    image: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.13.0',
    requests: { cpu: '10m', memory: '64Mi' },
    age: d(200),
    account: 'kube-state-metrics',
  })
  if (!w.objects.some((o) => o.kind === 'Deployment' && o.metadata.namespace === 'ingress-nginx')) {
    workload(w, {
      ns: 'ingress-nginx',
      name: 'ingress-nginx-controller',
      container: 'controller',
      replicas: 2,
      image: 'registry.k8s.io/ingress-nginx/controller:v1.11.3',
      requests: { cpu: '100m', memory: '90Mi' },
      port: 80,
      age: d(300),
      account: 'ingress-nginx',
    })
  }
  for (const component of ['kube-controller-manager', 'kube-scheduler']) {
    if (!w.objects.some((o) => o.kind === 'Lease' && o.metadata.name === component)) {
      lease(w, {
        ns: 'kube-system',
        name: component,
        holder: `control-0_${letters(component, 8)}-7c2f-4a7b-9d11-${letters(`${component}h`, 12)}`,
        age: d(380),
        seconds: 15,
        renewed: 1,
        acquired: d(17),
        transitions: 4,
      })
    }
  }
  for (const name of ['gp3', 'standard'])
    if (!w.objects.some((o) => o.kind === 'StorageClass' && o.metadata.name === name)) storageClass(w, { name, isDefault: name === 'gp3' })
}

const trades = [
  'catalog',
  'cart',
  'recommendations',
  'search',
  'users',
  'pricing',
  'shipping',
  'notifications',
  'reviews',
  'sessions',
  'wishlist',
  'newsletter',
]

/** Healthy neighbours in the namespace, one of them freshly rolled out, and a cron job that works. */
const beside = (w: World, ns: string): void => {
  if (w.alone.includes(ns)) return
  const taken = new Set(w.objects.map((o) => o.metadata.name))
  const names = trades.filter((n) => !taken.has(n))
  const first = number(`${w.seed}${ns}`, names.length)
  for (let i = 0; i < 3; i++) {
    const name = names[(first + i * 5) % names.length]!
    if (w.objects.some((o) => o.metadata.namespace === ns && o.metadata.name === name)) continue
    const fresh = i === 0 && number(`${w.seed}${ns}`, 3) === 0
    healthyDeployment(w, { ns, name, ...(fresh ? { rolled: m(25 + number(w.seed, 25)) } : {}) })
  }
  if (ns === 'web' || ns === 'shop' || number(`${w.seed}cron${ns}`, 2) === 0) {
    const by = cronJob(w, { ns, name: 'sitemap', schedule: '*/30 * * * *', age: d(90), last: m(22) })
    job(w, { ns, name: 'sitemap-29312190', age: m(22), by, done: { ok: true, ago: m(21) } })
    job(w, { ns, name: 'sitemap-29312160', age: m(52), by, done: { ok: true, ago: m(51) } })
  }
}

/** A Deployment of two healthy pods, with its Service. */
export const healthyDeployment = (
  w: World,
  of: {
    ns: string
    name: string
    replicas?: number
    rolled?: number
    image?: string
    port?: number
    pods?: Parameters<typeof workload>[1]['pods']
  } & Partial<Parameters<typeof workload>[1]>,
): Workload => {
  const port = of.port ?? 8080
  const made = workload(w, {
    requests: { cpu: '100m', memory: '128Mi' },
    limits: { memory: '512Mi' },
    ...of,
    port,
    with: {
      readinessProbe: {
        httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
        initialDelaySeconds: 3,
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      ...of.with,
    },
  } as Parameters<typeof workload>[1])
  service(w, { ns: of.ns, name: of.name })
  if (of.rolled !== undefined && of.rolled < h(1)) {
    for (const p of made.pods.slice(0, 1))
      event(w, {
        on: p,
        type: 'Warning',
        reason: 'Unhealthy',
        message: `Readiness probe failed: Get "http://${String(p.status?.['podIP'])}:${port}/ready": dial tcp ${String(p.status?.['podIP'])}:${port}: connect: connection refused`,
        first: of.rolled - 9,
        from: 'kubelet',
        host: String(p.spec?.['nodeName']),
        fieldPath: `spec.containers{${of.container ?? of.name}}`,
      })
  }
  return made
}

/** What every cluster has without anybody asking: namespaces, their default accounts, the accounts of pods, endpoints. */
const settle = (w: World): void => {
  const spaces = new Set(w.objects.map((o) => o.metadata.namespace).filter((n) => n !== undefined))
  for (const ns of [...spaces, 'default', 'kube-system']) {
    const has = (kind: string, name: string): boolean =>
      w.objects.some((o) => o.kind === kind && o.metadata.name === name && (kind === 'Namespace' || o.metadata.namespace === ns))
    if (!has('Namespace', ns)) namespace(w, ns)
    const accounts = new Set(
      w.objects.filter((o) => o.kind === 'Pod' && o.metadata.namespace === ns).map((o) => String(o.spec?.['serviceAccountName'])),
    )
    for (const name of new Set(['default', ...accounts]))
      if (!has('ServiceAccount', name) && !w.absent.includes(`ServiceAccount/${ns}/${name}`)) account(w, { ns, name })
    if (!has('ConfigMap', 'kube-root-ca.crt'))
      configMap(w, {
        ns,
        name: 'kube-root-ca.crt',
        data: { 'ca.crt': '-----BEGIN CERTIFICATE-----\nMIIDBTCCAe2gAwIBAgIIX\n-----END CERTIFICATE-----\n' },
      })
  }
  drawEndpoints(w)
}

/** An alert that held for `for` seconds and fired `fired` seconds ago; labels as a stock kube-prometheus or the team's own rules give them. */
export const alert = (
  w: World,
  alertname: string,
  labels: Record<string, string>,
  of: { for?: number; fired?: number; severity?: string } = {},
): FaultCase['alert'] => ({
  labels: { alertname, severity: of.severity ?? 'warning', cluster: 'prod', prometheus: 'monitoring/k8s', ...labels },
  startsAt: ago(w, of.fired ?? s(20)),
  // The condition of a stuck roll-out turns after the progress deadline of ten minutes, on top of which comes the rule's own time.
  for: of.for ?? (alertname === 'KubeDeploymentRolloutStuck' ? m(5) : m(15)),
})

/**
 * What kube-state-metrics itself leaves on alerts that do not aggregate: with kube-prometheus' own manifests little, with the Helm
 * chart also its own pod, service and endpoint wherever the metric does not have such a label.
 */
export const ksm = (labels: Record<string, string>): Record<string, string> => ({
  container: 'kube-state-metrics',
  instance: '10.244.7.31:8080',
  job: 'kube-state-metrics',
  ...(number(JSON.stringify(labels), 2) === 0 ? { endpoint: 'http', pod: metricsPod, service: 'kube-state-metrics' } : {}),
  ...labels,
})

const metricsPod = 'kube-state-metrics-6f7c9d8b5f-x2x7k'

const named = (o: KubeObject): ObjectName => ({
  kind: o.kind,
  ...(o.metadata.namespace === undefined ? {} : { namespace: o.metadata.namespace }),
  name: o.metadata.name,
})

/** The answer; `also`: objects, or workloads of which the object, its newest set and its pods count. */
export const answer = (
  object: KubeObject | ObjectName,
  cause: readonly RegExp[],
  also: readonly (KubeObject | ObjectName | Workload)[] = [],
): Expected => {
  const one = (x: KubeObject | ObjectName): ObjectName => ('metadata' in x ? named(x as KubeObject) : x)
  return {
    object: one(object),
    alsoAcceptable: also.flatMap((x) =>
      isWorkload(x) ? [x.object, ...(x.set === undefined ? [] : [x.set]), ...x.pods].map(named) : [one(x)],
    ),
    cause,
  }
}

const isWorkload = (x: KubeObject | ObjectName | Workload): x is Workload => 'pods' in x && 'object' in x

export const logOf = (
  w: World,
  pod: KubeObject,
  container: string,
  lines: { current?: readonly string[]; previous?: readonly string[] },
): void => {
  w.logs[`${pod.metadata.namespace}/${pod.metadata.name}/${container}`] = { current: lines.current ?? [], previous: lines.previous ?? [] }
}

/** The scheduler's words about all nodes: `reasons` for ordinary ones, those that are cordoned or tainted by themselves. */
export const noNode = (w: World, reasons: Json, preemption: 'no victims' | 'not helpful' = 'not helpful'): string => {
  const all = w.objects.filter((o) => o.kind === 'Node').length
  const list: [string, number][] = Object.entries(reasons).map(([k, v]) => [k, Number(v)])
  if (w.cordoned.length > 0) list.push(['node(s) were unschedulable', w.cordoned.length])
  if (w.controlPlane.length > 0)
    list.push(['node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }', w.controlPlane.length])
  if (w.lost.length > 0) list.push(['node(s) had untolerated taint {node.kubernetes.io/unreachable: }', w.lost.length])
  const victims =
    preemption === 'no victims'
      ? list.filter(([k]) => k.startsWith('Insufficient') || k.startsWith('Too many')).reduce((sum, [, n]) => sum + n, 0)
      : 0
  const rest = all - victims
  const parts = [
    ...(victims > 0 ? [`${victims} No preemption victims found for incoming pod`] : []),
    ...(rest > 0 ? [`${rest} Preemption is not helpful for scheduling`] : []),
  ]
  return `0/${all} nodes are available: ${list
    .map(([k, n]) => `${n} ${k}`)
    .sort()
    .join(', ')}. preemption: 0/${all} nodes are available: ${parts.sort().join(', ')}.`
}
