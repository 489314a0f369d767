import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { catchUp } from '../../src/slack/late.ts'
import { analysed, brief, openStory, started, wordsOf } from './story.ts'

type Story = Awaited<ReturnType<typeof openStory>>

/** Without Slack's pace: waiting is not what is tested here. */
const open = (t: { after(fn: () => Promise<void>): void }) =>
  openStory(t, { context: { clock: { ...systemClock, sleep: async () => undefined } }, env: { VIGIL_SLACK_CHANNEL: '#alerts' } })

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)

/** Incidents that came while nobody could be told; the first `firing` of them go on. */
const missed = async (
  story: Story,
  count: number,
  { minutes, firing }: { minutes: number; firing: number },
): Promise<{ id: string; ts: string }[]> => {
  const made: { id: string; ts: string }[] = []
  for (let i = 0; i < count; i++) {
    const ts = await story.posted(`[FIRING:1] Thing${i} svc${i} (critical)`)
    const over = i >= firing ? { status: 'resolved', resolved_at: new Date() } : {}
    const id = await story.incident({
      thread_ts: ts,
      started_at: minutesAgo(minutes),
      subject: `svc${i}`,
      alertname: `Thing${i}`,
      title: `thing ${i} broke`,
      ...over,
    })
    await story.happen(id, { type: 'briefed', brief: brief() })
    if (i >= firing)
      await story.happen(
        id,
        { type: 'recovery_checked', outcome: 'recovered', detail: 'fresh', value: null, evidence: null },
        { type: 'resolved', how: 'recovered', detail: '', by: null },
      )
    made.push({ id, ts })
  }
  return made
}

/** Runs the jobs that were asked for, in turn, until none is left. */
const drain = async (story: Story, incidents: readonly { id: string }[]): Promise<void> => {
  const waiting = new Set<string>(incidents.map(({ id }) => id))
  let catching = false
  for (let round = 0; round < 10; round++) {
    story.jobs.length = 0
    for (const id of waiting) await story.deliver(id)
    if (catching) await catchUp(story.context, story.slack, story.alerts)
    catching = story.jobs.some((job) => job.name === 'catch_up')
    waiting.clear()
    for (const job of story.jobs) if (job.name === 'deliver') waiting.add(String(job.data['incident']))
    // What the catch-up enqueues in its transaction.
    if (story.ours().some((message) => message.threadTs === undefined)) for (const { id } of incidents) if (round < 3) waiting.add(id)
    await story.context.db.deleteFrom('slack_rate').execute()
    if (waiting.size === 0 && !catching) return
  }
  throw new Error('never settles')
}

const topLevel = (story: Story) => story.ours().filter((message) => message.threadTs === undefined)

describe('after an absence', () => {
  it('tells 30 minutes without Slack in one message, and opens threads only for what still fires', async (t) => {
    const story = await open(t)
    const all = await missed(story, 14, { minutes: 31, firing: 3 })
    story.workspace.faults.down()
    for (const { id } of all.slice(0, 2)) await story.deliver(id)
    story.workspace.faults.up()
    await drain(story, all)
    const [message, ...more] = topLevel(story)
    assert.equal(more.length, 0)
    const said = wordsOf(message!)
    assert.match(said, /I was away <!date\^\d+\^\{time\}\|\d\d:\d\d UTC> to .*14 incidents came: 11 are over, 3 still fire/)
    for (const { ts } of all.slice(0, 3)) assert.match(said, new RegExp(`/archives/${story.alerts}/p${ts.replace('.', '')}\\|thread>`))
    assert.match(said, /Over: INC-\d+ svc3: thing 3 broke/)
    assert.equal(message?.text, 'I was away for 31 min. 14 incidents came: 11 are over, 3 still fire.')
    assert.deepEqual(
      all.map(({ ts }) => story.thread(ts).length),
      all.map((_, i) => (i < 3 ? 1 : 0)),
    )
    assert.deepEqual(
      all.map(({ ts }) => story.workspace.state.message(story.alerts, ts)?.reactions[0]?.name),
      all.map((_, i) => (i < 3 ? 'mag' : 'large_green_circle')),
    )
    const rows = await story.context.db.selectFrom('message').select('state').execute()
    assert.ok(rows.every(({ state }) => state !== 'sending'))
  })

  it('posts it once, even when the process dies before it has noted that', async (t) => {
    const story = await open(t)
    const all = await missed(story, 3, { minutes: 20, firing: 0 })
    await catchUp(story.context, story.slack, story.alerts)
    await story.context.db.deleteFrom('timeline').where('type', '=', 'caught_up').execute()
    await story.context.db.updateTable('message').set({ ts: null, digest: null, state: 'sending' }).execute()
    await catchUp(story.context, story.slack, story.alerts)
    await drain(story, all)
    assert.equal(topLevel(story).length, 1)
  })

  it('links a thread of our own as soon as there is one', async (t) => {
    const story = await open(t)
    const id = await story.incident({ started_at: minutesAgo(12), anchor_by: minutesAgo(12) })
    await story.happen(id, { type: 'briefed', brief: brief() }, started(), analysed())
    await drain(story, [{ id }])
    const { thread_ts } = await story.context.db.selectFrom('incident').select('thread_ts').where('id', '=', id).executeTakeFirstOrThrow()
    const [message, card] = topLevel(story)
    assert.equal(card?.ts, thread_ts)
    assert.match(wordsOf(message!), new RegExp(`p${thread_ts?.replace('.', '')}\\|thread>`))
    assert.equal(story.thread(thread_ts ?? '').length, 3)
  })

  it('takes more than ten that have waited for a minute for an absence too, and a fresh burst for none', async (t) => {
    const story = await open(t)
    const burst = await missed(story, 12, { minutes: 0, firing: 12 })
    await drain(story, burst)
    assert.equal(topLevel(story).length, 0)
    const waiting = await missed(story, 11, { minutes: 2, firing: 11 })
    await drain(story, waiting)
    assert.equal(topLevel(story).length, 1)
    assert.match(topLevel(story)[0]?.text ?? '', /11 incidents came: 0 are over, 11 still fire/)
  })

  it('does not take one that was told in time for late', async (t) => {
    const story = await open(t)
    const { id } = await story.briefed()
    await story.deliver(id)
    await story.context.db
      .updateTable('incident')
      .set({ started_at: minutesAgo(60) })
      .where('id', '=', id)
      .execute()
    await story.happen(id, started(), analysed())
    story.jobs.length = 0
    await story.deliver(id)
    assert.ok(story.jobs.every((job) => job.name !== 'catch_up'))
    assert.equal(topLevel(story).length, 0)
  })
})
