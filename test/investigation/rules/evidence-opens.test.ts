import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Alert } from '../../../src/alert/alert.ts'
import { type Clock, type Fetch, systemClock } from '../../../src/context.ts'
import { openSources } from '../../../src/datasources/index.ts'
import { brief } from '../../../src/investigation/brief.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import { rules } from '../../../src/investigation/rules/index.ts'
import type { Rule } from '../../../src/investigation/rules/rule.ts'
import { modalOf, pageValue } from '../../../src/slack/modals/page.ts'
import { testContext } from '../../context.ts'
import { assertSameBytes, opensEvidence, type Recorded } from '../../contracts/evidence-opens.ts'
import { openIncident } from '../../contracts/rule.ts'
import { chanceOf, mixed } from '../../contracts/shuffled.ts'
import { unshown } from '../../contracts/stands.ts'
import { app } from '../../kubernetes/app.ts'
import { ago, event, NOW, node, object, pod, service, status } from '../../kubernetes/made.ts'
import { ALERT, allSources } from '../../sources.ts'

/** What a test file hands to the contract suite, by the name under which it imports it. */
const underContract = (file: string): string[] => {
  const text = readFileSync(`test/investigation/rules/${file}`, 'utf8')
  return [...text.matchAll(/^import \{ (?:\w+ as )?(\w+) \} from '[./]+\/src\/investigation\/rules\/([a-z-]+)\.ts'$/gm)].flatMap(
    ([, name = '', id = '']) => (new RegExp(`^ruleContract\\(${name}, `, 'm').test(text) ? [id] : []),
  )
}

test('every rule of the register has a world in which its evidence is opened: the contract suite does it', () => {
  const files = readdirSync('test/investigation/rules').filter((name) => name.endsWith('.test.ts'))
  assert.deepEqual(files.flatMap(underContract).toSorted(), rules.map(({ id }) => id).toSorted())
})

const shown = (text: string, over: Partial<Evidence> = {}): Evidence => ({
  ...{ id: 'E1', source: 'prometheus', query: 'up', range: null, output: { kind: 'text', text }, shown: text, complete: true },
  ...{ at: '2026-11-20T22:00:00.000Z', ...over },
})

test('a number, a time or a name that no cited evidence shows is noticed, one that another of them shows is not', () => {
  const object = { kind: 'service', name: 'checkout' }
  const said = (summary: string, ...all: Evidence[]) => unshown({ summary, object, labels: {} }, all).length
  const one = shown('checkout: 25 % of requests fail since 21:49:00 UTC')
  assert.equal(said('checkout is at 25 % since 21:49:00 UTC.', one), 0)
  assert.equal(said('checkout is at 26 % since 21:49:00 UTC.', one), 1)
  assert.equal(said('checkout is at 25 % since 21:47:00 UTC.', one), 1)
  assert.equal(said('checkout is at 25 % since 21:49:00 UTC.', shown('25 % of requests fail since 21:49:00 UTC')), 1)
  assert.equal(said('checkout is at 25 % (limit 5 %) since 21:49:00 UTC.', one), 1)
  assert.equal(said('checkout is at 25 % (limit 5 %) since 21:49:00 UTC.', one, shown('fires above 5 %', { id: 'E2' })), 0)
})

/** Half of what can go wrong in a cluster, at once, around checkout and its neighbours. */
const broken = () => {
  const killed = { terminated: { reason: 'OOMKilled', exitCode: 137, startedAt: ago(7), finishedAt: ago(3) } }
  const back = { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting failed container' }
  const crashing = status({ ready: false, started: false, restartCount: 5, state: { waiting: back }, lastState: killed })
  const pull = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "registry.example/checkout:1.4.0"' }
  const carts = app(
    'cart',
    { ready: 0 },
    { statuses: [status({ ready: false, started: false, state: { waiting: pull } })], status: { phase: 'Pending' } },
  )
  const [, set] = app('checkout', { replicas: 2 })
  const lost = node('worker-9')
  return [
    ...(set === undefined
      ? []
      : [
          set,
          ...[0, 1].map((i) =>
            pod(`shop/checkout-6c9f4d7b8b-aaaa${i}`, {
              owner: set,
              statuses: [crashing],
              spec: { nodeName: i === 0 ? 'worker-1' : 'worker-9' },
            }),
          ),
        ]),
    ...carts,
    ...carts
      .slice(2)
      .map((one) => event(one, 'Failed', 'Failed to pull image "registry.example/checkout:1.4.0": not found', { container: 'app' })),
    service('shop/cart', { app: 'carts' }),
    ...['search', 'mail'].flatMap((name) =>
      app(name, { ready: 0 }, { statuses: [status({ ready: false })], spec: { nodeName: 'worker-9' } }),
    ),
    {
      ...lost,
      status: {
        ...lost.status,
        conditions: [
          {
            type: 'Ready',
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting.',
            lastTransitionTime: ago(7),
          },
        ],
      },
    },
    object('HorizontalPodAutoscaler', 'shop/checkout', {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
        ...{ minReplicas: 1, maxReplicas: 3 },
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
      },
      status: {
        ...{ currentReplicas: 3, desiredReplicas: 3 },
        currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 93, averageValue: '465m' } } }],
        conditions: [{ type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas', lastTransitionTime: ago(12) }],
      },
    }),
    object('NetworkPolicy', 'shop/deny', { metadata: { creationTimestamp: ago(20) }, spec: { podSelector: {}, policyTypes: ['Ingress'] } }),
    object('Certificate', 'shop/shop-tls', {
      apiVersion: 'cert-manager.io/v1',
      spec: { secretName: 'shop-tls', dnsNames: ['shop.example'] },
      status: {
        notAfter: ago(8),
        renewalTime: ago(9000),
        conditions: [{ type: 'Ready', status: 'False', reason: 'Expired', message: 'expired' }],
      },
    }),
  ]
}

