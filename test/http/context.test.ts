import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Sources } from '../../src/datasources/sources.ts'
import { errorSpike } from '../../src/investigation/rules/error-spike.ts'
import type { Rule } from '../../src/investigation/rules/rule.ts'
import { tailLatency } from '../../src/investigation/rules/tail-latency.ts'
import { surroundingsOf } from '../../src/investigation/surroundings.ts'
import { evaluate, ruleInput } from '../contracts/rule.ts'
import { lokiOf } from '../datasources/loki-wire.ts'
import { type TestApi, testApi } from './api.ts'

describe('log lines and traces over HTTP', () => {
  let api: TestApi
  before(async () => {
    api = await testApi()
  })
  after(() => api.close())
  const post = (what: 'logs' | 'traces', body: unknown, prefix = '/api/v1') => api.call('POST', `${prefix}/context/${what}`, { body })

  /** What a rule says at the next alert of the service, which began just now. */
  const next = async (rule: Rule, subject: string, sources: Sources = {}) => {
    const { context } = api
    const onset = new Date()
    const { signal } = new AbortController()
    const around = { context, sources, cluster: 'default', subject, namespace: null, onset, about: { labels: {}, subject }, ms: 800 }
    const surroundings = surroundingsOf({ ...around, signal })
    return (await evaluate(rule, ruleInput({ subject, onset, clock: context.clock, db: context.db, surroundings }))).findings
  }

  it('ten pushed lines of one error are one MEDIUM finding of the next alert', async () => {
    for (let n = 1; n <= 10; n += 1) {
      const reply = await post('logs', { service: 'checkout', level: 'ERROR', message: `upstream timeout request ${n}` })
      assert.deepEqual([reply.status, reply.body], [202, { accepted: 1 }])
    }
    const findings = await next(errorSpike, 'checkout')
    assert.equal(findings.length, 1)
    assert.equal(findings[0]?.severity, 'medium')
    assert.match(findings[0]?.summary ?? '', /“upstream timeout request <\*>” since .* 10 lines, 100 % of its errors/)
    assert.equal(findings[0]?.evidence[0].source, 'vigil')
    assert.deepEqual(await next(errorSpike, 'cart'), [])
  })

  it('a Loki that has no lines of the service leaves it to what was pushed', async (t) => {
    const line = { at: new Date().toISOString(), line: 'ERROR no luck', labels: { service: 'other' } }
    const { loki } = await lokiOf(t, [line, line, line])
    assert.equal((await next(errorSpike, 'checkout', { loki })).length, 1)
    assert.deepEqual(await next(errorSpike, 'cart', { loki }), [])
  })

  it('pushed samples tell the p99 against what was usual, or against a second', async () => {
    const sample = (duration: number | string, n: number) => ({ TraceID: `t${n}`, service: 'pay', duration, operation: 'POST /pay' })
    const reply = await post(
      'traces',
      Array.from({ length: 20 }, (_, n) => sample(n % 2 === 0 ? 1800 : '2.1s', n)),
      '',
    )
    assert.deepEqual([reply.status, reply.body], [202, { accepted: 20 }])
    const findings = await next(tailLatency, 'pay')
    assert.equal(findings[0]?.summary, 'pay is slow: p99 of its 20 recent traces is 2.1 s, limit 1 s.')
    const when = new Date(Date.now() - 10 * 60_000).toISOString()
    await post(
      'traces',
      Array.from({ length: 20 }, (_, n) => ({ ...sample(1900, n), when })),
    )
    assert.deepEqual(await next(tailLatency, 'pay'), [], 'it always takes so long')
  })

  it('a fault anywhere refuses the whole list and names what is wrong', async () => {
    const good = { service: 'lists', message: 'x' }
    const faults: [unknown, RegExp][] = [
      [[good, { service: 'lists' }], /message/],
      [[good, { ...good, wen: 'now' }], /wen/],
      [[good, { ...good, when: 'yesterday' }], /time with its zone/],
      [[good, { ...good, when: new Date(Date.now() + 3_600_000).toISOString() }], /in the future/],
      [[good, { ...good, cluster: 'moon' }], /there is no cluster moon/],
      [Array.from({ length: 1001 }, () => good), /at most 1000/],
    ]
    for (const [body, fault] of faults) {
      const reply = await post('logs', body)
      assert.equal(reply.status, 400)
      assert.match(JSON.stringify(reply.body), fault)
    }
    assert.equal((await post('traces', { TraceID: 'a', service: 'b', duration: 'long' })).status, 400)
    assert.equal((await api.call('POST', '/api/v1/context/logs', { body: good, headers: {} })).status, 401)
    const stored = await api.context.db.selectFrom('pushed_log').select('id').where('service', '=', 'lists').execute()
    assert.deepEqual(stored, [])
  })

  it('what no database can store is stored as well as it can be, and cut', async () => {
    const reply = await post('logs', { service: 'odd', message: `a\0b${'x'.repeat(9000)}` })
    const [row] = await api.context.db.selectFrom('pushed_log').selectAll().where('service', '=', 'odd').execute()
    assert.equal(reply.status, 202)
    assert.deepEqual([row?.message.length, row?.message.slice(0, 3), row?.level], [4000, 'a\ufffdb', null])
  })
})
