import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Baseline, type Look, UNSEEN, watched } from '../../src/remediation/watch.ts'

const baseline: Baseline = { value: 12, text: '12 %', at: '2026-11-20T03:00:00.000Z', evidence: null }
const times = { done: 0, until: 600_000, needMs: 60_000 }

/** What two such looks come to. */
const twice = (over: Partial<Look>, before: Baseline | null = baseline) => {
  const look: Look = { at: 30_000, sample: 30_000, side: 'bad', value: 12, limit: 5, unwell: [], harm: [], ...over }
  const { watch } = watched(UNSEEN, look, { baseline: before, times })
  return watched(watch, { ...look, at: 60_000, sample: 60_000 }, { baseline: before, times }).outcome
}

test('worse is half as far again on the wrong side, on either side of a limit, and never by what is not known', () => {
  // Before the deed it was 7 beyond its limit of 5: half as far again is 15.5.
  assert.equal(twice({ value: 15.5 }), null)
  assert.equal(twice({ value: 15.6 }), 'worsened')
  const low = { ...baseline, value: 3 }
  assert.equal(twice({ value: 2 }, low), null)
  assert.equal(twice({ value: 1.9 }, low), 'worsened')
  // Close to its limit half as far again is next to nothing.
  assert.equal(twice({ value: 5.5 }, { ...baseline, value: 5.1 }), null)
  assert.equal(twice({ value: 5.7 }, { ...baseline, value: 5.1 }), 'worsened')
  const looks = (...values: number[]) =>
    values.reduce<ReturnType<typeof watched>>(
      ({ watch }, value, i) =>
        watched(watch, { at: i, sample: i, side: 'bad', value, limit: 5, unwell: [], harm: [] }, { baseline, times }),
      { watch: UNSEEN, outcome: null },
    ).outcome
  assert.equal(looks(99, 12, 99), null, 'not two in a row')
  for (const unknown of [{ value: null }, { limit: null }, { side: 'blind', value: 99 }, { side: 'good', value: 99 }] as const)
    assert.notEqual(twice({ value: 99, ...unknown }), 'worsened', JSON.stringify(unknown))
  assert.equal(twice({ value: 99 }, null), null)
  assert.equal(twice({ value: 99 }, { ...baseline, value: null }), null)
})

test('what a rollout stirred up is in rates of two minutes for so long, and no harm yet; what stays is', () => {
  const look = (at: number): Look => ({ at, sample: at, side: 'good', value: 1, limit: 5, unwell: ['x'], harm: ['x'] })
  const until = (end: number, last = look(end)) =>
    [...Array.from({ length: end / 10_000 }, (_, i) => look(i * 10_000)), last].reduce<ReturnType<typeof watched>>(
      ({ watch }, one) => watched(watch, one, { baseline, times }),
      { watch: UNSEEN, outcome: null },
    ).outcome
  assert.equal(until(170_000), null)
  assert.equal(until(180_000), 'worsened')
})

test('good is good for as long as it must be by its samples, not by the looks, and a single doubt begins it anew', () => {
  const look = (at: number, over: Partial<Look> = {}): Look => ({
    at,
    sample: at,
    side: 'good',
    value: 1,
    limit: 5,
    unwell: [],
    harm: [],
    ...over,
  })
  const run = (...looks: Look[]) =>
    looks.reduce<ReturnType<typeof watched>>(({ watch }, one) => watched(watch, one, { baseline, times }), { watch: UNSEEN, outcome: null })
      .outcome
  assert.equal(run(look(0), look(59_999)), null)
  assert.equal(run(look(0), look(60_000)), 'verified')
  assert.equal(run(look(0), look(120_000, { sample: 30_000 })), null, 'the same old sample')
  for (const doubt of [{ side: 'blind' }, { side: 'bad' }, { unwell: ['1 of 2 pods ready'] }] as const)
    assert.equal(run(look(0), look(30_000, doubt), look(60_000), look(119_999)), null)
  assert.equal(run(look(0), look(30_000, { side: 'bad' }), look(60_000), look(120_000)), 'verified')
})
