import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reachOf } from '../../src/traces/reach.ts'

const graph = {
  edges: [
    { from: 'web', to: 'checkout' },
    { from: 'checkout', to: 'payments' },
    { from: 'checkout', to: 'cart' },
    { from: 'payments', to: 'bank' },
    { from: 'bank', to: 'checkout' },
  ],
}

test('what a service calls comes nearest first, then who calls it, and circles end', () => {
  assert.deepEqual(reachOf(graph, 'checkout', { most: 9, callers: true }), ['cart', 'payments', 'bank', 'web'])
  assert.deepEqual(reachOf(graph, 'checkout', { most: 9, callers: false }), ['cart', 'payments', 'bank'])
  assert.deepEqual(reachOf(graph, 'checkout', { most: 2, callers: true }), ['cart', 'payments'])
  assert.deepEqual(reachOf({ edges: [] }, 'checkout', { most: 9, callers: true }), [])
})
