import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply, Script } from '../../src/demo/model/script.ts'
import type { StopReason } from '../../src/llm/model.ts'
import { assertValid, type Ended, fastClock, metrics, requestsOf, resultsIn, type Stage, stage, submit, text, turn, use } from './stage.ts'

const nothing: StopReason[] = ['end_turn', 'stop_sequence', 'pause_turn', 'max_tokens']

type Outcome = {
  readonly status: Ended['investigation']['status']
  readonly by: 'model' | 'rules'
  readonly partial: boolean
  readonly asks: number
  readonly reason?: RegExp
}

const bounded = async (on: Stage, script: Script, outcome: Outcome): Promise<Ended> => {
  const ended = await on.play(script)
  const { status, analysis, reason } = ended.investigation
  assert.equal(status, outcome.status, reason ?? '')
  assert.equal(analysis?.by, outcome.by)
  assert.equal(analysis?.partial, outcome.partial)
  assert.equal(requestsOf(on.server, ended).length, outcome.asks)
  if (outcome.reason !== undefined) assert.match(analysis?.partial_reason ?? '', outcome.reason)
  assert.equal(ended.incident.status, 'analysed')
  assert.ok(ended.timeline.some(({ type }) => type === 'analysed'))
  assertValid(ended)
  return ended
}

const complete = (asks: number): Outcome => ({ status: 'complete', by: 'model', partial: false, asks })

test('every stop reason has its end', async (t) => {
  const on = await stage(t)
  await t.test('a turn that stops without a tool is told so once, and the analysis then handed in is whole', async () => {
    for (const stop of nothing) await bounded(on, [{ content: [text('Hm.')], stop }, turn(submit())], complete(2))
    await bounded(on, [{ content: [] }, turn(submit())], complete(2))
    await bounded(on, [turn(metrics()), turn(submit())], complete(2))
  })

  await t.test('a model that never calls a tool is forced at its third turn and then left', async () => {
    for (const stop of nothing) {
      const ended = await bounded(on, () => ({ content: [text('I wonder.')], stop }), {
        status: 'failed',
        by: 'rules',
        partial: true,
        asks: 3,
        reason: /handed in no analysis/,
      })
      const forced = requestsOf(on.server, ended).map(({ body }) => body?.tool_choice?.type)
      assert.deepEqual(forced, ['auto', 'auto', 'tool'])
    }
  })

  await t.test(
    'a refusal ends at once, a context that is full twice as well, with what was handed in before or else the rules',
    async () => {
      const stopped = (stop: StopReason): Reply => ({ content: [text('No.')], stop })
      await bounded(on, [stopped('refusal')], { status: 'failed', by: 'rules', partial: true, asks: 1, reason: /refused to go on/ })
      const full = stopped('model_context_window_exceeded')
      await bounded(on, [full], { status: 'budget_exceeded', by: 'rules', partial: true, asks: 1, reason: /context was full/ })
      await bounded(on, [turn(metrics()), full, full], {
        status: 'budget_exceeded',
        by: 'rules',
        partial: true,
        asks: 3,
        reason: /context was full/,
      })
      const squeezed = await bounded(on, [turn(metrics()), full, turn(submit())], {
        status: 'budget_exceeded',
        by: 'model',
        partial: true,
        asks: 3,
        reason: /context was full/,
      })
      assert.match(JSON.stringify(squeezed.turns.at(-2)?.content), /earlier answers are shortened\. Conclude now: call submit_analysis/)
      const unproven = submit({ claims: [{ text: 'It has 77 errors.', kind: 'observation', receipts: [{ evidence: 'E1', quote: '77' }] }] })
      const ended = await bounded(on, [turn(metrics()), turn(unproven), stopped('refusal')], {
        status: 'failed',
        by: 'model',
        partial: true,
        asks: 3,
        reason: /refused to go on/,
      })
      assert.deepEqual(ended.investigation.analysis?.claims, [])
      assert.deepEqual(ended.investigation.analysis?.unsupported, ['It has 77 errors.'])
    },
  )

  await t.test('an input that max_tokens cut is answered as unusable, for a question and for the analysis', async () => {
    await bounded(on, [{ brokenJson: true }, turn(submit())], complete(2))
    const cut: Script = (_, n) =>
      n === 0 ? turn(text('Hm.')) : n === 1 ? turn(text('Hm.')) : n === 2 ? { brokenJson: true } : turn(submit())
    const ended = await bounded(on, cut, complete(4))
    const asked = requestsOf(on.server, ended).at(-1)?.body
    assert.match(resultsIn(asked)[0]?.content ?? '', /cut because it is too long/)
  })
})

