import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openMetrics } from '../../../src/demo/world/openmetrics.ts'
import { prometheusApi } from '../../../src/demo/world/prometheus-api.ts'
import type { Storage } from '../../../src/demo/world/promql/evaluate.ts'
import { startRules } from '../../../src/demo/world/rules.ts'
import { startWorld } from '../../../src/demo/world/world.ts'

const isMissing = (program: string) => spawnSync(program, ['--version']).error !== undefined
const missing = ['prometheus', 'promtool'].filter(isMissing)
const skip = missing.length > 0 ? `${missing.join(' and ')} not found: apt-get install prometheus` : false

/** A moment between two scrapes, 210 s after the deploy; the fixed date keeps every number the same for ever. */
const now = Date.parse('2026-11-20T12:00:01.250Z')
const errors = 'http_requests_total{service="checkout",code=~"5.."}'

const instants: readonly string[] = [
  'up',
  '42',
  '-2 ^ 2',
  '2 ^ 3 ^ 2',
  '1 + 2 * 3 % 4 - 10 / 4',
  '-(3 - 5)',
  '1 == bool 1',
  '"some text"',
  'time()',
  '-db_pool_waiting offset 1m',
  '10 - db_pool_waiting offset 1m',
  'db_pool_max / db_pool_max offset 1m',
  'db_pool_max -1',
  'db_pool_max-1',
  '2 * -db_pool_max',
  '-db_pool_max ^ 2',
  'db_pool_max ^ -1',
  '- 2 ^ 2',
  '+db_pool_max',
  'db_pool_max > 5 and db_pool_max < 40 or up == 0',
  '1 + -2 # and a comment',
  'db_pool_max - db_pool_max offset 1m > 0 or db_pool_max offset 2m + 1',
  'db_pool_max + 2 * db_pool_max offset 1m - 3',
  'db_pool_max + db_pool_max offset 1m / 4',
  '(db_pool_max + db_pool_max offset 1m) / 4',
  '-db_pool_max offset 1m ^ 2',
  '2 * db_pool_max offset 1m ^ 2 ^ 0.5 + 1',
  'db_pool_waiting > 5 and db_pool_max offset 20s < 40',
  'rate (http_requests_total{service = "cart" , code!~"2..",} [ 2m ] )',
  'vector(time())',
  'db_pool_max',
  'db_pool_max{version="v2.14.0"}',
  'db_pool_max{version!="v2.14.0",service=~"check.*|cart"}',
  '{__name__=~"kube_deployment_.*",deployment!~"cart|search"}',
  'http_requests_total{service="checkout"} offset 2m',
  'nope',
  `rate(${errors}[1m])`,
  `increase(${errors}[5m])`,
  `irate(${errors}[1m])`,
  `rate(${errors}[1m] offset 30s)`,
  'rate(http_requests_total{version="v2.14.0"}[10m])',
  'rate(http_requests_total{service="cart",code="503"}[15m])',
  'rate(up[6s])',
  `sum by (service, namespace, cluster) (rate(${errors}[1m])) / sum by (service, namespace, cluster) (rate(http_requests_total{service="checkout"}[1m])) > 0.05`,
  `sum by (version) (rate(${errors}[1m])) / sum by (version) (rate(http_requests_total{service="checkout"}[1m]))`,
  'sum without (pod, instance, code) (rate(http_requests_total[2m]))',
  'sum(rate(http_requests_total[1m]))',
  'avg by (service) (process_resident_memory_bytes)',
  'min(process_resident_memory_bytes) by (service)',
  'max by (service) (process_resident_memory_bytes)',
  'count by (service, version) (up)',
  'stddev by (service) (process_resident_memory_bytes)',
  'quantile by (service) (0.7, process_resident_memory_bytes)',
  'topk(3, process_resident_memory_bytes)',
  'bottomk by (service) (1, process_resident_memory_bytes)',
  'group by (service) (up)',
  'process_resident_memory_bytes > 200 * 1024 * 1024',
  'process_resident_memory_bytes > bool 200e6',
  '2e8 < process_resident_memory_bytes',
  'db_pool_connections{state="used"} / ignoring(state) db_pool_max',
  'db_pool_connections{state="used"} == on(pod) db_pool_max',
  'db_pool_connections / on(pod) group_left db_pool_max',
  'db_pool_max * on(pod) group_right db_pool_connections',
  'up * on(pod) group_left(node) kube_pod_info',
  'up{service="checkout"} and on(pod) (db_pool_waiting > 0)',
  'up{service=~"checkout|cart"} unless on(pod) (db_pool_waiting > 0)',
  'db_pool_max > 40 or db_pool_max < 11 or vector(7)',
  'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[1m])))',
  'histogram_quantile(0.5, sum by (le) (rate(db_query_duration_seconds_bucket[5m])))',
  'histogram_quantile(0.9, http_request_duration_seconds_bucket{service="search"})',
  'histogram_quantile(1.5, sum by (le) (rate(db_query_duration_seconds_bucket[5m])))',
  'delta(process_resident_memory_bytes{service="cart"}[5m])',
  'deriv(process_resident_memory_bytes{service="checkout"}[5m])',
  'predict_linear(process_resident_memory_bytes{service="checkout"}[5m], 600)',
  'sum_over_time(db_pool_waiting[3m])',
  'avg_over_time(db_pool_waiting[3m])',
  'min_over_time(db_pool_connections{state="used"}[3m])',
  'max_over_time(db_pool_connections{state="used"}[3m])',
  'count_over_time(up[1m])',
  'last_over_time(db_pool_waiting[3m])',
  'stddev_over_time(db_pool_waiting[3m])',
  'quantile_over_time(0.9, db_pool_waiting[3m])',
  'changes(db_pool_connections{state="used"}[4m])',
  'resets(db_pool_connections{state="used"}[4m])',
  'abs(db_pool_waiting - 30)',
  'ceil(db_pool_waiting / 7)',
  'floor(-db_pool_waiting / 7)',
  'round(db_pool_waiting / 7)',
  'round(process_resident_memory_bytes, 1e6)',
  'clamp_min(db_pool_waiting, 20)',
  'clamp_max(db_pool_waiting, 20)',
  'clamp(db_pool_waiting, 5, 20)',
  'absent(up)',
  'absent(nope{service="checkout",pod=~".+"})',
  'absent_over_time(nope{service="checkout"}[5m])',
  'scalar(sum(up))',
  'scalar(up)',
  'sort(db_pool_waiting > 0)',
  'sort_desc(db_pool_waiting > 0)',
  'timestamp(up)',
  'label_replace(up{service="checkout"}, "set", "$1", "pod", "checkout-(.*)-.*")',
  'time() - deploy_timestamp_seconds{service="checkout"}',
  'db_pool_waiting % 7',
  'max_over_time(sum by (service) (rate(http_requests_total[1m]))[5m:30s])',
  'avg_over_time(rate(http_requests_total{service="search",code="200"}[1m])[3m:])',
  'db_pool_waiting[12s]',
  'sum(up) / 0',
  'sum(up) - sum(up) == bool 0',
]

