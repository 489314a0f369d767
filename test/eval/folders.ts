import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const START = Date.parse('2024-03-05T00:00:00Z') / 1000
const STEP = 300

const csv = (rows: readonly (readonly (string | number)[])[]): string => rows.map((row) => row.join(',')).join('\n')

const SERVICES = ['Shop::Front', 'Basket', 'Stock']

/** Basket and front in milliseconds, the stock steady; a blink that is the same in every run. */
const row = (n: number, slow: boolean): number[] => [
  90 + (n % 5) + (slow ? 60 : 0),
  10 + (n % 3) * 0.2 + (slow ? 55 : 0),
  5 + (n % 4) * 0.1,
  ...[700, 650, 300].map((calls, at) => calls + ((n * 7 + at) % 11)),
]

const metrics = (rows: readonly (readonly (string | number)[])[]): string =>
  csv([
    ['microservice', ...SERVICES, ...SERVICES],
    ['metric', ...SERVICES.map(() => 'latency'), ...SERVICES.map(() => 'requests')],
    ['statistic', ...SERVICES.map(() => 'Average'), ...SERVICES.map(() => 'Sum')],
    ['unix_timestamp', ...SERVICES.map(() => ''), ...SERVICES.map(() => '')],
    ...rows,
  ])

/** A recording in the layout of PetShop: the basket is slow, the front's alert says so; 48 normal samples. */
export const writeShop = (directory: string): void => {
  mkdirSync(join(directory, 'issues', 'issue_0'), { recursive: true })
  mkdirSync(join(directory, 'noissue'))
  writeFileSync(
    join(directory, 'graph.csv'),
    csv([
      ['', ...SERVICES],
      ['Shop::Front', 0, 1, 0],
      ['Basket', 0, 0, 1],
      ['Stock', 0, 0, 0],
    ]),
  )
  const issue = [0, 1, 2, 3, 4].map((n) => [START + n * STEP, ...row(n, n === 2 || n === 3)])
  // A gap and a value that is no number are left out.
  issue[1]?.splice(3, 1, Number.NaN)
  writeFileSync(join(directory, 'issues', 'issue_0', 'metrics.csv'), metrics(issue))
  writeFileSync(
    join(directory, 'issues', 'issue_0', 'target.json'),
    JSON.stringify({
      target: { node: 'Shop::Front', metric: 'latency', agg: 'Average', timestamp: START + 2 * STEP - 30 },
      root_cause: { node: 'Basket', metric: null },
    }),
  )
  const later = START + 90 * 86_400
  writeFileSync(
    join(directory, 'noissue', 'metrics.csv'),
    metrics(Array.from({ length: 48 }, (_, n) => [later + n * STEP, ...row(n, false)])),
  )
}

const POD = { front: 'web-front-6f6cfc45b-h5m2n', cart: 'cart-5dc8d4f9fd-46997' }
export const FAULT = Date.parse('2024-03-05T08:43:04Z') / 1000

/** Eight hours ahead, as the names of its files say. */
const ZONE = 8 * 3600

const nano = (seconds: number): string => `${BigInt(Math.round(seconds * 1000)) * 1_000_000n}`

const spans = (id: number, at: number, ms: number): (string | number)[][] => {
  const trace = id.toString(16).padStart(32, '0')
  const span = (name: string, parent: string, pod: string, [from, to]: readonly [number, number]) => [
    trace,
    `${id}${name}`,
    parent === 'root' ? 'root' : `${id}${parent}`,
    pod,
    name,
    nano(at + from / 1000 + ZONE),
    nano(at + to / 1000 + ZONE),
    1,
  ]
  return [span('in', 'root', POD.front, [0, ms]), span('call', 'in', POD.front, [1, ms - 1]), span('cart', 'call', POD.cart, [2, ms - 2])]
}

const trace = (minute: number, from: number, slow: boolean): string =>
  csv([
    ['TraceID', 'SpanID', 'ParentID', 'PodName', 'OperationName', 'StartTimeUnixNano', 'EndTimeUnixNano', 'Duration'],
    ...Array.from({ length: 10 }, (_, n) => spans(minute * 100 + n, from + n * 5, slow ? 900 : 100 + n)).flat(),
  ])

const log = (from: number, words: string): string =>
  csv([
    ['Timestamp', 'TimeUnixNano', 'Node', 'PodName', 'Container', 'TraceID', 'SpanID', 'Log'],
    ...Array.from({ length: 10 }, (_, n) => [
      '',
      nano(from + n * 5 + ZONE),
      'node-1',
      POD.cart,
      'server',
      n.toString(16).padStart(32, '0'),
      '',
      `"{""log"":""INFO ${words}, order ${n}\\n"",""stream"":""stdout""}"`,
    ]),
  ])

const podMetrics = (pod: string, from: number, minutes: number, cpu: (n: number) => string): string =>
  csv([
    ['Time', 'TimeStamp', 'PodName', 'CpuUsage(m)', 'Success Rate(%)'],
    ...Array.from({ length: minutes }, (_, n) => ['', from + n * 60, pod, cpu(n), '']),
  ])

/** A recording in the layout of Nezha: the cart fails, and a fault-free minute of the same day. */
export const writeTrains = (directory: string): void => {
  const fault = join(directory, 'fault_1')
  const normal = join(directory, 'normal_1', '2024-03-05')
  for (const part of [fault, normal]) for (const kind of ['log', 'trace', 'metric']) mkdirSync(join(part, kind), { recursive: true })
  const stamp = String(FAULT - ZONE)
  writeFileSync(
    join(fault, 'fault.json'),
    JSON.stringify({ inject_time: '2024-03-05 08:43:04', inject_timestamp: stamp, inject_pod: POD.cart, inject_type: 'exception' }),
  )
  for (const minute of [43, 44, 45]) {
    const from = FAULT - 4 + (minute - 44) * 60
    writeFileSync(join(fault, 'trace', `08_${minute}_trace.csv`), trace(minute, from, minute > 43))
    writeFileSync(join(fault, 'log', `08_${minute}_log.csv`), log(from, minute > 43 ? 'order refused' : 'order taken'))
  }
  const hour = FAULT - 3600
  writeFileSync(
    join(fault, 'metric', 'cart.csv'),
    podMetrics(POD.cart, hour, 63, (n) => (n >= 60 ? '900' : n === 3 ? 'NaN' : String(50 + (n % 4)))),
  )
  writeFileSync(join(normal, 'trace', '10_50_trace.csv'), trace(1, FAULT + 7600, false))
  writeFileSync(join(normal, 'log', '10_50_log.csv'), log(FAULT + 7600, 'order taken'))
}
