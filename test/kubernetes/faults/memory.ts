import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm, logOf } from './cluster.ts'
import { event } from './events.ts'
import { kubelet } from './looks.ts'
import type { PodLook, Run } from './objects.ts'
import { service } from './things.ts'
import { job, workload } from './workloads.ts'
import { d, h, m, patch, s } from './world.ts'

const oom = /OOM|out of memory|memory limit|memory/i

/** Killed by the kernel again and again. */
const killed = (
  container: string,
  of: {
    restarts: number
    since: number
    ran: number
    age: number
    backOff?: boolean
    exit?: number
    reason?: string
    more?: Partial<PodLook>
  },
): PodLook => {
  const last = { exit: of.exit ?? 137, reason: of.reason ?? 'OOMKilled', ago: of.backOff ? 70 : 45, ran: of.ran }
  const run: Run = of.backOff
    ? { is: 'waiting', reason: 'CrashLoopBackOff', restarts: of.restarts, last }
    : { is: 'running', since: 44, restarts: of.restarts, last }
  return {
    age: of.age,
    changed: of.backOff ? 70 : 40,
    containers: { [container]: run },
    ...of.more,
    tell: (w, pod) => {
      if (of.backOff)
        kubelet(w, pod, {
          container,
          reason: 'BackOff',
          message: `Back-off restarting failed container ${container} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
          first: of.since - 40,
          last: 5,
          count: Math.floor(of.since / 20),
        })
      of.more?.tell?.(w, pod)
    },
  }
}

export const memory: FaultCase[] = [
  ...fault('memory-oom-crash-loop', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'payments',
          name: 'ledger',
          replicas: 3,
          limits: { memory: '512Mi', cpu: '1' },
          requests: { memory: '512Mi', cpu: '250m' },
          age: d(140),
          rolled: h(30),
          port: 8080,
          pods: [
            killed('ledger', { restarts: 7, since: m(19), ran: 60, age: h(30), backOff: true }),
            {},
            killed('ledger', { restarts: 6, since: m(18), ran: 75, age: h(30) }),
          ],
        })
        service(w, { ns: 'payments', name: 'ledger' })
        logOf(w, made.pods[0]!, 'ledger', {
          previous: [
            '2026 INFO  loading journal segment 41',
            '2026 INFO  loading journal segment 42',
            '2026 INFO  loading journal segment 43',
          ],
        })
        return {
          alert: alert(w, 'KubePodCrashLooping', {
            ...ksm({
              container: 'ledger',
              namespace: 'payments',
              pod: made.pods[0]!.metadata.name,
              reason: 'CrashLoopBackOff',
              uid: String(made.pods[0]!.metadata.uid),
            }),
          }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
    {
      herrings: ['oldOom', 'chronicCrash', 'otherRollout', 'cordoned'],
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'search',
          name: 'indexer',
          replicas: 3,
          limits: { memory: '2Gi' },
          requests: { memory: '1Gi', cpu: '500m' },
          age: d(90),
          rolled: d(6),
          volumeClaims: [],
          port: 9200,
          pods: [{}, killed('indexer', { restarts: 4, since: m(22), ran: 240, age: d(6), backOff: true }), {}],
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'search', statefulset: 'indexer' }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
  ]),
  ...fault('memory-limit-lowered', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'shop',
          name: 'checkout',
          replicas: 3,
          limits: { memory: '128Mi' },
          requests: { memory: '128Mi', cpu: '100m' },
          beforeWith: { resources: { limits: { memory: '768Mi' }, requests: { memory: '512Mi' } } },
          age: d(200),
          rolled: m(24),
          rolling: true,
          pods: [killed('checkout', { restarts: 8, since: m(23), ran: 6, age: m(24), backOff: true })],
          oldPods: [{ age: d(3) }, { age: d(3) }, { age: d(3) }],
        })
        service(w, { ns: 'shop', name: 'checkout' })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'shop', deployment: 'checkout', job: 'kube-state-metrics' }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
    {
      ttl: d(3),
      tell: (w) => {
        const made = workload(w, {
          ns: 'media',
          name: 'transcoder',
          container: 'ffmpeg',
          replicas: 2,
          limits: { memory: '300Mi' },
          requests: { memory: '300Mi', cpu: '1' },
          beforeWith: { resources: { limits: { memory: '3Gi' }, requests: { memory: '2Gi' } } },
          age: d(60),
          rolled: m(21),
          pods: [
            killed('ffmpeg', {
              restarts: 6,
              since: m(20),
              ran: 20,
              age: m(21),
              backOff: true,
              more: {
                tell: (x, p) => kubelet(x, p, { container: 'ffmpeg', reason: 'Failed', message: 'Error: ErrImagePull', first: m(21) - 5 }),
              },
            }),
            killed('ffmpeg', { restarts: 6, since: m(20), ran: 22, age: m(20), backOff: true }),
          ],
        })
        event(w, {
          on: made.object,
          reason: 'ScalingReplicaSet',
          message: `Scaled up replica set ${made.set!.metadata.name} to 2 from 1`,
          first: m(20),
          from: 'deployment-controller',
        })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', { ...ksm({ namespace: 'media', deployment: 'transcoder' }) }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
  ]),
  ...fault('memory-cgroup-child-killed', [
    {
      style: 'plain',
      tell: (w) => {
        const made = healthyDeployment(w, {
          ns: 'ml',
          name: 'scoring',
          replicas: 2,
          limits: { memory: '1Gi' },
          requests: { memory: '1Gi', cpu: '500m' },
          port: 8000,
          age: d(50),
          rolled: d(4),
          pods: [{ node: 'worker-02' }, { node: 'worker-03' }],
        })
        const lines = [
          '[2026-01-01 10:00:01 +0000] [7] [INFO] Booting worker with pid: 412',
          '[ERROR] Worker (pid:412) was sent SIGKILL! Perhaps out of memory?',
          '[INFO] Booting worker with pid: 431',
          '[ERROR] Worker (pid:431) was sent SIGKILL! Perhaps out of memory?',
          '[INFO] Booting worker with pid: 447',
        ]
        logOf(w, made.pods[0]!, 'scoring', { current: lines })
        logOf(w, made.pods[1]!, 'scoring', { current: lines })
        for (const on of ['worker-02', 'worker-03']) {
          const found = w.objects.find((o) => o.kind === 'Node' && o.metadata.name === on)!
          event(w, {
            on: found,
            type: 'Warning',
            reason: 'OOMKilling',
            message:
              'Memory cgroup out of memory: Killed process 30412 (gunicorn) total-vm:2214340kB, anon-rss:1011244kB, file-rss:7340kB, shmem-rss:0kB, UID:1000 pgtables:2636kB oom_score_adj:984',
            first: m(9),
            last: s(80),
            count: 7,
            from: 'kernel-monitor',
            host: on,
          })
        }
        return {
          alert: alert(w, 'HighErrorRate', { namespace: 'ml', service: 'scoring' }, { for: m(5), severity: 'critical' }),
          expected: answer(made.object, [oom], [made, { kind: 'Service', namespace: 'ml', name: 'scoring' }]),
        }
      },
    },
    {
      style: 'eks',
      nodes: 4,
      herrings: ['oldEvicted', 'pendingClaim', 'restartedYesterday', 'scaledToZero'],
      tell: (w) => {
        const on = w.workers[1]!
        const made = workload(w, {
          ns: 'ci',
          name: 'build-runner',
          replicas: 1,
          limits: { memory: '2Gi' },
          requests: { memory: '1Gi', cpu: '1' },
          age: d(30),
          rolled: d(8),
          pods: [{ node: on }],
        })
        const p = made.pods[0]!
        logOf(w, p, 'build-runner', {
          current: [
            '> tsc -b && vite build',
            'Killed',
            'npm ERR! code 137',
            'npm ERR! signal SIGKILL',
            'retrying build 3/5',
            '> tsc -b && vite build',
            'Killed',
            'npm ERR! code 137',
            'dmesg: oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=build-runner,oom_memcg=/kubepods.slice/kubepods-burstable.slice',
          ],
        })
        const found = w.objects.find((o) => o.kind === 'Node' && o.metadata.name === on)!
        event(w, {
          on: found,
          type: 'Warning',
          reason: 'OOMKilling',
          message: `Memory cgroup out of memory: Killed process 88213 (node) total-vm:11614920kB, anon-rss:2050112kB, file-rss:44812kB, shmem-rss:0kB, UID:1001 pgtables:9120kB oom_score_adj:969`,
          first: m(14),
          last: m(1),
          count: 5,
          from: 'kernel-monitor',
          host: on,
        })
        return {
          alert: alert(w, 'BuildFailures', { namespace: 'ci', pod: p.metadata.name, container: 'build-runner' }, { for: m(10) }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
  ]),
  ...fault('memory-137-told-by-the-kernel-only', [
    {
      nodes: 3,
      style: 'gke',
      herrings: ['nodeBlink', 'oldFailedJob', 'oldOom', 'oldPolicies'],
      tell: (w) => {
        const on = w.workers[0]!
        const made = workload(w, {
          ns: 'orders',
          name: 'pricing-engine',
          replicas: 2,
          limits: { memory: '1536Mi' },
          requests: { memory: '1Gi', cpu: '300m' },
          age: d(33),
          rolled: d(5),
          pods: [
            killed('pricing-engine', {
              restarts: 5,
              since: m(24),
              ran: 230,
              age: d(5),
              backOff: true,
              exit: 137,
              reason: 'Error',
              more: { node: on },
            }),
            {},
          ],
        })
        const found = w.objects.find((o) => o.kind === 'Node' && o.metadata.name === on)!
        event(w, {
          on: found,
          type: 'Warning',
          reason: 'OOMKilling',
          message:
            'Memory cgroup out of memory: Killed process 7712 (java) total-vm:6012880kB, anon-rss:1568012kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:3812kB oom_score_adj:940',
          first: m(24),
          last: s(70),
          count: 5,
          from: 'kernel-monitor',
          host: on,
        })
        logOf(w, made.pods[0]!, 'pricing-engine', {
          previous: ['INFO  c.e.pricing.Cache - warming 2400000 price rows', 'INFO  c.e.pricing.Cache - 61 % loaded'],
        })
        return {
          alert: alert(w, 'KubePodCrashLooping', {
            ...ksm({ namespace: 'orders', pod: made.pods[0]!.metadata.name, container: 'pricing-engine', reason: 'CrashLoopBackOff' }),
          }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const on = w.workers[2]!
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'cache',
          name: 'redis',
          replicas: 2,
          limits: { memory: '4Gi' },
          requests: { memory: '4Gi', cpu: '500m' },
          age: d(200),
          rolled: d(70),
          pods: [
            killed('redis', {
              restarts: 4,
              since: m(31),
              ran: 420,
              age: d(70),
              exit: 137,
              reason: 'Error',
              backOff: true,
              more: { node: on },
            }),
            {},
          ],
        })
        const found = w.objects.find((o) => o.kind === 'Node' && o.metadata.name === on)!
        event(w, {
          on: found,
          type: 'Warning',
          reason: 'OOMKilling',
          message:
            'Memory cgroup out of memory: Killed process 2210 (redis-server) total-vm:4820120kB, anon-rss:4190012kB, file-rss:1280kB, shmem-rss:0kB, UID:999 pgtables:8300kB oom_score_adj:-997',
          first: m(31),
          last: s(70),
          count: 4,
          from: 'kernel-monitor',
          host: on,
        })
        logOf(w, made.pods[0]!, 'redis', {
          previous: ['1:M * Background saving started by pid 211', '1:M * 10000 changes in 60 seconds. Saving...'],
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'cache', pod: 'redis-0', job: 'kube-state-metrics' }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
  ]),
  ...fault('memory-sidecar-oom', [
    {
      tell: (w) => {
        const sidecar = {
          name: 'envoy',
          image: 'docker.io/envoyproxy/envoy:v1.31.2',
          resources: { limits: { memory: '64Mi' }, requests: { memory: '64Mi', cpu: '20m' } },
        }
        const made = workload(w, {
          ns: 'frontend',
          name: 'storefront',
          replicas: 2,
          limits: { memory: '1Gi' },
          requests: { memory: '256Mi', cpu: '200m' },
          sidecars: [sidecar],
          age: d(100),
          rolled: d(2),
          port: 3000,
          pods: [
            killed('envoy', { restarts: 9, since: m(28), ran: 40, age: d(2), backOff: true }),
            killed('envoy', { restarts: 8, since: m(27), ran: 50, age: d(2), backOff: true }),
          ],
        })
        service(w, { ns: 'frontend', name: 'storefront' })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'frontend', pod: made.pods[1]!.metadata.name }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const sidecar = {
          name: 'fluent-bit',
          image: 'cr.fluentbit.io/fluent/fluent-bit:3.1.9',
          resources: { limits: { memory: '48Mi' }, requests: { memory: '32Mi' } },
        }
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'edge',
          name: 'edge-proxy',
          limits: { memory: '256Mi' },
          requests: { memory: '128Mi', cpu: '100m' },
          sidecars: [sidecar],
          age: d(40),
          rolled: d(1) + h(3),
          pods: w.workers.map((on, i) =>
            i < 2
              ? killed('fluent-bit', { restarts: 6, since: m(26), ran: 90, age: d(1), backOff: true, more: { node: on } })
              : { node: on },
          ),
        })
        return {
          alert: alert(w, 'KubeContainerWaiting', {
            namespace: 'edge',
            pod: made.pods[0]!.metadata.name,
            container: 'fluent-bit',
            reason: 'CrashLoopBackOff',
          }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
  ]),
  ...fault('memory-job-oom', [
    {
      tell: (w) => {
        const ended = (ago: number): PodLook => ({
          age: ago + 70,
          containers: { rollup: { is: 'terminated', ended: { exit: 137, reason: 'OOMKilled', ago, ran: 60 } } },
        })
        const made = job(w, {
          ns: 'reporting',
          name: 'rollup-29310000',
          container: 'rollup',
          limits: { memory: '512Mi' },
          requests: { memory: '512Mi', cpu: '500m' },
          age: m(34),
          backoffLimit: 2,
          pods: [ended(m(32)), ended(m(29)), ended(m(18))],
          done: { ok: false, ago: m(17) },
        })
        return {
          alert: alert(w, 'KubeJobFailed', { ...ksm({ namespace: 'reporting', job_name: 'rollup-29310000', condition: 'true' }) }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const ended = (ago: number): PodLook => ({
          age: ago + 130,
          containers: { train: { is: 'terminated', ended: { exit: 137, reason: 'OOMKilled', ago, ran: 120 } } },
        })
        const made = job(w, {
          ns: 'ml',
          name: 'train-churn',
          container: 'train',
          limits: { memory: '8Gi' },
          requests: { memory: '8Gi', cpu: '2' },
          age: m(40),
          backoffLimit: 1,
          pods: [ended(m(37)), ended(m(22))],
          done: { ok: false, ago: m(21) },
        })
        const found = made.object
        patch(w, found, { metadata: { labels: { team: 'science' } } })
        return {
          alert: alert(w, 'KubeJobFailed', { namespace: 'ml', job_name: 'train-churn' }),
          expected: answer(made.object, [oom], [made]),
        }
      },
    },
  ]),
]
