import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import { checkAnalysis, type Given } from '../../../src/investigation/receipts/check.ts'

const shown = [
  'checkout timed out connecting to payments-db after 5s',
  'process 4711 is blocked by process 4712',
  'image v1.2.0 -> v1.3.0',
  'replicas: 50 -> 10',
  'kubelet evicted pod web-7d9f8c6b5-x2k4p',
  'request from cart-api to stock-api failed: 503',
  '10.0.0.4 refused connection from 10.0.0.9',
].join('\n')
const common = { at: '2026-01-01T00:00:00Z', range: null, complete: true }
const said = 'error: timed out connecting to stock-db'
const evidence: readonly Evidence[] = [
  { ...common, id: 'E1', source: 'kubernetes', query: 'events', output: { kind: 'text', text: shown }, shown },
  {
    ...common,
    id: 'E2',
    source: 'loki',
    query: '{namespace="shop"}',
    output: { kind: 'lines', lines: [{ at: '2026-01-01T00:00:00Z', line: said, labels: { app: 'stock-api' } }] },
    shown: said,
  },
]
const given: Given = {
  alert: { labels: { service: 'checkout' }, startsAt: '2026-01-01T00:00:00Z' },
  now: new Date('2026-01-01T00:10:00Z'),
}

const faults = (text: string, quote: string): readonly string[] =>
  checkAnalysis(
    {
      verdict: 'no_action',
      summary: '',
      confidence: 90,
      urgency: 'now',
      cause: null,
      chain: [],
      claims: [{ text, kind: 'observation', receipts: [{ evidence: shown.includes(quote) ? 'E1' : 'E2', quote }] }],
      ruled_out: [],
      data_gaps: [],
      next_steps: [],
      proposals: [],
    },
    evidence,
    given,
  )
    .failures.filter(({ where }) => where === 'claims[0]')
    .map(({ reason }) => reason)

const asQuoted: readonly (readonly [string, string])[] = [
  ['checkout timed out connecting to payments-db.', 'checkout timed out connecting to payments-db after 5s'],
  ['Connections from checkout to payments-db time out.', 'checkout timed out connecting to payments-db after 5s'],
  ['checkout could not reach payments-db within 5 s.', 'checkout timed out connecting to payments-db after 5s'],
  ['Process 4711 is blocked by process 4712.', 'process 4711 is blocked by process 4712'],
  ['Process 4712 blocks process 4711.', 'process 4711 is blocked by process 4712'],
  ['4711 waits for 4712.', 'process 4711 is blocked by process 4712'],
  ['v1.3.0 replaced v1.2.0.', 'image v1.2.0 -> v1.3.0'],
  ['Replicas went from 50 to 10.', 'replicas: 50 -> 10'],
  ['Kubelet evicted web-7d9f8c6b5-x2k4p.', 'kubelet evicted pod web-7d9f8c6b5-x2k4p'],
  ['A request from cart-api to stock-api failed with 503.', 'request from cart-api to stock-api failed: 503'],
  ['cart-api got a 503 calling stock-api.', 'request from cart-api to stock-api failed: 503'],
  ['stock-api answered cart-api with a 503.', 'request from cart-api to stock-api failed: 503'],
  ['10.0.0.4 refused a connection from 10.0.0.9.', '10.0.0.4 refused connection from 10.0.0.9'],
  ['10.0.0.9 could not connect to 10.0.0.4: connection refused.', '10.0.0.4 refused connection from 10.0.0.9'],
  ['stock-api timed out connecting to stock-db.', 'timed out connecting to stock-db'],
]

const turned: readonly (readonly [string, string])[] = [
  ['payments-db timed out connecting to checkout.', 'checkout timed out connecting to payments-db after 5s'],
  ['Connections from payments-db to checkout time out.', 'checkout timed out connecting to payments-db after 5s'],
  ['payments-db could not reach checkout.', 'checkout timed out connecting to payments-db after 5s'],
  ['Process 4712 is blocked by process 4711.', 'process 4711 is blocked by process 4712'],
  ['Process 4711 blocks process 4712.', 'process 4711 is blocked by process 4712'],
  ['4712 waits for 4711.', 'process 4711 is blocked by process 4712'],
  ['v1.2.0 replaced v1.3.0.', 'image v1.2.0 -> v1.3.0'],
  ['The image went from v1.3.0 to v1.2.0.', 'image v1.2.0 -> v1.3.0'],
  ['Replicas went from 10 to 50.', 'replicas: 50 -> 10'],
  ['Replicas were set to 50 from 10.', 'replicas: 50 -> 10'],
  ['stock-api called cart-api and got a 503.', 'request from cart-api to stock-api failed: 503'],
  ['cart-api answered 503 to stock-api.', 'request from cart-api to stock-api failed: 503'],
  ['10.0.0.9 refused a connection from 10.0.0.4.', '10.0.0.4 refused connection from 10.0.0.9'],
  ['stock-db timed out connecting to stock-api.', 'timed out connecting to stock-db'],
]

test('who does what to whom may be told in any voice', () => {
  for (const [text, quote] of asQuoted) assert.deepEqual(faults(text, quote), [], text)
})

test('a sentence that turns the roles of a quoted line round fails', () => {
  for (const [text, quote] of turned) assert.notDeepEqual(faults(text, quote), [], text)
})
