import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import type { Script } from '../../src/demo/model/script.ts'
import { type Asking, addTurn, emptyLedger, inputOf, permit } from '../../src/investigation/budget.ts'
import type { Message } from '../../src/llm/model.ts'
import { assertValid, type Ended, fastClock, metrics, type Stage, stage, submit, text, turn } from './stage.ts'

const limits = { tool_calls: 15, tokens_in: 200_000, tokens_out: 50_000, usd: 1, seconds: 180, parallel_tools: 4, max_tokens: 4096 }
const price = { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 }

const asking = (used: Partial<ReturnType<typeof emptyLedger>> = {}, over: Partial<Asking> = {}): Asking => ({
  limits,
  ledger: { ...emptyLedger(), ...used },
  price,
  input: 10_000,
  elapsedMs: 0,
  rounds: 1,
  stoppedBy: null,
  ...over,
})

describe('permission for one more call', () => {
  it('is given with the whole answer while everything has room for a second call', () => {
    assert.deepEqual(permit(asking()), { may: 'ask', max_tokens: 4096 })
  })

  const reached: [string, Asking, 'conclude' | 'end'][] = [
    ['tool_calls', asking({ toolCalls: 15 }), 'conclude'],
    ['stopped', asking({}, { stoppedBy: 'U1' }), 'conclude'],
    ['tokens_in', asking({ tokensIn: 180_001 }), 'conclude'],
    ['tokens_in', asking({ tokensIn: 190_001 }), 'end'],
    ['tokens_out', asking({ tokensOut: 42_000 }), 'conclude'],
    ['tokens_out', asking({ tokensOut: 49_400 }), 'end'],
    ['usd', asking({ usd: 0.81 }), 'conclude'],
    ['usd', asking({ usd: 0.91 }), 'end'],
    ['seconds', asking({}, { elapsedMs: 135_000 }), 'conclude'],
    ['seconds', asking({}, { elapsedMs: 180_000 }), 'end'],
    ['rounds', asking({}, { rounds: 40 }), 'end'],
  ]
  for (const [limit, given, may] of reached)
    it(`is ${may === 'end' ? 'refused' : 'only for the conclusion'} when ${limit} ${may === 'end' ? 'would be passed' : 'has room for one call alone'}`, () => {
      const permission = permit(given)
      assert.equal(permission.may, may)
      assert.ok('because' in permission && permission.because.limit === limit, JSON.stringify(permission))
    })

  it('lets an answer be no longer than what is left', () => {
    const permission = permit(asking({ tokensOut: 48_000 }))
    assert.ok(permission.may === 'conclude' && permission.max_tokens === 2000)
  })

  it('does not limit the money of a model whose price nobody knows', () => {
    assert.equal(permit(asking({ usd: 100 }, { price: undefined })).may, 'end')
    assert.equal(permit(asking({ usd: 0 }, { price: undefined })).may, 'ask')
  })
})

describe('the estimate of the next input', () => {
  const said = (role: Message['role'], words: string): Message => ({ role, content: [{ type: 'text', text: words }] })
  const cases: [string, string, number][] = [
    ['prose', 'the checkout service answers slowly since the deploy ', 4],
    ['hexadecimal', 'a3f9c27be01d44', 2],
    ['Chinese', '数据库连接超时', 1],
    ['emoji', '🔥🚨', 1],
  ]
  for (const [name, words, charactersPerToken] of cases)
    it(`is not below what ${name} costs`, () => {
      const long = words.repeat(500)
      const before: Message[] = [said('user', 'x')]
      const first = inputOf(8000, [said('user', long)], { lastInput: 0 })
      const later = inputOf(8000, [...before, said('assistant', 'y'), said('user', long)], { lastInput: 3000 })
      assert.ok(first >= long.length / charactersPerToken + 8000 / 4, `${first}`)
      assert.ok(later >= long.length / charactersPerToken + 3000, `${later}`)
    })

  it('trusts the count of the provider for what was already sent', () => {
    const ledger = emptyLedger()
    addTurn(ledger, { usage: { input: 10, output: 5, cache_read: 900, cache_write: 90 }, model: 'm', ms: 1 }, price)
    assert.equal(ledger.lastInput, 1000)
    const next = inputOf(1_000_000, [said('user', 'x'.repeat(1_000_000)), said('assistant', 'y')], ledger)
    assert.ok(next < 1700, `${next}`)
  })
})

const assertWithin = ({ investigation }: Ended, limit: Partial<typeof limits>): void => {
  if (limit.tokens_in !== undefined) assert.ok(investigation.tokens_in <= limit.tokens_in, `${investigation.tokens_in} tokens in`)
  if (limit.tokens_out !== undefined) assert.ok(investigation.tokens_out <= limit.tokens_out, `${investigation.tokens_out} tokens out`)
  if (limit.usd !== undefined) assert.ok(investigation.usd <= limit.usd, `$${investigation.usd}`)
  if (limit.tool_calls !== undefined) assert.ok(investigation.tool_calls <= limit.tool_calls, `${investigation.tool_calls} calls`)
}

