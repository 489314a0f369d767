import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { tempo } from '../../../src/datasources/tempo.ts'
import { readTrace } from '../../../src/investigation/tools/read-trace.ts'
import { ask, cited } from '../../contracts/tool.ts'
import { saying, serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ tempo: tempo({ endpoint, fetch, clock: systemClock }) })

type Wire = { spanId: string; parentSpanId?: string; name: string; kind?: string | number; from: number; to: number; error?: string }

const batch = (service: string, spans: Wire[]) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
  scopeSpans: [
    {
      spans: spans.map(({ from, to, error, ...rest }) => ({
        ...rest,
        startTimeUnixNano: `${1795211000000 + from}000000`,
        endTimeUnixNano: `${1795211000000 + to}000000`,
        ...(error === undefined ? {} : { status: { code: 'STATUS_CODE_ERROR', message: error } }),
      })),
    },
  ],
})

const shop = {
  batches: [
    batch('gateway', [
      { spanId: '1', name: 'GET /cart', kind: 'SPAN_KIND_SERVER', from: 0, to: 2000 },
      { spanId: '2', parentSpanId: '1', name: 'call cart', kind: 3, from: 10, to: 1990 },
    ]),
    batch('cart', [
      { spanId: '3', parentSpanId: '2', name: 'GET /items', kind: 2, from: 600, to: 1900 },
      { spanId: '4', parentSpanId: '3', name: 'select items', from: 650, to: 1890, error: 'deadlock detected\u001b[0m' },
    ]),
  ],
}

test('a trace is shown by what its end waited for, its errors, and the time between client and server', async (t) => {
  const wire = await serve(t, saying(shop))
  const answer = await ask(readTrace, sources(wire.url), { trace: 'ABC123' })
  const { shown, output, complete } = cited(answer)
  assert.equal(wire.asked[0]?.path, '/api/traces/abc123')
  assert.match(shown, /^4 spans, 2 s from 2026-/)
  assert.match(
    shown,
    /What its end waited for:\n {2}62 % cart: select items, 1\.2 s\n {2}34 % gateway: call cart, 0\.68 s\n {2}3 % cart: GET \/items, 60 ms\n/,
  )
  assert.match(shown, /1 span with an error, in order of time:\n {2}cart: select items, 1\.2 s: deadlock detected\n/)
  assert.match(shown, /Time between client and server.*:\n {2}gateway: call cart to cart: 0\.68 s of 2 s$/)
  assert.equal(output.kind === 'objects' && output.objects.length, 4)
  assert.equal(complete, true)
})

test('what is not whole, or measured by two clocks, is said to be', async (t) => {
  const broken = {
    trace: {
      resourceSpans: [
        batch('cart', [
          { spanId: '9', name: 'root', from: 0, to: 100 },
          { spanId: '8', parentSpanId: 'gone', name: 'lost', from: 1, to: 2 },
          { spanId: '7', parentSpanId: '9', name: 'early', from: -40, to: 20 },
        ]),
      ],
    },
    status: 'PARTIAL',
  }
  const wire = await serve(t, saying(broken))
  const { shown, complete } = cited(await ask(readTrace, sources(wire.url), { trace: 'f0' }))
  assert.match(shown, /Not whole: the parent of 1 span is not here/)
  assert.match(shown, /1 span before the beginning of the parent: clocks differ/)
  assert.equal(complete, false)
})

test('what is no trace id is not asked, and what Tempo does not know is said', async (t) => {
  const wire = await serve(t, saying({ batches: [] }))
  for (const trace of ['../../api/search', 'xyz', '', 'a'.repeat(33)]) {
    const refused = await ask(readTrace, sources(wire.url), { trace })
    assert.match(refused.ok ? '' : refused.error, /hexadecimal/)
  }
  assert.equal(wire.asked.length, 0)
  const unknown = await ask(readTrace, sources(wire.url), { trace: 'ab' })
  assert.match(unknown.ok ? '' : unknown.error, /no spans of this trace/)
  const none = await ask(readTrace, {}, { trace: 'ab' })
  assert.match(none.ok ? '' : none.error, /Tempo is not configured/)
})
