import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { kubernetes } from '../../src/datasources/kubernetes.ts'
import { TransientError } from '../../src/errors.ts'
import { readClusterState } from '../../src/investigation/cluster-state.ts'
import { kindNamed, kinds } from '../../src/kubernetes/kinds.ts'
import { keyOf, refOf } from '../../src/kubernetes/objects.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { type KubeWorld, kubeApi } from '../kubernetes/api.ts'
import { faults } from '../kubernetes/faults/index.ts'

const object = (kind: string, name: string, namespace?: string, more: Partial<KubeObject> = {}): KubeObject => {
  const group = { Deployment: 'apps/v1', NetworkPolicy: 'networking.k8s.io/v1', Certificate: 'cert-manager.io/v1' }[kind] ?? 'v1'
  return { apiVersion: group, kind, metadata: namespace === undefined ? { name } : { name, namespace }, ...more }
}

const pod = (name: string, namespace: string, spec: Record<string, unknown> = {}, labels: Record<string, string> = {}): KubeObject =>
  object('Pod', name, namespace, { metadata: { name, namespace, labels }, spec })

const look = async (
  t: TestContext,
  world: KubeWorld,
  about: { labels?: Record<string, string>; subject?: string | null; ms?: number; signal?: AbortSignal } = {},
) => {
  const api = await kubeApi(t, world)
  const { labels = { namespace: 'shop' }, subject = 'checkout', ms = 5000, signal = new AbortController().signal } = about
  const client = kubernetes({ endpoint: api.url }, { fetch, clock: systemClock })
  const state = await readClusterState({ kubernetes: client, clock: systemClock, signal, ms, labels, subject })
  return { api, state, keys: state.objects.map((one) => keyOf(refOf(one))) }
}

test("of the alert's namespace every kind is read, of the cluster what has no namespace, and nothing of other namespaces", async (t) => {
  const spread = kinds.flatMap(({ kind, group, version, namespaced }) => {
    const apiVersion = group === '' ? version : `${group}/${version}`
    const where = namespaced ? ['shop', 'other'] : [undefined]
    return where.map((namespace) => ({ ...object(kind, 'x', namespace), apiVersion }))
  })
  const { state, keys } = await look(t, { objects: spread })
  const expected = kinds.map(({ kind, namespaced }) => `${kind} ${namespaced ? 'shop' : ''} x`).toSorted()
  assert.deepEqual(keys, expected)
  assert.deepEqual(state.unread, [])
  assert.deepEqual(state.namespaces, ['shop'])
})

test('the whole of what a cluster with a fault has to do with its alert is read from the wire', async (t) => {
  // Every fifth: each is a server of its own.
  for (const { name, variant, alert, objects, expected } of faults.filter((_, n) => n % 5 === 0)) {
    const { labels } = alert
    const { keys, state } = await look(t, { objects }, { labels, subject: labels['service'] ?? labels['app'] ?? null })
    assert.deepEqual(state.unread, [], `${name}/${variant}`)
    const own = labels['exported_namespace'] ?? labels['namespace']
    const near = objects.filter(({ metadata, kind }) => metadata.namespace === own && kindNamed(kind) !== undefined)
    assert.deepEqual(
      near.map((one) => keyOf(refOf(one))).filter((key) => !keys.includes(key)),
      [],
      `${name}/${variant}`,
    )
    const cause = objects.find(({ kind, metadata }) => kind === expected?.object.kind && metadata.name === expected.object.name)
    if (cause !== undefined) assert.ok(keys.includes(keyOf(refOf(cause))), `${name}/${variant}: ${keyOf(refOf(cause))}`)
  }
})

test('the same cluster gives the same state', async (t) => {
  const [first] = faults
  assert.ok(first !== undefined)
  const one = await look(t, { objects: first.objects }, { labels: first.alert.labels })
  const two = await look(t, { objects: first.objects.toReversed(), faults: { pods: { slowMs: 30 } } }, { labels: first.alert.labels })
  assert.equal(JSON.stringify(one.state.objects), JSON.stringify(two.state.objects))
})

