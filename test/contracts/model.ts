import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermanentError, TransientError } from '../../src/errors.ts'
import type { Block, Message, Model, ModelRequest, ToolSpec } from '../../src/llm/model.ts'
import { brokenToolInput } from '../../src/llm/tool-input.ts'

/** A provider on a fake of its wire. `make` gives a fresh one each time. */
export type ModelWorld = {
  readonly model: Model
  /** What the wire answers next. */
  next(reply: ModelReply): void
  /** The bodies that went over the wire, as text. */
  sent(): readonly string[]
  close(): Promise<void>
}

export type ModelReply =
  | { readonly content: readonly Block[] }
  | 'overloaded'
  | 'rate limited for 7 s'
  | 'server error'
  | 'cut'
  | 'error in the stream'
  | 'silence'
  | 'broken tool input'
  | 'refused key'
  | 'refused request'

const tool = (name: string): ToolSpec => ({
  name,
  description: `The tool ${name}`,
  input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
})

export const asks = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  system: 'You are on call.',
  tools: [tool('query_metrics'), tool('submit_analysis')],
  messages: [{ role: 'user', content: [{ type: 'text', text }] }],
  max_tokens: 1000,
  force: null,
  ...more,
})

/** What every provider of src/llm owes. */
export const modelContract = (name: string, make: () => Promise<ModelWorld>): void => {
  const using = async (run: (world: ModelWorld) => Promise<void>) => {
    const world = await make()
    try {
      await run(world)
    } finally {
      await world.close()
    }
  }
  const signal = new AbortController().signal
  const calls: Block[] = [
    { type: 'text', text: 'I look at both.' },
    { type: 'tool_use', id: 'a1', name: 'query_metrics', input: { query: 'up', labels: { b: [1, null, 'ä'] } } },
    { type: 'tool_use', id: 'a2', name: 'query_metrics', input: { query: 'rate(x[5m])' } },
  ]

  describe(`the model ${name}`, () => {
    it('answers with text, a reason to stop, whole token counts and the model that answered', () =>
      using(async ({ model, next }) => {
        next({ content: [{ type: 'text', text: 'All is well: 100 % 🙂' }] })
        const turn = await model.complete(asks('How is it?'), signal)
        assert.deepEqual(turn.content, [{ type: 'text', text: 'All is well: 100 % 🙂' }])
        assert.equal(turn.stop, 'end_turn')
        for (const [bucket, count] of Object.entries(turn.usage)) assert.ok(Number.isInteger(count) && count >= 0, bucket)
        assert.ok(turn.usage.output > 0)
        assert.ok(turn.usage.input + turn.usage.cache_write + turn.usage.cache_read > 0)
        assert.notEqual(turn.model, '')
        assert.ok(turn.ms >= 0)
      }))

    it('keeps parallel tool calls in order, with their inputs', () =>
      using(async ({ model, next }) => {
        next({ content: calls })
        const turn = await model.complete(asks('Look'), signal)
        assert.deepEqual(turn.content, calls)
        assert.equal(turn.stop, 'tool_use')
      }))

    it('takes its own turn and the results back, and changes nothing of the request', () =>
      using(async ({ model, next }) => {
        next({ content: calls })
        const first = asks('Look')
        const turn = await model.complete(first, signal)
        const results: Message = {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a1', content: 'up 1', is_error: false },
            { type: 'tool_result', tool_use_id: 'a2', content: 'no such metric', is_error: true },
          ],
        }
        const second = { ...first, messages: [...first.messages, { role: 'assistant' as const, content: turn.content }, results] }
        const before = structuredClone(second)
        next({ content: [{ type: 'text', text: 'Done.' }] })
        assert.equal((await model.complete(second, signal)).stop, 'end_turn')
        assert.deepEqual(second, before)
      }))

    it('says the same bytes again for the same request', () =>
      using(async ({ model, next, sent }) => {
        for (let turn = 0; turn < 2; turn++) {
          next({ content: [{ type: 'text', text: 'Yes.' }] })
          await model.complete(asks('Same?'), signal)
        }
        assert.equal(sent().length, 2)
        assert.equal(sent()[0], sent()[1])
      }))

    it('insists on the forced tool', () =>
      using(async ({ model, next, sent }) => {
        next({ content: [{ type: 'tool_use', id: 'a1', name: 'submit_analysis', input: { query: 'q' } }] })
        const forced = await model.complete(asks('Conclude', { force: 'submit_analysis' }), signal)
        assert.equal(forced.content[0]?.type, 'tool_use')
        const insisting = sent().at(-1)
        next({ content: [{ type: 'text', text: 'Yes.' }] })
        await model.complete(asks('Conclude'), signal)
        assert.notEqual(insisting, sent().at(-1))
      }))

    it('does not send what another provider thought', () =>
      using(async ({ model, next, sent }) => {
        next({ content: [{ type: 'text', text: 'Yes.' }] })
        const thought: Message = {
          role: 'assistant',
          content: [{ type: 'opaque', provider: 'somebody', value: { secret: 'foreign thought' } }],
        }
        const { messages } = asks('One')
        await model.complete(
          asks('', { messages: [...messages, thought, { role: 'user', content: [{ type: 'text', text: 'Two' }] }] }),
          signal,
        )
        assert.ok(!sent().join().includes('foreign thought'))
      }))

    it('hands on a tool input that is not JSON as its text, and takes it back', () =>
      using(async ({ model, next }) => {
        next('broken tool input')
        const first = asks('Look')
        const turn = await model.complete(first, signal)
        const call = turn.content.find((block) => block.type === 'tool_use')
        assert.ok(call)
        const stored = structuredClone(call)
        assert.equal(typeof brokenToolInput(stored.input), 'string')
        next({ content: [{ type: 'text', text: 'Sorry.' }] })
        const result: Block = { type: 'tool_result', tool_use_id: call.id, content: 'input is not JSON', is_error: true }
        const messages: Message[] = [...first.messages, { role: 'assistant', content: turn.content }, { role: 'user', content: [result] }]
        assert.equal((await model.complete({ ...first, messages }, signal)).stop, 'end_turn')
      }))

    for (const reply of ['overloaded', 'server error', 'cut', 'error in the stream', 'silence'] as const)
      it(`may be asked again after: ${reply}`, () =>
        using(async ({ model, next, sent }) => {
          next(reply)
          await assert.rejects(model.complete(asks('Well?'), signal), TransientError)
          assert.equal(sent().length, 1, 'the loop redoes turns, nobody below it does')
        }))

    it('says how long to wait when it is told', () =>
      using(async ({ model, next }) => {
        next('rate limited for 7 s')
        await assert.rejects(model.complete(asks('Well?'), signal), (error) => error instanceof TransientError && error.afterMs === 7000)
      }))

    for (const reply of ['refused key', 'refused request'] as const)
      it(`need not be asked again after: ${reply}`, () =>
        using(async ({ model, next }) => {
          next(reply)
          await assert.rejects(model.complete(asks('Well?'), signal), PermanentError)
        }))

    it('stops at once when it is told to, with the reason given', () =>
      using(async ({ model, next }) => {
        const stop = new AbortController()
        const reason = new Error('the investigation was stopped')
        next('silence')
        const turn = model.complete(asks('Well?'), stop.signal)
        setTimeout(() => stop.abort(reason), 30)
        await assert.rejects(turn, (error) => error === reason)
        await assert.rejects(model.complete(asks('Well?'), AbortSignal.abort(reason)), (error) => error === reason)
      }))
  })
}
