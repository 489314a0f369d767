import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import { reported } from '../../src/http/action-schemas.ts'
import { createReadiness } from '../../src/http/readiness.ts'
import { openApi } from '../../src/http/server.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { firstBroken } from '../../src/remediation/audit.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute, giveUpExecution } from '../../src/remediation/execute.ts'
import { sign } from '../../src/remediation/runners/signature.ts'
import { movable } from './clock.ts'
import { type Behaviour, startLedger } from './ledger.ts'
import { presser, pressOf, ROLLBACK, stage } from './stage.ts'

const never = new AbortController().signal
const NOBODY = '01900000-0000-7000-8000-000000000000'
const OTHER = 'the-secret-of-another-entry'

type Reply = { readonly error?: { readonly code: string; readonly message: string }; readonly repeated?: boolean }

const wish = (action: string) => ({ action, params: { name: 'checkout' }, why: 'Stale prices.', receipts: [] })

/** Two calls to a remediator that reports later (only the first can be asked), one that does not, and the API, which is off but for reports. */
const remote = async (t: TestContext, how: Behaviour = 'accepts') => {
  const ledger = await startLedger()
  t.after(() => ledger.close())
  ledger.behave(how)
  const { clock, travel } = movable()
  const own = { runner: 'http', url: ledger.url, target: 'shop/{name}', params: { name: { type: 'string', pattern: '[a-z]{1,20}' } } }
  const room = await stage(t, {
    // Looks are not waited for.
    clock: { ...clock, sleep: async () => undefined },
    actions: [
      { kind: 'flush_cache', secret: 'SHOP_SECRET', callback: true, probe: true, ...own },
      { kind: 'warm_cache', secret: 'SHOP_SECRET', callback: true, idempotent: true, ...own },
      { kind: 'drop_cache', secret: 'OTHER_SECRET', ...own },
      { kind: 'rollback_workload' },
    ],
    remediation: { parallel: 1 },
    named: { SHOP_SECRET: ledger.secret, OTHER_SECRET: OTHER },
    env: { VIGIL_HTTP_PORT: '0', VIGIL_HTTP_HOST: '127.0.0.1' },
  })
  const replica = async () => {
    const api = await openApi(room.context, { receive: createReceive(room.context), readiness: createReadiness() })
    t.after(() => api.close())
    return `http://127.0.0.1:${api.port}`
  }
  const [url, second] = [await replica(), await replica()]
  const context: Context = { ...room.context, config: { ...room.context.config, http: { ...room.context.config.http, public_url: url } } }
  const approved = async (kind: string): Promise<StoredAction> => {
    const card = (await room.propose(wish(kind))).at(-1)
    assert.ok(card)
    await approve(context, pressOf(card), presser())
    return card
  }
  const post = async (address: string, body: unknown, more: { secret?: string; at?: Date; header?: string } = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const header = more.header ?? sign(text, more.secret ?? ledger.secret, more.at ?? clock.now())
    const response = await fetch(address, { method: 'POST', headers: header === '' ? {} : { 'x-vigil-signature': header }, body: text })
    const told = (await response.json()) as Reply
    return { status: response.status, code: told.error?.code, body: told }
  }
  return { ...room, context, ledger, url, second, approved, post, now: clock.now, travel: (ms: number) => travel(context.db, ms) }
}

type Room = Awaited<ReturnType<typeof remote>>

/** As a remediator does it that knows nothing but the call. */
const reportOf = ({ ledger }: Room, { id }: StoredAction) => {
  const call = ledger.calls().find((one) => one.id === id)
  assert.ok(call)
  return { address: String(call.body['callback']), report: { id, digest: String(call.body['digest']), status: 'succeeded' as const } }
}

const detailOf = async ({ context, incident }: Room): Promise<string | undefined> => {
  const entry = (await timelineOf(context.db, incident)).findLast(({ type }) => type === 'action_done')
  return entry?.type === 'action_done' ? entry.detail : undefined
}

