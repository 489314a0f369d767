import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leavesOf } from '../../../src/cli/doctor/rule-labels.ts'

/** The metrics, each with which of `service`, `job` and `node` an alert can get from it. */
const kept = (expression: string): string[] =>
  leavesOf(expression).map((leaf) => `${leaf.metric}:${['service', 'job', 'node'].filter((label) => leaf.keeps(label)).join('+')}`)

test('what an expression does to labels decides which of them an alert can have', () => {
  const cases: [string, string[]][] = [
    ['up == 0', ['up:service+job+node']],
    ['sum by (service) (rate(errors_total[5m])) > 1', ['errors_total:service']],
    ['sum(x) by (job)', ['x:job']],
    ['sum(x) > 1', ['x:']],
    ['max without (node) (x)', ['x:service+job']],
    ['topk(3, x)', ['x:service+job+node']],
    ['sum by (service) (a) / sum by (service) (b) > 0.05', ['a:service']],
    ['a / on (job) b', ['a:job']],
    ['a / on (job) group_left b', ['a:service+job+node']],
    ['a * ignoring (node) group_right b', ['b:service+job+node']],
    ['a unless on (node) b', ['a:service+job+node']],
    ['a or b', ['a:service+job+node', 'b:service+job+node']],
    ['1 - x > 0.5', ['x:service+job+node']],
    ['absent(up{job="checkout"})', ['up:job']],
    ['histogram_quantile(0.9, sum by (le, service) (rate(b_bucket[5m]))) > 1', ['b_bucket:service']],
    ['vector(1)', []],
  ]
  for (const [expression, expected] of cases) assert.deepEqual(kept(expression), expected, expression)
})
