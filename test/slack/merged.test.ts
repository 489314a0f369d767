import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { systemClock } from '../../src/context.ts'
import { holdAll, mergeInto } from '../../src/incident/merge.ts'
import { catchUp } from '../../src/slack/late.ts'
import { until } from '../until.ts'
import { brief, openStory, wordsOf } from './story.ts'

const CAUSE = 'Node worker-2 is not ready.'

/** A storm under its post, and beside it an incident under a post of its own that will be a part of it. */
const scene = async (t: TestContext) => {
  // A second a post is Slack's pace, not the test's.
  const story = await openStory(t, { context: { clock: { ...systemClock, sleep: async () => undefined } } })
  const { context, alerts: channel } = story
  const known = async (id: string, ts: string): Promise<void> => {
    const row = { channel, ts, incident_id: id, bot: 'B1', fingerprints: '[]', status: 'firing' as const }
    await context.db.insertInto('post').values(row).execute()
  }
  const whole = await story.briefed({ headline: CAUSE })
  await known(whole.id, whole.ts)
  const partTs = await story.posted()
  const part = { ts: partTs, id: await story.incident({ thread_ts: partTs, subject: 'cart' }) }
  await known(part.id, part.ts)
  const merge = (during: () => Promise<void> = async () => undefined): Promise<void> =>
    context.db.transaction().execute(async (trx) => {
      const held = await holdAll(trx, [part.id, whole.id])
      const [from, into] = [part.id, whole.id].map((id) => held.find((one) => one.id === id))
      assert.ok(from !== undefined && into !== undefined)
      await during()
      await mergeInto(context, trx, { from, into, cause: CAUSE })
    })
  /** Delivers until there is nothing more to do. */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      story.jobs.length = 0
      // Edits and reactions keep their pace by the database's clock.
      await context.db.deleteFrom('slack_rate').execute()
      await context.db
        .updateTable('message')
        .set({ at: new Date(0), edited_at: null })
        .execute()
      await story.deliver(whole.id)
      await story.deliver(part.id)
      if (story.jobs.length === 0) return
    }
  }
  const words = (ts: string): string[] => story.thread(ts).map(wordsOf)
  const reactions = (ts: string) => story.workspace.state.message(channel, ts)?.reactions.map(({ name }) => name)
  return { ...story, whole, part, merge, settle, words, reactions, known }
}

test('a part of which nothing was told has the short reply of the whole under its post, and its mark', async (t) => {
  for (const isBriefed of [false, true]) {
    const { merge, settle, words, reactions, part, happen } = await scene(t)
    if (isBriefed) await happen(part.id, { type: 'briefed', brief: brief() })
    await merge()
    await settle()
    const [reply, ...more] = words(part.ts)
    assert.deepEqual(more, [])
    assert.match(reply ?? '', /Same problem, 2nd post: \*Node worker-2 is not ready\*\. All of it is in <[^>]*\|this thread>.*Not the same/)
    assert.deepEqual(reactions(part.ts), ['thread'])
  }
})

test('a part that had replied keeps its reply, which names the whole, and gets no second', async (t) => {
  const { merge, settle, words, reactions, part, whole, happen } = await scene(t)
  await happen(part.id, { type: 'briefed', brief: brief() })
  await settle()
  assert.equal(words(part.ts).length, 1)
  assert.deepEqual(reactions(part.ts), ['mag'])
  await merge()
  await settle()
  const [reply, ...more] = words(part.ts)
  assert.deepEqual(more, [])
  assert.match(reply ?? '', /A part of <[^>]*\|INC-\d+>: \*Node worker-2 is not ready\*\. All of it is there\..*Not the same/)
  assert.match(reply ?? '', new RegExp(`"value":"${whole.id}"`))
  assert.deepEqual(reactions(part.ts), ['thread'])
})

test('later posts of a part are answered once, by whoever came first, and marked', async (t) => {
  const { merge, settle, words, reactions, part, happen, posted, known, alerts } = await scene(t)
  const later = [await posted(), await posted()]
  const again = async (ts = ''): Promise<void> => {
    await known(part.id, ts)
    await happen(part.id, { type: 'posted_again', channel: alerts, ts, count: 1 })
  }
  await happen(part.id, { type: 'briefed', brief: brief() })
  await again(later[0])
  await settle()
  await again(later[1])
  await merge()
  await settle()
  assert.deepEqual(
    later.map((ts) => words(ts).map((reply) => /(\w+) post: \*(\w+)/.exec(reply)?.slice(1))),
    [[['2nd', 'Deploy']], [['4th', 'Node']]],
  )
  for (const ts of [part.ts, ...later]) assert.deepEqual(reactions(ts), ['thread'])
})

test('a first reply that is about to be posted while its incident becomes a part is not', {
  skip: process.env['VIGIL_TEST_SERVER'] === undefined ? 'two transactions at once need a server' : false,
}, async (t) => {
  const { merge, settle, words, part, happen, deliver, context } = await scene(t)
  await happen(part.id, { type: 'briefed', brief: brief() })
  let delivered: Promise<void> = Promise.resolve()
  await merge(async () => {
    delivered = deliver(part.id)
    await until('it waits for the incident', async () => {
      const { rows } = await sql`select 1 from pg_locks where not granted`.execute(context.db)
      return rows.length > 0
    })
  })
  await delivered
  assert.deepEqual(words(part.ts), [])
  await settle()
  assert.equal(words(part.ts).length, 1)
  assert.match(words(part.ts)[0] ?? '', /Same problem/)
})

test('what was merged and never told is not caught up with', async (t) => {
  const { merge, settle, ours, context, slack, alerts, part } = await scene(t)
  await merge()
  await settle()
  await context.db
    .updateTable('incident')
    .set({ started_at: new Date(Date.now() - 3_600_000) })
    .where('id', '=', part.id)
    .execute()
  await catchUp(context, slack, alerts)
  assert.deepEqual(
    ours().filter((message) => message.threadTs === undefined),
    [],
  )
})
