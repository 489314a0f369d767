import assert from 'node:assert/strict'
import { test } from 'node:test'
import { analysed, brief, openStory, started, wordsOf } from './story.ts'

const trial = (channel = '#vigil-trial') => ({
  channels: [{ name: 'alerts' }, { name: 'vigil-trial' }],
  slack: {
    alert_channels: [{ channel: '#alerts', bots: [], mode: 'shadow' as const, shared: false, reveal: false }],
    shadow_channel: channel,
  },
})

test('of a channel that is being tried, the trial channel gets one copy that lives; the channel itself gets nothing', async (t) => {
  const story = await openStory(t, trial())
  const ts = await story.posted()
  const id = await story.incident({ thread_ts: ts, started_at: new Date(Date.now() - 3_600_000) })
  await story.deliver(id)
  const channel = story.workspace.state.channel('vigil-trial')?.id ?? ''
  assert.equal(story.ours(channel).length, 0, 'nothing is known yet')
  await story.happen(id, { type: 'briefed', brief: brief() })
  await story.deliver(id)
  await story.happen(id, started(), analysed())
  await story.deliver(id)
  await story.context.db
    .updateTable('message')
    .set({ at: new Date(0), edited_at: null })
    .execute()
  await story.deliver(id)
  const [copy, ...others] = story.ours(channel)
  assert.ok(copy)
  assert.equal(others.length, 0)
  assert.match(wordsOf(copy), /Trial: I would have said this under .*Act now/)
  assert.equal(story.ours().length, 0)
  const alert = story.workspace.state.channel('alerts')?.messages.find((message) => message.ts === ts)
  assert.deepEqual(alert?.reactions ?? [], [])
})

test('a trial channel that Vigil cannot see stops nothing', async (t) => {
  const story = await openStory(t, trial('#nowhere'))
  const { id } = await story.briefed()
  await story.deliver(id)
  assert.equal(story.ours().length, 0)
  assert.deepEqual(story.jobs, [])
})
