import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration, parseDuration, parseMoment } from '../../src/datasources/time.ts'

test('durations are read as Prometheus writes them, and nothing else', () => {
  assert.deepEqual(['5m', '1h30m', '500ms', '2d', '1w', '1.5h'].map(parseDuration), [300, 5400, 0.5, 172_800, 604_800, 5400])
  assert.deepEqual(['', '5', '5 m', 'm', '-5m', '5M', '5m!'].map(parseDuration), Array(7).fill(undefined))
})

test('durations are written in the units that fit', () => {
  assert.deepEqual([90, 3600, 604_800, 0, 86_461].map(formatDuration), ['1m30s', '1h', '7d', '0s', '1d1m1s'])
})

test('a moment is now, so long ago, or RFC 3339', () => {
  const now = new Date('2026-11-20T22:00:00Z')
  const read = (text: string) => parseMoment(text, now)?.toISOString()
  assert.equal(read('now'), '2026-11-20T22:00:00.000Z')
  assert.equal(read('-1h'), '2026-11-20T21:00:00.000Z')
  assert.equal(read('now-1h30m'), '2026-11-20T20:30:00.000Z')
  assert.equal(read('2026-11-20T21:51:03.568674523Z'), '2026-11-20T21:51:03.568Z')
  assert.equal(read('2026-11-20T21:51:03+02:00'), '2026-11-20T19:51:03.000Z')
  assert.equal(read('2026-11-20 21:51'), '2026-11-20T21:51:00.000Z')
  for (const text of ['', 'yesterday', '1795211456', '-1', '2026-13-40T00:00:00Z', '-1h; rm']) assert.equal(read(text), undefined, text)
})