/** The only ones to which nothing is the right answer. */
const empty = new Set(['nope', 'absent(up)'])

const ranges: readonly string[] = [
  '7',
  'up{service="checkout"}',
  `sum by (service, namespace, cluster) (rate(${errors}[1m])) / sum by (service, namespace, cluster) (rate(http_requests_total{service="checkout"}[1m]))`,
  'sum by (version) (rate(http_requests_total{service="checkout"}[1m]))',
  'topk(2, process_resident_memory_bytes)',
  'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="checkout"}[1m])))',
  'irate(container_cpu_usage_seconds_total[1m])',
  'db_pool_waiting > 20',
  'absent(db_pool_max{version="v2.14.0"})',
  'increase(db_pool_timeouts_total[2m] offset 10s)',
]

const refused: readonly string[] = [
  'sum(',
  '',
  'rate(up)',
  'rate(up[5m]',
  'sum(up[5m])',
  'foo(up)',
  'up + on(pod) db_pool_connections',
  'db_pool_connections + on(pod) up',
  'db_pool_connections + on(pod) db_pool_connections',
  '{service=~".*"}',
  '1 > 2',
  'up and 1',
  'up{service=~"("}',
  'histogram_quantile(up)',
  'rate(http_requests_total[5m], 2)',
  'last_over_time({__name__=~"up|db_pool_max"}[1m]) + 1 and rate({__name__=~"up|db_pool_max"}[1m])',
]

