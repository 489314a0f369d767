import { event } from './events.ts'
import { crashing, evicted, pullFailing } from './looks.ts'
import { certificate, hpa, idleClaim, networkPolicy, quota, service } from './things.ts'
import { job, workload } from './workloads.ts'
import { ago, d, h, m, number, patch, s, type World } from './world.ts'

/** What is odd somewhere in nearly every cluster and has nothing to do with the alert; in namespaces that no story uses. */
export const herrings: Readonly<Record<string, (w: World) => void>> = {
  oldOom: (w) => {
    workload(w, {
      ns: 'staging',
      name: 'report-renderer',
      limits: { memory: '256Mi' },
      requests: { memory: '128Mi', cpu: '50m' },
      age: d(80),
      rolled: d(12),
      pods: [
        {
          containers: {
            'report-renderer': {
              is: 'running',
              since: d(3),
              restarts: 1,
              last: { exit: 137, reason: 'OOMKilled', ago: d(3) + 2, ran: d(2) },
            },
          },
        },
      ],
    })
  },
  restartedYesterday: (w) => {
    workload(w, {
      ns: 'web',
      name: 'landing',
      requests: { cpu: '50m' },
      age: d(120),
      rolled: d(9),
      pods: [
        {
          containers: {
            landing: { is: 'running', since: h(26), restarts: 1, last: { exit: 1, reason: 'Error', ago: h(26) + 3, ran: d(5) } },
          },
        },
        {},
      ],
    })
  },
  oldFailedJob: (w) => {
    job(w, {
      ns: 'batch',
      name: 'backfill-2025',
      container: 'backfill',
      age: d(5),
      backoffLimit: 0,
      pods: [{ containers: { backfill: { is: 'terminated', ended: { exit: 1, reason: 'Error', ago: d(5) - 300, ran: 280 } } } }],
      done: { ok: false, ago: d(5) - 305 },
    })
  },
  oldEvicted: (w) => {
    const on = w.workers[0]!
    workload(w, {
      ns: 'data-lab',
      name: 'notebook',
      requests: { memory: '256Mi' },
      age: d(40),
      rolled: d(6),
      pods: [
        evicted({
          ago: d(4),
          age: d(6),
          node: on,
          message:
            'The node was low on resource: memory. Threshold quantity: 100Mi, available: 88364Ki. Container notebook was using 9463820Ki, request is 256Mi, has larger consumption of memory. ',
        }),
        { age: d(4) },
      ],
    })
  },
  cordoned: (w) => {
    const name = w.workers.length > 3 ? w.workers.pop()! : undefined
    if (name === undefined) return
    w.cordoned.push(name)
    const found = w.objects.find((o) => o.kind === 'Node' && o.metadata.name === name)!
    patch(w, found, {
      spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(w, h(5)) }] },
    })
    event(w, {
      on: found,
      reason: 'NodeNotSchedulable',
      message: `Node ${name} status is now: NodeNotSchedulable`,
      first: h(5),
      from: 'kubelet',
      host: name,
    })
  },
  pendingClaim: (w) => {
    idleClaim(w, { ns: 'data-lab', name: 'scratch', age: d(8) })
  },
  neighbourPull: (w) => {
    const image = 'registry.example.com/dev/playground:feature-dark-mode'
    workload(w, {
      ns: 'dev',
      name: 'playground',
      image,
      age: d(30),
      rolled: d(2),
      pods: [
        pullFailing('playground', {
          image,
          since: d(2),
          error: `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
        }),
      ],
      rolling: true,
    })
  },
  chronicCrash: (w) => {
    workload(w, {
      ns: 'sandbox',
      name: 'toy-bot',
      age: d(60),
      rolled: d(11),
      pods: [
        crashing('toy-bot', {
          since: d(11),
          restarts: 3102,
          ago: s(130),
          log: ['Traceback (most recent call last):', '  File "/app/bot.py", line 8, in <module>', "KeyError: 'BOT_TOKEN'"],
        }),
      ],
      rolling: true,
    })
  },
  otherRollout: (w) => {
    const made = workload(w, { ns: 'web', name: 'docs-site', requests: { cpu: '20m' }, age: d(200), rolled: m(9), replicas: 2 })
    const gone = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `docs-site-6c9d7f54b8-${number(w.seed, 9)}xk2v`, namespace: 'web', uid: made.object.metadata.uid ?? '' },
    }
    event(w, {
      on: gone,
      reason: 'Killing',
      message: 'Stopping container docs-site',
      first: m(9) - 20,
      from: 'kubelet',
      host: w.workers[0]!,
      fieldPath: 'spec.containers{docs-site}',
    })
  },
  scaledToZero: (w) => {
    workload(w, { ns: 'staging', name: 'preview', replicas: 0, pods: [], age: d(70), rolled: d(30) })
    service(w, { ns: 'staging', name: 'preview' })
  },
  certificateFar: (w) => {
    certificate(w, {
      ns: 'web',
      name: 'www-tls',
      secret: 'www-tls',
      hosts: ['www.example.com'],
      issuer: 'letsencrypt',
      notBefore: d(28),
      notAfter: d(62),
      renewal: d(32),
    })
  },
  autoscalerBelow: (w) => {
    workload(w, { ns: 'web', name: 'thumbnails', requests: { cpu: '200m' }, replicas: 3, age: d(150), rolled: d(15) })
    hpa(w, { ns: 'web', name: 'thumbnails', min: 2, max: 10, current: 3, load: 64, scaled: h(2) })
  },
  quotaHigh: (w) => {
    quota(w, {
      ns: 'data-lab',
      name: 'team-quota',
      hard: { 'requests.cpu': '20', 'requests.memory': '80Gi', pods: '60' },
      used: { 'requests.cpu': '18400m', 'requests.memory': '61Gi', pods: '41' },
    })
  },
  oldPolicies: (w) => {
    networkPolicy(w, { ns: 'web', name: 'default-deny', age: d(210), spec: { podSelector: {}, policyTypes: ['Ingress'] } })
    networkPolicy(w, {
      ns: 'web',
      name: 'allow-from-ingress',
      age: d(210),
      spec: {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [
          { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }, { podSelector: {} }] },
        ],
      },
    })
  },
  nodeBlink: (w) => {
    const name = w.workers[1]!
    const found = w.objects.find((o) => o.kind === 'Node' && o.metadata.name === name)!
    const status = found.status as { conditions: { type: string }[] }
    patch(w, found, {
      status: { conditions: status.conditions.map((c) => (c.type === 'Ready' ? { ...c, lastTransitionTime: ago(w, h(29)) } : c)) },
    })
    event(w, {
      on: found,
      reason: 'NodeReady',
      message: `Node ${name} status is now: NodeReady`,
      first: h(29),
      from: 'kubelet',
      host: name,
    })
    event(w, {
      on: found,
      reason: 'NodeNotReady',
      message: `Node ${name} status is now: NodeNotReady`,
      first: h(29) + 95,
      from: 'node-controller',
    })
  },
}
