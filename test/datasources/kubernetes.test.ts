import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { kubernetes } from '../../src/datasources/kubernetes.ts'
import { InputError, PermanentError, TransientError } from '../../src/errors.ts'
import { kinds, pathOf } from '../../src/kubernetes/kinds.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { type KubeWorld, kubeApi } from '../kubernetes/api.ts'

const pod = (namespace: string, name: string, more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app: name.split('-')[0] ?? '' } },
  ...more,
})

const open = async (t: TestContext, world: KubeWorld) => {
  const api = await kubeApi(t, world)
  return { api, client: kubernetes({ endpoint: api.url, token: 'tok-en' }, { fetch, clock: systemClock }) }
}

const namesOf = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name)

test('a list is read page by page to its end, with kind and version of each object put back', async (t) => {
  const objects = Array.from({ length: 1203 }, (_, n) => pod('shop', `web-${String(n).padStart(4, '0')}`))
  const { api, client } = await open(t, { objects: [...objects, pod('other', 'web-x')] })
  const answer = await client.list('Pod', { namespace: 'shop', most: 5000 })
  assert.equal(answer.objects.length, 1203)
  assert.equal(answer.complete, true)
  assert.deepEqual([answer.objects[1202]?.kind, answer.objects[1202]?.apiVersion], ['Pod', 'v1'])
  assert.deepEqual(
    api.asked.map(({ path, params }) => [path, params['limit'], params['continue'] === undefined]),
    [
      ['/api/v1/namespaces/shop/pods', '500', true],
      ['/api/v1/namespaces/shop/pods', '500', false],
      ['/api/v1/namespaces/shop/pods', '500', false],
    ],
  )
  assert.equal(api.asked[0]?.headers.authorization, 'Bearer tok-en')
})

test('a list is cut at its cap, and says so', async (t) => {
  const { client } = await open(t, { objects: ['a', 'b', 'c'].map((name) => pod('shop', name)) })
  assert.deepEqual(namesOf((await client.list('Pod', { most: 2 })).objects), ['a', 'b'])
  assert.equal((await client.list('Pod', { most: 2 })).complete, false)
  assert.equal((await client.list('Pod', { most: 3 })).complete, true)
})

test('what a server sends beside what was asked for is left out', async (t) => {
  for (const selects of [true, false]) {
    const objects = [
      pod('shop', 'web-1', { spec: { nodeName: 'n1' } }),
      pod('shop', 'web-2', { spec: { nodeName: 'n2' } }),
      pod('shop', 'db-1'),
    ]
    const { client } = await open(t, { objects, selects })
    assert.deepEqual(namesOf((await client.list('Pod', { fields: { 'spec.nodeName': 'n2' } })).objects), ['web-2'])
    assert.deepEqual(namesOf((await client.list('Pod', { labels: { app: 'web' } })).objects), ['web-1', 'web-2'])
  }
})

test('what is written for machinery alone is dropped, and of config maps everything but their names', async (t) => {
  const metadata = { name: 'web', namespace: 'shop', managedFields: [{ manager: 'kubectl' }] }
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"password":"x"}', team: 'shop' }
  for (const selects of [true, false]) {
    const { client } = await open(t, {
      objects: [
        pod('shop', 'web', { metadata: { ...metadata, annotations } }),
        { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'secret' } },
      ],
      selects,
    })
    const [found] = (await client.list('Pod', {})).objects
    assert.deepEqual(found?.metadata, { name: 'web', namespace: 'shop', annotations: { team: 'shop' } })
    const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' } }
    assert.deepEqual((await client.list('ConfigMap', { namespace: 'shop' })).objects, [bare])
    assert.deepEqual(await client.get('ConfigMap', { namespace: 'shop', name: 'web' }), bare)
  }
})

