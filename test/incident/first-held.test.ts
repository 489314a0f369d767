import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstHeld } from '../../src/incident/first-held.ts'
import type { Analysis } from '../../src/investigation/analysis.ts'
import type { Suspect } from '../../src/investigation/suspects.ts'

const suspect = (name: string, over: Partial<Suspect> = {}): Suspect => ({
  object: { kind: 'service', namespace: 'shop', name },
  ...{ category: 'bad_deploy', why: `${name} was deployed.`, confidence: 'high', weight: 0.9, rules: ['recent-deploy'] },
  ...{ explains: [], evidence: ['E1'] },
  ...over,
})

const found = (cause: Partial<NonNullable<Analysis['cause']>> | null, by: Analysis['by'] = 'model') => ({
  by,
  cause:
    cause === null
      ? null
      : { text: 'It was it.', category: 'bad_deploy' as const, receipts: [], object: { kind: 'Deployment', name: 'checkout' }, ...cause },
})

const heldOf = (suspects: readonly Suspect[], analysis: ReturnType<typeof found>) => {
  const first = firstHeld(suspects, analysis as Pick<Analysis, 'by' | 'cause'>)
  return first && [first.held, first.object.name, first.rank]
}

test('a suspect holds when the cause names it: as a service, as its workload or as one of its pods', () => {
  const suspects = [suspect('cart'), suspect('checkout')]
  assert.deepEqual(heldOf(suspects, found({})), ['yes', 'checkout', 2])
  const pod = { kind: 'Pod', namespace: 'shop', name: 'checkout-6d9f8b5c7-xb2fg' }
  assert.deepEqual(heldOf(suspects, found({ object: pod })), ['yes', 'checkout', 2])
  assert.deepEqual(heldOf(suspects, found({ category: 'unknown' })), ['yes', 'checkout', 2])
})

test('the right object for another reason is the right place alone', () => {
  assert.deepEqual(heldOf([suspect('checkout')], found({ category: 'memory' })), ['place', 'checkout', 1])
})

test('what a suspect explains confirms it where the category agrees', () => {
  const node = suspect('worker-2', {
    object: { kind: 'Node', name: 'worker-2' },
    category: 'node',
    explains: [{ kind: 'Pod', namespace: 'shop', name: 'checkout-6d9f8b5c7-xb2fg' }],
  })
  assert.deepEqual(heldOf([node], found({ category: 'node' })), ['yes', 'worker-2', 1])
  assert.deepEqual(heldOf([node], found({ category: 'memory' })), ['no', 'worker-2', 1])
})

test('another object did not hold; one of the same name in another namespace is another', () => {
  assert.deepEqual(heldOf([suspect('cart')], found({})), ['no', 'cart', 1])
  assert.deepEqual(heldOf([suspect('checkout')], found({ object: { kind: 'service', namespace: 'staging', name: 'checkout' } })), [
    'no',
    'checkout',
    1,
  ])
})

test('nothing is compared without a suspect, without a cause, without its object, and with what the rules concluded themselves', () => {
  assert.equal(heldOf([], found({})), null)
  assert.equal(heldOf([suspect('checkout')], found(null)), null)
  assert.equal(firstHeld([suspect('checkout')], { by: 'model', cause: { text: 'x', category: 'memory', receipts: [] } }), null)
  assert.equal(heldOf([suspect('checkout')], found({}, 'rules')), null)
})
