import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelOf } from '../../src/logs/level.ts'

const level = (line: string, labels: Record<string, string> = {}) => levelOf({ at: '2026-11-20T21:51:00Z', line, labels })

test('what a program wrote as its level counts before its words', () => {
  const lines: [string, string][] = [
    ['{"level":"error","msg":"no luck"}', 'error'],
    ['{"level":50,"msg":"no luck"}', 'error'],
    ['{"severity":"WARNING","message":"request failed"}', 'warning'],
    ['level=info msg="retry after error" errors=3', 'other'],
    ['2026-11-20 21:51:00 INFO c.s.Checkout failed over to the second region', 'other'],
    ['21:51:00.123 ERROR c.s.ContactsImpl#37 no contacts', 'error'],
    ['2026/11/20 21:51:00 [error] 31#31: *1 connect() failed', 'error'],
    ['E1120 21:51:00.123456       1 reflector.go:138] cannot list', 'error'],
    ['W1120 21:51:00.123456       1 warnings.go:70] deprecated', 'warning'],
  ]
  for (const [line, expected] of lines) assert.equal(level(line), expected, line)
})

test('a label of the line is its level, unless it says that nobody knows', () => {
  assert.equal(level('upstream timeout request 1', { level: 'info' }), 'other')
  assert.equal(level('all is well', { level: 'critical' }), 'error')
  assert.equal(level('upstream timeout request 1', { detected_level: 'unknown' }), 'error')
})

test('without a level the words say it, but not where they count nothing', () => {
  for (const line of [
    'upstream timeout request 1',
    'java.lang.NullPointerException: null',
    'panic: runtime error',
    'dial tcp: connection refused',
  ]) {
    assert.equal(level(line), 'error', line)
  }
  for (const line of ['done, errors=0', '{"error":null,"took":3}', 'finished with 0 errors', 'no error', 'order 12 placed']) {
    assert.equal(level(line), 'other', line)
  }
})
