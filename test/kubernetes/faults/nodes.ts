import type { KubeObject } from '../../../src/kubernetes/state.ts'
import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm } from './cluster.ts'
import { event } from './events.ts'
import { evicted, kubelet } from './looks.ts'
import { nodeIp } from './objects.ts'
import { budget, service } from './things.ts'
import { workload } from './workloads.ts'
import { ago, d, h, type Json, m, microAgo, patch, s, type World } from './world.ts'

type Condition = {
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly since: number
  readonly heartbeat?: number
}

const nodeNamed = (w: World, name: string): KubeObject => w.objects.find((o) => o.kind === 'Node' && o.metadata.name === name)!

const condition = (w: World, name: string, changes: Readonly<Record<string, Condition>>, taints: readonly Json[] = []): KubeObject => {
  const found = nodeNamed(w, name)
  const conditions = (found.status as { conditions: { type: string }[] }).conditions.map((c) => {
    const to = changes[c.type]
    return to === undefined
      ? c
      : {
          ...c,
          status: to.status,
          reason: to.reason,
          message: to.message,
          lastTransitionTime: ago(w, to.since),
          ...(to.heartbeat === undefined ? {} : { lastHeartbeatTime: ago(w, to.heartbeat) }),
        }
  })
  return patch(w, found, { status: { conditions }, ...(taints.length === 0 ? {} : { spec: { taints } }) })
}

/** A node whose kubelet has stopped: everything unknown, tainted, its lease old, its pods not ready. */
const dead = (w: World, index: number, since: number): KubeObject => {
  const name = w.workers[index]!
  const unknown = {
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    since,
    heartbeat: since + 44,
  }
  const found = condition(w, name, { Ready: unknown, MemoryPressure: unknown, DiskPressure: unknown, PIDPressure: unknown }, [
    { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: ago(w, since) },
    { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: ago(w, since - 5) },
  ])
  patch(w, w.objects.find((o) => o.kind === 'Lease' && o.metadata.name === name)!, { spec: { renewTime: microAgo(w, since + 41) } })
  event(w, {
    on: found,
    reason: 'NodeNotReady',
    message: `Node ${name} status is now: NodeNotReady`,
    first: since,
    from: 'node-controller',
  })
  w.workers.splice(index, 1)
  w.lost.push(name)
  w.lostSince[name] = since
  return found
}

