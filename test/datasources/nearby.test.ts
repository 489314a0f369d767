import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearby } from '../../src/datasources/nearby.ts'
import type { Series } from '../../src/series/series.ts'
import { ONSET, shop } from '../series/shop.ts'
import { samplesAt } from './samples-wire.ts'

const moment = { onset: new Date(ONSET * 1000), now: new Date((ONSET + 360) * 1000) }
const place = { namespace: 'shop', label: 'service', services: ['web', 'a.b|c'] }

test('samples are asked for as they were stored, six hours back where they are few', async (t) => {
  const { client, wire } = await samplesAt(t, shop())
  const { series, selector, total, complete, from } = await nearby(client, place, moment)
  assert.deepEqual([series.length, total, complete], [30, 30, true])
  assert.equal(series[0]?.points[1]?.[0], (series[0]?.points[0]?.[0] ?? 0) + 30)
  assert.equal(from.toISOString(), '2026-11-20T15:50:00.000Z')
  const asked = wire.asked.map(({ params }) => params['query'])
  assert.equal(asked.length, 5)
  assert.equal(asked.at(-1), `${selector}[6h6m]`)
  assert.match(selector, /^\{namespace="shop",__name__!~"\.\+_bucket/)
})

test('of very many a value every few minutes is asked for', async (t) => {
  const [one] = shop()
  assert.ok(one)
  const many = Array.from(
    { length: 3000 },
    (_, n): Series => ({ ...one, labels: { ...one.labels, n: String(n) }, points: one.points.slice(-30) }),
  )
  const { client, wire } = await samplesAt(t, many)
  const { from } = await nearby(client, place, moment)
  const last = wire.asked.at(-1)
  assert.equal(last?.path, '/api/v1/query_range')
  assert.equal(last?.params['step'], '105')
  assert.equal(from.toISOString(), '2026-11-20T20:50:00.000Z')
})

test('of more than that the services alone, with their names escaped', async (t) => {
  const [one] = shop()
  assert.ok(one)
  const many = Array.from(
    { length: 6000 },
    (_, n): Series => ({ ...one, labels: { ...one.labels, n: String(n) }, points: one.points.slice(-1) }),
  )
  const { client, wire } = await samplesAt(t, many)
  const { selector } = await nearby(client, place, moment)
  assert.match(selector, /^\{namespace="shop",service=~"web\|a\\\\\.b\\\\\|c",__name__/)
  assert.ok(wire.asked.length <= 9)
})

test('without a namespace the services are asked for; where there is nothing, nothing more', async (t) => {
  const { client, wire } = await samplesAt(t, [])
  const { series, selector } = await nearby(client, { ...place, namespace: null }, moment)
  assert.deepEqual(series, [])
  assert.match(selector, /^\{service=~"web\|/)
  assert.equal(wire.asked.length, 1)
})

test('long after the onset the hour behind it is the last that is asked for', async (t) => {
  const { client, wire } = await samplesAt(t, shop())
  const { to } = await nearby(client, place, { ...moment, now: new Date((ONSET + 7200) * 1000) })
  assert.equal(to.toISOString(), '2026-11-20T22:50:00.000Z')
  assert.equal(wire.asked.at(-1)?.params['time'], String((ONSET + 3600).toFixed(3)))
})