describe('PromQL of the simulated Prometheus', { skip }, () => {
  let directory = ''
  let real = ''
  let child: ChildProcess | undefined
  let storage: Storage
  let ours: ReturnType<typeof prometheusApi>

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vigil-promql-'))
    const world = await startWorld({ now: () => new Date(now), historyMinutes: 25, speed: Number.POSITIVE_INFINITY })
    world.break('bad-deploy')
    // The file cannot carry staleness markers, so neither side gets any.
    storage = {
      select: (...asked) =>
        world.storage.select(...asked).map(({ labels, times, values }) => {
          const there = (_: number, index: number) => !Number.isNaN(values[index])
          return { labels, times: times.filter(there), values: values.filter(there) }
        }),
    }
    ours = prometheusApi({ storage, rules: startRules([], 1, storage), scrapeSeconds: 5, now: () => now })
    await writeFile(join(directory, 'world.txt'), openMetrics(storage, now - 25 * 60_000, now))
    await world.close()
    const data = join(directory, 'data')
    await promisify(execFile)('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(directory, 'world.txt'), data], {
      maxBuffer: 1e8,
    })
    await writeFile(join(directory, 'prometheus.yml'), 'scrape_configs: []\n')
    const port = await freePort()
    real = `http://127.0.0.1:${port}`
    child = spawn(
      'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=100y',
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    await until(async () => (await fetch(`${real}/-/ready`)).ok)
  })

  after(async () => {
    const ended = child === undefined || child.exitCode !== null ? undefined : new Promise((resolve) => child?.once('exit', resolve))
    child?.kill('SIGTERM')
    await ended
    await rm(directory, { recursive: true, force: true })
  })

  const both = async (path: string, params: Record<string, string>) => {
    const search = new URLSearchParams(params)
    const response = await fetch(`${real}${path}`, { method: 'POST', body: search })
    const theirs = { status: response.status, body: (await response.json()) as Body }
    const mine = await ours({ method: 'GET', path, params: search, body: '' })
    return { theirs, mine: { status: mine.status, body: JSON.parse(JSON.stringify(mine.body)) as Body } }
  }

  for (const query of instants)
    it(`answers the instant query ${query} as Prometheus does`, async () => {
      for (const at of [now, now - 61_000, now - 170_000]) {
        const { theirs, mine } = await both('/api/v1/query', { query, time: String(at / 1000) })
        assert.equal(theirs.status, 200, JSON.stringify(theirs.body))
        assert.equal(mine.status, 200, JSON.stringify(mine.body))
        assert.equal(mine.body.data?.resultType, theirs.body.data?.resultType)
        assertSame(mine.body.data?.result, theirs.body.data?.result)
        const rows = theirs.body.data?.result as readonly unknown[]
        if (at === now) assert.equal(rows.length > 0, !empty.has(query), 'a comparison of nothing with nothing would prove nothing')
      }
    })

  for (const query of ranges)
    it(`answers the range query ${query} as Prometheus does`, async () => {
      const { theirs, mine } = await both('/api/v1/query_range', {
        query,
        start: String(now / 1000 - 600),
        end: String(now / 1000),
        step: '7',
      })
      assert.equal(theirs.status, 200, JSON.stringify(theirs.body))
      assert.equal(mine.status, 200, JSON.stringify(mine.body))
      assertSame(mine.body.data?.result, theirs.body.data?.result)
      assert.ok(theirs.body.data !== undefined && (theirs.body.data.result as readonly unknown[]).length > 0)
    })

  for (const query of refused)
    it(`refuses ${query || 'an empty query'} with the status and kind of error of Prometheus`, async () => {
      const { theirs, mine } = await both('/api/v1/query', { query, time: String(now / 1000) })
      assert.deepEqual(
        [mine.status, mine.body.errorType],
        [theirs.status, theirs.body.errorType],
        `${mine.body.error} | ${theirs.body.error}`,
      )
    })

  it('writes the common parse errors in the words of Prometheus', async () => {
    for (const query of [
      'sum(',
      'rate(up)',
      'sum(up[5m])',
      'foo(up)',
      '1 > 2',
      'histogram_quantile(up)',
      '1 + bool up',
      'up and 1',
      'up + "x"',
      'rate(http_requests_total[5m], 2)',
      'sum by (a) (-up[5m])',
      '{service=~".*"}',
    ]) {
      const { theirs, mine } = await both('/api/v1/query', { query, time: String(now / 1000) })
      assert.equal(mine.body.error, theirs.body.error)
    }
  })

  it('refuses bad parameters of query_range in the words of Prometheus', async () => {
    const good = { query: 'up', start: String(now / 1000 - 60), end: String(now / 1000), step: '5' }
    for (const wrong of [{ start: 'x' }, { end: '1' }, { step: '0' }, { step: 'soon' }, { start: '0', step: '1' }, { query: 'up[5m]' }]) {
      const { theirs, mine } = await both('/api/v1/query_range', { ...good, ...wrong })
      assert.deepEqual(mine, theirs)
    }
  })

  it('lists the same series, label names and values', async () => {
    const span = { start: String(now / 1000 - 900), end: String(now / 1000) }
    for (const path of ['/api/v1/labels', '/api/v1/label/version/values', '/api/v1/label/__name__/values']) {
      const theirs = (await (await fetch(`${real}${path}?${new URLSearchParams(span)}`)).json()) as Body
      const mine = await ours({ method: 'GET', path, params: new URLSearchParams(span), body: '' })
      assert.deepEqual((mine.body as Body).data, theirs.data)
    }
    const { theirs, mine } = await both('/api/v1/series', { 'match[]': 'up{service="checkout"}', ...span })
    assert.deepEqual(mine, theirs)
  })
})

