import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm, logOf } from './cluster.ts'
import { crashing, unready } from './looks.ts'
import { networkPolicy, service } from './things.ts'
import { workload } from './workloads.ts'
import { d, m } from './world.ts'

const isolates = /network ?polic|isolat|blocks|denies|deny/i

export const networks: FaultCase[] = [
  ...fault('network-policy-denies-ingress', [
    {
      tell: (w) => {
        const made = healthyDeployment(w, { ns: 'orders', name: 'warehouse', replicas: 2 })
        const policy = networkPolicy(w, { ns: 'orders', name: 'deny-all', age: m(9), spec: { podSelector: {}, policyTypes: ['Ingress'] } })
        const caller = healthyDeployment(w, { ns: 'orders', name: 'orders-api', replicas: 2 })
        for (const p of caller.pods)
          logOf(w, p, 'orders-api', {
            current: [
              'GET http://warehouse/stock/11: dial tcp 10.96.31.7:80: i/o timeout',
              'GET http://warehouse/stock/12: dial tcp 10.96.31.7:80: i/o timeout',
            ],
          })
        return {
          alert: alert(w, 'HighErrorRate', { namespace: 'orders', service: 'warehouse' }, { for: m(5), severity: 'critical' }),
          expected: answer(policy, [isolates], [made]),
        }
      },
    },
    {
      herrings: ['oldPolicies', 'oldOom', 'chronicCrash', 'otherRollout'],
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'db',
          name: 'postgres',
          replicas: 1,
          port: 5432,
          requests: { cpu: '200m' },
          age: d(100),
          rolled: d(40),
        })
        service(w, { ns: 'db', name: 'postgres', port: 5432, targetPort: 5432, portName: 'pg' })
        const policy = networkPolicy(w, {
          ns: 'db',
          name: 'postgres-lockdown',
          age: m(14),
          spec: { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'postgres' } }, policyTypes: ['Ingress'], ingress: [] },
        })
        const message = 'Readiness probe failed: HTTP probe failed with statuscode: 503'
        const api = workload(w, {
          ns: 'db',
          name: 'pgapi',
          replicas: 2,
          port: 8080,
          requests: { cpu: '50m' },
          age: d(60),
          rolled: d(9),
          pods: [unready('pgapi', { since: m(13), age: d(9), message }), unready('pgapi', { since: m(13), age: d(9), message })],
        })
        for (const p of api.pods)
          logOf(w, p, 'pgapi', {
            current: ['connect ETIMEDOUT 10.96.7.7:5432', 'pool: could not acquire connection: connect ETIMEDOUT 10.96.7.7:5432'],
          })
        return {
          alert: alert(
            w,
            'PostgresUnreachable',
            { namespace: 'db', service: 'postgres', statefulset: 'postgres' },
            { for: m(10), severity: 'critical' },
          ),
          expected: answer(policy, [isolates], [made]),
        }
      },
    },
  ]),
  ...fault('network-policy-denies-egress', [
    {
      tell: (w) => {
        const policy = networkPolicy(w, {
          ns: 'payments',
          name: 'restrict-egress',
          age: m(24),
          spec: {
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'card-gateway' } },
            policyTypes: ['Egress'],
            egress: [{ to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ protocol: 'TCP', port: 443 }] }],
          },
        })
        const log = [
          'resolving vault.vault.svc.cluster.local',
          'dial tcp: lookup vault.vault.svc.cluster.local on 10.96.0.10:53: read udp 10.244.3.4:41223->10.96.0.10:53: i/o timeout',
          'fatal: no secrets, exiting',
        ]
        const made = workload(w, {
          ns: 'payments',
          name: 'card-gateway',
          replicas: 2,
          port: 8080,
          requests: { cpu: '100m' },
          age: d(90),
          rolled: d(12),
          pods: [
            crashing('card-gateway', { since: m(23), age: d(12), restarts: 7, exit: 1, ran: 30, log }),
            crashing('card-gateway', { since: m(22), age: d(12), restarts: 7, exit: 1, ran: 30, log, ago: 50 }),
          ],
        })
        service(w, { ns: 'payments', name: 'card-gateway' })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'payments', pod: made.pods[0]!.metadata.name, container: 'card-gateway', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(policy, [isolates, /egress/i], []),
        }
      },
    },
    {
      tell: (w) => {
        const policy = networkPolicy(w, {
          ns: 'notify',
          name: 'default-deny',
          age: m(17),
          spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
        })
        const made = healthyDeployment(w, { ns: 'notify', name: 'push', replicas: 2 })
        for (const p of made.pods)
          logOf(w, p, 'push', {
            current: [
              'fcm: Post "https://fcm.googleapis.com/v1/projects/x/messages:send": dial tcp: lookup fcm.googleapis.com: i/o timeout',
              'redis: dial tcp 10.96.9.9:6379: i/o timeout',
            ],
          })
        return {
          alert: alert(w, 'QueueBacklogGrowing', { namespace: 'notify', deployment: 'push' }, { for: m(10) }),
          expected: answer(policy, [isolates, /egress/i], []),
        }
      },
    },
  ]),
  ...fault('network-policy-allows-the-wrong-label', [
    {
      tell: (w) => {
        const made = healthyDeployment(w, { ns: 'catalogue', name: 'inventory', replicas: 2 })
        const policy = networkPolicy(w, {
          ns: 'catalogue',
          name: 'inventory-access',
          age: m(12),
          spec: {
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'inventory' } },
            policyTypes: ['Ingress'],
            ingress: [
              {
                from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'frontend' } } }],
                ports: [{ protocol: 'TCP', port: 8080 }],
              },
            ],
          },
        })
        const caller = healthyDeployment(w, { ns: 'catalogue', name: 'front-end', replicas: 2 })
        for (const p of caller.pods)
          logOf(w, p, 'front-end', {
            current: ['upstream inventory: connect timeout 10.96.44.2:80', 'upstream inventory: connect timeout 10.96.44.2:80'],
          })
        return {
          alert: alert(w, 'ServiceUnreachable', { namespace: 'catalogue', service: 'inventory' }, { for: m(5), severity: 'critical' }),
          expected: answer(policy, [isolates, /selector|label|allows/i], [made, caller]),
        }
      },
    },
    {
      herrings: ['oldPolicies', 'oldOom', 'neighbourPull', 'autoscalerBelow'],
      tell: (w) => {
        const made = healthyDeployment(w, { ns: 'auth', name: 'tokens', replicas: 3 })
        const policy = networkPolicy(w, {
          ns: 'auth',
          name: 'tokens-ingress',
          age: m(11),
          spec: {
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'tokens' } },
            policyTypes: ['Ingress'],
            ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'gateway' } } }], ports: [{ protocol: 'TCP', port: 9090 }] }],
          },
        })
        return {
          alert: alert(w, 'AuthUnavailable', { namespace: 'auth', service: 'tokens' }, { for: m(5), severity: 'critical' }),
          expected: answer(policy, [isolates, /\bports?\b|allows/i], [made]),
        }
      },
    },
  ]),
]
