import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { filesOf } from '../../eval/data/archive.ts'
import { csvRows } from '../../eval/data/csv.ts'
import { evaluateData } from '../../eval/data/main.ts'
import { readNezha } from '../../eval/data/nezha.ts'
import { openMetrics } from '../../eval/data/openmetrics.ts'
import { readPetshop } from '../../eval/data/petshop.ts'
import type { Rule } from '../../src/investigation/rules/rule.ts'
import { hasProgram } from '../template.ts'
import { FAULT, writeShop, writeTrains } from './folders.ts'

const folder = (t: TestContext, write: (directory: string) => void): string => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-data-'))
  t.after(() => rmSync(directory, { recursive: true }))
  write(directory)
  return directory
}

test('a field in quotes may hold commas, line breaks and quotes', () => {
  assert.deepEqual(csvRows('a,b\r\n"x, ""y""\nz",\n\n1,2'), [
    ['a', 'b'],
    ['x, "y"\nz', ''],
    ['1', '2'],
  ])
})

test('an archive is read as its folder would be', (t) => {
  const header = Buffer.alloc(512)
  header.write('log/a.csv', 0)
  header.write('00000000005\0', 124)
  header.write('0', 156)
  const body = Buffer.alloc(512)
  body.write('a,b\nc')
  const directory = folder(t, (path) => writeFileSync(join(path, 'x.tar.gz'), gzipSync(Buffer.concat([header, body, Buffer.alloc(1024)]))))
  assert.deepEqual([...filesOf(join(directory, 'x.tar.gz'), /log/)], [['log/a.csv', 'a,b\nc']])
})

test('an issue of PetShop has its alert at the first wrong sample, the past at its own level, and no window shares the cause', (t) => {
  const all = readPetshop(folder(t, writeShop), 60)
  assert.deepEqual(
    all.map(({ name, expected }) => [name, expected?.service ?? null]),
    [['petshop-issue_0', 'Basket'], ...[1, 2, 3, 4].map((n) => [`petshop-normal-${n}`, null])],
  )
  const [issue] = all
  assert.ok(issue)
  const start = Date.parse('2024-03-05T00:00:00Z')
  assert.equal(issue.alert.startsAt.getTime(), start + 600_000)
  assert.equal(issue.now.getTime(), start + 905_000)
  assert.match(issue.alert.expression, /^latency_average\{service="Shop::Front"\} > 1\d\d(\.\d+)?$/)
  const series = issue.metrics.series()
  const front = series.find(({ metric, labels }) => metric === 'latency_average' && labels['service'] === 'Shop::Front')
  assert.equal(front?.points.length, 12 + 5)
  assert.ok(front?.points.slice(0, 12).every(([at, value]) => at < start / 1000 && value > 80 && value < 100))
  assert.equal(series.find(({ metric, labels }) => metric === 'latency_average' && labels['service'] === 'Stock')?.points.length, 12 + 4)
  assert.deepEqual(
    series
      .filter(({ metric }) => metric === 'traces_service_graph_request_total')
      .map(({ labels }) => [labels['client'], labels['server']]),
    [
      ['Shop::Front', 'Basket'],
      ['Basket', 'Stock'],
    ],
  )
})

test('without a past a normal window shows its twelve samples alone', (t) => {
  const window = readPetshop(folder(t, writeShop), 0)[1]
  assert.ok(window)
  assert.ok(window.metrics.series().every(({ points }) => points.length === 12))
})

test('a fault of Nezha is read on one clock, with the service of each pod, its calls and its node', (t) => {
  const [fault, before, ...others] = readNezha(folder(t, writeTrains), 10)
  assert.ok(fault?.written)
  assert.deepEqual(others, [])
  assert.deepEqual([before?.name, before?.expected, before?.now.getTime()], ['fault_1-before', null, (FAULT - 1) * 1000])
  assert.deepEqual(fault.expected, { service: 'cart', names: ['cart', 'cart-5dc8d4f9fd-46997'] })
  assert.equal(fault.alert.labels['service'], 'web-front')
  assert.equal(fault.alert.startsAt.getTime(), (FAULT + 60) * 1000)
  const { lines, traces } = fault.written()
  assert.equal(lines[0]?.line, 'INFO order taken, order 0')
  assert.equal(lines[0]?.nanoseconds, BigInt(FAULT - 64) * 1_000_000_000n)
  assert.deepEqual(
    traces[0]?.spans.map(({ service, kind, parent, start }) => [service, kind, parent === null, start]),
    [
      ['web-front', 'server', true, (FAULT - 64) * 1000],
      ['web-front', 'client', false, (FAULT - 64) * 1000 + 1],
      ['cart', 'server', false, (FAULT - 64) * 1000 + 2],
    ],
  )
  const series = fault.metrics.series()
  const cpu = series.find(({ metric }) => metric === 'CpuUsage_m')
  assert.deepEqual(cpu?.labels, { service: 'cart', pod: 'cart-5dc8d4f9fd-46997', namespace: 'nezha' })
  assert.ok(cpu?.points.every(([at]) => at <= fault.now.getTime() / 1000))
  assert.ok(!series.some(({ metric }) => metric === 'Success_Rate'), 'a column without a number is no series')
  const places = series.find(({ metric }) => metric === 'kube_pod_info')
  assert.equal(places?.labels['node'], 'node-1')
  const calls = series.find(({ metric }) => metric === 'traces_service_graph_request_total')
  assert.deepEqual(calls?.labels, { client: 'web-front', server: 'cart' })
  const [, total = 0] = calls?.points.at(-1) ?? []
  assert.ok(Math.abs(total - 10 * (calls?.points.length ?? 0)) <= 10, 'ten calls a minute, before the recording too')
})

