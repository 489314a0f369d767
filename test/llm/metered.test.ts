import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { PermanentError, TransientError } from '../../src/errors.ts'
import { type ModelCall, metered } from '../../src/llm/metered.ts'
import type { Model } from '../../src/llm/model.ts'
import { asks } from '../contracts/model.ts'

describe('a metered model', () => {
  const usage = { input: 1, output: 2, cache_read: 3, cache_write: 4 }
  const none = { input: 0, output: 0, cache_read: 0, cache_write: 0 }
  const measure = async (complete: Model['complete'], signal = new AbortController().signal): Promise<ModelCall[]> => {
    const calls: ModelCall[] = []
    let now = 0
    const clock = { ...systemClock, monotonic: () => (now += 50) }
    const model = metered({ id: 'm', complete }, { clock, onCall: (call) => calls.push(call) })
    await model.complete(asks('Well?'), signal).catch(() => undefined)
    return calls
  }

  it('reports what an answer took', async () => {
    const calls = await measure(async () => ({ content: [], stop: 'end_turn', usage, model: 'm-1', ms: 7 }))
    assert.deepEqual(calls, [{ model: 'm-1', ms: 7, usage, outcome: 'ok' }])
  })

  it('reports failures by whether they may pass, and hands the error on', async () => {
    const failing = (error: Error) => () => Promise.reject(error)
    assert.deepEqual(await measure(failing(new TransientError('busy'))), [{ model: 'm', ms: 50, usage: none, outcome: 'transient' }])
    assert.deepEqual(await measure(failing(new PermanentError('no'))), [{ model: 'm', ms: 50, usage: none, outcome: 'permanent' }])
    assert.equal((await measure(failing(new Error('stop')), AbortSignal.abort()))[0]?.outcome, 'transient')
    const broken = metered({ id: 'm', complete: failing(new PermanentError('no')) }, { clock: systemClock, onCall: () => undefined })
    await assert.rejects(broken.complete(asks('Well?'), new AbortController().signal), /^PermanentError: no$/)
  })
})
