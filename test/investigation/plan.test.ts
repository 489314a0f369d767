import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startModelServer } from '../../src/demo/model/server.ts'
import { blocksOf } from '../../src/demo/model/wire.ts'
import { investigate } from '../../src/investigation/investigate.ts'
import { anthropic } from '../../src/llm/anthropic.ts'
import { createBreaker } from '../../src/llm/breaker.ts'
import { fallingBack } from '../../src/llm/falling-back.ts'
import { onlyModel } from '../context.ts'
import { assertValid, fastClock, metrics, resultsIn, stage, submit, turn, use } from './stage.ts'

const plan = (over: object = {}, id = `p${Math.random()}`) =>
  use(id, 'update_plan', { hypotheses: [{ text: 'the deploy', status: 'checking' }], ...over })

const lead = (value: number) => ({
  text: `v2 fails with a ratio of ${value}`,
  receipts: [{ evidence: 'E1', series: { version: 'v2' }, statistic: 'last', value }],
})

test('a plan is shown when it changes, costs no call, and one that cannot be read is said to be so', async (t) => {
  const on = await stage(t)
  const ended = await on.play([
    turn(plan(), metrics()),
    turn(plan(), metrics()),
    turn(plan({ hypotheses: [{ text: 'the deploy', status: 'supported' }] })),
    turn(use('bad', 'update_plan', { hypotheses: 'all' })),
    turn(submit()),
  ])
  assertValid(ended)
  const planned = ended.timeline.flatMap((entry) => (entry.type === 'planned' ? [entry.plan.hypotheses[0]?.status] : []))
  assert.deepEqual(planned, ['checking', 'supported'])
  assert.equal(ended.investigation.tool_calls, 2)
  assert.equal(ended.investigation.status, 'complete')
  const answers = on.server.requests.flatMap(({ body }) => resultsIn(body))
  assert.ok(answers.some(({ content, isError }) => isError && content.startsWith('The plan cannot be read')))
})

test('after a minute the thread is told what stands, once: a lead whose proof holds, and no other', async (t) => {
  for (const [value, expected] of [
    [0.25, 'v2 fails with a ratio of 0.25'],
    [0.9, null],
    [undefined, null],
  ] as const) {
    const on = await stage(t, {}, { clock: fastClock(60) })
    const noted = plan(value === undefined ? {} : { lead: lead(value) })
    // Each answer takes 20 s of this clock; a longer silence would be given up.
    const slow = (...content: Parameters<typeof turn>) => ({ ...turn(...content), delayMs: 330 })
    const ended = await on.play([slow(metrics()), slow(noted, metrics()), slow(metrics()), slow(metrics()), slow(submit())])
    const told = ended.timeline.filter((entry) => entry.type === 'interim')
    assert.equal(told.length, 1, `${value}`)
    assert.equal(told[0]?.type === 'interim' && told[0].interim.lead, expected)
    const asked = on.server.requests.filter(({ body }) =>
      blocksOf(body?.messages.at(-1)?.content).some((block) => block.type === 'text' && /A minute has passed/.test(block.text ?? '')),
    )
    assert.equal(asked.length, value === undefined ? 1 : 0, 'asked for a lead where none was named')
  }
})

test('a quick investigation has no interim conclusion', async (t) => {
  const on = await stage(t)
  const ended = await on.play([turn(metrics()), turn(submit())])
  assert.equal(
    ended.timeline.some((entry) => entry.type === 'interim'),
    false,
  )
})

test('the next model of the order answers, is paid at its own price, and the thread is told of every step once', async (t) => {
  const on = await stage(t)
  const second = await startModelServer()
  t.after(() => second.close())
  const { clock } = on.context
  const common = { fetch, clock }
  const first = anthropic({ ...common, apiKey: on.server.apiKey, baseUrl: on.server.url, model: 'claude-opus-5-5' })
  const next = anthropic({ ...common, apiKey: second.apiKey, baseUrl: second.url, model: 'claude-haiku-5-5' })
  const model = fallingBack([first, next], { breakerOf: () => createBreaker(clock) })
  second.script([turn(metrics()), turn(metrics()), turn(submit())])
  const ended = await on.play(() => ({ status: 529 }), { context: { ...on.context, models: onlyModel(model) } })
  assertValid(ended)
  assert.equal(ended.investigation.analysis?.by, 'model')
  const fell = ended.timeline.filter((entry) => entry.type === 'fell_back')
  assert.equal(fell.length, 1)
  const { usd, tokens_in, tokens_out } = ended.investigation
  const cheapest = (tokens_in * 0.1 + tokens_out * 5) / 1e6
  assert.ok(usd >= cheapest && usd <= (tokens_in * 1.25 + tokens_out * 5) / 1e6, `$${usd}`)
})

test('with two providers that say nothing the rules answer within a minute', async (t) => {
  const clock = fastClock(15)
  const on = await stage(t, {}, { clock })
  const silent = await startModelServer({ script: () => ({ silence: 60_000 }) })
  t.after(() => silent.close())
  const claude = anthropic({ fetch, clock, apiKey: silent.apiKey, baseUrl: silent.url, model: 'claude-haiku-5-5' })
  const model = fallingBack([claude, { ...claude, id: 'second' }], { breakerOf: () => createBreaker(clock) })
  assert.equal(model.silenceMs, 50_000)
  const began = clock.monotonic()
  const id = await on.open()
  await investigate({ ...on.context, models: onlyModel(model) }, id, new AbortController().signal)
  const ended = await on.ended(id)
  assert.equal(ended.investigation.analysis?.by, 'rules')
  assert.match(ended.investigation.reason ?? '', /could not be asked/)
  assert.ok(clock.monotonic() - began < 60_000, `${Math.round((clock.monotonic() - began) / 1000)} s`)
})

test('a budget counts with the dearest model that may answer', async (t) => {
  const on = await stage(t, { VIGIL_BUDGET_USD: '0.05' })
  const second = await startModelServer()
  t.after(() => second.close())
  const common = { fetch, clock: on.context.clock, apiKey: second.apiKey, baseUrl: second.url }
  const [cheap, dear] = [anthropic({ ...common, model: 'claude-haiku-5-5' }), anthropic({ ...common, model: 'claude-opus-5-5' })]
  second.script(() => turn(metrics()))
  const alone = await on.play([], { context: { ...on.context, models: onlyModel(cheap) } })
  const ladder = fallingBack([cheap, dear], { breakerOf: () => createBreaker(on.context.clock) })
  const both = await on.play([], { context: { ...on.context, models: onlyModel(ladder) } })
  assert.ok(alone.turns.length > both.turns.length, `${alone.turns.length} and ${both.turns.length}`)
  assert.ok(both.investigation.usd <= 0.05)
})
