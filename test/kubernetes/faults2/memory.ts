import { answer } from '../faults/cluster.ts'
import { event } from '../faults/events.ts'
import { crashing } from '../faults/looks.ts'
import { service } from '../faults/things.ts'
import { cronJob, job } from '../faults/workloads.ts'
import { d, h, m, s } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release, selectorOf } from './release.ts'

const oom = /\boom|out of memory|memory limit|OOMKilled/i

export const memory: readonly Story[] = [
  {
    name: 'memory-java-in-a-stateful-set',
    cloud: 'openshift',
    minor: 28,
    runtime: 'cri-o',
    tell: (w) => {
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'search-prod',
        name: 'prod-eu-search-indexer-v3',
        container: 'indexer',
        port: 9300,
        limits: { memory: '2Gi' },
        requests: { memory: '2Gi', cpu: '500m' },
        rolled: d(12),
        volumeClaims: [{ name: 'segments', size: '100Gi' }],
        with: { env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-Xmx1900m -XX:MaxDirectMemorySize=512m' }] },
        pods: [
          {},
          crashing('indexer', {
            since: m(42),
            restarts: 8,
            age: d(12) - 30,
            exit: 137,
            reason: 'OOMKilled',
            ran: 71,
            log: ['INFO  [main] merge scheduler started, 6 threads', 'INFO  [merge-3] merging 14 segments (1.8 GiB)'],
          }),
          {},
        ],
      })
      return {
        alert: fires(w, 'PodRestarting', { namespace: 'search-prod', pod: 'prod-eu-search-indexer-v3-1' }, { for: m(10) }),
        expected: blames(made, oom),
      }
    },
  },
  {
    name: 'memory-killed-again-and-again-but-up',
    cloud: 'digitalocean',
    minor: 31,
    tell: (w) => {
      const again = (ago: number, restarts: number) => ({
        changed: ago - 9,
        containers: {
          api: {
            is: 'running' as const,
            since: ago - 2,
            restarts,
            last: { exit: 137, reason: 'OOMKilled', ago, ran: m(9) },
          },
        },
      })
      const made = release(w, {
        ns: 'storefront',
        name: 'acme-checkout-api-v2',
        container: 'api',
        scheme: 'instance',
        rolled: h(2),
        limits: { memory: '384Mi' },
        requests: { memory: '256Mi', cpu: '200m' },
        with: listens(8000, 'web'),
        sidecars: [{ name: 'statsd', image: 'docker.io/prom/statsd-exporter:v0.27.1', ports: [{ containerPort: 9102 }] }],
        pods: [again(s(100), 9), again(m(4), 8), again(m(6), 10)],
      })
      service(w, {
        ns: 'storefront',
        name: 'checkout',
        selector: selectorOf('acme-checkout-api-v2', 'instance'),
        port: 80,
        targetPort: 'web',
        portName: 'web',
      })
      return {
        alert: fires(w, 'HighErrorRate', { namespace: 'storefront', service: 'checkout' }, { severity: 'page' }),
        expected: blames(made, oom),
      }
    },
  },
  {
    name: 'memory-nightly-job',
    cloud: 'autopilot',
    minor: 30,
    tell: (w) => {
      const by = cronJob(w, { ns: 'bi', name: 'nightly-cube-build', schedule: '10 2 * * *', age: d(210), last: m(31) })
      const failed = (age: number) => ({
        age,
        containers: { 'cube-build': { is: 'terminated' as const, ended: { exit: 137, reason: 'OOMKilled', ago: age - 240, ran: 230 } } },
      })
      const made = job(w, {
        ns: 'bi',
        name: 'nightly-cube-build-29410210',
        container: 'cube-build',
        age: m(31),
        by,
        limits: { memory: '4Gi' },
        requests: { memory: '1Gi', cpu: '1' },
        backoffLimit: 2,
        pods: [failed(m(31)), failed(m(26)), failed(m(20))],
        done: { ok: false, ago: m(15) },
      })
      return {
        alert: fires(w, 'JobFailed', { namespace: 'bi', job_name: 'nightly-cube-build-29410210' }, { for: m(1), fired: m(2) }),
        expected: blames(made, oom, [by]),
      }
    },
  },
  {
    name: 'memory-log-shipper-on-every-node',
    cloud: 'edge',
    minor: 29,
    nodes: 4,
    tell: (w) => {
      const made = release(w, {
        kind: 'DaemonSet',
        ns: 'logging',
        name: 'fluent-bit-v3',
        container: 'fluent-bit',
        scheme: 'k8s-app',
        limits: { memory: '64Mi' },
        requests: { memory: '64Mi', cpu: '50m' },
        rolled: m(50),
        age: d(100),
        pods: w.workers.map((node, i) =>
          i === 3
            ? { node }
            : crashing('fluent-bit', {
                since: m(40) - i * 60,
                age: m(50) - i * 15,
                node,
                restarts: 9 - i,
                exit: 137,
                reason: 'OOMKilled',
                ran: 25,
              }),
        ),
      })
      return {
        alert: fires(
          w,
          'KubeDaemonSetRolloutStuck',
          { namespace: 'logging', daemonset: 'fluent-bit-v3', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, oom),
      }
    },
  },
  {
    name: 'memory-of-the-second-container',
    cloud: 'hetzner',
    minor: 27,
    tell: (w) => {
      const bad = (since: number, restarts: number) =>
        crashing('pdf-renderer', { since, restarts, age: d(3), exit: 137, reason: 'OOMKilled', ran: 14 })
      const made = release(w, {
        ns: 'documents',
        name: 'invoice-service-blue',
        container: 'http',
        scheme: 'app',
        rolled: d(3) + 60,
        with: listens(5000),
        sidecars: [
          {
            name: 'pdf-renderer',
            image: 'registry.example.net/documents/pdf-renderer:0.9.3',
            resources: { limits: { memory: '200Mi' }, requests: { memory: '200Mi' } },
          },
        ],
        pods: [bad(m(33), 8), bad(m(31), 8)],
      })
      event(w, {
        on: made.object,
        reason: 'ScalingReplicaSet',
        message: `Scaled up replica set ${made.set?.metadata.name} to 2 from 1`,
        first: m(55),
        from: 'deployment-controller',
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { deployment: 'invoice-service-blue', namespace: 'documents' }, { for: m(10) }),
        expected: answer(made.object, [oom], [made]),
      }
    },
  },
]