test('one object is read by its name; one that is not there is null', async (t) => {
  const { api, client } = await open(t, {
    objects: [pod('shop', 'web')],
    faults: { deployments: { status: 403 }, replicasets: { status: 404 } },
  })
  assert.equal((await client.get('Pod', { namespace: 'shop', name: 'web' }))?.metadata.name, 'web')
  assert.equal(await client.get('Pod', { namespace: 'shop', name: 'gone' }), null)
  assert.equal(await client.get('Node', { name: 'n1' }), null)
  assert.deepEqual(api.paths(), ['/api/v1/namespaces/shop/pods/web', '/api/v1/namespaces/shop/pods/gone', '/api/v1/nodes/n1'])
  await assert.rejects(client.get('Deployment', { namespace: 'shop', name: 'web' }), /Kubernetes 403 deployments\.apps "web" is forbidden/)
  // A kind that this server does not have is no object that is missing.
  await assert.rejects(client.get('ReplicaSet', { namespace: 'shop', name: 'web' }), PermanentError)
})

test('the last lines of a container come with their times, also of the run before', async (t) => {
  const { api, client } = await open(t, {
    objects: [pod('shop', 'web-1')],
    logs: { 'shop/web-1/app': 'one\ntwo\nthree\n', 'shop/web-1/app previous': 'panic: nil\n' },
  })
  const container = { namespace: 'shop', pod: 'web-1', container: 'app' }
  assert.deepEqual(await client.logs(container, { previous: false, lines: 2 }), [
    { at: '2026-11-20T21:50:01.000000000Z', line: 'two' },
    { at: '2026-11-20T21:50:02.000000000Z', line: 'three' },
  ])
  assert.deepEqual((await client.logs(container, { previous: true, lines: 50 }))[0]?.line, 'panic: nil')
  assert.deepEqual(api.asked[1]?.params, { container: 'app', tailLines: '50', timestamps: 'true', previous: 'true' })
  await assert.rejects(client.logs({ ...container, pod: 'web-2' }, { previous: true, lines: 5 }), /previous terminated container "app"/)
})

test('lines without times are lines all the same', async (t) => {
  const { client } = await open(t, { objects: [], logs: { 'shop/web/app': 'one' }, selects: false })
  assert.deepEqual(await client.logs({ namespace: 'shop', pod: 'web', container: 'app' }, { previous: false, lines: 5 }), [
    { at: null, line: 'one' },
  ])
})

test('a name that no object can have is not asked for', async (t) => {
  const { api, client } = await open(t, { objects: [] })
  for (const name of ['../../secrets', 'a/b', '', 'A', 'a?b', `a${'b'.repeat(300)}`, '..', 'a%2fb', 'x\n'])
    await assert.rejects(client.get('Pod', { namespace: 'shop', name }), InputError)
  await assert.rejects(client.list('Pod', { namespace: 'shop/secrets' }), InputError)
  await assert.rejects(client.list('Pod', { labels: { app: 'a,b' } }), InputError)
  await assert.rejects(client.logs({ namespace: 'shop', pod: 'a/..', container: 'app' }, { previous: false, lines: 1 }), InputError)
  assert.equal(api.asked.length, 0)
})

test('secrets are no kind that can be asked for', () => {
  assert.ok(kinds.length > 20)
  for (const kind of kinds) assert.doesNotMatch(`${kind.kind} ${kind.short ?? ''} ${pathOf(kind, 'shop')}`, /secret/i)
})

test('a refusal is permanent, a server that fails is not, and both are said in one line without the token', async (t) => {
  const { client } = await open(t, { objects: [], faults: { pods: { status: 403 }, events: { status: 500 } } })
  await assert.rejects(client.list('Pod', { namespace: 'shop' }), (error: Error) => {
    assert.ok(error instanceof PermanentError)
    assert.match(error.message, /^Kubernetes 403 pods is forbidden: User "system:serviceaccount:vigil:vigil" cannot list resource/)
    assert.doesNotMatch(error.message, /tok-en|\n/)
    return true
  })
  await assert.rejects(
    client.list('Event', {}),
    (error: Error) => error instanceof TransientError && /^Kubernetes 500 /.test(error.message),
  )
})

test('the version is asked where every client asks it', async (t) => {
  const { client } = await open(t, { objects: [], version: 'v1.34.2+k3s1' })
  assert.equal(await client.version({}), 'v1.34.2+k3s1')
})
