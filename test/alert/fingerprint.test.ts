import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fingerprint } from '../../src/alert/fingerprint.ts'

test('agrees with the fingerprints of a real Alertmanager 0.25', () => {
  assert.equal(fingerprint({ alertname: 'Manual', severity: 'warning' }), '76a5b222a3e52a7f')
  assert.equal(
    fingerprint({
      alertname: 'HighErrorRate',
      cluster: 'demo',
      env: 'test',
      instance: '127.0.0.1:19100',
      job: 'checkout',
      route: '/pay',
      service: 'checkout',
      severity: 'critical',
      team: 'payments',
    }),
    'c93e8764508c8151',
  )
})

test('the empty set has the offset of FNV-1a', () => {
  assert.equal(fingerprint({}), 'cbf29ce484222325')
})

test('does not depend on the order of the labels, and tells apart where a name ends and a value begins', () => {
  const set = fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.string({ unit: 'grapheme' }), { minKeys: 1, maxKeys: 6 })
  fc.assert(
    fc.property(set, (labels) => {
      const turned = Object.fromEntries(Object.entries(labels).reverse())
      assert.equal(fingerprint(turned), fingerprint(labels))
      assert.match(fingerprint(labels), /^[0-9a-f]{16}$/)
      assert.notEqual(fingerprint({ ...labels, zz: 'more' }), fingerprint(labels))
    }),
  )
  assert.notEqual(fingerprint({ a: 'bc' }), fingerprint({ ab: 'c' }))
  assert.notEqual(fingerprint({ a: 'b', c: '' }), fingerprint({ a: 'b' }))
})
