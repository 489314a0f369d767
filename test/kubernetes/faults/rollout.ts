import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm, logOf } from './cluster.ts'
import { event } from './events.ts'
import { crashing, pullFailing, unready } from './looks.ts'
import { service } from './things.ts'
import { workload } from './workloads.ts'
import { ago, d, h, m, s } from './world.ts'

export const rollouts: FaultCase[] = [
  ...fault('rollout-past-its-deadline', [
    {
      tell: (w) => {
        const message =
          'Readiness probe failed: Get "http://10.244.8.9:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        const made = workload(w, {
          ns: 'orders',
          name: 'fulfil',
          replicas: 4,
          port: 8080,
          requests: { cpu: '100m' },
          age: d(90),
          rolled: m(27),
          rolling: true,
          image: 'registry.example.com/orders/fulfil:8.0.0',
          before: 'registry.example.com/orders/fulfil:7.9.3',
          pods: [
            unready('fulfil', { since: m(27) - 8, age: m(27), message }),
            unready('fulfil', { since: m(27) - 9, age: m(27), message }),
          ],
          oldPods: [{ age: d(5) }, { age: d(5) }, { age: d(5) }],
        })
        service(w, { ns: 'orders', name: 'fulfil' })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', ksm({ namespace: 'orders', deployment: 'fulfil' })),
          expected: answer(made.object, [/roll-?out|readiness|progress|not ready/i], [made]),
        }
      },
    },
    {
      herrings: ['otherRollout', 'oldOom', 'neighbourPull', 'restartedYesterday'],
      tell: (w) => {
        const made = workload(w, {
          ns: 'loyalty',
          name: 'points',
          replicas: 3,
          port: 8080,
          requests: { cpu: '100m' },
          age: d(44),
          rolled: m(33),
          rolling: true,
          image: 'registry.example.com/loyalty/points:2.0.0',
          before: 'registry.example.com/loyalty/points:1.19.4',
          pods: [
            { age: m(33), changed: m(33) - 4, containers: { points: { is: 'running', since: m(33) - 3, ready: false } }, conditions: [] },
          ],
          oldPods: [{ age: d(5) }, { age: d(5) }, { age: d(5) }],
          with: {
            readinessProbe: {
              httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
              initialDelaySeconds: 1800,
              periodSeconds: 10,
              timeoutSeconds: 1,
              successThreshold: 1,
              failureThreshold: 3,
            },
          },
        })
        service(w, { ns: 'loyalty', name: 'points' })
        logOf(w, made.pods[0]!, 'points', { current: ['listening on :8080'] })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', ksm({ namespace: 'loyalty', deployment: 'points' })),
          expected: answer(made.object, [/roll-?out|readiness|progress|not ready|initialDelay|deadline/i], [made]),
        }
      },
    },
  ]),
  ...fault('rollout-paused-half-way', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'shop',
          name: 'front',
          replicas: 4,
          port: 3000,
          requests: { cpu: '100m' },
          age: d(140),
          rolled: m(47),
          image: 'registry.example.com/shop/front:6.1.0',
          before: 'registry.example.com/shop/front:6.0.4',
          spec: { paused: true },
          pods: [{ age: m(47) }],
          oldPods: [{ age: d(4) }, { age: d(4) }, { age: d(4) }],
          status: {
            conditions: [
              {
                type: 'Available',
                status: 'True',
                lastUpdateTime: ago(w, d(4)),
                lastTransitionTime: ago(w, d(4)),
                reason: 'MinimumReplicasAvailable',
                message: 'Deployment has minimum availability.',
              },
              {
                type: 'Progressing',
                status: 'Unknown',
                lastUpdateTime: ago(w, m(46)),
                lastTransitionTime: ago(w, m(46)),
                reason: 'DeploymentPaused',
                message: 'Deployment is paused',
              },
            ],
          },
        })
        service(w, { ns: 'shop', name: 'front' })
        return {
          alert: alert(w, 'KubeDeploymentNotFullyUpdated', { namespace: 'shop', deployment: 'front' }, { for: m(30) }),
          expected: answer(made.object, [/paused/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'tax',
          name: 'calc',
          replicas: 3,
          port: 8080,
          requests: { cpu: '100m' },
          age: d(30),
          rolled: h(2),
          image: 'registry.example.com/tax/calc:2026.2',
          before: 'registry.example.com/tax/calc:2026.1',
          spec: { paused: true },
          pods: [{ age: h(2) }, { age: h(2) - 30 }],
          oldPods: [{ age: d(4) }],
          status: {
            conditions: [
              {
                type: 'Available',
                status: 'True',
                lastUpdateTime: ago(w, d(4)),
                lastTransitionTime: ago(w, d(4)),
                reason: 'MinimumReplicasAvailable',
                message: 'Deployment has minimum availability.',
              },
              {
                type: 'Progressing',
                status: 'Unknown',
                lastUpdateTime: ago(w, h(2) - 40),
                lastTransitionTime: ago(w, h(2) - 40),
                reason: 'DeploymentPaused',
                message: 'Deployment is paused',
              },
            ],
          },
        })
        return {
          alert: alert(w, 'MixedVersionsRunning', { namespace: 'tax', deployment: 'calc' }, { for: h(1) }),
          expected: answer(made.object, [/paused/i], [made]),
        }
      },
    },
  ]),
  ...fault('rollout-stateful-set-stuck', [
    {
      tell: (w) => {
        const image = 'docker.io/bitnami/rabbitmq:4.0.99'
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'messaging',
          name: 'rabbitmq',
          replicas: 3,
          image,
          requests: { cpu: '200m', memory: '512Mi' },
          age: d(200),
          rolled: m(35),
          rolling: true,
          pods: [
            { labels: { 'controller-revision-hash': 'rabbitmq-55c5d8b7f' } },
            {},
            pullFailing('rabbitmq', {
              image,
              since: m(34),
              error: `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
            }),
          ],
        })
        return {
          alert: alert(w, 'KubeStatefulSetUpdateNotRolledOut', { namespace: 'messaging', statefulset: 'rabbitmq' }),
          expected: answer(made.object, [/not found|4\.0\.99|image/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'cache',
          name: 'redis',
          replicas: 3,
          requests: { cpu: '100m' },
          age: d(160),
          rolled: m(41),
          rolling: true,
          pods: [
            {},
            {},
            crashing('redis', {
              since: m(40),
              restarts: 12,
              exit: 1,
              ran: 1,
              log: [
                '*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***',
                'Reading the configuration file, at line 12',
                ">>> 'maxmemory-polcy allkeys-lru'",
                'Bad directive or wrong number of arguments',
              ],
            }),
          ],
        })
        return {
          alert: alert(w, 'KubeStatefulSetUpdateNotRolledOut', { namespace: 'cache', statefulset: 'redis' }),
          expected: answer(made.object, [/config|Bad directive|crash|exit(s|ed)?( with)?( code)? 1/i], [made]),
        }
      },
    },
  ]),
  ...fault('rollout-pod-does-not-terminate', [
    {
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'db',
          name: 'percona',
          replicas: 3,
          requests: { cpu: '100m' },
          age: d(120),
          rolled: m(36),
          rolling: true,
          pods: [
            {},
            {},
            {
              terminating: { since: m(36), grace: 600 },
              finalizers: ['percona.com/delete-pods-in-order'],
              phase: 'Succeeded',
              age: d(20),
              changed: m(26),
              containers: { percona: { is: 'terminated', ended: { exit: 0, reason: 'Completed', ago: m(26), ran: d(19) } } },
            },
          ],
        })
        event(w, {
          on: made.pods[2]!,
          reason: 'Killing',
          message: 'Stopping container percona',
          first: m(36),
          from: 'kubelet',
          host: String(made.pods[2]!.spec?.['nodeName']),
          fieldPath: 'spec.containers{percona}',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'db', statefulset: 'percona' }),
          expected: answer(made.object, [/finali[sz]er|terminat|delet/i], [made]),
        }
      },
    },
    {
      herrings: ['oldOom', 'oldFailedJob', 'chronicCrash', 'certificateFar'],
      nodes: 4,
      tell: (w) => {
        const on = w.workers[1]!
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'storage',
          name: 'csi-node',
          requests: { cpu: '20m' },
          age: d(90),
          rolled: m(50),
          rolling: true,
          pods: w.workers.map((node) =>
            node === on ? { node, age: d(30), terminating: { since: m(48), grace: 30 } } : { node, age: m(49) },
          ),
        })
        const stuck = made.pods.find((p) => p.metadata.deletionTimestamp !== undefined)!
        event(w, {
          on: stuck,
          type: 'Warning',
          reason: 'FailedKillPod',
          message:
            'error killing pod: [failed to "KillContainer" for "csi-node" with KillContainerError: "rpc error: code = DeadlineExceeded desc = context deadline exceeded", failed to "KillPodSandbox" for "1c6e" with KillPodSandboxError: "rpc error: code = DeadlineExceeded desc = context deadline exceeded"]',
          first: m(44),
          last: m(1),
          count: 17,
          from: 'kubelet',
          host: on,
        })
        event(w, {
          on: stuck,
          reason: 'Killing',
          message: 'Stopping container csi-node',
          first: m(48),
          last: m(2),
          count: 18,
          from: 'kubelet',
          host: on,
          fieldPath: 'spec.containers{csi-node}',
        })
        return {
          alert: alert(w, 'KubeDaemonSetRolloutStuck', { namespace: 'storage', daemonset: 'csi-node' }),
          expected: answer(made.object, [/terminat|kill|delet/i], [made, { kind: 'Node', name: on }]),
        }
      },
    },
  ]),
  ...fault('rollout-worse-than-the-old-fault', [
    {
      ttl: d(3),
      herrings: ['nodeBlink', 'oldOom', 'otherRollout', 'neighbourPull'],
      tell: (w) => {
        const made = workload(w, {
          ns: 'billing',
          name: 'dunning',
          replicas: 2,
          port: 8080,
          requests: { cpu: '100m', memory: '128Mi' },
          limits: { memory: '512Mi' },
          age: d(50),
          rolled: m(22),
          rolling: true,
          image: 'registry.example.com/billing/dunning:3.2.0',
          before: 'registry.example.com/billing/dunning:3.1.9',
          pods: [
            crashing('dunning', {
              since: m(21),
              restarts: 8,
              exit: 1,
              ran: 2,
              log: ['booting dunning 3.2.0', "ModuleNotFoundError: No module named 'pydantic_settings'"],
            }),
          ],
          oldPods: [
            {
              age: d(4),
              containers: {
                dunning: { is: 'running', since: d(1), restarts: 2, last: { exit: 137, reason: 'OOMKilled', ago: d(1) + 2, ran: h(40) } },
              },
            },
            { age: d(4) },
          ],
        })
        const old = w.objects.find(
          (o) =>
            o.kind === 'Pod' &&
            o.metadata.namespace === 'billing' &&
            o.metadata.name.startsWith('dunning') &&
            JSON.stringify(o.status).includes('OOMKilled'),
        )!
        event(w, {
          on: old,
          type: 'Warning',
          reason: 'BackOff',
          message: `Back-off restarting failed container dunning in pod ${old.metadata.name}_billing(${old.metadata.uid})`,
          first: d(1) + 400,
          last: d(1) + 30,
          count: 4,
          from: 'kubelet',
          host: String(old.spec?.['nodeName']),
          fieldPath: 'spec.containers{dunning}',
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'billing', deployment: 'dunning' }),
          expected: answer(made.object, [/pydantic|ModuleNotFound|exit(s|ed)?( with)?( code)? 1|crash/i], [made]),
        }
      },
    },
    {
      ttl: h(24),
      tell: (w) => {
        const made = workload(w, {
          ns: 'geo',
          name: 'tiles',
          replicas: 2,
          port: 8080,
          requests: { cpu: '100m' },
          age: d(33),
          rolled: d(1),
          pods: [0, 1].map((i) =>
            unready('tiles', {
              since: m(18) + i,
              age: d(1),
              message: 'Readiness probe failed: HTTP probe failed with statuscode: 502',
              restarts: 1,
              runs: h(20),
              last: { exit: 137, reason: 'OOMKilled', ago: h(20) + 3, ran: h(3) },
            }),
          ),
        })
        healthyDeployment(w, { ns: 'geo', name: 'geocoder' })
        const p = made.pods[0]!
        event(w, {
          on: p,
          type: 'Warning',
          reason: 'FailedScheduling',
          message:
            '0/5 nodes are available: 5 Insufficient memory. preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod.',
          first: d(1) - s(3),
          from: 'default-scheduler',
        })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: 'geo', deployment: 'tiles' })),
          expected: answer(made.object, [/readiness|502|probe/i], [made]),
        }
      },
    },
  ]),
]