test('labels are escaped as OpenMetrics has it, and a counter is called by its family', () => {
  assert.equal(
    openMetrics([
      { metric: 'a_total', labels: { x: 'a"\\\n' }, points: [[1, 2]] },
      { metric: 'b', labels: {}, points: [[1, 0.5]] },
    ]),
    '# TYPE a counter\na_total{x="a\\"\\\\\\n"} 2 1\n# TYPE b gauge\nb{} 0.5 1\n# EOF\n',
  )
})

/** Accuses whoever's latency left its past by most, five times over. */
const naive: Rule = {
  id: 'naive',
  looksAt: 'latency',
  evaluate: async ({ sources: { prometheus }, clock, signal, cite }) => {
    const query = 'latency_average / (latency_average offset 15m)'
    const answer = await prometheus?.instant(query, { at: clock.now(), signal })
    const [most] = (answer?.series ?? []).toSorted((a, b) => (b.points[0]?.[1] ?? 0) - (a.points[0]?.[1] ?? 0))
    const grown = most?.points[0]?.[1] ?? 0
    if (most === undefined || grown < 5) return []
    const evidence = cite({
      source: 'prometheus',
      query,
      range: null,
      output: { kind: 'text', text: '' },
      shown: `${grown}`,
      complete: true,
    })
    const object = { kind: 'service', name: most.labels['service'] ?? '' }
    return [
      {
        rule: 'naive',
        severity: 'high',
        confidence: 'high',
        summary: 'Slow.',
        suggestion: 'Look.',
        object,
        category: 'dependency',
        weight: 0.8,
        evidence: [evidence],
      },
    ]
  },
}

const accuseFront: Rule = {
  id: 'front',
  looksAt: 'nothing',
  evaluate: ({ subject, cite }) => {
    const evidence = cite({ source: 'x', query: '', range: null, output: { kind: 'text', text: '' }, shown: '', complete: true })
    const object = { kind: 'service', name: subject ?? '' }
    return Promise.resolve([
      {
        rule: 'front',
        severity: 'low',
        confidence: 'low',
        summary: 'It is you.',
        suggestion: 'Look.',
        object,
        category: 'unknown',
        weight: 0.9,
        evidence: [evidence],
      },
    ])
  },
}

const skip = hasProgram('prometheus') && hasProgram('promtool') ? false : 'not on this machine: prometheus (apt-get install prometheus)'

test('recordings go through a real Prometheus: a rule that looks finds the cause and accuses no normal window', { skip }, async (t) => {
  const directory = folder(t, writeShop)
  const { rows, report, passed } = await evaluateData({ directory, history: 60, rules: [naive] })
  assert.deepEqual(
    rows.map(({ name, place, suspects, state }) => [name, place, suspects.length, state !== null]),
    [['petshop-issue_0', 1, 1, true], ...[1, 2, 3, 4].map((n) => [`petshop-normal-${n}`, null, 0, true])],
  )
  assert.equal(passed, true, report)
  assert.match(report, /normal windows accused {2}0 of 4 \(0.000\)/)
})

test('a rule that accuses the wrong one, and in quiet hours too, is below the bars', { skip }, async (t) => {
  const { passed, report, rows } = await evaluateData({ directory: folder(t, writeShop), history: 60, limit: 1, rules: [accuseFront] })
  assert.equal(passed, false)
  assert.deepEqual(
    rows.map(({ alone }) => alone),
    [{ front: 'wrong' }, { front: 'wrong' }],
  )
  assert.match(report, /petshop: top 1 .*BELOW/)
  assert.match(report, /normal windows accused .*BELOW/)
})
