import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Clock, systemClock } from '../../src/context.ts'
import { forcedTool, type ModelServer, type ModelServerOptions, startModelServer } from '../../src/demo/model/server.ts'
import { PermanentError, TransientError } from '../../src/errors.ts'
import { type AnthropicOptions, anthropic } from '../../src/llm/anthropic.ts'
import type { Block, Message, Model, Usage } from '../../src/llm/model.ts'
import { brokenToolInput } from '../../src/llm/tool-input.ts'
import { asks, modelContract } from '../contracts/model.ts'
import { wireReply } from './replies.ts'

const claude = (server: ModelServer, more: Partial<AnthropicOptions> = {}): Model =>
  anthropic({ apiKey: server.apiKey, baseUrl: server.url, model: 'claude-haiku-5-5', fetch, clock: systemClock, ...more })

for (const model of ['claude-haiku-5-5', 'claude-sonnet-5-5'])
  modelContract(`anthropic with ${model}`, async () => {
    const server = await startModelServer()
    return {
      model: claude(server, { model, idleMs: 200 }),
      next: (reply) => server.script([wireReply(reply)]),
      sent: () => server.requests.map(({ text }) => text),
      close: server.close,
    }
  })

describe('Claude', () => {
  let server: ModelServer
  const servers: ModelServer[] = []
  const start = async (options: ModelServerOptions = {}) => {
    const started = await startModelServer(options)
    servers.push(started)
    return started
  }
  before(async () => {
    server = await start()
  })
  after(() => Promise.all(servers.map((each) => each.close())))
  const signal = new AbortController().signal
  const text = (words: string): Block => ({ type: 'text', text: words })
  const refusal = async (model: Model): Promise<Error> =>
    model.complete(asks('Well?'), signal).then(
      () => assert.fail('it answered'),
      (error: Error) => error,
    )

  it('writes what it thinks to the cache once, and reads more of it with every turn', async () => {
    const server = await start()
    server.script((_, n) => ({
      content: Array.from({ length: 12 }, (_, i) => ({
        type: 'tool_use',
        id: `t${n}_${i}`,
        name: 'query_metrics',
        input: { query: `q${i}` },
      })),
    }))
    const model = claude(server)
    let messages: readonly Message[] = asks(`Alert. ${'context '.repeat(100)}`).messages
    const usages: Usage[] = []
    for (let turn = 0; turn < 4; turn++) {
      const { content, usage } = await model.complete(asks('', { messages }), signal)
      usages.push(usage)
      const results = content.flatMap((block): Block[] =>
        block.type === 'tool_use' ? [{ type: 'tool_result', tool_use_id: block.id, content: 'x'.repeat(400), is_error: false }] : [],
      )
      messages = [...messages, { role: 'assistant', content }, { role: 'user', content: results }]
    }
    assert.equal(usages[0]?.cache_read, 0)
    for (const [at, usage] of usages.entries()) {
      assert.equal(usage.input, 0, 'the last block is a breakpoint, so all of it is cached')
      const previous: Usage | undefined = usages[at - 1]
      // 24 blocks lie between two breakpoints: more than Claude looks back.
      if (previous) assert.equal(usage.cache_read, previous.cache_read + previous.cache_write)
    }
    const body = server.requests.at(-1)?.body
    assert.ok(JSON.stringify(body?.system).includes('"cache_control":{"type":"ephemeral"}'))
  })

  it('asks a model that takes no tool_choice in words, without spoiling the cache or keeping what it thought of them', async () => {
    const server = await start()
    const think: Block = { type: 'opaque', provider: '', value: { type: 'thinking', thinking: 'hm', signature: 's1' } }
    const seen: (string | null)[] = []
    server.script((request) => {
      seen.push(forcedTool(request))
      return { content: [think, { type: 'tool_use', id: 't1', name: 'submit_analysis', input: {} }] }
    })
    const model = claude(server, { model: 'claude-sonnet-5-5' })
    const free = await model.complete(asks('Conclude'), signal)
    const forced = await model.complete(asks('Conclude', { force: 'submit_analysis' }), signal)
    assert.deepEqual(seen, [null, 'submit_analysis'])
    assert.deepEqual(
      server.requests.map(({ body }) => body?.tool_choice?.type),
      ['auto', 'tool', 'auto'],
    )
    assert.equal(forced.usage.cache_read, free.usage.cache_write)
    assert.deepEqual(
      forced.content.map(({ type }) => type),
      ['tool_use'],
    )
    await model.complete(asks('Conclude', { force: 'submit_analysis' }), signal)
    assert.equal(server.requests.length, 4, 'it asks in vain only once')
  })

  it('gives thinking back to the same model as it came, and to no other', async () => {
    const server = await start()
    const thinking = { type: 'thinking', thinking: 'a thought that is longer than one piece of the stream', signature: 'sig' }
    const unknown = { type: 'server_tool_use', id: 's1', name: 'n', input: { a: 1 } }
    const opaque = (value: unknown): Block => ({ type: 'opaque', provider: '', value })
    server.script([{ content: [opaque(thinking), opaque(unknown), text('Yes.')] }])
    const model = claude(server)
    const { content } = await model.complete(asks('One'), signal)
    const messages: Message[] = [...asks('One').messages, { role: 'assistant', content }, { role: 'user', content: [text('Two')] }]
    server.script([{ content: [text('Yes.')] }, { content: [text('Yes.')] }])
    await model.complete(asks('', { messages }), signal)
    assert.deepEqual(server.requests.at(-1)?.body?.messages[1]?.content, [thinking, unknown, text('Yes.')])
    await claude(server, { model: 'claude-haiku-5-6' }).complete(asks('', { messages }), signal)
    assert.deepEqual(server.requests.at(-1)?.body?.messages[1]?.content, [text('Yes.')])
  })

  it('sends no sampling parameters and streams', async () => {
    server.script([{ content: [text('Yes.')] }])
    await claude(server).complete(asks('Well?'), signal)
    const body = server.requests.at(-1)?.body
    assert.equal(body?.stream, true)
    assert.deepEqual(Object.keys(body ?? {}).sort(), ['max_tokens', 'messages', 'model', 'stream', 'system', 'tool_choice', 'tools'])
  })

  it('keeps every reason to stop', async () => {
    for (const stop of ['max_tokens', 'refusal', 'pause_turn', 'model_context_window_exceeded', 'stop_sequence'] as const) {
      server.script([{ content: [text('So far')], stop }])
      assert.equal((await claude(server).complete(asks('Well?'), signal)).stop, stop)
    }
  })

  it('marks a tool input that max_tokens cut', async () => {
    server.script([{ brokenJson: true }])
    const { content } = await claude(server).complete(asks('Well?'), signal)
    assert.equal(content[0]?.type === 'tool_use' && brokenToolInput(content[0].input), '{"query": "up')
  })

  it('says how to mend a refused key, an unknown model and a forbidden one', async () => {
    const key = await refusal(claude(server, { apiKey: 'wrong' }))
    assert.ok(key instanceof PermanentError)
    assert.match(key.message, /invalid x-api-key.*VIGIL_CLAUDE_API_KEY/)
    const model = await refusal(claude(server, { model: 'gpt-4' }))
    assert.ok(model instanceof PermanentError)
    assert.match(model.message, /gpt-4.*VIGIL_CLAUDE_MODEL/)
    server.script([{ status: 403, message: 'not yours' }])
    assert.match((await refusal(claude(server))).message, /not yours.*VIGIL_CLAUDE_API_KEY/)
  })

  it('never shows the key', async () => {
    const error = await refusal(claude(server, { apiKey: 'sk-ant-secret' }))
    assert.ok(!`${error.message} ${JSON.stringify(error.cause)}`.includes('sk-ant-secret'))
  })

  it('tells an error in the stream that may pass from one that will not', async () => {
    server.script([{ errorEvent: 'api_error' }, { errorEvent: 'invalid_request_error' }])
    assert.ok((await refusal(claude(server))) instanceof TransientError)
    assert.ok((await refusal(claude(server))) instanceof PermanentError)
  })

  it('may be asked again when nobody listens, wherever the stream breaks, and when it ends too early', async () => {
    assert.ok((await refusal(claude(server, { baseUrl: 'http://127.0.0.1:1' }))) instanceof TransientError)
    const turn = { content: [text('One two three four five six seven eight nine ten')] }
    // The turn has 8 events: every place where it can break.
    for (let cutAfterEvents = 0; cutAfterEvents < 8; cutAfterEvents++) {
      server.script([{ cutAfterEvents, turn }])
      assert.ok((await refusal(claude(server))) instanceof TransientError, `after ${cutAfterEvents}`)
    }
    const early: typeof fetch = async () =>
      new Response('event: ping\ndata: {"type":"ping"}\n\n', { headers: { 'content-type': 'text/event-stream' } })
    assert.match((await refusal(claude(server, { fetch: early }))).message, /ended before/)
  })

  it('understands a date to wait for', async () => {
    const clock: Clock = { ...systemClock, now: () => new Date('2026-11-20T03:00:00Z') }
    const busy: typeof fetch = async () =>
      Response.json(
        { type: 'error', error: { type: 'rate_limit_error', message: 'slow' } },
        { status: 429, headers: { 'retry-after': 'Fri, 20 Nov 2026 03:00:30 GMT' } },
      )
    const error = await refusal(claude(server, { clock, fetch: busy }))
    assert.ok(error instanceof TransientError)
    assert.equal(error.afterMs, 30_000)
  })

  it('gives up after 25 s without a byte, and not while bytes come', async () => {
    const timers: { ms: number; run: () => void; cancelled: boolean }[] = []
    const clock: Clock = {
      ...systemClock,
      after: (ms, run) => {
        const timer = { ms, run, cancelled: false }
        timers.push(timer)
        return () => {
          timer.cancelled = true
        }
      },
    }
    server.script([{ silence: 5000 }])
    const turn = refusal(claude(server, { clock }))
    for (let tries = 0; timers.length < 3 && tries < 400; tries++) await systemClock.sleep(5)
    assert.ok(timers.length >= 3, 'bytes begin the wait anew')
    const live = timers.filter(({ cancelled }) => !cancelled)
    assert.deepEqual(
      live.map(({ ms }) => ms),
      [25_000],
    )
    live[0]?.run()
    const error = await turn
    assert.ok(error instanceof TransientError)
    assert.match(error.message, /nothing for 25 s/)
  })

  it('leaves no timer behind', async () => {
    const live = new Set<number>()
    let n = 0
    const clock: Clock = {
      ...systemClock,
      after: () => {
        const id = n++
        live.add(id)
        return () => live.delete(id)
      },
    }
    server.script([{ content: [text('Yes.')] }])
    await claude(server, { clock }).complete(asks('Well?'), signal)
    assert.ok(n > 1)
    assert.equal(live.size, 0)
  })
})
