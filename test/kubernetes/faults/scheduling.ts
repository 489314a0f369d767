import type { FaultCase } from './case.ts'
import { alert, answer, fault, ksm, noNode, type Story } from './cluster.ts'
import { event } from './events.ts'
import { claim, persistentVolume, service } from './things.ts'
import { type Plan, workload } from './workloads.ts'
import { d, h, type Json, m, patch, s, type World } from './world.ts'

/** A workload with pods that find no node. */
const pending = (of: {
  plan: Plan
  waiting: number
  running?: number
  since: number
  reasons: (w: World) => Json
  preemption?: 'no victims'
  cause: RegExp
  by: 'notReady' | 'deployment' | 'statefulset' | 'rollout' | 'pending'
  before?: (w: World) => void
  nodes?: number
  style?: Story['style']
  herrings?: readonly string[]
  ttl?: number
  oldPods?: number
}): Story => ({
  ...(of.nodes === undefined ? {} : { nodes: of.nodes }),
  ...(of.style === undefined ? {} : { style: of.style }),
  ...(of.ttl === undefined ? {} : { ttl: of.ttl }),
  herrings: of.herrings ?? ['oldOom', 'pendingClaim', 'neighbourPull', 'cordoned'],
  tell: (w) => {
    of.before?.(w)
    const message = noNode(w, of.reasons(w), of.preemption)
    const made = workload(w, {
      requests: { cpu: '100m', memory: '128Mi' },
      ...of.plan,
      ...(of.oldPods === undefined ? {} : { oldPods: Array.from({ length: of.oldPods }, () => ({ age: d(5) })), rolling: true }),
      pods: [
        ...Array.from({ length: of.running ?? 0 }, (_, i) => ({ node: w.workers[i % w.workers.length]! })),
        ...Array.from({ length: of.waiting }, () => ({ age: of.since, unschedulable: message })),
      ],
    })
    if (of.plan.kind !== 'DaemonSet') service(w, { ns: of.plan.ns, name: of.plan.name })
    const { ns, name } = of.plan
    const first = made.pods.find((p) => p.status?.['phase'] === 'Pending')!
    const labels: Record<typeof of.by, [string, Record<string, string>]> = {
      notReady: ['KubePodNotReady', { namespace: ns, pod: first.metadata.name }],
      pending: ['PodPendingTooLong', { namespace: ns, pod: first.metadata.name, phase: 'Pending' }],
      deployment: ['KubeDeploymentReplicasMismatch', ksm({ namespace: ns, deployment: name })],
      rollout: ['KubeDeploymentRolloutStuck', { namespace: ns, deployment: name }],
      statefulset: ['KubeStatefulSetReplicasMismatch', { namespace: ns, statefulset: name }],
    }
    const [alertname, rest] = labels[of.by]
    return { alert: alert(w, alertname, rest), expected: answer(made.object, [of.cause], [made]) }
  },
})

/** Fills every node that may be used, so that less than `left` remains. */
const fill = (w: World, of: { ns: string; name: string; cpu: string; memory: string; each: number; first: Json }): void => {
  workload(w, {
    ns: of.ns,
    name: of.name,
    requests: { cpu: of.cpu, memory: of.memory },
    age: d(40),
    rolled: d(3),
    pods: w.workers.slice(1).flatMap((node) => Array.from({ length: of.each }, () => ({ node }))),
  })
  workload(w, { ns: of.ns, name: `${of.name}-driver`, requests: of.first, age: d(40), rolled: d(3), pods: [{ node: w.workers[0]! }] })
}

/** As many small pods as make every node hold `pods`. */
const crowd = (w: World, pods: number): void => {
  const held = (node: string): number =>
    w.objects.filter(
      (o) => o.kind === 'Pod' && o.spec?.['nodeName'] === node && !['Failed', 'Succeeded'].includes(String(o.status?.['phase'])),
    ).length
  workload(w, {
    ns: 'functions',
    name: 'fn',
    requests: { cpu: '10m', memory: '16Mi' },
    age: d(40),
    rolled: d(3),
    pods: w.workers.flatMap((node) => Array.from({ length: Math.max(0, pods - held(node)) }, () => ({ node }))),
  })
}

