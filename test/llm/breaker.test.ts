import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBreaker } from '../../src/llm/breaker.ts'

describe('a breaker', () => {
  const at = () => {
    const clock = { ms: 1000, monotonic: () => clock.ms }
    const breaker = createBreaker(clock)
    const fail = (times: number) => {
      for (let n = 0; n < times; n++) breaker.enter()?.failed()
    }
    return { clock, breaker, fail }
  }

  it('lets everything in until three calls failed within 60 s', () => {
    const { breaker, clock, fail } = at()
    fail(2)
    clock.ms += 59_000
    assert.ok(breaker.enter())
    fail(1)
    assert.equal(breaker.enter(), undefined)
    assert.equal(breaker.restMs(), 30_000)
  })

  it('forgets failures after 60 s', () => {
    const { breaker, clock, fail } = at()
    fail(2)
    clock.ms += 60_000
    fail(1)
    assert.ok(breaker.enter())
  })

  it('lets one call in after 30 s, and all when that one went well', () => {
    const { breaker, clock, fail } = at()
    fail(3)
    clock.ms += 29_999
    assert.equal(breaker.enter(), undefined)
    clock.ms += 1
    const probe = breaker.enter()
    assert.ok(probe)
    assert.equal(breaker.enter(), undefined, 'one at a time')
    probe.succeeded()
    assert.ok(breaker.enter())
    fail(2)
    assert.ok(breaker.enter(), 'it counts anew')
  })

  it('rests again when that one failed, and lets the next one in when it says nothing', () => {
    const { breaker, clock, fail } = at()
    fail(3)
    clock.ms += 30_000
    breaker.enter()?.failed()
    assert.equal(breaker.restMs(), 30_000)
    clock.ms += 30_000
    breaker.enter()?.left()
    assert.ok(breaker.enter())
  })

  it('does not heed calls from before the rest', () => {
    const { breaker, clock, fail } = at()
    const early = [breaker.enter(), breaker.enter()]
    fail(3)
    clock.ms += 10_000
    early[0]?.failed()
    assert.equal(breaker.restMs(), 20_000)
    clock.ms += 20_000
    assert.ok(breaker.enter())
    early[1]?.succeeded()
    assert.equal(breaker.enter(), undefined, 'the one that was let in is still out')
  })
})
