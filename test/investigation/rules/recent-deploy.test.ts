import assert from 'node:assert/strict'
import { describe, it, type TestContext, test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { TransientError } from '../../../src/errors.ts'
import { recentDeploy } from '../../../src/investigation/rules/recent-deploy.ts'
import type { Deploy, OwnState, RuleInput } from '../../../src/investigation/rules/rule.ts'
import { marked } from '../../../src/investigation/sum-up.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'
import { serve } from '../../datasources/wire.ts'
import { object, ownedBy, state } from '../../kubernetes/made.ts'

const ONSET = new Date('2026-11-20T21:49:00Z')

const minutesBefore = (minutes: number): Date => new Date(ONSET.getTime() - minutes * 60_000)

const deploy = (minutes: number, over: Partial<Deploy> = {}): Deploy => ({
  service: 'checkout',
  namespace: null,
  kind: 'deploy',
  version: 'v2.14.0',
  previous: 'v2.13.4',
  commit: 'a39bf2c',
  author: 'alice',
  url: null,
  at: minutesBefore(minutes),
  source: 'pushed',
  ...over,
})

const seen = { expression: 'error_ratio > 0.05', onset: ONSET, onsetSeen: true } as unknown as OwnState

const input = (deploys: readonly Deploy[], over: Partial<RuleInput> = {}) => ruleInput({ onset: ONSET, own: seen, deploys, ...over })

const calling = (...edges: [string, string][]): RuleInput['surroundings'] => ({
  ...ruleInput().surroundings,
  callGraph: async () => ({ edges: edges.map(([from, to]) => ({ from, to })) }),
})

const found = async (deploys: readonly Deploy[], over: Partial<RuleInput> = {}) =>
  (await evaluate(recentDeploy, input(deploys, over))).findings

ruleContract(recentDeploy, { found: input([deploy(3)]), nothing: input([]) })

describe('the last deploy before the onset', () => {
  it('is told with version, author and time, HIGH within 5 minutes, MEDIUM within 30, LOW within 2 hours, and no further', async () => {
    const [close] = await found([deploy(3)])
    assert.equal(close?.summary, 'v2.13.4 → v2.14.0 of checkout by alice (a39bf2c) went out 3 min before the onset.')
    assert.equal(close?.suggestion, 'See what changed: `git show a39bf2c`')
    assert.deepEqual(close?.object, { kind: 'service', name: 'checkout' })
    assert.equal(close?.since, '2026-11-20T21:46:00.000Z')
    const grades = await Promise.all([0, 5, 6, 30, 31, 120].map(async (minutes) => (await found([deploy(minutes)]))[0]))
    assert.deepEqual(
      grades.map((one) => `${one?.severity}/${one?.confidence} ${one?.category} ${one?.weight}`),
      ['high/high', 'high/high', 'medium/medium', 'medium/medium', 'low/low', 'low/low'].map(
        (grade, i) => `${grade} bad_deploy ${[0.75, 0.75, 0.5, 0.5, 0.3, 0.3][i]}`,
      ),
    )
    assert.deepEqual(await found([deploy(121)]), [])
  })

  it('is never one after the onset, of another service, or of the same name in another namespace', async () => {
    assert.deepEqual(await found([deploy(-1 / 60), deploy(3, { service: 'search' })]), [])
    const labels = { alertname: 'HighErrorRate', namespace: 'shop' }
    const alert = { ...ruleInput().alert, labels }
    assert.deepEqual(await found([deploy(3, { namespace: 'staging' })], { alert }), [])
    assert.equal((await found([deploy(3, { namespace: 'shop', service: 'Checkout' })], { alert })).length, 1)
    assert.deepEqual(await found([deploy(3)], { subject: null }), [])
  })

  it('weighs less where the onset was not seen, and says so', async () => {
    const [one] = await found([deploy(3)], { own: { ...seen, onsetSeen: false } })
    assert.deepEqual([one?.severity, one?.confidence], ['high', 'medium'])
    assert.ok((one?.weight ?? 1) < 0.4)
    assert.match(one?.summary ?? '', /When it began was not seen in data\.$/)
  })

  it('names the nearest of several first and mentions the others', async () => {
    const [one, ...more] = await found([
      deploy(4),
      deploy(40, { version: 'v2.13.4', previous: 'v2.13.3' }),
      deploy(300, { version: 'v2.13.3' }),
    ])
    assert.match(one?.summary ?? '', /^v2\.13\.4 → v2\.14\.0 .* 4 min before the onset\. Also: v2\.13\.4 of checkout 40 min before\.$/)
    assert.deepEqual(more, [])
  })

  it('tells configuration, flags and scaling as what they are', async () => {
    const told = async (over: Partial<Deploy>) => {
      const [one] = await found([deploy(2, { commit: null, ...over })])
      return `${one?.category}: ${one?.summary}`
    }
    assert.equal(
      await told({ kind: 'config', previous: 'pool 20', version: 'pool 2' }),
      'config_change: A configuration change of checkout (pool 20 → pool 2) by alice went live 2 min before the onset.',
    )
    assert.equal(
      await told({ kind: 'flag', previous: null, version: 'new-tax=on' }),
      'feature_flag: A feature flag of checkout (new-tax=on) was switched by alice 2 min before the onset.',
    )
    assert.match(
      await told({ kind: 'scale', previous: 'replicas 6', version: 'replicas 2' }),
      /^saturation: checkout was scaled \(replicas 6 → replicas 2\)/,
    )
    assert.match(await told({ kind: 'scale', previous: '2', version: '6' }), /^config_change: /)
  })

  it('leaves out what was rolled back before the onset, and the rollback', async () => {
    const canary = deploy(25, { previous: 'v1', version: 'v2' })
    assert.deepEqual(await found([deploy(15, { previous: 'v2', version: 'v1' }), canary]), [])
    assert.deepEqual(
      await found([deploy(15, { previous: null, version: 'v1' }), { ...canary, previous: null }, deploy(900, { version: 'v1' })]),
      [],
    )
    const [held] = await found([deploy(-4, { previous: 'v2', version: 'v1' }), canary])
    assert.match(held?.summary ?? '', /^v1 → v2 of checkout/)
    const again = [deploy(4), deploy(40, { version: 'v2.13.4', previous: 'v2.14.0' }), deploy(300)]
    assert.match((await found(again))[0]?.summary ?? '', /^v2\.13\.4 → v2\.14\.0 .* 4 min before/)
  })

  it('takes a change of what the subject calls for a weaker hint, and of what it does not call for none', async () => {
    const surroundings = calling(['checkout', 'payments'], ['web', 'search'], ['payments', 'ledger'])
    const others = ['search', 'ledger', 'web'].map((service) => deploy(1, { service }))
    const [one, ...more] = await found([...others, deploy(2, { service: 'payments' })], { surroundings })
    assert.deepEqual(more, [])
    assert.deepEqual([one?.object, one?.confidence], [{ kind: 'service', name: 'payments' }, 'medium'])
    assert.match(one?.summary ?? '', /of payments .* 2 min before the onset; checkout calls it\.$/)
    const both = await found([deploy(3), deploy(2, { service: 'payments' })], { surroundings })
    assert.deepEqual(
      both.map(({ object: about }) => about?.name),
      ['checkout', 'payments'],
    )
    assert.ok((both[0]?.weight ?? 0) > (both[1]?.weight ?? 1))
    assert.equal(both[0]?.evidence[0], both[1]?.evidence[0])
  })

  it('puts hostile words on one line, short, and into no command', async () => {
    const text = `v1\`; rm -rf / #\n<!channel> ${'x'.repeat(300)}`
    const [one] = await found([deploy(3, { version: text, previous: text, author: text, commit: text, service: 'checkout' })])
    assert.ok((one?.summary.length ?? 999) < 400)
    assert.ok(!one?.summary.includes('\n') && !one?.suggestion.includes('rm'))
  })
})

const rolledOut = () => {
  const owner = object('Deployment', 'shop/checkout', { spec: { template: { metadata: { labels: { app: 'checkout' } }, spec: {} } } })
  const set = (hash: string, revision: number, { at, image }: { at: Date; image: string }) =>
    object('ReplicaSet', `shop/checkout-${hash}`, {
      metadata: {
        creationTimestamp: at.toISOString(),
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        labels: { 'pod-template-hash': hash },
        ...ownedBy(owner),
      },
      spec: { template: { spec: { containers: [{ name: 'app', image: `registry.example/checkout:${image}` }] } } },
    })
  return { owner, set }
}

describe('rollouts that the cluster knows', () => {
  const { owner, set } = rolledOut()
  const cluster = state([
    owner,
    set('aaa', 1, { at: minutesBefore(9000), image: '2.13.4' }),
    set('bbb', 2, { at: minutesBefore(4), image: '2.14.0' }),
  ])
  const surroundings = { ...ruleInput().surroundings, clusterState: async () => cluster }

  it('are found without anybody telling, with the images and the command for their history', async () => {
    const [one] = await found([], { surroundings })
    assert.equal(one?.summary, '2.13.4 → 2.14.0 of checkout went out 4 min before the onset.')
    assert.deepEqual(one?.object, { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
    assert.equal(one?.suggestion, 'See what changed: `kubectl -n shop rollout history deployment/checkout` and `git log 2.13.4..2.14.0`')
  })

  it('are told under the name of the workload where the labels name it and the subject is what scrapes it', async () => {
    const alert = {
      ...ruleInput().alert,
      labels: { alertname: 'KubePodCrashLooping', namespace: 'shop', deployment: 'checkout', job: 'kube-state-metrics' },
    }
    const [one] = await found([deploy(5)], { surroundings, alert, subject: 'kube-state-metrics' })
    assert.match(one?.summary ?? '', /^v2\.13\.4 → v2\.14\.0 of checkout by alice \(a39bf2c\) went out 4 min before/)
  })

  it('are one change with what was pushed of them, at the time of the cluster', async () => {
    const findings = await found([deploy(9)], { surroundings })
    assert.equal(findings.length, 1)
    assert.equal(findings[0]?.summary, 'v2.13.4 → v2.14.0 of checkout by alice (a39bf2c) went out 4 min before the onset.')
    assert.match(findings[0]?.evidence[0].shown ?? '', /^2026-11-20T21:45:00\.000Z .* \(deploy, pushed, kubernetes\)$/)
  })

  it('that cannot be read are a gap, unless something pushed tells enough', async () => {
    const failing = { ...surroundings, clusterState: () => Promise.reject(new TransientError('Kubernetes gave no answer')) }
    await assert.rejects(found([], { surroundings: failing }), /Kubernetes gave no answer/)
    assert.equal((await found([deploy(3)], { surroundings: failing })).length, 1)
  })

  it('that hang do not hold up what was pushed', async () => {
    const hanging = { ...surroundings, clusterState: () => new Promise<never>(() => undefined) }
    assert.equal((await found([deploy(3)], { surroundings: hanging })).length, 1)
  })
})

/** A Prometheus in which the alert's value runs as told: seconds before the onset to a value. */
const running = async (t: TestContext, value: (secondsBefore: number) => number): Promise<Partial<RuleInput>> => {
  const wire = await serve(t, ({ params }, response) => {
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(params[name]))
    const values: [number, string][] = []
    for (let at = start ?? 0; at <= (end ?? 0); at += step ?? 60) values.push([at, String(value(ONSET.getTime() / 1000 - at))])
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } }))
  })
  return { sources: { prometheus: prometheus({ endpoint: wire.url, fetch: globalThis.fetch, clock: systemClock }) } }
}

