import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { configured } from '../../../src/remediation/actions/configured.ts'
import { http } from '../../../src/remediation/runners/http.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { saying, serve } from '../../datasources/wire.ts'
import { type Behaviour, type Ledger, startLedger } from '../ledger.ts'
import { hostile } from './hostile.ts'
import { ACTION, configOf, runningOf } from './running.ts'

const open = async (t: TestContext, how: Behaviour = 'answers'): Promise<Ledger> => {
  const ledger = await startLedger()
  t.after(() => ledger.close())
  ledger.behave(how)
  return ledger
}

const configFor = (url: string, secret: string, more = '') =>
  configOf(
    `actions: [{ kind: flush_cache, runner: http, url: '${url}', secret: SHOP_SECRET, params: { name: { pattern: '.{1,500}' } }, targets: ['*'] ${more} }]`,
    { SHOP_SECRET: secret },
  )

const LATER = { callback: true } as const

const configLater = (url: string, secret: string) => {
  const config = configFor(url, secret)
  return { ...config, http: { ...config.http, public_url: 'https://vigil.example/base/' } }
}

const requestTo = (url: string, name = 'checkout') => ({
  entry: 'flush_cache',
  url,
  kind: 'flush_cache',
  target: { kind: 'service', name },
  params: { name },
})

const BEHAVIOURS = { works: 'answers', refuses: 'refuses', hangs: 'hangs', breaks: 'breaks' } as const

runnerContract(http, {
  stage: async (t, how) => {
    const { url, secret, calls, behave } = await open(t)
    behave(BEHAVIOURS[how])
    return { request: requestTo(url), running: runningOf(configFor(url, secret, ', probe: true')), deeds: () => calls().length }
  },
  unconfigured: null,
})

test('a call carries what was approved, signed over time and body, with the action as its idempotency key', async (t) => {
  const { url, secret, calls } = await open(t)
  const running = runningOf(configFor(url, secret))
  const ran = await http.run(requestTo(url), running)
  assert.deepEqual(ran, { outcome: 'done', detail: 'the remediator answered 200: the cache is empty' })
  const [call] = calls()
  assert.deepEqual(call?.body, {
    id: ACTION,
    kind: 'flush_cache',
    target: { kind: 'service', name: 'checkout' },
    params: { name: 'checkout' },
    incident: running.incident,
    digest: running.digest,
  })
  assert.equal(call?.key, ACTION)
  const t1 = Number(/^t=(\d+),/.exec(call?.signature ?? '')?.[1])
  assert.ok(Math.abs(t1 - Date.now() / 1000) < 10)
})

test('a call whose end may be reported later says where, by the configuration alone, and 202 is no end of it', async (t) => {
  const { url, secret, calls, behave } = await open(t, 'accepts')
  const running = runningOf(configLater(url, secret))
  assert.deepEqual(await http.run({ ...requestTo(url), ...LATER }, running), {
    outcome: 'accepted',
    detail: 'the remediator accepted it: job 17',
  })
  assert.equal(calls()[0]?.body['callback'], `https://vigil.example/base/api/v1/actions/${ACTION}/result`)
  behave('answers')
  assert.equal((await http.run({ ...requestTo(url), ...LATER }, running)).outcome, 'done', '200 is an end as ever')
})

test('202 to a call that asked for no report is done, and such a call tells no address', async (t) => {
  const { url, secret, calls } = await open(t, 'accepts')
  const ran = await http.run(requestTo(url), runningOf(configLater(url, secret)))
  assert.deepEqual(ran, { outcome: 'done', detail: 'the remediator answered 202: job 17' })
  assert.equal(Object.hasOwn(calls()[0]?.body ?? {}, 'callback'), false)
})

test('without an address to report to nothing is called, and the configuration says so before', async (t) => {
  const { url, secret, asked } = await open(t, 'accepts')
  const ran = await http.run({ ...requestTo(url), ...LATER }, runningOf(configFor(url, secret)))
  assert.ok(ran.outcome === 'failed' && /http\.public_url/.test(ran.reason))
  assert.deepEqual(asked, [])
  assert.throws(() => configFor(url, secret, ', callback: true'), /actions\.0\.callback: needs http\.public_url \(VIGIL_HTTP_PUBLIC_URL\)/)
})

