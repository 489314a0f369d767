import assert from 'node:assert/strict'
import { test } from 'node:test'
import { desiredOf, manifestOf, manifestsIn } from '../../src/kubernetes/manifests.ts'

const document = (over: Record<string, unknown> = {}, kind = 'Deployment'): string =>
  JSON.stringify({ apiVersion: 'apps/v1', kind, metadata: { name: 'checkout', namespace: 'shop' }, ...over })

const wanted = { kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const
const found = (files: Readonly<Record<string, string>>, over: object = {}) => {
  const parsed = Object.entries(files).map(([file, text]) => manifestsIn({ file, text }))
  const { manifest, reason = '' } = manifestOf(
    parsed.flatMap(({ manifests }) => manifests),
    { ...wanted, ...over },
  ) as { manifest?: { file: string }; reason?: string }
  return manifest?.file ?? reason
}

test('documents are found beside others, in lists and in JSON', () => {
  assert.equal(found({ 'a.yaml': `---\n# nothing\n---\n${document()}\n---\nkind: values\n` }), 'a.yaml')
  assert.equal(found({ 'a.yaml': `apiVersion: v1\nkind: List\nitems:\n  - ${document()}\n` }), 'a.yaml')
  assert.equal(found({ 'b.json': document() }), 'b.json')
  assert.match(found({ 'a.yaml': document(), 'b.yaml': document() }), /stands twice: in a.yaml and in b.yaml$/)
  assert.match(found({ 'a.yaml': `${document()}\n---\n${document()}` }), /stands twice: both in a.yaml$/)
  assert.match(found({ 'a.yaml': document() }, { name: 'cart' }), /^no manifest says how Deployment shop\/cart is to be$/)
  assert.match(found({ 'a.yaml': document({ metadata: { name: 'checkout' } }) }), /^a.yaml has a Deployment checkout without a namespace/)
  assert.match(found({ 'a.yaml': document({ apiVersion: 'apps/v1beta1' }) }), /as apps\/v1beta1; it is applied as apps\/v1 only$/)
  assert.match(
    found({ 'a.yaml': document({ apiVersion: 'serving.example/v1' }) }),
    /^no manifest says/,
    'a kind of that name of another group',
  )
})

test('YAML is read as the tools of Kubernetes read it', () => {
  const { manifests } = manifestsIn({
    file: 'a.yaml',
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\nmode: 0644\non: yes\nday: 2026-11-21\nport: 10:30\n',
  })
  const { mode, day, port } = manifests[0]?.content ?? {}
  assert.deepEqual([mode, manifests[0]?.content['true'], day, port], [420, true, '2026-11-21', '10:30'])
})

test('what cannot be read is named by its file, and nothing of it is repeated', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`).join('\n')}`
  const faults: readonly (readonly [string, string, string])[] = [
    ['a.yaml', 'a: {\n  password: hunter2', 'a.yaml is not valid YAML (line 2)'],
    ['a.yaml', 'a: 1\na: 2\n', 'a.yaml is not valid YAML (line 2)'],
    ['a.json', '{"a": }', 'a.json is not valid JSON'],
    ['a.yaml', bomb, 'a.yaml is not YAML that can be read (aliases that grow without end?)'],
    ['a.yaml', 'a: !!binary aGVsbG8=', 'a.yaml holds what JSON cannot say (binary, infinite or nested too deeply)'],
    ['a.yaml', 'a: .inf', 'a.yaml holds what JSON cannot say (binary, infinite or nested too deeply)'],
  ]
  for (const [file, text, fault] of faults) assert.deepEqual(manifestsIn({ file, text }), { manifests: [], fault })
})

test('status, ids and copies are left out of what is applied, and owners are never applied', () => {
  const metadata = {
    name: 'checkout',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '7',
    managedFields: [],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', a: '1' },
  }
  const [made] = manifestsIn({ file: 'a.json', text: document({ metadata, spec: { replicas: 3 }, status: { replicas: 1 } }) }).manifests
  assert.ok(made)
  assert.deepEqual(desiredOf(made), {
    desired: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'checkout', namespace: 'shop', labels: {}, annotations: { a: '1' } },
      spec: { replicas: 3 },
    },
  })
  const [owned] = manifestsIn({ file: 'a.json', text: document({ metadata: { ...metadata, finalizers: ['x'] } }) }).manifests
  assert.ok(owned)
  assert.match(
    (desiredOf(owned) as { reason: string }).reason,
    /^a.json: metadata.finalizers of Deployment shop\/checkout is never applied/,
  )
})
