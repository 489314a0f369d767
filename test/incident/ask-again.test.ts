import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Clock, systemClock } from '../../src/context.ts'
import { loki } from '../../src/datasources/loki.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import { askAgain } from '../../src/incident/ask-again.ts'
import { evidenceOf, keepEvidence } from '../../src/incident/evidence.ts'
import type { Cited } from '../../src/investigation/evidence.ts'
import { testContext } from '../context.ts'

type Asked = { path: string; params: URLSearchParams }

const NOW = new Date('2026-11-20T04:00:00Z')

/** A Prometheus and a Loki at the wire, and an incident whose evidence came from them an hour ago. */
const open = async (t: { after(fn: () => Promise<void>): void }, answer: (asked: Asked) => unknown, clock: Partial<Clock> = {}) => {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://peer')
      const params = new URLSearchParams(`${url.search.slice(1)}&${Buffer.concat(chunks).toString()}`)
      asked.push({ path: url.pathname, params })
      const body = answer({ path: url.pathname, params })
      if (body === undefined) return
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const still: Clock = { ...systemClock, now: () => NOW, ...clock }
  const options = { endpoint, fetch: globalThis.fetch, clock: still }
  const made = await testContext({}, { clock: still, sources: () => ({ prometheus: prometheus(options), loki: loki(options) }) })
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await made.close()
  })
  const { context } = made
  const incident = context.random.id()
  const row = { title: 't', severity: 'critical', cluster: 'default', subject: 'checkout', alertname: 'A' }
  await context.db
    .insertInto('incident')
    .values({ id: incident, ...row })
    .execute()
  const keep = (...answers: Cited[]) => context.db.transaction().execute((trx) => keepEvidence(trx, incident, answers))
  return { context, incident, keep, asked }
}

const seconds = (text: string): number => Date.parse(text) / 1000

const instant: Cited = {
  source: 'prometheus',
  query: 'sum(rate(errors_total{service="checkout"}[5m]))',
  range: { from: null, to: '2026-11-20T03:06:00Z' },
  output: { kind: 'series', series: [{ labels: {}, points: [[seconds('2026-11-20T03:06:00Z'), 0.124]] }] },
  shown: 'x',
  complete: true,
}

const range: Cited = {
  ...instant,
  query: 'sum by (version) (rate(errors_total{service="checkout"}[5m]))',
  range: { from: '2026-11-20T02:36:00Z', to: '2026-11-20T03:06:00Z' },
  output: {
    kind: 'series',
    series: ['v1', 'v2'].map((version) => ({
      labels: { version },
      points: [
        [seconds('2026-11-20T03:05:00Z'), 1],
        [seconds('2026-11-20T03:06:00Z'), 2],
      ] as const,
    })),
  },
}

const lines: Cited = {
  ...instant,
  source: 'loki',
  query: '{app="checkout"} |= "timeout"',
  range: { from: '2026-11-20T02:36:00Z', to: '2026-11-20T03:06:00Z' },
  output: { kind: 'lines', lines: [{ at: '2026-11-20T03:05:00Z', line: 'timeout', labels: {} }] },
}

const vector = (...result: { metric: object; value: [number, string] }[]) => ({ status: 'success', data: { resultType: 'vector', result } })
const matrix = (...result: { metric: object; values: [number, string][] }[]) => ({
  status: 'success',
  data: { resultType: 'matrix', result },
})

test('an instant is asked at now, compared with what it was, and nothing of it is stored', async (t) => {
  const { context, incident, keep, asked } = await open(t, () => vector({ metric: {}, value: [seconds('2026-11-20T04:00:00Z'), '0.002'] }))
  await keep(instant)
  const answer = await askAgain(context, incident, 'E1')
  assert.ok(answer.asked)
  assert.deepEqual([asked[0]?.path, asked[0]?.params.get('time')], ['/api/v1/query', '1795147200.000'])
  assert.equal(asked[0]?.params.get('query'), instant.query)
  assert.deepEqual(answer.comparison, ['last value: 0.124 then, 0.002 now'])
  assert.match(answer.shown, /0\.002 at 2026-11-20T04:00/)
  assert.deepEqual([answer.at, answer.from, answer.complete], [NOW, null, true])
  assert.equal((await evidenceOf(context.db, incident)).length, 1)
  assert.equal((await context.db.selectFrom('timeline').select('id').execute()).length, 0)
})

