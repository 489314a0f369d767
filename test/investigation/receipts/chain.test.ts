import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Receipt, SubmittedAnalysis } from '../../../src/investigation/analysis.ts'
import { type Checked, checkAnalysis, type Given } from '../../../src/investigation/receipts/check.ts'
import { evidence, given, r } from './evidence.ts'
import * as lag from './lag.ts'

type Link = SubmittedAnalysis['chain'][number]

const link = (from: string, to: string, ...receipts: Receipt[]): Link => ({
  from: { kind: 'Object', name: from },
  to: { kind: 'Object', name: to },
  relation: 'caused',
  receipts,
})

const check = (chain: readonly Link[], world: { evidence: typeof evidence; given: Given } = { evidence, given }): Checked =>
  checkAnalysis(
    {
      verdict: 'action_required',
      summary: '',
      confidence: 90,
      urgency: 'now',
      cause: null,
      chain: [...chain],
      claims: [],
      ruled_out: [],
      data_gaps: [],
      next_steps: [],
      proposals: [],
    },
    world.evidence,
    world.given,
  )

const reason = (checked: Checked): string => checked.failures.find(({ where }) => where === 'chain')?.reason ?? ''

test('a chain whose objects began in its order is kept', () => {
  const chain = [link('v2.14.0', 'payments-db', r.deploy, r.p99change), link('payments-db', 'checkout', r.p99change, r.ratioChange)]
  assert.deepEqual(
    check(chain).failures.filter(({ where }) => where.startsWith('chain')),
    [],
  )
  assert.equal(check(chain).analysis.chain.length, 2)
})

test('a cause that began after its effect takes the chain with it, and the reason says both times', () => {
  const late: Receipt = { evidence: 'E16', quote: 'flag new-cart switched on by bo' }
  const flag = {
    ...evidence.find(({ id }) => id === 'E10')!,
    id: 'E16' as const,
    query: 'flags of the last hour',
    output: { kind: 'text' as const, text: '2026-03-04T03:12:00Z flag new-cart switched on by bo' },
    shown: '2026-03-04T03:12:00Z flag new-cart switched on by bo',
  }
  const checked = check([link('new-cart', 'checkout', late, r.checkoutErrorsChange)], { evidence: [...evidence, flag], given })
  assert.equal(checked.analysis.chain.length, 0)
  assert.match(reason(checked), /new-cart began at 03:12:00, after its effect checkout at 03:04:00/)
})

test('the onset of a series is its first departure from the level before, not the middle of its slope', () => {
  // Lag leaves 1,200 at 08:20 and grows until 09:00; the probe that failed at 08:21:03 came with it, p95 jumped only at 08:24.
  const probe: Receipt = { evidence: 'E3', quote: 'Unhealthy pod/billing-worker-6c9d7f5b8-zz8kp Liveness probe failed' }
  const lagged: Receipt = { evidence: 'E2', series: { consumergroup: 'billing' }, statistic: 'change', value: 84000 }
  const slow: Receipt = { evidence: 'E9', statistic: 'change', value: 1335, unit: 'ms' }
  const object = { kind: 'ConsumerGroup', name: 'billing' }
  const world = { evidence: lag.evidence, given: { ...lag.given, alert: { ...lag.given.alert, object } } }
  assert.equal(check([link('billing-worker-6c9d7f5b8-zz8kp', 'billing', probe, lagged)], world).analysis.chain.length, 1)
  // The query's window is 5 min, so what shows at 08:24 may have begun before 08:21; at 08:40 it may not.
  assert.equal(check([link('billing-api', 'billing', slow, lagged)], world).analysis.chain.length, 1)
  const later = {
    ...world,
    evidence: world.evidence.map((one) =>
      one.id === 'E9' && one.output.kind === 'series'
        ? {
            ...one,
            output: {
              ...one.output,
              series: one.output.series.map((each) => ({
                ...each,
                points: each.points.map(([t, value]): [number, number] => [t, t < Date.parse('2026-05-11T08:40:00Z') / 1000 ? 85 : value]),
              })),
            },
          }
        : one,
    ),
  }
  assert.match(reason(check([link('billing-api', 'billing', slow, lagged)], later)), /billing-api began at 08:40:00.*billing at 08:21:00/)
})

test('what moved from the first sample on began at an unknown time, and is a cause', () => {
  const memory: Receipt = {
    evidence: 'E5',
    series: { pod: 'billing-worker-6c9d7f5b8-tq2lm' },
    statistic: 'change',
    value: 298,
    unit: 'MiB',
  }
  assert.equal(
    check([link('billing-worker-6c9d7f5b8-tq2lm', 'billing-worker', memory)], { evidence: lag.evidence, given: lag.given }).analysis.chain
      .length,
    1,
  )
})
