import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Series } from '../../src/series/series.ts'
import { LEAST_RANK, suspicionOf } from '../../src/series/suspicion.ts'
import { chance, END, type Fault, GRAPH, ONSET, SERVICES, SLOW_ORDERS, shop } from './shop.ts'

const asked = { onset: ONSET, subject: 'web', label: 'service', alertMetrics: ['latency_seconds'], graph: GRAPH }

const named = (series: readonly Series[], over: Partial<typeof asked> = {}): string[] =>
  suspicionOf(series, { ...asked, ...over })
    .suspected.filter(({ rank }) => rank >= LEAST_RANK)
    .map(({ service }) => service)

const mapped = (series: readonly Series[], change: (one: Series, at: number) => Series): Series[] => series.map(change)

const hash = (text: string): string => `m${[...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7).toString(16)}`

test('the deepest service that moved is named, and whom it explains is not', () => {
  const { suspected, subject } = suspicionOf(shop({ faults: SLOW_ORDERS }), asked)
  assert.deepEqual(named(shop({ faults: SLOW_ORDERS })), ['orders'])
  assert.deepEqual(
    [suspected[0]?.path, suspected[0]?.explains],
    [
      ['web', 'checkout', 'orders'],
      ['checkout', 'web'],
    ],
  )
  assert.equal(suspected[0]?.moved.since, ONSET)
  assert.equal(suspected[0]?.moved.movements[0]?.kind, 'latency_seconds')
  assert.equal(subject?.owner, 'web')
})

test('units, names and the order of series change nothing', () => {
  const series = shop({ faults: SLOW_ORDERS })
  const plain = suspicionOf(series, asked).suspected.map(({ service, rank }) => [service, rank.toFixed(6)])
  const random = chance(5)
  const shuffled = series.map((one) => ({ one, at: random() })).toSorted((a, b) => a.at - b.at)
  const inOtherOrder = suspicionOf(
    shuffled.map(({ one }) => one),
    asked,
  )
  assert.deepEqual(
    inOtherOrder.suspected.map(({ service, rank }) => [service, rank.toFixed(6)]),
    plain,
  )
  const scale = new Map(['latency_seconds', 'error_ratio', 'cpu_usage', 'memory_bytes'].map((name, at) => [name, 1000 ** (at - 1)]))
  const scaled = mapped(series, (one) => ({
    ...one,
    points: one.points.map(([at, value]) => [at, value * (scale.get(one.labels['__name__'] ?? '') ?? 1)] as const),
  }))
  assert.deepEqual(
    suspicionOf(scaled, asked).suspected.map(({ service, rank }) => [service, rank.toFixed(6)]),
    plain,
  )
  const hashed = mapped(series, (one) => ({
    ...one,
    labels: { ...one.labels, __name__: hash(one.labels['__name__'] ?? ''), service: hash(one.labels['service'] ?? ''), pod: '' },
  }))
  const graph = { edges: GRAPH.edges.map(({ from, to }) => ({ from: hash(from), to: hash(to) })) }
  assert.deepEqual(named(hashed, { graph, subject: hash('web'), alertMetrics: [hash('latency_seconds')] }), [hash('orders')])
})

test('of a hundred quiet hours, hardly any has somebody to name', () => {
  const accused = Array.from({ length: 100 }, (_, seed) => named(shop({ seed: seed + 1 }))).filter((names) => names.length > 0)
  assert.ok(accused.length <= 2, `${accused.length} of 100`)
})

test('any service can be at fault, also the subject itself, and at any sampling', () => {
  for (const step of [15, 60]) {
    for (const service of ['checkout', 'orders', 'stock']) {
      const above = { orders: ['checkout', 'web'], checkout: ['web'], stock: ['orders', 'checkout', 'web'] }[service] ?? []
      const faults: Fault[] = [service, ...above].map((one, depth) => ({
        service: one,
        metric: 'latency_seconds',
        times: 6 - depth,
        at: ONSET,
      }))
      assert.deepEqual(named(shop({ faults, step }))[0], service, `${service} at ${step} s`)
    }
  }
  const own = [
    { service: 'web', metric: 'latency_seconds', times: 5 },
    { service: 'web', metric: 'cpu_usage', times: 4 },
  ]
  assert.deepEqual(named(shop({ faults: own })), ['web'])
})

test("the alert's own metric alone accuses nobody of whom it is", () => {
  assert.deepEqual(named(shop({ faults: [{ service: 'web', metric: 'latency_seconds', times: 5 }] })), [])
})

test('with samples five minutes apart two of them are enough', () => {
  const faults = SLOW_ORDERS.map((one) => ({ ...one, at: ONSET }))
  assert.equal(named(shop({ faults, step: 300, end: ONSET + 305 }))[0], 'orders')
})