test('every malformation has its end', async (t) => {
  const on = await stage(t)
  await t.test('of 40 calls in a turn 15 run, 25 are told why not, and the analysis is marked', async () => {
    const many = Array.from({ length: 40 }, () => metrics())
    const before = on.source.asked.length
    const ended = await bounded(on, [turn(...many), turn(submit())], {
      status: 'max_turns',
      by: 'model',
      partial: true,
      asks: 2,
      reason: /15 tool calls/,
    })
    assert.equal(on.source.asked.length - before, 15)
    assert.equal(ended.calls.length, 15)
    assert.equal(ended.investigation.tool_calls, 15)
    const results = resultsIn(requestsOf(on.server, ended)[1]?.body)
    assert.equal(results.length, 40)
    assert.equal(results.filter(({ isError, content }) => isError && /^Not run: the budget of 15/.test(content)).length, 25)
    assert.deepEqual(
      results.filter(({ isError }) => !isError).map(({ content }) => /^E\d+/.exec(content)?.[0]),
      Array.from({ length: 15 }, (_, i) => `E${i + 1}`),
    )
    for (const type of ['tool_started', 'tool_answered'])
      assert.equal(ended.timeline.filter((entry) => entry.type === type).length, 15, type)
    assert.equal(requestsOf(on.server, ended)[1]?.body?.tool_choice?.type, 'tool')
  })

  await t.test('a model that goes on asking when it has to conclude is left after two tries, and nothing more is asked', async (t) => {
    const on = await stage(t, { VIGIL_BUDGET_TOOL_CALLS: '2' })
    const before = on.source.asked.length
    await bounded(on, () => turn(metrics()), { status: 'max_turns', by: 'rules', partial: true, asks: 4, reason: /2 tool calls/ })
    assert.equal(on.source.asked.length - before, 2)
  })

  await t.test('an unknown tool, a wrong input and a megabyte of input are answers to the model', async (t) => {
    const odd = [use('u', 'rm_rf', {}), use('w', 'query_metrics', { query: 7 }), use('b', 'query_logs', { query: 'x'.repeat(1_000_000) })]
    const script = [turn(...odd), turn(submit())]
    await bounded(on, script, { status: 'budget_exceeded', by: 'rules', partial: true, asks: 1, reason: /50000 output tokens/ })
    const rich = await stage(t, { VIGIL_BUDGET_TOKENS_OUT: '1000000', VIGIL_BUDGET_USD: '100' })
    const ended = await bounded(rich, script, complete(2))
    const [unknown, wrong, big] = resultsIn(requestsOf(rich.server, ended)[1]?.body)
    assert.match(unknown?.content ?? '', /There is no tool .*rm_rf/)
    assert.match(wrong?.content ?? '', /The input cannot be used: query/)
    assert.match(big?.content ?? '', /too long/)
    assert.ok((requestsOf(rich.server, ended)[1]?.text.length ?? 0) < 100_000, 'the megabyte is not sent again')
    assert.ok(JSON.stringify(ended.turns).length < 100_000)
    assert.deepEqual(ended.investigation.analysis?.data_gaps, [], 'what was no question left nothing unseen')
  })

  await t.test('calls that carry the same id or a name nobody takes are told apart', async () => {
    const same = [metrics(undefined, 'call_0'), metrics(undefined, 'call_0'), use('call 0', 'query metrics?', {})]
    const ended = await bounded(on, [turn(...same), turn(metrics(undefined, 'call_0')), turn(submit())], complete(3))
    assert.equal(ended.calls.length, 4)
    assert.equal(new Set(ended.calls.map((call) => call.call_id)).size, 4)
  })

  await t.test('text that PostgreSQL cannot hold is stored without it', async () => {
    const nul = '\u0000'
    on.source.answer = ({ path }, response) => {
      if (!path.startsWith('/loki')) return false
      const values = [['1795211463000000000', `a${nul}b \\u0000 \ud800 end`]]
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'streams', result: [{ stream: { app: `x${nul}` }, values }] } }))
      return true
    }
    const ended = await bounded(
      on,
      [
        turn(text(`half \ud83d and ${nul}`), use('l', 'query_logs', { query: '{app="x"}', why: `w${nul}` })),
        turn(submit({ summary: `No${nul} cause.` })),
      ],
      complete(2),
    )
    assert.match(JSON.stringify(ended.evidence[0]?.output), /a\ufffdb \\\\u0000 \ufffd end/)
  })

  await t.test('submit beside questions ends it; twice in a turn the first counts; what fails is returned beside the answers', async () => {
    const before = on.source.asked.length
    await bounded(on, [turn(metrics(), submit(), submit({ summary: 'Second.' }))], complete(1))
    assert.equal(on.source.asked.length, before, 'nothing is asked any more')
    const unproven = { claims: [{ text: 'It has 77 errors.', kind: 'observation', receipts: [{ evidence: 'E1', quote: '77' }] }] }
    const ended = await bounded(on, [turn(metrics(), submit(unproven), submit()), turn(submit())], complete(2))
    const results = resultsIn(requestsOf(on.server, ended)[1]?.body)
    assert.match(results[0]?.content ?? '', /^E1/)
    assert.match(results[1]?.content ?? '', /Not everything is supported/)
    assert.match(results[2]?.content ?? '', /Only one submit_analysis counts/)
  })

  await t.test(
    'an analysis that cannot be read is returned twice; the third ends it; one that is mended counts as if it were the first',
    async () => {
      const unreadable = () => turn(use(`x${on.server.requests.length}`, 'submit_analysis', { verdict: 'guilty' }))
      await bounded(on, unreadable, { status: 'failed', by: 'rules', partial: true, asks: 3, reason: /nothing that could be read/ })
      const unproven = { claims: [{ text: 'It has 77 errors.', kind: 'observation', receipts: [{ evidence: 'E1', quote: '77' }] }] }
      const script: Script = (_, n) => (n < 2 ? unreadable() : turn(submit(n === 2 ? unproven : {})))
      const ended = await bounded(on, script, complete(4))
      assert.match(resultsIn(requestsOf(on.server, ended)[3]?.body)[0]?.content ?? '', /Not everything is supported/)
    },
  )

  await t.test('a tool that never lets go is left in time to conclude', async (t) => {
    const on = await stage(t, { VIGIL_BUDGET_SECONDS: '180' }, { clock: fastClock(60) })
    on.source.answer = () => true
    const endless = Array.from({ length: 15 }, () => metrics())
    const ended = await bounded(on, [turn(...endless), turn(submit())], { status: 'max_turns', by: 'model', partial: true, asks: 2 })
    assert.ok(ended.calls.every((call) => call.is_error))
    assert.ok(ended.investigation.tool_ms > 0)
    assert.ok((ended.investigation.analysis?.data_gaps.length ?? 0) > 0)
  })
})

