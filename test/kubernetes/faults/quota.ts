import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm } from './cluster.ts'
import { event } from './events.ts'
import { claim, limitRange, quota, service } from './things.ts'
import { cronJob, job, workload } from './workloads.ts'
import { d, h, type Json, letters, m, s, type World } from './world.ts'

const amount = (q: string): number => {
  const unit: Record<string, number> = { m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }
  const found = /^([\d.]+)([a-zA-Z]*)$/.exec(q)
  return Number(found?.[1]) * (unit[found?.[2] ?? ''] ?? 1)
}

/** What the pods of a namespace hold of a resource such as requests.cpu, as a quota writes it. */
const used = (w: World, ns: string, resource: string): string => {
  const [part, name] = resource.split('.') as ['requests' | 'limits', string]
  const pods = w.objects.filter(
    (o) => o.kind === 'Pod' && o.metadata.namespace === ns && !['Failed', 'Succeeded'].includes(String(o.status?.['phase'])),
  )
  if (resource === 'pods') return String(pods.length)
  const sum = pods
    .flatMap((p) => (p.spec?.['containers'] ?? []) as { resources?: Record<string, Record<string, string>> }[])
    .reduce((total, c) => total + amount(c.resources?.[part]?.[name] ?? '0'), 0)
  if (name === 'cpu') return sum % 1 < 1e-9 ? String(Math.round(sum)) : `${Math.round(sum * 1000)}m`
  return sum % 2 ** 30 === 0 ? `${sum / 2 ** 30}Gi` : `${Math.round(sum / 2 ** 20)}Mi`
}

const resources = (cpu: string, memory: string, limitCpu = cpu, limitMemory = memory): { requests: Json; limits: Json } => ({
  requests: { cpu, memory },
  limits: { cpu: limitCpu, memory: limitMemory },
})

/** Neighbours that say all that a quota asks for. */
const tenants = (w: World, ns: string, names: readonly string[], size: { requests: Json; limits: Json }): void => {
  w.alone.push(ns)
  for (const name of names) healthyDeployment(w, { ns, name, ...size })
}

/** A Deployment that is to grow or roll and is not let. */
const grow = (
  w: World,
  of: {
    ns: string
    name: string
    have: number
    want: number
    size: { requests: Json; limits?: Json }
    message: string
    since: number
    rolled?: number
    rolling?: boolean
    old?: number
  },
) => {
  const made = workload(w, {
    ns: of.ns,
    name: of.name,
    replicas: of.want,
    ...of.size,
    port: 8080,
    age: d(80),
    rolled: of.rolled ?? d(5),
    pods: Array.from({ length: of.have }, () => ({})),
    ...(of.old === undefined ? {} : { oldPods: Array.from({ length: of.old }, () => ({ age: d(4) })) }),
    refused: { message: of.message, since: of.since },
    ...(of.rolling ? { rolling: true } : {}),
  })
  service(w, { ns: of.ns, name: of.name })
  return made
}

const mismatch = (w: World, ns: string, deployment: string): FaultCase['alert'] =>
  alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: ns, deployment }))

