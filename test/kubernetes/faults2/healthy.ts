import type { FaultCase } from '../faults/case.ts'
import { event } from '../faults/events.ts'
import { crashing, kubelet } from '../faults/looks.ts'
import { budget, certificate, hpa, ingress, networkPolicy, plain, quota, service } from '../faults/things.ts'
import { cronJob, job, type Workload } from '../faults/workloads.ts'
import { d, h, m, type World } from '../faults/world.ts'
import { fires, type Story } from './cluster.ts'
import { listens, release, selectorOf } from './release.ts'

type Calm = Omit<Story, 'tell'> & { readonly tell: (w: World) => FaultCase['alert'] }

/** Something fires, and what Kubernetes shows is well, or over, or of somebody else. */
const calm = (story: Calm): Story => ({ ...story, name: `healthy-${story.name}`, tell: (w) => ({ alert: story.tell(w), expected: null }) })

/** A service in order, with the logs of an ordinary day. */
const well = (w: World, ns: string, name: string, more: Partial<Parameters<typeof release>[1]> = {}): Workload => {
  const made = release(w, { ns, name, container: 'app', replicas: 3, rolled: d(6), age: d(120), with: listens(8080, 'http'), ...more })
  const selector = more.selector ?? selectorOf(name, more.scheme ?? 'instance')
  service(w, { ns, name: name.replace(/-v\d+$/, ''), selector })
  for (const p of made.pods)
    w.logs[`${ns}/${p.metadata.name}/app`] ??= {
      current: ['200 GET /v1/items 11ms', '200 GET /v1/items/88 7ms', '404 GET /favicon.ico 1ms', '200 POST /v1/items 31ms'],
      previous: [],
    }
  return made
}

