import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minutesLeft } from '../../../src/investigation/rules/minutes-left.ts'
import type { OwnState } from '../../../src/investigation/rules/rule.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'

const NOW_S = Date.parse('2026-11-20T22:00:00Z') / 1000

/** One value a minute for half an hour, `perMinute` apart and ending at `last`, with a little noise. */
const own = (
  expression: string,
  { last, perMinute, threshold, noise = 0 }: { last: number; perMinute: number; threshold: number; noise?: number },
): OwnState => {
  const points = Array.from(
    { length: 30 },
    (_, i) => [NOW_S - (29 - i) * 60, last - (29 - i) * perMinute + noise * Math.sin(i * 7)] as const,
  )
  const answer = {
    ...{ source: 'prometheus', query: expression, range: null, complete: true, shown: '30 points' },
    output: { kind: 'series' as const, series: [{ labels: {}, points }] },
  }
  return {
    ...{ expression, state: '', value: last, threshold, firing: true, onset: new Date(), onsetSeen: true, forSeconds: 60, chart: null },
    answers: [answer],
  }
}

const DISK = 'node_filesystem_avail_bytes / node_filesystem_size_bytes'
const filling = own(DISK, { last: 0.08, perMinute: -0.001, threshold: 0.1 })
const input = (state: OwnState | null) => ruleInput({ own: state, subject: 'db-1' })

ruleContract(minutesLeft, { found: input(filling), nothing: input(own(DISK, { last: 0.08, perMinute: 0, threshold: 0.1 })) })

const said = async (state: OwnState) => (await evaluate(minutesLeft, input(state))).findings[0]

test('a disk that fills says when it is full, at which rate', async () => {
  const found = await said(filling)
  assert.match(found?.summary ?? '', /^db-1 reaches nothing left at 23:20 UTC, in 80 min, if it goes on at 0\.001 a minute\.$/)
  assert.equal(found?.severity, 'medium')
  const used = await said(
    own('100 * (1 - node_filesystem_free_bytes / node_filesystem_size_bytes)', { last: 95, perMinute: 0.1, threshold: 90 }),
  )
  assert.match(used?.summary ?? '', /reaches 100 % at 22:50 UTC, in 50 min/)
  assert.equal(used?.severity, 'high')
})

test('what is no line, moves away from its end, is days off or never runs out is not foretold', async () => {
  assert.equal(await said(own(DISK, { last: 0.08, perMinute: -0.001, threshold: 0.1, noise: 0.2 })), undefined)
  assert.equal(await said(own(DISK, { last: 0.08, perMinute: 0.001, threshold: 0.1 })), undefined)
  assert.equal(await said(own(DISK, { last: 0.08, perMinute: -0.00001, threshold: 0.1 })), undefined)
  assert.equal(await said(own('errors / requests', { last: 0.2, perMinute: 0.01, threshold: 0.05 })), undefined)
})
