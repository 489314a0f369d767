import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Span } from '../../src/traces/span.ts'
import { addUp, criticalPath, lengthOf, orphansOf, rootsOf, selfTimes, skewedOf } from '../../src/traces/time.ts'

const span = (id: string, parent: string | null, start: number, end: number): Span => ({
  id,
  parent,
  service: 'checkout',
  name: id,
  kind: 'internal',
  start,
  end,
  error: null,
})

const sums = (segments: readonly { span: Span; ms: number }[]) =>
  Object.fromEntries(addUp(segments, ({ name }) => name).map(({ key, ms }) => [key, ms]))

const trace = [
  span('root', null, 0, 100),
  span('a', 'root', 10, 40),
  span('b', 'root', 30, 80),
  span('c', 'b', 35, 75),
  span('late', 'b', 70, 78),
]

test('the time of a span without its children counts overlapping ones once', () => {
  assert.deepEqual(sums(selfTimes(trace)), { root: 30, a: 30, b: 7, c: 40, late: 8 })
})

test('the critical path goes from the end backwards into what ended last, and adds up to the whole', () => {
  const path = criticalPath(trace)
  assert.deepEqual(
    path.map(({ span: { name }, ms }) => [name, ms]),
    [
      ['root', 10],
      ['a', 20],
      ['b', 5],
      ['c', 35],
      ['late', 8],
      ['b', 2],
      ['root', 20],
    ],
  )
  assert.equal(
    path.reduce((sum, { ms }) => sum + ms, 0),
    100,
  )
})

test('children outside of their parent, orphans, other clocks and circles do no harm', () => {
  const odd = [span('root', null, 0, 100), span('before', 'root', -50, 20), span('after', 'root', 90, 300), span('lost', 'nobody', 5, 6)]
  assert.equal(
    criticalPath(odd).reduce((sum, { ms }) => sum + ms, 0),
    100,
  )
  assert.deepEqual(
    orphansOf(odd).map(({ id }) => id),
    ['lost'],
  )
  assert.deepEqual(
    skewedOf(odd).map(({ id }) => id),
    ['before'],
  )
  const circle = [span('x', 'y', 0, 1), span('y', 'x', 0, 1)]
  assert.deepEqual([rootsOf(circle), criticalPath(circle)], [[], []])
  assert.deepEqual(criticalPath([]), [])
})

test('of any tree the critical path adds up to the root, and no time is negative', () => {
  const tree = fc.array(fc.record({ parent: fc.nat(8), start: fc.nat(1000), length: fc.nat(1000) }), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(tree, (parts) => {
      const spans = parts.map(({ parent, start, length }, i) => span(`s${i}`, i === 0 ? null : `s${parent % i}`, start, start + length))
      const [root] = rootsOf(spans)
      const path = criticalPath(spans)
      assert.ok(Math.abs(path.reduce((sum, { ms }) => sum + ms, 0) - (root === undefined ? 0 : lengthOf(root))) < 1e-6)
      for (const { span: one, ms } of selfTimes(spans)) assert.ok(ms >= 0 && ms <= lengthOf(one))
    }),
  )
})
