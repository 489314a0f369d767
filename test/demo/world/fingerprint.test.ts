import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fingerprint } from '../../../src/demo/world/fingerprint.ts'

it('gives the fingerprints that a real Alertmanager 0.25 gave', () => {
  const labels = {
    alertname: 'HighErrorRate',
    cluster: 'demo',
    env: 'test',
    instance: '127.0.0.1:19100',
    job: 'checkout',
    route: '/pay',
    service: 'checkout',
    severity: 'critical',
    team: 'payments',
  }
  assert.equal(fingerprint(labels), 'c93e8764508c8151')
  assert.equal(fingerprint({ severity: 'warning', alertname: 'Manual' }), '76a5b222a3e52a7f')
})

it('does not depend on the order of the labels, and depends on every name and value', () => {
  assert.equal(fingerprint({ a: '1', b: '2' }), fingerprint({ b: '2', a: '1' }))
  const all = [{ a: '1', b: '2' }, { a: '1' }, { a: '1b', b: '2' }, { a: '1', b: '3' }, { ab: '1', b: '2' }, { a: '1', é: '2' }].map(
    fingerprint,
  )
  assert.equal(new Set(all).size, all.length)
})