test('a value that was on its way to the limit before the deploy acquits it', async (t) => {
  const leak = await running(t, (before) => 0.05 - before * 0.00001 + (before % 7) * 0.0001)
  const [one] = await found([deploy(3)], leak)
  assert.deepEqual([one?.severity, one?.category, one?.weight], ['info', undefined, undefined])
  assert.match(one?.summary ?? '', /3 min before the onset, but the alert's value was on its way to the limit before that/)
  assert.equal(one?.evidence.length, 2)
})

test('a value that was flat until the deploy, or wild, does not', async (t) => {
  const flat = await running(t, (before) => 0.01 + (before % 13) * 0.0003)
  const [one] = await found([deploy(3)], flat)
  assert.deepEqual([one?.severity, one?.category], ['high', 'bad_deploy'])
  assert.equal(one?.evidence.length, 2)
})

test('deploys that GitHub and Argo CD know are found, also of what the subject calls, and one change that both tell is one', async () => {
  const github = {
    deploys: async ({ services }: { services: readonly string[] }) => services.map((service) => deploy(3, { service, source: 'github' })),
  }
  const applications = [
    { services: ['checkout'], deploys: [deploy(2, { service: 'checkout-app', author: null, source: 'argocd' }), deploy(3000)] },
  ]
  const sources = { github, argocd: { applications: async () => applications } } as unknown as RuleInput['sources']
  const [own, called, ...more] = await found([], { sources, surroundings: calling(['checkout', 'payments']) })
  assert.equal(own?.summary, 'v2.13.4 → v2.14.0 of checkout by alice (a39bf2c) went out 3 min before the onset.')
  assert.match(own?.evidence[0].shown ?? '', /\(deploy, github, argocd\)/)
  assert.deepEqual([called?.object?.name, more], ['payments', []])
})

test('a call graph that hangs does not hold up what was pushed', async () => {
  const surroundings = { ...ruleInput().surroundings, callGraph: () => new Promise<never>(() => undefined) }
  assert.equal((await found([deploy(3), deploy(2, { service: 'payments' })], { surroundings })).length, 1)
})

test('the chart of the alert marks what is named, once, and nothing that was acquitted', async () => {
  const chart = { title: 'x', points: [[1, 2]] as [number, number][], limit: 1 }
  const findings = (await found([deploy(3)])).map((one) => ({ ...one, evidence: ['E1'] as const }))
  assert.deepEqual(marked(chart, findings), { ...chart, marks: [{ at: 1795211160, label: 'v2.14.0' }] })
  assert.equal(marked(chart, []), chart)
  assert.equal(marked(null, findings), null)
})
