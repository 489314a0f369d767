import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namesLike } from '../../src/text/names-like.ts'

const NAMES = ['order-api', 'order-worker', 'payments-service', 'cart-service', 'frontend']

test('the names that share the rare words come first, the one that says less besides before the other', () => {
  assert.deepEqual(namesLike(['orders.v2', 'g-117'], NAMES, 3), ['order-api', 'order-worker'])
  assert.deepEqual(namesLike(['OrderWorkerLag'], NAMES, 3), ['order-worker', 'order-api'])
})

test('what shares no word is not near, and neither is what shares numbers or two letters', () => {
  assert.deepEqual(namesLike(['KafkaConsumerLag', 'g-117', 'v2'], [...NAMES, 'v2', 'db-117'], 3), [])
})

test('the same names in another order give the same answer', () => {
  const texts = ['the service that orders from a cart']
  assert.deepEqual(namesLike(texts, NAMES, 3), namesLike(texts, NAMES.toReversed(), 3))
})
