import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordedSeconds } from '../../src/datasources/recorded.ts'

test('a recorded series may go on for the window of its rule, which its name tells; others end with their samples', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['rate(http_requests_total{path="/a:b"}[5m]) > 1', 0],
    ['job:http_errors:ratio_rate5m{job="a"} > 0.05', 300],
    ['slo:errors:ratio_rate1h > 0.01 and slo:errors:ratio_rate5m > 0.01', 3600],
    ['{__name__="a:b:rate30s"} > 1', 30],
    ['instance:load:mean > 4', 300],
    ['this is no PromQL )', 0],
  ]
  for (const [expression, seconds] of cases) assert.equal(recordedSeconds(expression), seconds, expression)
})