test('kinds that are refused, unknown or broken are named with the reason; all others are there', async (t) => {
  const { state, keys } = await look(t, {
    objects: [pod('checkout-1', 'shop'), object('Service', 'checkout', 'shop')],
    faults: { networkpolicies: { status: 403 }, horizontalpodautoscalers: { status: 404 }, nodes: { status: 500 } },
  })
  assert.deepEqual(keys, ['Pod shop checkout-1', 'Service shop checkout'])
  assert.deepEqual(state.unread, [
    { kind: 'HorizontalPodAutoscaler', reason: 'this API does not know horizontalpodautoscalers' },
    { kind: 'NetworkPolicy', reason: 'Vigil may not list networkpolicies (403): vigil manifest rbac prints the rights' },
    { kind: 'Node', reason: '500 etcdserver: request timed out' },
  ])
})

test('extensions that are not installed are no gap', async (t) => {
  const { api, state } = await look(t, { objects: [pod('checkout-1', 'shop')] })
  assert.ok(api.asked.some(({ path }) => path.startsWith('/apis/cert-manager.io/')))
  assert.deepEqual(state.unread, [])
})

test('a kind that hangs costs its own objects alone, pods are waited for', async (t) => {
  const { state, keys } = await look(
    t,
    {
      objects: [pod('checkout-1', 'shop'), object('Service', 'checkout', 'shop')],
      faults: { services: { hangs: true }, pods: { slowMs: 500 } },
    },
    { ms: 600 },
  )
  assert.deepEqual(keys, ['Pod shop checkout-1'])
  assert.deepEqual(state.unread, [{ kind: 'Service', reason: 'no answer in 0.4 s' }])
})

test('nothing at all is no state: that is said with the reason', async (t) => {
  await assert.rejects(
    look(t, { objects: [], faults: { '*': { status: 403 } } }),
    (error: Error) =>
      error instanceof TransientError && /^Kubernetes: Vigil may not list pods \(403\): vigil manifest rbac/.test(error.message),
  )
  await assert.rejects(look(t, { objects: [], faults: { '*': { status: 500 } } }), TransientError)
  const stop = new AbortController()
  const asked = look(t, { objects: [], faults: { pods: { hangs: true } } }, { signal: stop.signal })
  setTimeout(() => stop.abort(), 100)
  await assert.rejects(asked, TransientError)
})

test('a list that is cut at its cap says so', async (t) => {
  const events = Array.from({ length: 2001 }, (_, n) => object('Event', `e${n}`, 'shop'))
  const { state } = await look(t, { objects: [pod('checkout-1', 'shop'), ...events] })
  assert.equal(state.objects.filter(({ kind }) => kind === 'Event').length, 2000)
  assert.deepEqual(state.unread, [{ kind: 'Event', reason: 'there are more than 2000, of which the first by name were read' }])
})

test('without a namespace in the alert the namespaces are read that have something of its name', async (t) => {
  const objects = [
    object('Deployment', 'checkout', 'eu'),
    object('Service', 'checkout', 'eu'),
    pod('x', 'eu'),
    pod('y', 'us', {}, { app: 'cart' }),
  ]
  assert.deepEqual((await look(t, { objects }, { labels: {} })).state.namespaces, ['eu'])
  assert.deepEqual((await look(t, { objects }, { labels: {}, subject: 'shop/cart' })).state.namespaces, ['us'])
  assert.deepEqual((await look(t, { objects }, { labels: { pod: 'y' }, subject: 'checkout' })).state.namespaces, ['us'])
  const lost = await look(t, { objects }, { labels: {}, subject: 'no {such} name' })
  assert.deepEqual(lost.state.namespaces, [])
})

test("the object's own namespace comes before that of who measured it", async (t) => {
  const { state } = await look(t, { objects: [] }, { labels: { namespace: 'monitoring', exported_namespace: 'shop' } })
  assert.deepEqual(state.namespaces, ['shop'])
})