export const healthy: readonly Story[] = [
  calm({
    name: 'errors-and-nothing-odd',
    cloud: 'hetzner',
    minor: 32,
    odd: [],
    tell: (w) => {
      well(w, 'storefront', 'prod-eu-wishlist-api-v2')
      return fires(w, 'HighErrorRate', { namespace: 'storefront', service: 'prod-eu-wishlist-api' }, { severity: 'page' })
    },
  }),
  calm({
    name: 'queue-grows-while-workers-work',
    cloud: 'digitalocean',
    minor: 29,
    tell: (w) => {
      const made = release(w, {
        ns: 'media',
        name: 'r42-encode-worker',
        container: 'encode',
        scheme: 'app',
        replicas: 4,
        rolled: d(9),
        requests: { cpu: '500m' },
      })
      for (const p of made.pods)
        w.logs[`media/${p.metadata.name}/encode`] = { current: ['job 77123 done in 41s', 'job 77127 done in 39s'], previous: [] }
      return fires(w, 'QueueLag', { namespace: 'media', deployment: 'r42-encode-worker', queue: 'encode.high' }, { for: m(10) })
    },
  }),
  calm({
    name: 'throttled-and-otherwise-well',
    cloud: 'autopilot',
    minor: 31,
    tell: (w) => {
      const made = well(w, 'reco', 'reco-features', { limits: { cpu: '500m', memory: '1Gi' }, scheme: 'app' })
      return fires(
        w,
        'CPUThrottlingHigh',
        { namespace: 'reco', pod: made.pods[0]!.metadata.name, container: 'app', severity: 'info' },
        { for: m(15) },
      )
    },
  }),
  calm({
    name: 'killed-for-memory-six-days-ago',
    cloud: 'eksAuto',
    minor: 33,
    tell: (w) => {
      const old = {
        app: { is: 'running' as const, since: d(6) - 3, restarts: 2, last: { exit: 137, reason: 'OOMKilled', ago: d(6), ran: d(5) } },
      }
      well(w, 'geo', 'geo-reverse', { rolled: d(20), limits: { memory: '512Mi' }, pods: [{ containers: old }, {}, {}] })
      return fires(w, 'HighLatency', { namespace: 'geo', service: 'geo-reverse' }, { for: m(10) })
    },
  }),
  calm({
    name: 'service-of-something-outside',
    cloud: 'openshift',
    minor: 30,
    runtime: 'cri-o',
    tell: (w) => {
      well(w, 'erp', 'erp-orders-v3')
      const outside = plain(w, {
        apiVersion: 'v1',
        kind: 'Service',
        ns: 'erp',
        name: 'mainframe-db',
        age: d(400),
        rest: {
          spec: {
            type: 'ClusterIP',
            clusterIP: '10.96.201.9',
            ports: [{ name: 'db2', port: 50_000, protocol: 'TCP', targetPort: 50_000 }],
          },
          status: { loadBalancer: {} },
        },
      })
      plain(w, {
        apiVersion: 'v1',
        kind: 'Endpoints',
        ns: 'erp',
        name: outside.metadata.name,
        age: d(400),
        rest: { subsets: [{ addresses: [{ ip: '192.168.77.14' }], ports: [{ name: 'db2', port: 50_000, protocol: 'TCP' }] }] },
      })
      plain(w, {
        apiVersion: 'v1',
        kind: 'Service',
        ns: 'erp',
        name: 'tax-office',
        age: d(400),
        rest: {
          spec: {
            type: 'ExternalName',
            externalName: 'gateway.tax.example.org',
            ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }],
          },
          status: { loadBalancer: {} },
        },
      })
      return fires(w, 'HighErrorRate', { namespace: 'erp', service: 'erp-orders' }, { for: m(5) })
    },
  }),
  calm({
    name: 'nodes-given-back',
    cloud: 'autopilot',
    minor: 30,
    nodes: 4,
    tell: (w) => {
      const made = well(w, 'search-us', 'suggest-us-v4')
      const gone = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'gk3-main-nap-9xk2m4t7-0a1b2c3d-q7wz', uid: 'a1f0c7de-6b5a-4f3e-a2d1-0c9b8a7f6e5d' },
      }
      event(w, {
        on: gone,
        reason: 'ScaleDown',
        message: 'marked the node as toBeDeleted/unschedulable',
        first: m(29),
        from: 'cluster-autoscaler',
      })
      event(w, {
        on: gone,
        reason: 'NodeNotReady',
        message: `Node ${gone.metadata.name} status is now: NodeNotReady`,
        first: m(26),
        from: 'node-controller',
      })
      event(w, {
        on: gone,
        reason: 'RemovingNode',
        message: `Node ${gone.metadata.name} event: Removing Node ${gone.metadata.name} from Controller`,
        first: m(24),
        from: 'node-controller',
      })
      const moved = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${made.set?.metadata.name}-zz9pl`, namespace: 'search-us', uid: '77c0ffee-6b5a-4f3e-a2d1-0c9b8a7f6e5d' },
      }
      event(w, { on: moved, reason: 'ScaleDown', message: 'deleting pod for node scale down', first: m(28), from: 'cluster-autoscaler' })
      event(w, {
        on: moved,
        reason: 'Killing',
        message: 'Stopping container app',
        first: m(28),
        from: 'kubelet',
        host: gone.metadata.name,
        fieldPath: 'spec.containers{app}',
      })
      return fires(w, 'HighLatency', { namespace: 'search-us', service: 'suggest-us' }, { for: m(5) })
    },
  }),
  calm({
    name: 'job-went-well-the-second-time',
    cloud: 'oracle',
    minor: 28,
    tell: (w) => {
      well(w, 'statements', 'statement-pdf-v2')
      const by = cronJob(w, { ns: 'statements', name: 'statement-index', schedule: '0 * * * *', age: d(99), last: m(44) })
      job(w, {
        ns: 'statements',
        name: 'statement-index-29416020',
        container: 'index',
        age: m(44),
        by,
        pods: [
          { containers: { index: { is: 'terminated', ended: { exit: 1, reason: 'Error', ago: m(43), ran: 31 } } } },
          { age: m(42), containers: { index: { is: 'terminated', ended: { exit: 0, reason: 'Completed', ago: m(38), ran: 220 } } } },
        ],
        done: { ok: true, ago: m(38) },
      })
      return fires(w, 'HighErrorRate', { namespace: 'statements', service: 'statement-pdf' }, { for: m(5) })
    },
  }),
  calm({
    name: 'autoscaler-grows-within-its-bounds',
    cloud: 'digitalocean',
    minor: 33,
    tell: (w) => {
      well(w, 'live', 'live-scores-v5', { replicas: 5 })
      const scaler = hpa(w, {
        ns: 'live',
        name: 'live-scores',
        to: 'live-scores-v5',
        min: 3,
        max: 20,
        current: 5,
        desired: 5,
        target: 65,
        load: 63,
        scaled: h(2),
      })
      event(w, {
        on: scaler,
        reason: 'SuccessfulRescale',
        message: 'New size: 5; reason: cpu resource utilization (percentage of request) above target',
        first: m(58),
        from: 'horizontal-pod-autoscaler',
      })
      return fires(w, 'HighLatency', { namespace: 'live', service: 'live-scores' }, { for: m(10) })
    },
  }),
  calm({
    name: 'spot-node-taken-in-the-morning',
    cloud: 'eksAuto',
    minor: 31,
    tell: (w) => {
      const taken = {
        quiet: true,
        age: d(6) - 20,
        changed: h(7),
        node: w.workers[0]!,
        gone: { reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.', ago: h(7) },
        containers: { app: { is: 'terminated' as const, ended: { exit: 0, reason: 'Completed', ago: h(7), ran: d(5) } } },
      }
      well(w, 'ads', 'ads-bidder-v19', { replicas: 3, pods: [taken, { age: h(7) - 30 }, {}, {}] })
      return fires(w, 'HighErrorRate', { namespace: 'ads', service: 'ads-bidder' }, { for: m(5), severity: 'page' })
    },
  }),
  calm({
    name: 'budget-without-room-and-nobody-drains',
    cloud: 'talos',
    minor: 32,
    tell: (w) => {
      well(w, 'chat', 'chat-presence-v2', { scheme: 'app' })
      budget(w, {
        ns: 'chat',
        name: 'chat-presence',
        selector: { app: 'chat-presence-v2' },
        minAvailable: 3,
        healthy: 3,
        desired: 3,
        expected: 3,
      })
      quota(w, { ns: 'chat', name: 'team', hard: { pods: '12', 'requests.cpu': '2' }, used: { pods: '10', 'requests.cpu': '1650m' } })
      return fires(w, 'HighLatency', { namespace: 'chat', service: 'chat-presence' }, { for: m(5) })
    },
  }),
  calm({
    name: 'policies-that-always-were',
    cloud: 'openshift',
    minor: 31,
    runtime: 'cri-o',
    tell: (w) => {
      well(w, 'kiosk', 'kiosk-menu-v2', { scheme: 'app' })
      ingress(w, { ns: 'kiosk', name: 'kiosk', host: 'kiosk.example.org', service: 'kiosk-menu', class: 'traefik', age: d(120) })
      networkPolicy(w, { ns: 'kiosk', name: 'default-deny', age: d(300), spec: { podSelector: {}, policyTypes: ['Ingress'] } })
      networkPolicy(w, {
        ns: 'kiosk',
        name: 'from-the-entrance',
        age: d(300),
        spec: {
          podSelector: {},
          policyTypes: ['Ingress'],
          ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'traefik' } } }, { podSelector: {} }] }],
        },
      })
      return fires(w, 'IngressErrors', { namespace: 'kiosk', ingress: 'kiosk' }, { for: m(5) })
    },
  }),
  calm({
    name: 'neighbour-crashes-for-weeks',
    cloud: 'hetzner',
    minor: 27,
    tell: (w) => {
      well(w, 'payments-eu', 'payout-engine-v3')
      release(w, {
        ns: 'payments-eu',
        name: 'payout-demo-bot',
        container: 'bot',
        scheme: 'app',
        rolled: d(24),
        age: d(24),
        pods: [crashing('bot', { since: d(24) - 60, restarts: 6802, log: ['error: DEMO_TOKEN expired'], ran: 2 })],
      })
      certificate(w, {
        ns: 'payments-eu',
        name: 'payout-tls',
        secret: 'payout-tls',
        hosts: ['payout.example.org'],
        issuer: 'acme-production',
        notBefore: d(20),
        notAfter: d(70),
        renewal: d(40),
      })
      return fires(w, 'HighLatency', { namespace: 'payments-eu', service: 'payout-engine' }, { for: m(5) })
    },
  }),
  calm({
    name: 'node-under-load-only',
    cloud: 'edge',
    minor: 30,
    tell: (w) => {
      well(w, 'vision', 'frame-grabber-v2', { scheme: 'k8s-app' })
      return fires(w, 'NodeHighLoad', { node: w.workers[1]!, instance: '10.0.9.4:9100' }, { for: m(15) })
    },
  }),
  calm({
    name: 'update-of-a-part-on-purpose',
    cloud: 'oracle',
    minor: 33,
    tell: (w) => {
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'caching',
        name: 'edge-cache-ring',
        container: 'varnish',
        scheme: 'name',
        port: 6081,
        rolled: d(2),
        age: d(90),
        replicas: 4,
        rolling: true,
        spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } },
        pods: [{}, {}, {}, { age: d(2) - 10 }],
      })
      service(w, { ns: 'caching', name: 'edge-cache', selector: selectorOf('edge-cache-ring', 'name'), port: 6081, targetPort: 'http' })
      for (const p of made.pods)
        w.logs[`caching/${p.metadata.name}/varnish`] = { current: ['hit ratio 0.93', 'hit ratio 0.92'], previous: [] }
      return fires(w, 'CacheHitRatioLow', { namespace: 'caching', statefulset: 'edge-cache-ring' }, { for: m(15) })
    },
  }),
  calm({
    name: 'readiness-blinked-once-this-hour',
    cloud: 'digitalocean',
    minor: 30,
    tell: (w) => {
      const made = well(w, 'faq', 'faq-search-v2', { rolled: d(11) })
      kubelet(w, made.pods[1]!, {
        container: 'app',
        reason: 'Unhealthy',
        message:
          'Readiness probe failed: Get "http://10.244.0.1:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        first: m(47),
      })
      release(w, {
        kind: 'DaemonSet',
        ns: 'faq',
        name: 'gpu-device-plugin',
        scheme: 'name',
        pods: [],
        rolled: d(50),
        pod: { nodeSelector: { accelerator: 'none-here' } },
        status: { desiredNumberScheduled: 0, currentNumberScheduled: 0, numberReady: 0, numberUnavailable: 0 },
      })
      return fires(w, 'HighErrorRate', { namespace: 'faq', service: 'faq-search' }, { for: m(5) })
    },
  }),
]
