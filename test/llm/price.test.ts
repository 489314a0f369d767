import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultPrices, priceOf, usd } from '../../src/llm/price.ts'

describe('the price of a call', () => {
  it('counts each bucket at its own price', () => {
    const usage = { input: 1_000_000, output: 100_000, cache_read: 2_000_000, cache_write: 400_000 }
    assert.equal(usd(usage, { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 }), 3 + 1.5 + 0.6 + 1.5)
  })

  it('makes cached rounds cheaper than uncached ones', () => {
    const price = defaultPrices['claude-sonnet-5-5']!
    const cached = usd({ input: 0, output: 0, cache_read: 90_000, cache_write: 10_000 }, price)
    assert.ok(cached < usd({ input: 100_000, output: 0, cache_read: 0, cache_write: 0 }, price) / 4)
  })

  it('is found for dated names, by the longest name, and not for strangers', () => {
    const a = { input: 1, output: 1, cache_read: 1, cache_write: 1 }
    const b = { ...a, input: 2 }
    assert.equal(priceOf('m-5-5-20261007', { 'm-5': a, 'm-5-5': b }), b)
    assert.equal(priceOf('m-5', { 'm-5': a, 'm-5-5': b }), a)
    assert.equal(priceOf('m-55', { 'm-5': a }), undefined)
    assert.equal(priceOf('llama', defaultPrices), undefined)
  })

  it('is found for models of other providers, by their name with or without the provider before it', () => {
    const free = { input: 0, output: 0, cache_read: 0, cache_write: 0 }
    const paid = { ...free, input: 1 }
    assert.equal(priceOf('qwen3:32b', { 'openai/qwen3:32b': free }), free)
    assert.equal(priceOf('qwen3:32b', { qwen3: free, 'qwen3:32b': paid }), paid)
    assert.equal(priceOf('openai/gpt-oss-120b', { 'openai/gpt-oss-120b': free }), free)
    assert.equal(priceOf('gpt-oss-120b', { 'openai/gpt-oss-120b': free }), free)
    assert.equal(priceOf('qwen3', { 'qwen3:32b': paid }), undefined)
  })
})
