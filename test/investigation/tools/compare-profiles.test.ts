import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { pyroscope } from '../../../src/datasources/pyroscope.ts'
import { compareProfiles } from '../../../src/investigation/tools/compare-profiles.ts'
import { ask, cited } from '../../contracts/tool.ts'
import { serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ pyroscope: pyroscope({ endpoint, fetch, clock: systemClock }) })

/** As protobuf's JSON has it: 64-bit integers are strings. */
const flames = (acquire: number) => ({
  flamegraph: {
    names: ['total', 'main', 'pool.acquire'],
    levels: [
      { values: ['0', '1000', '0', '0'] },
      { values: ['0', '1000', String(1000 - acquire), '1'] },
      { values: ['0', String(acquire), String(acquire), '2'] },
    ],
    total: '1000',
  },
})

const NOW = Date.parse('2026-11-20T22:00:00Z')

test('two windows of the same length are compared, and what grew is named by its share', async (t) => {
  const bodies: { start: number; end: number; labelSelector: string; profileTypeID: string }[] = []
  const wire = await serve(t, (_asked, response, body) => {
    const asked = JSON.parse(body) as (typeof bodies)[number]
    bodies.push(asked)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(flames(asked.end === NOW ? 412 : 21)))
  })
  const { shown, output, complete } = cited(await ask(compareProfiles, sources(wire.url), { service: 'check"out', start: '-10m' }))
  assert.match(
    shown,
    /^CPU time, 10m from 2026-11-20T21:50:00\.000Z against 10m from 2026-11-20T21:40:00\.000Z\nThe whole is 100 % of before\./,
  )
  assert.match(shown, /pool\.acquire: 41\.2 % \(before 2\.1 %\), with callees 41\.2 % \(before 2\.1 %\)/)
  assert.deepEqual(bodies.map(({ start, end }) => [(NOW - start) / 60_000, (NOW - end) / 60_000]).sort(), [
    [10, 0],
    [20, 10],
  ])
  assert.equal(bodies[0]?.labelSelector, '{service_name="check\\"out"}')
  assert.equal(bodies[0]?.profileTypeID, 'process_cpu:cpu:nanoseconds:cpu:nanoseconds')
  assert.equal(output.kind === 'objects' && output.objects.length, 2)
  assert.equal(complete, true)
})

test('no profiles are said to be none, and nothing can be concluded from them', async (t) => {
  const wire = await serve(t, (_asked, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  const { shown, complete } = cited(await ask(compareProfiles, sources(wire.url), { service: 'checkout', type: 'memory' }))
  assert.match(shown, /No profiles in the window/)
  assert.equal(complete, false)
})

test('a window that cannot be, and a server that fails, are answers that say so', async (t) => {
  const wire = await serve(
    t,
    (_asked, response) =>
      void response.writeHead(500, { 'content-type': 'application/json' }).end('{"code":"internal","message":"no blocks"}'),
  )
  const late = await ask(compareProfiles, sources(wire.url), { service: 'checkout', start: '-20h' })
  assert.match(late.ok ? '' : late.error, /longer than 6h/)
  assert.equal(wire.asked.length, 0)
  const failed = await ask(compareProfiles, sources(wire.url), { service: 'checkout' })
  assert.match(failed.ok ? '' : failed.error, /Pyroscope 500 no blocks/)
  const none = await ask(compareProfiles, {}, { service: 'checkout' })
  assert.match(none.ok ? '' : none.error, /not configured/)
})
