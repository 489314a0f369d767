import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { approve } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { type Behaviour, startLedger } from './ledger.ts'
import { presser, pressOf, type Stage, stage } from './stage.ts'

const never = new AbortController().signal

/** An entry whose program is a script of this installation. */
const own = (t: TestContext, script: string) => {
  const place = mkdtempSync(join(tmpdir(), 'vigil-own-'))
  chmodSync(place, 0o755)
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const path = join(place, 'flush-cache')
  writeFileSync(path, `#!/bin/bash\n${script}\n`, { mode: 0o755 })
  const params = { name: { type: 'string', pattern: '[a-z]{1,20}' } }
  return { kind: 'flush_cache', runner: 'command', argv: [path, '{name}'], target: 'shop/{name}', params }
}

const FLUSH = { action: 'flush_cache', params: { name: 'checkout' }, why: 'Stale prices.', receipts: [] }

const done = async ({ context, action }: Stage, id: string) => {
  await execute(context, id, never)
  return action(id)
}

test('a command of this installation is proposed, approved and run, and what it printed stays with it', async (t) => {
  const room = await stage(t, { actions: [own(t, 'echo "flushed $1"; echo password=hunter2hunter2')] })
  const [card] = await room.propose(FLUSH)
  assert.ok(card)
  assert.equal(card.offer.title, 'Flush cache: shop/checkout')
  assert.match(card.offer.change.join(), /^\+ \/\S+\/flush-cache checkout$/)
  await approve(room.context, pressOf(card), presser())
  const { status, result } = await done(room, card.id)
  assert.equal(status, 'succeeded', result ?? '')
  assert.match(result ?? '', /^it ended well: flushed checkout/)
  assert.doesNotMatch(result ?? '', /hunter2/)
})

test('a command that a crash left in the middle is not run again: a person is asked', async (t) => {
  const room = await stage(t, { actions: [own(t, 'echo "ran"')] })
  const [card] = await room.propose(FLUSH)
  assert.ok(card)
  await approve(room.context, pressOf(card), presser())
  await room.context.db.updateTable('action').set({ status: 'executing', intent_at: new Date() }).where('id', '=', card.id).execute()
  const { status, result } = await done(room, card.id)
  assert.equal(status, 'outcome_unknown')
  assert.doesNotMatch(result ?? '', /ran/)
  assert.equal(await room.status(), 'escalated')
})

test('with dry runs only, a command that cannot be tried is said to be untried', async (t) => {
  const room = await stage(t, { actions: [own(t, 'echo "ran"')], remediation: { dry_run: true } })
  const [card] = await room.propose(FLUSH)
  assert.ok(card)
  assert.match(card.offer.notes.join(), /could not be tried beforehand/)
  await approve(room.context, pressOf(card), presser())
  const { status, result } = await done(room, card.id)
  assert.equal(status, 'dry_run')
  assert.match(result ?? '', /nothing was changed; whether it would have gone well could not be tried/)
})

test('a name that is none of this incident’s, or that the entry does not allow, is refused before anything runs', async (t) => {
  const room = await stage(t, { actions: [own(t, 'echo "ran"')] })
  assert.deepEqual(await room.propose({ ...FLUSH, params: { name: 'billing' } }, { ...FLUSH, params: { name: 'checkout;id' } }), [])
  assert.equal((await room.entries()).filter((type) => type === 'action_refused').length, 2)
})

const remote = async (t: TestContext, how: Behaviour, more: Partial<Parameters<typeof stage>[1]> = {}) => {
  const ledger = await startLedger()
  t.after(() => ledger.close())
  ledger.behave(how)
  const params = { name: { type: 'string', pattern: '[a-z]{1,20}' } }
  const entry = { kind: 'flush_cache', runner: 'http', url: ledger.url, secret: 'SHOP_SECRET', probe: true, target: 'shop/{name}', params }
  const room = await stage(t, { actions: [entry], ...more, named: { SHOP_SECRET: ledger.secret } })
  const [card] = await room.propose(FLUSH)
  assert.ok(card)
  await approve(room.context, pressOf(card), presser())
  return { ledger, room, card }
}

test('a call to a remediator carries the digest of what was approved, and is made once', async (t) => {
  const { ledger, room, card } = await remote(t, 'answers')
  assert.deepEqual(ledger.asked, [], 'nothing is called before the press')
  const { status, result } = await done(room, card.id)
  assert.equal(status, 'succeeded', result ?? '')
  await execute(room.context, card.id, never)
  assert.equal(ledger.calls().length, 1)
  const [call] = ledger.calls()
  assert.deepEqual([call?.body['id'], call?.body['digest'], call?.body['incident']], [card.id, card.digest, room.incident])
})

test('a call whose answer was lost is not made again: the remediator is asked, and knows', async (t) => {
  const { ledger, room, card } = await remote(t, 'dies')
  const { status } = await done(room, card.id)
  assert.equal(status, 'succeeded')
  assert.equal(ledger.calls().length, 1)
})

test('a call that a crash left in the middle is looked at, never made again', async (t) => {
  const { ledger, room, card } = await remote(t, 'answers')
  await room.context.db.updateTable('action').set({ status: 'executing', intent_at: new Date() }).where('id', '=', card.id).execute()
  const { status, result } = await done(room, card.id)
  assert.equal(status, 'failed')
  assert.match(result ?? '', /a look shows that nothing was done/)
  assert.deepEqual(ledger.calls(), [])
})
