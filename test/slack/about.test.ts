import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { nameKey } from '../../src/slack/blocks/about.ts'
import { actions, button, incidentWithCard } from './card.ts'
import { incidentsOf, settled, slackDoor, timelineTypes, wordsOf } from './door.ts'

const menu = (one: string) => ({
  type: 'overflow',
  action_id: 'more',
  options: [{ text: { type: 'plain_text', text: 'Name the service' }, value: `service:${one}` }],
})

test('a name that was offered is one press away, and what was not offered cannot be pressed', async (t) => {
  const made = await slackDoor(t)
  const { incident, press, id, told } = await incidentWithCard(made, (one) => [
    actions(button('subject:0', `${one}:${nameKey('order-worker')}`), button('subject:1', `${one}:${nameKey('smuggled')}`)),
  ])
  const { db } = made.context
  await db.updateTable('incident').set({ subject: null, join_key: null }).execute()
  const brief = JSON.stringify({ type: 'briefed', brief: { nearest: ['order-worker', 'order-api'] } })
  await sql`insert into timeline (incident_id, type, data) values (${incident.id}, 'briefed', ${brief}::jsonb)`.execute(db)
  await press('ana', 'subject:1')
  assert.match(wordsOf(told().at(-1)!), /Nothing was changed/)
  await press('ana', 'subject:0')
  assert.match(wordsOf(told().at(-1)!), /about order-worker/)
  assert.equal((await incidentsOf(made.context))[0]?.subject, 'order-worker')
  assert.ok((await timelineTypes(made.context, incident.id)).includes('subject_set'))
  const corrections = await db.selectFrom('subject_correction').select(['subject', 'by']).execute()
  assert.deepEqual(corrections, [{ subject: 'order-worker', by: id('ana') }])
})

test('the menu asks for any service, the known ones to choose from, and takes what is chosen or written', async (t) => {
  const made = await slackDoor(t)
  const { workspace, context } = made
  const { incident, press, told } = await incidentWithCard(made, (one) => [actions(menu(one))])
  await sql`insert into deploy (cluster, service, kind, version, at) values ('default', 'checkout', 'deploy', 'v2', now())`.execute(
    context.db,
  )
  const open = async () => {
    await press('ana', 'more', { selectedOption: `service:${incident.id}` })
    const view = [...workspace.state.views.values()].at(-1)
    assert.ok(view !== undefined)
    return view
  }
  const view = await open()
  assert.match(JSON.stringify(view.payload.blocks), /"value":"checkout"/)
  await workspace.submitView({ user: 'ana', viewId: view.id, values: { known: { service: 'checkout' } } })
  await settled(context)
  assert.equal((await incidentsOf(context))[0]?.subject, 'checkout')
  const again = await open()
  await workspace.submitView({ user: 'ana', viewId: again.id, values: { other: { service: 'order-worker' } } })
  await settled(context)
  assert.equal((await incidentsOf(context))[0]?.subject, 'order-worker')
  assert.match(wordsOf(told().at(-1)!), /about order-worker/)
})
