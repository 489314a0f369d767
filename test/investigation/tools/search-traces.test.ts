import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { tempo } from '../../../src/datasources/tempo.ts'
import { searchTraces } from '../../../src/investigation/tools/search-traces.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ tempo: tempo({ endpoint, fetch, clock: systemClock }) })

const found = (count: number) => ({
  traces: Array.from({ length: count }, (_, n) => ({
    traceID: `a${n}`,
    rootServiceName: 'gateway',
    rootTraceName: `GET /cart/${'x'.repeat(100)}`,
    startTimeUnixNano: '1795211000000000000',
    durationMs: 1000 + n,
    spanSets: [{ matched: 2, spans: [] }],
  })),
  metrics: {},
})

toolContract(searchTraces, {
  sources,
  input: { service: 'checkout' },
  query: '{ resource.service.name = "checkout" && duration > 500ms }',
  some: found(2),
  none: { metrics: {} },
  tooMany: found(51),
  refused: [
    { service: 'checkout', start: 'yesterday' },
    { service: 'checkout', start: '-1h', end: '-2h' },
    { service: 'checkout', start: '-12h' },
  ],
})

const whole = {
  batches: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'checkout' } }] },
      scopeSpans: [
        {
          spans: [
            { spanId: 'r', name: 'POST /pay', kind: 'SPAN_KIND_SERVER', startTimeUnixNano: '1000000000', endTimeUnixNano: '4000000000' },
            { spanId: 'p', parentSpanId: 'r', name: 'db.pool acquire', startTimeUnixNano: '1100000000', endTimeUnixNano: '3900000000' },
          ],
        },
      ],
    },
  ],
}

test('TraceQL is made here: no text of the model ends a string of it', async (t) => {
  const wire = await serve(
    t,
    (_asked, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"traces":[]}'),
  )
  const asked = { service: 'a" } || { true', operation: 'GET "x"\\', what: 'errors', slower_than_ms: 250 }
  await ask(searchTraces, sources(wire.url), asked)
  assert.equal(
    wire.asked[0]?.params['q'],
    String.raw`{ resource.service.name = "a\" } || { true" && status = error && duration > 250ms && name = "GET \"x\"\\" }`,
  )
})

test('the slowest stand first, with where their time was spent', async (t) => {
  const wire = await serve(t, ({ path }, response) => {
    const body = path.startsWith('/api/traces/') ? whole : found(12)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const { shown, output } = cited(await ask(searchTraces, sources(wire.url), { service: 'checkout' }))
  assert.match(shown, /^12 traces in 1h until .*, the slowest first\na11 2026-11-\d\dT.*Z 1 s gateway: GET \/cart/)
  assert.match(
    shown,
    /… 4 more traces\nWhere the time of the 3 slowest was spent[^\n]*\n {2}93\.3 % checkout: db\.pool acquire, 8\.4 s\n {2}6\.7 % checkout: POST \/pay, 0\.6 s/,
  )
  assert.equal(wire.asked.filter(({ path }) => path.startsWith('/api/traces/')).length, 3)
  assert.equal(output.kind === 'objects' && output.objects.length, 14)
})