/** Asks in parallel and talks as long as it may, and concludes only when it is made to. */
const greedy: Script = (request) => {
  if (request.tool_choice?.type === 'tool') return turn(submit())
  const calls = Array.from({ length: 5 }, () => metrics())
  // A token is four characters for this server, the calls take some 100 tokens each.
  return turn(text('x'.repeat(Math.max(8, 4 * (request.max_tokens - 600)))), ...calls)
}

const played = async (on: Stage, limit: Partial<typeof limits>): Promise<Ended> => {
  const ended = await on.play(greedy)
  assertWithin(ended, limit)
  assertValid(ended)
  return ended
}

test('no limit is passed by a single call, also with calls side by side, and the conclusion still comes', async (t) => {
  const cases: [Record<string, string>, Partial<typeof limits>, string][] = [
    [{ VIGIL_BUDGET_TOKENS_IN: '25000', VIGIL_BUDGET_TOOL_CALLS: '100' }, { tokens_in: 25_000 }, 'budget_exceeded'],
    [{ VIGIL_BUDGET_TOKENS_OUT: '11000', VIGIL_BUDGET_TOOL_CALLS: '100' }, { tokens_out: 11_000 }, 'budget_exceeded'],
    [{ VIGIL_BUDGET_USD: '0.09', VIGIL_BUDGET_TOOL_CALLS: '100' }, { usd: 0.09 }, 'budget_exceeded'],
    [{ VIGIL_BUDGET_TOOL_CALLS: '12', VIGIL_PARALLEL_TOOLS: '16' }, { tool_calls: 12 }, 'max_turns'],
  ]
  for (const [env, limit, status] of cases) {
    const on = await stage(t, env)
    const ended = await played(on, limit)
    assert.equal(ended.investigation.status, status, JSON.stringify(limit))
    assert.equal(ended.investigation.analysis?.by, 'model', `${JSON.stringify(limit)}: ${ended.investigation.reason}`)
    assert.equal(ended.investigation.analysis?.partial, true)
    assert.ok(ended.investigation.tool_calls > 0, JSON.stringify(limit))
  }
})

test('limits too small for a single call end in the rules without asking', async (t) => {
  for (const env of [{ VIGIL_BUDGET_TOKENS_IN: '500' }, { VIGIL_BUDGET_TOKENS_OUT: '600' }, { VIGIL_BUDGET_USD: '0' }]) {
    const on = await stage(t, env)
    const ended = await on.play(greedy)
    assert.equal(on.server.requests.length, 0)
    assert.equal(ended.investigation.status, 'budget_exceeded')
    assert.equal(ended.investigation.analysis?.by, 'rules')
    assert.match(ended.investigation.analysis?.partial_reason ?? '', /were used up/)
  }
})

test('without a single tool call allowed the model concludes from what the rules found', async (t) => {
  const on = await stage(t, { VIGIL_BUDGET_TOOL_CALLS: '0' })
  const ended = await on.play(greedy)
  assert.equal(ended.investigation.status, 'max_turns')
  assert.equal(ended.investigation.analysis?.by, 'model')
  assert.equal(on.source.asked.length, 0)
})

test('the time is kept: told to conclude at three quarters of it, and broken off at its end', async (t) => {
  const clock = fastClock(40)
  const on = await stage(t, { VIGIL_BUDGET_SECONDS: '120' }, { clock })
  const slow: Script = (request) => ({ content: [request.tool_choice?.type === 'tool' ? submit() : metrics()], delayMs: 200 })
  const took = async (script: Script) => {
    const id = await on.open()
    const began = clock.monotonic()
    const ended = await on.play(script, { id })
    return { ended, seconds: (clock.monotonic() - began) / 1000 }
  }
  const concluded = await took(slow)
  assert.equal(concluded.ended.investigation.status, 'budget_exceeded')
  assert.equal(concluded.ended.investigation.analysis?.by, 'model')
  assert.ok(concluded.seconds < 125 && concluded.seconds > 85, `${concluded.seconds} s`)
  const once = await took((request) =>
    request.tool_choice?.type === 'tool' ? turn(submit()) : { content: [text('x'.repeat(24 * 400))], perEventMs: 50 },
  )
  assert.equal(once.ended.investigation.analysis?.by, 'model', 'an answer that takes too long makes room for the conclusion')
  assert.ok(once.seconds < 120 && once.seconds > 100, `${once.seconds} s`)
  const chattering: Script = () => ({ content: [text('x'.repeat(24 * 400))], perEventMs: 50 })
  const broken = await took(chattering)
  assert.equal(broken.ended.investigation.status, 'budget_exceeded')
  assert.match(broken.ended.investigation.analysis?.partial_reason ?? '', /120 s were over/)
  assert.ok(broken.seconds < 135 && broken.seconds > 115, `${broken.seconds} s`)
})
