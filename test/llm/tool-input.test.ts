import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brokenToolInput, parseToolInput } from '../../src/llm/tool-input.ts'

describe("a tool's input", () => {
  it('is the object that the model wrote, or an empty one for no text', () => {
    assert.deepEqual(parseToolInput('{"query":"up"}'), { query: 'up' })
    assert.deepEqual(parseToolInput(''), {})
    assert.equal(brokenToolInput(parseToolInput('{"query":"up"}')), undefined)
  })

  it('keeps the text of what is not an object, also through the transcript', () => {
    for (const text of ['{"query": "u', '[1]', '"up"', 'null', 'query: up']) {
      const stored: unknown = JSON.parse(JSON.stringify(parseToolInput(text)))
      assert.equal(brokenToolInput(stored), text)
    }
  })

  it('is not broken for being strange', () => {
    for (const input of [undefined, null, 'text', [], { __broken_json: 1 }, { __broken_json: 'x', more: 1 }])
      assert.equal(brokenToolInput(input), undefined)
  })
})