/** What an API lists in an order that says nothing, wherever it stands in an answer. */
const LISTS = ['result', 'data', 'traces', 'batches', 'items']

const reordered = (value: unknown, chance: () => number): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      Array.isArray(inner) && LISTS.includes(key) ? mixed(inner, chance) : key === 'data' ? reordered(inner, chance) : inner,
    ]),
  )
}

/** Answers come late, each by another time, and list what they list in another order. */
const shuffledFetch =
  (chance: () => number): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    const text = await response.text()
    await wait(Math.floor(chance() * 25))
    const isJson = /^[[{]/.test(text)
    return new Response(isJson ? JSON.stringify(reordered(JSON.parse(text), chance)) : text, {
      status: response.status,
      headers: response.headers,
    })
  }

const changed = [
  { service: 'checkout', version: 'v2.14.0', at: new Date(ago(8)), author: 'alice' },
  { service: 'checkout', version: 'v2.13.9', at: new Date(ago(70)), author: 'bob' },
  { service: 'cart', version: 'v7', at: new Date(ago(8)), author: 'bob' },
  { service: 'search', version: 'v3', at: new Date(ago(3)), author: 'eve' },
]

/** The first look of the whole product, from its data sources at the wire to what is stored; `seed` 0 leaves everything in its order. */
const lookAt = async (t: TestContext, seed: number): Promise<Recorded> => {
  const wires = await allSources(t, { delayMs: 0, now: () => NOW.getTime(), objects: broken() })
  // A busy machine must not make a source late: what is late is another answer.
  const clock: Clock = { ...systemClock, now: () => NOW, monotonic: () => 0, after: (ms, run) => systemClock.after(ms * 20, run) }
  const { context: made, close } = await testContext(wires.env, { clock })
  const chance = chanceOf(seed)
  const network = { fetch: seed === 0 ? fetch : shuffledFetch(chance), clock }
  const context = { ...made, sources: openSources(made.config, network) }
  const alert = { labels: ALERT, startsAt: new Date(ago(5)) } as unknown as Alert
  try {
    await openIncident(context, { id: 'big', world: { alert, subject: 'checkout' } })
    for (const deploy of seed === 0 ? changed : mixed(changed, chance))
      await context.db
        .insertInto('deploy')
        .values({ cluster: 'default', kind: 'deploy', namespace: null, ...deploy })
        .execute()
    await brief(context, 'big')
    return await opensEvidence(context, 'big', ALERT)
  } finally {
    await close()
  }
}

test('in a world in which much is wrong all evidence opens, and the bytes are the same whoever answers first, whatever stands first', async (t) => {
  const plain = await lookAt(t, 0)
  assert.deepEqual(plain.brief.late, [])
  const told = new Set(plain.brief.findings.map(({ rule }) => rule))
  t.diagnostic(`${[...told].join(', ')} tell ${plain.brief.findings.length} findings over ${plain.evidence.length} pieces of evidence`)
  assert.ok(told.size >= 7, [...told].join(', '))
  // Addresses of the wires differ from run to run, and nothing else.
  const bare = (one: Recorded): Recorded => JSON.parse(JSON.stringify(one).replaceAll(/127\.0\.0\.1:\d+/g, 'wire')) as Recorded
  for (const seed of [1, 2, 3, 4]) assertSameBytes(bare(await lookAt(t, seed)), bare(plain), `seed ${seed}`)
})

test('of a long evidence every page opens, and what a finding says stands on whichever has it', async () => {
  const { context, close } = await testContext()
  const lines = Array.from({ length: 4000 }, (_, i) => `line ${i} of the answer, with what a log says in a line of usual length`)
  const shown = [...lines, 'checkout waited 4711 ms for the pool'].join('\n')
  const answer = { source: 'vigil', query: 'long', range: null, output: { kind: 'text' as const, text: shown }, shown, complete: true }
  const long: Rule = {
    ...{ id: 'long', looksAt: 'long answers' },
    evaluate: async () => [
      {
        ...{ rule: 'long', severity: 'low' as const, confidence: 'low' as const, suggestion: 'Look', evidence: [answer] as const },
        summary: 'checkout waited 4711 ms for the pool.',
      },
    ],
  }
  const alert = { labels: ALERT, startsAt: new Date() } as unknown as Alert
  try {
    await openIncident(context, { id: 'long', world: { alert, subject: 'checkout' } })
    await brief(context, 'long', [long])
    await opensEvidence(context, 'long', ALERT)
    const first = await modalOf(context, pageValue('evidence', 'long:E1'))
    assert.match(first?.title.text ?? '', / 1\/[3-9]$/)
    assert.ok(!JSON.stringify(first).includes('for the pool\n'))
  } finally {
    await close()
  }
})
