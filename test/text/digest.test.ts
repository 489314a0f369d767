import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { PermanentError } from '../../src/errors.ts'
import { canonical, digest } from '../../src/text/digest.ts'

test('the example of RFC 8785 has the form given there', () => {
  const value = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '€$\u000f\nA\'B"\\\\"/',
    literals: [null, true, false],
  }
  assert.equal(
    canonical(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('keys sort by UTF-16 units, members that are undefined are left out', () => {
  assert.equal(canonical({ b: 1, a: undefined, '\ud83d\ude00': 2, '\ufb33': 3, B: -0 }), '{"B":0,"b":1,"\ud83d\ude00":2,"\ufb33":3}')
})

test('equal values have one form, in whatever order their keys came, and it reads back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(canonical(reversed(value)), canonical(value))
      assert.equal(canonical(JSON.parse(canonical(value))), canonical(value))
    }),
  )
})

test('different values have different forms', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      assert.equal(canonical(one) === canonical(other), JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)))
    }),
  )
})

test('what JSON would quietly change is refused', () => {
  const circle: unknown[] = []
  circle.push(circle)
  const sparse: unknown[] = []
  sparse[2] = 1
  for (const value of [
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    () => 1,
    Symbol('s'),
    1n,
    [undefined],
    sparse,
    new Date(0),
    new Map(),
    '\ud800',
    { '\udc00': 1 },
    circle,
  ])
    assert.throws(() => canonical(value), PermanentError)
})

test('the digest is the SHA-256 of the canonical form in UTF-8', () => {
  assert.equal(digest({ b: 'ü', a: 1 }), createHash('sha256').update('{"a":1,"b":"ü"}').digest('hex'))
  assert.match(digest(null), /^[0-9a-f]{64}$/)
})

const reversed = (value: unknown): unknown => rebuilt(value, (entries) => entries.reverse())
const sorted = (value: unknown): unknown => rebuilt(value, (entries) => entries.sort(([a], [b]) => (a < b ? -1 : 1)))

const rebuilt = (value: unknown, arrange: (entries: [string, unknown][]) => [string, unknown][]): unknown => {
  if (Array.isArray(value)) return value.map((entry) => rebuilt(entry, arrange))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(arrange(Object.entries(value).map(([key, entry]) => [key, rebuilt(entry, arrange)])))
}
