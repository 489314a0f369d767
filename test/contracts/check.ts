import assert from 'node:assert/strict'
import { systemClock } from '../../src/context.ts'
import type { AnyCheck, Checking } from '../../src/remediation/checks/check.ts'
import { clean } from '../../src/text/clean.ts'
import { createRedactor } from '../../src/text/redact.ts'

export const checking = (over: Partial<Checking> = {}): Checking => ({
  sources: {},
  fetch: globalThis.fetch,
  clock: systemClock,
  browser: undefined,
  since: new Date(Date.now() - 60_000),
  named: {},
  redact: (text) => createRedactor().redact(clean(text)),
  signal: AbortSignal.timeout(5000),
  ...over,
})

/** What holds for every check: it never throws, says what it cannot see, and takes no key that it does not know. */
export const checkContract = async (check: AnyCheck, input: object): Promise<void> => {
  assert.equal(check.fault(input), null)
  assert.notEqual(check.fault({ ...input, surprise: 1 }), null)
  assert.equal((await check.run({ kind: check.kind, surprise: 1 }, checking())).outcome, 'unknown')
  const broken = checking({
    fetch: async () => {
      throw new Error('no network')
    },
    signal: AbortSignal.abort(new Error('withdrawn')),
  })
  const result = await check.run(input, broken)
  assert.notEqual(result.outcome, 'good')
  assert.ok(result.detail.length > 0 && result.detail.length < 500)
}
