import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foretold } from '../../src/series/foretold.ts'
import type { Point } from '../../src/series/series.ts'

const EVENT = 3600
const CROSSING = 3900

/** Every 30 s from 0 to the crossing. */
const points = (value: (at: number) => number): Point[] => Array.from({ length: 131 }, (_, i) => [i * 30, value(i * 30)])

/** Between -1 and 1, the same every time. */
const noise = (at: number): number => Math.sin(at * 12.9898) * 0.9

const asked = { event: EVENT, crossing: CROSSING, limit: 100, isBeyond: (value: number) => value > 100 }

test('a leak that leads across the limit was on its way, also with noise and falling', () => {
  assert.equal(
    foretold(
      points((at) => 20 + (80 * at) / CROSSING + noise(at) * 3),
      asked,
    ),
    true,
  )
  assert.equal(
    foretold(
      points((at) => 400 - (300 * at) / CROSSING + noise(at) * 3),
      { ...asked, isBeyond: (value) => value < 100 },
    ),
    true,
  )
})

test('a flat or noisy value, or one that drifts slowly or away from the limit, was not', () => {
  assert.equal(
    foretold(
      points(() => 20),
      asked,
    ),
    false,
  )
  assert.equal(
    foretold(
      points((at) => 50 + noise(at) * 30),
      asked,
    ),
    false,
  )
  assert.equal(
    foretold(
      points((at) => 20 + (10 * at) / CROSSING),
      asked,
    ),
    false,
  )
  assert.equal(
    foretold(
      points((at) => 80 - (40 * at) / CROSSING),
      asked,
    ),
    false,
  )
  assert.equal(
    foretold(
      points((at) => (at < EVENT ? 20 : 20 + (at - EVENT) / 3)),
      asked,
    ),
    false,
  )
})

test('a value that was beyond the limit again and again before the event was wrong already; once is chance', () => {
  const beyond = (times: readonly number[]) => points((at) => (times.includes(at) ? 120 : 20))
  assert.equal(foretold(beyond([3000, 3090, 3300, 3480]), asked), true)
  assert.equal(foretold(beyond([3300]), asked), false)
})

test('too few points tell nothing', () => {
  assert.equal(foretold(points(() => 20).slice(-15), asked), null)
  assert.equal(
    foretold(
      points(() => Number.NaN),
      asked,
    ),
    null,
  )
})
