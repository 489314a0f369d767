import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slowerServices, type Trace } from '../../src/traces/self-time.ts'
import { type Purchase, purchase } from './shop.ts'

/** Ten purchases that differ a little, as real ones do. */
const ten = (what: Omit<Purchase, 'at'>): Trace[] =>
  Array.from({ length: 10 }, (_, n) => ({ id: `t${n}`, spans: purchase({ own: 20 + (n % 3), ...what, at: n * 1000 }) }))

const usual = ten({})

test('time inside a service is its own, and no caller is blamed for it', () => {
  const [top, ...others] = slowerServices(usual, ten({ payments: 530 }))
  assert.deepEqual([top?.service, top?.own, top?.traces, top?.peer], ['payments', 500, 10, null])
  assert.ok((top?.share ?? 0) > 0.99)
  assert.ok(others.every(({ ms }) => ms < 5))
})

test('time between a client and its server belongs to the called one, where one edge is all there is', () => {
  const [top] = slowerServices(usual, ten({ way: 402 }))
  assert.equal(top?.service, 'payments')
  assert.equal(top?.own, 0)
  assert.deepEqual(top?.edges, [{ from: 'checkout', to: 'payments', ms: 400 }])
  assert.match(top?.place.name ?? '', /^checkout: POST to payments$/)
})

test('whom nobody but the client knows is named as its peer', () => {
  const [top] = slowerServices(usual, ten({ bank: 310 }))
  assert.deepEqual([top?.service, top?.peer, top?.ms], ['api.bank.example', 'host', 300])
})

test('other requests than before are no slowness, and without a past there is nothing to say', () => {
  assert.deepEqual(slowerServices(usual, usual), [])
  const other = usual.map(({ id, spans }) => ({
    id,
    spans: spans.map((span) => ({ ...span, name: `other ${span.name}`, end: span.end + 900 })),
  }))
  assert.deepEqual(slowerServices(usual, other), [])
  assert.deepEqual(slowerServices([], usual), [])
})

test('one slow call in ten, as there was one before, is nothing', () => {
  const withOne = (ms: number): Trace[] =>
    ten({}).map((trace, n) => (n === 4 ? { ...trace, spans: purchase({ at: 4000, payments: ms }) } : trace))
  assert.deepEqual(slowerServices(withOne(900), withOne(880)), [])
})

test('five thousand spans take well under a tenth of a second', () => {
  const many = (payments: number): Trace[] =>
    Array.from({ length: 1250 }, (_, n) => ({ id: `t${n}`, spans: purchase({ at: n * 1000, payments }) }))
  const [before, after] = [many(30), many(300)]
  slowerServices(before, after)
  const start = performance.now()
  slowerServices(before, after)
  assert.ok(performance.now() - start < 150)
})
