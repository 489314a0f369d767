import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isPublic, openOps } from '../../src/http/ops.ts'
import { createReadiness } from '../../src/http/readiness.ts'
import { type TestContext, testContext } from '../context.ts'

describe('the ops port', () => {
  let made: TestContext
  let ops: Awaited<ReturnType<typeof openOps>>
  const readiness = createReadiness()
  before(async () => {
    made = await testContext({ VIGIL_ADMIN_PORT: '0', VIGIL_ADMIN_HOST: '127.0.0.1' })
    ops = await openOps(made.context, readiness)
  })
  after(async () => {
    await ops.close()
    await made.close()
  })
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${ops.port}${path}`, init)
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
  }

  it('is not ready until the start has ended, and while anything is wrong, and says what', async () => {
    const starting = await get('/-/ready')
    readiness.set('starting', null)
    const ready = await get('/-/ready')
    readiness.set('slack', 'no connection for 40 s')
    readiness.set('draining', 'asked to stop')
    const faulty = await get('/-/ready')
    const healthy = await get('/-/healthy')
    readiness.set('slack', null)
    readiness.set('draining', null)
    assert.deepEqual([starting.status, ready.status, faulty.status, healthy.status], [503, 200, 503, 200])
    assert.match(starting.text, /^starting: /)
    assert.equal(faulty.text, 'slack: no connection for 40 s\ndraining: asked to stop\n')
  })

  it('gives metrics in the format of Prometheus', async () => {
    made.context.telemetry.submitted('accepted')
    const reply = await get('/metrics')
    assert.equal(reply.status, 200)
    assert.match(reply.type ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(reply.text, /vigil_submits_total\{result="accepted"\} 1/)
    assert.match(reply.text, /build_info\{version="test"\} 1/)
  })

  it('refuses what came through a proxy, unknown paths and other methods', async () => {
    for (const path of ['/metrics', '/-/healthy', '/-/ready']) {
      assert.equal((await get(path, { headers: { 'x-forwarded-for': '10.0.0.1' } })).status, 403)
      assert.equal((await get(path, { method: 'POST' })).status, 405)
    }
    assert.equal((await get('/health')).status, 404)
  })

  it('tells the addresses of the open internet from private ones', () => {
    const inside = [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.0.9',
      '169.254.1.1',
      '100.64.0.1',
      '::1',
      '::ffff:10.0.0.1',
      'fd00::1',
      'fe80::1%eth0',
    ]
    const outside = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '::ffff:8.8.8.8', '2001:db8::1', 'nonsense']
    assert.deepEqual(inside.filter(isPublic), [])
    assert.deepEqual(
      outside.filter((address) => !isPublic(address)),
      [],
    )
  })
})
