import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createGzip, gzipSync } from 'node:zlib'
import { systemClock } from '../../src/context.ts'
import { connect } from '../../src/datasources/http.ts'
import type { SourceOptions } from '../../src/datasources/line.ts'
import { InputError, PermanentError, TransientError } from '../../src/errors.ts'
import { saying, serve } from './wire.ts'

const open = (endpoint: string, more: Partial<SourceOptions> = {}) =>
  connect('Prometheus', { endpoint, fetch, clock: systemClock, timeoutMs: 5000, ...more })

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  const error = await promise.then(
    (value) => assert.fail(`it answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Error)
  return error
}

test('a question goes to the path below the endpoint, with tenant and credentials, and a form is posted', async (t) => {
  const wire = await serve(t, saying({ fine: true }))
  const source = open(`${wire.url}/prometheus/`, { tenant: 'shop', auth: { kind: 'bearer', token: 's3cret' } })
  assert.deepEqual(await source.ask({ path: '/api/v1/query', form: { query: 'a{b="&="}' } }), { fine: true })
  await source.ask({ path: '/api/v1/rules', query: { type: 'alert' } })
  const [post, get] = wire.asked
  assert.deepEqual([post?.method, post?.path, post?.params['query']], ['POST', '/prometheus/api/v1/query', 'a{b="&="}'])
  assert.deepEqual([post?.headers['x-scope-orgid'], post?.headers.authorization], ['shop', 'Bearer s3cret'])
  assert.deepEqual([get?.method, get?.path, get?.params], ['GET', '/prometheus/api/v1/rules', { type: 'alert' }])
})

test('user and password in the endpoint become basic auth and are gone from the endpoint', async (t) => {
  const wire = await serve(t, saying({}))
  const source = open(wire.url.replace('http://', 'http://ann:p%40ss@'))
  await source.ask({ path: '/x' })
  assert.equal(wire.asked[0]?.headers.authorization, `Basic ${Buffer.from('ann:p@ss').toString('base64')}`)
  assert.equal(source.endpoint, wire.url)
})

test('an endpoint or credentials that cannot be used are refused at once, without showing them', () => {
  for (const endpoint of ['prometheus:9090', 'file:///etc/passwd', 'http://a/?x=1', 'http://a/#x', '']) {
    assert.throws(() => open(endpoint), InputError, endpoint)
  }
  assert.throws(
    () => open('http://a', { auth: { kind: 'bearer', token: 's3cret\nx' } }),
    (error) => error instanceof InputError && !error.message.includes('s3cret'),
  )
})

test('a refusal is one short line with the words of the source', async (t) => {
  const body = { status: 'error', errorType: 'bad_data', error: 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis' }
  const wire = await serve(t, saying(body, 400))
  const error = await failure(open(wire.url).ask({ path: '/' }))
  assert.ok(error instanceof PermanentError)
  assert.equal(error.message, 'Prometheus 400 bad_data: invalid parameter "query": 1:5: parse error: unclosed left parenthesis')
})

test('refusals in the shapes of Loki, Alertmanager and gateways are read too, and cut', async (t) => {
  const bodies = ['parse error at line 1\n\u001b[31mnear x', '"bad matcher format"', '{"message":"no Route matched"}', 'x'.repeat(5000)]
  const wire = await serve(t, (_, response) => saying(bodies[wire.asked.length - 1], 400)(_, response))
  const source = open(wire.url)
  const said: string[] = []
  for (const _ of bodies) said.push((await failure(source.ask({ path: '/' }))).message)
  assert.deepEqual(said, [
    'Prometheus 400 parse error at line 1 [31mnear x',
    'Prometheus 400 bad matcher format',
    'Prometheus 400 no Route matched',
    `Prometheus 400 ${'x'.repeat(300)}…`,
  ])
})

test('an answer that repeats our credentials does not bring them into the error', async (t) => {
  const wire = await serve(t, (asked, response) => saying(`you sent ${asked.headers.authorization}`, 403)(asked, response))
  const auths: SourceOptions['auth'][] = [
    { kind: 'bearer', token: 's3cret' },
    { kind: 'basic', username: 'ann', password: 's3cret' },
  ]
  for (const auth of auths) {
    const { message } = await failure(open(wire.url, auth ? { auth } : {}).ask({ path: '/' }))
    assert.match(message, /you sent (Bearer|Basic) \[redacted\] \(are the configured credentials right\?\)$/)
  }
})

test('429 and 5xx may pass, and Retry-After is kept', async (t) => {
  const wire = await serve(t, (_, response) => {
    if (wire.asked.length === 1) saying('slow down', 429, { 'retry-after': '7' })(_, response)
    else saying({ status: 'error', errorType: 'timeout', error: 'query timed out' }, 503)(_, response)
  })
  const source = open(wire.url)
  const first = await failure(source.ask({ path: '/' }))
  assert.ok(first instanceof TransientError && first.afterMs === 7000)
  const second = await failure(source.ask({ path: '/' }))
  assert.ok(second instanceof TransientError && second.afterMs === undefined)
  assert.equal(second.message, 'Prometheus 503 timeout: query timed out')
})

test('HTML is recognised for what it is, whatever its status', async (t) => {
  const page = '<!DOCTYPE html><html><body>Sign in</body></html>'
  const wire = await serve(t, (_, response) => {
    if (wire.asked.length === 1) saying(page, 200, { 'content-type': 'text/html' })(_, response)
    else saying(page, 502)(_, response)
  })
  const source = open(wire.url)
  const first = await failure(source.ask({ path: '/' }))
  assert.ok(first instanceof PermanentError)
  assert.equal(first.message, 'Prometheus answered HTML, is a login page in front?')
  const second = await failure(source.ask({ path: '/' }))
  assert.ok(second instanceof TransientError)
  assert.equal(second.message, 'Prometheus 502 HTML, is a login page in front?')
})

test('what is not JSON is refused with its beginning', async (t) => {
  const wire = await serve(t, saying('{"status": NaN'))
  const error = await failure(open(wire.url).ask({ path: '/' }))
  assert.ok(error instanceof PermanentError)
  assert.equal(error.message, 'Prometheus answered something that is not JSON: {"status": NaN')
})

test('a redirect is an error and is not followed', async (t) => {
  const target = await serve(t, saying({ secret: 1 }))
  const wire = await serve(t, (_, response) => response.writeHead(302, { location: `${target.url}/x` }).end())
  const error = await failure(open(wire.url, { auth: { kind: 'bearer', token: 's3cret' } }).ask({ path: '/' }))
  assert.ok(error instanceof PermanentError)
  assert.match(error.message, /^Prometheus at 127\.0\.0\.1:\d+ answered a redirect/)
  assert.equal(target.asked.length, 0)
})

test('a body of 50 MB is cut off at the cap', async (t) => {
  let sent = 0
  const wire = await serve(t, (_, response) => {
    const megabyte = Buffer.alloc(1_000_000, 'x')
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = () => {
      while (sent < 50 && !response.destroyed) {
        sent += 1
        if (!response.write(megabyte)) return response.once('drain', more)
      }
      return response.end()
    }
    more()
  })
  const error = await failure(open(wire.url).ask({ path: '/' }))
  assert.ok(error instanceof PermanentError)
  assert.match(error.message, /^Prometheus answered more than 5 MB: ask for fewer series or lines/)
  assert.ok(sent < 30, `the server could send ${sent} MB`)
})

test('a gzip bomb costs no more than the cap', async (t) => {
  const wire = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    const gzip = createGzip()
    gzip.pipe(response)
    response.once('close', () => gzip.destroy())
    // 200 MB of spaces are 200 kB on the wire.
    let left = 200
    const more = () => {
      while (left > 0) {
        left -= 1
        if (!gzip.write(Buffer.alloc(1_000_000, ' '))) return gzip.once('drain', more)
      }
      return gzip.end()
    }
    more()
  })
  const before = process.memoryUsage().arrayBuffers
  const error = await failure(open(wire.url).ask({ path: '/' }))
  assert.match(error.message, /more than 5 MB/)
  assert.ok(process.memoryUsage().arrayBuffers - before < 60_000_000)
})

test('gzip of ordinary size is read, and broken gzip may pass', async (t) => {
  const wire = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    response.end(wire.asked.length === 1 ? gzipSync('{"fine":true}') : 'not gzip')
  })
  const source = open(wire.url)
  assert.deepEqual(await source.ask({ path: '/' }), { fine: true })
  assert.ok((await failure(source.ask({ path: '/' }))) instanceof TransientError)
})

test('silence and a drip both end at the time-out', async (t) => {
  const wire = await serve(t, (_, response) => {
    if (wire.asked.length === 1) return
    response.writeHead(200, { 'content-type': 'application/json' })
    const drip = setInterval(() => response.write(' '), 20)
    response.once('close', () => clearInterval(drip))
  })
  const source = open(wire.url, { timeoutMs: 150 })
  for (const kind of ['silence', 'drip']) {
    const error = await failure(source.ask({ path: '/' }))
    assert.ok(error instanceof TransientError, kind)
    assert.equal(error.message, 'Prometheus gave no complete answer in 0.2 s')
  }
})

test('nobody listening, and a connection that breaks off, may pass', async (t) => {
  const gone = createServer()
  gone.listen(0, '127.0.0.1')
  await new Promise((resolve) => gone.once('listening', resolve))
  const { port } = gone.address() as AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  const refused = await failure(open(`http://127.0.0.1:${port}`).ask({ path: '/' }))
  assert.ok(refused instanceof TransientError)
  assert.equal(refused.message, `Prometheus at 127.0.0.1:${port}: connection refused`)

  const wire = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{')
    setTimeout(() => response.destroy(), 20)
  })
  const broken = await failure(open(wire.url).ask({ path: '/' }))
  assert.ok(broken instanceof TransientError)
  assert.match(broken.message, /: connection lost$/)
})

test('the caller can withdraw its question', async (t) => {
  const wire = await serve(t, () => undefined)
  const stop = new AbortController()
  const asked = failure(open(wire.url).ask({ path: '/', signal: stop.signal }))
  setTimeout(() => stop.abort(), 30)
  const error = await asked
  assert.ok(error instanceof TransientError)
  assert.equal(error.message, 'the question to Prometheus was stopped before it was answered')
})

test('a connection that was closed while it was idle costs no answer: the question is asked once more', async (t) => {
  let connections = 0
  const { url } = await serve(t, (_, response) => {
    connections += 1
    if (connections === 1) response.socket?.destroy()
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"up":1}')
  })
  const line = connect('Prometheus', { endpoint: url, fetch, clock: systemClock })
  assert.deepEqual(await line.ask({ path: '/x' }), { up: 1 })
  assert.equal(connections, 2)
})
