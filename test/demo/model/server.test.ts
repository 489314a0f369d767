import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ModelServer, startModelServer } from '../../../src/demo/model/server.ts'

describe('the fake model server', () => {
  let server: ModelServer
  before(async () => {
    server = await startModelServer({ script: () => ({ content: [{ type: 'text', text: 'Yes.' }] }) })
  })
  after(() => server.close())

  const headers = () => ({ 'x-api-key': server.apiKey, 'anthropic-version': '2026-10-21' })
  const user = (content: unknown) => ({ role: 'user', content })
  const call = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'look', input: {} }] }
  const result = { type: 'tool_result', tool_use_id: 't1', content: 'x' }
  const good = {
    model: 'claude-haiku-5-5',
    max_tokens: 10,
    messages: [user('Hello?')],
    tools: [{ name: 'look', input_schema: { type: 'object' } }],
  }
  const post = async (body: unknown, more: { path?: string; headers?: Record<string, string> } = {}) => {
    const response = await fetch(`${server.url}${more.path ?? '/v1/messages'}`, {
      method: 'POST',
      headers: more.headers ?? headers(),
      body: JSON.stringify(body),
    })
    return {
      status: response.status,
      body: (await response.json()) as { error?: { type: string; message: string } } & Record<string, unknown>,
    }
  }

  it('answers without streaming and counts tokens', async () => {
    const { status, body } = await post(good)
    assert.equal(status, 200)
    assert.deepEqual(body.content, [{ type: 'text', text: 'Yes.' }])
    assert.equal(body.stop_reason, 'end_turn')
    const { max_tokens, ...counted } = good
    const count = await post(counted, { path: '/v1/messages/count_tokens' })
    assert.equal(count.body.input_tokens, (body.usage as { input_tokens: number }).input_tokens)
  })

  it('keeps requests to the byte, refused ones too', async () => {
    const before = server.requests.length
    await post({ ...good, temperature: 1 })
    assert.equal(server.requests.length, before + 1)
    assert.equal(server.requests.at(-1)?.text, JSON.stringify({ ...good, temperature: 1 }))
  })

  it('wants a key and a version', async () => {
    assert.equal((await post(good, { headers: { 'anthropic-version': '1' } })).status, 401)
    assert.equal((await post(good, { headers: { ...headers(), 'x-api-key': 'wrong' } })).body.error?.type, 'authentication_error')
    assert.equal((await post(good, { headers: { 'x-api-key': server.apiKey } })).status, 400)
    assert.equal((await post(good, { headers: { authorization: `Bearer ${server.apiKey}`, 'anthropic-version': '1' } })).status, 200)
    assert.equal((await post({ ...good, model: 'gpt-4' })).body.error?.type, 'not_found_error')
  })

  const sonnet = { ...good, model: 'claude-sonnet-5-5' }
  const force = { type: 'tool', name: 'look' }
  const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }
  const refused: [string, unknown, RegExp][] = [
    ['no max_tokens', { ...good, max_tokens: undefined }, /^max_tokens: Field required/],
    ['a temperature', { ...good, temperature: 0 }, /temperature.*deprecated/],
    ['no messages', { ...good, messages: [] }, /at least one message/],
    ['an assistant that begins', { ...good, messages: [call, user([result])] }, /first message must use the "user" role/],
    ['two users in a row', { ...good, messages: [user('a'), user('b')] }, /roles must alternate/],
    ['an assistant at the end', { ...good, messages: [user('a'), { role: 'assistant', content: 'b' }] }, /must end with a user message/],
    ['an empty message', { ...good, messages: [user([])] }, /non-empty content/],
    ['empty text', { ...good, messages: [user([{ type: 'text', text: '' }])] }, /text content blocks must be non-empty/],
    ['an unknown block', { ...good, messages: [user([{ type: 'opaque' }])] }, /Input tag 'opaque'/],
    [
      'a call without a result',
      { ...good, messages: [user('a'), call, user('b')] },
      /^messages\.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1/,
    ],
    ['a result without a call', { ...good, messages: [user([result])] }, /unexpected `tool_use_id` found in `tool_result` blocks: t1/],
    ['two results for a call', { ...good, messages: [user('a'), call, user([result, result])] }, /single result/],
    ['an unknown forced tool', { ...good, tool_choice: { type: 'tool', name: 'leap' } }, /Tool 'leap' not found/],
    ['a forced tool of a model that always thinks', { ...sonnet, tool_choice: force }, /^tool_choice/],
    ['five breakpoints', { ...good, messages: [user([marked, marked, marked, marked, marked])] }, /maximum of 4 blocks/],
  ]
  for (const [name, body, message] of refused)
    it(`refuses ${name}`, async () => {
      const answer = await post(body)
      assert.equal(answer.status, 400)
      assert.equal(answer.body.error?.type, 'invalid_request_error')
      assert.match(answer.body.error?.message ?? '', message)
    })

  it('takes what is right', async () => {
    assert.equal((await post({ ...good, tool_choice: force })).status, 200)
    assert.equal((await post({ ...good, messages: [user('a'), call, user([result, { type: 'text', text: 'b' }])] })).status, 200)
  })

  it('reads from the cache only the same bytes, of the same model', async () => {
    const long = (tail: string, model = good.model) => ({
      ...good,
      model,
      system: [{ ...marked, text: 'long '.repeat(200) }],
      messages: [user([{ ...marked, text: tail }])],
    })
    const usage = async (body: unknown) => (await post(body)).body.usage as Record<string, number>
    const first = await usage(long('one'))
    assert.equal(first['cache_read_input_tokens'], 0)
    const again = await usage(long('one'))
    assert.equal(again['cache_read_input_tokens'], first['cache_creation_input_tokens'])
    assert.equal(again['cache_creation_input_tokens'], 0)
    const other = await usage(long('two'))
    assert.ok(other['cache_read_input_tokens']! > 200 && other['cache_creation_input_tokens']! > 0)
    assert.equal((await usage(long('one', 'claude-opus-5-5')))['cache_read_input_tokens'], 0)
    const forced = await usage({ ...long('one'), tool_choice: force })
    assert.equal(forced['cache_read_input_tokens'], other['cache_read_input_tokens'], 'another tool_choice loses the messages')
  })

  it('says so when the script has run out', async () => {
    const short = await startModelServer({ script: [] })
    try {
      const response = await fetch(`${short.url}/v1/messages`, { method: 'POST', headers: { ...headers() }, body: JSON.stringify(good) })
      assert.match(await response.text(), /the script has no turn 1/)
    } finally {
      await short.close()
    }
  })
})
