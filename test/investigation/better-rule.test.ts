import assert from 'node:assert/strict'
import { test } from 'node:test'
import { betterRule, betterThreshold } from '../../src/investigation/better-rule.ts'
import type { Point } from '../../src/series/series.ts'

/** 20 hours at a minute, calm but for ten minutes at the beginning of each hour, when it reaches that hour's peak. */
const peaks = (all: readonly number[], calm: number): Point[] =>
  all.flatMap((peak, hour) => Array.from({ length: 60 }, (_, minute): Point => [hour * 3600 + minute * 60, minute < 10 ? peak : calm]))

const course = (all: readonly number[]) => ({
  operator: '>' as const,
  threshold: 80,
  points: peaks(all, 40),
  stepSeconds: 60,
  forSeconds: 300,
  real: [],
  days: 14,
})

test('the nearest round threshold is named that would have fired at most a fifth as often', () => {
  const rule = betterThreshold(course([85, 86, 84, 99, 85, 86, 87, 85, 88, 86]))
  assert.deepEqual(rule, {
    change: 'threshold',
    now: '> 80',
    better: '> 90',
    days: 14,
    fired: 10,
    would_have_fired: 1,
    kept: 0,
    real: 0,
  })
})

test('a real firing is kept, or nothing is proposed', () => {
  const history = course([85, 86, 84, 99, 85, 86, 87, 85, 88, 86])
  const kept = betterThreshold({ ...history, real: [{ from: 3 * 3600, until: 3 * 3600 + 600 }] })
  assert.deepEqual([kept?.better, kept?.kept], ['> 90', 1])
  assert.equal(betterThreshold({ ...history, real: [{ from: 0, until: 600 }] }), null)
})

test('below a threshold it goes the other way, and what is twice as far off is not proposed', () => {
  const low = (all: readonly number[]) => ({ ...course([]), operator: '<' as const, threshold: 10, points: peaks(all, 50) })
  assert.equal(betterThreshold(low([9, 9, 8.5, 9, 9, 8.2, 9, 9]))?.better, '< 8')
  assert.equal(betterThreshold(low([1, 2, 1, 1, 3, 2, 1, 1])), null)
})

test('what was too short for the rule does not count as fired, and few firings are no noise', () => {
  assert.equal(betterThreshold({ ...course([85, 86, 84, 85, 85, 86]), forSeconds: 900 }), null)
  assert.equal(betterThreshold(course([85, 86, 84, 85])), null)
})

test('a longer for is the first thing that is looked for, and keeps what was real', () => {
  const lasted = [60, 60, 120, 60, 60, 1800]
  const history = { forSeconds: 120, lasted, days: 14 }
  assert.equal(betterRule({ ...history, real: [1800] })?.better, 'for: 5m')
  assert.equal(betterRule({ ...history, real: [60] }), null)
})