test('the pods of a node are read when the alert is about the node, by its name or by its address', async (t) => {
  const node = object('Node', 'worker-1', undefined, { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.7' }] } })
  const objects = [
    node,
    pod('a', 'eu', { nodeName: 'worker-1' }),
    pod('b', 'us', { nodeName: 'worker-1' }),
    pod('c', 'us', { nodeName: 'worker-2' }),
  ]
  for (const labels of [{ node: 'worker-1' }, { instance: '10.0.0.7:9100' }, { instance: 'worker-1' }] as Record<string, string>[])
    assert.deepEqual((await look(t, { objects }, { labels, subject: null })).keys, ['Node  worker-1', 'Pod eu a', 'Pod us b'])
})

test('of a node that is not well all pods are read, of whatever namespace; of one that is well those of the alert alone', async (t) => {
  const node = (name: string, type: string, status: string) =>
    object('Node', name, undefined, { status: { conditions: [{ type, status }] } })
  const nodes = [node('well', 'Ready', 'True'), node('gone', 'Ready', 'Unknown'), node('full', 'DiskPressure', 'True')]
  const pods = ['well', 'gone', 'full'].map((name) => pod(`on-${name}`, 'other', { nodeName: name }))
  const { keys } = await look(t, { objects: [...nodes, ...pods, pod('checkout-1', 'shop', { nodeName: 'well' })] })
  assert.deepEqual(
    keys.filter((key) => key.startsWith('Pod')),
    ['Pod other on-full', 'Pod other on-gone', 'Pod shop checkout-1'],
  )
})

test('events of nodes are among them, wherever the subject lives', async (t) => {
  const event = object('Event', 'n.1', 'default', { involvedObject: { kind: 'Node', name: 'worker-1' } })
  const other = object('Event', 'p.1', 'default', { involvedObject: { kind: 'Pod', name: 'p' } })
  assert.deepEqual((await look(t, { objects: [event, other] })).keys, ['Event default n.1'])
})

test('what the subject addresses in another namespace is read as well, but not every namespace that a text holds', async (t) => {
  const env = [
    { name: 'DB', value: 'postgres://db.data.svc.cluster.local:5432/x' },
    { name: 'NOTE', value: 'see wiki.ops and v1.2' },
  ]
  const objects = [
    ...['shop', 'data', 'ops', 'idle'].map((name) => object('Namespace', name)),
    pod('checkout-1', 'shop', { containers: [{ name: 'app', env }] }),
    ...['data', 'ops', 'idle'].map((namespace) => pod('db-0', namespace)),
  ]
  const { state, keys } = await look(t, { objects })
  assert.deepEqual(state.namespaces, ['data', 'ops', 'shop'])
  assert.ok(keys.includes('Pod data db-0') && !keys.includes('Pod idle db-0'))
})

test('logs are read through the state, oldest first', async (t) => {
  const { state } = await look(t, { objects: [pod('checkout-1', 'shop')], logs: { 'shop/checkout-1/app previous': 'one\ntwo\n' } })
  const container = { namespace: 'shop', pod: 'checkout-1', container: 'app' }
  assert.deepEqual(await state.logs(container, { previous: true, lines: 10 }), ['one', 'two'])
})

test('the pods of the DNS are read wherever the alert is, and no kind is in doubt where they may not be', async (t) => {
  const dns = pod('coredns-1', 'kube-system', {}, { 'k8s-app': 'kube-dns' })
  const objects = [pod('checkout-1', 'shop'), dns, pod('etcd-1', 'kube-system', {}, { component: 'etcd' })]
  const { keys, api } = await look(t, { objects })
  assert.deepEqual(
    keys.filter((key) => key.startsWith('Pod')),
    ['Pod kube-system coredns-1', 'Pod shop checkout-1'],
  )
  const client = kubernetes({ endpoint: api.url }, { fetch, clock: systemClock })
  const narrow: typeof client = {
    ...client,
    list: (kind, options) =>
      options?.namespace === 'kube-system' ? Promise.reject(new TransientError('forbidden')) : client.list(kind, options),
  }
  const asked = { kubernetes: narrow, clock: systemClock, signal: new AbortController().signal, ms: 5000 }
  const state = await readClusterState({ ...asked, labels: { namespace: 'shop' }, subject: 'checkout' })
  assert.deepEqual(state.unread, [])
  assert.deepEqual(
    state.objects.map((one) => keyOf(refOf(one))).filter((key) => key.startsWith('Pod')),
    ['Pod shop checkout-1'],
  )
})
