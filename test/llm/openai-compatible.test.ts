import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type Clock, systemClock } from '../../src/context.ts'
import type { Dialect } from '../../src/demo/model/openai/wire.ts'
import { type OpenaiServer, type OpenaiServerOptions, startOpenaiServer } from '../../src/demo/model/openai-server.ts'
import type { Script } from '../../src/demo/model/script.ts'
import { PermanentError, TransientError } from '../../src/errors.ts'
import type { Block, Message, Model, ModelRequest, ModelTurn } from '../../src/llm/model.ts'
import { type OpenaiOptions, openaiCompatible } from '../../src/llm/openai-compatible.ts'
import { brokenToolInput } from '../../src/llm/tool-input.ts'
import { troubleOf } from '../../src/llm/trouble.ts'
import { asks, type ModelWorld, modelContract } from '../contracts/model.ts'
import { wireReply } from './replies.ts'

const modelAt = (server: OpenaiServer, more: Partial<OpenaiOptions> = {}): Model =>
  openaiCompatible({ apiKey: server.apiKey ?? undefined, baseUrl: server.url, model: 'qwen3:32b', fetch, clock: systemClock, ...more })

const world = (dialect: Dialect) => async (): Promise<ModelWorld> => {
  const server = await startOpenaiServer({ dialect })
  return {
    model: modelAt(server, { idleMs: 200 }),
    next: (reply) => server.script([wireReply(reply)]),
    sent: () => server.requests.map(({ text }) => text),
    close: server.close,
  }
}

/** Each server as its documentation and its threads describe it; what is only refused is told in the tests below. */
const dialects: Readonly<Record<string, Dialect>> = {
  OpenAI: {},
  Ollama: { limit: 'max_tokens', callIndex: 'zero', toolChoice: 'ignored', reasons: 'always stop', errors: 'text' },
  Gemini: { callIndex: 'missing', calls: 'whole', usage: 'in every chunk', reasons: 'always stop', errors: 'list' },
  vLLM: { errors: 'flat', usage: 'missing', end: 'no done' },
}
for (const [name, dialect] of Object.entries(dialects)) modelContract(`openai-compatible at ${name}`, world(dialect))

