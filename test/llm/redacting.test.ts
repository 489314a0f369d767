import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermanentError } from '../../src/errors.ts'
import type { Model, ModelRequest } from '../../src/llm/model.ts'
import { redacting } from '../../src/llm/redacting.ts'
import { asks } from '../contracts/model.ts'

const listening = (): Model & { heard: ModelRequest[] } => {
  const heard: ModelRequest[] = []
  return {
    id: 'ear',
    heard,
    complete: async (request) => {
      heard.push(request)
      return { content: [], stop: 'end_turn', usage: { input: 0, output: 0, cache_read: 0, cache_write: 0 }, model: 'ear', ms: 0 }
    },
  }
}

const request = asks('hunter2 in a text', {
  system: 'hunter2 in the system',
  tools: [{ name: 'query_metrics', description: 'hunter2 in a tool', input_schema: { type: 'object' } }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'hunter2 in a text' }] },
    {
      role: 'assistant',
      content: [
        { type: 'opaque', provider: 'ear', value: { signature: 'hunter2 as it came' } },
        {
          type: 'tool_use',
          id: 't1',
          name: 'query_metrics',
          input: { query: 'hunter2', deep: [{ more: 'hunter2', n: 2 }], hunter2: null },
        },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'hunter2 in a result', is_error: false }] },
  ],
})
const signal = new AbortController().signal

describe('a redacting model', () => {
  it('lets no text out unredacted, and leaves what the provider signed as it came', async () => {
    const ear = listening()
    const before = structuredClone(request)
    await redacting(ear, (text) => text.replaceAll('hunter2', '[secret]')).complete(request, signal)
    const out = JSON.stringify(ear.heard)
    assert.equal(out.split('hunter2').length - 1, 1)
    assert.ok(out.includes('hunter2 as it came'))
    assert.equal(out.split('[secret]').length - 1, 7)
    assert.deepEqual(request, before, 'the transcript keeps what it had')
  })

  it('sends nothing when redaction fails, and does not repeat the text in the error', async () => {
    const ear = listening()
    const failing = redacting(ear, (text) => {
      if (text.includes('result')) throw new RangeError(`cannot redact: ${text}`)
      return text
    })
    await assert.rejects(failing.complete(request, signal), (error) => {
      assert.ok(error instanceof PermanentError)
      assert.match(error.message, /redaction failed, nothing was sent/)
      assert.ok(!`${error.message}${error.stack}${error.cause}`.includes('hunter2'))
      return true
    })
    assert.equal(ear.heard.length, 0)
  })
})
