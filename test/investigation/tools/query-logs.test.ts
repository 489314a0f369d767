import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { loki } from '../../../src/datasources/loki.ts'
import { queryLogs } from '../../../src/investigation/tools/query-logs.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { saying, serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ loki: loki({ endpoint, fetch, clock: systemClock }) })

const streams = (...result: unknown[]) => ({ status: 'success', data: { resultType: 'streams', result } })
/** Lines a second apart, the newest at 22:00. */
const stream = (labels: Record<string, string>, lines: string[]) => ({
  stream: labels,
  values: lines.map((line, n) => [`${1795212000 - n}000000000`, line]),
})

toolContract(queryLogs, {
  sources,
  input: { query: '{app="checkout"} |= "error"' },
  some: streams(stream({ app: 'checkout', pod: 'a' }, ['error: upstream timeout request 1', 'error: upstream timeout request 2'])),
  none: streams(),
  tooMany: streams(
    stream(
      { app: 'checkout' },
      Array.from({ length: 101 }, (_, n) => `error ${n} ${'x'.repeat(900)}`),
    ),
  ),
  refused: [
    { query: '{app=~".+"}' },
    { query: 'rate({app="checkout"}[5m])' },
    { query: '{app="checkout"', limit: 10 },
    { query: '{app="checkout"}', start: 'yesterday' },
    { query: '{app="checkout"}', start: '-1h', end: '-2h' },
  ],
})

test('the model sees lines with their times; what all share stands once above them', async (t) => {
  const body = streams(
    stream({ app: 'checkout', pod: 'a' }, ['newest', 'panic: nil\n\tat main.go:7\u001b[0m']),
    stream({ app: 'checkout', pod: 'b' }, ['other']),
  )
  const wire = await serve(t, saying(body))
  const { shown } = cited(await ask(queryLogs, sources(wire.url), { query: '{app="checkout"}' }))
  assert.equal(
    shown,
    [
      '3 lines from 2026-11-20T21:00:00.000Z to 2026-11-20T22:00:00.000Z, newest first',
      'All from {app="checkout"}',
      '2026-11-20T22:00:00.000000000Z {pod="a"} newest',
      '2026-11-20T22:00:00.000000000Z {pod="b"} other',
      '2026-11-20T21:59:59.000000000Z {pod="a"} panic: nil',
      '    \tat main.go:7',
    ].join('\n'),
  )
})

test('many lines are shown by kind with an example, then the newest; all are in the output', async (t) => {
  const lines = Array.from({ length: 60 }, (_, n) => (n === 40 ? 'cache warmed' : `upstream timeout request ${n} ${'x'.repeat(2000)}`))
  const wire = await serve(t, saying(streams(stream({ app: 'checkout' }, lines))))
  const { shown, output, complete } = cited(await ask(queryLogs, sources(wire.url), { query: '{app="checkout"}', limit: 500 }))
  const rows = shown.split('\n')
  assert.match(rows[2] ?? '', /^2 kinds of lines/)
  assert.match(rows[3] ?? '', /^ {2}59 × upstream timeout request <\*> x+… \(2026-11-20T21:59:01Z to 2026-11-20T22:00:00Z\)$/)
  assert.match(rows[4] ?? '', /^ {4}2026-11-20T22:00:00\.000000000Z upstream timeout request 0 x+…$/)
  assert.equal(rows[5], '  1 × 2026-11-20T21:59:20.000000000Z cache warmed')
  assert.deepEqual([rows[6], rows.length], ['The newest 3:', 10])
  assert.ok(shown.length < 0.02 * JSON.stringify(lines).length)
  assert.ok(output.kind === 'lines' && output.lines.length === 60 && output.lines[59]?.line.length === 2028)
  assert.equal(complete, true)
})

test('of very many kinds the frequent and the rare ones are shown, and the others are counted', async (t) => {
  const words = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta', 'iota', 'kappa', 'lambda', 'mu', 'nu', 'xi']
  const lines = words.flatMap((word, n) => Array.from({ length: 15 - n }, () => `${`${word} `.repeat(n + 1)}failed`))
  const wire = await serve(t, saying(streams(stream({ app: 'checkout' }, lines))))
  const { shown } = cited(await ask(queryLogs, sources(wire.url), { query: '{app="checkout"}', limit: 500 }))
  assert.match(shown, /14 kinds of lines[\s\S]* 15 × alpha failed [\s\S]* 2 × (xi )+failed[\s\S]*… 3 more kinds/)
  assert.doesNotMatch(shown, /eta theta/)
})

test('a window of more than six hours is cut to its end, and can then not tell what is absent', async (t) => {
  const wire = await serve(t, saying(streams()))
  const { shown, range, complete } = cited(
    await ask(queryLogs, sources(wire.url), { query: '{app="checkout"}', start: '-24h', end: '-1h' }),
  )
  assert.match(shown, /The window was cut to the 6h before its end/)
  assert.deepEqual(range, { from: '2026-11-20T15:00:00.000Z', to: '2026-11-20T21:00:00.000Z' })
  assert.equal(complete, false)
})

test('more than 500 lines, or none, cannot be asked for', () => {
  for (const limit of [0, 501, 1.5]) assert.equal(queryLogs.input.safeParse({ query: '{app="checkout"}', limit }).success, false)
})
