import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Clock, systemClock } from '../../src/context.ts'
import { type OpenaiServer, startOpenaiServer } from '../../src/demo/model/openai-server.ts'
import type { Reply } from '../../src/demo/model/script.ts'
import { type ModelServer, startModelServer } from '../../src/demo/model/server.ts'
import { PermanentError, TransientError } from '../../src/errors.ts'
import { anthropic } from '../../src/llm/anthropic.ts'
import { createBreaker } from '../../src/llm/breaker.ts'
import { fallingBack } from '../../src/llm/falling-back.ts'
import type { Block, Message, Model, ModelTurn } from '../../src/llm/model.ts'
import { openaiCompatible } from '../../src/llm/openai-compatible.ts'
import { troubled } from '../../src/llm/trouble.ts'
import { asks } from '../contracts/model.ts'

describe('a model that falls back', () => {
  let claude: ModelServer
  let local: OpenaiServer
  before(async () => {
    claude = await startModelServer()
    local = await startOpenaiServer()
  })
  after(() => Promise.all([claude.close(), local.close()]))

  const text = (words: string): Block => ({ type: 'text', text: words })
  const yes: Reply = { content: [text('Yes, from the second.')] }
  const long: Reply = { content: [text('A text that is long enough to be cut in its middle.')] }
  let clock: Clock & { ms: number }
  let model: Model
  let asked: () => [number, number]

  /** The two providers, on a clock of which only the breakers see that it stands still. */
  const ladder = (apiKey = claude.apiKey): Model => {
    const before = [claude.requests.length, local.requests.length] as const
    asked = () => [claude.requests.length - before[0], local.requests.length - before[1]]
    const breakers = new Map<string, ReturnType<typeof createBreaker>>()
    const base = { fetch, clock: systemClock, idleMs: 150 }
    const first = anthropic({ ...base, apiKey, baseUrl: claude.url, model: 'claude-haiku-5-5' })
    const second = openaiCompatible({ ...base, apiKey: local.apiKey ?? '', baseUrl: local.url, model: 'qwen3:32b' })
    return fallingBack([first, second], {
      breakerOf: ({ id }) => {
        const breaker = breakers.get(id) ?? createBreaker(clock)
        breakers.set(id, breaker)
        return breaker
      },
    })
  }
  beforeEach(() => {
    clock = { ...systemClock, ms: 0, monotonic: () => clock.ms }
    model = ladder()
  })
  const never = new AbortController().signal
  const ask = (signal = never): Promise<ModelTurn> => model.complete(asks('Well?'), signal)
  const failure = async (signal = never): Promise<Error> =>
    ask(signal).then(
      () => assert.fail('it answered'),
      (error: Error) => error,
    )

  it('is asked in order, and says nothing where the first answers', async () => {
    claude.script([{ content: [text('Yes, from the first.')] }])
    const turn = await ask()
    assert.deepEqual([turn.model, turn.fell_back, asked()], ['claude-haiku-5-5', undefined, [1, 0]])
    assert.equal(model.id, 'anthropic/claude-haiku-5-5')
  })

  for (const [reply, because] of [
    [{ status: 429, retryAfter: 60 }, 'rate limit'],
    [{ status: 500 }, 'not available'],
    [{ status: 529 }, 'overloaded'],
    [{ cutAfterEvents: 5, turn: long }, 'broken connection'],
    [{ errorEvent: 'overloaded_error' }, 'overloaded'],
    [{ silence: 5000 }, 'silent'],
    [{ status: 401 }, 'key refused'],
    [{ status: 402 }, 'not paid for'],
    [{ status: 403 }, 'not allowed'],
    [{ status: 404 }, 'model not usable'],
  ] as const)
    it(`goes on at once after: ${because} (${JSON.stringify(reply).slice(0, 40)})`, async () => {
      claude.script([reply])
      local.script([yes])
      const turn = await ask()
      assert.deepEqual(turn.content, [text('Yes, from the second.')], 'nothing of a half-given turn is kept')
      assert.deepEqual(turn.fell_back, [{ from: 'anthropic/claude-haiku-5-5', because }])
      assert.deepEqual(asked(), [1, 1])
    })

  it('does not go on where the request is refused, since it would be everywhere', async () => {
    claude.script([{ status: 400, message: 'messages: nonsense' }])
    assert.match((await failure()).message, /nonsense/)
    assert.deepEqual(asked(), [1, 0])
  })

  it('does not go on when it is told to stop, with the reason given', async () => {
    const stop = new AbortController()
    const reason = new Error('the investigation was stopped')
    claude.script([{ silence: 5000 }])
    setTimeout(() => stop.abort(reason), 30)
    assert.equal(await failure(stop.signal), reason)
    assert.deepEqual(asked(), [1, 0])
  })

  it('says what each of them said when none answers, and the shortest time to wait', async () => {
    claude.script([{ status: 429, retryAfter: 60 }])
    local.script([{ status: 503, retryAfter: 7, message: 'server busy' }])
    const error = await failure()
    assert.ok(error instanceof TransientError)
    assert.equal(error.afterMs, 7000)
    assert.match(error.message, /No model answered.*Claude is not available \(429\).*server busy/)
  })

  it('names no time to wait where one of them may answer at the next try', async () => {
    claude.script([{ status: 429, retryAfter: 60 }])
    local.script([{ status: 500 }])
    const error = await failure()
    assert.ok(error instanceof TransientError)
    assert.equal(error.afterMs, undefined)
  })

  it('may be asked again where only one of them never will', async () => {
    model = ladder('wrong')
    local.script([{ status: 503, retryAfter: 7 }])
    const error = await failure()
    assert.ok(error instanceof TransientError)
    assert.equal(error.afterMs, 7000)
  })

  it('need not be asked again where none of them ever will', async () => {
    model = ladder('wrong')
    local.script([{ status: 402 }])
    const error = await failure()
    assert.ok(error instanceof PermanentError)
    assert.match(error.message, /VIGIL_CLAUDE_API_KEY/)
  })

  it('passes over a model that failed three times, and asks it again after 30 s', async () => {
    claude.script(() => ({ status: 529 }))
    local.script(() => yes)
    for (let n = 0; n < 3; n++) await ask()
    assert.deepEqual(asked(), [3, 3])
    const turn = await ask()
    assert.deepEqual(asked(), [3, 4], 'the resting one is not asked')
    assert.deepEqual(turn.fell_back, [{ from: 'anthropic/claude-haiku-5-5', because: 'failed 3 times within a minute' }])
    clock.ms += 30_000
    await ask()
    assert.deepEqual(asked(), [4, 5], 'half open: it was asked and failed')
    await ask()
    assert.deepEqual(asked(), [4, 6])
    clock.ms += 30_000
    claude.script(() => ({ content: [text('Yes, from the first.')] }))
    assert.equal((await ask()).fell_back, undefined)
    assert.equal((await ask()).model, 'claude-haiku-5-5')
    assert.deepEqual(asked(), [6, 6])
  })

  it('asks nobody while all of them rest, and says how long', async () => {
    claude.script(() => ({ status: 529 }))
    local.script(() => ({ status: 500 }))
    for (let n = 0; n < 3; n++) assert.ok((await failure()) instanceof TransientError)
    clock.ms += 10_000
    const error = await failure()
    assert.deepEqual(asked(), [3, 3])
    assert.ok(error instanceof TransientError)
    assert.equal(error.afterMs, 20_000)
    assert.match(error.message, /asked again in 20 s/)
  })

  it('does not rest for stopped calls and refused requests', async () => {
    claude.script((_, n) => (n < 4 ? { status: 400 } : { content: [text('Yes, from the first.')] }))
    for (let n = 0; n < 4; n++) assert.ok((await failure()) instanceof PermanentError)
    for (let n = 0; n < 4; n++) await failure(AbortSignal.abort(new Error('stopped')))
    assert.equal((await ask()).model, 'claude-haiku-5-5')
  })

  it('hands on an error that did not come from a provider', async () => {
    const bug = new Error('a bug')
    const broken: Model = { id: 'a', complete: () => Promise.reject(bug) }
    const other: Model = { id: 'b', complete: () => Promise.reject(troubled('key', 'no')) }
    model = fallingBack([broken, other], { breakerOf: () => createBreaker(clock) })
    assert.equal(await failure(), bug)
  })

  it('goes to and fro between providers over one history, and both take it', async () => {
    const use = (id: string): Block => ({ type: 'tool_use', id, name: 'query_metrics', input: { query: id } })
    const thinking: Block = { type: 'opaque', provider: '', value: { type: 'thinking', thinking: 'hm', signature: 's' } }
    const turns: [Reply, Reply][] = [
      [{ content: [thinking, text(''), use('toolu_1'), use('toolu_2')] }, { status: 500 }],
      [{ status: 529 }, { content: [use('call_abc'), use('call_def')] }],
      [{ status: 529 }, { brokenJson: true }],
      [{ content: [thinking, use('toolu_3')] }, { status: 500 }],
      [{ cutAfterEvents: 3, turn: long }, { content: [text('Between.'), use('call_ghi')] }],
      [{ content: [text('Done.')] }, { status: 500 }],
    ]
    let messages: readonly Message[] = asks('Alert').messages
    const answeredBy: string[] = []
    for (const [ours, theirs] of turns) {
      // Breakers are not what is looked at here.
      clock.ms += 90_000
      claude.script([ours])
      local.script([theirs])
      const { content, model: by } = await model.complete(asks('', { messages }), never)
      answeredBy.push(by)
      const results = content.flatMap((block): Block[] =>
        block.type === 'tool_use' ? [{ type: 'tool_result', tool_use_id: block.id, content: '', is_error: block.id === 'call_def' }] : [],
      )
      // Stored and read again between the turns, as in the transcript.
      messages = structuredClone([...messages, { role: 'assistant', content }, { role: 'user', content: [...results, text('Go on.')] }])
    }
    assert.deepEqual(answeredBy, ['claude-haiku-5-5', 'qwen3:32b', 'qwen3:32b', 'claude-haiku-5-5', 'qwen3:32b', 'claude-haiku-5-5'])
    assert.ok(!local.requests.some(({ text: sent }) => sent.includes('"signature"')), 'what Claude thought stays with Claude')
    assert.match(claude.requests.at(-1)?.text ?? '', /"thinking":"hm"/)
  })
})
