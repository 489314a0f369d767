import type { FaultCase } from './case.ts'
import { alert, answer, fault, ksm, logOf } from './cluster.ts'
import { event } from './events.ts'
import { crashing } from './looks.ts'
import { lease } from './objects.ts'
import { workload } from './workloads.ts'
import { d, letters, m, s, type World } from './world.ts'

const thrash = /leader|lease|election/i

const holder = (pod: string, i: number): string => `${pod}_${letters(`${pod}${i}`, 8)}-1f2e-4b6a-8c3d-${letters(`${pod}${i}x`, 12)}`

/** One became leader after the other, every few minutes. */
const elections = (
  w: World,
  of: { on: Parameters<typeof event>[1]['on']; pods: readonly string[]; times: number; every: number },
): void => {
  for (let i = 0; i < of.times; i++) {
    const who = holder(of.pods[i % of.pods.length]!, i)
    event(w, { on: of.on, reason: 'LeaderElection', message: `${who} became leader`, first: s(40) + i * of.every, from: who })
  }
}

export const leases: FaultCase[] = [
  ...fault('lease-leader-thrash', [
    {
      tell: (w) => {
        const log = [
          'I0311 leaderelection.go:250] attempting to acquire leader lease operators/payments-operator...',
          'I0311 leaderelection.go:260] successfully acquired lease operators/payments-operator',
          'E0311 leaderelection.go:429] Failed to update lock optimistically: Put "https://10.96.0.1:443/apis/coordination.k8s.io/v1/namespaces/operators/leases/payments-operator": context deadline exceeded, falling back to slow path',
          'I0311 leaderelection.go:285] failed to renew lease operators/payments-operator: timed out waiting for the condition',
          'E0311 main.go:88] "problem running manager" err="leader election lost"',
        ]
        const made = workload(w, {
          ns: 'operators',
          name: 'payments-operator',
          container: 'manager',
          replicas: 2,
          requests: { cpu: '10m', memory: '64Mi' },
          limits: { cpu: '10m', memory: '128Mi' },
          age: d(50),
          rolled: d(2),
          pods: [
            crashing('manager', { since: m(41), age: d(2), restarts: 14, exit: 1, ran: 110, log, ago: 70 }),
            { containers: { manager: { is: 'running', since: 60, restarts: 13, last: { exit: 1, reason: 'Error', ago: 65, ran: 120 } } } },
          ],
        })
        const l = lease(w, {
          ns: 'operators',
          name: 'payments-operator',
          holder: holder(made.pods[1]!.metadata.name, 0),
          age: d(50),
          seconds: 15,
          renewed: 3,
          acquired: 40,
          transitions: 214,
        })
        elections(w, { on: l, pods: [made.pods[1]!.metadata.name, made.pods[0]!.metadata.name], times: 12, every: 190 })
        logOf(w, made.pods[1]!, 'manager', { current: log.slice(0, 2), previous: log })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'operators', pod: made.pods[0]!.metadata.name, container: 'manager', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(l, [thrash], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const log = [
          'level=info msg="became leader" lease=schedulers/dag-scheduler',
          'level=warning msg="lease renewal took 9.8s, deadline 10s"',
          'level=error msg="lost leadership: renew deadline exceeded" lease=schedulers/dag-scheduler',
          'level=info msg="following" leader=other',
        ]
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'schedulers',
          name: 'dag-scheduler',
          replicas: 3,
          requests: { cpu: '100m' },
          age: d(90),
          rolled: d(14),
        })
        for (const p of made.pods) logOf(w, p, 'dag-scheduler', { current: log })
        const l = lease(w, {
          ns: 'schedulers',
          name: 'dag-scheduler',
          holder: holder('dag-scheduler-1', 0),
          age: d(90),
          seconds: 15,
          renewed: 8,
          acquired: 40,
          transitions: 871,
        })
        elections(w, { on: l, pods: made.pods.map((p) => p.metadata.name), times: 25, every: 95 })
        return {
          alert: alert(
            w,
            'LeaderChangesTooOften',
            { namespace: 'schedulers', statefulset: 'dag-scheduler', lease: 'dag-scheduler' },
            { for: m(10) },
          ),
          expected: answer(l, [thrash], [made]),
        }
      },
    },
  ]),
  ...fault('lease-shared-by-two', [
    {
      tell: (w) => {
        const blue = workload(w, { ns: 'crawl', name: 'frontier-blue', replicas: 1, requests: { cpu: '50m' }, age: d(20), rolled: d(20) })
        const green = workload(w, { ns: 'crawl', name: 'frontier-green', replicas: 1, requests: { cpu: '50m' }, age: m(52), rolled: m(52) })
        const l = lease(w, {
          ns: 'crawl',
          name: 'frontier',
          holder: holder(green.pods[0]!.metadata.name, 0),
          age: d(20),
          seconds: 10,
          renewed: 2,
          acquired: 41,
          transitions: 402,
        })
        elections(w, { on: l, pods: [green.pods[0]!.metadata.name, blue.pods[0]!.metadata.name], times: 30, every: 70 })
        for (const made of [blue, green])
          logOf(w, made.pods[0]!, made.object.metadata.name, {
            current: [
              'acquired lease crawl/frontier',
              'failed to renew lease crawl/frontier: lease was taken by another holder',
              'stopped leading',
            ],
          })
        return {
          alert: alert(w, 'LeaderChangesTooOften', { namespace: 'crawl', deployment: 'frontier-blue', lease: 'frontier' }, { for: m(10) }),
          expected: answer(l, [thrash], [blue, green]),
        }
      },
    },
    {
      herrings: ['oldOom', 'chronicCrash', 'oldFailedJob', 'otherRollout'],
      tell: (w) => {
        const made = workload(w, {
          ns: 'kube-system',
          name: 'cluster-autoscaler',
          replicas: 2,
          requests: { cpu: '100m', memory: '300Mi' },
          age: d(200),
          rolled: d(10),
          pods: [0, 1].map((i) => ({
            containers: {
              'cluster-autoscaler': {
                is: 'running' as const,
                since: 60 + 90 * i,
                restarts: 17 + i,
                last: { exit: 255, reason: 'Error', ago: 62 + 90 * i, ran: 130 },
              },
            },
          })),
        })
        const log = [
          'I leaderelection.go:250] attempting to acquire leader lease kube-system/cluster-autoscaler...',
          'I leaderelection.go:260] successfully acquired lease kube-system/cluster-autoscaler',
          'E leaderelection.go:332] error retrieving resource lock kube-system/cluster-autoscaler: Get "https://10.96.0.1:443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cluster-autoscaler": context deadline exceeded',
          'I leaderelection.go:285] failed to renew lease kube-system/cluster-autoscaler: timed out waiting for the condition',
          'F main.go:533] lost master',
        ]
        for (const p of made.pods) logOf(w, p, 'cluster-autoscaler', { current: log.slice(0, 2), previous: log })
        const l = lease(w, {
          ns: 'kube-system',
          name: 'cluster-autoscaler',
          holder: made.pods[0]!.metadata.name,
          age: d(200),
          seconds: 15,
          renewed: 4,
          acquired: 40,
          transitions: 96,
        })
        elections(w, { on: l, pods: made.pods.map((p) => p.metadata.name), times: 18, every: 125 })
        return {
          alert: alert(
            w,
            'PodRestartingOften',
            { namespace: 'kube-system', pod: made.pods[0]!.metadata.name, container: 'cluster-autoscaler' },
            { for: m(10) },
          ),
          expected: answer(l, [thrash], [made]),
        }
      },
    },
  ]),
]