describe('an OpenAI-compatible model', () => {
  const servers: OpenaiServer[] = []
  after(() => Promise.all(servers.map((server) => server.close())))
  const start = async (dialect: Dialect = {}, options: OpenaiServerOptions = {}) => {
    const server = await startOpenaiServer({ dialect, ...options })
    servers.push(server)
    return server
  }
  const signal = new AbortController().signal
  const text = (words: string): Block => ({ type: 'text', text: words })
  const use = (id: string, input: unknown = { query: id }): Block => ({ type: 'tool_use', id, name: 'query_metrics', input })
  const answered = (id: string): Block => ({ type: 'tool_result', tool_use_id: id, content: `answer to ${id}`, is_error: false })
  const ask = async (server: OpenaiServer, script: Script, request: ModelRequest = asks('Well?')): Promise<ModelTurn> => {
    server.script(script)
    return await modelAt(server).complete(request, signal)
  }
  const refusal = async (model: Model, request = asks('Well?')): Promise<Error> =>
    model.complete(request, signal).then(
      () => assert.fail('it answered'),
      (error: Error) => error,
    )
  /** A model on a network that answers every request alike. */
  const on = (response: () => Response): Model =>
    openaiCompatible({ apiKey: 'k', baseUrl: 'https://models.example/v1', model: 'm', clock: systemClock, fetch: async () => response() })
  const refusing = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    on(() => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }))
  const streaming = (...events: unknown[]) =>
    on(
      () =>
        new Response(events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''), {
          headers: sse,
        }),
    )
  const sse = { 'content-type': 'text/event-stream' }
  const chunk = (delta: object, finish_reason: string | null = null) => ({ choices: [{ delta, finish_reason }] })
  const both: Block[] = [use('a1'), use('a2')]

  for (const [name, dialect] of Object.entries({
    'the index 0 for every call': { callIndex: 'zero' },
    'no index': { callIndex: 'missing' },
    'whole calls': { calls: 'whole' },
    'arguments that are an object': { calls: 'object' },
    'the reason stop for a tool call': { reasons: 'always stop' },
    'no [DONE]': { end: 'no done' },
    'no reason to stop': { end: 'no reason' },
    'no stream': { streams: false },
    'thoughts aloud': { thinks: 100 },
  } satisfies Record<string, Dialect>))
    it(`takes ${name}`, async () => {
      const turn = await ask(await start(dialect), [{ content: [text('Both.'), ...both] }])
      assert.deepEqual([turn.stop, turn.content], ['tool_use', [text('Both.'), ...both]])
    })

  it('gives calls without an id one that the history does not have', async () => {
    for (const dialect of [
      { callIds: 'missing' },
      { callIds: 'missing', callIndex: 'missing' },
      { callIds: 'missing', callIndex: 'zero' },
    ] as const) {
      const server = await start(dialect)
      const first = await ask(server, [{ content: both }])
      const ids = (turn: ModelTurn) => turn.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
      const results = ids(first).map(answered)
      const messages: Message[] = [
        ...asks('Well?').messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results },
      ]
      const second = await ask(server, [{ content: both }], asks('', { messages }))
      assert.equal(new Set([...ids(first), ...ids(second)]).size, 4)
      assert.ok([...ids(first), ...ids(second)].every((id) => /^[\w-]{1,40}$/.test(id)))
    }
  })

  it('keeps two calls of one tool apart that come without index and id, also where they are the same', async () => {
    const server = await start({ callIds: 'missing', callIndex: 'zero' })
    const turn = await ask(server, [{ content: [use('a', { query: 'up' }), use('b', { query: 'up' })] }])
    assert.equal(turn.content.length, 2)
  })

  it('asks for max_completion_tokens after max_tokens was refused, once in its life', async () => {
    const server = await start({ limit: 'max_completion_tokens' })
    server.script(() => ({ content: [text('Yes.')] }))
    const model = modelAt(server)
    for (let n = 0; n < 2; n++) await model.complete(asks('Well?'), signal)
    assert.deepEqual(
      server.requests.map(({ body }) => [body?.max_tokens, body?.max_completion_tokens]),
      [
        [1000, undefined],
        [undefined, 1000],
        [undefined, 1000],
      ],
    )
  })

  it('learns the same for calls side by side', async () => {
    const server = await start({ limit: 'max_completion_tokens', streamOptions: 'refused' })
    server.script(() => ({ content: [text('Yes.')] }))
    const model = modelAt(server)
    const turns = await Promise.all([1, 2, 3, 4].map(() => model.complete(asks('Well?'), signal)))
    assert.equal(turns.length, 4)
  })

  it('goes without stream_options where they are refused, and counts by itself what nobody counted', async () => {
    const server = await start({ streamOptions: 'refused' })
    const { usage } = await ask(server, [{ content: [text('x'.repeat(400))] }], asks('y'.repeat(4000)))
    assert.ok(usage.input > 1000 && usage.input < 1400, String(usage.input))
    assert.equal(usage.output, 100)
  })

  it('counts what was read from the cache apart, and what was thought as output', async () => {
    const server = await start({ thinks: 400 })
    const first = await ask(server, [{ content: [text('Yes.')] }], asks('z'.repeat(4000)))
    const second = await ask(server, [{ content: [text('Yes.')] }], asks('z'.repeat(4000)))
    assert.equal(first.usage.cache_read, 0)
    assert.equal(second.usage.input + second.usage.cache_read, first.usage.input)
    assert.ok(second.usage.cache_read > 1000)
    assert.ok(first.usage.output > 100, 'completion_tokens leaves the 100 thought tokens out, the total does not')
  })

  it('insists on a tool by tool_choice and in words, and in words alone where tool_choice is refused', async () => {
    const submit: Block = { type: 'tool_use', id: 's1', name: 'submit_analysis', input: {} }
    const force = asks('Conclude', { force: 'submit_analysis' })
    for (const toolChoice of [undefined, 'ignored', 'refused'] as const) {
      const server = await start(toolChoice === undefined ? {} : { toolChoice })
      const seen: string[] = []
      const script: Script = (request) => {
        seen.push(request.tool_choice?.name ?? 'free')
        return { content: [submit] }
      }
      const turn = await ask(server, script, force)
      assert.deepEqual(turn.content, [submit])
      assert.deepEqual(seen, ['submit_analysis'])
      assert.equal(server.requests.length, toolChoice === 'refused' ? 2 : 1)
    }
  })

  it('says the words after the results of tools, and in one message with other words', async () => {
    const server = await start()
    const asked = (content: Block[]): ModelRequest => {
      const messages: Message[] = [...asks('One').messages, { role: 'assistant', content: [use('a1')] }, { role: 'user', content }]
      return asks('', { messages, force: 'submit_analysis' })
    }
    server.script(() => ({ content: [text('Yes.')] }))
    const model = modelAt(server)
    await model.complete(asked([answered('a1')]), signal)
    await model.complete(asked([answered('a1'), text('Also this.')]), signal)
    const roles = server.requests.map(({ body }) => body?.messages.map(({ role }) => role).join(' '))
    assert.deepEqual(roles, ['system user assistant tool user', 'system user assistant tool user'])
    assert.match(
      server.requests[1]?.body?.messages.at(-1)?.content ?? '',
      /^Also this\.\n\nAnswer with one call of the tool submit_analysis/,
    )
  })

  it('gives Gemini its signatures back, and a documented stand-in for calls that another model made', async () => {
    const server = await start({ signs: true, callIndex: 'missing', errors: 'list' })
    const model = modelAt(server)
    server.script(() => ({ content: both }))
    const mine = await model.complete(asks('One'), signal)
    const results: Message = { role: 'user', content: both.flatMap((block) => (block.type === 'tool_use' ? [answered(block.id)] : [])) }
    const foreign: Message[] = [...asks('Zero').messages, { role: 'assistant', content: [use('toolu_1'), use('toolu_2')] }]
    const messages: Message[] = [
      ...foreign,
      { role: 'user', content: [answered('toolu_1'), answered('toolu_2')] },
      { role: 'assistant', content: mine.content },
      results,
    ]
    // The loop stores turns as JSON, and may give calls other ids.
    await model.complete(asks('', { messages: structuredClone(messages) }), signal)
    const signatures = server.requests
      .at(-1)
      ?.body?.messages.flatMap(({ tool_calls }) => (tool_calls ?? []).map(({ extra_content }) => extra_content?.google?.thought_signature))
    assert.deepEqual(signatures, ['skip_thought_signature_validator', undefined, 'signature of a1', undefined])
    assert.equal(server.requests.length, 3, 'one request was refused for the missing signature')
  })

  it('sends Gemini only the JSON Schema that it knows, once it was refused', async () => {
    const server = await start({ schemas: 'plain', errors: 'list' })
    const input_schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: {
        limit: { type: 'integer', exclusiveMinimum: 0, maximum: 100 },
        kind: { oneOf: [{ const: 'a' }, { type: ['string', 'null'], default: 'b' }] },
        list: {
          type: 'array',
          items: { type: 'object', additionalProperties: false, properties: { at: { type: 'string', format: 'x' } } },
        },
      },
      additionalProperties: false,
    }
    await ask(server, () => ({ content: [text('Yes.')] }), asks('Well?', { tools: [{ name: 'query', description: 'd', input_schema }] }))
    const [refused, taken] = server.requests.map(({ body }) => body?.tools?.[0]?.function.parameters)
    assert.ok(!JSON.stringify(refused).includes('$schema'), 'nobody needs it')
    assert.deepEqual(taken, {
      type: 'object',
      properties: {
        limit: { type: 'integer', maximum: 100 },
        kind: { anyOf: [{ enum: ['a'] }, { type: 'string', nullable: true }] },
        list: { type: 'array', items: { type: 'object', properties: { at: { type: 'string' } } } },
      },
    })
  })

  it('sends no key where there is none, and never shows one', async () => {
    const open = await start({}, { apiKey: null })
    await ask(open, [{ content: [text('Yes.')] }])
    assert.equal(open.requests[0]?.headers.authorization, undefined)
    const echo = refusing(401, { error: { message: 'Incorrect API key provided: k-secret-k' } })
    assert.match((await refusal(echo)).message, /\[key\]/)
    const error = await refusal(modelAt(await start(), { apiKey: 'sk-very-secret' }))
    assert.ok(!`${error.message} ${JSON.stringify(error.cause)}`.includes('sk-very-secret'))
  })

  it('goes to no other host than the configured one', async () => {
    const seen: RequestInit[] = []
    const network: typeof fetch = async (_, init) => {
      seen.push(init ?? {})
      return Response.json({ choices: [{ message: { content: 'Yes.' }, finish_reason: 'stop' }] })
    }
    await openaiCompatible({ apiKey: 'k', baseUrl: 'https://models.example/v1/', model: 'm', clock: systemClock, fetch: network }).complete(
      asks('?'),
      signal,
    )
    assert.equal(seen[0]?.redirect, 'error')
  })

  it('ends a turn as it ended', async () => {
    const stops = ['max_tokens', 'refusal', 'model_context_window_exceeded', 'end_turn', 'tool_use'] as const
    for (const stop of stops) {
      const content = stop === 'tool_use' ? both : [text('So far')]
      assert.equal((await ask(await start(), [{ content, stop }])).stop, stop)
    }
    const refused = await streaming(chunk({ refusal: 'I cannot.' }), chunk({}, 'stop'), '[DONE]').complete(asks('?'), signal)
    assert.deepEqual([refused.stop, refused.content], ['refusal', [text('I cannot.')]])
  })

  it('marks a call that the limit of tokens cut', async () => {
    const { content } = await ask(await start(), [{ brokenJson: true }])
    assert.equal(content[0]?.type === 'tool_use' && brokenToolInput(content[0].input), '{"query": "up')
  })

  it('ends the turn, and does not fail, where the history is too long', async () => {
    const told: [number, unknown][] = [
      [400, { error: { message: 'Too long', type: 'invalid_request_error', code: 'context_length_exceeded' } }],
      [
        400,
        { object: 'error', message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens", code: 400 },
      ],
      [
        400,
        [
          {
            error: {
              code: 400,
              message: 'The input token count (1500000) exceeds the maximum number of tokens allowed (1048576).',
              status: 'INVALID_ARGUMENT',
            },
          },
        ],
      ],
      [400, { error: { message: 'the request exceeds the available context size, try increasing it', type: 'exceed_context_size_error' } }],
    ]
    for (const [status, body] of told) {
      const turn = await refusing(status, body).complete(asks('?'), signal)
      assert.deepEqual([turn.stop, turn.content], ['model_context_window_exceeded', []])
    }
  })

  it('tells what may pass from what will not, in whatever words it is said', async () => {
    const said: [number, unknown, string, RegExp][] = [
      [401, { error: { message: 'Incorrect API key', code: 'invalid_api_key' } }, 'key', /VIGIL_OPENAI_API_KEY/],
      [
        400,
        [{ error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } }],
        'key',
        /VIGIL_OPENAI_API_KEY/,
      ],
      [403, { detail: 'not yours' }, 'permission', /not yours/],
      [
        404,
        { error: { message: 'model "x" not found, try pulling it first', type: 'api_error' } },
        'model',
        /try pulling it.*VIGIL_OPENAI_MODEL/,
      ],
      [404, '<html><h1>404</h1> page not found</html>', 'model', /404 page not found.*VIGIL_OPENAI_BASE_URL/],
      [400, { error: 'registry.ollama.ai/library/gemma:2b does not support tools' }, 'model', /does not support tools.*calls tools/],
      [
        400,
        { object: 'error', message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set' },
        'model',
        /--enable-auto/,
      ],
      [402, { error: { message: 'Insufficient Balance' } }, 'money', /credit/],
      [
        429,
        { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } },
        'money',
        /credit/,
      ],
      [422, { detail: [{ loc: ['body'], msg: 'field required' }] }, 'request', /field required/],
      [
        429,
        [
          {
            error: {
              code: 429,
              message: 'You exceeded your current quota, please check your plan and billing details.',
              status: 'RESOURCE_EXHAUSTED',
            },
          },
        ],
        'rate_limit',
        /429/,
      ],
      [503, { error: { message: 'server busy, please try again.' } }, 'overloaded', /busy/],
      [500, 'upstream connect error', 'unavailable', /upstream connect error/],
    ]
    for (const [status, body, trouble, words] of said) {
      const error = await refusal(refusing(status, body))
      assert.equal(troubleOf(error), trouble, `${status} ${JSON.stringify(body)}`)
      assert.match(error.message, words)
      assert.equal(error instanceof TransientError, ['rate_limit', 'overloaded', 'unavailable'].includes(trouble))
    }
  })

  it('reads how long to wait from the header, to the millisecond, and from the body', async () => {
    const waits: [Record<string, string>, unknown, number | undefined][] = [
      [{ 'retry-after': '7' }, {}, 7000],
      [{ 'retry-after-ms': '1250', 'retry-after': '2' }, {}, 1250],
      [{}, [{ error: { message: 'm', details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '37.5s' }] } }], 37_500],
      [{}, { error: { message: 'm' } }, undefined],
    ]
    for (const [headers, body, expected] of waits) {
      const error = await refusal(refusing(429, body, headers))
      assert.equal(error instanceof TransientError ? error.afterMs : 'permanent', expected)
    }
  })

  it('may be asked again wherever the stream breaks, and when it ends or turns into nonsense in the middle', async () => {
    const server = await start()
    const turn = { content: [text('One two three four five six seven'), use('a1')] }
    let n = 0
    for (; n < 20; n++) {
      server.script([{ cutAfterEvents: n, turn }])
      assert.ok((await refusal(modelAt(server))) instanceof TransientError, `after ${n}`)
    }
    assert.ok((await refusal(modelAt(server, { baseUrl: 'http://127.0.0.1:1/v1' }))) instanceof TransientError)
    for (const model of [
      streaming(chunk({ content: 'half' })),
      streaming(chunk({ content: 'half' }), '{"choices": [{"del'),
      streaming(chunk({ content: 'half' }), { error: { message: 'out of memory', code: 500 } }, '[DONE]'),
      streaming(chunk({ content: 'half' }, 'error'), '[DONE]'),
      streaming(chunk({ content: 'half' }, 'abort'), '[DONE]'),
    ])
      assert.ok((await refusal(model)) instanceof TransientError)
    const refused = await refusal(streaming({ error: { message: 'bad', type: 'BadRequestError', code: 400 } }, '[DONE]'))
    assert.ok(refused instanceof PermanentError)
  })

  it('passes over comments, and takes a stream in any cut, with any line ends and without a last empty line', async () => {
    const bytes = new TextEncoder().encode(
      `: PROCESSING\r\n\r\nevent: x\r\ndata: ${JSON.stringify(chunk({ content: 'Grüß ' }))}\r\n\r\ndata:${JSON.stringify(chunk({ content: '🙂' }, 'stop'))}`,
    )
    for (const size of [1, 2, 7, 1000]) {
      const body = new ReadableStream<Uint8Array>({
        start: (out) => {
          for (let at = 0; at < bytes.length; at += size) out.enqueue(bytes.slice(at, at + size))
          out.close()
        },
      })
      const turn = await on(() => new Response(body, { headers: sse })).complete(asks('?'), signal)
      assert.deepEqual(turn.content, [text('Grüß 🙂')])
    }
  })

  it('reads content that comes in parts, and no more than 10 MB', async () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'Yes.' },
    ]
    assert.deepEqual((await streaming(chunk({ content: parts }), chunk({}, 'stop')).complete(asks('?'), signal)).content, [text('Yes.')])
    const long = await refusal(streaming(...Array.from({ length: 11 }, () => chunk({ content: 'x'.repeat(1_000_000) }))))
    assert.match(long.message, /longer than 10 MB/)
  })

  it('shortens ids that OpenAI refuses, the same way in every turn', async () => {
    const server = await start()
    const long = `chatcmpl-tool-${'0123456789abcdef'.repeat(2)}`
    server.script(() => ({ content: [text('Yes.')] }))
    const messages: Message[] = [
      ...asks('One').messages,
      { role: 'assistant', content: [use(long)] },
      { role: 'user', content: [answered(long)] },
    ]
    const more: Message[] = [...messages, { role: 'assistant', content: [text('So.')] }, { role: 'user', content: [text('Two')] }]
    for (const history of [messages, more]) await modelAt(server).complete(asks('', { messages: history }), signal)
    const ids = server.requests.map(({ body }) => body?.messages[2]?.tool_calls?.[0]?.id)
    assert.equal(ids[0], ids[1])
    assert.ok((ids[0]?.length ?? 99) <= 40)
  })

  it('gives up after 25 s without a byte, and leaves no timer behind', async () => {
    const timers = new Map<number, { ms: number; run: () => void }>()
    let n = 0
    const clock: Clock = {
      ...systemClock,
      after: (ms, run) => {
        const id = n++
        timers.set(id, { ms, run })
        return () => timers.delete(id)
      },
    }
    const server = await start()
    server.script([{ silence: 5000 }])
    const turn = refusal(modelAt(server, { clock }))
    for (let tries = 0; n < 3 && tries < 400; tries++) await systemClock.sleep(5)
    assert.ok(n >= 3, 'bytes begin the wait anew')
    const [live] = [...timers.values()]
    assert.equal(live?.ms, 25_000)
    live?.run()
    assert.match((await turn).message, /sent nothing for 25 s/)
    assert.equal(timers.size, 0)
  })
})
