import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepEvidence } from '../../src/incident/evidence.ts'
import { redactorFor } from '../../src/text/redactor-for.ts'
import { analysed, analysis, brief, openStory, started, wordsOf } from './story.ts'

const watched = (reveal: boolean) => ({
  slack: { alert_channels: [{ channel: '#alerts', bots: [], mode: 'watch' as const, shared: false, reveal }] },
})

const LINE = 'login failed for user "ana.garcia" <Ana@Example.com> from 10.1.2.3 password=hunter2'

/** An incident whose analysis quotes what a log line says of a person, as the redactor left it. */
const told = async (t: Parameters<typeof openStory>[0], options: Parameters<typeof openStory>[1] = watched(true)) => {
  const story = await openStory(t, options)
  const ts = await story.posted()
  const id = await story.incident({ thread_ts: ts })
  const shown = redactorFor(story.context.config, id).redact(LINE)
  const output = { kind: 'lines' as const, lines: [{ at: '2026-11-20T03:04:00Z', line: LINE, labels: { app: 'shop' } }] }
  const cited = { source: 'loki', query: '{app="shop"}', range: null, output, shown, complete: true }
  await story.context.db.transaction().execute((trx) => keepEvidence(trx, id, [cited]))
  await story.happen(id, { type: 'briefed', brief: brief({ headline: shown }) }, started(), analysed(analysis({ summary: shown })))
  return { story, id, ts, shown }
}

test('where it is allowed the thread names people, and still no secret', async (t) => {
  const { story, id, ts, shown } = await told(t)
  assert.match(shown, /"<login-[0-9a-f]{6}>" <<email-[0-9a-f]{6}>> from 10\.1\.2\.3 password=\[redacted:password\]/)
  await story.deliver(id)
  const words = story.thread(ts).map(wordsOf).join()
  assert.match(words, /ana\.garcia/)
  assert.match(words, /&lt;Ana@Example\.com&gt;/)
  assert.doesNotMatch(words, /email-|login-|hunter2/)
  const before = story.thread(ts).map(({ text, blocks }) => ({ text, blocks }))
  await story.deliver(id)
  assert.deepEqual(
    story.thread(ts).map(({ text, blocks }) => ({ text, blocks })),
    before,
    'delivering again changes nothing',
  )
})

test('without leave the thread has pseudonyms', async (t) => {
  const { story, id, ts } = await told(t, watched(false))
  await story.deliver(id)
  const words = story.thread(ts).map(wordsOf).join()
  assert.match(words, /&lt;email-[0-9a-f]{6}&gt;/)
  assert.doesNotMatch(words, /ana\.garcia|Ana@Example/)
})

test('who is behind a pseudonym stands in no row but the evidence', async (t) => {
  const { story, id } = await told(t)
  await story.deliver(id)
  for (const table of ['incident', 'timeline', 'message', 'investigation', 'tool_call'] as const) {
    const rows = JSON.stringify(await story.context.db.selectFrom(table).selectAll().execute())
    assert.doesNotMatch(rows, /ana\.garcia|Ana@Example/i, table)
  }
})

test('when the evidence is not kept any more the pseudonym stays', async (t) => {
  const { story, id, ts } = await told(t)
  await story.context.db.deleteFrom('evidence').execute()
  await story.deliver(id)
  assert.match(story.thread(ts).map(wordsOf).join(), /&lt;email-[0-9a-f]{6}&gt;/)
})

test('a copy in the trial channel names nobody', async (t) => {
  const { story, id } = await told(t, {
    channels: [{ name: 'alerts' }, { name: 'vigil-trial' }],
    slack: {
      alert_channels: [{ channel: '#alerts', bots: [], mode: 'shadow', shared: false, reveal: true }],
      shadow_channel: '#vigil-trial',
    },
  })
  await story.deliver(id)
  const words = story
    .ours(story.workspace.state.channel('vigil-trial')?.id ?? '')
    .map(wordsOf)
    .join()
  assert.match(words, /email-[0-9a-f]{6}/)
  assert.doesNotMatch(words, /ana\.garcia|Ana@Example/i)
})
