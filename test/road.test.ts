import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startStage } from '../src/demo/stage.ts'
import { channelOf, named, nameOf, ours, reactionsOf, replies, topLevel, wordsOf } from './thread.ts'
import { until } from './until.ts'
import { startVigil } from './vigil.ts'

/**
 * One alert, its whole way, as the people in the channel live through it: a shop whose new version fails, an Alertmanager that posts its
 * stock message, and Vigil in between. Everything else here is detail; this is what the product does.
 */
test('one alert, its whole way', async (t) => {
  const stage = await startStage({ world: { rule: { forSeconds: 5, windowSeconds: 15 } } })
  const { workspace, world } = stage
  const vigil = await startVigil({ ...stage.env, VIGIL_RECOVERY_SECONDS: '2' })
  const channel = channelOf(workspace).id
  t.after(async () => {
    await vigil.close()
    await stage.close()
  })

  world.break('bad-deploy')
  const post = await until("Alertmanager's post in #alerts", () => topLevel(workspace)[0])
  const reply = (name: string) => until(`the ${name} of the thread`, () => named(workspace, post.ts, name), { seconds: 30 })
  const incident = () => until('an incident', async () => (await vigil.incidents())[0])

  await t.test('within 3 s the first reply says what is certain, by rules alone', async () => {
    const first = await reply('first')
    assert.ok(Number(first.ts) - Number(post.ts) <= 3, `${Number(first.ts) - Number(post.ts)} s`)
    assert.match(first.text, /^CheckoutHighErrorRate at \d+(\.\d+)? % \(limit 5 %\)\./)
    const words = wordsOf(first)
    assert.match(words, /\d+(\.\d+)? % \(limit 5 %\) since .*<!date\^\d+\^\{time\}\|\d\d:\d\d UTC>/)
    assert.match(words, /Investigating, at most 3 min\. Nobody has taken this yet\./)
    assert.match(words, /I'm on it/)
    assert.match(words, /Evidence/)
    await until('and the post shows that it is being looked at', () => reactionsOf(workspace, post).join() === 'mag', { seconds: 3 })
  })

  await t.test('one progress message is edited in place while the model asks', async () => {
    const progress = await reply('progress:1')
    const before = wordsOf(progress)
    assert.match(before, /Investigating .*checkout/)
    assert.match(before, /Stop and conclude/)
    await until('the causes that it considers stand in it', () => /Is it a deploy\? \*checking\*.*More traffic\?/.test(wordsOf(progress)), {
      seconds: 20,
      seen: () => wordsOf(progress),
    })
    await until('an answer to a question stands in it', () => /Errors by version: .*E\d+/.test(wordsOf(progress)), { seconds: 20 })
    await until('it is one line at the end', () => /^🔎 Investigated in \d+ s · 6 queries · \$\d/.test(wordsOf(progress)), { seconds: 30 })
    assert.doesNotMatch(wordsOf(progress), /Stop and conclude/)
    const edits = workspace.state.calls.filter(({ method, body }) => method === 'chat.update' && body['ts'] === progress.ts)
    const pauses = edits.slice(1, -1).map(({ at }, i) => at - (edits[i]?.at ?? 0))
    assert.ok(edits.length >= 2 && pauses.every((ms) => ms >= 2000), `edited ${edits.length} times, ${pauses.join(', ')} ms apart`)
  })

  await t.test('the analysis is a new message: the verdict first, then the proof', async () => {
    const analysis = await reply('analysis:1')
    const words = wordsOf(analysis)
    assert.match(words, /^🔴 \*Act now: v2\.14\.0 of checkout set DB_POOL_MAX from 50 to 10\*/)
    assert.match(words, /The pool of v2\.14\.0 has 10 connections {2}`E\d+`/)
    assert.match(words, /timeout acquiring connection from pool/)
    assert.match(words, /\*Could not see:\* Traces: none are configured/)
    assert.match(words, /\d+ s · 6 queries · .*tokens · \$\d.* · scripted-demo-model · INC-1/)
    assert.doesNotMatch(words, /Not supported by the evidence/)
    assert.match(analysis.text, /^Act now: .*DB_POOL_MAX/)
    const { analysis: stored } = await vigil.report((await incident()).id)
    assert.deepEqual(stored?.unsupported, [])
    const first = await reply('first')
    await until("the first reply's headline is the verdict", () => /^🔴 \*Act now/.test(wordsOf(first)))
    await until('one look at the channel says that somebody is needed', () => reactionsOf(workspace, post).join() === 'raised_hand')
  })

  await t.test('the evidence is one press away: source, query, and what it answered', async () => {
    const analysis = await reply('analysis:1')
    const pressed = await workspace.press({ user: 'ana', actionId: 'evidence', channel, ts: analysis.ts })
    assert.ok(pressed.acked)
    const modal = await until('the modal', () => [...workspace.state.views.values()][0])
    const words = wordsOf(modal.payload)
    assert.match(words, /E1/)
    assert.match(words, /http_requests_total/)
    await workspace.closeView({ viewId: modal.id, user: 'ana' })
  })

  await t.test('Ana takes it, and everybody sees that', async () => {
    const first = await reply('first')
    assert.ok((await workspace.press({ user: 'ana', actionId: 'own', channel, ts: first.ts })).acked)
    const ana = workspace.state.user('ana')?.id
    await until('the first reply names her', () => wordsOf(first).includes(`<@${ana}> is on it.`))
    assert.equal((await incident()).owner, ana)
    assert.doesNotMatch(wordsOf(first), /I'm on it/)
  })

  await t.test('she doubts it and asks for the proof against it, and asks how it stands; each gets its own answer', async () => {
    const analysis = await reply('analysis:1')
    const pressed = await workspace.press({ user: 'ana', actionId: 'challenge', channel, ts: analysis.ts })
    assert.ok(pressed.acked)
    const challenged = await reply('challenge:2')
    assert.match(wordsOf(challenged), /Tried to prove it wrong: it stands/)
    await until('the analysis says so too', () => wordsOf(analysis).includes('a second look could not refute it'))
    const question = { channel, user: 'ana', text: `<@${workspace.botUserId}> how does it stand now?`, threadTs: post.ts }
    await workspace.say(question)
    const answered = await reply('answer:3')
    assert.match(wordsOf(answered), /ana asked: how does it stand now\?\n\*As of now \d.* of the requests to v2\.14\.0 fail/)
    assert.match(wordsOf(answered), /`E\d+`/)
  })

  await t.test('Tom finds the analysis wrong, is asked why, and says it', async () => {
    const analysis = await reply('analysis:1')
    const { id } = await vigil.db.selectFrom('investigation').select('id').executeTakeFirstOrThrow()
    assert.ok((await workspace.press({ user: 'tom', actionId: 'feedback', channel, ts: analysis.ts, value: `${id}:bad` })).acked)
    const modal = await until('the question', () => [...workspace.state.views.values()].find((view) => view.payload.submit !== undefined))
    const input = modal.payload.blocks.find((block) => (block as { type: string }).type === 'input') as {
      block_id: string
      element: { action_id: string }
    }
    const values = { [input.block_id]: { [input.element.action_id]: 'It was the migration' } }
    assert.ok((await workspace.submitView({ viewId: modal.id, user: 'tom', values })).acked)
    const rating = await until('his words are kept', async () => {
      const row = await vigil.db.selectFrom('rating').selectAll().executeTakeFirst()
      return row?.reason != null && row
    })
    assert.deepEqual([rating.rating, rating.reason, rating.user_id], ['bad', 'It was the migration', workspace.state.user('tom')?.id])
  })

  await t.test('the shop is mended: the alert says so, its own expression confirms it, and the incident is over', async () => {
    world.heal()
    await until('the incident is over', async () => (await incident()).status === 'resolved', { seconds: 40 })
    const outcome = await reply('outcome')
    const over = /It is over\..*\d+(\.\d+)? % \(limit 5 %\), its own expression says so, on fresh samples/
    await until('the thread says so, with the proof', () => over.test(wordsOf(outcome)), { seen: () => wordsOf(outcome) })
    const { timeline } = await vigil.report((await incident()).id)
    assert.deepEqual(
      timeline.flatMap((entry) => ('outcome' in entry ? [entry.outcome] : [])),
      ['recovered'],
      'nobody was told in between that it cannot be told',
    )
    const first = await reply('first')
    await until('the first reply says it too', () => /🟢 Over since .*confirmed on fresh data/.test(wordsOf(first)))
    await until('and so does the one reaction', () => reactionsOf(workspace, post).join() === 'large_green_circle')
  })

  await t.test('all of it was four messages in one thread and two for each thing asked, and short on a phone', async () => {
    assert.equal((await vigil.incidents()).length, 1)
    const thread = replies(workspace, post.ts)
    const told = ['first', 'progress:1', 'analysis:1', 'aside:2', 'challenge:2', 'aside:3', 'answer:3', 'outcome']
    assert.deepEqual(
      thread.map(nameOf).filter((name) => name !== ''),
      told,
    )
    assert.deepEqual(
      ours(workspace).filter((message) => message.threadTs !== post.ts),
      [],
    )
    const sent = workspace.state.calls.filter(({ method }) => method === 'chat.postMessage' || method === 'chat.update')
    for (const { body } of sent) {
      const text = String(body['text'])
      assert.ok(text.length > 0 && text.length <= 110, `${text.length}: ${text}`)
      assert.doesNotMatch(text, /[*`<>]|:\w+:/)
    }
    const refused = workspace.state.calls.filter(({ answer }) => (answer as { ok?: boolean }).ok === false)
    assert.deepEqual(
      refused.map(({ method, answer }) => [method, answer]),
      [],
    )
  })
})
