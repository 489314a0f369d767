import { answer } from '../faults/cluster.ts'
import { event } from '../faults/events.ts'
import { evicted, kubelet } from '../faults/looks.ts'
import { budget, service } from '../faults/things.ts'
import { ago, d, h, m, microAgo, patch, s, type World } from '../faults/world.ts'
import { blames, fires, nodeOf, type Story, turn } from './cluster.ts'
import { listens, release } from './release.ts'

/** The kubelet has not been heard of since: pods by chance go elsewhere, the lease is not renewed, the controller taints the node. */
const lose = (w: World, name: string, since: number): ReturnType<typeof nodeOf> => {
  w.workers.splice(w.workers.indexOf(name), 1)
  w.lost.push(name)
  w.lostSince[name] = since
  const lease = w.objects.find((o) => o.kind === 'Lease' && o.metadata.name === name)!
  patch(w, lease, { spec: { renewTime: microAgo(w, since + 41) } })
  const unknown = {
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    since,
    heartbeat: since + m(2),
  }
  const found = turn(w, name, { Ready: unknown, MemoryPressure: unknown, DiskPressure: unknown, PIDPressure: unknown }, [
    { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
  ])
  event(w, {
    on: found,
    reason: 'NodeNotReady',
    message: `Node ${name} status is now: NodeNotReady`,
    first: since,
    from: 'node-controller',
  })
  return found
}

const gone = /not ?ready|stopped posting|unreachable|lost|down|no heartbeat|kubelet/i

export const nodes: readonly Story[] = [
  {
    name: 'node-silent',
    cloud: 'hetzner',
    minor: 31,
    nodes: 5,
    tell: (w) => {
      const name = w.workers[2]!
      const found = lose(w, name, m(11))
      const made = release(w, {
        ns: 'portal',
        name: 'portal-web-v8',
        container: 'web',
        scheme: 'app',
        rolled: d(4),
        with: listens(8080, 'http'),
        pods: [{ node: name, lostSince: m(11), terminating: { since: m(6) }, age: d(4) - 10 }, {}, { age: m(6) }],
      })
      event(w, {
        on: made.pods[0]!,
        reason: 'TaintManagerEviction',
        message: `Marking for deletion Pod portal/${made.pods[0]!.metadata.name}`,
        first: m(6),
        from: 'taint-eviction-controller',
      })
      return { alert: fires(w, 'NodeNotReady', { node: name }, { for: m(10), severity: 'critical' }), expected: answer(found, [gone]) }
    },
  },
  {
    name: 'node-silent-under-both-pods',
    cloud: 'digitalocean',
    minor: 33,
    nodes: 4,
    tell: (w) => {
      const name = w.workers[1]!
      const found = lose(w, name, m(4))
      const on = { node: name, lostSince: m(4) }
      const made = release(w, {
        ns: 'reservations',
        name: 'table-holder-1',
        container: 'holder',
        scheme: 'k8s-app',
        rolled: d(21),
        with: listens(6000, 'rpc'),
        pods: [on, on],
      })
      service(w, {
        ns: 'reservations',
        name: 'table-holder',
        selector: { 'k8s-app': 'table-holder-1' },
        port: 6000,
        targetPort: 'rpc',
        portName: 'rpc',
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'reservations', deployment: 'table-holder-1' }, { for: m(2) }),
        expected: answer(found, [gone], [made]),
      }
    },
  },
  {
    name: 'node-without-a-network',
    cloud: 'openshift',
    minor: 30,
    runtime: 'cri-o',
    nodes: 4,
    tell: (w) => {
      const name = w.workers.pop()!
      w.reserved.push(name)
      const found = turn(
        w,
        name,
        {
          Ready: {
            status: 'False',
            reason: 'KubeletNotReady',
            message:
              'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/kubernetes/cni/net.d/. Has your network provider started?',
            since: m(17),
          },
        },
        [
          { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
        ],
      )
      event(w, {
        on: found,
        reason: 'NodeNotReady',
        message: `Node ${name} status is now: NodeNotReady`,
        first: m(17),
        from: 'kubelet',
        host: name,
      })
      return {
        alert: fires(w, 'KubeNodeNotReady', { node: name, severity: 'warning', condition: 'Ready', status: 'true' }, { for: m(15) }),
        expected: answer(found, [/network|cni|not ?ready/i]),
      }
    },
  },
  {
    name: 'node-disk-full-and-evicting',
    cloud: 'edge',
    minor: 29,
    nodes: 4,
    tell: (w) => {
      const name = w.workers[0]!
      const found = turn(
        w,
        name,
        { DiskPressure: { status: 'True', reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure', since: m(13) } },
        [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }],
      )
      event(w, {
        on: found,
        reason: 'NodeHasDiskPressure',
        message: `Node ${name} status is now: NodeHasDiskPressure`,
        first: m(13),
        from: 'kubelet',
        host: name,
      })
      event(w, {
        on: found,
        type: 'Warning',
        reason: 'EvictionThresholdMet',
        message: 'Attempting to reclaim ephemeral-storage',
        first: m(14),
        last: s(20),
        count: 61,
        from: 'kubelet',
        host: name,
      })
      event(w, {
        on: found,
        type: 'Warning',
        reason: 'FreeDiskSpaceFailed',
        message:
          'Failed to garbage collect required amount of images. Attempted to free 3189721088 bytes, but only found 0 bytes eligible to free.',
        first: m(16),
        last: m(1),
        count: 4,
        from: 'kubelet',
        host: name,
      })
      const message =
        'The node was low on resource: ephemeral-storage. Threshold quantity: 3219943218, available: 2895212Ki. Container recorder was using 1210332Ki, request is 0, has larger consumption of ephemeral-storage. '
      const made = release(w, {
        ns: 'vision',
        name: 'camera-recorder',
        container: 'recorder',
        scheme: 'app',
        rolled: d(8),
        pods: [
          evicted({ ago: m(12), age: d(8) - 4, node: name, message }),
          { node: w.workers[2]! },
          { age: m(12) - 2, node: w.workers[3]! },
        ],
      })
      return {
        alert: fires(w, 'PodEvicted', { namespace: 'vision', pod: made.pods[0]!.metadata.name, node: name }, { for: m(5) }),
        expected: answer(found, [/disk|ephemeral|storage/i], [made]),
      }
    },
  },
  {
    name: 'node-short-of-memory',
    cloud: 'oracle',
    minor: 32,
    nodes: 4,
    tell: (w) => {
      const name = w.workers[3]!
      const found = turn(
        w,
        name,
        {
          MemoryPressure: {
            status: 'True',
            reason: 'KubeletHasInsufficientMemory',
            message: 'kubelet has insufficient memory available',
            since: m(8),
          },
        },
        [{ key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' }],
      )
      event(w, {
        on: found,
        reason: 'NodeHasInsufficientMemory',
        message: `Node ${name} status is now: NodeHasInsufficientMemory`,
        first: m(8),
        from: 'kubelet',
        host: name,
      })
      event(w, {
        on: found,
        type: 'Warning',
        reason: 'EvictionThresholdMet',
        message: 'Attempting to reclaim memory',
        first: m(9),
        last: s(30),
        count: 22,
        from: 'kubelet',
        host: name,
      })
      const message =
        'The node was low on resource: memory. Threshold quantity: 100Mi, available: 61244Ki. Container simulator was using 21930220Ki, request is 1Gi, has larger consumption of memory. '
      const made = release(w, {
        ns: 'simulation',
        name: 'sim-runner-xl',
        container: 'simulator',
        scheme: 'name',
        requests: { memory: '1Gi', cpu: '500m' },
        rolled: h(9),
        pods: [evicted({ ago: m(7), age: h(9) - 4, node: name, message }), { age: m(7) - 3, node: w.workers[0]! }],
      })
      return {
        alert: fires(w, 'NodeMemoryPressure', { node: name, namespace: 'simulation' }, { for: m(5) }),
        expected: answer(found, [/memory/i], [made]),
      }
    },
  },
  {
    name: 'node-volume-of-its-own-overrun',
    cloud: 'autopilot',
    minor: 30,
    tell: (w) => {
      const on = w.workers[1]!
      const message = 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. '
      const made = release(w, {
        ns: 'archive',
        name: 'zip-packer',
        container: 'packer',
        scheme: 'instance',
        limits: { 'ephemeral-storage': '1Gi' },
        rolled: d(2),
        pods: [
          evicted({ ago: m(4), age: m(31), node: on, message }),
          evicted({ ago: m(31), age: m(58), node: on, message }),
          { age: m(4) - 2 },
        ],
      })
      kubelet(w, made.pods[2]!, {
        type: 'Normal',
        reason: 'Pulled',
        container: 'packer',
        message: `Container image already present on machine`,
        first: m(4) - 5,
      })
      return {
        alert: fires(w, 'PodEvicted', { namespace: 'archive', pod: made.pods[0]!.metadata.name }, { for: m(1) }),
        expected: blames(made, /ephemeral|storage|disk/i),
      }
    },
  },
  {
    name: 'node-that-cannot-be-drained',
    cloud: 'eksAuto',
    minor: 33,
    nodes: 4,
    tell: (w) => {
      const name = w.workers.pop()!
      w.reserved.push(name)
      const made = release(w, {
        ns: 'inference',
        name: 'llm-router',
        container: 'router',
        scheme: 'app',
        rolled: d(19),
        with: listens(8080, 'http'),
        pods: [{ node: name }, { node: w.workers[0]! }],
      })
      const guard = budget(w, {
        ns: 'inference',
        name: 'llm-router',
        selector: { app: 'llm-router' },
        minAvailable: 2,
        healthy: 2,
        desired: 2,
        expected: 2,
      })
      const key = 'node.kubernetes.io/unschedulable'
      const found = patch(w, nodeOf(w, name), {
        spec: { unschedulable: true, taints: [{ key, effect: 'NoSchedule', timeAdded: ago(w, m(38)) }] },
      })
      event(w, {
        on: found,
        reason: 'NodeNotSchedulable',
        message: `Node ${name} status is now: NodeNotSchedulable`,
        first: m(38),
        from: 'kubelet',
        host: name,
      })
      event(w, {
        on: found,
        type: 'Warning',
        reason: 'FailedDraining',
        message: 'Failed to drain node, 1 pods are waiting to be evicted',
        first: m(36),
        last: m(1),
        count: 18,
        from: 'karpenter',
      })
      event(w, {
        on: made.pods[0]!,
        type: 'Warning',
        reason: 'FailedEviction',
        message:
          "Failed to evict pod: Cannot evict pod as it would violate the pod's disruption budget. The disruption budget llm-router needs 2 healthy pods and has 2 currently",
        first: m(36),
        last: m(1),
        count: 18,
        from: 'karpenter',
      })
      return {
        alert: fires(w, 'NodeDrainStuck', { node: name }, { for: m(30) }),
        expected: answer(guard, [/disruption|budget|pdb|evict/i], [found, made]),
      }
    },
  },
]
