import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Context } from '../../../src/context.ts'
import { systemClock } from '../../../src/context.ts'
import { loki } from '../../../src/datasources/loki.ts'
import type { Sources } from '../../../src/datasources/sources.ts'
import { TransientError } from '../../../src/errors.ts'
import { logsAround } from '../../../src/investigation/logs-around.ts'
import { errorSpike } from '../../../src/investigation/rules/error-spike.ts'
import type { RuleInput } from '../../../src/investigation/rules/rule.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { CallGraph } from '../../../src/traces/call-graph.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'
import { lokiOf } from '../../datasources/loki-wire.ts'
import { saying, serve } from '../../datasources/wire.ts'

const NOW = new Date('2026-11-20T22:00:00Z')
const ONSET = new Date('2026-11-20T21:50:00Z')
const clock = { ...systemClock, now: () => NOW }

/** `count` lines from a time on, one every so many seconds. */
const lines = (service: string, from: string, [every, count]: [number, number], line: (n: number) => string): LogLine[] =>
  Array.from({ length: count }, (_, n) => ({
    at: new Date(Date.parse(`2026-11-20T${from}Z`) + n * every * 1000).toISOString(),
    line: line(n + 1),
    labels: { service, env: 'test' },
  }))

const usual = (service: string) => lines(service, '21:20:00', [10, 240], (n) => `INFO request ${n} done in ${n % 90} ms`)
const timeouts = lines('checkout', '21:50:10', [20, 10], (n) => `upstream timeout request ${n}`)

type Given = { sources: Sources; graph?: CallGraph; onset?: Date }

const inputOf = ({ sources, graph = { edges: [] }, onset = ONSET }: Given): Omit<RuleInput, 'cite'> => {
  const { signal } = new AbortController()
  const callGraph = async () => graph
  const context = { clock, config: { subject: { service: ['service', 'app'] } } } as unknown as Context
  const logs = () =>
    sources.loki === undefined
      ? Promise.resolve(null)
      : logsAround({ context, sources, cluster: 'default', subject: 'checkout', namespace: null, onset, graph: callGraph, signal })
  return ruleInput({ clock, onset, sources, surroundings: { callGraph, clusterState: async () => null, logs, traces: async () => null } })
}

const over = async (t: TestContext, all: readonly LogLine[], graph: CallGraph = { edges: [] }) =>
  evaluate(errorSpike, inputOf({ sources: { loki: (await lokiOf(t, all)).loki }, graph }))

/** The contract wants its worlds before there is a test to hang a server on. */
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

ruleContract(errorSpike, {
  found: inputOf({ sources: inMemory([...usual('checkout'), ...timeouts]) }),
  nothing: inputOf({ sources: inMemory(usual('checkout')) }),
})

test('ten lines of one new error are one MEDIUM finding with count, share and examples', async (t) => {
  const { findings, cited } = await over(t, [...usual('checkout'), ...timeouts])
  assert.equal(findings.length, 1)
  const [finding] = findings
  assert.deepEqual([finding?.severity, finding?.confidence, finding?.category], ['medium', 'medium', 'dependency'])
  assert.deepEqual(finding?.object, { kind: 'service', name: 'checkout' })
  assert.equal(
    finding?.summary,
    'checkout writes “upstream timeout request <*>” since 21:50:10 UTC, never in the 30 min before: 10 lines, 100 % of its errors.',
  )
  assert.equal(finding?.since, '2026-11-20T21:50:10.000000000Z')
  const [answer] = cited
  assert.match(answer?.shown ?? '', /new error, 0 lines before, 10 after, 100 %/)
  assert.match(answer?.shown ?? '', /upstream timeout request 10/)
  assert.deepEqual(answer?.output.kind === 'lines' && answer.output.lines.length, 10)
  for (const [number] of finding?.summary.matchAll(/\d[\d:]*/g) ?? []) assert.ok(answer?.shown.includes(number), number)
})

test('errors of what the service calls are found, and explain its own', async (t) => {
  const graph = {
    edges: [
      { from: 'checkout', to: 'payments' },
      { from: 'shop', to: 'other' },
    ],
  }
  const broken = lines('payments', '21:49:50', [15, 40], (n) => `ERROR could not charge card ${n}: no space left on device`)
  const other = lines('other', '21:49:50', [15, 40], (n) => `ERROR lost message ${n}`)
  const all = [...usual('checkout'), ...timeouts, ...usual('payments'), ...broken, ...usual('other'), ...other]
  const { findings } = await over(t, all, graph)
  assert.deepEqual(
    findings.map(({ object, category }) => [object?.name, category]),
    [
      ['payments', 'disk'],
      ['checkout', 'dependency'],
    ],
  )
  assert.ok((findings[0]?.weight ?? 0) > (findings[1]?.weight ?? 1))
})

test('errors of a caller accuse nobody by themselves', async (t) => {
  const graph = { edges: [{ from: 'web', to: 'checkout' }] }
  const broken = lines('web', '21:49:50', [15, 40], (n) => `ERROR could not draw page ${n}`)
  const { findings } = await over(t, [...usual('checkout'), ...usual('web'), ...broken], graph)
  assert.deepEqual([findings[0]?.object?.name, findings[0]?.weight], ['web', 0.3])
})

test('a statement that stopped is told with the time of its last line', async (t) => {
  const placed = lines('checkout', '21:20:00', [20, 80], (n) => `INFO order ${n} placed`)
  const { findings } = await over(t, [...usual('checkout'), ...placed])
  assert.equal(
    findings[0]?.summary,
    'checkout has stopped writing “INFO order <*> placed”: 80 lines in the 30 min before, the last at 21:46:20 UTC, 0 since.',
  )
  assert.equal(findings[0]?.severity, 'low')
})

test('of too many lines the errors are asked for apart', async (t) => {
  const many = lines('checkout', '21:20:00', [0.5, 4800], (n) => `INFO request ${n} done`)
  const { loki: source, wire } = await lokiOf(t, [...many, ...timeouts])
  const { findings, cited } = await evaluate(errorSpike, inputOf({ sources: { loki: source } }))
  assert.match(findings[0]?.summary ?? '', /10 lines/)
  assert.equal(wire.asked.filter(({ params }) => params['query']?.includes('|~')).length, 2)
  assert.equal(wire.asked.length, 6)
  assert.equal(cited[0]?.query, '{service=~"checkout"}')
})

test('without logs there is no finding, and a Loki that fails is something not seen', async (t) => {
  assert.deepEqual((await evaluate(errorSpike, inputOf({ sources: {} }))).findings, [])
  for (const status of [500, 400]) {
    const wire = await serve(t, saying('nothing works', status))
    const sources = { loki: loki({ endpoint: wire.url, fetch, clock }) }
    await assert.rejects(evaluate(errorSpike, inputOf({ sources })), TransientError)
  }
})
