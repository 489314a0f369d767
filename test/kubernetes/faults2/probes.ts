import { killedByProbe, unready } from '../faults/looks.ts'
import { service } from '../faults/things.ts'
import { d, h, m } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release, selectorOf } from './release.ts'

export const probes: readonly Story[] = [
  {
    name: 'probe-readiness-path-gone',
    cloud: 'autopilot',
    minor: 32,
    tell: (w) => {
      const message = 'Readiness probe failed: HTTP probe failed with statuscode: 404'
      const bad = (age: number) => unready('api', { since: age - 2, age, message })
      const made = release(w, {
        ns: 'catalogue',
        name: 'prod-eu-catalogue-api-v2',
        container: 'api',
        rolled: m(22),
        age: d(110),
        rolling: true,
        replicas: 3,
        with: listens(8080, 'http', '/internal/ready'),
        pods: [bad(m(22) - 3)],
        oldPods: [{ age: d(8) }, { age: d(8) - 20 }, { age: d(8) - 40 }],
      })
      service(w, { ns: 'catalogue', name: 'catalogue-api', selector: selectorOf('prod-eu-catalogue-api-v2', 'instance') })
      return {
        alert: fires(
          w,
          'KubeDeploymentRolloutStuck',
          { namespace: 'catalogue', deployment: 'prod-eu-catalogue-api-v2', severity: 'warning' },
          { for: m(5) },
        ),
        expected: blames(made, /readiness|probe|404/i),
      }
    },
  },
  {
    name: 'probe-liveness-command-times-out',
    cloud: 'oracle',
    minor: 27,
    runtime: 'cri-o',
    tell: (w) => {
      const message = 'command "/bin/bash -c redis-cli -a $REDIS_PASSWORD ping" timed out'
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'sessions',
        name: 'sessions-redis-node',
        container: 'redis',
        scheme: 'name',
        port: 6379,
        rolled: d(30),
        volumeClaims: [{ name: 'redis-data', size: '8Gi' }],
        with: {
          livenessProbe: {
            exec: { command: ['/bin/bash', '-c', 'redis-cli -a $REDIS_PASSWORD ping'] },
            timeoutSeconds: 1,
            periodSeconds: 5,
            failureThreshold: 5,
            successThreshold: 1,
          },
        },
        sidecars: [{ name: 'exporter', image: 'docker.io/oliver006/redis_exporter:v1.63.0', ports: [{ containerPort: 9121 }] }],
        pods: [{}, killedByProbe('redis', { probe: 'Liveness', message, since: m(33), age: d(30) - 30, restarts: 9 }), {}],
      })
      return {
        alert: fires(w, 'PodRestarting', { pod: 'sessions-redis-node-1' }, { for: m(5) }),
        expected: blames(made, /liveness|probe|timed out/i),
      }
    },
  },
  {
    name: 'probe-startup-shorter-than-the-start',
    cloud: 'openshift',
    minor: 30,
    runtime: 'cri-o',
    tell: (w) => {
      const message = 'Get "http://10.244.0.1:8080/q/health/started": dial tcp 10.244.0.1:8080: connect: connection refused'
      const bad = (age: number) =>
        killedByProbe('rules-engine', { probe: 'Startup', message, since: age - 60, age, restarts: 8, exit: 143 })
      const made = release(w, {
        ns: 'underwriting',
        name: 'uw-rules-engine-4',
        container: 'rules-engine',
        scheme: 'app',
        rolled: m(21),
        age: d(75),
        rolling: true,
        with: {
          ...listens(8080, undefined, '/q/health/ready'),
          startupProbe: {
            httpGet: { path: '/q/health/started', port: 8080, scheme: 'HTTP' },
            periodSeconds: 10,
            failureThreshold: 9,
            timeoutSeconds: 1,
            successThreshold: 1,
          },
        },
        pods: [bad(m(21) - 3), bad(m(21) - 5)],
      })
      for (const p of made.pods)
        w.logs[`underwriting/${p.metadata.name}/rules-engine`] = {
          current: ['INFO  compiling 4,112 decision tables (31 %)'],
          previous: ['INFO  compiling 4,112 decision tables (88 %)'],
        }
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'underwriting', deployment: 'uw-rules-engine-4' }, { for: m(10) }),
        expected: blames(made, /startup|probe/i),
      }
    },
  },
  {
    name: 'probe-liveness-speaks-https-to-http',
    cloud: 'digitalocean',
    minor: 31,
    tell: (w) => {
      const message = 'Get "https://10.244.0.1:9443/livez": http: server gave HTTP response to HTTPS client'
      const bad = (age: number, backOff: boolean) =>
        killedByProbe('webhooks', { probe: 'Liveness', message, since: age - 40, age, restarts: 8, exit: 2, backOff })
      const made = release(w, {
        ns: 'integrations',
        name: 'outbound-webhooks-0x2',
        container: 'webhooks',
        scheme: 'k8s-app',
        rolled: m(19),
        age: d(240),
        with: {
          ports: [{ name: 'main', containerPort: 9443, protocol: 'TCP' }],
          livenessProbe: {
            httpGet: { path: '/livez', port: 'main', scheme: 'HTTPS' },
            periodSeconds: 10,
            failureThreshold: 3,
            timeoutSeconds: 1,
            successThreshold: 1,
          },
        },
        pods: [bad(m(19) - 3, true), bad(m(19) - 6, true)],
      })
      return {
        alert: fires(
          w,
          'PodRestarting',
          { namespace: 'integrations', pod: made.pods[0]!.metadata.name, container: 'webhooks' },
          { for: m(5) },
        ),
        expected: blames(made, /liveness|probe|https?/i),
      }
    },
  },
  {
    name: 'probe-readiness-of-grpc-without-answer',
    cloud: 'eksAuto',
    minor: 33,
    tell: (w) => {
      const message = 'Readiness probe failed: timeout: failed to connect service "10.244.0.1:50051" within 1s: context deadline exceeded'
      const bad = (age: number, since: number) => unready('ranker', { since, age, message })
      const made = release(w, {
        ns: 'discovery',
        name: 'ml-ranker-gpu-less',
        container: 'ranker',
        rolled: d(5),
        with: {
          ports: [{ name: 'grpc', containerPort: 50_051, protocol: 'TCP' }],
          readinessProbe: {
            grpc: { port: 50_051, service: '' },
            periodSeconds: 10,
            timeoutSeconds: 1,
            failureThreshold: 3,
            successThreshold: 1,
          },
        },
        pods: [bad(d(5) - 10, m(17)), bad(d(5) - 40, m(16)), bad(d(5) - 60, m(15))],
      })
      service(w, {
        ns: 'discovery',
        name: 'ranker',
        selector: selectorOf('ml-ranker-gpu-less', 'instance'),
        port: 50_051,
        targetPort: 'grpc',
        portName: 'grpc',
      })
      for (const p of made.pods)
        w.logs[`discovery/${p.metadata.name}/ranker`] = {
          current: ['W feature store: 512 of 512 slots waiting', 'W executor: no free thread for 900s'],
          previous: [],
        }
      return {
        alert: fires(w, 'HighErrorRate', { namespace: 'discovery', service: 'ranker' }, { for: m(5), fired: h(0) + 40 }),
        expected: blames(made, /readiness|probe|context deadline|not ready|unready/i, [
          { kind: 'Service', namespace: 'discovery', name: 'ranker' },
        ]),
      }
    },
  },
]
