import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, logOf } from './cluster.ts'
import { event } from './events.ts'
import { ingress, service } from './things.ts'
import { workload } from './workloads.ts'
import { d, h, m } from './world.ts'

const selects = /selector|no endpoints|label|endpoint/i

export const services: FaultCase[] = [
  ...fault('service-selector-mismatch', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'shop',
          name: 'checkout',
          replicas: 3,
          port: 8080,
          age: d(200),
          rolled: d(3),
          requests: { cpu: '100m' },
        })
        const svc = service(w, {
          ns: 'shop',
          name: 'checkout',
          selector: { app: 'checkout', 'app.kubernetes.io/component': 'api' },
          age: d(200),
        })
        ingress(w, { ns: 'shop', name: 'shop', host: 'shop.example.com', service: 'checkout' })
        return {
          alert: alert(w, 'ServiceDown', { namespace: 'shop', service: 'checkout' }, { for: m(3), severity: 'critical' }),
          expected: answer(svc, [selects], [{ kind: 'Endpoints', namespace: 'shop', name: 'checkout' }, made]),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'identity',
          name: 'login',
          replicas: 2,
          port: 4000,
          age: d(120),
          rolled: m(18),
          requests: { cpu: '100m' },
          labels: { version: 'v2', track: 'stable' },
        })
        const svc = service(w, {
          ns: 'identity',
          name: 'login',
          selector: { 'app.kubernetes.io/name': 'login', version: 'v1' },
          age: d(120),
        })
        const caller = healthyDeployment(w, { ns: 'identity', name: 'portal' })
        logOf(w, caller.pods[0]!, 'portal', {
          current: [
            'POST http://login/token: dial tcp 10.96.14.2:80: connect: connection refused',
            'POST http://login/token: dial tcp 10.96.14.2:80: connect: connection refused',
          ],
        })
        return {
          alert: alert(
            w,
            'IngressBackendUnavailable',
            { namespace: 'identity', service: 'login', ingress: 'login' },
            { for: m(5), severity: 'critical' },
          ),
          expected: answer(svc, [selects], [{ kind: 'Endpoints', namespace: 'identity', name: 'login' }, made]),
        }
      },
    },
  ]),
  ...fault('service-port-mismatch', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'orders',
          name: 'orders-api',
          replicas: 2,
          port: 8080,
          age: d(90),
          rolled: m(14),
          requests: { cpu: '100m' },
          beforeWith: { ports: [{ name: 'http', containerPort: 9090, protocol: 'TCP' }] },
          with: {
            readinessProbe: {
              httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' },
              periodSeconds: 10,
              timeoutSeconds: 1,
              successThreshold: 1,
              failureThreshold: 3,
            },
          },
        })
        const svc = service(w, { ns: 'orders', name: 'orders-api', port: 80, targetPort: 9090, age: d(90) })
        for (const p of made.pods) logOf(w, p, 'orders-api', { current: ['listening on 0.0.0.0:8080', 'GET /ready 200'] })
        return {
          alert: alert(w, 'ServiceUnreachable', { namespace: 'orders', service: 'orders-api' }, { for: m(5), severity: 'critical' }),
          expected: answer(svc, [/\b(target ?)?ports?\b/i], [{ kind: 'Endpoints', namespace: 'orders', name: 'orders-api' }, made]),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'data',
          name: 'clickhouse',
          replicas: 2,
          port: 8123,
          age: d(70),
          rolled: d(9),
          requests: { cpu: '300m' },
        })
        const svc = service(w, { ns: 'data', name: 'clickhouse', port: 9000, targetPort: 8213, portName: 'native', age: m(26) })
        return {
          alert: alert(w, 'EndpointConnectionRefused', { namespace: 'data', service: 'clickhouse', port: 'native' }, { for: m(10) }),
          expected: answer(svc, [/\b(target ?)?ports?\b/i], [{ kind: 'Endpoints', namespace: 'data', name: 'clickhouse' }, made]),
        }
      },
    },
  ]),
  ...fault('service-named-port-gone', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'payments',
          name: 'wallet',
          replicas: 3,
          age: d(150),
          rolled: m(17),
          requests: { cpu: '100m' },
          with: { ports: [{ name: 'web', containerPort: 8080, protocol: 'TCP' }] },
          beforeWith: { ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] },
        })
        const svc = service(w, { ns: 'payments', name: 'wallet', targetPort: 'http', age: d(150) })
        return {
          alert: alert(w, 'ServiceDown', { namespace: 'payments', service: 'wallet' }, { for: m(5), severity: 'critical' }),
          expected: answer(svc, [/\b(target ?)?ports?\b/i], [{ kind: 'Endpoints', namespace: 'payments', name: 'wallet' }, made]),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'dns',
          name: 'resolver',
          age: d(30),
          rolled: h(6),
          requests: { cpu: '50m' },
          with: { ports: [{ name: 'dns-udp', containerPort: 5353, protocol: 'UDP' }] },
        })
        const svc = service(w, { ns: 'dns', name: 'resolver', port: 53, targetPort: 'dns-tcp', portName: 'dns', age: m(21) })
        return {
          alert: alert(w, 'TargetDown', { namespace: 'dns', service: 'resolver', job: 'resolver' }, { for: m(10) }),
          expected: answer(svc, [/\b(target ?)?ports?\b/i], [{ kind: 'Endpoints', namespace: 'dns', name: 'resolver' }, made]),
        }
      },
    },
  ]),
  ...fault('service-without-pods', [
    {
      tell: (w) => {
        const made = workload(w, { ns: 'frontend', name: 'images', replicas: 0, pods: [], port: 8080, age: d(100), rolled: d(10) })
        event(w, {
          on: made.object,
          reason: 'ScalingReplicaSet',
          message: `Scaled down replica set ${made.set!.metadata.name} to 0 from 3`,
          first: m(9),
          from: 'deployment-controller',
        })
        for (const n of [1, 2, 3])
          event(w, {
            on: made.set!,
            reason: 'SuccessfulDelete',
            message: `Deleted pod: ${made.set!.metadata.name}-x${n}k9z`,
            first: m(9),
            from: 'replicaset-controller',
          })
        const svc = service(w, { ns: 'frontend', name: 'images', age: d(100) })
        return {
          alert: alert(w, 'ServiceDown', { namespace: 'frontend', service: 'images' }, { for: m(5), severity: 'critical' }),
          expected: answer(
            made.object,
            [/scaled|0 replicas|zero|no (pods|endpoints)|replicas/i],
            [made, svc, { kind: 'Endpoints', namespace: 'frontend', name: 'images' }],
          ),
        }
      },
    },
    {
      herrings: ['scaledToZero', 'oldOom', 'neighbourPull', 'otherRollout'],
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'messaging',
          name: 'nats',
          replicas: 0,
          pods: [],
          port: 4222,
          age: d(210),
          rolled: d(60),
        })
        for (const n of [2, 1, 0])
          event(w, {
            on: made.object,
            reason: 'SuccessfulDelete',
            message: `delete Pod nats-${n} in StatefulSet nats successful`,
            first: m(13) - 20 * n,
            from: 'statefulset-controller',
          })
        const svc = service(w, { ns: 'messaging', name: 'nats', targetPort: 4222, port: 4222, portName: 'client', age: d(210) })
        return {
          alert: alert(w, 'NatsUnavailable', { namespace: 'messaging', service: 'nats' }, { for: m(10), severity: 'critical' }),
          expected: answer(
            made.object,
            [/scaled|0 replicas|zero|no (pods|endpoints)|replicas/i],
            [made, svc, { kind: 'Endpoints', namespace: 'messaging', name: 'nats' }],
          ),
        }
      },
    },
  ]),
  ...fault('service-of-an-ingress-missing', [
    {
      tell: (w) => {
        const made = healthyDeployment(w, { ns: 'web', name: 'docs-v2' })
        const door = ingress(w, { ns: 'web', name: 'docs', host: 'docs.example.com', service: 'docs', age: d(90) })
        const controller = workload(w, {
          ns: 'ingress-nginx',
          name: 'ingress-nginx-controller',
          container: 'controller',
          replicas: 2,
          image: 'registry.k8s.io/ingress-nginx/controller:v1.11.3',
          port: 80,
          requests: { cpu: '100m' },
          age: d(300),
        })
        for (const p of controller.pods)
          logOf(w, p, 'controller', {
            current: [
              'W0311 controller.go:1110] Error obtaining Endpoints for Service "web/docs": no object matching key "web/docs" in local store',
              '"GET / HTTP/2.0" 503 190 "-" "Mozilla/5.0" [web-docs-80] [] - - - -',
            ],
          })
        event(w, {
          on: door,
          reason: 'Sync',
          message: 'Scheduled for sync',
          first: m(22),
          last: m(16),
          count: 2,
          from: 'nginx-ingress-controller',
        })
        return {
          alert: alert(w, 'IngressErrors', { namespace: 'web', ingress: 'docs', host: 'docs.example.com', status: '503' }, { for: m(5) }),
          expected: answer(
            door,
            [/service|backend|web\/docs|does not exist|missing|not found/i],
            [{ kind: 'Service', namespace: 'web', name: 'docs' }, made],
          ),
        }
      },
    },
    {
      tell: (w) => {
        const made = healthyDeployment(w, { ns: 'api', name: 'graphql' })
        const door = ingress(w, { ns: 'api', name: 'public-api', host: 'api.example.com', service: 'graphql', port: 8443, age: d(20) })
        event(w, {
          on: door,
          reason: 'Sync',
          message: 'Scheduled for sync',
          first: m(19),
          last: m(18),
          count: 2,
          from: 'nginx-ingress-controller',
        })
        return {
          alert: alert(
            w,
            'IngressErrors',
            { namespace: 'api', ingress: 'public-api', host: 'api.example.com', status: '503' },
            { for: m(5), severity: 'critical' },
          ),
          expected: answer(door, [/\bports?\b|8443/i], [{ kind: 'Service', namespace: 'api', name: 'graphql' }, made]),
        }
      },
    },
  ]),
]
