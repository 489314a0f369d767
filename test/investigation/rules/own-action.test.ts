import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../../src/alert/alert.ts'
import { jsonbText } from '../../../src/db/jsonb.ts'
import type { Incident } from '../../../src/db/schema.ts'
import { ownAction } from '../../../src/investigation/rules/own-action.ts'
import type { Offer } from '../../../src/remediation/offer.ts'
import { testContext } from '../../context.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'
import { offer } from '../../slack/acts.ts'

const { context, close } = await testContext()
const { db } = context

const ONSET = new Date('2026-11-20T21:49:00Z')
const ago = (seconds: number): Date => new Date(ONSET.getTime() - seconds * 1000)

await db.insertInto('incident').values({ id: 'before', title: 'x', severity: 'high', cluster: 'default', alertname: 'Slow' }).execute()

let count = 0
const acted = async (of: Partial<Offer>, from: number, to: number | null, end: { status?: 'failed'; step?: number } = {}) => {
  count += 1
  const made = offer({ cluster: 'default', dryRun: false, ...of })
  const { kind, entry, cluster } = made
  const row = {
    kind,
    entry,
    cluster,
    target: `t${count}`,
    digest: 'd',
    expires_at: ONSET,
    status: to === null ? 'executing' : 'succeeded',
    ...end,
  } as const
  const times = { started_at: ago(from), ended_at: to === null ? null : ago(to) }
  await db
    .insertInto('action')
    .values({ id: `a${count}`, incident_id: 'before', number: count, ...row, offer: jsonbText(made), ...times })
    .execute()
}

const about = (subject: string | null, namespace: string, over: { onset?: Date; cluster?: string } = {}) => {
  const { onset = ONSET, cluster = 'default' } = over
  const alert = { labels: { alertname: 'Slow', namespace }, startsAt: ONSET } as unknown as Alert
  return ruleInput({ db, subject, onset, alert, incident: { id: 'now', alertname: 'Slow', cluster } as Incident })
}

await acted({}, 180, 120)
ruleContract(ownAction, { found: about('checkout', 'shop'), nothing: about('mail', 'post') })

const summaries = async (...args: Parameters<typeof about>) => (await evaluate(ownAction, about(...args))).findings

test('what Vigil did to the subject right before is a suspect, what it did beside it a fact, and what it did elsewhere or long ago nothing', async () => {
  const [own] = await summaries('checkout', 'shop')
  assert.match(own?.summary ?? '', /^Vigil itself did this 3 min before the onset: Roll back shop\/checkout .* \(INC-\d+\)\.$/)
  assert.deepEqual(
    [own?.category, own?.weight, own?.object],
    ['config_change', 0.7, { kind: 'Deployment', namespace: 'shop', name: 'checkout' }],
  )
  const [beside] = await summaries('cart', 'shop')
  assert.deepEqual([beside?.category, beside?.severity], [undefined, 'medium'])
  assert.deepEqual(await summaries('checkout', 'other'), [])
  assert.deepEqual(await summaries('checkout', 'shop', { cluster: 'prod-us' }), [])
  assert.equal((await summaries('checkout', 'shop', { onset: ago(-470) })).length, 1, 'it ended 590 s before')
  assert.deepEqual(await summaries('checkout', 'shop', { onset: ago(-490) }), [])
  assert.deepEqual(await summaries('checkout', 'shop', { onset: ago(200) }), [], 'it had not begun')
})

test('what failed before anything was done, or was found not done, accuses nobody; what failed half way does', async () => {
  const target = { kind: 'Deployment', namespace: 'safe', name: 'vault' }
  await acted({ target, title: 'Restart safe/vault' }, 60, 50, { status: 'failed' })
  assert.deepEqual(await summaries('vault', 'safe'), [])
  await acted({ target, title: 'Drain safe/vault' }, 60, 50, { status: 'failed', step: 1 })
  assert.equal((await summaries('vault', 'safe')).length, 1)
})

test('what is still under way counts, a dry run does not, and nearest first', async () => {
  const target = { kind: 'Deployment', namespace: 'bank', name: 'pay' }
  await acted({ target, dryRun: true, title: 'Restart bank/pay' }, 60, 50)
  assert.deepEqual(await summaries('pay', 'bank'), [])
  await acted({ target, title: 'Drain bank/pay' }, 3000, null)
  await acted({ target: { ...target, name: 'ledger' }, title: 'Restart bank/ledger' }, 30, 20)
  const [found] = await summaries('pay', 'bank')
  assert.match(found?.summary ?? '', /50 min before the onset: Drain bank\/pay/)
  await close()
})