test('an onset that is known minutes too late is no hindrance', () => {
  const faults = SLOW_ORDERS.map((one) => ({ ...one, at: ONSET - 240 }))
  assert.equal(named(shop({ faults }))[0], 'orders')
})

test('what was always wild, what is one spike long ago, and a hole tell nothing', () => {
  const random = chance(9)
  const wild: Series = {
    labels: { __name__: 'queue_depth', namespace: 'shop', service: 'batch' },
    points: Array.from({ length: 190 }, (_, n) => [ONSET - 5400 + n * 30, random() < 0.2 ? 1000 * random() : 1] as const),
  }
  assert.deepEqual(named([...shop(), wild]), [])
  const holes = mapped(shop(), (one) => ({ ...one, points: one.points.filter(([at]) => at < ONSET - 2400 || at > ONSET - 1200) }))
  assert.deepEqual(named(holes), [])
  assert.deepEqual(
    named(shop({ faults: [{ service: 'stock', metric: 'cpu_usage', times: 9, at: ONSET - 3000, until: ONSET - 2900 }] })),
    [],
  )
})

test('a counter is taken by its rate, and a restart is no departure', () => {
  const counted = (perSecond: (at: number) => number, resetAt: number | null): Series => {
    let total = 5000
    const points = Array.from({ length: 190 }, (_, n) => {
      const at = ONSET - 5400 + n * 30
      total = at === resetAt ? 0 : total + perSecond(at) * 30
      return [at, total] as const
    })
    return { labels: { __name__: 'errors_total', namespace: 'shop', service: 'stock' }, points }
  }
  assert.deepEqual(named([...shop(), counted(() => 2, ONSET)]), [])
  const risen = counted((at) => (at >= ONSET ? 40 : 2), null)
  const [first] = suspicionOf([...shop(), risen], { ...asked, graph: { edges: [] } }).suspected
  assert.deepEqual([first?.service, first?.moved.movements[0]?.kind], ['stock', 'errors_total'])
  assert.equal(Math.round(first?.moved.movements[0]?.departure.after ?? 0), 40)
})

test('an alert on the quantile of a histogram is about its mean too', () => {
  const random = chance(3)
  const histogram = (service: string, times: number): Series[] => {
    let [sum, count] = [0, 0]
    const points = Array.from({ length: 190 }, (_, n) => {
      const at = ONSET - 5400 + n * 30
      count += 100 + Math.round(20 * random())
      sum += 100 * 0.05 * (1 + 0.1 * random()) * (at >= ONSET ? times : 1)
      return { at, sum, count }
    })
    const labels = { namespace: 'shop', service }
    return [
      { labels: { ...labels, __name__: 'request_seconds_sum' }, points: points.map((one) => [one.at, one.sum] as const) },
      { labels: { ...labels, __name__: 'request_seconds_count' }, points: points.map((one) => [one.at, one.count] as const) },
    ]
  }
  const series = SERVICES.flatMap((service) => histogram(service, { web: 3, checkout: 4, orders: 6 }[service] ?? 1))
  const { suspected } = suspicionOf(series, { ...asked, alertMetrics: ['request_seconds_bucket'] })
  assert.deepEqual([suspected[0]?.service, suspected[0]?.moved.movements[0]?.kind], ['orders', 'request_seconds_mean'])
  const own = histogram('web', 5).concat(SERVICES.filter((service) => service !== 'web').flatMap((service) => histogram(service, 1)))
  assert.deepEqual(named(own, { alertMetrics: ['request_seconds_bucket'] }), [])
})

test('what moved everywhere at once is nobody in particular', () => {
  const faults = SERVICES.map((service) => ({ service, metric: 'cpu_usage', times: 3 }))
  assert.deepEqual(named(shop({ faults })), [])
})

test('one who moved much later explains nothing of who was first', () => {
  const faults: Fault[] = [
    { service: 'checkout', metric: 'latency_seconds', times: 5, at: ONSET - 200 },
    { service: 'checkout', metric: 'cpu_usage', times: 5, at: ONSET - 200 },
    { service: 'web', metric: 'latency_seconds', times: 4, at: ONSET - 200 },
    { service: 'mail', metric: 'latency_seconds', times: 5, at: END - 60 },
  ]
  assert.equal(named(shop({ faults }))[0], 'checkout')
})

test('without a graph whoever moved most is named', () => {
  const faults = [...SLOW_ORDERS.slice(0, 2), { service: 'orders', metric: 'error_ratio', times: 20 }]
  assert.equal(named(shop({ faults }), { graph: { edges: [] } })[0], 'orders')
})
