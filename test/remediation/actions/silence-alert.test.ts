import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { timelineOf } from '../../../src/incident/timeline.ts'
import { approve } from '../../../src/remediation/decide.ts'
import { execute } from '../../../src/remediation/execute.ts'
import { offerUndo } from '../../../src/remediation/undo.ts'
import { missingAlertmanager, realAlertmanager, silencingWire } from '../runners/alertmanager-wire.ts'
import { LABELS, presser, pressOf, type Stage, stage } from '../stage.ts'

const never = new AbortController().signal
const ENTRY = { kind: 'silence_alert', targets: ['*'], params: { minutes: { type: 'integer', max: 120 } } }
const wish = (params: Readonly<Record<string, unknown>> = { alertname: 'HighErrorRate', minutes: 60 }) => ({
  action: 'silence_alert',
  params: { ...params },
  why: 'A mend is on its way.',
  receipts: [],
})

const at = (t: TestContext, url: string): Promise<Stage> => stage(t, { actions: [ENTRY], env: { VIGIL_ALERTMANAGER_ENDPOINT: url } })

const refusals = async ({ context, incident }: Stage): Promise<string[]> =>
  (await timelineOf(context.db, incident)).flatMap((entry) => (entry.type === 'action_refused' ? [entry.reason] : []))

const EXTERNAL = { ...LABELS, cluster: 'eu', instance: '10.0.0.7:8080' }

test('the incident’s own alert is silenced by all its labels, for as long as was approved, and the silence can be taken back', {
  skip: missingAlertmanager(),
}, async (t) => {
  const url = await realAlertmanager(t, [EXTERNAL, { ...LABELS, alertname: 'Other' }])
  const silences = async () =>
    (await (await fetch(`${url}/api/v2/silences`)).json()) as {
      status: { state: string }
      comment: string
      matchers: { name: string }[]
      endsAt: string
    }[]
  const room = await at(t, url)
  const [card] = await room.propose(wish())
  assert.ok(card, String(await refusals(room)))
  assert.equal(card.offer.title, 'Silence HighErrorRate for 60 minutes')
  assert.ok(card.offer.change.includes('+ instance="10.0.0.7:8080"'))
  assert.match(card.offer.change.at(-1) ?? '', /^\+ until 20/)
  assert.deepEqual(await silences(), [])
  await approve(room.context, pressOf(card), presser())
  await execute(room.context, card.id, never)
  const done = await room.action(card.id)
  assert.equal(done.status, 'succeeded', done.result ?? '')
  assert.equal(await room.status(), 'analysed', 'the problem is as it was, and nothing is watched')
  const [made] = await silences()
  assert.equal(made?.status.state, 'active')
  assert.match(made?.comment ?? '', /^INC-\d+: silenced by Vigil, approved by U0ANA \(vigil:/)
  assert.deepEqual(made?.matchers.map(({ name }) => name).toSorted(), Object.keys(EXTERNAL).toSorted())
  assert.ok(Math.abs(Date.parse(made?.endsAt ?? '') - Date.now() - 3_600_000) < 60_000)

  assert.equal(await offerUndo(room.context, done), 'offered')
  const undo = (await room.actions()).find(({ undo_of }) => undo_of === card.id)
  assert.ok(undo)
  assert.equal(undo.offer.title, 'End the silence of HighErrorRate')
  await approve(room.context, pressOf(undo), presser())
  await execute(room.context, undo.id, never)
  assert.equal((await room.action(undo.id)).status, 'succeeded')
  assert.equal((await silences())[0]?.status.state, 'expired')
})

test('another alert, more minutes than the entry allows, or an alert that Alertmanager does not have is not silenced', async (t) => {
  const { url, silences } = await silencingWire(t, [{ ...LABELS, alertname: 'Other' }])
  const room = await at(t, url)
  assert.deepEqual(await room.propose(wish({ alertname: 'Other', minutes: 60 }), wish({ alertname: 'HighErrorRate', minutes: 180 })), [])
  assert.deepEqual(await room.propose(wish(), wish({ alertname: 'HighErrorRate' })), [])
  const [other, long, gone, without] = await refusals(room)
  assert.match(other ?? '', /Other is not the alert of this incident/)
  assert.match(long ?? '', /minutes 180 is above 120/)
  assert.match(gone ?? '', /does not have this alert any more/)
  assert.match(without ?? '', /needs minutes, or the silence that is to end/)
  assert.deepEqual(silences, [])
})

test('where several alerts fit what is known of it, none is silenced', async (t) => {
  const { url } = await silencingWire(t, [EXTERNAL, { ...EXTERNAL, instance: '10.0.0.8:8080' }])
  const room = await at(t, url)
  assert.deepEqual(await room.propose(wish()), [])
  assert.match((await refusals(room)).join(), /2 alerts of Alertmanager fit/)
})
