import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import { sources } from '../../src/alert/sources/index.ts'
import { again } from '../../src/investigation/again.ts'
import { hook, one, stored } from '../alert/intakes.ts'
import { testContext } from '../context.ts'

test('a question that was answered opens again when it is asked again, an alert that is over does not', async () => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  const asked = { user: 'U1', channel: 'C1', threadTs: '1.1', anchor: 'mention' as const }
  const question = await receive({
    alerts: sources.mention.parse({ id: '1', text: 'why is checkout slow?', user: 'U1' }),
    post: null,
    asked,
  })
  const alert = await receive(hook([one({ alertname: 'A', service: 'x' })]))
  const [questionId, alertId] = [question.accepted[0]?.incident ?? '', alert.accepted[0]?.incident ?? '']
  assert.deepEqual(await again(context, questionId, 'U2'), { again: false, reason: 'running' })
  // As both end: the question with its answer, which leaves its alert as it is.
  await context.db.updateTable('incident').set({ status: 'resolved', resolved_at: new Date() }).execute()
  await context.db.updateTable('investigation').set({ status: 'complete' }).execute()
  const second = await again(context, questionId, 'U2')
  assert.ok(second.again)
  assert.deepEqual(await again(context, questionId, 'U3'), { again: false, reason: 'running' })
  assert.deepEqual(await again(context, alertId, 'U2'), { again: false, reason: 'over' })
  assert.deepEqual(await again(context, 'nobody', 'U2'), { again: false, reason: 'gone' })
  const { incidents, investigations } = await stored(context)
  await close()
  const reopened = incidents.find((incident) => incident.id === questionId)
  assert.deepEqual([reopened?.status, reopened?.resolved_at], ['open', null])
  assert.deepEqual(
    investigations.filter((each) => each.incident_id === questionId).map(({ number, kind, requested_by }) => [number, kind, requested_by]),
    [
      [1, 'mention', 'U1'],
      [2, 'again', 'U2'],
    ],
  )
})
