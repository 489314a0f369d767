import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { findMetrics } from '../../../src/investigation/tools/find-metrics.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { type Asked, saying, serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ prometheus: prometheus({ endpoint, fetch, clock: systemClock }) })

toolContract(findMetrics, {
  sources,
  input: { words: 'pool connections' },
  query: 'metrics about "pool connections"',
  some: { status: 'success', data: ['db_pool_connections', 'up'] },
  none: { status: 'success', data: [] },
  tooMany: { status: 'success', data: Array.from({ length: 60 }, (_, n) => `pool_${n}`) },
  refused: [],
})

const world = (t: Parameters<typeof serve>[0]) =>
  serve(t, ({ path, params }: Asked, response) => {
    const said =
      path === '/api/v1/metadata'
        ? {
            http_request_duration_seconds: [{ type: 'histogram', help: 'Latency of requests', unit: '' }],
            jobs_waiting: [{ type: 'gauge', help: 'Length of the queue', unit: '' }],
          }
        : path === '/api/v1/labels'
          ? ['__name__', 'code', params['match[]']?.includes('jobs') ? 'queue' : 'handler']
          : ['go_goroutines', 'http_request_duration_seconds_bucket', 'http_requests_total', 'jobs_waiting', 'PodServerLatencyP90']
    saying({ status: 'success', data: said })({} as Asked, response)
  })

test('names match by their words in any spelling, and by their help; type and labels stand beside them', async (t) => {
  const wire = await world(t)
  const answer = await ask(findMetrics, sources(wire.url), { words: 'request latencies', namespace: 'shop' })
  const lines = cited(answer).shown.split('\n')
  assert.equal(lines[0], '3 of 5 metrics of the last 1h match request, latency')
  assert.deepEqual(lines.slice(1), [
    'http_request_duration_seconds_bucket (histogram) {code, handler} : Latency of requests',
    'PodServerLatencyP90 {code, handler}',
    'http_requests_total {code, handler}',
  ])
  const values = wire.asked.find(({ path }) => path.endsWith('/values'))
  assert.equal(values?.params['match[]'], '{namespace="shop"}')
  const labels = wire.asked.find(({ path }) => path === '/api/v1/labels')
  assert.match(labels?.params['match[]'] ?? '', /^\{__name__="http_.+",namespace="shop"\}$/)
})

test('a metric whose name says nothing is found by its help', async (t) => {
  const wire = await world(t)
  const { shown } = cited(await ask(findMetrics, sources(wire.url), { words: 'queue' }))
  assert.match(shown, /^1 of 5 .+\njobs_waiting \(gauge\) \{code, queue\} : Length of the queue$/)
})

test('a name for a label is written into the matcher, never around it', async (t) => {
  const wire = await world(t)
  await ask(findMetrics, sources(wire.url), { words: 'queue', service: 'a"} or {x="' })
  const values = wire.asked.find(({ path }) => path.endsWith('/values'))
  assert.equal(values?.params['match[]'], '{service="a\\"} or {x=\\""}')
})

test('without a word nothing is asked', async (t) => {
  const wire = await world(t)
  const answer = await ask(findMetrics, sources(wire.url), { words: '?!' })
  assert.ok(!answer.ok && answer.error.startsWith('Not asked: there is no word to look for'))
  assert.equal(wire.asked.length, 0)
})
