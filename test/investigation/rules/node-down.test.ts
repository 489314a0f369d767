import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../../src/alert/alert.ts'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { nodeDown } from '../../../src/investigation/rules/node-down.ts'
import type { RuleInput } from '../../../src/investigation/rules/rule.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'

type Row = Readonly<Record<string, string>>
type World = {
  readonly notReady: readonly string[]
  readonly pods: readonly Row[]
  readonly down?: readonly Row[]
  readonly sinceS?: number
}

const NOW_S = Date.parse('2026-11-20T22:00:00Z') / 1000
const DIED_S = NOW_S - 12 * 60

const pod = (name: string, node = 'worker-2', owner = 'checkout-7d9f8b6c5'): Row => ({
  ...{ namespace: 'shop', pod: name, node, pod_ip: `10.0.0.${name.length}` },
  ...{ created_by_kind: 'ReplicaSet', created_by_name: owner },
})

const PODS = [
  pod('checkout-7d9f8b6c5-x2x9z'),
  pod('checkout-7d9f8b6c5-b4b4b', 'worker-1'),
  pod('search-7d9f8b6c5-bb2bb', 'worker-2', 'search-7d9f8b6c5'),
]

/** kube-state-metrics behind a Prometheus, at the wire. */
const sources = ({ notReady, pods, down = [], sinceS = DIED_S }: World): RuleInput['sources'] => {
  const answer = (path: string, form: URLSearchParams): unknown => {
    const query = form.get('query') ?? ''
    const vector = (rows: readonly Row[], value = '1') => ({
      data: { resultType: 'vector', result: rows.map((metric) => ({ metric, value: [NOW_S, value] })) },
    })
    if (path.endsWith('query_range')) {
      const [from, to, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name))) as [number, number, number]
      const values = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step)
      const node = /node="([^"]*)"/.exec(query)?.[1] ?? ''
      return { data: { resultType: 'matrix', result: [{ metric: { node }, values: values.map((at) => [at, at < sinceS ? '1' : '0']) }] } }
    }
    if (query.startsWith('max by (node)'))
      return vector(
        notReady.map((node) => ({ node })),
        '0',
      )
    if (query.startsWith('kube_pod_info{node')) return vector(pods.filter(({ node }) => query.includes(`"${node}"`)))
    if (query.startsWith('group by (namespace, pod)'))
      return vector(pods.map(({ namespace = '', pod: name = '' }) => ({ namespace, pod: name })))
    if (query.startsWith('kube_node_info')) return vector([{ node: 'worker-2', internal_ip: '192.168.1.12' }])
    return vector(query === 'up == 0' ? down : [], '0')
  }
  const fetch = (async (url: string, init: RequestInit) =>
    Response.json(answer(new URL(url).pathname, new URLSearchParams(String(init.body))))) as unknown as typeof globalThis.fetch
  return { prometheus: prometheus({ endpoint: 'http://prometheus', fetch, clock: systemClock }) }
}

const about = (labels: Row, subject: string | null, world: World): Omit<RuleInput, 'cite'> =>
  ruleInput({ sources: sources(world), subject, alert: { labels, startsAt: new Date((NOW_S - 60) * 1000) } as unknown as Alert })

const ofPod = { alertname: 'KubePodNotReady', namespace: 'shop', pod: 'checkout-7d9f8b6c5-x2x9z' }

ruleContract(nodeDown, {
  found: about(ofPod, 'checkout', { notReady: ['worker-2'], pods: PODS }),
  nothing: about(ofPod, 'checkout', { notReady: [], pods: PODS }),
})

const findingOf = async (labels: Row, subject: string | null, world: World) =>
  (await evaluate(nodeDown, about(labels, subject, world))).findings[0]

test('an alert about a pod names no node: where the pod stood does', async () => {
  const found = await findingOf(ofPod, 'checkout', { notReady: ['worker-2'], pods: PODS })
  assert.equal(
    found?.summary,
    'Node worker-2 has not been ready since 21:48:00 UTC; 2 pods stood on it, shop/checkout-7d9f8b6c5-x2x9z among them.',
  )
  assert.deepEqual([found?.object, found?.category, found?.weight], [{ kind: 'Node', name: 'worker-2' }, 'node', 0.9])
  const names = found?.explains?.map(({ kind, name }) => `${kind} ${name}`) ?? []
  for (const one of ['Deployment checkout', 'Deployment search', 'host 192.168.1.12', 'Pod search-7d9f8b6c5-bb2bb'])
    assert.ok(names.includes(one), one)
})

test('a service is explained when a third of its pods stood there, and less surely', async () => {
  const labels = { alertname: 'HighErrorRate', namespace: 'shop', service: 'checkout' }
  assert.equal((await findingOf(labels, 'checkout', { notReady: ['worker-2'], pods: PODS }))?.weight, 0.75)
  const many = [...PODS, ...['c', 'd', 'f'].map((letter) => pod(`checkout-7d9f8b6c5-${letter}4b4b`, 'worker-1'))]
  assert.equal(await findingOf(labels, 'checkout', { notReady: ['worker-2'], pods: many }), undefined)
})

test('a target of the node that no longer answers is explained by it', async () => {
  const down = [{ job: 'kubelet', namespace: 'kube-system', instance: '192.168.1.12:10250' }]
  const found = await findingOf({ alertname: 'TargetDown', job: 'kubelet' }, 'kubelet', { notReady: ['worker-2'], pods: PODS, down })
  assert.equal(found?.object?.name, 'worker-2')
})

test('what stood on other nodes, and a cluster that seems down as a whole, accuse no node', async () => {
  const elsewhere = { alertname: 'KubePodNotReady', namespace: 'shop', pod: 'checkout-7d9f8b6c5-b4b4b' }
  const other = await findingOf(elsewhere, null, {
    notReady: ['worker-2'],
    pods: [...PODS.filter(({ node }) => node !== 'worker-2'), pod('x-0')],
  })
  assert.equal(other, undefined)
  const all = Array.from({ length: 6 }, (_, i) => `worker-${i}`)
  assert.equal(await findingOf(ofPod, 'checkout', { notReady: all, pods: PODS }), undefined)
})
