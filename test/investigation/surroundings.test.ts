import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from '../../src/context.ts'
import { systemClock } from '../../src/context.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import { TransientError } from '../../src/errors.ts'
import { surroundingsOf } from '../../src/investigation/surroundings.ts'
import { saying, serve } from '../datasources/wire.ts'

const at = (url: string | null, calls: Record<string, string[]>) =>
  surroundingsOf({
    context: { clock: systemClock, config: { calls } } as unknown as Context,
    sources: url === null ? {} : { prometheus: prometheus({ endpoint: url, fetch, clock: systemClock }) },
    cluster: 'default',
    subject: 'web',
    namespace: null,
    onset: new Date(),
    signal: new AbortController().signal,
    ms: 800,
    about: { labels: {}, subject: 'web' },
  })

const graph = (...calls: readonly (readonly [string, string])[]) =>
  saying({ data: { resultType: 'vector', result: calls.map(([client, server]) => ({ metric: { client, server }, value: [1, '1'] })) } })

test('who calls whom is what the service graph of the last hour and the configuration say together, asked once', async (t) => {
  const wire = await serve(t, graph(['web', 'checkout'], ['checkout', 'checkout'], ['checkout', 'orders']))
  const around = at(wire.url, { web: ['checkout', 'search'], search: ['search'] })
  const { edges } = await around.callGraph()
  assert.deepEqual(edges, [
    { from: 'web', to: 'checkout' },
    { from: 'web', to: 'search' },
    { from: 'checkout', to: 'orders' },
  ])
  assert.equal(await around.callGraph(), await around.callGraph())
  assert.deepEqual(
    wire.asked.map(({ params }) => params['query']),
    ['group by (client, server) (last_over_time(traces_service_graph_request_total[1h]))'],
  )
})

test('what is configured stands without Prometheus, and while it is silent; without that its silence is said', async (t) => {
  const wire = await serve(t, saying('down', 503))
  assert.deepEqual((await at(wire.url, { web: ['checkout'] }).callGraph()).edges, [{ from: 'web', to: 'checkout' }])
  assert.deepEqual((await at(null, { web: ['checkout'] }).callGraph()).edges, [{ from: 'web', to: 'checkout' }])
  assert.deepEqual((await at(null, {}).callGraph()).edges, [])
  await assert.rejects(at(wire.url, {}).callGraph(), TransientError)
})