export const quotas: FaultCase[] = [
  ...fault('quota-cpu', [
    {
      tell: (w) => {
        const ns = 'team-red'
        tenants(w, ns, ['catalog', 'search', 'pricing'], resources('250m', '256Mi', '500m', '512Mi'))
        workload(w, { ns, name: 'renderer', ...resources('500m', '512Mi', '1', '1Gi'), age: d(80), rolled: d(5), replicas: 2 })
        const now = used(w, ns, 'limits.cpu')
        const hard = '6'
        const made = grow(w, {
          ns,
          name: 'exporter',
          have: 0,
          want: 2,
          size: resources('500m', '512Mi', '2', '1Gi'),
          since: m(22),
          rolled: m(22),
          rolling: true,
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: exceeded quota: compute, requested: limits.cpu=2, used: limits.cpu=${now}, limited: limits.cpu=${hard}`,
        })
        const q = quota(w, {
          ns,
          name: 'compute',
          age: d(200),
          hard: { 'limits.cpu': hard, 'limits.memory': '32Gi', 'requests.cpu': '8', pods: '50' },
          used: {
            'limits.cpu': now,
            'limits.memory': used(w, ns, 'limits.memory'),
            'requests.cpu': used(w, ns, 'requests.cpu'),
            pods: used(w, ns, 'pods'),
          },
        })
        return { alert: mismatch(w, ns, 'exporter'), expected: answer(q, [/quota/i], [made]) }
      },
    },
    {
      tell: (w) => {
        const ns = 'growth'
        tenants(w, ns, ['users', 'notifications'], resources('200m', '256Mi', '400m', '512Mi'))
        const made = grow(w, {
          ns,
          name: 'campaigns',
          have: 3,
          want: 5,
          size: resources('800m', '512Mi'),
          since: m(18),
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: exceeded quota: growth-quota, requested: requests.cpu=800m, used: requests.cpu=3200m, limited: requests.cpu=3500m`,
        })
        const q = quota(w, {
          ns,
          name: 'growth-quota',
          age: d(70),
          hard: { 'requests.cpu': '3500m', 'requests.memory': '20Gi' },
          used: { 'requests.cpu': used(w, ns, 'requests.cpu'), 'requests.memory': used(w, ns, 'requests.memory') },
        })
        return {
          alert: alert(w, 'KubeHpaReplicasMismatch', { namespace: ns, deployment: 'campaigns' }),
          expected: answer(q, [/quota/i], [made]),
        }
      },
    },
  ]),
  ...fault('quota-memory', [
    {
      tell: (w) => {
        const ns = 'ml-serving'
        tenants(w, ns, ['sessions', 'pricing'], resources('100m', '1Gi', '200m', '1Gi'))
        const made = grow(w, {
          ns,
          name: 'features',
          have: 2,
          want: 4,
          size: resources('200m', '4Gi'),
          since: m(24),
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: exceeded quota: mem, requested: requests.memory=4Gi, used: requests.memory=12Gi, limited: requests.memory=14Gi`,
        })
        const q = quota(w, {
          ns,
          name: 'mem',
          hard: { 'requests.memory': '14Gi' },
          used: { 'requests.memory': used(w, ns, 'requests.memory') },
        })
        return { alert: mismatch(w, ns, 'features'), expected: answer(q, [/quota/i], [made]) }
      },
    },
    {
      herrings: ['quotaHigh', 'oldOom', 'oldFailedJob', 'neighbourPull'],
      tell: (w) => {
        const ns = 'etl'
        tenants(w, ns, ['sessions', 'reviews'], resources('100m', '512Mi', '200m', '1Gi'))
        const by = cronJob(w, { ns, name: 'aggregate', schedule: '0 * * * *', age: d(90), last: m(25) })
        const made = job(w, {
          ns,
          name: 'aggregate-29312460',
          container: 'aggregate',
          ...resources('500m', '6Gi'),
          age: m(25),
          by,
          pods: [],
          refused: {
            since: m(25),
            message: `pods "aggregate-29312460-${letters(w.seed, 5)}" is forbidden: exceeded quota: etl-limits, requested: limits.memory=6Gi, used: limits.memory=4Gi, limited: limits.memory=8Gi`,
          },
        })
        const q = quota(w, {
          ns,
          name: 'etl-limits',
          hard: { 'limits.memory': '8Gi', 'count/jobs.batch': '20' },
          used: { 'limits.memory': used(w, ns, 'limits.memory'), 'count/jobs.batch': '1' },
        })
        return {
          alert: alert(w, 'KubeJobNotCompleted', { namespace: ns, job_name: 'aggregate-29312460' }),
          expected: answer(q, [/quota/i], [made, by]),
        }
      },
    },
  ]),
  ...fault('quota-pods', [
    {
      tell: (w) => {
        const ns = 'preview-pr-812'
        tenants(w, ns, ['catalog', 'cart', 'users', 'search'], resources('50m', '64Mi'))
        const made = grow(w, {
          ns,
          name: 'frontend',
          have: 2,
          want: 3,
          size: resources('50m', '64Mi'),
          since: m(20),
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: exceeded quota: preview, requested: pods=1, used: pods=10, limited: pods=10`,
        })
        const q = quota(w, {
          ns,
          name: 'preview',
          hard: { pods: '10', services: '10' },
          used: { pods: used(w, ns, 'pods'), services: '5' },
        })
        return { alert: mismatch(w, ns, 'frontend'), expected: answer(q, [/quota/i], [made]) }
      },
    },
    {
      tell: (w) => {
        const ns = 'tenant-44'
        tenants(w, ns, ['wishlist', 'reviews'], resources('50m', '64Mi'))
        const q = quota(w, { ns, name: 'object-counts', hard: { pods: '5', configmaps: '40' }, used: { pods: '5', configmaps: '12' } })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns,
          name: 'ledger',
          replicas: 2,
          ...resources('100m', '128Mi'),
          age: d(20),
          rolled: d(20),
          pods: [{}],
        })
        event(w, {
          on: made.object,
          type: 'Warning',
          reason: 'FailedCreate',
          message:
            'create Pod ledger-1 in StatefulSet ledger failed error: pods "ledger-1" is forbidden: exceeded quota: object-counts, requested: pods=1, used: pods=5, limited: pods=5',
          first: m(19),
          last: s(40),
          count: 18,
          from: 'statefulset-controller',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: ns, statefulset: 'ledger' }),
          expected: answer(q, [/quota/i], [made]),
        }
      },
    },
  ]),
  ...fault('quota-storage', [
    {
      tell: (w) => {
        const ns = 'databases'
        tenants(w, ns, ['sessions'], resources('50m', '64Mi'))
        const q = quota(w, {
          ns,
          name: 'storage',
          hard: { 'requests.storage': '500Gi', persistentvolumeclaims: '10' },
          used: { 'requests.storage': '400Gi', persistentvolumeclaims: '2' },
        })
        claim(w, { ns, name: 'data-cassandra-0', size: '200Gi', age: d(60) })
        claim(w, { ns, name: 'data-cassandra-1', size: '200Gi', age: d(60) })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns,
          name: 'cassandra',
          replicas: 3,
          ...resources('500m', '2Gi'),
          age: d(60),
          rolled: d(60),
          pods: [{}, {}],
          volumeClaims: [{ name: 'data', size: '200Gi', storageClass: 'gp3' }],
        })
        event(w, {
          on: made.object,
          type: 'Warning',
          reason: 'FailedCreate',
          message:
            'create Claim data-cassandra-2 for Pod cassandra-2 in StatefulSet cassandra failed error: persistentvolumeclaims "data-cassandra-2" is forbidden: exceeded quota: storage, requested: requests.storage=200Gi, used: requests.storage=400Gi, limited: requests.storage=500Gi',
          first: m(26),
          last: m(2),
          count: 17,
          from: 'statefulset-controller',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: ns, statefulset: 'cassandra' }),
          expected: answer(q, [/quota/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const ns = 'observability'
        tenants(w, ns, ['sessions', 'users'], resources('50m', '64Mi'))
        const q = quota(w, {
          ns,
          name: 'gp3-quota',
          hard: {
            'gp3.storageclass.storage.k8s.io/persistentvolumeclaims': '2',
            'gp3.storageclass.storage.k8s.io/requests.storage': '1Ti',
          },
          used: {
            'gp3.storageclass.storage.k8s.io/persistentvolumeclaims': '2',
            'gp3.storageclass.storage.k8s.io/requests.storage': '100Gi',
          },
        })
        claim(w, { ns, name: 'data-loki-0', size: '50Gi', age: d(33) })
        claim(w, { ns, name: 'data-loki-1', size: '50Gi', age: d(33) })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns,
          name: 'loki',
          replicas: 3,
          ...resources('200m', '512Mi'),
          age: d(33),
          rolled: d(33),
          pods: [{}, {}],
          volumeClaims: [{ name: 'data', size: '50Gi', storageClass: 'gp3' }],
        })
        event(w, {
          on: made.object,
          type: 'Warning',
          reason: 'FailedCreate',
          message:
            'create Claim data-loki-2 for Pod loki-2 in StatefulSet loki failed error: persistentvolumeclaims "data-loki-2" is forbidden: exceeded quota: gp3-quota, requested: gp3.storageclass.storage.k8s.io/persistentvolumeclaims=1, used: gp3.storageclass.storage.k8s.io/persistentvolumeclaims=2, limited: gp3.storageclass.storage.k8s.io/persistentvolumeclaims=2',
          first: m(17),
          last: s(55),
          count: 16,
          from: 'statefulset-controller',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: ns, statefulset: 'loki' }),
          expected: answer(q, [/quota/i], [made]),
        }
      },
    },
  ]),
  ...fault('quota-limits-not-said', [
    {
      tell: (w) => {
        const ns = 'sandbox-blue'
        tenants(w, ns, ['catalog', 'cart'], resources('100m', '128Mi'))
        const made = grow(w, {
          ns,
          name: 'worker',
          have: 0,
          want: 2,
          old: 2,
          size: { requests: { cpu: '100m', memory: '128Mi' } },
          since: m(23),
          rolled: m(23),
          rolling: true,
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: failed quota: blue: must specify limits.cpu for: worker; limits.memory for: worker`,
        })
        const q = quota(w, {
          ns,
          name: 'blue',
          hard: { 'limits.cpu': '10', 'limits.memory': '20Gi' },
          used: { 'limits.cpu': used(w, ns, 'limits.cpu'), 'limits.memory': used(w, ns, 'limits.memory') },
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: ns, deployment: 'worker' }),
          expected: answer(made.object, [/quota|limits/i], [made, q]),
        }
      },
    },
    {
      tell: (w) => {
        const ns = 'partner-api'
        tenants(w, ns, ['users', 'pricing'], resources('100m', '128Mi'))
        const made = grow(w, {
          ns,
          name: 'relay',
          have: 0,
          want: 1,
          size: { requests: {} },
          since: h(1) + m(3),
          rolled: h(1) + m(3),
          rolling: true,
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: failed quota: partner-compute: must specify requests.cpu for: relay; requests.memory for: relay`,
        })
        const q = quota(w, {
          ns,
          name: 'partner-compute',
          hard: { 'requests.cpu': '4', 'requests.memory': '8Gi' },
          used: { 'requests.cpu': used(w, ns, 'requests.cpu'), 'requests.memory': used(w, ns, 'requests.memory') },
        })
        return { alert: mismatch(w, ns, 'relay'), expected: answer(made.object, [/quota|requests/i], [made, q]) }
      },
    },
  ]),
  ...fault('quota-limit-range', [
    {
      tell: (w) => {
        const ns = 'shared'
        const range = limitRange(w, {
          ns,
          name: 'container-limits',
          limits: [
            {
              type: 'Container',
              max: { cpu: '2', memory: '1Gi' },
              default: { cpu: '500m', memory: '256Mi' },
              defaultRequest: { cpu: '100m', memory: '128Mi' },
            },
          ],
        })
        const made = grow(w, {
          ns,
          name: 'importer',
          have: 0,
          want: 2,
          old: 2,
          size: resources('500m', '2Gi'),
          since: m(21),
          rolled: m(21),
          rolling: true,
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi`,
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: ns, deployment: 'importer' }),
          expected: answer(range, [/LimitRange|limit range|maximum memory|container-limits/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const ns = 'students'
        const range = limitRange(w, {
          ns,
          name: 'bounds',
          limits: [{ type: 'Container', min: { cpu: '100m' }, maxLimitRequestRatio: { cpu: '4' } }],
        })
        const made = grow(w, {
          ns,
          name: 'grader',
          have: 0,
          want: 1,
          size: resources('50m', '64Mi', '50m', '64Mi'),
          since: m(33),
          rolled: m(33),
          rolling: true,
          message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: minimum cpu usage per Container is 100m, but request is 50m`,
        })
        return { alert: mismatch(w, ns, 'grader'), expected: answer(range, [/LimitRange|limit range|minimum cpu|bounds/i], [made]) }
      },
    },
  ]),
]
