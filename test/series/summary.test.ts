import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Point, Series } from '../../src/series/series.ts'
import { summarise, thin } from '../../src/series/summary.ts'
import { toText } from '../../src/series/text.ts'

const START = 1770087600 // 2026-02-03T03:00:00Z

const series = (values: readonly number[], labels: Record<string, string> = {}): Series => ({
  labels,
  points: values.map((value, index) => [START + index * 60, value] as const),
})

/** Noise between -1 and 1 that is the same in every run. */
const noise = (index: number): number => Math.sin(index * 12.9898) * Math.cos(index * 78.233)

test('a summary has the ends, the extremes, the mean and the change of the finite points', () => {
  const { from, to, ...rest } = summarise(series([2, 5, Number.NaN, 1, Number.POSITIVE_INFINITY, 4]))
  assert.deepEqual(rest, { first: 2, last: 4, min: 1, max: 5, mean: 3, change: 2, points: 4, gaps: 2 })
  assert.deepEqual([from, to], [START, START + 300])
})

test('a series without finite points has no numbers', () => {
  for (const values of [[], [Number.NaN]]) {
    const { first, last, min, max, mean, change, points } = summarise(series(values))
    assert.deepEqual(
      [first, last, min, max, mean, change, points],
      [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0],
    )
  }
})

test('a new level is dated to its first point, even when only the last few points have it', () => {
  for (const [length, at] of [
    [60, 30],
    [60, 55],
    [60, 57],
    [20, 5],
  ] as const)
    assert.equal(
      summarise(series(Array.from({ length }, (_, index) => (index < at ? 10 : 20) + noise(index)))).changedAt,
      START + at * 60,
      `${at} of ${length}`,
    )
  assert.equal(summarise(series([0, 0, 0, 0, 0, 1, 1, 1])).changedAt, START + 300)
})

test('noise, a spike and a flat line have no new level', () => {
  let found = 0
  for (let seed = 0; seed < 300; seed += 1)
    if (summarise(series(Array.from({ length: 60 }, (_, index) => noise(index + seed * 61)))).changedAt !== undefined) found += 1
  assert.ok(found <= 1, `${found} of 300`)
  assert.equal(
    summarise(series(Array.from({ length: 60 }, (_, index) => 10 + noise(index) + (index === 30 ? 1000 : 0)))).changedAt,
    undefined,
  )
  assert.equal(summarise(series(new Array<number>(30).fill(5))).changedAt, undefined)
})

test('thinned points are some of the points, in order, with the ends and the extremes', () => {
  const point = fc.tuple(fc.nat(1000), fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constant(Number.NaN)))
  const points = fc.uniqueArray(point, { maxLength: 80, selector: ([at]) => at }).map((all): Point[] => all.sort(([a], [b]) => a - b))
  fc.assert(
    fc.property(points, fc.integer({ min: 0, max: 40 }), (all, count) => {
      const finite = all.filter(([, value]) => Number.isFinite(value))
      const kept = thin(all, count)
      assert.ok(kept.length <= count)
      assert.deepEqual(
        kept,
        finite.filter((candidate) => kept.includes(candidate)),
      )
      if (count < 4 || finite.length === 0) return
      const values = kept.map(([, value]) => value)
      assert.equal(Math.max(...values), Math.max(...finite.map(([, value]) => value)))
      assert.equal(Math.min(...values), Math.min(...finite.map(([, value]) => value)))
      assert.deepEqual([kept[0], kept.at(-1)], [finite[0], finite.at(-1)])
    }),
    { numRuns: 1000 },
  )
})

test('a spike between two kept points is kept', () => {
  const values = Array.from({ length: 1000 }, (_, index) => (index === 333 ? 50 : index === 700 ? 40 : 1))
  assert.ok(thin(series(values).points, 20).some(([, value]) => value === 40))
})

test('the text has shared labels once, a line for each series, times in UTC', () => {
  const text = toText(
    [
      series([0.1, 0.1, 0.1, 12.345678, 12.4, 12.5], { __name__: 'errors', job: 'checkout', version: 'v2' }),
      series([0.1], { __name__: 'errors', job: 'checkout', version: 'v1' }),
      series([Number.NaN], { __name__: 'errors', job: 'checkout', version: 'v0' }),
    ],
    { maxPoints: 2 },
  )
  assert.equal(
    text,
    [
      '3 series, all with errors{job="checkout"}',
      '{version="v2"} last 12.5, min 0.1, max 12.5, mean 6.25761, change 12.4; changed at 2026-02-03T03:03:00Z; 6 points 2026-02-03T03:00:00Z to 2026-02-03T03:05:00Z; 03:00:00Z 0.1, 03:05:00Z 12.5',
      '{version="v1"} 0.1 at 2026-02-03T03:00:00Z',
      '{version="v0"} no points',
    ].join('\n'),
  )
  assert.equal(toText([]), 'no series')
})

test('labels stand by name, whatever their order', () => {
  const text = toText([series([0.1], { pod: 'a', __name__: 'errors', code: '500', method: 'GET' })])
  assert.match(text, /^errors\{code="500", method="GET", pod="a"\} 0\.1 at /)
})

test('more series than may be shown are counted, and broken times do not stop the text', () => {
  const many = Array.from({ length: 30 }, (_, index) => series([index], { pod: `p${index}` }))
  assert.equal(toText(many, { maxSeries: 2 }).split('\n').at(-1), '… 28 more series not shown')
  assert.match(toText([{ labels: {}, points: [[1e20, 1]] }]), /^\{\} 1 at 100000000000000000000 s$/)
})

test('a day of seconds is summarised in a moment', () => {
  const start = performance.now()
  toText([series(Array.from({ length: 86_400 }, (_, index) => noise(index)))])
  assert.ok(performance.now() - start < 1000)
})
