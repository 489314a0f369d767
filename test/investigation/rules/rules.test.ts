import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { Alert } from '../../../src/alert/alert.ts'
import { systemClock } from '../../../src/context.ts'
import type { Cited } from '../../../src/investigation/evidence.ts'
import { duplicateOpen } from '../../../src/investigation/rules/duplicate-open.ts'
import { rules } from '../../../src/investigation/rules/index.ts'
import { ownExpression } from '../../../src/investigation/rules/own-expression.ts'
import type { OwnState, RuleInput, Similar } from '../../../src/investigation/rules/rule.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'

const now = new Date('2026-11-20T22:00:00Z')

const answer: Cited = {
  source: 'prometheus',
  query: 'error_ratio',
  range: { from: null, to: now.toISOString() },
  output: { kind: 'series', series: [{ labels: {}, points: [[1_795_211_463, 0.25]] }] },
  shown: '{} 0.25',
  complete: true,
}

const own: OwnState = {
  expression: 'error_ratio > 0.05',
  state: '25 % (limit 5 %)',
  value: 0.25,
  threshold: 0.05,
  firing: true,
  onset: new Date('2026-11-20T21:49:00Z'),
  onsetSeen: true,
  forSeconds: 120,
  answers: [answer],
  chart: null,
}

const before = (number: number, over: Partial<Similar> = {}): Similar => ({
  number,
  startedAt: new Date('2026-11-18T10:00:00Z'),
  resolvedAt: new Date('2026-11-18T11:00:00Z'),
  cause: null,
  ...over,
})

const input = (over: Partial<RuleInput> = {}) => ruleInput({ clock: { ...systemClock, now: () => now }, onset: own.onset, ...over })

ruleContract(ownExpression, { found: input({ own }), nothing: input() })
ruleContract(duplicateOpen, { found: input({ similar: [before(7)] }), nothing: input() })

test('every file of the shelf is registered, in a fixed order', () => {
  const files = readdirSync('src/investigation/rules').filter((name) => name !== 'index.ts' && name !== 'rule.ts')
  assert.deepEqual(rules.map(({ id }) => `${id}.ts`).toSorted(), files.toSorted())
  assert.equal(rules[0]?.id, 'own-expression', 'E1 is the alert itself')
})

const found = async (rule: typeof ownExpression, over: Partial<RuleInput>) => (await evaluate(rule, input(over))).findings[0]

test('the own expression says the value, the limit and since when, as bad as the alert', async () => {
  const firing = await found(ownExpression, { own })
  assert.equal(firing?.summary, 'checkout is at 25 % (limit 5 %) since 21:49:00 UTC.')
  assert.deepEqual([firing?.severity, firing?.confidence], ['critical', 'high'])
  const high = await found(ownExpression, { own, alert: { labels: {} } as unknown as Alert, subject: null })
  assert.equal(high?.severity, 'high')
  assert.match(high?.summary ?? '', /^the alert is at/)
})

test('an onset that no data shows is said to be one', async () => {
  const guessed = await found(ownExpression, { own: { ...own, onsetSeen: false } })
  assert.match(guessed?.summary ?? '', /no earlier data/)
})

test('a healthy value and one that cannot be judged are never an alarm', async () => {
  const healthy = await found(ownExpression, { own: { ...own, firing: false, state: '2 % (limit 5 %)' } })
  assert.equal(healthy?.severity, 'info')
  assert.match(healthy?.summary ?? '', /back on the healthy side: 2 %/)
  const unknown = await found(ownExpression, { own: { ...own, firing: null, state: 'no samples (limit 5 %)' } })
  assert.equal(unknown?.severity, 'info')
  assert.match(unknown?.summary ?? '', /gives no samples \(limit 5 %\) now; it began 21:49:00 UTC/)
})

test('an open incident of the same alert comes before all that are over, and the count is said in words', async () => {
  const open = await found(duplicateOpen, { similar: [before(9), before(8, { resolvedAt: null })] })
  assert.deepEqual([open?.severity, open?.summary], ['medium', 'INC-8 has the same alert of the same service and is still open.'])
  const summaries: [number, RegExp][] = [
    [1, /^2nd time in 90 days; last was INC-100\.$/],
    [2, /^3rd time/],
    [10, /^11th time/],
    [11, /^12th time/],
    [20, /^21st time/],
  ]
  for (const [times, summary] of summaries) {
    const again = await found(duplicateOpen, { similar: Array.from({ length: times }, (_, i) => before(100 - i)) })
    assert.match(again?.summary ?? '', summary)
    assert.equal(again?.severity, 'info')
  }
  const known = await found(duplicateOpen, { similar: [before(9, { cause: 'the pool was too small' })] })
  assert.match(known?.summary ?? '', /last was INC-9: the pool was too small\./)
})
