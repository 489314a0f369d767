import type { FaultCase } from './case.ts'
import { alert, answer, fault, ksm, logOf } from './cluster.ts'
import { event } from './events.ts'
import { killedByProbe, kubelet, unready } from './looks.ts'
import { service } from './things.ts'
import { workload } from './workloads.ts'
import { d, h, type Json, m } from './world.ts'

const http = (path: string, port: number | string, over: Json = {}): Json => ({
  httpGet: { path, port, scheme: 'HTTP' },
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  ...over,
})

export const probes: FaultCase[] = [
  ...fault('probe-liveness-wrong-port', [
    {
      tell: (w) => {
        const message = 'Get "http://10.244.31.7:8081/healthz": dial tcp 10.244.31.7:8081: connect: connection refused'
        const made = workload(w, {
          ns: 'shop',
          name: 'basket',
          replicas: 3,
          port: 8080,
          age: d(120),
          rolled: m(25),
          rolling: true,
          requests: { cpu: '100m' },
          with: { livenessProbe: http('/healthz', 8081) },
          beforeWith: { livenessProbe: http('/healthz', 8080) },
          pods: [killedByProbe('basket', { probe: 'Liveness', message, since: m(24), age: m(25), restarts: 8, backOff: true })],
          oldPods: [{ age: d(4) }, { age: d(4) }, { age: d(4) }],
        })
        service(w, { ns: 'shop', name: 'basket' })
        logOf(w, made.pods[0]!, 'basket', { previous: ['listening on :8080', 'GET /ready 200', 'received SIGTERM, shutting down'] })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'shop', pod: made.pods[0]!.metadata.name, container: 'basket', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(made.object, [/liveness|8081|probe/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const message = 'dial tcp 10.244.12.80:9001: connect: connection refused'
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'storage',
          name: 'minio',
          replicas: 1,
          port: 9000,
          age: d(190),
          rolled: m(31),
          with: {
            livenessProbe: { tcpSocket: { port: 9001 }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
          },
          pods: [killedByProbe('minio', { probe: 'Liveness', message, since: m(30), age: m(31), restarts: 9, exit: 0, backOff: true })],
        })
        logOf(w, made.pods[0]!, 'minio', { previous: ['API: http://10.244.12.80:9000', 'INFO: Exiting on signal: TERMINATED'] })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'storage', statefulset: 'minio' }),
          expected: answer(made.object, [/liveness|9001|probe/i], [made]),
        }
      },
    },
  ]),
  ...fault('probe-readiness-unavailable', [
    {
      herrings: ['restartedYesterday', 'oldOom', 'neighbourPull', 'scaledToZero'],
      tell: (w) => {
        const message = 'Readiness probe failed: HTTP probe failed with statuscode: 503'
        const made = workload(w, {
          ns: 'orders',
          name: 'orders',
          replicas: 3,
          port: 8080,
          age: d(300),
          rolled: d(12),
          requests: { cpu: '200m', memory: '256Mi' },
          with: { readinessProbe: http('/ready', 'http') },
          pods: [0, 1, 2].map((i) => unready('orders', { since: m(18) + i * 7, age: d(12), message })),
        })
        service(w, { ns: 'orders', name: 'orders' })
        for (const p of made.pods)
          logOf(w, p, 'orders', {
            current: ['GET /ready 503 dependency "warehouse" unhealthy', 'GET /ready 503 dependency "warehouse" unhealthy'],
          })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: 'orders', deployment: 'orders' })),
          expected: answer(
            made.object,
            [/readiness|503|not ready|probe/i],
            [made, { kind: 'Service', namespace: 'orders', name: 'orders' }],
          ),
        }
      },
    },
    {
      tell: (w) => {
        const message = 'Readiness probe failed: HTTP probe failed with statuscode: 500'
        const made = workload(w, {
          ns: 'identity',
          name: 'sso',
          container: 'keycloak',
          replicas: 2,
          port: 8080,
          age: d(260),
          rolled: d(33),
          requests: { cpu: '200m', memory: '512Mi' },
          with: { readinessProbe: http('/health/ready', 9000, { periodSeconds: 5 }) },
          pods: [
            unready('keycloak', { since: m(17), age: d(33), message, every: 5 }),
            unready('keycloak', { since: m(17) + 4, age: d(33), message, every: 5 }),
          ],
        })
        service(w, { ns: 'identity', name: 'sso' })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'identity', pod: made.pods[0]!.metadata.name }),
          expected: answer(made.object, [/readiness|500|not ready|probe/i], [made]),
        }
      },
    },
  ]),
  ...fault('probe-startup-too-short', [
    {
      tell: (w) => {
        const message = 'Get "http://10.244.9.14:8080/actuator/health": dial tcp 10.244.9.14:8080: connect: connection refused'
        const made = workload(w, {
          ns: 'crm',
          name: 'accounts',
          replicas: 2,
          port: 8080,
          age: d(99),
          rolled: m(28),
          rolling: true,
          requests: { cpu: '300m', memory: '768Mi' },
          with: { startupProbe: http('/actuator/health', 8080, { periodSeconds: 5, failureThreshold: 6 }) },
          beforeWith: { startupProbe: http('/actuator/health', 8080, { periodSeconds: 10, failureThreshold: 30 }) },
          pods: [
            killedByProbe('accounts', { probe: 'Startup', message, since: m(27), age: m(28), restarts: 10, exit: 143, backOff: true }),
          ],
          oldPods: [{ age: d(5) }, { age: d(5) }],
        })
        logOf(w, made.pods[0]!, 'accounts', {
          previous: [
            'Starting AccountsApplication v4.0.0 using Java 21',
            'Bootstrapping Spring Data JPA repositories in DEFAULT mode.',
            'HHH000204: Processing PersistenceUnitInfo [name: default]',
          ],
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'crm', deployment: 'accounts' }),
          expected: answer(made.object, [/startup|probe/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const message = 'HTTP probe failed with statuscode: 503'
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'ml',
          name: 'llm-server',
          replicas: 1,
          port: 8000,
          age: d(21),
          rolled: m(52),
          requests: { cpu: '1', memory: '4Gi' },
          with: { startupProbe: http('/health', 8000, { periodSeconds: 10, failureThreshold: 12 }) },
          pods: [killedByProbe('llm-server', { probe: 'Startup', message, since: m(51), age: m(52), restarts: 9 })],
        })
        logOf(w, made.pods[0]!, 'llm-server', {
          current: ['Loading checkpoint shards:  21%'],
          previous: ['Loading checkpoint shards:  88%', 'Shutting down'],
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'ml', pod: 'llm-server-0' }),
          expected: answer(made.object, [/startup|probe/i], [made]),
        }
      },
    },
  ]),
  ...fault('probe-liveness-times-out', [
    {
      ttl: d(2),
      herrings: ['oldFailedJob', 'oldOom', 'otherRollout', 'nodeBlink'],
      tell: (w) => {
        const message = 'Get "http://10.244.3.101:3000/live": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        const look = (restarts: number) => killedByProbe('reviews-api', { probe: 'Liveness', message, since: m(33), age: d(3), restarts })
        const made = workload(w, {
          ns: 'shop',
          name: 'reviews-api',
          replicas: 3,
          port: 3000,
          age: d(150),
          rolled: d(3),
          limits: { cpu: '200m', memory: '256Mi' },
          requests: { cpu: '200m', memory: '256Mi' },
          with: { livenessProbe: http('/live', 'http') },
          pods: [look(7), look(6), look(8)],
        })
        service(w, { ns: 'shop', name: 'reviews-api' })
        return {
          alert: alert(
            w,
            'PodRestartingOften',
            { namespace: 'shop', pod: made.pods[2]!.metadata.name, container: 'reviews-api' },
            { for: m(10) },
          ),
          expected: answer(made.object, [/liveness|probe/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'kube-extras',
          name: 'node-cache',
          age: d(77),
          rolled: d(20),
          requests: { cpu: '25m', memory: '25Mi' },
          with: { livenessProbe: http('/health', 8080, { timeoutSeconds: 5 }) },
          pods: w.workers.map((on, i) =>
            i === 0
              ? {
                  ...killedByProbe('node-cache', {
                    probe: 'Liveness',
                    message:
                      'Get "http://169.254.20.10:8080/health": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
                    since: m(40),
                    age: d(20),
                    restarts: 11,
                    backOff: true,
                  }),
                  node: on,
                }
              : { node: on },
          ),
        })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'kube-extras', pod: made.pods[0]!.metadata.name, container: 'node-cache', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(made.object, [/liveness|probe/i], [made]),
        }
      },
    },
  ]),
  ...fault('probe-command-fails', [
    {
      tell: (w) => {
        const message =
          'Readiness probe errored: rpc error: code = Unknown desc = failed to exec in container: failed to start exec "6c5e0a0c8d7f": OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/grpc_health_probe": stat /bin/grpc_health_probe: no such file or directory: unknown'
        const made = workload(w, {
          ns: 'ads',
          name: 'bidder',
          replicas: 2,
          port: 50051,
          age: d(66),
          rolled: m(23),
          rolling: true,
          with: {
            readinessProbe: {
              exec: { command: ['/bin/grpc_health_probe', '-addr=:50051'] },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
          },
          pods: [unready('bidder', { since: m(23) - 6, age: m(23), message })],
          oldPods: [{ age: d(8) }, { age: d(8) }],
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'ads', deployment: 'bidder' }),
          expected: answer(made.object, [/readiness|probe/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const message = 'Readiness probe failed: Could not connect to Redis at 127.0.0.1:6379: NOAUTH Authentication required.\n'
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'cache',
          name: 'valkey',
          replicas: 3,
          port: 6379,
          age: d(20),
          rolled: h(3),
          with: {
            readinessProbe: {
              exec: { command: ['sh', '-c', 'valkey-cli ping | grep PONG'] },
              timeoutSeconds: 1,
              periodSeconds: 5,
              successThreshold: 1,
              failureThreshold: 3,
            },
          },
          pods: [{ age: d(15) }, { age: d(15) }, unready('valkey', { since: m(22), age: m(23), message, every: 5 })],
        })
        event(w, {
          on: made.object,
          reason: 'SuccessfulCreate',
          message: 'create Pod valkey-2 in StatefulSet valkey successful',
          first: m(23),
          from: 'statefulset-controller',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'cache', statefulset: 'valkey' }),
          expected: answer(made.object, [/readiness|probe|NOAUTH/i], [made]),
        }
      },
    },
  ]),
  ...fault('probe-grpc-or-path-unknown', [
    {
      tell: (w) => {
        const message = 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")'
        const made = workload(w, {
          ns: 'payments',
          name: 'fx',
          replicas: 2,
          port: 9090,
          age: d(44),
          rolled: d(6),
          with: {
            readinessProbe: {
              grpc: { port: 9090, service: '' },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
          },
          pods: [unready('fx', { since: m(19), age: d(6), message }), unready('fx', { since: m(18), age: d(6), message })],
        })
        service(w, { ns: 'payments', name: 'fx', portName: 'grpc', port: 9090 })
        return {
          alert: alert(
            w,
            'GrpcAvailabilityLow',
            { namespace: 'payments', service: 'fx', grpc_service: 'fx.v1.Rates' },
            { for: m(5), severity: 'critical' },
          ),
          expected: answer(made.object, [/readiness|probe|NOT_SERVING/i], [made, { kind: 'Service', namespace: 'payments', name: 'fx' }]),
        }
      },
    },
    {
      tell: (w) => {
        const message = 'Readiness probe failed: HTTP probe failed with statuscode: 404'
        const made = workload(w, {
          ns: 'web',
          name: 'account-ui',
          replicas: 4,
          port: 80,
          age: d(80),
          rolled: m(26),
          rolling: true,
          with: { readinessProbe: http('/healtz', 'http') },
          beforeWith: { readinessProbe: http('/healthz', 'http') },
          pods: [
            unready('account-ui', { since: m(26) - 5, age: m(26), message }),
            unready('account-ui', { since: m(26) - 6, age: m(26), message }),
          ],
          oldPods: [{ age: d(4) }, { age: d(4) }, { age: d(4) }],
        })
        for (const p of made.pods)
          kubelet(w, p, {
            container: 'account-ui',
            type: 'Normal',
            reason: 'Pulling',
            message: 'Pulling image "registry.example.com/web/account-ui:5.1.0"',
            first: m(26) - 1,
          })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'web', deployment: 'account-ui' }),
          expected: answer(made.object, [/readiness|404|probe/i], [made]),
        }
      },
    },
  ]),
]
