import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { queryMetrics } from '../../../src/investigation/tools/query-metrics.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { saying, serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ prometheus: prometheus({ endpoint, fetch, clock: systemClock }) })

const vector = (...result: unknown[]) => ({ status: 'success', data: { resultType: 'vector', result } })
const sample = (labels: Record<string, string>, value: string) => ({ metric: labels, value: [1795212000, value] })

toolContract(queryMetrics, {
  sources,
  input: { query: 'sum by (code) (rate(demo_requests_total{service="checkout"}[5m]))' },
  some: vector(sample({ code: '200' }, '999.75'), sample({ code: '500' }, '249.75')),
  none: vector(),
  tooMany: vector(...Array.from({ length: 51 }, (_, n) => sample({ pod: `checkout-${n}`, node: 'n'.repeat(300) }, `${n}`))),
  refused: [
    { query: '{__name__=~".+"}' },
    { query: 'sum(' },
    { query: 'rate(up[30d])' },
    { query: 'up', time: 'yesterday' },
    { query: 'up', time: '1795212000' },
  ],
})

test('the model sees each series with its value, and a single value is the summary', async (t) => {
  const wire = await serve(t, saying(vector(sample({ __name__: 'demo_error_ratio', service: 'checkout' }, '0.25123456'))))
  const answer = await ask(queryMetrics, sources(wire.url), { query: 'demo_error_ratio', time: '-10m' })
  assert.equal(cited(answer).shown, '1 series at 2026-11-20T21:50:00.000Z\ndemo_error_ratio{service="checkout"} 0.251235')
  assert.equal(answer.ok && answer.summary, '0.251')
  assert.deepEqual(cited(answer).range, { from: null, to: '2026-11-20T21:50:00.000Z' })
  assert.equal(wire.asked[0]?.params['time'], '1795211400.000')
})

test('NaN and infinities are shown as what they are, and control characters in labels are not', async (t) => {
  const wire = await serve(
    t,
    saying(vector(sample({ a: '1\u001b[31m' }, 'NaN'), sample({ a: '2' }, '+Inf'), sample({ a: '3' }, '1795211466'))),
  )
  const { shown } = cited(await ask(queryMetrics, sources(wire.url), { query: 'x' }))
  assert.deepEqual(shown.split('\n').slice(1), ['{a="1\\u001b[31m"} NaN', '{a="2"} +Inf', '{a="3"} 1795211466'])
})
