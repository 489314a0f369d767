import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../../src/demo/kubernetes/api.ts'
import { applied, updated } from '../../../src/demo/kubernetes/apply.ts'
import { at } from '../../../src/kubernetes/read.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'

const now = new Date(0)
const vigil = { manager: 'vigil', force: false, at: now }
const made = (spec: object, metadata: object = {}): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', namespace: 'b', uid: 'u', managedFields: [], ...metadata },
    spec,
  }) as KubeObject
const container = (name: string, rest: object = {}) => ({ name, image: `${name}:1`, ...rest })
const withContainers = (...containers: object[]) => made({ replicas: 3, template: { spec: { containers, nodeSelector: { zone: 'a' } } } })
const containersOf = (object: KubeObject) => at(object, 'spec', 'template', 'spec', 'containers')

const done = (result: ReturnType<typeof applied>): KubeObject => {
  assert.ok('object' in result, JSON.stringify(result))
  return result.object
}

test('lists with keys are merged by them, other lists and whole maps are replaced', () => {
  const live = withContainers(container('a', { env: [{ name: 'X', value: '1' }], args: ['1', '2'] }), container('b'))
  const wanted = {
    spec: {
      template: {
        spec: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }], args: ['3'] }, container('c')], nodeSelector: { disk: 'b' } },
      },
    },
  }
  const after = done(applied(live, wanted, vigil))
  assert.deepEqual(containersOf(after), [
    container('a', {
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '2' },
      ],
      args: ['3'],
    }),
    container('b'),
    container('c'),
  ])
  assert.deepEqual(at(after, 'spec', 'template', 'spec', 'nodeSelector'), { disk: 'b' })
  const ports = (list: object[]) => made({ ports: list })
  assert.deepEqual(
    at(
      done(applied(ports([{ port: 80, protocol: 'TCP', targetPort: 1 }]), { spec: { ports: [{ port: 80, targetPort: 2 }] } }, vigil)),
      'spec',
      'ports',
    ),
    [{ port: 80, protocol: 'TCP', targetPort: 2 }],
  )
})

test('what another holds with another value is a conflict; with force it changes hands, and the same value is shared', () => {
  const live = updated(withContainers(container('a')), withContainers(container('a', { image: 'a:2' })), {
    manager: 'kubectl-edit',
    at: now,
  })
  const wanted = { spec: { template: { spec: { containers: [{ name: 'a', image: 'a:1' }] } } } }
  const field = '.spec.template.spec.containers[name="a"].image'
  assert.deepEqual(applied(live, wanted, vigil), { conflicts: [{ manager: 'kubectl-edit', operation: 'Update', field }] })
  const taken = done(applied(live, wanted, { ...vigil, force: true }))
  assert.deepEqual(
    (taken.metadata['managedFields'] as { manager: string }[]).map(({ manager }) => manager),
    ['vigil'],
  )
  const shared = done(applied(live, { spec: { template: { spec: { containers: [{ name: 'a', image: 'a:2' }] } } } }, vigil))
  assert.equal((shared.metadata['managedFields'] as object[]).length, 2)
  const old = { ...live, metadata: { name: 'a', uid: 'u' } } as KubeObject
  assert.deepEqual(applied(old, wanted, vigil), { conflicts: [{ manager: 'before-first-apply', operation: 'Update', field }] })
})

test('what the same manager applied before and leaves out goes, unless another holds it too', () => {
  const both = { spec: { replicas: 3, template: { spec: { containers: [container('a'), container('b')] } } } }
  const one = { spec: { template: { spec: { containers: [container('a')] } } } }
  const first = done(applied(made({}), both, vigil))
  const alone = done(applied(first, one, vigil))
  assert.deepEqual([at(alone, 'spec', 'replicas'), containersOf(alone)], [undefined, [container('a')]])
  const shared = done(applied(first, both, { ...vigil, manager: 'kubectl' }))
  const kept = done(applied(shared, one, vigil))
  assert.deepEqual([at(kept, 'spec', 'replicas'), containersOf(kept)], [3, [container('a'), container('b')]])
})

test('over the wire: another id, an older version and what is gone are refused as a real server does; what is missing is made', async (t) => {
  const cluster = await startCluster([made({ replicas: 3 }, { resourceVersion: '5' })])
  t.after(() => cluster.close())
  const apply = async (name: string, metadata: object, query = '') => {
    const response = await fetch(`${cluster.url}/apis/apps/v1/namespaces/b/deployments/${name}?fieldManager=vigil${query}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, ...metadata }, spec: { replicas: 4 } }),
    })
    return `${response.status} ${((await response.json()) as { message?: string }).message ?? ''}`
  }
  assert.match(await apply('a', { uid: 'w' }), /^422 metadata.uid: .*field is immutable$/)
  assert.match(await apply('a', { uid: 'u', resourceVersion: '4' }), /^409 .*the object has been modified/)
  assert.match(await apply('c', { uid: 'u' }), /^409 .*uid mismatch/)
  assert.match(await apply('a', { managedFields: [] }), /^400 metadata.managedFields must be nil$/)
  assert.match(await apply('a', { uid: 'u' }, '&dryRun=All'), /^200/)
  assert.deepEqual(cluster.ledger, [])
  assert.match(await apply('a', { uid: 'u', resourceVersion: '5' }), /^200/)
  assert.deepEqual(
    [at(cluster.find('Deployment', 'a'), 'spec', 'replicas'), at(cluster.find('Deployment', 'a'), 'metadata', 'resourceVersion')],
    [4, '6'],
  )
  assert.match(await apply('c', {}), /^201/)
})
