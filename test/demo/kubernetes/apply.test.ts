import assert from 'node:assert/strict'
import { test } from 'node:test'
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
