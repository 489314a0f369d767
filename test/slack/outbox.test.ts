import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { systemClock } from '../../src/context.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { reserve, updateRate } from '../../src/slack/rates.ts'
import { analysed, answered, asked, brief, openStory, started, wordsOf } from './story.ts'

type Story = Awaited<ReturnType<typeof openStory>>

/** Delivers until nothing more is to be done, without waiting: what was to come later comes now. */
const settle = async (story: Story, id: string, most = 12): Promise<number> => {
  for (let runs = 1; runs <= most; runs++) {
    story.jobs.length = 0
    await story.deliver(id)
    if (!story.jobs.some((job) => job.name === 'deliver')) return runs
    await past(story)
  }
  throw new Error('never settles')
}

/** As if some time had gone by: nothing was edited just now, no bucket is used up, no limit holds. */
const past = async ({ context }: Story): Promise<void> => {
  await context.db
    .updateTable('message')
    .set({ edited_at: sql`vigil_now() - interval '1 minute'`, at: sql`vigil_now() - interval '1 minute'` })
    .execute()
  await context.db.deleteFrom('slack_rate').execute()
}

const keys = async ({ context }: Story, id: string) =>
  (
    await context.db.selectFrom('message').select('key').where('incident_id', '=', id).where('ts', 'is not', null).orderBy('ts').execute()
  ).map(({ key }) => key.replace(`${id}:`, ''))

const callsOf = ({ workspace }: Story, method: string) => workspace.state.calls.filter((call) => call.method === method)

describe('delivering an incident', () => {
  it('puts the first reply under the alert, with its key in the metadata, and one reaction on the alert', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    await story.deliver(id)
    const [first, ...more] = story.thread(ts)
    assert.equal(more.length, 0)
    assert.match(first?.text ?? '', /^CheckoutHighErrorRate at 12\.4 % \(limit 5 %\)\. /)
    assert.deepEqual(first?.metadata, { event_type: 'vigil_message', event_payload: { key: `${id}:first`, incident: id } })
    assert.deepEqual(
      story.workspace.state.message(story.alerts, ts)?.reactions.map(({ name }) => name),
      ['mag'],
    )
    assert.deepEqual(story.jobs, [])
  })

  it('sends nothing when it is run again', async (t) => {
    const story = await openStory(t)
    const { id } = await story.briefed()
    await settle(story, id)
    const calls = story.workspace.state.calls.length
    await settle(story, id)
    assert.equal(story.workspace.state.calls.length, calls)
  })

  it('edits one progress message, and posts the analysis as a new one, in order', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    await settle(story, id)
    await story.happen(id, started(), asked('c1', 'Errors by version?'))
    await settle(story, id)
    const progress = story.thread(ts).at(-1)
    await story.happen(id, answered('c1', 'only v2.14.0 fails'))
    await settle(story, id)
    assert.match(wordsOf(story.thread(ts).at(-1)!), /only v2\.14\.0 fails {2}\(1\.2 s · E5\)/)
    await story.happen(id, analysed())
    await settle(story, id)
    assert.deepEqual(await keys(story, id), ['first', 'progress:1', 'analysis:1'])
    assert.equal(story.thread(ts)[1]?.ts, progress?.ts)
    assert.match(wordsOf(story.thread(ts)[1]!), /Investigated in 58 s · 8 queries, 1 failed · \$0\.14/)
    assert.match(wordsOf(story.thread(ts)[0]!), /Act now: v2\.14\.0 cut checkout's database pool/)
    assert.deepEqual(
      story.workspace.state.message(story.alerts, ts)?.reactions.map(({ name }) => name),
      ['raised_hand'],
    )
  })

  it('never has more than five messages in a thread, whatever happens', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    for (let n = 1; n <= 4; n++) {
      await story.happen(
        id,
        started(n),
        asked(`c${n}`, 'Why?', n),
        analysed({ summary: `Analysis number ${n}.`, cause: null, verdict: 'no_action' }, n),
      )
      await story.happen(id, {
        type: 'recovery_checked',
        outcome: n % 2 === 0 ? 'cannot_tell' : 'still_firing',
        detail: 'x',
        value: null,
        evidence: null,
      })
      await settle(story, id)
    }
    await story.happen(id, {
      type: 'recovery_checked',
      outcome: 'recovered',
      detail: 'its own expression says so',
      value: '0.2 % (limit 5 %)',
      evidence: null,
    })
    await settle(story, id)
    assert.equal(story.thread(ts).length, 5)
    const all = story.thread(ts).map(wordsOf).join('\n')
    assert.match(all, /Analysis number 1/)
    assert.match(all, /Analysis number 4/)
    assert.match(all, /It is over\.\* 0\.2 % \(limit 5 %\)/)
    assert.doesNotMatch(all, /Cannot tell/)
  })

  it('edits the progress at most once in three seconds, and comes back for the rest', async (t) => {
    const story = await openStory(t)
    const { id } = await story.briefed()
    await story.happen(id, started(), asked('c1', 'One?'))
    await settle(story, id)
    await story.happen(id, answered('c1', 'a'), asked('c2', 'Two?'))
    await story.deliver(id)
    story.jobs.length = 0
    const before = callsOf(story, 'chat.update').length
    for (const n of [3, 4, 5]) {
      await story.happen(id, asked(`c${n}`, `Question ${n}?`))
      await story.deliver(id)
    }
    assert.equal(callsOf(story, 'chat.update').length, before)
    assert.ok(story.jobs.every((job) => job.name === 'deliver' && job.afterSeconds > 1 && job.afterSeconds <= 3))
    await settle(story, id)
    assert.equal(callsOf(story, 'chat.update').length, before + 1)
  })

  it('keeps the edits of a whole workspace under 45 a minute', async (t) => {
    const story = await openStory(t)
    let taken = 0
    for (let i = 0; i < 60; i++) if ((await reserve(story.context.db, updateRate, 0)).taken) taken += 1
    assert.ok(taken <= updateRate.burst, `${taken} at once`)
    const { waitMs, taken: now } = await reserve(story.context.db, updateRate, 0)
    assert.equal(now, false)
    assert.ok(waitMs > 0 && waitMs <= updateRate.everyMs)
    assert.ok(60_000 / updateRate.everyMs + updateRate.burst <= 45)
  })
})

