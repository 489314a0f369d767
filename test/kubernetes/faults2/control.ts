import { answer } from '../faults/cluster.ts'
import { event } from '../faults/events.ts'
import { crashing, unready } from '../faults/looks.ts'
import { lease } from '../faults/objects.ts'
import { certificate, hpa, plain, service } from '../faults/things.ts'
import { ago, d, h, m, s } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release, selectorOf } from './release.ts'

export const autoscalers: readonly Story[] = [
  {
    name: 'hpa-out-of-room',
    cloud: 'autopilot',
    minor: 33,
    tell: (w) => {
      const made = release(w, {
        ns: 'tickets',
        name: 'prod-eu-ticket-api-v2',
        container: 'api',
        rolled: d(3),
        replicas: 6,
        requests: { cpu: '250m', memory: '256Mi' },
        with: listens(8080, 'http'),
      })
      service(w, { ns: 'tickets', name: 'ticket-api', selector: selectorOf('prod-eu-ticket-api-v2', 'instance') })
      const scaler = hpa(w, {
        ns: 'tickets',
        name: 'ticket-api',
        to: 'prod-eu-ticket-api-v2',
        min: 2,
        max: 6,
        current: 6,
        desired: 6,
        target: 60,
        load: 143,
        limited: m(22),
        scaled: m(24),
      })
      event(w, {
        on: scaler,
        reason: 'SuccessfulRescale',
        message: 'New size: 6; reason: cpu resource utilization (percentage of request) above target',
        first: m(24),
        from: 'horizontal-pod-autoscaler',
      })
      return {
        alert: fires(
          w,
          'HighLatency',
          { namespace: 'tickets', service: 'ticket-api', deployment: 'prod-eu-ticket-api-v2' },
          { for: m(10) },
        ),
        expected: answer(scaler, [/max|ceiling|limit|cannot scale/i], [made]),
      }
    },
  },
  {
    name: 'hpa-without-a-request-to-measure-by',
    cloud: 'hetzner',
    minor: 29,
    tell: (w) => {
      const made = release(w, {
        ns: 'search-eu',
        name: 'suggest-v11',
        container: 'suggest',
        scheme: 'app',
        rolled: m(40),
        age: d(80),
        replicas: 2,
        requests: { cpu: '250m', memory: '256Mi' },
        sidecars: [{ name: 'tracing', image: 'registry.example.net/platform/tracing:1.9' }],
      })
      const why = `failed to get cpu utilization: missing request for cpu in container tracing of Pod ${made.pods[0]!.metadata.name}`
      const scaler = hpa(w, {
        ns: 'search-eu',
        name: 'suggest',
        to: 'suggest-v11',
        min: 2,
        max: 12,
        current: 2,
        currentMetrics: null,
        conditions: [
          {
            type: 'AbleToScale',
            status: 'True',
            lastTransitionTime: ago(w, d(9)),
            reason: 'SucceededGetScale',
            message: "the HPA controller was able to get the target's current scale",
          },
          {
            type: 'ScalingActive',
            status: 'False',
            lastTransitionTime: ago(w, m(39)),
            reason: 'FailedGetResourceMetric',
            message: `the HPA was unable to compute the replica count: ${why}`,
          },
        ],
      })
      for (const [reason, message] of [
        ['FailedGetResourceMetric', why],
        [
          'FailedComputeMetricsReplicas',
          `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
        ],
      ] as const)
        event(w, { on: scaler, type: 'Warning', reason, message, first: m(39), last: s(8), count: 156, from: 'horizontal-pod-autoscaler' })
      return {
        alert: fires(w, 'HpaCannotScale', { namespace: 'search-eu', horizontalpodautoscaler: 'suggest' }, { for: m(15) }),
        expected: answer(scaler, [/metric|request/i], [made]),
      }
    },
  },
]

export const rollouts: readonly Story[] = [
  {
    name: 'rollout-held-by-somebody',
    cloud: 'oracle',
    minor: 30,
    tell: (w) => {
      const made = release(w, {
        ns: 'returns',
        name: 'returns-portal-b',
        container: 'portal',
        scheme: 'name',
        rolled: h(5),
        age: d(160),
        replicas: 4,
        spec: { paused: true },
        pods: [{ age: h(5) - 4 }],
        oldPods: [{ age: d(9) }, { age: d(9) - 9 }, { age: d(9) - 20 }],
        with: listens(8080, 'http'),
        rolling: true,
        status: {
          updatedReplicas: 1,
          conditions: [
            {
              type: 'Available',
              status: 'True',
              lastUpdateTime: ago(w, d(100)),
              lastTransitionTime: ago(w, d(100)),
              reason: 'MinimumReplicasAvailable',
              message: 'Deployment has minimum availability.',
            },
            {
              type: 'Progressing',
              status: 'Unknown',
              lastUpdateTime: ago(w, h(5) - 60),
              lastTransitionTime: ago(w, h(5) - 60),
              reason: 'DeploymentPaused',
              message: 'Deployment is paused',
            },
          ],
        },
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentGenerationMismatch',
          { namespace: 'returns', deployment: 'returns-portal-b', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /paused/i),
      }
    },
  },
  {
    name: 'rollout-behind-the-last-of-a-stateful-set',
    cloud: 'talos',
    minor: 28,
    tell: (w) => {
      const message = 'Readiness probe failed: unhealthy: cluster "events" has no quorum of version 4 members'
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'events',
        name: 'events-broker-pool',
        container: 'broker',
        scheme: 'instance',
        port: 9092,
        rolled: m(44),
        age: d(200),
        rolling: true,
        replicas: 4,
        with: {
          readinessProbe: {
            exec: { command: ['/opt/health', '--quorum'] },
            periodSeconds: 10,
            timeoutSeconds: 5,
            failureThreshold: 3,
            successThreshold: 1,
          },
        },
        volumeClaims: [{ name: 'log', size: '80Gi' }],
        pods: [{}, {}, {}, unready('broker', { since: m(43), age: m(43) + 20, message })],
      })
      return {
        alert: fires(
          w,
          'KubeStatefulSetUpdateNotRolledOut',
          { namespace: 'events', statefulset: 'events-broker-pool', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /readiness|probe|quorum|not ready|unready|stuck|roll/i),
      }
    },
  },
  {
    name: 'rollout-pod-kept-by-a-finalizer',
    cloud: 'eksAuto',
    minor: 31,
    tell: (w) => {
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'ledger-nodes',
        name: 'validator',
        container: 'validator',
        scheme: 'k8s-app',
        port: 26_656,
        rolled: d(10),
        replicas: 3,
        pods: [
          {},
          {},
          {
            age: d(10) - 60,
            changed: m(41),
            terminating: { since: m(42), grace: 60 },
            finalizers: ['keys.example.io/backup-before-delete'],
            containers: { validator: { is: 'terminated', ended: { exit: 0, reason: 'Completed', ago: m(41), ran: d(9) } } },
          },
        ],
      })
      return {
        alert: fires(w, 'PodStuckTerminating', { namespace: 'ledger-nodes', pod: 'validator-2' }, { for: m(20) }),
        expected: blames(made, /finali[sz]er|backup-before-delete|terminat|delet/i),
      }
    },
  },
]

export const leases: readonly Story[] = [
  {
    name: 'lease-lost-every-few-minutes',
    cloud: 'openshift',
    minor: 32,
    runtime: 'cri-o',
    tell: (w) => {
      const log = [
        'E1101 leaderelection.go:436] error retrieving resource lock dns-ops/zone-operator-lock: Get "https://10.96.0.1:443/apis/coordination.k8s.io/v1/namespaces/dns-ops/leases/zone-operator-lock?timeout=5s": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        'I1101 leaderelection.go:297] failed to renew lease dns-ops/zone-operator-lock: context deadline exceeded',
        'ERROR setup problem running manager {"error": "leader election lost"}',
      ]
      const again = (ago: number, restarts: number) => ({
        changed: ago - 12,
        containers: { manager: { is: 'running' as const, since: ago - 3, restarts, last: { exit: 1, reason: 'Error', ago, ran: m(4) } } },
        tell: (x: typeof w, pod: { metadata: { name: string } }) => {
          x.logs[`dns-ops/${pod.metadata.name}/manager`] = {
            current: ['I1101 leaderelection.go:257] attempting to acquire leader lease dns-ops/zone-operator-lock...'],
            previous: log,
          }
        },
      })
      const made = release(w, {
        ns: 'dns-ops',
        name: 'zone-operator-controller-manager',
        container: 'manager',
        scheme: 'instance',
        rolled: d(5),
        pods: [again(m(2), 17), again(m(5), 16)],
      })
      const held = lease(w, {
        ns: 'dns-ops',
        name: 'zone-operator-lock',
        holder: `${made.pods[0]!.metadata.name}_5f7c0d2e`,
        age: d(300),
        seconds: 15,
        renewed: 4,
        acquired: s(95),
        transitions: 388,
      })
      return {
        alert: fires(w, 'PodRestarting', { namespace: 'dns-ops', pod: made.pods[0]!.metadata.name }, { for: m(10) }),
        expected: blames(made, /leader|lease/i, [held]),
      }
    },
  },
]

export const certificates: readonly Story[] = [
  {
    name: 'certificate-order-fails',
    cloud: 'digitalocean',
    minor: 32,
    tell: (w) => {
      const made = certificate(w, {
        ns: 'storefront',
        name: 'shop-example-org-tls',
        secret: 'shop-example-org-tls',
        hosts: ['shop.example.org', 'www.shop.example.org'],
        issuer: 'acme-production',
        notBefore: d(86),
        notAfter: d(4),
        renewal: -d(26),
        issuing: {
          type: 'Issuing',
          status: 'False',
          observedGeneration: 1,
          lastTransitionTime: ago(w, h(7)),
          reason: 'Failed',
          message:
            'The certificate request has failed to complete and will be retried: Failed to wait for order resource "shop-example-org-tls-9-1183374822" to become ready: order is in "errored" state: Failed to finalize Order: 429 urn:ietf:params:acme:error:rateLimited: too many failed authorizations (5) for "www.shop.example.org" in the last 1h0m0s',
        },
        failed: { ago: h(7), attempts: 11 },
      })
      event(w, {
        on: made,
        type: 'Warning',
        reason: 'Failed',
        message: 'The certificate request has failed to complete and will be retried: order is in "errored" state',
        first: m(50),
        last: m(3),
        count: 2,
        from: 'cert-manager-certificates-issuing',
      })
      return {
        alert: fires(
          w,
          'CertificateExpiresSoon',
          { namespace: 'storefront', name: 'shop-example-org-tls', issuer_name: 'acme-production' },
          { for: h(1) },
        ),
        expected: answer(made, [/expir|renew|issu|order|certificate/i]),
      }
    },
  },
  {
    name: 'certificate-of-a-webhook-out-of-date',
    cloud: 'hetzner',
    minor: 30,
    tell: (w) => {
      const guard = release(w, {
        ns: 'guardrails',
        name: 'policy-guard',
        scheme: 'app',
        rolled: d(365),
        age: d(365),
        with: listens(9443, 'webhook'),
      })
      const svc = service(w, {
        ns: 'guardrails',
        name: 'policy-guard',
        selector: { app: 'policy-guard' },
        port: 443,
        targetPort: 'webhook',
      })
      const hook = plain(w, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        name: 'policy-guard',
        age: d(365),
        rest: {
          webhooks: [
            {
              name: 'pods.guard.example.io',
              clientConfig: { service: { namespace: 'guardrails', name: 'policy-guard', path: '/validate', port: 443 } },
              failurePolicy: 'Fail',
            },
          ],
        },
      })
      const expired = new Date(w.now - m(26) * 1000).toISOString().slice(0, 19)
      const made = release(w, {
        ns: 'feeds',
        name: 'rss-fetcher-3',
        container: 'fetcher',
        scheme: 'k8s-app',
        rolled: m(22),
        age: d(42),
        rolling: true,
        replicas: 2,
        oldPods: [{ age: d(5) }],
        refused: {
          message: `Internal error occurred: failed calling webhook "pods.guard.example.io": failed to call webhook: Post "https://policy-guard.guardrails.svc:443/validate?timeout=10s": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time ${ago(w, m(22))} is after ${expired}Z`,
          since: m(22) - 1,
        },
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentReplicasMismatch',
          { namespace: 'feeds', deployment: 'rss-fetcher-3', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /expired|x509|certificate|webhook/i, [hook, svc, guard]),
      }
    },
  },
  {
    name: 'crash-on-reading-the-lock-forbidden',
    cloud: 'edge',
    minor: 33,
    tell: (w) => {
      const log = [
        'E0410 reflector.go:200] "Failed to watch" err="failed to list *v1.Node: nodes is forbidden: User \\"system:serviceaccount:fleet-ops:node-labeller\\" cannot list resource \\"nodes\\" in API group \\"\\" at the cluster scope"',
        'F0410 main.go:61] caches did not sync in 60s',
      ]
      const bad = (age: number) => crashing('labeller', { since: m(20), age, restarts: 6, log, ran: 61, exit: 255 })
      const made = release(w, {
        ns: 'fleet-ops',
        name: 'node-labeller',
        container: 'labeller',
        scheme: 'name',
        account: 'node-labeller',
        rolled: m(21),
        age: d(14),
        rolling: true,
        replicas: 1,
        pods: [bad(m(21) - 3)],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'fleet-ops', deployment: 'node-labeller' }, { for: m(10) }),
        expected: blames(made, /forbidden|cannot list|rbac|permission|service ?account|not sync/i, [
          { kind: 'ServiceAccount', namespace: 'fleet-ops', name: 'node-labeller' },
        ]),
      }
    },
  },
]