const all =
  (text: string) =>
  (w: World): Json => ({ [text]: w.workers.length })

const selectorTerm = (key: string, values: readonly string[]): Json => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values }] }] },
    },
  },
})

const apart = (name: string, key = 'kubernetes.io/hostname'): Json => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { 'app.kubernetes.io/name': name } }, topologyKey: key },
      ],
    },
  },
})

const label = (w: World, name: string, labels: Json): void => {
  patch(w, w.objects.find((o) => o.kind === 'Node' && o.metadata.name === name)!, { metadata: { labels } })
}

const taint = (w: World, name: string, taints: readonly Json[]): void => {
  patch(w, w.objects.find((o) => o.kind === 'Node' && o.metadata.name === name)!, { spec: { taints } })
}

export const scheduling: FaultCase[] = [
  ...fault('scheduling-insufficient-cpu', [
    pending({
      plan: {
        ns: 'analytics',
        name: 'query-engine',
        requests: { cpu: '6', memory: '4Gi' },
        beforeWith: { resources: { requests: { cpu: '600m', memory: '2Gi' } } },
        age: d(50),
        rolled: m(24),
      },
      oldPods: 2,
      waiting: 1,
      since: m(24),
      reasons: all('Insufficient cpu'),
      preemption: 'no victims',
      cause: /cpu/i,
      by: 'rollout',
    }),
    pending({
      plan: { ns: 'shop', name: 'storefront-api', requests: { cpu: '1', memory: '512Mi' }, age: d(150), rolled: d(4) },
      running: 1,
      waiting: 2,
      since: m(19),
      reasons: all('Insufficient cpu'),
      preemption: 'no victims',
      cause: /cpu/i,
      by: 'deployment',
      before: (w) =>
        fill(w, { ns: 'sparkjobs', name: 'executor', cpu: '1400m', memory: '1Gi', each: 2, first: { cpu: '1800m', memory: '1Gi' } }),
    }),
  ]),
  ...fault('scheduling-insufficient-memory', [
    pending({
      plan: { kind: 'StatefulSet', ns: 'search', name: 'opensearch', requests: { cpu: '500m', memory: '24Gi' }, age: d(80), rolled: m(30) },
      waiting: 1,
      since: m(30),
      reasons: all('Insufficient memory'),
      preemption: 'no victims',
      cause: /memory/i,
      by: 'statefulset',
    }),
    pending({
      plan: { ns: 'reports', name: 'pdf', requests: { cpu: '100m', memory: '5Gi' }, age: d(33), rolled: d(9) },
      running: 1,
      waiting: 1,
      since: m(17),
      reasons: all('Insufficient memory'),
      preemption: 'no victims',
      cause: /memory/i,
      by: 'notReady',
      before: (w) =>
        fill(w, { ns: 'jvm', name: 'legacy', cpu: '200m', memory: '5200Mi', each: 2, first: { cpu: '200m', memory: '5200Mi' } }),
    }),
  ]),
  ...fault('scheduling-untolerated-taint', [
    pending({
      nodes: 5,
      style: 'gke',
      herrings: ['oldOom', 'certificateFar', 'oldFailedJob', 'chronicCrash'],
      plan: { ns: 'vision', name: 'inference', replicas: 2, pod: { nodeSelector: { pool: 'gpu' } }, age: d(30), rolled: m(26) },
      oldPods: 0,
      waiting: 2,
      since: m(26),
      before: (w) => {
        for (const n of w.workers.slice(0, 2)) {
          label(w, n, { pool: 'gpu' })
          taint(w, n, [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }])
        }
        w.reserved.push(...w.workers.splice(0, 2))
      },
      reasons: (w) => ({
        'node(s) had untolerated taint {dedicated: gpu}': 2,
        "node(s) didn't match Pod's node affinity/selector": w.workers.length,
      }),
      cause: /taint|tolerat/i,
      by: 'pending',
    }),
    pending({
      nodes: 4,
      style: 'eks',
      herrings: ['oldOom', 'nodeBlink', 'autoscalerBelow', 'neighbourPull'],
      plan: { ns: 'shop', name: 'promotions', replicas: 3, age: d(70), rolled: d(10) },
      waiting: 3,
      since: m(21),
      before: (w) => {
        for (const n of w.workers) taint(w, n, [{ key: 'maintenance', value: 'kernel', effect: 'NoSchedule' }])
      },
      reasons: all('node(s) had untolerated taint {maintenance: kernel}'),
      cause: /taint|tolerat/i,
      by: 'deployment',
    }),
  ]),
  ...fault('scheduling-node-selector', [
    pending({
      plan: {
        ns: 'billing',
        name: 'archiver',
        replicas: 1,
        pod: { nodeSelector: { disktype: 'nvme' } },
        beforePod: { nodeSelector: { disktype: 'ssd' } },
        age: d(110),
        rolled: m(23),
      },
      oldPods: 1,
      waiting: 1,
      since: m(23),
      before: (w) => {
        for (const n of w.workers) label(w, n, { disktype: 'ssd' })
      },
      reasons: all("node(s) didn't match Pod's node affinity/selector"),
      cause: /selector|nvme|label/i,
      by: 'rollout',
    }),
    pending({
      plan: {
        kind: 'StatefulSet',
        ns: 'tsdb',
        name: 'influx',
        pod: { nodeSelector: { 'node.kubernetes.io/instance-type': 'r6i.4xlarge' } },
        age: d(60),
        rolled: m(45),
      },
      waiting: 1,
      since: m(45),
      before: (w) => {
        for (const n of w.workers) label(w, n, { 'node.kubernetes.io/instance-type': 'm6i.xlarge' })
      },
      reasons: all("node(s) didn't match Pod's node affinity/selector"),
      cause: /selector|r6i|label|instance-type/i,
      by: 'statefulset',
    }),
  ]),
  ...fault('scheduling-node-affinity', [
    pending({
      plan: {
        ns: 'payments',
        name: 'hsm-proxy',
        replicas: 2,
        pod: selectorTerm('topology.kubernetes.io/zone', ['eu-west-1d']),
        beforePod: selectorTerm('topology.kubernetes.io/zone', ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']),
        age: d(90),
        rolled: m(25),
      },
      oldPods: 2,
      waiting: 1,
      since: m(25),
      reasons: all("node(s) didn't match Pod's node affinity/selector"),
      cause: /affinity|zone|eu-west-1d/i,
      by: 'rollout',
    }),
    pending({
      plan: { ns: 'edge', name: 'relay', replicas: 2, pod: selectorTerm('kubernetes.io/arch', ['arm64']), age: d(5), rolled: m(31) },
      waiting: 2,
      since: m(31),
      reasons: all("node(s) didn't match Pod's node affinity/selector"),
      cause: /affinity|arm64|arch/i,
      by: 'notReady',
    }),
  ]),
  ...fault('scheduling-anti-affinity', [
    pending({
      nodes: 4,
      style: 'aks',
      herrings: ['oldOom', 'scaledToZero', 'otherRollout', 'pendingClaim'],
      plan: { ns: 'queue', name: 'rabbitmq-proxy', replicas: 6, pod: apart('rabbitmq-proxy'), age: d(130), rolled: d(11) },
      running: 4,
      waiting: 2,
      since: m(18),
      reasons: all("node(s) didn't match pod anti-affinity rules"),
      preemption: 'no victims',
      cause: /anti-?affinity/i,
      by: 'deployment',
    }),
    pending({
      nodes: 3,
      style: 'eks',
      herrings: ['oldEvicted', 'chronicCrash', 'quotaHigh', 'oldPolicies'],
      plan: { kind: 'StatefulSet', ns: 'etcd', name: 'etcd', replicas: 5, pod: apart('etcd'), age: d(200), rolled: d(30) },
      running: 3,
      waiting: 1,
      since: m(28),
      reasons: all("node(s) didn't match pod anti-affinity rules"),
      preemption: 'no victims',
      cause: /anti-?affinity/i,
      by: 'statefulset',
    }),
  ]),
  ...fault('scheduling-too-many-pods', [
    pending({
      nodes: 3,
      style: 'eks',
      herrings: ['oldOom', 'restartedYesterday', 'certificateFar', 'neighbourPull'],
      plan: { ns: 'functions', name: 'invoker', replicas: 4, age: d(45), rolled: d(5) },
      running: 1,
      waiting: 3,
      since: m(20),
      reasons: all('Too many pods'),
      preemption: 'no victims',
      cause: /too many pods|pods?.{0,25}(limit|capacity|maximum|full)|(limit|capacity|maximum|holds?).{0,30}pods?/i,
      by: 'deployment',
      before: (w) => {
        for (const n of w.workers)
          patch(w, w.objects.find((o) => o.kind === 'Node' && o.metadata.name === n)!, {
            status: { capacity: { pods: '17' }, allocatable: { pods: '17' } },
          })
        w.later.push(() => crowd(w, 17))
      },
    }),
    pending({
      plan: {
        ns: 'vision',
        name: 'trainer',
        replicas: 2,
        requests: { cpu: '1', memory: '2Gi', 'nvidia.com/gpu': '1' },
        limits: { 'nvidia.com/gpu': '1' },
        age: d(3),
        rolled: m(40),
      },
      waiting: 2,
      since: m(40),
      reasons: all('Insufficient nvidia.com/gpu'),
      preemption: 'no victims',
      cause: /gpu/i,
      by: 'pending',
    }),
  ]),
  ...fault('scheduling-topology-spread', [
    pending({
      plan: {
        ns: 'shop',
        name: 'front',
        replicas: 6,
        pod: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/rack',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'front' } },
            },
          ],
        },
        beforePod: {},
        age: d(20),
        rolled: m(22),
      },
      oldPods: 5,
      waiting: 2,
      since: m(22),
      reasons: all("node(s) didn't match pod topology spread constraints (missing required label)"),
      cause: /topology spread|spread constraint|rack|label/i,
      by: 'rollout',
    }),
    pending({
      nodes: 4,
      herrings: ['oldOom', 'nodeBlink', 'pendingClaim', 'oldFailedJob'],
      plan: {
        ns: 'auth',
        name: 'tokens',
        replicas: 4,
        pod: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'DoNotSchedule',
              minDomains: 6,
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'tokens' } },
            },
          ],
        },
        age: d(60),
        rolled: d(6),
      },
      running: 4,
      waiting: 1,
      since: m(16),
      reasons: all("node(s) didn't match pod topology spread constraints"),
      preemption: 'no victims',
      cause: /topology|spread/i,
      by: 'notReady',
    }),
  ]),
  ...fault('scheduling-host-port-taken', [
    pending({
      nodes: 3,
      style: 'gke',
      herrings: ['oldOom', 'autoscalerBelow', 'neighbourPull', 'scaledToZero'],
      plan: {
        ns: 'edge',
        name: 'turn',
        replicas: 4,
        with: { ports: [{ name: 'turn', containerPort: 3478, hostPort: 3478, protocol: 'UDP' }] },
        age: d(25),
        rolled: d(7),
      },
      running: 3,
      waiting: 1,
      since: m(20),
      reasons: all("node(s) didn't have free ports for the requested pod ports"),
      preemption: 'no victims',
      cause: /\b(host ?)?ports?\b/i,
      by: 'deployment',
    }),
    pending({
      nodes: 3,
      style: 'eks',
      herrings: ['oldOom', 'oldEvicted', 'oldPolicies', 'nodeBlink'],
      plan: {
        ns: 'gateway',
        name: 'haproxy',
        replicas: 3,
        with: { ports: [{ name: 'https', containerPort: 443, hostPort: 443, protocol: 'TCP' }] },
        age: d(190),
        rolled: m(27),
      },
      oldPods: 3,
      waiting: 1,
      since: m(27),
      reasons: all("node(s) didn't have free ports for the requested pod ports"),
      preemption: 'no victims',
      cause: /\b(host ?)?ports?\b/i,
      by: 'rollout',
    }),
  ]),
  ...fault('scheduling-volume-in-another-zone', [
    {
      nodes: 3,
      style: 'eks',
      herrings: ['oldOom', 'pendingClaim', 'chronicCrash', 'otherRollout'],
      tell: (w) => {
        w.workers.forEach((n, i) => {
          label(w, n, { 'topology.kubernetes.io/zone': i === 0 ? 'eu-west-1a' : 'eu-west-1b' })
        })
        const bound = claim(w, { ns: 'data', name: 'data-mysql-0', age: d(100), volume: 'pvc-0d2f9c1e-mysql', noVolume: true })
        const volume = persistentVolume(w, {
          name: 'pvc-0d2f9c1e-mysql',
          class: 'gp3',
          size: '20Gi',
          modes: ['ReadWriteOnce'],
          claim: bound,
          age: d(100),
          zone: 'eu-west-1c',
        })
        const message = noNode(w, { 'node(s) had volume node affinity conflict': w.workers.length })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'data',
          name: 'mysql',
          replicas: 1,
          age: d(100),
          rolled: d(20),
          requests: { cpu: '200m', memory: '1Gi' },
          volumeClaims: [{ name: 'data', size: '20Gi', storageClass: 'gp3' }],
          pods: [{ age: m(22), unschedulable: message }],
        })
        event(w, {
          on: made.object,
          reason: 'SuccessfulCreate',
          message: 'create Pod mysql-0 in StatefulSet mysql successful',
          first: m(22),
          from: 'statefulset-controller',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'data', statefulset: 'mysql' }),
          expected: answer(made.object, [/volume|zone|affinity/i], [made, bound, volume]),
        }
      },
    },
    {
      herrings: ['oldFailedJob', 'certificateFar', 'quotaHigh', 'oldOom'],
      ttl: h(4),
      tell: (w) => {
        for (const n of w.workers) label(w, n, { 'topology.kubernetes.io/zone': 'eu-west-1a' })
        const bound = claim(w, { ns: 'files', name: 'nextcloud-data', age: d(220), volume: 'pvc-77aa10b3-nextcloud', noVolume: true })
        const volume = persistentVolume(w, {
          name: 'pvc-77aa10b3-nextcloud',
          class: 'gp3',
          size: '20Gi',
          modes: ['ReadWriteOnce'],
          claim: bound,
          age: d(220),
          zone: 'eu-west-1b',
        })
        const message = noNode(w, { 'node(s) had volume node affinity conflict': w.workers.length })
        const made = workload(w, {
          ns: 'files',
          name: 'nextcloud',
          replicas: 1,
          age: d(220),
          rolled: d(15),
          pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'nextcloud-data' } }] },
          pods: [{ age: m(35), unschedulable: message }],
        })
        event(w, {
          on: made.pods[0]!,
          reason: 'NotTriggerScaleUp',
          message: `pod didn't trigger scale-up: 1 node(s) had volume node affinity conflict`,
          first: m(34),
          last: s(50),
          count: 22,
          from: 'cluster-autoscaler',
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'files', pod: made.pods[0]!.metadata.name }),
          expected: answer(made.object, [/volume|zone|affinity/i], [made, bound, volume]),
        }
      },
    },
  ]),
]