describe('an answer that got lost', () => {
  for (const how of ['cut_after_accept', 'cut_before', 503] as const) {
    it(`is settled by reading before anything is posted again (${how})`, async (t) => {
      const story = await openStory(t)
      const { id, ts } = await story.briefed()
      await story.happen(id, started(), analysed())
      story.workspace.faults.failNext('chat.postMessage', how)
      assert.ok((await settle(story, id)) > 1)
      story.workspace.faults.failNext('chat.postMessage', how)
      await story.happen(id, { type: 'recovery_checked', outcome: 'recovered', detail: 'fresh', value: null, evidence: null })
      await settle(story, id)
      assert.deepEqual(await keys(story, id), ['first', 'progress:1', 'analysis:1', 'outcome'])
      assert.equal(story.thread(ts).length, 4)
    })
  }

  it('does not double a card on the top level either', async (t) => {
    const story = await openStory(t)
    const id = await story.incident()
    await story.happen(id, { type: 'briefed', brief: brief() })
    story.workspace.faults.failNext('chat.postMessage', 'cut_after_accept')
    await settle(story, id)
    const cards = story.ours().filter((message) => message.threadTs === undefined)
    assert.equal(cards.length, 1)
    assert.equal(story.thread(cards[0]?.ts ?? '').length, 1)
  })

  it('leaves exactly one message when the process dies after Slack took it and before the row knows', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    await settle(story, id)
    await story.context.db.updateTable('message').set({ ts: null, digest: null, state: 'sending' }).where('incident_id', '=', id).execute()
    await settle(story, id)
    assert.equal(story.thread(ts).length, 1)
  })

  it('waits for Slack for as long as it takes, asking less and less often', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    story.workspace.faults.down()
    const waits: number[] = []
    for (const minutes of [0, 1, 5]) {
      await story.context.db
        .updateTable('message')
        .set({ at: sql`vigil_now() - make_interval(mins => ${minutes})` })
        .execute()
      story.jobs.length = 0
      await story.deliver(id)
      waits.push(story.jobs[0]?.afterSeconds ?? 0)
    }
    assert.deepEqual(waits.map(Math.round), [1, 30, 30])
    story.workspace.faults.up()
    await settle(story, id)
    assert.equal(story.thread(ts).length, 1)
  })

  it('posts nothing while the thread cannot be read', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    story.workspace.faults.failNext('chat.postMessage', 'cut_after_accept')
    story.workspace.faults.failNext('conversations.replies', 500, 3)
    await settle(story, id)
    assert.equal(story.thread(ts).length, 1)
  })
})

