import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm } from './cluster.ts'
import { event } from './events.ts'
import { hpa, plain, service } from './things.ts'
import { workload } from './workloads.ts'
import { ago, d, h, type Json, m, s, type World } from './world.ts'

const condition = (w: World, type: string, status: string, rest: { reason: string; message: string; since: number }): Json => ({
  type,
  status,
  lastTransitionTime: ago(w, rest.since),
  reason: rest.reason,
  message: rest.message,
})

const ready = (w: World): Json =>
  condition(w, 'AbleToScale', 'True', {
    reason: 'SucceededGetScale',
    message: "the HPA controller was able to get the target's current scale",
    since: d(9),
  })

export const autoscalers: FaultCase[] = [
  ...fault('hpa-at-its-maximum', [
    {
      tell: (w) => {
        const made = healthyDeployment(w, {
          ns: 'shop',
          name: 'search-api',
          replicas: 8,
          age: d(100),
          rolled: d(6),
          pods: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => (i < 3 ? {} : { age: m(40) - 90 * i })),
        })
        const scaler = hpa(w, {
          ns: 'shop',
          name: 'search-api',
          min: 3,
          max: 8,
          current: 8,
          load: 97,
          limited: m(21),
          scaled: m(31),
          age: d(100),
        })
        for (let i = 4; i <= 8; i++)
          event(w, {
            on: scaler,
            reason: 'SuccessfulRescale',
            message: `New size: ${i}; reason: cpu resource utilization (percentage of request) above target`,
            first: m(40) - 90 * (i - 1),
            from: 'horizontal-pod-autoscaler',
          })
        return {
          alert: alert(w, 'KubeHpaMaxedOut', ksm({ namespace: 'shop', horizontalpodautoscaler: 'search-api' })),
          expected: answer(scaler, [/max/i], [made]),
        }
      },
    },
    {
      herrings: ['autoscalerBelow', 'oldOom', 'chronicCrash', 'oldFailedJob'],
      tell: (w) => {
        const made = workload(w, {
          ns: 'video',
          name: 'encode-api',
          replicas: 4,
          port: 8080,
          requests: { cpu: '400m', memory: '512Mi' },
          age: d(70),
          rolled: d(2),
        })
        service(w, { ns: 'video', name: 'encode-api' })
        const scaler = hpa(w, {
          ns: 'video',
          name: 'encode',
          to: 'encode-api',
          min: 2,
          max: 4,
          current: 4,
          target: 60,
          load: 188,
          limited: m(17),
          scaled: m(18),
          age: d(70),
        })
        event(w, {
          on: scaler,
          reason: 'SuccessfulRescale',
          message: 'New size: 4; reason: cpu resource utilization (percentage of request) above target',
          first: m(18),
          from: 'horizontal-pod-autoscaler',
        })
        return {
          alert: alert(w, 'HighLatency', { namespace: 'video', service: 'encode-api' }, { for: m(10), severity: 'critical' }),
          expected: answer(scaler, [/max/i], [made, { kind: 'Service', namespace: 'video', name: 'encode-api' }]),
        }
      },
    },
  ]),
  ...fault('hpa-cannot-read-its-metric', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'orders',
          name: 'pricing',
          replicas: 2,
          port: 8080,
          requests: { memory: '128Mi' },
          age: d(60),
          rolled: m(28),
        })
        const message = `the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container pricing of Pod ${made.pods[0]!.metadata.name}`
        const scaler = hpa(w, {
          ns: 'orders',
          name: 'pricing',
          min: 2,
          max: 12,
          current: 2,
          desired: 2,
          currentMetrics: null,
          age: d(60),
          conditions: [ready(w), condition(w, 'ScalingActive', 'False', { reason: 'FailedGetResourceMetric', message, since: m(27) })],
        })
        event(w, {
          on: scaler,
          type: 'Warning',
          reason: 'FailedGetResourceMetric',
          message: `failed to get cpu utilization: missing request for cpu in container pricing of Pod ${made.pods[0]!.metadata.name}`,
          first: m(27),
          last: s(12),
          count: 107,
          from: 'horizontal-pod-autoscaler',
        })
        event(w, {
          on: scaler,
          type: 'Warning',
          reason: 'FailedComputeMetricsReplicas',
          message: `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: missing request for cpu in container pricing of Pod ${made.pods[0]!.metadata.name}`,
          first: m(27),
          last: s(12),
          count: 107,
          from: 'horizontal-pod-autoscaler',
        })
        return {
          alert: alert(w, 'HpaScalingInactive', { namespace: 'orders', horizontalpodautoscaler: 'pricing' }),
          expected: answer(scaler, [/missing request|cpu request|request for cpu|metric/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const api = plain(w, {
          apiVersion: 'apiregistration.k8s.io/v1',
          kind: 'APIService',
          name: 'v1beta1.metrics.k8s.io',
          age: d(300),
          rest: {
            spec: {
              group: 'metrics.k8s.io',
              version: 'v1beta1',
              service: { name: 'metrics-server', namespace: 'kube-system', port: 443 },
              groupPriorityMinimum: 100,
              versionPriority: 100,
            },
            status: {
              conditions: [
                {
                  type: 'Available',
                  status: 'False',
                  reason: 'MissingEndpoints',
                  message: 'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"',
                  lastTransitionTime: ago(w, m(24)),
                },
              ],
            },
          },
        })
        const server = workload(w, { ns: 'kube-system', name: 'metrics-server', replicas: 0, pods: [], age: d(300), rolled: d(50) })
        event(w, {
          on: server.object,
          reason: 'ScalingReplicaSet',
          message: `Scaled down replica set ${server.set!.metadata.name} to 0 from 1`,
          first: m(24),
          from: 'deployment-controller',
        })
        const svc = service(w, {
          ns: 'kube-system',
          name: 'metrics-server',
          selector: { 'app.kubernetes.io/name': 'metrics-server' },
          port: 443,
          targetPort: 'https',
          portName: 'https',
        })
        const made = workload(w, { ns: 'frontend', name: 'bff', replicas: 3, requests: { cpu: '200m' }, age: d(80), rolled: d(4) })
        const message =
          'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)'
        const scaler = hpa(w, {
          ns: 'frontend',
          name: 'bff',
          min: 3,
          max: 20,
          current: 3,
          desired: 3,
          currentMetrics: null,
          conditions: [ready(w), condition(w, 'ScalingActive', 'False', { reason: 'FailedGetResourceMetric', message, since: m(23) })],
        })
        event(w, {
          on: scaler,
          type: 'Warning',
          reason: 'FailedGetResourceMetric',
          message: message.replace('the HPA was unable to compute the replica count: ', ''),
          first: m(23),
          last: s(7),
          count: 92,
          from: 'horizontal-pod-autoscaler',
        })
        return {
          alert: alert(w, 'HpaScalingInactive', { namespace: 'frontend', horizontalpodautoscaler: 'bff' }),
          expected: answer(scaler, [/metric/i], [made, api, server, svc]),
        }
      },
    },
  ]),
  ...fault('hpa-target-missing', [
    {
      tell: (w) => {
        const made = healthyDeployment(w, { ns: 'chat', name: 'gateway-v2', replicas: 2 })
        const scaler = hpa(w, {
          ns: 'chat',
          name: 'gateway',
          min: 2,
          max: 8,
          current: 0,
          desired: 0,
          currentMetrics: null,
          conditions: [
            condition(w, 'AbleToScale', 'False', {
              reason: 'FailedGetScale',
              message: 'the HPA controller was unable to get the target\'s current scale: deployments.apps "gateway" not found',
              since: m(33),
            }),
          ],
        })
        event(w, {
          on: scaler,
          type: 'Warning',
          reason: 'FailedGetScale',
          message: 'deployments.apps "gateway" not found',
          first: m(33),
          last: s(9),
          count: 131,
          from: 'horizontal-pod-autoscaler',
        })
        return {
          alert: alert(w, 'HpaScalingInactive', { namespace: 'chat', horizontalpodautoscaler: 'gateway' }),
          expected: answer(
            scaler,
            [/not found|target|does not exist|unable to get/i],
            [made, { kind: 'Deployment', namespace: 'chat', name: 'gateway' }],
          ),
        }
      },
    },
    {
      ttl: h(4),
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'queue',
          name: 'consumer',
          replicas: 2,
          requests: { cpu: '100m' },
          age: d(40),
          rolled: d(3),
        })
        const scaler = hpa(w, {
          ns: 'queue',
          name: 'consumer',
          min: 2,
          max: 10,
          current: 0,
          desired: 0,
          currentMetrics: null,
          conditions: [
            condition(w, 'AbleToScale', 'False', {
              reason: 'FailedGetScale',
              message: 'the HPA controller was unable to get the target\'s current scale: deployments.apps "consumer" not found',
              since: h(1),
            }),
          ],
        })
        event(w, {
          on: scaler,
          type: 'Warning',
          reason: 'FailedGetScale',
          message: 'deployments.apps "consumer" not found',
          first: h(1),
          last: s(5),
          count: 240,
          from: 'horizontal-pod-autoscaler',
        })
        return {
          alert: alert(w, 'HpaScalingInactive', { namespace: 'queue', horizontalpodautoscaler: 'consumer' }),
          expected: answer(
            scaler,
            [/not found|target|does not exist|unable to get/i],
            [made, { kind: 'Deployment', namespace: 'queue', name: 'consumer' }],
          ),
        }
      },
    },
  ]),
]