const notReady = (w: World, index: number, of: { since: number; message: string }): KubeObject => {
  const name = w.workers[index]!
  const found = condition(w, name, { Ready: { status: 'False', reason: 'KubeletNotReady', message: of.message, since: of.since } }, [
    { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule', timeAdded: ago(w, of.since) },
    { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: ago(w, of.since - 4) },
  ])
  event(w, {
    on: found,
    reason: 'NodeNotReady',
    message: `Node ${name} status is now: NodeNotReady`,
    first: of.since,
    from: 'kubelet',
    host: name,
  })
  w.workers.splice(index, 1)
  w.lost.push(name)
  w.lostSince[name] = of.since
  return found
}

const pressure = (w: World, index: number, kind: 'MemoryPressure' | 'DiskPressure' | 'PIDPressure', since: number): KubeObject => {
  const name = w.workers[index]!
  const words = {
    MemoryPressure: [
      'KubeletHasInsufficientMemory',
      'kubelet has insufficient memory available',
      'memory-pressure',
      'NodeHasInsufficientMemory',
    ],
    DiskPressure: ['KubeletHasDiskPressure', 'kubelet has disk pressure', 'disk-pressure', 'NodeHasDiskPressure'],
    PIDPressure: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available', 'pid-pressure', 'NodeHasInsufficientPID'],
  }[kind]
  const found = condition(w, name, { [kind]: { status: 'True', reason: words[0]!, message: words[1]!, since } }, [
    { key: `node.kubernetes.io/${words[2]}`, effect: 'NoSchedule', timeAdded: ago(w, since) },
  ])
  event(w, { on: found, reason: words[3]!, message: `Node ${name} status is now: ${words[3]}`, first: since, from: 'kubelet', host: name })
  return found
}

const threshold = (w: World, on: KubeObject, resource: string, since: number): void =>
  event(w, {
    on,
    type: 'Warning',
    reason: 'EvictionThresholdMet',
    message: `Attempting to reclaim ${resource}`,
    first: since,
    last: 30,
    count: Math.floor(since / 14),
    from: 'kubelet',
    host: on.metadata.name,
  })

export const nodes: FaultCase[] = [
  ...fault('node-stopped-reporting', [
    {
      nodes: 5,
      herrings: ['oldOom', 'nodeBlink', 'chronicCrash', 'neighbourPull'],
      tell: (w) => {
        const found = dead(w, 2, m(17))
        const name = found.metadata.name
        const look = { node: name, age: d(6), lostSince: m(17), terminating: { since: m(12), grace: 30 } }
        const made = workload(w, {
          ns: 'shop',
          name: 'checkout',
          replicas: 3,
          port: 8080,
          requests: { cpu: '100m' },
          age: d(90),
          rolled: d(6),
          pods: [{}, {}, look, { age: m(12) }],
        })
        service(w, { ns: 'shop', name: 'checkout' })
        for (const p of made.pods.slice(2, 3))
          event(w, {
            on: p,
            reason: 'TaintManagerEviction',
            message: `Marking for deletion Pod shop/${p.metadata.name}`,
            first: m(12),
            from: 'taint-eviction-controller',
          })
        return {
          alert: alert(w, 'KubeNodeNotReady', ksm({ node: name, condition: 'Ready', status: 'true' })),
          expected: answer(found, [/not ?ready|unreachable|stopped (posting|reporting)|kubelet/i]),
        }
      },
    },
    {
      nodes: 4,
      herrings: ['oldFailedJob', 'oldOom', 'pendingClaim', 'otherRollout'],
      tell: (w) => {
        const found = dead(w, 1, m(19))
        const name = found.metadata.name
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'data',
          name: 'postgres',
          replicas: 2,
          port: 5432,
          requests: { cpu: '200m' },
          age: d(120),
          rolled: d(30),
          pods: [{ node: name, age: d(30), lostSince: m(19), terminating: { since: m(14), grace: 30 } }, {}],
        })
        event(w, {
          on: made.pods[0]!,
          reason: 'TaintManagerEviction',
          message: 'Marking for deletion Pod data/postgres-0',
          first: m(14),
          from: 'taint-eviction-controller',
        })
        service(w, { ns: 'data', name: 'postgres', targetPort: 5432 })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'data', statefulset: 'postgres' }),
          expected: answer(found, [/not ?ready|unreachable|stopped (posting|reporting)|kubelet/i]),
        }
      },
    },
  ]),
  ...fault('node-network-plugin-not-ready', [
    {
      nodes: 4,
      herrings: ['oldOom', 'restartedYesterday', 'certificateFar', 'neighbourPull'],
      tell: (w) => {
        const found = notReady(w, 3, {
          since: m(16),
          message:
            'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
        })
        return {
          alert: alert(w, 'KubeNodeNotReady', ksm({ node: found.metadata.name, condition: 'Ready', status: 'true' })),
          expected: answer(found, [/network|cni/i]),
        }
      },
    },
    {
      nodes: 5,
      herrings: ['oldEvicted', 'scaledToZero', 'chronicCrash', 'quotaHigh'],
      tell: (w) => {
        const found = notReady(w, 0, {
          since: m(21),
          message:
            'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
        })
        const name = found.metadata.name
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'edge',
          name: 'tunnel',
          requests: { cpu: '20m' },
          age: d(30),
          rolled: d(4),
          pods: [
            ...w.workers.map((node) => ({ node })),
            {
              node: name,
              age: m(14),
              containers: { tunnel: { is: 'waiting' as const, reason: 'ContainerCreating' } },
              lostSince: m(14),
              tell: (x: World, p: KubeObject) =>
                kubelet(x, p, {
                  reason: 'NetworkNotReady',
                  message:
                    'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
                  first: m(14),
                  last: s(15),
                  count: 380,
                }),
            },
          ],
        })
        return {
          alert: alert(w, 'KubeDaemonSetRolloutStuck', { namespace: 'edge', daemonset: 'tunnel' }),
          expected: answer(found, [/network|cni/i], [made.pods[made.pods.length - 1]!]),
        }
      },
    },
  ]),
  ...fault('node-runtime-down', [
    {
      nodes: 4,
      herrings: ['oldOom', 'nodeBlink', 'autoscalerBelow', 'oldFailedJob'],
      tell: (w) => {
        const found = notReady(w, 1, {
          since: m(18),
          message: 'PLEG is not healthy: pleg was last seen active 21m13.402515166s ago; threshold is 3m0s',
        })
        const made = workload(w, {
          ns: 'search',
          name: 'frontend',
          replicas: 2,
          requests: { cpu: '50m' },
          age: d(60),
          rolled: d(8),
          pods: [{}, { node: found.metadata.name, lostSince: m(18), terminating: { since: m(13) } }],
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'search', pod: made.pods[1]!.metadata.name }),
          expected: answer(found, [/PLEG|not ?ready|runtime/i]),
        }
      },
    },
    {
      nodes: 4,
      style: 'aks',
      herrings: ['oldPolicies', 'pendingClaim', 'neighbourPull', 'oldOom'],
      tell: (w) => {
        const found = notReady(w, 2, {
          since: m(22),
          message: '[container runtime is down, PLEG is not healthy: pleg was last seen active 24m2.11s ago; threshold is 3m0s]',
        })
        event(w, {
          on: found,
          type: 'Warning',
          reason: 'ContainerGCFailed',
          message:
            'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
          first: m(23),
          last: m(1),
          count: 22,
          from: 'kubelet',
          host: found.metadata.name,
        })
        return {
          alert: alert(w, 'KubeNodeNotReady', ksm({ node: found.metadata.name, condition: 'Ready', status: 'true' })),
          expected: answer(found, [/runtime|containerd|PLEG/i]),
        }
      },
    },
  ]),
  ...fault('node-disk-pressure', [
    {
      nodes: 4,
      herrings: ['oldEvicted', 'oldOom', 'chronicCrash', 'certificateFar'],
      tell: (w) => {
        const found = pressure(w, 0, 'DiskPressure', m(13))
        const name = found.metadata.name
        threshold(w, found, 'ephemeral-storage', m(13))
        event(w, {
          on: found,
          type: 'Warning',
          reason: 'FreeDiskSpaceFailed',
          message:
            'Failed to garbage collect required amount of images. Attempted to free 6442450944 bytes, but only found 0 bytes eligible to free.',
          first: m(14),
          last: m(3),
          count: 3,
          from: 'kubelet',
          host: name,
        })
        const message =
          'The node was low on resource: ephemeral-storage. Threshold quantity: 12885393408, available: 9801Mi. Container uploads was using 31240Mi, request is 0, has larger consumption of ephemeral-storage. '
        const made = workload(w, {
          ns: 'media',
          name: 'uploads',
          replicas: 2,
          requests: { cpu: '100m' },
          age: d(60),
          rolled: d(9),
          pods: [
            { age: m(11), node: w.workers[1]! },
            { node: w.workers[2]! },
            evicted({ message, ago: m(11), age: d(9), node: name }),
            evicted({ message, ago: m(8), age: d(9), node: name }),
          ],
        })
        return {
          alert: alert(w, 'KubeNodePressure', ksm({ node: name, condition: 'DiskPressure', status: 'true' }), { for: m(10) }),
          expected: answer(found, [/disk ?pressure|ephemeral|disk/i], [made]),
        }
      },
    },
    {
      nodes: 5,
      herrings: ['oldOom', 'oldEvicted', 'otherRollout', 'quotaHigh'],
      tell: (w) => {
        const found = pressure(w, 3, 'DiskPressure', m(20))
        const name = found.metadata.name
        threshold(w, found, 'ephemeral-storage', m(20))
        const message = 'The node was low on resource: ephemeral-storage. Threshold quantity: 2146950784, available: 1204Mi. '
        const w2 = workload(w, {
          ns: 'shop',
          name: 'cart-cache',
          replicas: 3,
          requests: { cpu: '100m' },
          age: d(60),
          rolled: d(9),
          pods: [
            { node: w.workers[0]! },
            { node: w.workers[1]! },
            { node: w.workers[2]!, age: m(19) },
            evicted({ message, ago: m(19), age: d(9), node: name }),
          ],
        })
        return {
          alert: alert(w, 'NodeFilesystemAlmostOutOfSpace', {
            instance: `${nodeIp(w, name)}:9100`,
            node: name,
            device: '/dev/nvme0n1p1',
            fstype: 'xfs',
            mountpoint: '/',
            job: 'node-exporter',
          }),
          expected: answer(found, [/disk ?pressure|ephemeral|disk/i], [w2]),
        }
      },
    },
  ]),
  ...fault('node-memory-pressure', [
    {
      nodes: 4,
      herrings: ['oldOom', 'oldEvicted', 'neighbourPull', 'nodeBlink'],
      tell: (w) => {
        const found = pressure(w, 2, 'MemoryPressure', m(12))
        const name = found.metadata.name
        threshold(w, found, 'memory', m(12))
        const hog = workload(w, { ns: 'analytics', name: 'notebook-alice', replicas: 1, age: d(2), rolled: d(2), pods: [{ node: name }] })
        const message =
          'The node was low on resource: memory. Threshold quantity: 100Mi, available: 71240Ki. Container sessions-api was using 412604Ki, request is 64Mi, has larger consumption of memory. '
        const made = workload(w, {
          ns: 'shop',
          name: 'sessions-api',
          replicas: 2,
          requests: { cpu: '50m', memory: '64Mi' },
          age: d(60),
          rolled: d(9),
          pods: [{ node: w.workers[0]! }, { node: w.workers[1]!, age: m(11) }, evicted({ message, ago: m(11), age: d(9), node: name })],
        })
        return {
          alert: alert(w, 'PodsEvicted', { namespace: 'shop', pod: made.pods[2]!.metadata.name, reason: 'Evicted' }, { for: m(5) }),
          expected: answer(found, [/memory/i], [made, hog]),
        }
      },
    },
    {
      nodes: 3,
      herrings: ['oldFailedJob', 'oldOom', 'scaledToZero', 'certificateFar'],
      tell: (w) => {
        const found = pressure(w, 1, 'MemoryPressure', m(18))
        const name = found.metadata.name
        threshold(w, found, 'memory', m(18))
        event(w, {
          on: found,
          type: 'Warning',
          reason: 'SystemOOM',
          message: 'System OOM encountered, victim process: java, pid: 90210',
          first: m(17),
          last: m(6),
          count: 2,
          from: 'kubelet',
          host: name,
        })
        return {
          alert: alert(w, 'KubeNodePressure', ksm({ node: name, condition: 'MemoryPressure', status: 'true' }), { for: m(10) }),
          expected: answer(found, [/memory/i]),
        }
      },
    },
  ]),
  ...fault('node-out-of-process-ids', [
    {
      nodes: 4,
      herrings: ['oldOom', 'nodeBlink', 'chronicCrash', 'otherRollout'],
      tell: (w) => {
        const found = pressure(w, 0, 'PIDPressure', m(14))
        threshold(w, found, 'pids', m(14))
        return {
          alert: alert(w, 'KubeNodePressure', ksm({ node: found.metadata.name, condition: 'PIDPressure', status: 'true' }), { for: m(10) }),
          expected: answer(found, [/\bPIDs?\b|PID ?Pressure|process/i]),
        }
      },
    },
    {
      nodes: 5,
      herrings: ['oldEvicted', 'oldOom', 'pendingClaim', 'neighbourPull'],
      tell: (w) => {
        const found = pressure(w, 4, 'PIDPressure', m(16))
        const name = found.metadata.name
        threshold(w, found, 'pids', m(16))
        const message = 'The node was low on resource: pids. Threshold quantity: 3276, available: 2911. '
        const made = workload(w, {
          ns: 'ci',
          name: 'executor',
          replicas: 2,
          requests: { cpu: '200m' },
          age: d(20),
          rolled: d(3),
          pods: [{ node: w.workers[0]! }, { node: w.workers[1]!, age: m(15) }, evicted({ message, ago: m(15), age: d(3), node: name })],
        })
        return {
          alert: alert(w, 'PodsEvicted', { namespace: 'ci', pod: made.pods[2]!.metadata.name, reason: 'Evicted' }, { for: m(5) }),
          expected: answer(found, [/\bPIDs?\b|PID ?Pressure|process/i], [made]),
        }
      },
    },
  ]),
  ...fault('node-pod-over-its-own-storage-limit', [
    {
      tell: (w) => {
        const message = 'Container transcode exceeded its local ephemeral storage limit "2Gi". '
        const on = w.workers
        const made = workload(w, {
          ns: 'media',
          name: 'transcode',
          replicas: 1,
          requests: { cpu: '200m' },
          limits: { 'ephemeral-storage': '2Gi', memory: '1Gi' },
          age: d(44),
          rolled: d(5),
          pods: [
            { node: on[0]!, age: m(2) },
            evicted({ message, ago: m(2), age: m(6), node: on[1]! }),
            evicted({ message, ago: m(6), age: m(11), node: on[2]! }),
            evicted({ message, ago: m(11), age: m(17), node: on[0]! }),
          ],
        })
        return {
          alert: alert(w, 'PodsEvicted', { namespace: 'media', deployment: 'transcode' }, { for: m(5) }),
          expected: answer(made.object, [/ephemeral|storage limit|evict/i], [made]),
        }
      },
    },
    {
      ttl: h(12),
      tell: (w) => {
        const message = 'Usage of EmptyDir volume "scratch" exceeds the limit "1Gi". '
        const on = w.workers
        const made = workload(w, {
          ns: 'genomics',
          name: 'aligner',
          replicas: 2,
          requests: { cpu: '500m', memory: '1Gi' },
          age: d(12),
          rolled: d(2),
          pod: { volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Gi' } }] },
          pods: [
            { node: on[0]!, age: m(5) },
            { node: on[1]! },
            evicted({ message, ago: m(5), age: m(22), node: on[2]! }),
            evicted({ message, ago: m(22), age: m(40), node: on[0]! }),
          ],
        })
        return {
          alert: alert(w, 'PodsEvicted', { namespace: 'genomics', pod: made.pods[2]!.metadata.name, reason: 'Evicted' }, { for: m(5) }),
          expected: answer(made.object, [/EmptyDir|scratch|sizeLimit|limit|evict/i], [made]),
        }
      },
    },
  ]),
  ...fault('node-drain-blocked', [
    {
      herrings: ['oldOom', 'neighbourPull', 'certificateFar', 'quotaHigh'],
      nodes: 4,
      tell: (w) => {
        const name = w.workers.pop()!
        w.cordoned.push(name)
        const found = patch(w, nodeNamed(w, name), {
          spec: {
            unschedulable: true,
            taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(w, m(50)) }],
          },
        })
        event(w, {
          on: found,
          reason: 'NodeNotSchedulable',
          message: `Node ${name} status is now: NodeNotSchedulable`,
          first: m(50),
          from: 'kubelet',
          host: name,
        })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'queue',
          name: 'zookeeper',
          replicas: 3,
          requests: { cpu: '100m' },
          age: d(200),
          rolled: d(60),
          pods: [{ node: name }, { node: w.workers[0]! }, { node: w.workers[1]! }],
        })
        const pdb = budget(w, {
          ns: 'queue',
          name: 'zookeeper',
          age: d(200),
          selector: { 'app.kubernetes.io/name': 'zookeeper' },
          maxUnavailable: 0,
          healthy: 3,
          desired: 3,
          expected: 3,
        })
        return {
          alert: alert(w, 'NodeDrainStuck', { node: name, pod: 'zookeeper-0', namespace: 'queue' }, { for: m(30) }),
          expected: answer(pdb, [/disruption|PDB/i], [made, found]),
        }
      },
    },
    {
      herrings: ['oldOom', 'oldEvicted', 'chronicCrash', 'nodeBlink'],
      nodes: 5,
      tell: (w) => {
        const made = workload(w, {
          ns: 'gateway',
          name: 'api-gw',
          replicas: 2,
          requests: { cpu: '100m' },
          port: 8080,
          age: d(100),
          rolled: d(7),
          with: { readinessProbe: { httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' }, periodSeconds: 10 } },
          pods: [
            {},
            {
              changed: m(20),
              containers: { 'api-gw': { is: 'running', since: d(7) - 60, ready: false } },
              tell: (x, p) =>
                kubelet(x, p, {
                  container: 'api-gw',
                  reason: 'Unhealthy',
                  message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
                  first: m(21),
                  last: s(5),
                  count: 121,
                }),
            },
          ],
        })
        healthyDeployment(w, { ns: 'gateway', name: 'admin' })
        budget(w, {
          ns: 'gateway',
          name: 'api-gw',
          age: d(100),
          selector: { 'app.kubernetes.io/name': 'api-gw' },
          minAvailable: 2,
          healthy: 1,
          desired: 2,
          expected: 2,
        })
        return {
          alert: alert(w, 'KubePdbNotEnoughHealthyPods', ksm({ namespace: 'gateway', poddisruptionbudget: 'api-gw' })),
          expected: answer(
            made.object,
            [/readiness|503|not ready/i],
            [made, { kind: 'PodDisruptionBudget', namespace: 'gateway', name: 'api-gw' }],
          ),
        }
      },
    },
  ]),
]