describe("Slack's limits and refusals", () => {
  it('lets a limited channel wait without delaying another', async (t) => {
    const story = await openStory(t, { channels: [{ name: 'alerts' }, { name: 'payments' }] })
    const payments = story.workspace.state.channel('payments')?.id ?? ''
    story.workspace.faults.rateLimit('*', 30, story.alerts)
    const limited = await story.briefed()
    const post = await story.workspace.postAsBot({ channel: 'payments', bot: 'Alertmanager', text: 'x' })
    const free = await story.briefed({}, { channel: payments, thread_ts: post.ts })
    await story.deliver(limited.id)
    const wait = story.jobs.find((job) => job.data['incident'] === limited.id)?.afterSeconds ?? 0
    assert.ok(wait > 25 && wait <= 30, `comes back after ${wait} s`)
    const start = performance.now()
    await story.deliver(free.id)
    assert.ok(performance.now() - start < 1000)
    assert.equal(story.thread(post.ts, payments).length, 1)
    const calls = callsOf(story, 'chat.postMessage').length
    await story.deliver(limited.id)
    assert.equal(callsOf(story, 'chat.postMessage').length, calls, 'the pause is kept, not tried out')
    story.workspace.faults.clear()
    await past(story)
    await settle(story, limited.id)
    assert.equal(story.thread(limited.ts).length, 1)
  })

  it('moves to the routed channel when Slack takes no message in the first one, and says so once', async (t) => {
    const story = await openStory(t, {
      channels: [{ name: 'alerts' }, { name: 'elsewhere', app: false }],
      env: { VIGIL_SLACK_CHANNEL: '#alerts' },
    })
    const elsewhere = story.workspace.state.channel('elsewhere')?.id ?? ''
    const id = await story.incident({ channel: elsewhere, thread_ts: '1700000000.000100' })
    await story.happen(id, { type: 'briefed', brief: brief() })
    await settle(story, id)
    await settle(story, id)
    const failed = (await timelineOf(story.context.db, id)).filter((entry) => entry.type === 'failed')
    assert.equal(failed.length, 1)
    assert.match(JSON.stringify(failed), /not_in_channel; in Slack, in that channel: \/invite @vigil/)
    const [card, first] = story.ours()
    assert.equal(first?.threadTs, card?.ts)
    assert.match(wordsOf(first!), /Posting to channel C\w+: not_in_channel/)
  })

  it('says once in the timeline that no channel is configured, and loses nothing', async (t) => {
    const story = await openStory(t)
    const id = await story.incident({ channel: null })
    await settle(story, id)
    await settle(story, id)
    const failed = (await timelineOf(story.context.db, id)).filter((entry) => entry.type === 'failed')
    assert.equal(failed.length, 1)
    assert.match(JSON.stringify(failed), /VIGIL_SLACK_CHANNEL/)
  })

  it('sends the same words in older blocks, and remembers that, when Slack does not know the newest', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    story.workspace.faults.failNext('chat.postMessage', 'invalid_blocks')
    await settle(story, id)
    const [first] = story.thread(ts)
    assert.doesNotMatch(wordsOf(first!), /data_visualization/)
    assert.match(wordsOf(first!), /Deploy v2\.14\.0/)
    await story.happen(id, { type: 'owned', user: 'U000000001' })
    const updates = callsOf(story, 'chat.update').length
    await settle(story, id)
    assert.equal(callsOf(story, 'chat.update').length, updates + 1)
    assert.doesNotMatch(wordsOf(story.thread(ts)[0]!), /data_visualization/)
  })

  it('ends with plain text when no blocks are taken at all', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    story.workspace.faults.failNext('chat.postMessage', 'invalid_blocks', 2)
    await settle(story, id)
    const [first] = story.thread(ts)
    assert.deepEqual(first?.blocks, [])
    assert.match(first?.text ?? '', /Deploy v2\.14\.0[\s\S]*12\.4 % \(limit 5 %\)[\s\S]*Could not see: traces/)
  })

  it('goes on in the thread that is left when the alert post was deleted', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    await story.workspace.deleteMessage({ channel: story.alerts, ts })
    await settle(story, id)
    await story.happen(id, started(), analysed())
    await settle(story, id)
    const [first, ...rest] = story.ours()
    assert.equal(first?.threadTs, undefined)
    assert.deepEqual(
      rest.map((message) => message.threadTs),
      [first?.ts, first?.ts],
    )
  })

  it('does not post again what a person has deleted', async (t) => {
    const story = await openStory(t)
    const { id, ts } = await story.briefed()
    await settle(story, id)
    await story.workspace.deleteMessage({ channel: story.alerts, ts: story.thread(ts)[0]?.ts ?? '' })
    await story.happen(id, { type: 'owned', user: 'U000000001' })
    await settle(story, id)
    assert.equal(story.thread(ts).length, 0)
  })
})