test('a model that repeats itself', async (t) => {
  const on = await stage(t)
  await t.test('is answered from the evidence without a question and without a call, also within one turn', async () => {
    const q = 'error_ratio{same="1"}'
    const again = (id: string) => use(id, 'query_metrics', { query: q, why: `worded ${id}` })
    const before = on.source.asked.length
    const ended = await bounded(on, [turn(again('a'), again('b')), turn(again('c')), turn(submit())], complete(3))
    assert.equal(on.source.asked.length - before, 1)
    assert.equal(ended.investigation.tool_calls, 1)
    assert.equal(ended.evidence.length, 1)
    const [first, second] = resultsIn(requestsOf(on.server, ended)[1]?.body)
    assert.match(first?.content ?? '', /^E1/)
    assert.match(second?.content ?? '', /asked this before, in this very turn: see the answer to a/)
    assert.deepEqual(resultsIn(requestsOf(on.server, ended)[2]?.body), [
      { id: 'c', content: 'You have asked this before: the answer is E1, above.', isError: false },
    ])
  })

  await t.test('three times is made to conclude', async () => {
    const again: Script = (request, n) =>
      request.tool_choice?.type === 'tool' ? turn(submit()) : turn(use(`r${n}`, 'query_metrics', { query: 'up{a="b"}' }))
    const ended = await bounded(on, again, { status: 'max_turns', by: 'model', partial: true, asks: 5, reason: /the same again and again/ })
    assert.equal(ended.calls.length, 1)
  })

  await t.test('may ask again what failed', async () => {
    let failures = 1
    on.source.answer = (_, response) => {
      failures -= 1
      if (failures < 0) return false
      response.writeHead(503).end('busy')
      return true
    }
    const q = () => use(`f${on.server.requests.length}`, 'query_metrics', { query: 'up{c="d"}' })
    const ended = await bounded(on, (_, n) => turn(n < 2 ? q() : submit()), complete(3))
    assert.equal(ended.calls.length, 2)
    assert.equal(ended.evidence.length, 1)
    assert.deepEqual(ended.investigation.analysis?.data_gaps, ['no answer from Prometheus'])
  })
})