test('a range ends now with the same width and grain, and each series is compared with its own', async (t) => {
  const at = seconds('2026-11-20T04:00:00Z')
  const { context, incident, keep, asked } = await open(t, () =>
    matrix({ metric: { version: 'v2' }, values: [[at, '7']] }, { metric: { version: 'v3' }, values: [[at, '9']] }),
  )
  await keep(range)
  const answer = await askAgain(context, incident, 'E1')
  assert.ok(answer.asked)
  const [{ params } = { params: new URLSearchParams() }] = asked
  assert.deepEqual([params.get('start'), params.get('end'), params.get('step')], ['1795145400.000', '1795147200.000', '60'])
  assert.deepEqual(answer.comparison, [
    '{version="v1"}: 2 then, no sample now',
    '{version="v2"}: 2 then, 7 now',
    '{version="v3"}: no sample then, 9 now',
  ])
})

test('a series is the same whatever the order in which its labels were kept', async (t) => {
  const at = seconds('2026-11-20T04:00:00Z')
  const { context, incident, keep } = await open(t, () => vector({ metric: { code: '500', method: 'GET', pod: 'a' }, value: [at, '7'] }))
  const labels = { pod: 'a', code: '500', method: 'GET' }
  await keep({ ...instant, output: { kind: 'series', series: [{ labels, points: [[at - 3600, 2]] }] } })
  const answer = await askAgain(context, incident, 'E1')
  assert.deepEqual(answer.asked && answer.comparison, ['last value: 2 then, 7 now'])
})

test('log lines are counted against those of then, and come without secrets', async (t) => {
  const line = 'login of ana@example.com failed, password=hunter2hunter2'
  const { context, incident, keep } = await open(t, () => ({
    status: 'success',
    data: {
      resultType: 'streams',
      result: [
        {
          stream: {},
          values: [
            ['1795147100000000000', line],
            ['1795147000000000000', 'b'],
          ],
        },
      ],
    },
  }))
  await keep(lines)
  const answer = await askAgain(context, incident, 'E1')
  assert.ok(answer.asked)
  assert.deepEqual(answer.comparison, ['then: 1 line', 'now: 2 lines'])
  assert.doesNotMatch(answer.shown, /hunter2|ana@example/)
  assert.match(answer.shown, /login of/)
})

test('cut answers of log lines are told apart by how fast they came', async (t) => {
  const values = Array.from({ length: 101 }, (_, i) => [`${1_795_147_100 - i * 6}000000000`, 'x'])
  const { context, incident, keep } = await open(t, () => ({
    status: 'success',
    data: { resultType: 'streams', result: [{ stream: {}, values }] },
  }))
  await keep({ ...lines, complete: false })
  const answer = await askAgain(context, incident, 'E1')
  assert.ok(answer.asked)
  assert.deepEqual(answer.comparison, [
    'then: more than 1 line, the newest 1 within 0 s',
    'now: more than 100 lines, the newest 100 within 10 min',
  ])
  assert.equal(answer.complete, false)
})

test('what cannot be asked says why: gone, of no source, against the guards, refused by the source', async (t) => {
  const { context, incident, keep, asked } = await open(t, () => ({ status: 'error', errorType: 'bad_data', error: 'nonsense' }))
  await keep({ ...instant, source: 'vigil' }, { ...instant, query: '{__name__=~".+"}' }, instant)
  const refusals = await Promise.all(['E9', 'E1', 'E2', 'E3'].map((id) => askAgain(context, incident, id)))
  assert.deepEqual(
    refusals.map((one) => (one.asked ? 'asked' : one.reason)),
    ['gone', 'not_askable', 'refused', 'no_answer'],
  )
  assert.equal(asked.length, 1, 'only the last one reached the source')
  assert.equal((await askAgain(context, 'nobody', 'E1')).asked, false)
})

test('a source that does not answer is left after 10 s', async (t) => {
  const alarms: { ms: number; run: () => void }[] = []
  const after = (ms: number, run: () => void) => {
    alarms.push({ ms, run })
    return () => undefined
  }
  const { context, incident, keep, asked } = await open(t, () => undefined, { after })
  await keep(instant)
  const answer = askAgain(context, incident, 'E1')
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  alarms.find(({ ms }) => ms === 10_000)?.run()
  assert.deepEqual(await answer, { asked: false, reason: 'no_answer', detail: 'It gave no answer in 10 s. Nothing was changed.' })
})
