import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownersOf } from '../../src/series/owner.ts'
import type { Labels, Series } from '../../src/series/series.ts'

const series = (labels: Labels): Series => ({ labels, points: [] })

test('the label that the alert uses comes first, then the usual ones', () => {
  const of = (labels: Labels, first = 'service') => ownersOf([series(labels)], first)(series(labels))
  assert.equal(of({ service: 'orders', job: 'x' }), 'orders')
  assert.equal(of({ component: 'orders', service: 'x' }, 'component'), 'orders')
  assert.equal(of({ app: 'orders', job: 'x' }), 'orders')
  assert.equal(of({ job: 'orders' }), 'orders')
  assert.equal(of({ pod: 'orders-7d4f5b99fd-ktwc6' }), 'orders')
  assert.equal(of({ deployment: 'orders', namespace: 'shop' }), 'orders')
  assert.equal(of({ instance: '10.0.0.1:9100' }), null)
})

test("what an exporter says of other people's pods belongs to those, under the name of their service", () => {
  const own = series({ service: 'orders-api', pod: 'orders-7d4f5b99fd-ktwc6' })
  const ofKubelet = ['orders', 'stock', 'mail', 'web'].map((name) =>
    series({ service: 'kubelet', job: 'kubelet', pod: `${name}-7d4f5b99fd-ktwc6` }),
  )
  const owner = ownersOf([own, ...ofKubelet], 'service')
  assert.deepEqual(ofKubelet.map(owner), ['orders-api', 'stock', 'mail', 'web'])
  assert.equal(owner(own), 'orders-api')
})

test('a service with canaries, shards or two workloads is no exporter', () => {
  const all = ['orders-canary-7d4f5b99fd-ktwc6', 'orders-7d4f5b99fd-ktwc6', 'orders-shard-0', 'orders-shard-b-1'].map((pod) =>
    series({ service: 'orders', pod }),
  )
  assert.deepEqual([...new Set(all.map(ownersOf(all, 'service')))], ['orders'])
})
