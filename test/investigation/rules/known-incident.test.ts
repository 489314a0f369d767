import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Incident } from '../../../src/db/schema.ts'
import { knownIncident } from '../../../src/investigation/rules/known-incident.ts'
import { testContext } from '../../context.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'

const { context, close } = await testContext()
const { db } = context

const past = async (id: string, over: { subject?: string; alertname?: string; cause?: string | null; rating?: 'good' | 'bad' } = {}) => {
  const { subject = 'checkout', alertname = 'HighLatency', cause = 'the pool was too small', rating } = over
  const ended = { status: 'resolved' as const, resolved_at: new Date() }
  await db
    .insertInto('incident')
    .values({ id, title: id, severity: 'high', cluster: 'default', subject, alertname, ...ended })
    .execute()
  const analysis = JSON.stringify({ by: 'model', cause: cause === null ? null : { text: cause } })
  await db
    .insertInto('investigation')
    .values({ id: `v-${id}`, incident_id: id, number: 1, status: 'complete', analysis })
    .execute()
  if (rating !== undefined)
    await db
      .insertInto('rating')
      .values({ id: `r-${id}`, investigation_id: `v-${id}`, user_id: 'U1', rating } as never)
      .execute()
}

const about = (subject: string | null, alertname = 'HighErrorRate') =>
  ruleInput({ db, subject, incident: { id: 'now', alertname, cluster: 'default' } as Incident })

await past('a')
ruleContract(knownIncident, { found: about('checkout'), nothing: about('mail', 'QueueBacklog') })

test('another alert of the same service, or the same alert elsewhere, is told with its cause', async () => {
  const [same] = (await evaluate(knownIncident, about('checkout'))).findings
  assert.match(same?.summary ?? '', /^Something like it before: INC-\d+, HighLatency of checkout, was the pool was too small\.$/)
  const [elsewhere] = (await evaluate(knownIncident, about('search', 'HighLatency'))).findings
  assert.match(elsewhere?.summary ?? '', /HighLatency of checkout/)
})

test('the very same alert, one without a cause and one in another cluster are no lead', async () => {
  await past('b', { subject: 'cart', alertname: 'HighErrorRate', cause: 'a deploy' })
  assert.deepEqual((await evaluate(knownIncident, about('cart'))).findings, [])
  await past('c', { subject: 'pay', cause: null })
  assert.deepEqual(
    (await evaluate(knownIncident, about('pay'))).findings.filter(({ summary }) => summary.includes('of pay')),
    [],
  )
  await close()
})
