import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { appliedKinds } from '../../../src/kubernetes/manifests.ts'
import { actions } from '../../../src/remediation/actions/index.ts'
import { hostileValues } from '../../contracts/hostile.ts'

const FOLDER = 'test/remediation/actions'

test('every action that changes Kubernetes runs the contract', () => {
  const texts = readdirSync(FOLDER).map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8'))
  const held = texts.flatMap((text) => [...text.matchAll(/^actionContract\(\{\s*kind: '(\w+)'/gm)].map(([, kind]) => kind))
  const changing = actions.filter(({ rights }) => rights !== undefined).map(({ kind }) => kind)
  assert.ok(changing.length > 10)
  assert.deepEqual(
    changing.filter((kind) => !held.includes(kind)),
    [],
  )
})

test('an action that changes Kubernetes names what its account needs: to patch, evict and delete pods, and to make what a manifest may say', () => {
  for (const { kind, rights = [] } of actions)
    for (const { verb, kind: of, subresource } of rights) {
      assert.ok(verb !== 'delete' || of === 'Pod', `${kind} deletes ${of}`)
      const isOfManifest = kind === 'apply_manifest' && appliedKinds.some((one) => one === of)
      assert.ok(verb !== 'create' || subresource === 'eviction' || isOfManifest, `${kind} creates ${of}`)
    }
})

test('there are 500 hostile values and more for each parameter, and none is an ordinary one', () => {
  for (const base of ['checkout', 'shop', 'worker-1', '5']) {
    const values = hostileValues(base)
    assert.ok(values.length >= 500)
    assert.ok(!values.includes(base))
  }
})
