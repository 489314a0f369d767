import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Alert } from '../../../src/alert/alert.ts'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { type Tempo, tempo } from '../../../src/datasources/tempo.ts'
import { TransientError } from '../../../src/errors.ts'
import type { OwnState, RuleInput } from '../../../src/investigation/rules/rule.ts'
import { tailLatency } from '../../../src/investigation/rules/tail-latency.ts'
import { tracesAround } from '../../../src/investigation/traces-around.ts'
import type { Span } from '../../../src/traces/span.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'
import { tempoOf } from '../../datasources/tempo-wire.ts'
import { saying, serve } from '../../datasources/wire.ts'
import { type Purchase, purchase } from '../../traces/shop.ts'

const NOW = new Date('2026-11-20T22:00:00Z')
const ONSET = new Date('2026-11-20T21:50:00Z')
const clock = { ...systemClock, now: () => NOW }

type Traces = Readonly<Record<string, readonly Span[]>>

/** Twenty purchases, half a minute apart. */
const twenty = (prefix: string, from: string, what: Omit<Purchase, 'at'>): Traces =>
  Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [
      `${prefix}${n}`,
      purchase({ own: 20 + (n % 4), ...what, at: Date.parse(`2026-11-20T${from}Z`) + n * 30_000 }),
    ]),
  )

const usual = twenty('a', '21:30:00', {})

const inputOf = (source: Tempo | undefined, over: Partial<RuleInput> = {}): Omit<RuleInput, 'cite'> => {
  const { signal } = new AbortController()
  const base = ruleInput({ clock, onset: ONSET, ...over })
  const traces = () =>
    source === undefined
      ? Promise.resolve(null)
      : tracesAround({ context: { clock, db: base.db }, tempo: source, cluster: 'default', subject: base.subject, onset: ONSET, signal })
  return { ...base, surroundings: { ...base.surroundings, traces } }
}

const over = async (t: TestContext, traces: Traces, more: Partial<RuleInput> = {}) =>
  evaluate(tailLatency, inputOf((await tempoOf(t, traces)).tempo, more))

/** The contract wants its worlds before there is a test to hang a server on. */
const inMemory = (traces: Traces): Tempo => ({
  endpoint: '',
  search: async (query, { from, to }) => ({
    traces: Object.entries(traces)
      .filter(([, [root]]) => (root?.start ?? 0) >= from.getTime() && (root?.start ?? 0) < to.getTime())
      .filter(([, spans]) => !query.includes('status = error') || spans.some(({ error }) => error !== null))
      .map(([trace, [root]]) => ({
        trace,
        service: 'checkout',
        name: '',
        start: root?.start ?? 0,
        ms: (root?.end ?? 0) - (root?.start ?? 0),
        matched: 1,
      })),
    complete: true,
  }),
  trace: async (id) => ({ spans: traces[id] ?? [], complete: true }),
  echo: async () => undefined,
})

ruleContract(tailLatency, {
  found: inputOf(inMemory({ ...usual, ...twenty('b', '21:50:00', { payments: 900 }) })),
  nothing: inputOf(inMemory({ ...usual, ...twenty('b', '21:50:00', {}) })),
})

test('the service in which the time went is named, with p99 before and after', async (t) => {
  const { findings, cited } = await over(t, { ...usual, ...twenty('b', '21:50:00', { payments: 930 }) })
  assert.equal(findings.length, 1)
  const [finding] = findings
  assert.equal(
    finding?.summary,
    'Requests through checkout take 0.9 s longer because of payments: 100 % of the extra time is in payments itself. p99 0.96 s, before 65 ms.',
  )
  assert.deepEqual(
    [finding?.object?.name, finding?.category, finding?.confidence, finding?.weight],
    ['payments', 'dependency', 'high', 0.7],
  )
  const shown = cited[0]?.shown ?? ''
  for (const number of ['0.9 s', '100 %', '0.96 s', '65 ms']) assert.ok(shown.includes(number), `${number} in ${shown}`)
  assert.equal(cited[0]?.query, '{ resource.service.name = "checkout" }')
})

test('time between client and server is the network, not the code', async (t) => {
  const { findings } = await over(t, { ...usual, ...twenty('b', '21:50:00', { way: 800 }) })
  assert.deepEqual([findings[0]?.object?.name, findings[0]?.category], ['payments', 'network'])
  assert.match(findings[0]?.summary ?? '', /between payments and checkout, not in their code/)
})

