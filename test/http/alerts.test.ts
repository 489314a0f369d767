import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { firing, type TestApi, TOKEN, testApi, webhook } from './api.ts'

describe('alerts over HTTP', () => {
  let api: TestApi
  before(async () => {
    api = await testApi()
  })
  after(() => api.close())
  const post = (body: unknown, path = '/api/v1/alerts') => api.call('POST', path, { body })

  it('takes the webhook of a real Alertmanager, stores it before it answers, and knows it again', async () => {
    const first = await post(webhook)
    const stored = await api.context.db.selectFrom('alert').selectAll().where('fingerprint', '=', 'c93e8764508c8151').execute()
    const again = await post(webhook)
    assert.equal(first.status, 202)
    assert.deepEqual(first.body.skipped, [])
    assert.equal(first.body.accepted[0].fingerprint, 'c93e8764508c8151')
    assert.equal(stored[0]?.incident_id, first.body.accepted[0].incident)
    assert.equal(stored[0]?.expression, 'demo_error_ratio > 0.05')
    assert.equal(stored[0]?.ends_at, null)
    const { incident } = first.body.accepted[0]
    assert.deepEqual(again.body, { accepted: [], skipped: [{ fingerprint: 'c93e8764508c8151', reason: 'duplicate', incident }] })
  })

  it('takes a bare alert, on the path without a version too', async () => {
    const reply = await post({ labels: { alertname: 'DiskFull', service: 'db' } }, '/alerts')
    assert.equal(reply.status, 202)
    assert.equal(reply.body.accepted.length, 1)
  })

  it('takes an empty webhook and does nothing', async () => {
    const reply = await post({ alerts: [] })
    assert.equal(reply.status, 202)
    assert.deepEqual(reply.body, { accepted: [], skipped: [] })
  })

  it('opens one incident for a hundred posts of one fingerprint at once', async () => {
    const body = { alerts: [firing({ alertname: 'Storm', service: 'ads' })] }
    const replies = await Promise.all(Array.from({ length: 100 }, () => post(body)))
    const { incidents } = (await api.call('GET', '/api/v1/incidents?limit=500')).body
    assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [202])
    assert.equal(replies.flatMap((reply) => reply.body.accepted).length, 1)
    assert.equal(replies.flatMap((reply) => reply.body.skipped).length, 99)
    assert.equal(incidents.filter((one: { subject: string }) => one.subject === 'ads').length, 1)
  })

  it('accounts for each of 500 alerts in one webhook', async () => {
    const alerts = Array.from({ length: 500 }, (_, i) => firing({ alertname: 'PodDown', service: `svc-${i}` }))
    const reply = await post({ groupKey: 'pods', receiver: 'vigil', groupLabels: { alertname: 'PodDown' }, alerts })
    assert.equal(reply.status, 202)
    assert.equal(reply.body.accepted.length, 1)
    assert.equal(reply.body.skipped.length, 499)
    const told = [...reply.body.accepted, ...reply.body.skipped].map((one) => one.fingerprint)
    assert.equal(new Set(told).size, 500)
  })

  it('does not lose the alerts beside one that cannot be read, and says which one and why', async () => {
    const good = firing({ alertname: 'Good', service: 'mail' })
    const reply = await post({
      alerts: [{ status: 'burning', labels: {}, fingerprint: 'abc123' }, good, { labels: { alertname: 7 } }, 'x'],
    })
    const kept = await api.context.db.selectFrom('timeline').select('data').where('type', '=', 'skipped').execute()
    assert.equal(reply.status, 202)
    assert.equal(reply.body.accepted.length, 1)
    const { skipped } = reply.body
    assert.deepEqual(
      skipped.map((one: { fingerprint: string; reason: string; incident: null }) => [one.fingerprint, one.reason, one.incident]),
      [
        ['abc123', 'unreadable', null],
        ['', 'unreadable', null],
        ['', 'unreadable', null],
      ],
    )
    assert.match(skipped[1].detail, /alerts\.2\.labels\.alertname: .*string/)
    assert.equal(kept.filter(({ data }) => (data as { reason: string }).reason === 'unreadable').length, 1)
  })

  it('keeps letters that PostgreSQL cannot store from losing an alert', async () => {
    const odd = {
      labels: { alertname: 'Odd', service: 'a\0b\ud800c' },
      generatorURL: 'http://p/graph?g0.expr=up%00',
      startsAt: '0000-01-01T00:00:00Z',
    }
    const reply = await post(odd)
    const { body } = await api.call('GET', `/api/v1/incidents/${reply.body.accepted[0].incident}`)
    assert.equal(reply.status, 202)
    assert.equal(body.alerts[0].labels.service, 'a\ufffdb\ufffdc')
    assert.equal(body.alerts[0].expression, 'up\ufffd')
    assert.ok(body.alerts[0].starts_at > '2026')
  })

  it('refuses what is no alert at all, and names what is wrong', async () => {
    const none = await post({ alerts: [{ labels: 3 }] })
    const bare = await post({ name: 'x' })
    const list = await post([{ labels: { alertname: 'A' } }])
    assert.deepEqual([none.status, bare.status, list.status], [400, 400, 400])
    assert.equal(none.body.error.code, 'invalid_request')
    assert.match(none.body.error.message, /alerts\.0\.labels/)
    assert.match(bare.body.error.message, /labels/)
  })

  it('refuses what is not JSON', async () => {
    const broken = await post('{"alerts": [')
    const empty = await post('')
    assert.deepEqual([broken.status, broken.body.error.code], [400, 'invalid_json'])
    assert.deepEqual([empty.status, empty.body.error.code], [400, 'invalid_json'])
  })

  it('takes 20 MB and refuses 21 MB, announced or not', async () => {
    const alert = (mb: number, i: number) =>
      firing({ alertname: 'Big', service: 'blob', pod: String(i) }, { annotations: { log: 'x'.repeat(mb) } })
    const sized = (bytes: number) => {
      const alerts = Array.from({ length: 20 }, (_, i) => alert(Math.floor(bytes / 20) - 400, i))
      return JSON.stringify({ alerts }).padEnd(bytes, ' ')
    }
    const streamed = (text: string) =>
      fetch(`${api.url}/api/v1/alerts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}` },
        body: new Blob([text]).stream(),
        duplex: 'half',
      } as RequestInit)
    const MB = 1024 * 1024
    const whole = await post(sized(20 * MB))
    const over = await post(sized(21 * MB))
    const overStreamed = await streamed(sized(21 * MB))
    assert.equal(whole.status, 202)
    assert.equal(whole.body.accepted.length + whole.body.skipped.length, 20)
    assert.deepEqual([over.status, over.body.error.code], [413, 'body_too_large'])
    assert.equal(overStreamed.status, 413)
    assert.equal(((await overStreamed.json()) as { error: { code: string } }).error.code, 'body_too_large')
  })
})
