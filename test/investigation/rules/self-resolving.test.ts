import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FiredBefore } from '../../../src/investigation/rules/rule.ts'
import { selfResolving } from '../../../src/investigation/rules/self-resolving.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'

const answer = {
  ...{ source: 'prometheus', query: 'count(ALERTS{})', range: null, shown: 'It fired 41 times', complete: true },
  output: { kind: 'series' as const, series: [] },
}
const nightly: FiredBefore = { days: 14, usually: { times: 40, of: 41, medianSeconds: 540, withinSeconds: 900 }, answer }
const input = (past: FiredBefore | null) => ruleInput({ firedBefore: async () => past })

ruleContract(selfResolving, { found: input(nightly), nothing: input({ ...nightly, usually: null }) })

test('what usually goes by itself says how often, and after how long', async () => {
  const [found] = (await evaluate(selfResolving, input(nightly))).findings
  assert.equal(found?.summary, 'HighErrorRate was over within 15 min in 40 of 41 times in 14 days, the median was 9 min.')
  assert.deepEqual((await evaluate(selfResolving, input(null))).findings, [])
})
