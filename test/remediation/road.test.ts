import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstBroken } from '../../src/remediation/audit.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { verify } from '../../src/remediation/verify.ts'
import { presser, pressOf, ROLLBACK, stage } from './stage.ts'

const never = new AbortController().signal
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a rollback is proposed, approved, executed once, verified on fresh data, and the incident is resolved', async (t) => {
  const { context, cluster, prometheus, propose, action, entries, status } = await stage(t)
  const [card] = await propose(ROLLBACK)
  assert.ok(card)
  assert.equal(card.status, 'awaiting_approval')
  assert.equal(await status(), 'awaiting_approval')
  assert.equal(card.offer.title, 'Roll back shop/checkout to revision 1 (checkout:1.3.9)')
  assert.deepEqual(card.offer.change, [
    '- spec.template.spec.containers[app].image: "registry.example/checkout:1.4.0"',
    '+ spec.template.spec.containers[app].image: "registry.example/checkout:1.3.9"',
  ])
  assert.equal(cluster.ledger.length, 0, 'the dry run changed nothing')
  assert.deepEqual(await approve(context, pressOf(card), presser()), { done: true, status: 'approved', missing: 0 })
  await execute(context, card.id, never)
  assert.equal(cluster.ledger.length, 1)
  assert.equal((await action(card.id)).status, 'succeeded')
  assert.equal(await status(), 'verifying')
  await execute(context, card.id, never)
  assert.equal(cluster.ledger.length, 1, 'a second run of the job does nothing')

  prometheus.state.value = 0.002
  for (let look = 0; look < 8 && (await action(card.id)).verification === null; look++) {
    prometheus.state.newest = new Date()
    await verify(context, card.id)
    await pause(300)
  }
  assert.equal((await action(card.id)).verification, 'verified')
  assert.equal(await status(), 'resolved')
  assert.deepEqual(
    (await entries()).filter((type) => type.startsWith('action_') && type !== 'action_progress'),
    ['action_proposed', 'action_approved', 'action_started', 'action_done', 'action_verified'],
  )
  assert.equal(await firstBroken(context.db), null)
})