describe('the message that carries the thread', () => {
  it('is waited for, and then replaced by a card of our own', async (t) => {
    const story = await openStory(t, { env: { VIGIL_SLACK_CHANNEL: '#alerts' } })
    const id = await story.incident(
      { channel: '#alerts', anchor_by: new Date(Date.now() + 2000) },
      { generator_url: 'https://prom.example:9090/graph?g0.expr=up&g0.tab=1' },
    )
    await story.happen(id, { type: 'briefed', brief: brief() })
    await story.deliver(id)
    assert.equal(story.ours().length, 0)
    const [job] = story.jobs
    assert.ok(job !== undefined && job.afterSeconds > 1 && job.afterSeconds <= 2)
    await story.context.db
      .updateTable('incident')
      .set({ anchor_by: new Date(Date.now() - 10) })
      .where('id', '=', id)
      .execute()
    await settle(story, id)
    const [card, first] = story.ours()
    assert.equal(card?.threadTs, undefined)
    assert.equal(first?.threadTs, card?.ts)
    assert.match(wordsOf(card!), /<https:\/\/prom\.example:9090\/graph\?g0\.expr=up&amp;g0\.tab=1\|its rule in Prometheus>/)
    const incident = await story.context.db
      .selectFrom('incident')
      .select(['thread_ts', 'anchor', 'channel'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    assert.deepEqual(incident, { thread_ts: card?.ts ?? null, anchor: 'own', channel: story.alerts })
  })

  it('is not posted twice when the process dies between posting and noting it', async (t) => {
    const story = await openStory(t)
    const id = await story.incident()
    await story.happen(id, { type: 'briefed', brief: brief() })
    await settle(story, id)
    await story.context.db.updateTable('incident').set({ thread_ts: null, anchor: null }).where('id', '=', id).execute()
    await settle(story, id)
    assert.equal(story.ours().length, 2)
    const { thread_ts } = await story.context.db.selectFrom('incident').select('thread_ts').where('id', '=', id).executeTakeFirstOrThrow()
    assert.equal(thread_ts, story.ours()[0]?.ts)
  })

  it("gives way when the alert's own post comes while the card is being posted", async (t) => {
    const story = await openStory(t)
    const id = await story.incident()
    await story.happen(id, { type: 'briefed', brief: brief() })
    const ts = await story.posted()
    const before = story.workspace.state.subscribe((change) => {
      if (change.type === 'message' && change.ts !== ts) {
        before()
        raced = story.context.db.updateTable('incident').set({ thread_ts: ts, anchor: 'alert' }).where('id', '=', id).execute()
      }
    })
    let raced: Promise<unknown> = Promise.resolve()
    await story.deliver(id)
    await raced
    await settle(story, id)
    const [card] = story.ours().filter((message) => message.threadTs === undefined)
    assert.match(wordsOf(card!), /the thread is under .*\|the alert's own post>/)
    assert.equal(story.thread(ts).length, 1)
  })

  it('is answered under each later post of the same problem, twenty times, and then only marked', async (t) => {
    // A second a post is Slack's pace, not the test's.
    const story = await openStory(t, { context: { clock: { ...systemClock, sleep: async () => undefined } } })
    const { id, ts } = await story.briefed()
    const posts: string[] = []
    for (let i = 0; i < 22; i++) {
      const post = await story.posted()
      posts.push(post)
      await story.context.db
        .insertInto('post')
        .values({ channel: story.alerts, ts: post, incident_id: id, bot: 'B1', fingerprints: '[]', status: 'firing' })
        .execute()
      await story.happen(id, { type: 'posted_again', channel: story.alerts, ts: post, count: 1 })
    }
    for (let i = 0; i < 20; i++) {
      await past(story)
      story.jobs.length = 0
      await story.deliver(id)
      if (story.jobs.length === 0) break
    }
    assert.equal(posts.filter((post) => story.thread(post).length === 1).length, 20)
    assert.match(
      wordsOf(story.thread(posts[2] ?? '')[0]!),
      new RegExp(`Same problem, 4th post:.*/archives/${story.alerts}/p${ts.replace('.', '')}\\|this thread>`),
    )
    for (const post of posts)
      assert.deepEqual(
        story.workspace.state.message(story.alerts, post)?.reactions.map(({ name }) => name),
        ['thread'],
      )
    assert.equal(story.thread(ts).length, 1)
  })
})
