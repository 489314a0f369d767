import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { kubernetes } from '../../src/datasources/kubernetes.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import { startCluster } from '../../src/demo/kubernetes/api.ts'
import { checkOf, checks } from '../../src/remediation/checks/index.ts'
import { checkContract, checking } from '../contracts/check.ts'
import { createPeer } from '../incident/peer.ts'
import { checkout } from './stage.ts'

const inputs: Readonly<Record<string, object>> = {
  promql: { kind: 'promql', query: 'error_ratio < 0.05' },
  http: { kind: 'http', url: 'http://127.0.0.1:9/' },
  tcp: { kind: 'tcp', address: '127.0.0.1:9' },
  ready: { kind: 'ready', workload: 'shop/checkout' },
}

const run = (input: { readonly kind: string; readonly [key: string]: unknown }, over: Parameters<typeof checking>[0] = {}) => {
  const found = checkOf(input.kind)
  assert.ok(found)
  return found.run(input, checking(over))
}

for (const check of checks)
  test(`${check.kind} keeps the contract of checks`, async () => {
    const input = inputs[check.kind]
    assert.ok(input, `${check.kind} has no example here`)
    await checkContract(check, input)
  })

test('promql: the comparison must hold, on samples newer than the deed; a silent metric is neither good nor bad', async (t) => {
  const peer = await createPeer()
  t.after(() => peer.close())
  const sources = { prometheus: prometheus({ endpoint: peer.url, fetch: globalThis.fetch, clock: systemClock }) }
  const since = new Date(Date.now() - 30_000)
  const look = () => run({ kind: 'promql', query: 'error_ratio < 0.05' }, { sources, since })
  Object.assign(peer.state, { value: 0.01, newest: new Date() })
  assert.equal((await look()).outcome, 'good')
  peer.state.value = 0.2
  assert.equal((await look()).outcome, 'bad')
  Object.assign(peer.state, { value: 0.01, newest: new Date(since.getTime() - 1000) })
  assert.deepEqual(await look(), { outcome: 'unknown', detail: 'error_ratio < 0.05: no sample since the deed' })
  Object.assign(peer.state, { value: null, newest: null })
  assert.equal((await look()).outcome, 'unknown')
  assert.equal((await run({ kind: 'promql', query: 'error_ratio' }, { sources, since })).outcome, 'unknown')
})

test('http: status, JSON and time; of many addresses the first that is bad ends it, never more at a time than configured', async (t) => {
  let now = 0
  let most = 0
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    now += 1
    most = Math.max(most, now)
    const end = (status: number, body: string) => {
      now -= 1
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    }
    if (request.url === '/down') return end(503, '{}')
    if (request.url === '/slow') return void setTimeout(end, 400, 200, '{}')
    return void setTimeout(end, 5, 200, '{"status":"ok","db":{"free":3}}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.equal((await run({ kind: 'http', url, json: { status: 'ok', 'db.free': 3 } })).outcome, 'good')
  assert.equal((await run({ kind: 'http', url, json: { 'db.free': 4 } })).outcome, 'bad')
  assert.equal((await run({ kind: 'http', url: `${url}/down` })).outcome, 'bad')
  assert.equal((await run({ kind: 'http', url: `${url}/down`, status: 503 })).outcome, 'good')
  most = 0
  const many = Array.from({ length: 300 }, (_, i) => `${url}/${i}`)
  assert.deepEqual(await run({ kind: 'http', url: many, parallel: 20 }), {
    outcome: 'good',
    detail: '300 addresses answer as they should',
  })
  assert.ok(most <= 20, `${most} at a time`)
  assert.equal((await run({ kind: 'http', url: `${url}/slow`, max_ms: 100 })).outcome, 'bad')
  asked = 0
  const failing = await run({ kind: 'http', url: [`${url}/down`, ...many], parallel: 2 })
  assert.equal(failing.outcome, 'bad')
  assert.match(failing.detail, /\/down: 503/)
  assert.ok(asked < 50, `${asked} were asked after the first was bad`)
})

test('tcp and ready say what is there and what is not', async (t) => {
  const cluster = await startCluster(checkout())
  t.after(() => cluster.close())
  const address = cluster.url.replace('http://', '')
  assert.equal((await run({ kind: 'tcp', address })).outcome, 'good')
  assert.equal((await run({ kind: 'tcp', address: '127.0.0.1:9' })).outcome, 'bad')
  const sources = { kubernetes: kubernetes({ endpoint: cluster.url }, { fetch: globalThis.fetch, clock: systemClock }) }
  assert.deepEqual(await run({ kind: 'ready', workload: 'shop/checkout' }, { sources }), {
    outcome: 'good',
    detail: 'shop/checkout: 3 of 3 pods ready',
  })
  assert.equal((await run({ kind: 'ready', workload: 'shop/gone' }, { sources })).outcome, 'bad')
})
