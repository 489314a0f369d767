import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { deploysIn } from '../../src/investigation/deploys.ts'
import { type TestApi, testApi } from './api.ts'

describe('deploys over HTTP', () => {
  let api: TestApi
  before(async () => {
    api = await testApi()
  })
  after(() => api.close())
  const post = (body: unknown, path = '/api/v1/context/deploys') => api.call('POST', path, { body })
  const rows = (service: string) => api.context.db.selectFrom('deploy').selectAll().where('service', '=', service).orderBy('at').execute()

  it('stores service, commit, author and time, and tells what it stored', async () => {
    const body = { service: 'checkout', commit: 'a39bf2c', author: 'alice', when: '2026-11-20T21:48:00+01:00' }
    const reply = await post(body)
    const [row] = await rows('checkout')
    assert.equal(reply.status, 202)
    assert.deepEqual(reply.body.skipped, [])
    const { commit, author, when, cluster, kind, version } = reply.body.accepted[0]
    assert.deepEqual(
      [commit, author, when, cluster, kind, version],
      ['a39bf2c', 'alice', '2026-11-20T20:48:00.000Z', 'default', 'deploy', null],
    )
    assert.deepEqual([row?.commit, row?.author, row?.at], ['a39bf2c', 'alice', new Date('2026-11-20T20:48:00Z')])
  })

  it('takes a list, on the path without a version too, with every field', async () => {
    const full = {
      service: 'search',
      namespace: 'prod',
      cluster: 'default',
      kind: 'config',
      version: '7',
      previous: '6',
      commit: 'c0ffee1',
      author: 'bob',
      when: '2026-11-20T10:00:00Z',
      url: 'https://ci.example.com/runs/7',
      message: 'raise the pool',
    }
    const reply = await post(
      [full, { service: 'search', kind: 'flag', version: 'new-ranking=on', when: '2026-11-20T11:00:00Z' }],
      '/context/deploys',
    )
    const stored = await rows('search')
    assert.equal(reply.status, 202)
    assert.deepEqual(reply.body.accepted[0], { ...full, when: '2026-11-20T10:00:00.000Z' })
    assert.deepEqual(
      stored.map(({ kind }) => kind),
      ['config', 'flag'],
    )
  })

  it('stores what is told twice once, also when both come at once or in one list', async () => {
    const one = { service: 'cart', version: 'v1', when: '2026-11-20T10:00:00Z' }
    const replies = await Promise.all([post([one, one]), post(one), post(one)])
    const [again, other] = [await post({ ...one, author: 'late' }), await post({ ...one, kind: 'config' })]
    const stored = await rows('cart')
    assert.equal(replies.flatMap((reply) => reply.body.accepted).length, 1)
    assert.equal(replies.flatMap((reply) => reply.body.skipped).length, 3)
    assert.equal(again.body.skipped[0].reason, 'duplicate')
    assert.equal(other.body.accepted.length, 1)
    assert.deepEqual(
      stored.map(({ author }) => author),
      [null, null],
    )
  })

  it('takes now for a time that is not said', async () => {
    const began = Date.now()
    const reply = await post({ service: 'ads', commit: 'b1', version: null })
    const when = Date.parse(reply.body.accepted[0].when)
    assert.ok(when >= began && when <= Date.now())
  })

  it('refuses what cannot be used, says which and how to mend it, and stores nothing of the list', async () => {
    const future = new Date(Date.now() + 6 * 60_000).toISOString()
    const soon = new Date(Date.now() + 4 * 60_000).toISOString()
    const cases: [unknown, RegExp][] = [
      [{ commit: 'a' }, /service: .*expected string/],
      [{ service: '  ' }, /service: /],
      [{ service: 'x', when: 'yesterday' }, /when: must be a time with its zone, such as 2026-/],
      [{ service: 'x', when: '2026-11-20T10:00:00' }, /when: must be a time with its zone/],
      [{ service: 'x', when: future }, /when: .* is in the future \(it is .*\); .*zone/],
      [{ service: 'x', kind: 'release' }, /kind: .*"deploy"\|"config"\|"scale"\|"flag"/],
      [{ service: 'x', cluster: 'mars' }, /cluster: there is no cluster mars; there are: default/],
      [{ service: 'x', url: 'javascript:alert(1)' }, /url: must be an http or https address/],
      [{ service: 'x', verison: 'v1' }, /verison/],
      [[{ service: 'x' }, { service: 'x', when: future }], /1\.when: /],
      [[{ service: 'x' }, 7], /1: /],
      ['no', /Not a deploy/],
      [Array.from({ length: 501 }, () => ({ service: 'x' })), /at most 500/],
    ]
    for (const [body, message] of cases) {
      const reply = await post(body === 'no' ? '"no"' : body)
      assert.equal(reply.status, 400, JSON.stringify(body).slice(0, 200))
      assert.equal(reply.body.error.code, 'invalid_request')
      assert.match(reply.body.error.message, message)
    }
    assert.deepEqual(await rows('x'), [])
    assert.equal((await post({ service: 'y', when: soon })).status, 202)
  })

  it('takes an empty list, and keeps letters that PostgreSQL cannot store from losing a deploy', async () => {
    const empty = await post([])
    const odd = await post({ service: 'odd', message: 'a\u0000b' })
    assert.deepEqual([empty.status, empty.body], [202, { accepted: [], skipped: [] }])
    assert.equal(odd.body.accepted[0].message, 'a\ufffdb')
  })

  it('gives what was pushed of a cluster in a window to whoever asks for it', async () => {
    const window = { from: new Date('2026-11-20T10:30:00Z'), to: new Date('2026-11-20T11:00:00Z'), limit: 5 }
    const found = await deploysIn(api.context.db, 'default', window)
    assert.deepEqual(
      found.map(({ service, version, source }) => [service, version, source]),
      [['search', 'new-ranking=on', 'pushed']],
    )
    assert.deepEqual(await deploysIn(api.context.db, 'elsewhere', window), [])
  })

  it('needs the token', async () => {
    const reply = await api.call('POST', '/context/deploys', { body: { service: 'x' }, headers: {} })
    assert.equal(reply.status, 401)
  })
})
