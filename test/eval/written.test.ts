import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { linesOf } from '../../eval/data/lines.ts'
import { readNezha } from '../../eval/data/nezha.ts'
import { tempoApi } from '../../eval/data/tempo-api.ts'
import { readTraceQl } from '../../eval/data/traceql.ts'
import { systemClock as clock } from '../../src/context.ts'
import { loki } from '../../src/datasources/loki.ts'
import { tempo, traceQl } from '../../src/datasources/tempo.ts'
import { lokiApi } from '../../src/demo/world/loki-api.ts'
import { startServer } from '../../src/demo/world/server.ts'
import type { Span } from '../../src/traces/span.ts'
import { FAULT, writeTrains } from './folders.ts'

const recording = (t: TestContext) => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-data-'))
  t.after(() => rmSync(directory, { recursive: true }))
  writeTrains(directory)
  const [one] = readNezha(directory, 10)
  assert.ok(one?.written)
  return { one, written: one.written() }
}

const at = (seconds: number): Date => new Date(seconds * 1000)

test('Loki holds the recording, and before it the fault-free minute again and again', async (t) => {
  const { one, written } = recording(t)
  const held = linesOf(written)
  const now = BigInt(one.now.getTime()) * 1_000_000n
  const server = await startServer(lokiApi({ logs: () => held, from: () => BigInt(written.since) * 1_000_000_000n, now: () => now }))
  t.after(() => server.stop())
  const client = loki({ endpoint: server.url, fetch, clock })
  const ask = async (from: number, to: number, query = '{service="cart"}') =>
    (await client.lines(query, { from: at(from), to: at(to), limit: 4000 })).lines
  assert.equal((await ask(FAULT - 64, FAULT + 120, '{service="cart"} |= "refused"')).length, 20)
  const before = await ask(FAULT - 600, FAULT - 64)
  assert.ok(before.length >= 95 && before.every(({ line }) => line.includes('order taken')), String(before.length))
  assert.deepEqual(await ask(FAULT + 120, FAULT + 600), [], 'nothing of later')
  assert.deepEqual(await client.labelNames({}), ['container', 'namespace', 'node', 'pod', 'service'])
})

test('Tempo finds by service, duration and name, gives whole traces, and no copy has the number of another', async (t) => {
  const { one, written } = recording(t)
  const server = await startServer(tempoApi(written, one.now))
  t.after(() => server.stop())
  const client = tempo({ endpoint: server.url, fetch, clock })
  const search = async (slowerThan: number, from: number, limit = 500) =>
    await client.search(traceQl({ service: 'cart', errors: false, slowerThan, operation: 'cart' }), { from: at(from), to: one.now, limit })
  const slow = await search(500, FAULT - 600)
  assert.deepEqual(
    slow.traces.map(({ service, name, ms }) => [service, name, ms]),
    slow.traces.map(() => ['web-front', 'in', 900]),
  )
  assert.equal(slow.traces.length, 20)
  const all = await search(1, FAULT - 600)
  assert.ok(all.traces.length > 100)
  assert.equal(new Set(all.traces.map(({ trace }) => trace)).size, all.traces.length)
  assert.equal((await search(1, FAULT - 600, 5)).complete, false)
  const oldest = all.traces.toSorted((a, b) => a.start - b.start)[0]
  assert.ok(oldest && oldest.start < (FAULT - 500) * 1000)
  const { spans } = await client.trace(oldest.trace, {})
  assert.deepEqual(
    spans.map(({ service, kind }) => [service, kind]),
    [
      ['web-front', 'server'],
      ['web-front', 'client'],
      ['cart', 'server'],
    ],
  )
  assert.equal(spans[0]?.start, oldest.start)
  assert.equal(spans[2]?.parent, spans[1]?.id)
  await assert.rejects(client.trace('abc', {}), /404/)
  await client.echo({})
})

const span = (over: Partial<Span>): Span => ({
  id: '1',
  parent: null,
  service: 'a',
  name: 'n',
  kind: 'server',
  start: 0,
  end: 150,
  error: null,
  ...over,
})

test('TraceQL: strings, durations and states are compared as Tempo does', () => {
  const matches = (query: string, one: Span): boolean | string => {
    const read = readTraceQl(query)
    return typeof read === 'string' ? read : read(one, [one])
  }
  assert.equal(matches('{}', span({})), true)
  assert.equal(matches('{ resource.service.name = "a && \\"b" && duration > 0.1s }', span({ service: 'a && "b' })), true)
  assert.equal(matches('{ duration > 150ms }', span({})), false)
  assert.equal(matches('{ duration >= 1s500ms } | select(name)', span({ end: 1500 })), true)
  assert.equal(matches('{ status = error && kind = client }', span({ error: 'x', kind: 'client' })), true)
  assert.equal(matches('{ name =~ "GET .*" }', span({ name: 'POST /' })), false)
  assert.match(String(matches('{ a } >> { b }', span({}))), /braces/)
  assert.match(String(matches('{ size > 3 }', span({}))), /unknown condition/)
})
