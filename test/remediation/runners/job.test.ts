import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Controller, type LiveCluster, startCluster } from '../../../src/demo/kubernetes/api.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import type { Reading } from '../../../src/remediation/actions/action.ts'
import { configured } from '../../../src/remediation/actions/configured.ts'
import { forbiddenStep } from '../../../src/remediation/forbidden.ts'
import { job } from '../../../src/remediation/runners/job.ts'
import { sandboxOf } from '../../../src/remediation/runners/job-manifest.ts'
import { sweepSandboxes } from '../../../src/remediation/sandboxes.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { ACTION, configOf, runningOf } from './running.ts'

const ENTRY = `{ kind: reindex, runner: job, namespace: vigil-remedies, image: 'registry.example/remedies:7', argv: [/remedies/reindex, '{name}'],
  params: { name: { pattern: '[a-z-]{1,40}' } }, target: 'shop/{name}', targets: ['shop/*'], timeout_seconds: 120,
  egress: [{ cidr: 10.0.4.0/24, port: 9200 }] }`

const accounts = (url: string) =>
  configOf(`kubernetes: { endpoint: ${url}, runner: { endpoint: ${url} } }\nactions: [${ENTRY.replaceAll('\n', ' ')}]`)

type End = 'Complete' | 'Failed' | 'DeadlineExceeded' | null

/** The Job controller: a pod, and after a moment its end. */
const ending =
  (end: End): Controller =>
  (object) => {
    if (object.kind !== 'Job') return []
    const labels = object.metadata.labels ?? {}
    const pod = {
      kind: 'Pod',
      metadata: { name: `${object.metadata.name}-x`, namespace: 'vigil-remedies', labels },
      spec: {},
      status: {},
    } as KubeObject
    if (end === null) return [{ ms: 10, object: pod }]
    const condition = end === 'Complete' ? { type: end, status: 'True' } : { type: 'Failed', status: 'True', reason: end }
    const status = { ...(end === 'Complete' ? { succeeded: 1 } : { failed: 1 }), conditions: [condition] }
    return [
      { ms: 10, object: pod },
      { ms: 20, object: { ...object, status } },
    ]
  }

const open = async (t: TestContext, end: End = 'Complete'): Promise<LiveCluster> => {
  const cluster = await startCluster([], { controller: ending(end), log: '2026-11-20T22:00:00Z reindexed 3 shards\n' })
  t.after(() => cluster.close())
  return cluster
}

const stepFor = async (config: ReturnType<typeof accounts>, name = 'search') => {
  const [entry] = config.actions
  assert.ok(entry)
  const { steps } = await configured(entry, undefined).prepare({ name }, {} as Reading, ACTION)
  return steps[0]?.request
}

/** What took effect, but for the removal. */
const made = (cluster: LiveCluster): string[] =>
  cluster.ledger.filter(({ method }) => method === 'POST').map(({ path }) => path.split('/').at(-1) ?? '')

runnerContract(job, {
  stage: async (t, how) => {
    const cluster = await open(t, how === 'hangs' ? null : 'Complete')
    const config = accounts(how === 'breaks' ? 'http://127.0.0.1:9' : cluster.url)
    if (how === 'refuses') cluster.put({ kind: 'NetworkPolicy', metadata: { name: 'x', namespace: 'vigil-remedies' } } as KubeObject)
    const request = await stepFor(config)
    return {
      request: how === 'refuses' ? { ...(request as object), namespace: 'kube-system' } : request,
      running: runningOf(config),
      deeds: () => made(cluster).filter((kind) => kind === 'jobs').length,
    }
  },
  unconfigured: { running: runningOf(configOf(`actions: [${ENTRY.replaceAll('\n', ' ')}]`)), says: /kubernetes\.runner/ },
})

