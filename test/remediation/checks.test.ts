import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { kubernetes } from '../../src/datasources/kubernetes.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import { startCluster } from '../../src/demo/kubernetes/api.ts'
import { checkOf, checks } from '../../src/remediation/checks/index.ts'
import { catalogueFaults } from '../../src/remediation/faults.ts'
import { hasSandbox } from '../../src/remediation/runners/sandbox.ts'
import { checkContract, checking } from '../contracts/check.ts'
import { createPeer } from '../incident/peer.ts'
import { configOf } from './runners/running.ts'
import { checkout } from './stage.ts'

const inputs: Readonly<Record<string, object>> = {
  promql: { kind: 'promql', query: 'error_ratio < 0.05' },
  http: { kind: 'http', url: 'http://127.0.0.1:9/' },
  tcp: { kind: 'tcp', address: '127.0.0.1:9' },
  ready: { kind: 'ready', workload: 'shop/checkout' },
  command: { kind: 'command', argv: ['/usr/bin/true'] },
  browser: { kind: 'browser', url: 'http://127.0.0.1:9/' },
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
  assert.deepEqual(await run({ kind: 'http', url, json: { 'db.free': 4 } }), { outcome: 'bad', detail: `${url}: db.free is 3, not 4` })
  assert.deepEqual(await run({ kind: 'http', url, json: { 'db.used': 4 } }), {
    outcome: 'bad',
    detail: `${url}: db.used is missing, not 4`,
  })
  assert.equal((await run({ kind: 'http', url: `${url}/down` })).outcome, 'bad')
  assert.equal((await run({ kind: 'http', url: `${url}/down`, status: 503 })).outcome, 'good')
  most = 0
  const many = Array.from({ length: 300 }, (_, i) => `${url}/${i}`)
  const swarm = await run({ kind: 'http', url: many, parallel: 20 })
  assert.equal(swarm.outcome, 'good')
  assert.match(swarm.detail, /^300 addresses answer as they should, the slowest in \d+ ms$/)
  assert.ok(most <= 20, `${most} at a time`)
  assert.equal((await run({ kind: 'http', url: `${url}/slow`, max_ms: 100 })).outcome, 'bad')
  asked = 0
  const failing = await run({ kind: 'http', url: [`${url}/down`, ...many], parallel: 2 })
  assert.equal(failing.outcome, 'bad')
  assert.match(failing.detail, /\/down: 503/)
  assert.ok(asked < 50, `${asked} were asked after the first was bad`)
  // What could not be asked in time is not seen, which is not the same as down.
  const soon = AbortSignal.timeout(100)
  const late = await run({ kind: 'http', url: Array.from({ length: 50 }, () => `${url}/slow`), parallel: 2 }, { signal: soon })
  assert.deepEqual(late, { outcome: 'unknown', detail: 'only 0 of 50 addresses could be asked in time' })
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

test('command: its status says it, its last line is shown without credentials, and it is shut in like what acts', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-check-'))
  chmodSync(folder, 0o755)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const script = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/bash\n${text}\n`, { mode: 0o755 })
    return path
  }
  const named = { QUEUE_KEY: 'open-sesame' }
  const look = (text: string, more: object = {}) => run({ kind: 'command', argv: [script('look', text)], ...more }, { named })
  const path = join(folder, 'look')
  assert.deepEqual(await look('echo first; echo 12 waiting'), { outcome: 'good', detail: `${path} ended well: 12 waiting` })
  const failed = await look('echo "9000 waiting, asked with $QUEUE_KEY, password=hunter2"; echo; exit 3', { env: ['QUEUE_KEY'] })
  assert.equal(failed.outcome, 'bad')
  assert.match(failed.detail, /look ended with status 3: 9000 waiting, asked with \[redacted\], password=\[redacted/)
  // A line of escape sequences and without end is a short line of plain words.
  const loud = await look("head -c 200000 /dev/zero | tr '\\0' x; printf '\\033[31mred'; exit 1")
  assert.equal(loud.outcome, 'bad')
  assert.ok(loud.detail.length <= 300 && !loud.detail.includes('\u001b'), loud.detail)
  assert.deepEqual(await look('echo begun; sleep 30', { max_ms: 300 }), { outcome: 'bad', detail: `${path} did not end in 300 ms: begun` })
  assert.notEqual((await look('kill -9 $$')).outcome, 'good')
  assert.deepEqual(await run({ kind: 'command', argv: ['/nowhere/look'] }), {
    outcome: 'unknown',
    detail: '/nowhere/look is not there, or is no program that everybody may run',
  })
  // Nothing of Vigil's environment, and of its files nothing but the program itself.
  const secret = script('secret', 'exit 0')
  const seen = await look(`env | grep -c . ; ls ${secret} 2>&1; true`)
  assert.match(seen.detail, hasSandbox() ? /No such file/ : /secret/)
  assert.match((await look('echo "home: $HOME, key: $QUEUE_KEY"')).detail, /home: , key:$/)
})

test('a command that a check cannot be is a fault', () => {
  const command = checkOf('command')
  const fault = (argv: readonly string[]) => command?.fault({ kind: 'command', argv }) ?? ''
  assert.match(fault(['look']), /argv: must begin with the absolute path/)
  assert.match(fault(['/usr/../bin/look']), /absolute path/)
  assert.match(fault(['/usr/bin/look', '{name}']), /argv: has a placeholder, and a check has no parameters/)
  assert.match(fault([]), /argv: is the program with its arguments/)
})

test('docs/checks.md tells every kind, and vigil.example.yaml shows one of each, all of which can be used', () => {
  const kinds = checks.map(({ kind }) => kind)
  const told = [...readFileSync('docs/checks.md', 'utf8').matchAll(/^## `(\w+)`$/gm)].map(([, kind]) => kind)
  assert.deepEqual(told, kinds)
  const example = configOf(readFileSync('vigil.example.yaml', 'utf8').replace(/^# (?=[a-z_]+: )/gm, ''))
  assert.deepEqual(catalogueFaults(example), [])
  assert.deepEqual([...new Set(example.actions.flatMap(({ verify }) => verify.map(({ kind }) => kind)))], kinds)
})
