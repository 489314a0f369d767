import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { correctionKey } from '../../src/incident/correction.ts'
import { setSubject } from '../../src/incident/set-subject.ts'
import { close as closed, hook, type Labels, one, stored } from '../alert/intakes.ts'
import { testContext } from '../context.ts'

const LAG = { alertname: 'KafkaConsumerLag', topic: 'orders.v2', severity: 'warning' }
const by = { by: ['alertname', 'topic'] }

const fire = (context: Context, labels: Labels, more = by) => createReceive(context)(hook([one(labels)], more))
const jobs = async (context: Context): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`select name from pgboss.job where name in ('brief', 'amend') order by name`.execute(
    context.db,
  )
  return rows.map(({ name }) => name)
}

test('what a person says changes what the incident is about, and the next alert like it comes with that', async (t) => {
  const { context, close } = await testContext()
  t.after(close)
  const id = (await fire(context, LAG)).accepted[0]!.incident
  assert.deepEqual(await setSubject(context, id, { subject: ' order-worker ', user: 'U0ANA' }), {
    ...{ set: true, subject: 'order-worker', before: null },
  })
  const [incident] = (await stored(context)).incidents
  assert.deepEqual([incident?.subject, incident?.join_key], ['order-worker', 'default|order-worker|KafkaConsumerLag'])
  await closed(context, id, 60)
  const next = (await fire(context, { ...LAG, severity: 'critical' })).accepted[0]!.incident
  const after = await stored(context)
  assert.notEqual(next, id)
  assert.deepEqual([after.incidents[1]?.subject, after.incidents[1]?.previous_id], ['order-worker', id])
  const said = after.timeline.filter(({ type }) => type === 'subject_set') as unknown as { incident: string; basis: string; by: string }[]
  assert.deepEqual(
    said.map(({ incident: of, basis, by: who }) => [of, basis, who]),
    [
      [id, 'person', 'U0ANA'],
      [next, 'remembered', 'U0ANA'],
    ],
  )
  // Another topic is another alert.
  await fire(context, { ...LAG, topic: 'invoices' })
  assert.equal((await stored(context)).incidents[2]?.subject, null)
})

test('an alert that comes corrected joins the open incident of that service and name', async (t) => {
  const { context, close } = await testContext()
  t.after(close)
  const first = (await fire(context, LAG)).accepted[0]!.incident
  await setSubject(context, first, { subject: 'order-worker', user: 'U0ANA' })
  await closed(context, first, 60)
  const open = (await fire(context, { alertname: 'KafkaConsumerLag', service: 'order-worker' }, { by: ['service'] })).accepted[0]!.incident
  const joined = await fire(context, LAG)
  assert.deepEqual([joined.skipped[0]?.reason, joined.skipped[0]?.incident], ['joined', open])
})

test('the rules look again: beside an investigation that runs, else by a look of its own', async (t) => {
  const { context, close } = await testContext()
  t.after(close)
  const id = (await fire(context, LAG)).accepted[0]!.incident
  const forget = () => sql`delete from pgboss.job`.execute(context.db)
  await forget()
  await setSubject(context, id, { subject: 'a', user: 'U0ANA' })
  assert.deepEqual(await jobs(context), ['brief'])
  await forget()
  await context.db.updateTable('investigation').set({ status: 'in_progress' }).execute()
  await setSubject(context, id, { subject: 'b', user: 'U0ANA' })
  assert.deepEqual(await jobs(context), ['amend'])
  await forget()
  await context.db.updateTable('investigation').set({ status: 'complete' }).execute()
  await setSubject(context, id, { subject: 'c', user: 'U0ANA' })
  assert.deepEqual(await jobs(context), ['brief'])
  assert.deepEqual(
    (await stored(context)).investigations.map(({ kind, requested_by }) => [kind, requested_by]),
    [
      ['alert', null],
      ['again', 'U0ANA'],
    ],
  )
})

test('nothing is changed for a name that is none, the name that it has, and what is over or gone', async (t) => {
  const { context, close } = await testContext()
  t.after(close)
  const id = (await fire(context, { ...LAG, service: 'checkout' })).accepted[0]!.incident
  const say = async (incident: string, subject: string) => {
    const outcome = await setSubject(context, incident, { subject, user: 'U0ANA' })
    return outcome.set ? 'set' : outcome.reason
  }
  assert.deepEqual([await say(id, ' '), await say(id, 'x'.repeat(201)), await say(id, 'checkout')], ['unusable', 'unusable', 'same'])
  await closed(context, id, 1)
  assert.deepEqual([await say(id, 'cart'), await say('none', 'cart')], ['over', 'gone'])
  assert.equal((await context.db.selectFrom('subject_correction').selectAll().execute()).length, 0)
})

test('two open incidents that come to be about the same stay two, and the older one draws what follows', async (t) => {
  const { context, close } = await testContext()
  t.after(close)
  await fire(context, { alertname: 'KafkaConsumerLag', service: 'order-worker' }, { by: ['service'] })
  const second = (await fire(context, LAG)).accepted[0]!.incident
  await setSubject(context, second, { subject: 'order-worker', user: 'U0ANA' })
  const { incidents } = await stored(context)
  assert.deepEqual(
    incidents.map(({ subject, join_key: key }) => [subject, key !== null]),
    [
      ['order-worker', true],
      ['order-worker', false],
    ],
  )
})

test('a correction holds for the next pod of the same workload, and not for another machine', () => {
  const key = (labels: Labels) => correctionKey('default', { alertname: 'A', ...labels })
  const pod = { pod: 'web-5d4f8c7b9-bcd4f', node: 'n1', instance: '10.0.0.1:80' }
  assert.equal(key(pod), key({ pod: 'web-7f9d4b6c8d-x2x4z', node: 'n2', instance: '10.0.0.2:80', severity: 'critical' }))
  assert.notEqual(key(pod), key({ ...pod, pod: 'api-5d4f8c7b9-bcd4f' }))
  assert.notEqual(key({ instance: '10.0.0.1:80' }), key({ instance: '10.0.0.2:80' }))
  assert.notEqual(correctionKey('a', pod), correctionKey('b', pod))
})