test('a call that is signed with another secret is refused', async (t) => {
  const { url, calls } = await open(t)
  const ran = await http.run(requestTo(url), runningOf(configFor(url, 'another-secret-of-16-or-more')))
  assert.ok(ran.outcome === 'failed' && /401/.test(ran.reason))
  assert.equal(calls().length, 0)
})

test('when the answer is lost, a remediator that can be asked tells whether it was done', async (t) => {
  for (const [how, told] of [
    ['dies', 'done'],
    ['breaks', 'not_done'],
  ] as const) {
    const { url, secret, calls, asked } = await open(t, how)
    const running = runningOf(configFor(url, secret, ', probe: true'))
    assert.equal((await http.run(requestTo(url), running)).outcome, 'unknown')
    assert.equal(calls().length, how === 'dies' ? 1 : 0)
    assert.equal(await http.probe(requestTo(url), running), told)
    assert.equal(asked.at(-1), `GET /remedies/${ACTION}`)
  }
})

test('a remediator that cannot be asked is not asked, and a stray 404 is no answer', async (t) => {
  const { url, secret, asked } = await open(t, 'dies')
  assert.equal(await http.probe(requestTo(url), runningOf(configFor(url, secret))), 'unknown')
  assert.deepEqual(asked, [])
  for (const [body, status] of [
    ['<html>not found</html>', 404],
    [{ error: 'not found' }, 404],
    [{ status: 'running' }, 200],
    [{ status: 'done' }, 500],
  ] as const) {
    const other = await serve(t, saying(body, status))
    const running = runningOf(configFor(other.url, secret, ', probe: true'))
    assert.equal(await http.probe(requestTo(other.url), running).catch(() => 'unknown'), 'unknown', JSON.stringify(body))
  }
})

test('too many requests may pass later, other refusals will not', async (t) => {
  for (const [status, mayPass] of [
    [429, true],
    [403, false],
    [404, false],
  ] as const) {
    const { url } = await serve(t, saying({ error: 'no' }, status))
    const ran = await http.run(requestTo(url), runningOf(configFor(url, 'x'.repeat(16))))
    assert.deepEqual([ran.outcome, ran.outcome === 'failed' && ran.mayPass], ['failed', mayPass])
  }
})

test('a redirect is not followed: the address is the configuration’s alone', async (t) => {
  const { url: elsewhere, calls } = await open(t)
  const { url } = await serve(t, (_, response) => void response.writeHead(307, { location: elsewhere }).end())
  const ran = await http.run(requestTo(url), runningOf(configFor(url, 'x'.repeat(16))))
  assert.notEqual(ran.outcome, 'done')
  assert.equal(calls().length, 0)
})

test('an address that is not the entry’s any more is not called', async (t) => {
  const { url, secret, asked } = await open(t)
  const ran = await http.run(requestTo(url), runningOf(configFor(`${url}/v2`, secret)))
  assert.ok(ran.outcome === 'failed' && /not the one that was shown/.test(ran.reason))
  assert.deepEqual(asked, [])
})

test('500 hostile values reach no other address, and stand in the body as they were shown', async (t) => {
  const { url, secret, calls, asked } = await open(t)
  const config = configFor(url, secret)
  const [entry] = config.actions
  assert.ok(entry)
  const action = configured(entry, undefined)
  let taken = 0
  for (const name of hostile) {
    const planned = await action.prepare({ name }, undefined as never, 'id').catch(() => null)
    const [step] = planned?.steps ?? []
    if (step === undefined) continue
    taken++
    assert.equal((await http.run(step.request, runningOf(config))).outcome, 'done')
    assert.deepEqual(calls().at(-1)?.body['params'], { name })
  }
  assert.ok(taken > 100)
  assert.deepEqual([...new Set(asked)], ['POST /remedies'])
})
