import { noNode } from '../faults/cluster.ts'
import { claim, configMap, persistentVolume, quota, service } from '../faults/things.ts'
import { cronJob, job } from '../faults/workloads.ts'
import { d, m, patch } from '../faults/world.ts'
import { blames, fires, nodeOf, type Story } from './cluster.ts'
import { listens, release } from './release.ts'

export const scheduling: readonly Story[] = [
  {
    name: 'scheduling-no-card-left',
    cloud: 'autopilot',
    minor: 31,
    nodes: 4,
    tell: (w) => {
      for (const [i, name] of w.workers.entries())
        if (i < 2) patch(w, nodeOf(w, name), { status: { capacity: { 'nvidia.com/gpu': '1' }, allocatable: { 'nvidia.com/gpu': '1' } } })
      const why = noNode(w, { 'Insufficient nvidia.com/gpu': 4 }, 'no victims')
      const card = { 'nvidia.com/gpu': '1' }
      const made = release(w, {
        ns: 'ml-serving',
        name: 'llm-embedder-v9',
        container: 'embedder',
        scheme: 'app',
        rolled: m(70),
        age: d(30),
        requests: { ...card, cpu: '1', memory: '4Gi' },
        limits: card,
        pods: [{ node: w.workers[0]! }, { node: w.workers[1]! }, { unschedulable: why, age: m(24) }],
      })
      return {
        alert: fires(
          w,
          'KubePodNotReady',
          { namespace: 'ml-serving', pod: made.pods[2]!.metadata.name, severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /nvidia|gpu|insufficient/i),
      }
    },
  },
  {
    name: 'scheduling-taint-of-a-pool',
    cloud: 'oracle',
    minor: 29,
    nodes: 4,
    tell: (w) => {
      for (const name of w.workers) {
        const taints = [{ key: 'workload', value: 'tenant-a', effect: 'NoSchedule' }]
        if (name !== w.workers[3]) patch(w, nodeOf(w, name), { spec: { taints } })
      }
      patch(w, nodeOf(w, w.workers[3]!), { metadata: { labels: { pool: 'general' } } })
      const why = noNode(w, { 'Insufficient memory': 1, 'node(s) had untolerated taint {workload: tenant-a}': 3 }, 'no victims')
      const made = release(w, {
        ns: 'tenant-b',
        name: 'tenant-b-analytics',
        container: 'olap',
        scheme: 'instance',
        rolled: m(20),
        age: m(20),
        rolling: true,
        requests: { memory: '48Gi', cpu: '1' },
        pods: [{ unschedulable: why, age: m(20) - 2 }],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'tenant-b', deployment: 'tenant-b-analytics' }, { for: m(10) }),
        expected: blames(made, /taint|insufficient memory|memory/i),
      }
    },
  },
  {
    name: 'scheduling-node-with-such-a-label-gone',
    cloud: 'hetzner',
    minor: 28,
    tell: (w) => {
      const n = w.workers.length
      const why = noNode(w, { "node(s) didn't match Pod's node affinity/selector": n })
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'messaging',
        name: 'msg-nats-jetstream',
        container: 'nats',
        scheme: 'app',
        port: 4222,
        rolled: m(44),
        pod: { nodeSelector: { 'storage.acme.io/nvme': 'true' } },
        pods: [{ unschedulable: why, age: m(44) }],
      })
      return {
        alert: fires(w, 'StatefulSetDown', { namespace: 'messaging', statefulset: 'msg-nats-jetstream' }, { for: m(15) }),
        expected: blames(made, /selector|affinity|label|nvme/i),
      }
    },
  },
  {
    name: 'scheduling-one-per-host-and-too-few-hosts',
    cloud: 'edge',
    minor: 33,
    nodes: 3,
    tell: (w) => {
      const why = noNode(w, { "node(s) didn't match pod anti-affinity rules": 3 }, 'not helpful')
      const labels = { 'k8s-app': 'vault-agent-ha' }
      const made = release(w, {
        ns: 'identity',
        name: 'vault-agent-ha',
        container: 'vault-agent',
        scheme: 'k8s-app',
        rolled: m(90),
        age: d(12),
        pod: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
              ],
            },
          },
        },
        pods: [{ node: w.workers[0]! }, { node: w.workers[1]! }, { node: w.workers[2]! }, { unschedulable: why, age: m(31) }],
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentReplicasMismatch',
          { namespace: 'identity', deployment: 'vault-agent-ha', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /anti-?affinity/i),
      }
    },
  },
  {
    name: 'scheduling-cron-job-wants-more-than-a-node-has',
    cloud: 'digitalocean',
    minor: 32,
    nodes: 4,
    tell: (w) => {
      const why = noNode(w, { 'Insufficient cpu': 4 }, 'no victims')
      const by = cronJob(w, { ns: 'genomics', name: 'align-batch', schedule: '0 */4 * * *', age: d(40), last: m(52) })
      const made = job(w, {
        ns: 'genomics',
        name: 'align-batch-29413200',
        container: 'align-batch',
        age: m(52),
        by,
        requests: { cpu: '12', memory: '8Gi' },
        pods: [{ unschedulable: why, age: m(52) }],
      })
      quota(w, { ns: 'genomics', name: 'team', hard: { pods: '50' }, used: { pods: '8' } })
      return {
        alert: fires(w, 'JobPending', { namespace: 'genomics', job_name: 'align-batch-29413200' }, { for: m(30) }),
        expected: blames(made, /cpu/i, [by]),
      }
    },
  },
  {
    name: 'scheduling-spread-over-zones',
    cloud: 'eksAuto',
    minor: 30,
    nodes: 3,
    tell: (w) => {
      const why = noNode(w, { "node(s) didn't match pod topology spread constraints": 3 })
      const made = release(w, {
        ns: 'bookings',
        name: 'bookings-search-2',
        container: 'search',
        scheme: 'name',
        rolled: m(18),
        age: d(100),
        rolling: true,
        with: listens(8080, 'http'),
        pod: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'bookings-search-2' } },
              minDomains: 4,
            },
          ],
        },
        pods: [{ age: m(18) - 3 }, { age: m(18) - 4 }, { age: m(18) - 5 }, { unschedulable: why, age: m(17) }],
      })
      service(w, { ns: 'bookings', name: 'bookings-search-2', targetPort: 'http' })
      configMap(w, { ns: 'bookings', name: 'search-flags', age: m(30) })
      return {
        alert: fires(
          w,
          'KubePodNotReady',
          { namespace: 'bookings', pod: made.pods[3]!.metadata.name, severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /spread/i),
      }
    },
  },
  {
    name: 'scheduling-disk-in-a-zone-without-nodes',
    cloud: 'openshift',
    minor: 30,
    runtime: 'cri-o',
    nodes: 4,
    tell: (w) => {
      w.absent.push('store-ledger-mongo-2')
      const held = claim(w, { ns: 'ledger-db', name: 'store-ledger-mongo-2', size: '60Gi', age: d(150), noVolume: true })
      const volume = `pvc-${held.metadata.uid}`
      persistentVolume(w, {
        name: volume,
        class: 'gp3',
        size: '60Gi',
        modes: ['ReadWriteOnce'],
        claim: held,
        age: d(150) - 5,
        zone: 'dc2-c',
      })
      const why = noNode(w, { 'node(s) had volume node affinity conflict': 4 })
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'ledger-db',
        name: 'ledger-mongo',
        container: 'mongod',
        scheme: 'instance',
        port: 27_017,
        rolled: d(33),
        replicas: 3,
        volumeClaims: [{ name: 'store', size: '60Gi' }],
        pods: [{}, {}, { unschedulable: why, age: m(29) }],
      })
      const also = [held, { kind: 'PersistentVolume', name: volume }]
      return {
        alert: fires(w, 'PodPending', { namespace: 'ledger-db', pod: 'ledger-mongo-2' }, { for: m(20) }),
        expected: blames(made, /volume|zone|affinity/i, also),
      }
    },
  },
]
