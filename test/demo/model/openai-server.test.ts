import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Dialect } from '../../../src/demo/model/openai/wire.ts'
import { type OpenaiServer, startOpenaiServer } from '../../../src/demo/model/openai-server.ts'

describe('the fake OpenAI-compatible server', () => {
  const servers: OpenaiServer[] = []
  after(() => Promise.all(servers.map((server) => server.close())))
  const start = async (dialect: Dialect = {}) => {
    const server = await startOpenaiServer({ dialect, script: () => ({ content: [{ type: 'text', text: 'Yes.' }] }) })
    servers.push(server)
    return server
  }
  const post = async (server: OpenaiServer, body: unknown, headers: Record<string, string> = { authorization: 'Bearer sk-demo' }) => {
    const response = await fetch(`${server.url}/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, text: await response.text() }
  }

  const user = { role: 'user', content: 'Hello?' }
  const called = (more: object = {}, name = 'look') => ({ id: 'c1', type: 'function', function: { name, arguments: '{}' }, ...more })
  const calling = (...calls: object[]) => ({ role: 'assistant', tool_calls: calls.length > 0 ? calls : [called()] })
  const result = (more: object = {}) => ({ role: 'tool', tool_call_id: 'c1', content: 'x', ...more })
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }]
  const good = { model: 'm', max_tokens: 10, messages: [user, calling(), result()], tools }

  it('answers with a stream that ends with the usage and [DONE], or with one object', async () => {
    const server = await start()
    const streamed = await post(server, { ...good, stream: true, stream_options: { include_usage: true } })
    const events = streamed.text.trim().split('\n\n')
    assert.equal(events.at(-1), 'data: [DONE]')
    assert.match(events.at(-2) ?? '', /"choices":\[\],"usage":\{"prompt_tokens":\d+/)
    assert.match(events.at(-3) ?? '', /"finish_reason":"stop"/)
    const whole = JSON.parse((await post(server, good)).text)
    assert.equal(whole.choices[0].message.content, 'Yes.')
    assert.ok(whole.usage.prompt_tokens_details.cached_tokens > 0, 'it read all of that before')
  })

  it('wants its key, its path and a model that it has', async () => {
    const server = await start()
    assert.equal((await post(server, good, {})).status, 401)
    assert.equal((await fetch(`${server.url}/completions`, { method: 'POST', headers: { authorization: 'Bearer sk-demo' } })).status, 404)
    assert.match((await post(server, { ...good, model: 'no-such-model' })).text, /model_not_found/)
  })

  for (const [what, body, said] of [
    ['a field of another API', { ...good, system: 'x' }, /Unrecognized request argument/],
    ['no messages', { ...good, messages: [] }, /too short/],
    ['an empty content', { ...good, messages: [{ role: 'user', content: '' }] }, /must not be empty/],
    [
      'a content of blocks that it does not know',
      { ...good, messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
      /expected a string/,
    ],
    ['an assistant who says nothing', { ...good, messages: [user, { role: 'assistant' }, user] }, /needs content or tool_calls/],
    ['two users in a row', { ...good, messages: [user, user] }, /must alternate/],
    ['a system text in the middle', { ...good, messages: [user, { role: 'system', content: 'x' }] }, /at the beginning/],
    ['a call without an answer', { ...good, messages: [user, calling(), user] }, /did not have response messages: c1/],
    ['an answer without a call', { ...good, messages: [user, result()] }, /must be a response to a preceeding message/],
    [
      'an id of 41 characters',
      { ...good, messages: [user, calling(called({ id: 'x'.repeat(41) })), result({ tool_call_id: 'x'.repeat(41) })] },
      /maximum length 40/,
    ],
    ['no id', { ...good, messages: [user, calling(called({ id: '' })), result({ tool_call_id: '' })] }, /Missing required parameter/],
    ['one id twice', { ...good, messages: [user, calling(called(), called()), result()] }, /duplicate/],
    ['a name with a dot', { ...good, messages: [user, calling(called({}, 'a.b')), result()] }, /does not match pattern/],
    [
      'arguments that are no object',
      { ...good, messages: [user, calling(called({ function: { name: 'look', arguments: '{"a' } })), result()] },
      /invalid tool call arguments/,
    ],
    ['a last word of the assistant', { ...good, messages: [user, { role: 'assistant', content: 'x' }] }, /last message/],
    ['an unknown forced tool', { ...good, tool_choice: { type: 'function', function: { name: 'hear' } } }, /no function named/],
    ['an empty list of tools', { ...good, tools: [] }, /too short/],
    ['stream_options without a stream', { ...good, stream_options: { include_usage: true } }, /only allowed when/],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { status, text } = await post(await start(), body)
      assert.equal(status, 400, text)
      assert.match(text, said)
    })

  it('wraps its refusals like the server whose dialect it speaks', async () => {
    const bodies = []
    for (const errors of [undefined, 'list', 'text', 'flat', 'detail'] as const) {
      const { text } = await post(await start(errors === undefined ? {} : { errors }), { ...good, messages: [] })
      bodies.push(JSON.parse(text))
    }
    const [openai, gemini, ollama, vllm, fastapi] = bodies
    assert.equal(openai.error.type, 'invalid_request_error')
    assert.equal(gemini[0].error.status, 'INVALID_ARGUMENT')
    assert.equal(typeof ollama.error, 'string')
    assert.equal(vllm.object, 'error')
    assert.equal(typeof fastapi.detail, 'string')
  })
})
