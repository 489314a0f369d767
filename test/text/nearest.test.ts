import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../src/text/nearest.ts'

test('the nearest name is found through wrong, missing, extra and swapped letters, and nothing far away is', () => {
  const known = ['doctor', 'demo', 'start', 'status', 'manifest']
  assert.equal(nearest('docter', known), 'doctor')
  assert.equal(nearest('statu', known), 'status')
  assert.equal(nearest('strat', known), 'start')
  assert.equal(nearest('Manifest', known), 'manifest')
  assert.equal(nearest('kubernetes', known), undefined)
  assert.equal(nearest('x', known), undefined)
})