test('a limit in the unit of the expression says how bad it is', async (t) => {
  const own = { expression: 'histogram_quantile(0.99, rate(http_duration_seconds_bucket[5m])) > 5', threshold: 5 } as OwnState
  const slow = { ...usual, ...twenty('b', '21:50:00', { payments: 930 }) }
  assert.equal((await over(t, slow, { own })).findings[0]?.severity, 'medium')
  assert.equal((await over(t, slow, { own: { ...own, threshold: 0.5 } })).findings[0]?.severity, 'high')
})

test('failing traces name the service that fails first, unless as many failed before', async (t) => {
  const failing = twenty('b', '21:50:00', { error: 'card store is read-only' })
  const { findings, cited } = await over(t, { ...usual, ...failing })
  assert.equal(
    findings[0]?.summary,
    'Failing requests through checkout fail first in payments: 8 of 8 traces, in POST /charge: card store is read-only.',
  )
  assert.equal(findings[0]?.object?.name, 'payments')
  assert.match(cited[0]?.shown ?? '', /^20 failing traces since 21:49:00 UTC, 0 in the 30 min before; 8 were read/)
  const ever = { ...twenty('a', '21:21:00', { error: 'card declined' }), ...twenty('c', '21:32:00', { error: 'card declined' }) }
  assert.deepEqual((await over(t, { ...ever, ...failing })).findings, [])
})

test('a few slow traces, a little slowness and too few traces are no finding', async (t) => {
  const after = Object.entries(twenty('b', '21:50:00', {}))
  const twoSlow = Object.fromEntries(
    after.map(([id, spans], n) => [id, n < 2 ? purchase({ at: spans[0]?.start ?? 0, payments: 900 }) : spans]),
  )
  assert.deepEqual((await over(t, { ...usual, ...twoSlow })).findings, [])
  assert.deepEqual((await over(t, { ...usual, ...twenty('b', '21:50:00', { payments: 45 }) })).findings, [])
  assert.deepEqual((await over(t, twenty('b', '21:50:00', { payments: 900 }))).findings, [])
})

test('without a Tempo there is nothing, and one that fails is something not seen', async (t) => {
  assert.deepEqual((await evaluate(tailLatency, inputOf(undefined))).findings, [])
  for (const status of [500, 400]) {
    const wire = await serve(t, saying('nothing works', status))
    await assert.rejects(evaluate(tailLatency, inputOf(tempo({ endpoint: wire.url, fetch, clock }))), TransientError)
  }
})

/** A Prometheus with one histogram of checkout, whose p99 jumps at 21:51. */
const histogram = (high: string) => async (t: TestContext) => {
  const wire = await serve(t, (asked, response) => {
    const { query = '', start = '0', end = '0', step = '60' } = asked.params
    const isNames = query.startsWith('group by')
    const times = Array.from(
      { length: Math.floor((Number(end) - Number(start)) / Number(step)) + 1 },
      (_, n) => Number(start) + n * Number(step),
    )
    const values = times.map((at) => [at, at < Date.parse('2026-11-20T21:51:00Z') / 1000 ? '0.4' : high])
    const names = [{ metric: { __name__: 'http_request_duration_seconds_bucket' }, value: [0, '1'] }]
    const data = isNames ? { resultType: 'vector', result: names } : { resultType: 'matrix', result: [{ metric: {}, values }] }
    saying({ status: 'success', data })(asked, response)
  })
  const alert = { labels: { alertname: 'Slow', service: 'checkout' }, generatorUrl: null } as unknown as Alert
  return evaluate(tailLatency, inputOf(undefined, { alert, sources: { prometheus: prometheus({ endpoint: wire.url, fetch, clock }) } }))
}

test('without traces a histogram of the service tells that it is slow', async (t) => {
  const { findings, cited } = await histogram('2.5')(t)
  assert.equal(
    findings[0]?.summary,
    'checkout is slow: p99 of http_request_duration_seconds_bucket is 2.5 s, 0.4 s in the middle of the 30 min before.',
  )
  assert.deepEqual([findings[0]?.weight, cited[0]?.source], [0.3, 'prometheus'])
  assert.equal(
    cited[0]?.query,
    'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="checkout"}[5m])))',
  )
  assert.deepEqual((await histogram('0.5')(t)).findings, [])
})
