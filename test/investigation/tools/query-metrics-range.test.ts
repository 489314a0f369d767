import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { queryMetricsRange } from '../../../src/investigation/tools/query-metrics-range.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { saying, serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ prometheus: prometheus({ endpoint, fetch, clock: systemClock }) })

const matrix = (...result: unknown[]) => ({ status: 'success', data: { resultType: 'matrix', result } })
/** Values a minute apart that end at 22:00. */
const series = (labels: Record<string, string>, values: string[]) => ({
  metric: labels,
  values: values.map((value, n) => [1795212000 - 60 * (values.length - 1 - n), value]),
})

toolContract(queryMetricsRange, {
  sources,
  input: { query: 'sum by (code) (rate(demo_requests_total{service="checkout"}[5m]))', start: '-1h', step: '1m' },
  some: matrix(series({ code: '200' }, ['496.503', '999.75']), series({ code: '500' }, ['123.753', '249.75'])),
  none: matrix(),
  tooMany: matrix(...Array.from({ length: 21 }, (_, n) => series({ pod: `checkout-${n}`, node: 'n'.repeat(300) }, ['1', '2', '3']))),
  refused: [
    { query: '{job=~".*"}', start: '-1h' },
    { query: 'up', start: 'yesterday' },
    { query: 'up', start: '-1h', end: 'soon' },
    { query: 'up', start: '-1h', end: '-2h' },
    { query: 'up', start: '-60d' },
    { query: 'up', start: '-1h', step: '0s' },
    { query: 'up', start: '-1h', step: 'often' },
  ],
})

test('the model sees statistics and some points of each series; all points are in the output', async (t) => {
  const values = Array.from({ length: 45 }, (_, n) => (n === 30 ? '9.123456789' : n === 10 ? '-1' : n === 44 ? 'NaN' : '2'))
  const wire = await serve(t, saying(matrix(series({ service: 'checkout' }, values))))
  const answer = await ask(queryMetricsRange, sources(wire.url), { query: 'load', start: '-45m', step: '1m' })
  const { shown, output } = cited(answer)
  const [head, odd, line] = shown.split('\n')
  assert.equal(head, '1 series from 2026-11-20T21:15:00.000Z to 2026-11-20T22:00:00.000Z, step 1m')
  assert.equal(odd, '1 points are NaN or infinite and not in the statistics.')
  assert.match(
    line ?? '',
    /^\{service="checkout"\} last 2, min -1, max 9\.12346, mean 2\.09371, change 0; window before mean 2\.09371, a day before mean 2\.09371; 44 points /,
  )
  assert.match(line ?? '', /21:26:00Z -1, .*21:46:00Z 9\.12346, /)
  assert.equal(output.kind === 'series' && output.series[0]?.points.length, 45)
  assert.deepEqual(wire.asked[0]?.params, { query: 'load', start: '1795209300.000', end: '1795212000.000', step: '60', timeout: '30s' })
})

test('each series is compared with the window before and the day before; what these cannot say is left out', async (t) => {
  const now = matrix(series({ v: '1' }, ['4', '4', '4']), series({ v: '2' }, ['9', '9', '9']))
  const wire = await serve(t, ({ params }, response) => {
    const back = 1795212000 - Number(params['end'])
    if (back > 80_000) return void response.writeHead(503).end()
    const body = back === 0 ? now : matrix(series({ v: '1' }, ['2', '2', '2']))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const { shown, output } = cited(await ask(queryMetricsRange, sources(wire.url), { query: 'load', start: '-45m', step: '1m' }))
  assert.match(shown, /v="1"} .*; window before mean 2;/)
  assert.match(shown, /v="2"} .*; window before no samples;/)
  assert.equal(output.kind === 'series' && output.series.length, 2)
  assert.deepEqual(
    wire.asked.map(({ params }) => (1795212000 - Number(params['end'])) / 60).sort((a, b) => a - b),
    [0, 45, 1440],
  )
  await ask(queryMetricsRange, sources(wire.url), { query: 'load', start: '-7h', step: '1m' })
  assert.equal(wire.asked.length, 4, 'a long window holds its own past')
})

test('a step that would give too many points is raised, and the answer says so', async (t) => {
  const wire = await serve(t, saying(matrix()))
  const { shown } = cited(await ask(queryMetricsRange, sources(wire.url), { query: 'up', start: '-7d', step: '1s' }))
  assert.match(shown, /The step was raised from 1s to 55s: at most 11000 points a series/)
  assert.equal(wire.asked[0]?.params['step'], '55')
})

test('without an end and a step the window ends now in steps of five minutes', async (t) => {
  const wire = await serve(t, saying(matrix()))
  await ask(queryMetricsRange, sources(wire.url), { query: 'up', start: '2026-11-20T20:00:00Z' })
  assert.deepEqual(wire.asked[0]?.params, { query: 'up', start: '1795204800.000', end: '1795212000.000', step: '300', timeout: '30s' })
})

test('a series of nothing but NaN has no statistics', async (t) => {
  const wire = await serve(t, saying(matrix(series({ a: 'b' }, ['NaN', 'NaN']))))
  const answer = await ask(queryMetricsRange, sources(wire.url), { query: 'x', start: '-1h' })
  assert.match(cited(answer).shown, /2 points are NaN or infinite[\s\S]*\{a="b"\} no points/)
})
