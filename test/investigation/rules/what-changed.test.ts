import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransientError } from '../../../src/errors.ts'
import { dependencyCascade } from '../../../src/investigation/rules/dependency-cascade.ts'
import { whatChanged } from '../../../src/investigation/rules/what-changed.ts'
import { evaluate, ruleContract } from '../../contracts/rule.ts'
import { samplesAt } from '../../datasources/samples-wire.ts'
import { GRAPH, SLOW_ORDERS, shop } from '../../series/shop.ts'
import { aroundOf, inputOf, shopAlert, standsIn } from './shop-input.ts'

const slow = shop({ faults: SLOW_ORDERS })

ruleContract(whatChanged, { found: inputOf(slow), nothing: inputOf(shop()) })

test('the service that moved is named with its numbers, since when, and who follows', async (t) => {
  const { client, wire } = await samplesAt(t, slow)
  const { findings, cited } = await evaluate(whatChanged, inputOf(slow, { sources: { prometheus: client } }))
  assert.equal(findings.length, 1)
  const [finding] = findings
  assert.deepEqual(finding?.object, { kind: 'service', namespace: 'shop', name: 'orders' })
  assert.match(
    finding?.summary ?? '',
    /^orders moved first: latency_seconds 0\.0\d+ → 0\.4\d+ since 21:50:00 UTC; checkout and web, which depend on it, follow\.$/,
  )
  assert.deepEqual(
    [finding?.category, finding?.severity, finding?.confidence, finding?.since],
    ['saturation', 'medium', 'high', '2026-11-20T21:50:00.000Z'],
  )
  assert.deepEqual(
    finding?.explains?.map(({ name }) => name),
    ['checkout', 'web'],
  )
  assert.ok((finding?.weight ?? 0) > 0.6 && (finding?.weight ?? 0) <= 0.7)
  standsIn(finding?.summary ?? '', cited[0]?.shown ?? '')
  assert.match(cited[0]?.shown ?? '', /\norders: cpu_usage 0\.\d+ → 0\.\d+ since 21:50:00 UTC, over 20 times as far as ever before/)
  assert.match(cited[0]?.shown ?? '', /\nweb: latency_seconds/)
  assert.equal(cited[0]?.output.kind === 'series' ? cited[0].output.series.length : 0, 3)
  assert.ok(cited[0]?.link?.startsWith(wire.url))
})

test('the two rules of one look ask once', async (t) => {
  const { client, wire } = await samplesAt(t, slow)
  const input = inputOf(slow, { sources: { prometheus: client } })
  await Promise.all([evaluate(whatChanged, input), evaluate(dependencyCascade, input)])
  assert.equal(wire.asked.length, 5)
})

test('without a graph there is no cascade, and the service is still named', async () => {
  const faults = [...SLOW_ORDERS.slice(0, 2), { service: 'orders', metric: 'error_ratio', times: 20 }]
  const alone = inputOf(shop({ faults }), {
    surroundings: aroundOf(async () => Promise.reject(new TransientError('Prometheus gave no answer'))),
  })
  assert.deepEqual((await evaluate(dependencyCascade, alone)).findings, [])
  const { findings } = await evaluate(whatChanged, alone)
  assert.equal(findings[0]?.object?.name, 'orders')
})

test('the service itself is named where what it calls is as ever', async () => {
  const faults = [
    { service: 'web', metric: 'latency_seconds', times: 5 },
    { service: 'web', metric: 'memory_bytes', times: 2 },
  ]
  const input = inputOf(shop({ faults }))
  const { findings } = await evaluate(whatChanged, input)
  assert.equal(findings[0]?.category, 'memory')
  assert.match(findings[0]?.summary ?? '', /^web moved most: .+; nothing that it calls explains it\.$/)
  assert.deepEqual((await evaluate(dependencyCascade, input)).findings, [])
})

test('a subject that is called with its namespace is the service of that name', async () => {
  const { findings } = await evaluate(whatChanged, inputOf(slow, { subject: 'shop/web' }))
  assert.deepEqual(findings, (await evaluate(whatChanged, inputOf(slow))).findings)
})

test('an alert of which neither namespace nor service is known is not looked at', async (t) => {
  const { client, wire } = await samplesAt(t, slow)
  const input = inputOf(slow, { alert: shopAlert({}), subject: null, sources: { prometheus: client } })
  assert.deepEqual((await evaluate(whatChanged, input)).findings, [])
  assert.equal(wire.asked.length, 0)
})

test('names as long as they may be still give one short paragraph', async () => {
  const long = (name: string) => `${name}-${'x'.repeat(200)}`
  const series = slow.map((one) => ({ ...one, labels: { ...one.labels, service: long(one.labels['service'] ?? ''), pod: '' } }))
  const graph = { edges: GRAPH.edges.map(({ from, to }) => ({ from: long(from), to: long(to) })) }
  const input = inputOf(series, {
    alert: shopAlert({ namespace: 'shop', service: long('web') }),
    subject: long('web'),
    surroundings: aroundOf(async () => graph),
  })
  for (const rule of [whatChanged, dependencyCascade]) {
    const { findings } = await evaluate(rule, input)
    assert.equal(findings.length, 1)
    assert.ok(findings.every(({ summary }) => summary.length < 400))
  }
})
