import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import { PermanentError } from '../../src/errors.ts'
import { saying, serve } from './wire.ts'

const open = (endpoint: string) => prometheus({ endpoint, fetch, clock: systemClock })

const success = (data: unknown, more: object = {}) => saying({ status: 'success', data, ...more })
const vector = (...result: unknown[]) => success({ resultType: 'vector', result })

test('an instant query is posted with its time and gives series in the order of their labels', async (t) => {
  const wire = await serve(
    t,
    vector(
      { metric: { service: 'web', __name__: 'demo' }, value: [1795211466.586, '0.5'] },
      { metric: { service: 'checkout', __name__: 'demo' }, value: [1795211466.586, '0.25'] },
    ),
  )
  const answer = await open(wire.url).instant('demo', { at: new Date('2026-11-20T21:51:06.586Z') })
  assert.deepEqual(answer, {
    series: [
      { labels: { __name__: 'demo', service: 'checkout' }, points: [[1795211466.586, 0.25]] },
      { labels: { __name__: 'demo', service: 'web' }, points: [[1795211466.586, 0.5]] },
    ],
    complete: true,
    partial: false,
    total: 2,
  })
  assert.equal(JSON.stringify(answer.series[0]?.labels), '{"__name__":"demo","service":"checkout"}')
  const [asked] = wire.asked
  assert.deepEqual(asked && [asked.method, asked.path, asked.params], [
    'POST',
    '/api/v1/query',
    { query: 'demo', time: '1795211466.586', timeout: '30s' },
  ])
})

test('a range query asks for its window and step', async (t) => {
  const values = [
    [1795211463, '123.753'],
    [1795211464, 'NaN'],
  ]
  const wire = await serve(t, success({ resultType: 'matrix', result: [{ metric: { code: '500' }, values }] }))
  const answer = await open(wire.url).range('rate(demo[5s])', {
    from: new Date(1795211456000),
    to: new Date(1795211466000),
    stepSeconds: 1,
  })
  assert.deepEqual(answer.series, [
    {
      labels: { code: '500' },
      points: [
        [1795211463, 123.753],
        [1795211464, Number.NaN],
      ],
    },
  ])
  assert.deepEqual(wire.asked[0]?.params, {
    query: 'rate(demo[5s])',
    start: '1795211456.000',
    end: '1795211466.000',
    step: '1',
    timeout: '30s',
  })
})

test('NaN, infinities and exponents are values', async (t) => {
  const wire = await serve(
    t,
    vector(...['NaN', '+Inf', '-Inf', '1e-07', '-0'].map((value, n) => ({ metric: { n: `${n}` }, value: [1, value] }))),
  )
  const { series } = await open(wire.url).instant('x', {})
  assert.deepEqual(
    series.map(({ points }) => points[0]?.[1]),
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-7, -0],
  )
})

test('a scalar is one series without labels, an empty answer none, a text an error', async (t) => {
  const bodies = [
    { resultType: 'scalar', result: [1795211466.607, '42'] },
    { resultType: 'vector', result: [] },
    { resultType: 'string', result: [1795211466.607, 'hello'] },
  ]
  const wire = await serve(t, (asked, response) => success(bodies[wire.asked.length - 1])(asked, response))
  const source = open(wire.url)
  assert.deepEqual(await source.instant('42', {}), {
    series: [{ labels: {}, points: [[1795211466.607, 42]] }],
    complete: true,
    partial: false,
    total: 1,
  })
  assert.deepEqual(await source.instant('nope', {}), { series: [], complete: true, partial: false, total: 0 })
  await assert.rejects(source.instant('"hello"', {}), /answered the text "hello"/)
})

test('more series than the limit are cut and counted', async (t) => {
  const wire = await serve(t, vector(...Array.from({ length: 60 }, (_, n) => ({ metric: { n: `${n}` }, value: [1, '1'] }))))
  const source = open(wire.url)
  const { series, complete, total } = await source.instant('x', {})
  assert.deepEqual([series.length, complete, total], [50, false, 60])
  assert.equal((await source.instant('x', { limit: 60 })).complete, true)
})

test('a warning that a store is missing makes the answer incomplete, a remark on the query does not', async (t) => {
  const warnings = [['store 10.0.0.7:10901 gave no answer'], ['PromQL warning: bucket label "le" is missing'], null]
  const wire = await serve(t, (asked, response) =>
    success({ resultType: 'vector', result: [] }, { warnings: warnings[wire.asked.length - 1] })(asked, response),
  )
  const source = open(wire.url)
  const complete: boolean[] = []
  for (const _ of warnings) complete.push((await source.instant('x', {})).complete)
  assert.deepEqual(complete, [false, true, true])
})

test('native histograms are refused with what to ask instead', async (t) => {
  const wire = await serve(t, vector({ metric: {}, histogram: [1, { count: '5', sum: '3' }] }))
  await assert.rejects(open(wire.url).instant('demo_lat', {}), /histogram_quantile\(\)/)
})

test('an answer of another shape names the place', async (t) => {
  const wire = await serve(t, success({ resultType: 'vector', result: [{ metric: {}, value: [1, 2] }] }))
  await assert.rejects(
    open(wire.url).instant('x', {}),
    (error) => error instanceof PermanentError && /unexpected shape at data\.result\.0\.value/.test(error.message),
  )
})

test('alerting rules come with their group, and recording rules are left out', async (t) => {
  const wire = await serve(
    t,
    success({
      groups: [
        {
          name: 'demo',
          file: 'rules.yml',
          interval: 1,
          rules: [
            {
              state: 'firing',
              name: 'HighErrorRate',
              query: 'demo_error_ratio > 0.05',
              duration: 2,
              keepFiringFor: 0,
              labels: { severity: 'critical' },
              annotations: { summary: 'Error ratio {{ $value }}' },
              alerts: [],
              health: 'ok',
              type: 'alerting',
            },
            { name: 'job:demo:rate', query: 'rate(demo[5m])', health: 'ok', type: 'recording' },
          ],
        },
      ],
    }),
  )
  assert.deepEqual(await open(wire.url).rules({}), [
    {
      name: 'HighErrorRate',
      group: 'demo',
      expression: 'demo_error_ratio > 0.05',
      forSeconds: 2,
      intervalSeconds: 1,
      labels: { severity: 'critical' },
      annotations: { summary: 'Error ratio {{ $value }}' },
    },
  ])
  assert.deepEqual(wire.asked[0]?.params, { type: 'alert', exclude_alerts: 'true' })
})

test("the version is the server's own", async (t) => {
  const wire = await serve(t, success({ version: '2.42.0+ds', goVersion: 'go1.19.8' }))
  assert.equal(await open(wire.url).version({}), '2.42.0+ds')
  assert.equal(wire.asked[0]?.path, '/api/v1/status/buildinfo')
})

test('a link leads to the configured host with the query escaped', () => {
  const source = open('https://ann:secret@prom.eu/prometheus/')
  assert.equal(source.link('a{b="&#"}'), 'https://prom.eu/prometheus/graph?g0.expr=a%7Bb%3D%22%26%23%22%7D&g0.tab=1')
  const range = { from: new Date('2026-11-20T20:00:00Z'), to: new Date('2026-11-20T21:30:00Z') }
  assert.equal(
    source.link('up', range),
    'https://prom.eu/prometheus/graph?g0.expr=up&g0.tab=0&g0.range_input=1h30m&g0.end_input=2026-11-20+21%3A30%3A00',
  )
})