type Body = {
  readonly data?: { readonly resultType: string; readonly result: unknown }
  readonly errorType?: string
  readonly error?: string
}
type Row = { readonly metric: Record<string, string>; readonly value?: Sample; readonly values?: readonly Sample[] }
type Sample = readonly [at: number, value: string]

/** Series in any order, times exactly, values within 1e-6 of each other. */
const assertSame = (mine: unknown, theirs: unknown) => {
  const [left, right] = [byLabels(mine), byLabels(theirs)]
  assert.deepEqual([...left.keys()].sort(), [...right.keys()].sort())
  for (const [key, samples] of right) {
    const found = left.get(key) ?? []
    assert.deepEqual(
      found.map(([at]) => at),
      samples.map(([at]) => at),
      key,
    )
    for (const [index, [at, value]] of samples.entries()) {
      const made = found[index]?.[1] ?? ''
      const [a, b] = [Number(made.replace('Inf', 'Infinity')), Number(value.replace('Inf', 'Infinity'))]
      const close = made === value || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b))
      assert.ok(close, `${key} at ${at}: ${made}, Prometheus says ${value}`)
    }
  }
}

const byLabels = (result: unknown): Map<string, readonly Sample[]> => {
  const rows = result as readonly Row[]
  if (!Array.isArray(rows) || typeof rows[0] === 'number') return new Map([['scalar', [result as Sample]]])
  return new Map(
    rows.map(({ metric, value, values }) => [
      JSON.stringify(Object.entries(metric).sort()),
      values ?? (value === undefined ? [] : [value]),
    ]),
  )
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const until = async (condition: () => Promise<boolean>) => {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await condition().catch(() => false)) return
    await sleep(100)
  }
  throw new Error('waited 10 s in vain')
}
