import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Context, systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import type { Sources } from '../../../src/datasources/sources.ts'
import { TransientError } from '../../../src/errors.ts'
import { logsAround } from '../../../src/investigation/logs-around.ts'
import { externalDependency } from '../../../src/investigation/rules/external-dependency.ts'
import type { RuleInput } from '../../../src/investigation/rules/rule.ts'
import { tailLatency } from '../../../src/investigation/rules/tail-latency.ts'
import { tracesAround } from '../../../src/investigation/traces-around.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Span } from '../../../src/traces/span.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'
import { lokiOf } from '../../datasources/loki-wire.ts'
import { tempoOf } from '../../datasources/tempo-wire.ts'
import { saying, serve } from '../../datasources/wire.ts'
import { type Purchase, purchase } from '../../traces/shop.ts'

const NOW = new Date('2026-11-20T22:00:00Z')
const ONSET = new Date('2026-11-20T21:50:00Z')
const clock = { ...systemClock, now: () => NOW }

/** One a quarter of a minute. */
const lines = (from: string, count: number, line: (n: number) => string): LogLine[] =>
  Array.from({ length: count }, (_, n) => ({
    at: new Date(Date.parse(`2026-11-20T${from}Z`) + n * 15_000).toISOString(),
    line: line(n),
    labels: { service: 'checkout' },
  }))

const usual = lines('21:20:00', 120, (n) => `INFO request ${n} done`)
const bank = lines('21:50:10', 20, (n) => `ERROR charge ${n}: Post "https://api.bank.example/v1/charges": context deadline exceeded`)

const inputOf = (sources: Sources): Omit<RuleInput, 'cite'> => {
  const { signal } = new AbortController()
  const base = ruleInput({ clock, onset: ONSET, sources })
  const context = { clock, config: { subject: { service: ['service'] } } } as unknown as Context
  const shared = { context, cluster: 'default', subject: 'checkout', onset: ONSET, signal }
  const logs = async () =>
    sources.loki === undefined ? null : logsAround({ ...shared, sources, namespace: null, graph: async () => ({ edges: [] }) })
  const traces = async () => (sources.tempo === undefined ? null : tracesAround({ ...shared, tempo: sources.tempo }))
  return { ...base, surroundings: { ...base.surroundings, logs, traces } }
}

const withLines = async (t: TestContext, ...all: LogLine[][]) =>
  evaluate(externalDependency, inputOf({ loki: (await lokiOf(t, [...usual, ...all.flat()])).loki }))

const inMemory = (all: readonly LogLine[]): Sources => ({
  loki: {
    endpoint: '',
    lines: async (_query, { from, to }) => ({
      lines: all.filter(({ at }) => Date.parse(at) >= from.getTime() && Date.parse(at) < to.getTime()),
      complete: true,
    }),
    labelNames: async () => ['service'],
    labelValues: async () => ['checkout'],
  },
})

ruleContract(externalDependency, {
  found: inputOf(inMemory([...usual, ...bank])),
  nothing: inputOf(inMemory([...usual, ...lines('21:50:10', 20, (n) => `ERROR charge ${n}: lookup payments.prod.svc: no such host`)])),
})

test('a host of others that new errors name is said to be not ours', async (t) => {
  const { findings, cited } = await withLines(t, bank)
  assert.equal(findings.length, 1)
  assert.deepEqual(findings[0]?.object, { kind: 'external', name: 'api.bank.example' })
  assert.deepEqual([findings[0]?.category, findings[0]?.weight, findings[0]?.confidence], ['external', 0.6, 'medium'])
  assert.equal(
    findings[0]?.summary,
    'api.bank.example fails, and it is not ours: 20 error lines of checkout name it since 21:50:10 UTC, 0 in the 30 min before.',
  )
  for (const [number] of findings[0]?.summary.matchAll(/\d[\d:]*/g) ?? []) assert.ok(cited[0]?.shown.includes(number), number)
})

test('what they refuse because of us, and what always failed, is no fault of theirs', async (t) => {
  const refused = lines('21:50:10', 20, (n) => `ERROR charge ${n}: https://api.bank.example/v1/charges answered 401 unauthorized`)
  assert.deepEqual((await withLines(t, refused)).findings, [])
  const ever = lines('21:20:00', 120, (n) => `ERROR charge ${n}: Post "https://api.bank.example/v1/charges": context deadline exceeded`)
  assert.deepEqual((await withLines(t, ever)).findings, [])
})

test('a probe that fails too makes it surer', async (t) => {
  const wire = await serve(t, (asked, response) =>
    saying({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [{ metric: { instance: 'https://api.bank.example/health' }, value: [Number(asked.params['time']), '0'] }],
      },
    })(asked, response),
  )
  const { loki } = await lokiOf(t, [...usual, ...bank])
  const { findings } = await evaluate(externalDependency, inputOf({ loki, prometheus: prometheus({ endpoint: wire.url, fetch, clock }) }))
  assert.match(findings[0]?.summary ?? '', /; its probe fails too\.$/)
  assert.deepEqual([findings[0]?.weight, findings[0]?.evidence.length], [0.8, 2])
})

test('three hosts at once are rather our own way out', async (t) => {
  const hosts = ['api.bank.example', 'mail.post.example', 'maps.geo.example']
  const all = hosts.map((host) => lines('21:50:10', 20, (n) => `ERROR ${host.slice(0, 4)} ${n}: dial tcp: lookup ${host}: i/o timeout`))
  const { findings } = await withLines(t, ...all)
  assert.equal(findings.length, 1)
  assert.match(findings[0]?.summary ?? '', /^3 hosts of others fail at once \(api\.bank\.example, .*rather our own way out/)
  assert.deepEqual([findings[0]?.object?.name, findings[0]?.category], ['checkout', 'network'])
})

const twenty = (prefix: string, from: string, what: Omit<Purchase, 'at'>): Record<string, Span[]> =>
  Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [
      `${prefix}${n}`,
      purchase({ own: 20 + (n % 4), ...what, at: Date.parse(`2026-11-20T${from}Z`) + n * 30_000 }),
    ]),
  )

test('a peer outside that has become slow is theirs, and tail-latency leaves it to this', async (t) => {
  const { tempo } = await tempoOf(t, { ...twenty('a', '21:30:00', {}), ...twenty('b', '21:50:00', { bank: 900 }) })
  const { findings } = await evaluate(externalDependency, inputOf({ tempo }))
  assert.equal(findings[0]?.object?.name, 'api.bank.example')
  assert.match(findings[0]?.summary ?? '', /calls of payments to it take 0\.89 s longer a trace, 100 % of all extra time\.$/)
  assert.deepEqual((await evaluate(tailLatency, inputOf({ tempo }))).findings, [])
})

test('one of logs and traces is enough, and without both something was not seen', async (t) => {
  const { loki } = await lokiOf(t, [...usual, ...bank])
  const { tempo } = await tempoOf(t, {})
  const broken = { ...tempo, search: async () => Promise.reject(new TransientError('Tempo 500')) }
  assert.equal((await evaluate(externalDependency, inputOf({ loki, tempo: broken }))).findings.length, 1)
  const down = { ...loki, labelNames: async () => Promise.reject(new TransientError('Loki 500')) }
  await assert.rejects(evaluate(externalDependency, inputOf({ loki: down, tempo: broken })), TransientError)
})
