import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { Writable } from 'node:stream'
import { after, before, describe, it, test } from 'node:test'
import pino from 'pino'
import { systemClock } from '../../src/context.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { findPostgres, startPostgres } from '../postgres.ts'
import { type TestApi, TOKEN, testApi, webhook } from './api.ts'

const NOBODY = '01900000-0000-7000-8000-000000000000'

describe('the API', () => {
  let api: TestApi
  before(async () => {
    api = await testApi()
  })
  after(() => api.close())

  it('lets nobody in without the token', async () => {
    const headers: Record<string, string>[] = [
      {},
      { authorization: '' },
      { authorization: TOKEN },
      { authorization: 'Basic abc' },
      { authorization: 'Bearer' },
    ]
    for (const given of headers) {
      const reply = await api.call('GET', '/api/v1/stats', { headers: given })
      assert.equal(reply.status, 401, JSON.stringify(given))
      assert.equal(reply.body.error.code, 'unauthorized')
      assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer/)
    }
    for (const wrong of ['x', `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase()]) {
      const reply = await api.call('GET', '/api/v1/stats', { headers: { authorization: `Bearer ${wrong}` } })
      assert.equal(reply.status, 401, wrong)
      assert.equal(reply.body.error.code, 'invalid_token')
      assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer/)
    }
    const right = await api.call('GET', '/api/v1/stats', { headers: { authorization: `bearer ${TOKEN}` } })
    assert.equal(right.status, 200)
  })

  it('asks for the token on every path of the document that is not open', async () => {
    const { body } = await api.call('GET', '/openapi.json', { headers: {} })
    for (const [path, methods] of Object.entries<Record<string, { security?: unknown }>>(body.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { status } = await api.call(method.toUpperCase(), path.replace('{id}', NOBODY), { headers: {} })
        assert.equal(status, operation.security === undefined ? 200 : 401, `${method} ${path}`)
      }
    }
  })

  it('answers a wrong method with 405 and what is allowed, and an unknown path with 404', async () => {
    const wrong = await api.call('GET', '/api/v1/alerts')
    const deleted = await api.call('DELETE', `/api/v1/incidents/${NOBODY}`)
    const unknown = await api.call('GET', '/api/v1/nothing')
    assert.deepEqual([wrong.status, wrong.headers.get('allow'), wrong.body.error.code], [405, 'POST', 'method_not_allowed'])
    assert.deepEqual([deleted.status, deleted.headers.get('allow')], [405, 'GET, HEAD'])
    assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'not_found'])
  })

  it('says that it is healthy to anybody', async () => {
    for (const path of ['/health', '/healthz']) {
      const reply = await api.call('GET', path, { headers: {} })
      assert.equal(reply.status, 200)
      assert.deepEqual(reply.body, { status: 'healthy', service: 'vigil' })
    }
    assert.equal((await api.call('HEAD', '/health', { headers: {} })).status, 200)
  })

  it('publishes every route, with the schemas of what goes in and out', async () => {
    const { body, status } = await api.call('GET', '/openapi.json', { headers: {} })
    const routes = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    assert.equal(status, 200)
    assert.equal(body.openapi, '3.1.0')
    assert.deepEqual(routes.sort(), [
      'get /api/incidents',
      'get /api/incidents/{id}',
      'get /api/stats',
      'get /api/v1/actions',
      'get /api/v1/actions/status/{state}',
      'get /api/v1/actions/{id}',
      'get /api/v1/incidents',
      'get /api/v1/incidents/{id}',
      'get /api/v1/queue/stats',
      'get /api/v1/stats',
      'get /api/v1/triage/{id}',
      'get /docs',
      'get /health',
      'get /healthz',
      'get /openapi.json',
      'post /alerts',
      'post /api/incidents/{id}/resolve',
      'post /api/v1/actions',
      'post /api/v1/actions/{id}/cancel',
      'post /api/v1/actions/{id}/result',
      'post /api/v1/alerts',
      'post /api/v1/context/deploys',
      'post /api/v1/context/logs',
      'post /api/v1/context/traces',
      'post /api/v1/incidents/{id}/resolve',
      'post /api/v1/triage',
      'post /context/deploys',
      'post /context/logs',
      'post /context/traces',
      'put /api/v1/actions/{id}/cancel',
      'put /api/v1/actions/{id}/status',
    ])
    const { requestBody, responses, security } = body.paths['/api/v1/triage'].post
    assert.deepEqual(Object.keys(requestBody.content['application/json'].schema.properties), [
      'kind',
      'labels',
      'annotations',
      'text',
      'starts_at',
      'model',
    ])
    assert.ok(responses['202'].content['application/json'].schema.properties.accepted)
    assert.deepEqual(security, [{ token: [] }])
    assert.deepEqual(body.paths['/api/v1/actions/{id}/result'].post.security, [{ signature: [] }])
  })

  it('shows the document as a page that loads nothing', async () => {
    const page = await api.call('GET', '/docs', { headers: {} })
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-type') ?? '', /text\/html/)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.ok(page.text.includes('<code>/api/v1/incidents/{id}</code>'))
    assert.ok(page.text.includes('verdict: &quot;no_action&quot; | &quot;action_suggested&quot;'), 'schemas read as types, escaped')
    assert.doesNotMatch(page.text, /<script|src=|https?:\/\/(?!prometheus:9090)/)
  })

  it('counts requests by pattern, so that the paths of strangers add no labels', async () => {
    await api.call('GET', `/api/v1/incidents/${NOBODY}`)
    await api.call('GET', '/wp-admin.php')
    await api.call('PROPFIND', '/health')
    const text = await api.context.telemetry.registry.metrics()
    assert.match(text, /http_requests_total\{method="GET",route="\/api\/v1\/incidents\/\{id\}",status="404"\} /)
    assert.match(text, /http_requests_total\{method="GET",route="unmatched",status="404"\} /)
    assert.match(text, /http_requests_total\{method="other",route="\/health",status="405"\} /)
    // In a label: as digits of a duration they occur by chance.
    assert.doesNotMatch(text, /="[^"]*(?:wp-admin|01900000)/)
  })
})

test('without a token in the configuration only what is open answers', async () => {
  const api = await testApi({ VIGIL_API_TOKEN: '' })
  const stats = await api.call('GET', '/api/v1/stats')
  const alerts = await api.call('POST', '/alerts', { body: webhook, headers: {} })
  const open = await Promise.all(['/health', '/healthz', '/docs', '/openapi.json'].map((path) => api.call('GET', path)))
  await api.close()
  assert.deepEqual([stats.status, stats.body.error.code], [403, 'api_off'])
  assert.match(stats.body.error.message, /VIGIL_API_TOKEN/)
  assert.equal(alerts.status, 403)
  assert.deepEqual(
    open.map((reply) => reply.status),
    [200, 200, 200, 200],
  )
})

test('a log line of a request says method, pattern, status and time, and nothing that was sent', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  const api = await testApi({}, { log: pino(sink) })
  await api.call('POST', '/api/v1/alerts', { body: webhook })
  await api.call('POST', '/api/v1/alerts', { body: '{"labels": {"password": "hunter2' })
  await api.close()
  const requests = lines.map((line) => JSON.parse(line)).filter((line) => line.msg === 'request')
  assert.deepEqual(
    requests.map(({ method, route, status }) => [method, route, status]),
    [
      ['POST', '/api/v1/alerts', 202],
      ['POST', '/api/v1/alerts', 400],
    ],
  )
  assert.equal(typeof requests[0].ms, 'number')
  assert.doesNotMatch(lines.join(''), new RegExp(`${TOKEN}|hunter2|HighErrorRate`))
})

test('a fault inside is 500 without its words', async () => {
  const api = await testApi({}, { db: { selectFrom: () => assert.fail('secret of the inside') } as never })
  const reply = await api.call('GET', `/api/v1/triage/${NOBODY}`)
  await api.close()
  assert.deepEqual([reply.status, reply.body.error.code], [500, 'internal'])
  assert.doesNotMatch(reply.text, /secret/)
})

/** A server that takes connections and never says a word: a database behind a dead switch. */
const silentServer = async () => {
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as { port: number }).port, close: () => server.close() }
}

for (const kind of ['refuses connections', 'takes them and says nothing'] as const) {
  test(`a database that ${kind} is 503 within 2 s, and the process is not ready`, async () => {
    const silent = await silentServer()
    const port = kind === 'refuses connections' ? 1 : silent.port
    const gone = await openDatabase({ url: `postgres://vigil@127.0.0.1:${port}/none`, dataDir: '' })
    const api = await testApi({}, { db: gone.db })
    const calls: [string, string, object?][] = [
      ['POST', '/api/v1/alerts', { body: webhook }],
      ['POST', '/api/v1/triage', { body: { text: 'why is checkout slow?' } }],
      ['GET', '/api/v1/incidents'],
      ['GET', '/api/v1/stats'],
    ]
    const began = performance.now()
    const refused = calls.map(async ([method, path, more]) => {
      const reply = await api.call(method, path, more)
      assert.deepEqual([reply.status, reply.body.error.code], [503, 'unavailable'], path)
      assert.ok(Number(reply.headers.get('retry-after')) >= 1)
      assert.ok(performance.now() - began < 2000, `${path} took ${performance.now() - began} ms`)
    })
    await Promise.all(refused)
    const healthy = await api.call('GET', '/health')
    await until(() => api.readiness.faults().some((fault) => fault.startsWith('database:')))
    silent.close()
    await api.close()
    assert.equal(healthy.status, 200)
  })
}

test('a database that comes back makes the process ready again without a request', async () => {
  const gone = await openDatabase({ url: 'postgres://vigil@127.0.0.1:1/none', dataDir: '' })
  let present = false
  const api = await testApi()
  const { db } = api.context
  // The same context with a database that is there or not, as the doors see it.
  const get = (_: unknown, name: string | symbol) => {
    const from = present ? db : gone.db
    const value: unknown = Reflect.get(from, name)
    return typeof value === 'function' ? value.bind(from) : value
  }
  const flickering = await testApi({}, { db: new Proxy(db, { get }) as typeof db })
  await flickering.call('GET', '/api/v1/stats')
  await until(() => flickering.readiness.faults().some((fault) => fault.startsWith('database:')))
  present = true
  await until(() => !flickering.readiness.faults().some((fault) => fault.startsWith('database:')))
  const reply = await flickering.call('GET', '/api/v1/stats')
  await flickering.close()
  await api.close()
  assert.equal(reply.status, 200)
})

const binaries = findPostgres('postgres') ?? findPostgres('system')

test('a PostgreSQL that stops is 503, and 202 as soon as it runs again', { skip: binaries === undefined && 'no PostgreSQL' }, async () => {
  const server = await startPostgres(binaries ?? '')
  const database = await openDatabase({ url: server.url, dataDir: '' })
  await migrate(database.db)
  const queue = await openQueue({ database, url: server.url, log: createLog({ log_level: 'silent' }), clock: systemClock })
  const api = await testApi({}, { db: database.db, queue })
  const post = () => api.call('POST', '/alerts', { body: webhook })
  const replies: number[] = [(await post()).status]
  await server.stop()
  const began = performance.now()
  replies.push((await post()).status)
  const waited = performance.now() - began
  await server.start()
  replies.push((await post()).status)
  await until(() => !api.readiness.faults().some((fault) => fault.startsWith('database:')))
  await api.close()
  await queue.stop(1000)
  await database.close()
  await server.remove()
  assert.deepEqual(replies, [202, 503, 202])
  assert.ok(waited < 2000)
})

const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 200 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(condition(), 'not within 4 s')
}

test('closing lets a running request end, takes no new ones, and does not wait for idle connections', async () => {
  const api = await testApi()
  const body = JSON.stringify(webhook)
  const port = Number(new URL(api.url).port)
  await api.call('GET', '/health') // leaves a connection that is kept alive
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk
  })
  const head = [
    'POST /alerts HTTP/1.1',
    'host: x',
    `authorization: Bearer ${TOKEN}`,
    `content-length: ${body.length}`,
    'expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await until(() => heard.includes('100 Continue'))
  socket.write(body.slice(0, 100))
  const began = performance.now()
  const closed = api.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  await assert.rejects(fetch(`${api.url}/health`))
  socket.write(body.slice(100))
  await closed
  await until(() => heard.includes('HTTP/1.1 202 '))
  assert.ok(performance.now() - began < 2500)
  socket.destroy()
})