test('a provider that fails', async (t) => {
  // Each wait is 20 times shorter than it says.
  const clock = fastClock(12)
  const on = await stage(t, {}, { clock })
  const faults: [string, Reply][] = [
    ['429 with retry-after', { status: 429, retryAfter: 2 }],
    ['529', { status: 529 }],
    ['500', { status: 500 }],
    ['an overload in mid-stream', { errorEvent: 'overloaded_error' }],
    ['silence', { silence: 4000 }],
  ]
  for (const [name, fault] of faults)
    await t.test(`${name}: the turn is redone, once it works nothing is lost or stored twice`, async () => {
      const ended = await bounded(on, (_, n) => (n === 1 ? fault : turn(n === 0 ? metrics('up{e="f"}') : submit())), complete(3))
      assert.equal(ended.turns.filter((one) => one.role === 'assistant').length, 2)
      assert.equal(ended.calls.length, 1)
    })

  await t.test('a stream that is cut after any number of events is redone, and the request is the same to the byte', async () => {
    const whole = { content: [text('I look at the ratio of errors.'), metrics('up{g="h"}', 'once')] }
    const redone: number[] = []
    for (let k = 0; k < 17; k += 1) {
      const ended = await on.play((request, n) => {
        if (n === 0) return { cutAfterEvents: k, turn: whole }
        return request.messages.length === 1 ? whole : turn(submit())
      })
      const [cut, again] = requestsOf(on.server, ended)
      assert.equal(ended.investigation.status, 'complete')
      assert.equal(ended.calls.length, 1)
      assertValid(ended)
      if (again?.body?.messages.length === 1) redone.push(k)
      assert.ok(again?.body?.messages.length === 3 || cut?.text === again?.text, `cut after ${k} events, another request is sent`)
    }
    // The stop reason comes with the last event but one: from there on the turn is whole.
    assert.deepEqual(
      redone,
      Array.from({ length: redone.length }, (_, k) => k),
    )
    assert.ok(redone.length > 8 && redone.length < 17, `${redone.length}`)
  })

  const down: [string, Script][] = [
    ['500', () => ({ status: 500 })],
    ['529', () => ({ status: 529 })],
    ['429 for an hour', () => ({ status: 429, retryAfter: 3600 })],
    ['a key that is refused', () => ({ status: 401 })],
    ['silence', () => ({ silence: 10_000 })],
  ]
  for (const [name, script] of down)
    await t.test(`${name} for good: the rules answer within 60 s`, async () => {
      const id = await on.open()
      const began = clock.monotonic()
      const ended = await on.play(script, { id })
      assert.ok(clock.monotonic() - began < 60_000, `took ${clock.monotonic() - began} ms`)
      assert.equal(ended.investigation.status, 'failed')
      assert.equal(ended.investigation.analysis?.by, 'rules')
      assert.match(ended.investigation.analysis?.partial_reason ?? '', /the model could not be asked/)
      assert.ok(requestsOf(on.server, ended).length <= 4)
    })

  await t.test('a model that goes away after an analysis was returned to it leaves what the evidence carries', async () => {
    const claims = [
      {
        text: 'Version v2 is at 25 %.',
        kind: 'observation',
        receipts: [{ evidence: 'E1', series: { version: 'v2' }, statistic: 'last', value: 0.25 }],
      },
      { text: 'It has 77 errors.', kind: 'observation', receipts: [{ evidence: 'E1', quote: '77' }] },
    ]
    const ended = await on.play((_, n) => (n === 0 ? turn(metrics()) : n === 1 ? turn(submit({ claims })) : { status: 500 }))
    assert.equal(ended.investigation.status, 'failed')
    assert.equal(ended.investigation.analysis?.by, 'model')
    assert.equal(ended.investigation.analysis?.partial, true)
    assert.deepEqual(
      ended.investigation.analysis?.claims.map((claim) => claim.text),
      ['Version v2 is at 25 %.'],
    )
  })

  await t.test('models that refuse a forced tool are asked in words', async (t) => {
    const on = await stage(t, { VIGIL_BUDGET_TOOL_CALLS: '1' }, { model: 'claude-sonnet-5-5' })
    const ended = await on.play((_, n) => turn(n === 0 ? metrics() : submit()))
    assert.equal(ended.investigation.status, 'max_turns')
    assert.equal(ended.investigation.analysis?.by, 'model')
    assertValid(ended)
  })
})
