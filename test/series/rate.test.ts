import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asRates } from '../../src/series/rate.ts'
import type { Point } from '../../src/series/series.ts'

const rated = (name: string, ...values: number[]): readonly Point[] | undefined =>
  asRates([{ labels: { __name__: name }, points: values.map((value, at) => [at * 10, value] as const) }])[0]?.points

test('a counter is its increase per second, from zero after a restart', () => {
  assert.deepEqual(rated('requests_total', 100, 150, 150, 20, 40), [
    [10, 5],
    [20, 0],
    [30, 2],
    [40, 2],
  ])
})

test('what falls a little, is negative, or is not called like a counter is none', () => {
  assert.deepEqual(rated('items_count', 100, 90, 100)?.length, 3)
  assert.deepEqual(rated('balance_sum', -5, 5)?.[0], [0, -5])
  assert.deepEqual(rated('temperature', 1, 2)?.[0], [0, 1])
})

test('what is not finite is left out', () => {
  assert.deepEqual(rated('latency', Number.NaN, 2, Number.POSITIVE_INFINITY), [[10, 2]])
})

test('of a histogram the mean is there as well, where anything was counted', () => {
  const series = (name: string, values: readonly number[]) => ({
    labels: { __name__: name, service: 'orders' },
    points: values.map((value, at) => [at * 10, value] as const),
  })
  const mean = asRates([series('latency_seconds_sum', [0, 5, 5, 45]), series('latency_seconds_count', [0, 10, 10, 20])])[2]
  assert.deepEqual(mean, {
    labels: { __name__: 'latency_seconds_mean', service: 'orders' },
    points: [
      [10, 0.5],
      [30, 4],
    ],
  })
})
