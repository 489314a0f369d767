import assert from 'node:assert/strict'
import { type TestContext as T, test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { splitComparison } from '../../src/datasources/comparison.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import { startWorld } from '../../src/demo/world/world.ts'
import { ownSeries, readExpression, stateText, unitOf } from '../../src/incident/expression.ts'
import type { Series } from '../../src/series/series.ts'
import { type Asked, saying, serve } from '../datasources/wire.ts'

/** The shop at a time that the test moves. */
const shop = async (t: T) => {
  let now = Date.parse('2026-11-20T03:04:00.000Z')
  const world = await startWorld({ now: () => new Date(now), scrapeEverySeconds: 5 })
  t.after(() => world.close())
  const client = prometheus({ endpoint: world.prometheusUrl, fetch, clock: systemClock })
  return {
    world,
    now: () => new Date(now),
    leap: (seconds: number) => {
      now += seconds * 1000
    },
    read: (expression: string, labels: Record<string, string> = {}) => readExpression(client, { expression, labels, at: new Date(now) }),
  }
}

const ERRORS = 'sum by (service) (rate(http_requests_total{code=~"5.."}[1m])) / sum by (service) (rate(http_requests_total[1m])) > 0.05'
const CHECKOUT = { alertname: 'E', severity: 'critical', service: 'checkout' }

test('a value on either side of its limit, with samples of now', async (t) => {
  const { world, read, leap, now } = await shop(t)
  const well = await read(ERRORS, CHECKOUT)
  assert.equal(well.side, 'healthy')
  assert.match(well.text, /% \(limit 5 %\)$/)
  world.break()
  leap(60)
  const ill = await read(ERRORS, CHECKOUT)
  assert.equal(ill.side, 'unhealthy')
  assert.ok((ill.value ?? 0) > 0.05 && ill.threshold === 0.05)
  assert.ok(now().getTime() - (ill.newest?.getTime() ?? 0) < 10_000)
})

test('a service that is gone has no newest sample while its rate still has a value, whatever its neighbours tell', async (t) => {
  const { world, read, leap } = await shop(t)
  world.break()
  leap(60)
  await world.stop('checkout')
  leap(20)
  const gone = await read(ERRORS, CHECKOUT)
  assert.notEqual(gone.value, null, 'the window of the rate still reaches back to it')
  assert.equal(gone.newest, null)
  const neighbour = await read(ERRORS, { ...CHECKOUT, service: 'cart' })
  assert.notEqual(neighbour.newest, null)
  leap(120)
  assert.equal((await read(ERRORS, CHECKOUT)).side, 'no_samples')
})

test('of a quotient both sides must have samples: one that goes on does not speak for one that ended', async (t) => {
  const { world, read, leap } = await shop(t)
  const perPod =
    'sum(rate(http_requests_total{service="cart"}[2m])) / sum(kube_deployment_status_replicas_available{deployment="checkout"}) > 100000'
  assert.notEqual((await read(perPod)).newest, null)
  await world.stop('cart')
  leap(20)
  const half = await read(perPod)
  assert.equal(half.side, 'healthy', 'by its value alone it would be over')
  assert.equal(half.newest, null)
  assert.ok(half.answers.some((answer) => answer.shown === 'a metric of it has no samples'))
})

test('with `or` a side that never had a series is no reason to doubt', async (t) => {
  const { read } = await shop(t)
  const either =
    '(sum(rate(no_such_metric{service="cart"}[1m])) or vector(0)) + sum(rate(http_requests_total{service="cart"}[1m])) > 100000'
  const reading = await read(either)
  assert.equal(reading.side, 'healthy')
  assert.notEqual(reading.newest, null)
})

test('absent(): healthy is a metric that is there, with samples', async (t) => {
  const { world, read, leap } = await shop(t)
  const absent = 'absent(process_resident_memory_bytes{service="cart"})'
  const there = await read(absent, { service: 'cart' })
  assert.equal(there.side, 'healthy')
  assert.notEqual(there.newest, null)
  await world.stop('cart')
  leap(20)
  const gone = await read(absent, { service: 'cart' })
  assert.deepEqual([gone.side, gone.newest], ['no_samples', null])
})

test('up == 0: down is a sample of zero, up again one of one, and a target that is no longer there says nothing', async (t) => {
  const { world, read, leap } = await shop(t)
  const series = (await (await fetch(`${world.prometheusUrl}/api/v1/query?query=up{service="cart"}`)).json()) as {
    data: { result: { metric: Record<string, string> }[] }
  }
  const { __name__: _, ...labels } = series.data.result[0]?.metric ?? {}
  const down = 'up{service="cart"} == 0'
  assert.equal((await read(down, labels)).side, 'healthy')
  await world.stop('cart')
  leap(20)
  const ill = await read(down, labels)
  assert.deepEqual([ill.side, ill.value], ['unhealthy', 0])
  await world.resume('cart')
  leap(30)
  assert.equal((await read(down, labels)).side, 'healthy')
  const removed = await read(down, { ...labels, instance: '10.9.9.9:1' })
  assert.deepEqual([removed.side, removed.newest], ['no_samples', null])
})

test('a rule without a comparison to take off: firing can be read from it, silence is no proof', async (t) => {
  const { read } = await shop(t)
  const silent = await read('sum(rate(http_requests_total{service="cart"}[1m])) > 1e9 or sum(up) > 1e9')
  assert.equal(silent.side, 'unknown')
  const loud = await read('sum(rate(http_requests_total{service="cart"}[1m])) > 1 or sum(up) > 1e9')
  assert.equal(loud.side, 'unhealthy')
})

test('Prometheus that is down throws, and is not read as a healthy silence', async (t) => {
  const { world, read } = await shop(t)
  await world.stop('prometheus')
  await assert.rejects(read(ERRORS, CHECKOUT))
})

test('asks how old the alert’s own series are: with its labels where the selector leaves them open, with nothing escaped wrongly', async (t) => {
  const asked: Asked[] = []
  const wire = await serve(t, (one, response) => {
    asked.push(one)
    saying({ status: 'success', data: { resultType: 'vector', result: [] } })(one, response)
  })
  const client = prometheus({ endpoint: wire.url, fetch, clock: systemClock })
  const labels = { alertname: 'A', service: 'a.b|c"d\\', job: 'app', 'dotted.name': 'x' }
  await readExpression(client, { expression: 'rate(x{job="exporter"}[40d]) > 1', labels, at: new Date() })
  const newest = asked.map((one) => one.params['query']).find((query) => query?.startsWith('timestamp'))
  assert.equal(newest, String.raw`timestamp({__name__="x",job="exporter",service=~"a\\.b\\|c\"d\\\\|"})`)
})

test('a healthy value of which a store kept silent proves nothing; one on the wrong side does; and its own series is found among thousands', async (t) => {
  let [value, warnings, count] = ['1', ['No StoreAPIs matched for this query'], 1]
  const wire = await serve(t, (one, response) => {
    const result = Array.from({ length: count }, (_, i) => ({ metric: { pod: `p${String(i).padStart(5, '0')}` }, value: [1, value] }))
    saying({ status: 'success', warnings, data: { resultType: 'vector', result } })(one, response)
  })
  const client = prometheus({ endpoint: wire.url, fetch, clock: systemClock })
  const read = (pod: string) => readExpression(client, { expression: 'x > 5', labels: { pod }, at: new Date() })
  const half = await read('p00000')
  assert.deepEqual([half.side, half.text], ['unknown', '1 (limit 5), but not all of its stores answered'])
  warnings = ['PromQL info: metric might not be a counter']
  assert.equal((await read('p00000')).side, 'healthy')
  ;[value, warnings] = ['9', ['a store is away']]
  assert.equal((await read('p00000')).side, 'unhealthy')
  ;[value, warnings, count] = ['1', [], 4000]
  const last = await read('p03999')
  assert.equal(last.side, 'healthy')
  const [kept] = last.answers
  assert.ok(kept?.output.kind === 'series' && kept.output.series.length === 50 && kept.output.series[0]?.labels['pod'] === 'p03999')
  assert.equal(kept.complete, false)
})

const series = (labels: Record<string, string>, value: number): Series => ({ labels, points: [[1, value]] })
const comparison = (expression: string) => {
  const split = splitComparison(expression)
  return 'operator' in split ? split : undefined
}

test('of several series of the alert the one that is furthest on the wrong side is meant', () => {
  const all = [
    series({ pod: 'a' }, 3),
    series({ pod: 'b' }, 9),
    series({ pod: 'c' }, Number.NaN),
    series({ pod: 'x', service: 'other' }, 99),
  ]
  const labels = (pod: string) => ({ alertname: 'A', service: 'shop', pod })
  assert.equal(ownSeries(all, labels('a'), comparison('x > 1'))?.points[0]?.[1], 3)
  const summed = all.map(({ points }) => ({ labels: {}, points }))
  assert.equal(ownSeries(summed.slice(0, 3), labels('a'), comparison('x > 1'))?.points[0]?.[1], 9)
  assert.equal(ownSeries(summed.slice(0, 3), labels('a'), comparison('x < 1'))?.points[0]?.[1], 3)
  assert.equal(ownSeries([series({}, 1), series({}, 0)], {}, comparison('x == 0'))?.points[0]?.[1], 0)
  assert.equal(ownSeries([series({}, 1), series({}, 4)], {}, comparison('x != 1'))?.points[0]?.[1], 4)
  assert.equal(ownSeries([series({ pod: 'z' }, 1)], labels('a'), comparison('x > 1')), undefined)
})

test('a value reads as what it measures', () => {
  const text = (expression: string, value: number) => {
    const split = comparison(expression)
    assert.ok(split !== undefined)
    return stateText(split, expression, value)
  }
  assert.equal(text('errors / total > 0.05', 0.124), '12.4 % (limit 5 %)')
  assert.equal(text('errors / total > 0.05', 0.04987), 'just under 5 % (limit 5 %)')
  assert.equal(text('errors / total > 0.05', 0.0502), 'just over 5 % (limit 5 %)')
  assert.equal(text('errors / total > 0.05', 0.05), '5 % (limit 5 %)')
  assert.match(text('process_resident_memory_bytes > 450 * 1024 * 1024', 500 * 1024 * 1024), /MiB|MB/)
  assert.match(text('histogram_quantile(0.99, rate(latency_seconds_bucket[5m])) > 0.5', 1.2), /1\.2 s \(limit/)
  assert.equal(unitOf({ threshold: 5, left: 'a' }, 'a > 5'), undefined)
})