test('what was accepted is waited for, what is not its signed report changes nothing, and its report ends it, once', async (t) => {
  const room = await remote(t)
  const { context, ledger, url, second, post, action, approved } = room
  const [plain, silent] = await room.propose(ROLLBACK, wish('drop_cache'))
  assert.ok(plain && silent)
  const card = await approved('flush_cache')
  assert.match(card.offer.notes.join(), /may report its end later: that is waited for, 60 s in all/)
  await execute(context, card.id, never)
  const waiting = await action(card.id)
  assert.deepEqual([waiting.status, waiting.ended_at, waiting.callback?.state], ['executing', null, 'awaited'])
  const progress = (await timelineOf(context.db, room.incident)).findLast(({ type }) => type === 'action_progress')
  assert.match(
    (progress?.type === 'action_progress' && progress.text) || '',
    /^the remediator accepted it: job 17; its report is waited for, \d\d s at most$/,
  )
  await execute(context, card.id, never)
  assert.equal((await action(card.id)).status, 'executing', 'a job that comes too early goes on waiting')
  await approve(context, pressOf(silent), presser())
  await execute(context, silent.id, never)
  assert.deepEqual([(await action(silent.id)).status, ledger.calls().length], ['approved', 1], 'what waits takes a place of those that run')

  const { address, report } = reportOf(room, card)
  assert.equal(address, `${url}/api/v1/actions/${card.id}/result`)
  const said = { ...report, detail: 'flushed\u202e 40 keys', output: `${'x'.repeat(70_000)}\npassword=hunter2hunter2 ${ledger.secret}` }
  const text = JSON.stringify(said)
  const header = sign(text, ledger.secret, room.now())
  const earlier = (seconds: number) => ({ at: new Date(room.now().getTime() - seconds * 1000) })
  const elsewhere = (id: string) => `${url}/api/v1/actions/${id}/result`
  const before = JSON.stringify([await room.actions(), await room.entries()])
  const refused = [
    [await post(address, said, { header: '' }), 401, 'unsigned'],
    [await post(address, said, { header: 't=1,v1=abc' }), 401, 'unsigned'],
    [await post(address, text.replace('succeeded', 'failed'), { header }), 401, 'invalid_signature'],
    [await post(address, said, { secret: OTHER }), 401, 'invalid_signature'],
    [await post(address, said, earlier(302)), 401, 'signature_expired'],
    [await post(address, said, earlier(-302)), 401, 'signature_expired'],
    [await post(elsewhere(NOBODY), said), 404, 'not_found'],
    [await post(elsewhere("'--"), said), 404, 'not_found'],
    [await post(elsewhere(plain.id), said), 404, 'not_found'],
    [await post(elsewhere(silent.id), said, { secret: OTHER }), 404, 'not_found'],
    [await post(address, { ...said, id: plain.id }), 409, 'of_another'],
    [await post(address, { ...said, digest: plain.digest }), 409, 'of_another'],
    [await post(address, { ...said, status: 'done' }), 400, 'invalid_request'],
    [await post(address, '{"status":'), 400, 'invalid_request'],
    [await post(address, ''), 400, 'invalid_request'],
    [await post(address, { ...said, output: 'x'.repeat(300_000) }), 413, 'body_too_large'],
  ] as const
  for (const [i, [reply, status, code]] of refused.entries())
    assert.deepEqual([reply.status, reply.code], [status, code], `${i}: ${JSON.stringify(reply.body)}`)
  assert.equal((await fetch(`${url}/api/v1/actions`)).status, 403, 'the API itself is off')
  assert.equal(JSON.stringify([await room.actions(), await room.entries()]), before)

  const replies = await Promise.all([address, address.replace(url, second), address].map((to) => post(to, text, { header })))
  for (const { body } of replies) reported.parse(body)
  assert.deepEqual(replies.map(({ body }) => body.repeated).sort(), [false, true, true])
  assert.deepEqual(
    [await post(address, { ...said, status: 'failed' }), await post(address, report)].map(({ status, code }) => [status, code]),
    [
      [409, 'reported_already'],
      [409, 'reported_already'],
    ],
  )
  await execute(context, card.id, never)
  const { status, result } = await action(card.id)
  assert.equal(status, 'succeeded')
  assert.equal(await detailOf(room), 'the remediator reported that it succeeded: flushed 40 keys')
  assert.match(result ?? '', /x\n… \d+ characters left out …\nx+\n.*\[redacted/)
  assert.doesNotMatch(result ?? '', /hunter2|a-secret-of-the-ledger/)
  assert.deepEqual((await post(address, said)).body, { id: card.id, status: 'succeeded', repeated: true })
  assert.equal(ledger.calls().filter(({ id }) => id === card.id).length, 1)
  assert.equal((await room.entries()).filter((type) => type === 'action_done').length, 1)
  assert.equal(await firstBroken(context.db), null)
})

test('who reports nothing in time is asked, and where nobody can be asked a person is; a report that comes later is not taken', async (t) => {
  const room = await remote(t)
  const { context, ledger, action, approved, post, travel } = room
  for (const [kind, status, words] of [
    [
      'flush_cache',
      'succeeded',
      /^step 1 was done, as a look shows \(the remediator accepted it: job 17; the remediator reported nothing within 60 s\)$/,
    ],
    [
      'warm_cache',
      'outcome_unknown',
      /^the remediator accepted it: job 17; the remediator reported nothing within 60 s; whether it was done cannot be seen$/,
    ],
  ] as const) {
    const card = await approved(kind)
    await execute(context, card.id, never)
    await travel(58_000)
    await execute(context, card.id, never)
    assert.equal((await action(card.id)).status, 'executing')
    await travel(3000)
    await execute(context, card.id, never)
    assert.equal((await action(card.id)).status, status)
    assert.match((await detailOf(room)) ?? '', words)
    const { address, report } = reportOf(room, card)
    const late = await post(address, report)
    assert.deepEqual(
      [late.status, late.code, late.body.error?.message],
      [409, 'not_waiting', `The action is ${status}: its end is not waited for.`],
    )
    assert.equal(ledger.calls().filter(({ id }) => id === card.id).length, 1)
    await context.db.updateTable('incident').set({ status: 'analysed' }).execute()
  }
})

test('a report that comes before its call is answered counts, also where the answer is lost, and a failure is not tried again', async (t) => {
  const room = await remote(t)
  const { ledger, action, approved, post } = room
  /** Reports before Vigil hears the answer. */
  const reporting = (card: StoredAction, told: object): Context => ({
    ...room.context,
    fetch: async (...given) => {
      const response = await fetch(...given).catch((error: unknown) => error)
      const { address, report } = reportOf(room, card)
      assert.equal((await post(address, { ...report, ...told })).status, 200)
      if (response instanceof Response) return response
      throw response
    },
  })
  const first = await approved('flush_cache')
  await execute(reporting(first, { detail: 'at once' }), first.id, never)
  assert.deepEqual(
    [(await action(first.id)).status, await detailOf(room)],
    ['succeeded', 'the remediator reported that it succeeded: at once'],
  )

  ledger.behave('dies')
  await room.context.db.updateTable('incident').set({ status: 'analysed' }).execute()
  const second = await approved('warm_cache')
  await execute(reporting(second, { status: 'failed', detail: 'no such cache' }), second.id, never)
  assert.deepEqual(
    [(await action(second.id)).status, await detailOf(room)],
    ['failed', 'the remediator reported that it failed: no such cache'],
  )
  assert.deepEqual(
    ledger.calls().map(({ id }) => id),
    [first.id, second.id],
  )
  assert.equal(await room.status(), 'escalated')
})

test('Vigil dies when the remediator has accepted and before it is stored: the call is not made again, and its report is heard', async (t) => {
  const room = await remote(t)
  const { context, ledger, action, approved, post } = room
  const card = await approved('flush_cache')
  const held = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  const dying: Context = {
    ...context,
    fetch: async (...given) => {
      const response = await fetch(...given)
      answered.resolve()
      await held.promise
      return response
    },
  }
  const dead = execute(dying, card.id, never).then(
    () => null,
    (error: unknown) => error,
  )
  await answered.promise
  await execute(context, card.id, never)
  const waiting = await action(card.id)
  assert.deepEqual(
    [waiting.status, waiting.callback],
    ['executing', { state: 'awaited', because: 'Vigil was stopped while it was on its way' }],
  )
  // It was not dead, only slow: the other has the action now, and it neither writes nor gives it up.
  held.resolve()
  const error = await dead
  assert.match(String(error), /was taken over/)
  await giveUpExecution(context, card.id, error)
  assert.deepEqual(await action(card.id), waiting)

  const { address, report } = reportOf(room, card)
  assert.equal((await post(address, report)).status, 200)
  await execute(context, card.id, never)
  assert.equal((await action(card.id)).status, 'succeeded')
  assert.equal(ledger.calls().length, 1)
  assert.equal(await firstBroken(context.db), null)
})
