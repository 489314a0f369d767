import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { loki } from '../../src/datasources/loki.ts'
import { saying, serve } from './wire.ts'

const open = (endpoint: string) => loki({ endpoint, fetch, clock: systemClock, tenant: 'shop' })
const window = { from: new Date('2026-11-20T20:51:00Z'), to: new Date('2026-11-20T21:51:00Z') }
const streams = (...result: unknown[]) => saying({ status: 'success', data: { resultType: 'streams', result, stats: {} } })

test('lines come newest first over all streams, with all digits of their time', async (t) => {
  const wire = await serve(
    t,
    streams(
      {
        stream: { pod: 'b', app: 'checkout' },
        values: [
          ['1795211466000000003', 'third'],
          ['1795211465000000001', 'first'],
        ],
      },
      { stream: { app: 'checkout', pod: 'a' }, values: [['1795211466000000002', 'second', { trace: 'x' }]] },
    ),
  )
  const { lines, complete } = await open(wire.url).lines('{app="checkout"}', { ...window, limit: 100 })
  assert.deepEqual(lines, [
    { at: '2026-11-20T21:51:06.000000003Z', line: 'third', labels: { app: 'checkout', pod: 'b' } },
    { at: '2026-11-20T21:51:06.000000002Z', line: 'second', labels: { app: 'checkout', pod: 'a' } },
    { at: '2026-11-20T21:51:05.000000001Z', line: 'first', labels: { app: 'checkout', pod: 'b' } },
  ])
  assert.equal(complete, true)
  const [asked] = wire.asked
  assert.equal(asked?.headers['x-scope-orgid'], 'shop')
  assert.deepEqual(asked && [asked.path, asked.params], [
    '/loki/api/v1/query_range',
    { query: '{app="checkout"}', start: '1795207860000000000', end: '1795211460000000000', limit: '101', direction: 'backward' },
  ])
})

test('an answer is incomplete only when there were more lines than asked for', async (t) => {
  const values = [3, 2, 1].map((n) => [`179521146600000000${n}`, `line ${n}`])
  const wire = await serve(t, streams({ stream: { app: 'a' }, values }))
  const two = await open(wire.url).lines('{app="a"}', { ...window, limit: 2 })
  assert.deepEqual([two.lines.map(({ line }) => line), two.complete], [['line 3', 'line 2'], false])
  assert.equal((await open(wire.url).lines('{app="a"}', { ...window, limit: 3 })).complete, true)
})

test('a metric query is refused with what to ask instead', async (t) => {
  const wire = await serve(t, saying({ status: 'success', data: { resultType: 'matrix', result: [] } }))
  await assert.rejects(open(wire.url).lines('rate({app="a"}[5m])', { ...window, limit: 10 }), /is a metric query; ask a log query/)
})

test("Loki's plain-text refusals are passed on", async (t) => {
  const wire = await serve(t, saying('parse error at line 1, col 2: syntax error', 400, { 'content-type': 'text/plain' }))
  await assert.rejects(
    open(wire.url).lines('{', { ...window, limit: 10 }),
    /^PermanentError: Loki 400 parse error at line 1, col 2: syntax error$/,
  )
})

test('label names are sorted, and an empty Loki has none', async (t) => {
  const bodies = [{ status: 'success', data: ['pod', 'app'] }, { status: 'success' }]
  const wire = await serve(t, (asked, response) => saying(bodies[wire.asked.length - 1])(asked, response))
  const source = open(wire.url)
  assert.deepEqual([await source.labelNames({}), await source.labelNames({})], [['app', 'pod'], []])
})
