import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectRef } from '../../src/investigation/analysis.ts'
import type { Category } from '../../src/investigation/categories.ts'
import { harmOf } from '../../src/remediation/harm.ts'

const target = { kind: 'Deployment', namespace: 'shop', name: 'checkout' }
const MORE = ['- spec.replicas: 3', '+ spec.replicas: 6']
const causedBy = (object: ObjectRef, category: Category) => ({
  brief: undefined,
  analysis: { cause: { text: 'x', object, category, receipts: [] } },
})

test('more pods are not offered where what they call is what is exhausted', () => {
  const db = { kind: 'service', name: 'orders-db' }
  assert.match(harmOf({ change: MORE, target }, causedBy(db, 'database')) ?? '', /press harder on orders-db/)
  assert.match(
    harmOf({ change: ['- spec.minReplicas: 2', '+ spec.minReplicas: 5'], target }, causedBy(db, 'saturation')) ?? '',
    /press harder/,
  )
  const suspect = {
    object: db,
    category: 'dependency',
    why: '',
    confidence: 'high',
    weight: 1,
    rules: [],
    explains: [],
    evidence: [],
  } as const
  assert.match(harmOf({ change: MORE, target }, { brief: { suspects: [suspect] }, analysis: { cause: null } }) ?? '', /press harder/)
})

test('they are where the service itself is, where consumers are too few, and fewer pods always', () => {
  const own = { kind: 'service', name: 'checkout' }
  assert.equal(harmOf({ change: MORE, target }, causedBy(own, 'saturation')), null)
  assert.equal(harmOf({ change: MORE, target }, causedBy({ kind: 'Pod', name: 'checkout-6c9f4d7b8b-x7k2p' }, 'saturation')), null)
  assert.equal(harmOf({ change: MORE, target }, causedBy({ kind: 'service', name: 'orders' }, 'queue')), null)
  assert.equal(
    harmOf(
      { change: MORE.toReversed().map((line) => (line.startsWith('-') ? line.replace('-', '+') : line.replace('+', '-'))), target },
      causedBy({ kind: 'service', name: 'db' }, 'database'),
    ),
    null,
  )
  assert.equal(harmOf({ change: ['~ 3 pods start anew'], target }, causedBy({ kind: 'service', name: 'db' }, 'database')), null)
  assert.equal(harmOf({ change: MORE, target }, { brief: undefined, analysis: { cause: null } }), null)
})
