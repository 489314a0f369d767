import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failingIn } from '../../src/traces/failing.ts'
import { purchase } from './shop.ts'

test('a failing trace is counted where it fails deepest, not where the failure comes out', () => {
  const traces = [0, 1, 2].map((n) => ({ id: `t${n}`, spans: purchase({ at: n * 1000, error: 'card declined' }) }))
  const [top, ...others] = failingIn(traces)
  assert.deepEqual(
    [top?.service, top?.traces, top?.of, top?.span.name, top?.span.error],
    ['payments', 3, 3, 'POST /charge', 'card declined'],
  )
  assert.deepEqual(others, [])
})

test('traces without an error fail nowhere, and circles end', () => {
  assert.deepEqual(failingIn([{ id: 't', spans: purchase({ at: 0 }) }]), [])
  const [one, two] = purchase({ at: 0, error: 'x' })
  if (one === undefined || two === undefined) return assert.fail()
  assert.deepEqual(failingIn([{ id: 't', spans: [{ ...one, parent: two.id }, two] }]), [])
})