test('a job runs behind a NetworkPolicy that stands before it, and nothing of either is left', async (t) => {
  const cluster = await open(t)
  const config = accounts(cluster.url)
  const ran = await job.run(await stepFor(config), runningOf(config))
  assert.deepEqual(ran, { outcome: 'done', detail: 'the job ended well: reindexed 3 shards', output: 'reindexed 3 shards' })
  assert.deepEqual(
    cluster.ledger.map(({ method, path }) => `${method} ${path.replace(/.*\/namespaces\//, '')}`),
    [
      'POST vigil-remedies/networkpolicies',
      'POST vigil-remedies/jobs',
      `DELETE vigil-remedies/jobs/vigil-${ACTION}`,
      `DELETE vigil-remedies/networkpolicies/vigil-${ACTION}`,
    ],
  )
  assert.deepEqual(cluster.ledger[2]?.body, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' })
  assert.deepEqual(
    cluster.objects().filter(({ kind }) => kind !== 'Pod'),
    [],
  )
})

test('what the API server is sent shuts the job in: no rights, no token, no way in, one way out, and limits', async (t) => {
  const cluster = await open(t)
  const config = accounts(cluster.url)
  await job.run(await stepFor(config), runningOf(config))
  const [policy, sandbox] = cluster.ledger.map(({ body }) => body) as [
    { spec: Record<string, unknown> },
    {
      spec: {
        template: { metadata: { labels: object }; spec: { containers: Record<string, unknown>[] } & Record<string, unknown> }
      } & Record<string, unknown>
    },
  ]
  assert.deepEqual(policy.spec, {
    podSelector: { matchLabels: { 'vigil.dev/action': ACTION } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [],
    egress: [
      { to: [{ ipBlock: { cidr: '10.0.4.0/24' } }], ports: [{ protocol: 'TCP', port: 9200 }] },
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
    ],
  })
  const { template, ...spec } = sandbox.spec
  assert.deepEqual(spec, { activeDeadlineSeconds: 120, backoffLimit: 0, ttlSecondsAfterFinished: 300 })
  assert.ok('vigil.dev/action' in template.metadata.labels)
  const { containers, volumes, ...pod } = template.spec
  assert.deepEqual(pod, {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    securityContext: { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, seccompProfile: { type: 'RuntimeDefault' } },
  })
  assert.deepEqual(volumes, [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }])
  assert.equal(containers.length, 1)
  const { command, securityContext, resources } = containers[0] ?? {}
  assert.deepEqual(command, ['/remedies/reindex', 'search'])
  assert.deepEqual(securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
  assert.deepEqual((resources as { limits: object }).limits, { memory: '512Mi', cpu: '500m', 'ephemeral-storage': '64Mi' })
})

test('without egress of its own a job reaches nothing at all, and none runs longer than five minutes', () => {
  const entry = configOf("actions: [{ kind: k, runner: job, namespace: a, image: i, argv: [/x], target: t, targets: ['*'] }]").actions[0]
  assert.ok(entry)
  const { policy, job: manifest } = sandboxOf(entry, {}, ACTION) as unknown as {
    policy: { spec: { egress: unknown } }
    job: { spec: { activeDeadlineSeconds: number } }
  }
  assert.deepEqual(policy.spec.egress, [])
  assert.equal(manifest.spec.activeDeadlineSeconds, 300)
})

test('a job that failed, ran out of time, or was refused is told apart, and is removed each time', async (t) => {
  for (const [end, outcome, says] of [
    ['Failed', 'failed', /may have done a part of it: reindexed 3 shards/],
    ['DeadlineExceeded', 'unknown', /stopped at its deadline/],
  ] as const) {
    const cluster = await open(t, end)
    const config = accounts(cluster.url)
    const ran = await job.run(await stepFor(config), runningOf(config))
    assert.ok(ran.outcome === outcome && says.test(ran.reason), JSON.stringify(ran))
    assert.deepEqual(
      cluster.objects().filter(({ kind }) => kind !== 'Pod'),
      [],
    )
  }
})

test('a job is removed also when its time is over, and when the answer to its making was lost', async (t) => {
  const slow = await open(t, null)
  const config = accounts(slow.url)
  const ran = await job.run(await stepFor(config), runningOf(config, { signal: AbortSignal.timeout(400) }))
  assert.equal(ran.outcome, 'unknown')
  assert.deepEqual(
    slow.objects().filter(({ kind }) => kind !== 'Pod'),
    [],
  )

  const dying = await open(t, 'Complete')
  dying.next('dies')
  const other = accounts(dying.url)
  const lost = await job.run(await stepFor(other), runningOf(other, { signal: AbortSignal.timeout(400) }))
  assert.ok(lost.outcome === 'failed' && /NetworkPolicy was not made for certain/.test(lost.reason), 'without its walls nothing runs')
  assert.deepEqual(made(dying), ['networkpolicies'])
  assert.deepEqual(dying.objects(), [])
})

test('what an earlier try left is neither run again nor removed while it may run', async (t) => {
  const cluster = await open(t)
  const config = accounts(cluster.url)
  const request = (await stepFor(config)) as { policy: KubeObject }
  cluster.put(request.policy)
  const ran = await job.run(request, runningOf(config))
  assert.equal(ran.outcome, 'unknown')
  assert.deepEqual(cluster.ledger, [])
  assert.equal(await job.probe(request, runningOf(config)), 'unknown')
})

test('the API server tries both beforehand and keeps neither', async (t) => {
  const cluster = await open(t)
  const config = accounts(cluster.url)
  assert.deepEqual(await job.dryRun(await stepFor(config), runningOf(config)), { ok: true, change: [] })
  assert.deepEqual(
    cluster.tried.map(({ dryRun }) => dryRun),
    [true, true],
  )
  assert.deepEqual(cluster.ledger, [])
})

test('a job that is not what the entry makes of its parameters is not made', async (t) => {
  const cluster = await open(t)
  const config = accounts(cluster.url)
  const request = (await stepFor(config)) as { job: { spec: { template: { spec: { containers: { image: string }[] } } } } }
  const other = structuredClone(request)
  const [container] = other.job.spec.template.spec.containers
  assert.ok(container)
  container.image = 'registry.example/evil'
  const ran = await job.run(other, runningOf(config))
  assert.ok(ran.outcome === 'failed' && /not the one that was shown/.test(ran.reason))
  assert.deepEqual(cluster.tried, [])
})

test('what a crash left is removed by its labels when it is older than any may run, and nothing else is', async (t) => {
  const cluster = await open(t)
  const config = accounts(cluster.url)
  const { job: sandbox, policy } = (await stepFor(config)) as { job: KubeObject; policy: KubeObject }
  const old = (one: KubeObject, name: string, minutes: number): KubeObject => ({
    ...one,
    metadata: { ...one.metadata, name, creationTimestamp: new Date(Date.now() - minutes * 60_000).toISOString() },
  })
  for (const one of [old(sandbox, 'left', 11), old(policy, 'left', 11), old(sandbox, 'runs', 4)]) cluster.put(one)
  cluster.put({
    ...old(sandbox, 'theirs', 99),
    metadata: { name: 'theirs', namespace: 'vigil-remedies', creationTimestamp: '2020-01-01T00:00:00Z' },
  } as KubeObject)
  const { context } = runningOf(config)
  await sweepSandboxes(context as Parameters<typeof sweepSandboxes>[0])
  assert.deepEqual(
    cluster
      .objects()
      .map(({ metadata }) => metadata.name)
      .toSorted(),
    ['runs', 'theirs'],
  )
})

test('the step of a job is none of what is forbidden, unless its command or its namespace is', async (t) => {
  const cluster = await open(t)
  const config = accounts(cluster.url)
  const target = { kind: 'service', namespace: 'shop', name: 'search' }
  const request = (await stepFor(config)) as { readonly [name: string]: never }
  const judge = (more: object) => forbiddenStep({ runner: 'job', request: { ...request, ...more } }, target, { own: 'vigil' })
  assert.equal(judge({}), null)
  assert.match(judge({ namespace: 'kube-system' }) ?? '', /nothing in the namespace kube-system/)
  assert.notEqual(judge({ params: { name: 'rm -rf /' } }), null)
})
