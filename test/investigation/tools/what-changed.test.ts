import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { whatChanged } from '../../../src/investigation/tools/what-changed.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { samplesAt } from '../../datasources/samples-wire.ts'
import { saying, serve } from '../../datasources/wire.ts'
import { ONSET, SLOW_ORDERS, shop } from '../../series/shop.ts'

const sources = (endpoint: string) => ({ prometheus: prometheus({ endpoint, fetch, clock: systemClock }) })

const NOW = Date.parse('2026-11-20T22:00:00Z') / 1000

/** A value a minute for an hour and a half; it leaps in the last ten minutes. */
const leaping = (name: string) => ({
  metric: { __name__: name, namespace: 'shop', service: 'orders' },
  values: Array.from({ length: 90 }, (_, n) => [NOW - 60 * (89 - n), n >= 80 ? '90' : String(10 + (n % 3))]),
})

const matrix = (...result: unknown[]) => ({ status: 'success', data: { resultType: 'matrix', result } })

toolContract(whatChanged, {
  sources,
  input: { namespace: 'shop', at: '-10m' },
  query: '{namespace="shop",__name__!~".+_bucket|.+_created|.+_info|ALERTS.*|scrape_.+"}',
  some: matrix(leaping('latency_seconds')),
  none: matrix(),
  tooMany: matrix(
    ...Array.from({ length: 25 }, (_, n) => ({ ...leaping('x'), metric: { __name__: `m${n}`, service: `s${n}`, namespace: 'shop' } })),
  ),
  refused: [
    { namespace: 'shop', at: 'yesterday' },
    { namespace: 'shop', at: '2027-01-01T00:00:00Z' },
  ],
})

test('who moved stands in a table, the most telling first, with the points in the output', async (t) => {
  const { wire } = await samplesAt(t, shop({ faults: SLOW_ORDERS, end: NOW }))
  const answer = await ask(whatChanged, sources(wire.url), { namespace: 'shop', at: new Date(ONSET * 1000).toISOString() })
  const { shown, output } = cited(answer)
  assert.match(shown, /^4 of 30 series left their own past around 2026-11-20T21:50:00.000Z, of 3 of 6 services\./)
  assert.match(shown, /\norders: latency_seconds 0\.08\d* → 0\.4\d* since 21:50:00 UTC, over 20 times as far as ever before/)
  assert.equal(output.kind === 'series' && output.series.length, 4)
  assert.equal(answer.ok && answer.summary, '4 series moved')
})

test('of one service in its namespace only its own rows are shown, measured against all', async (t) => {
  const { wire } = await samplesAt(t, shop({ faults: SLOW_ORDERS, end: NOW }))
  const answer = await ask(whatChanged, sources(wire.url), { namespace: 'shop', service: 'checkout', at: '-10m' })
  assert.match(cited(answer).shown, /^1 of 30 series/)
  assert.match(cited(answer).shown, /\ncheckout: latency_seconds/)
})

test('when nothing stands out that is said', async (t) => {
  const { wire } = await samplesAt(t, shop({ end: NOW }))
  const answer = await ask(whatChanged, sources(wire.url), { service: 'orders', at: '-10m' })
  assert.equal(answer.ok && answer.summary, 'nothing stands out')
  assert.match(cited(answer).query, /^\{service=~"orders"/)
})

test('without a namespace and a service nothing is asked', async (t) => {
  const wire = await serve(t, saying(matrix()))
  const answer = await ask(whatChanged, sources(wire.url), { at: '-10m' })
  assert.ok(!answer.ok && /neither a namespace nor a service/.test(answer.error))
  assert.equal(wire.asked.length, 0)
})
