import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogLine } from '../../src/logs/line.ts'
import { changedPatterns, type LogWindow } from '../../src/logs/patterns.ts'

const START = Date.parse('2026-11-20T21:00:00Z')

/** So many lines of a statement, evenly over a window of ten minutes; `n` is the number of each. */
const lines = (count: number, line: (n: number) => string): LogLine[] =>
  Array.from({ length: count }, (_, n) => ({ at: new Date(START + (n * 600_000) / count).toISOString(), line: line(n), labels: {} }))

const window = (...all: LogLine[][]): LogWindow => ({ lines: all.flat(), seconds: 600 })

const told = (before: LogWindow, after: LogWindow) =>
  changedPatterns(before, after).map(({ change, text, before: was, after: is }) => `${change} ${was}->${is} ${text}`)

const timeout = (n: number) => `upstream timeout request ${n}`

test('ten errors that were never there are one new pattern, with count, share and all of its lines', () => {
  const [pattern, ...more] = changedPatterns(window(), window(lines(10, timeout)))
  assert.deepEqual(more, [])
  assert.deepEqual(
    [pattern?.change, pattern?.text, pattern?.before, pattern?.after, pattern?.share, pattern?.lines.length],
    ['new', 'upstream timeout request <*>', 0, 10, 1, 10],
  )
  assert.equal(pattern?.at, '2026-11-20T21:00:00.000Z')
})

test('errors that were always there are none, and twice as many of few are chance', () => {
  assert.deepEqual(told(window(lines(100, timeout)), window(lines(104, timeout))), [])
  assert.deepEqual(told(window(lines(2, timeout)), window(lines(5, timeout))), [])
  assert.deepEqual(told(window(lines(20, timeout)), window(lines(90, timeout))), ['grown 20->90 upstream timeout request <*>'])
})

test('one error is no pattern', () => {
  assert.deepEqual(told(window(lines(50, (n) => `order ${n} placed`)), window(lines(1, timeout))), [])
})

test('more traffic is no fault, and its usual errors grow with it', () => {
  const traffic = (times: number) =>
    Array.from('abcdefghij', (name, at) => lines(20 * times, (n) => `INFO ${`${name} `.repeat(at + 1)} of order ${n} done`))
  assert.deepEqual(told(window(...traffic(1), lines(10, timeout)), window(...traffic(6), lines(60, timeout))), [])
})

test('a statement that was regular and has stopped is told while the others go on', () => {
  const placed = (n: number) => `INFO order ${n} placed`
  const seen = (n: number) => `INFO cart ${n} seen by a customer`
  assert.deepEqual(told(window(lines(60, placed), lines(60, seen)), window(lines(60, seen))), ['vanished 60->0 INFO order <*> placed'])
  assert.deepEqual(told(window(lines(60, placed), lines(60, seen)), window()), [], 'no traffic at all')
  const burst = lines(60, placed).slice(0, 12)
  assert.deepEqual(told(window(burst, lines(60, seen)), window(lines(60, seen))), [], 'a burst was no habit')
})

test('a service that has just come has no past to be compared with', () => {
  const usual = Array.from('abcdefghij', (name, at) => lines(30, (n) => `INFO ${`${name} `.repeat(at + 1)} of order ${n} done`))
  assert.deepEqual(told(window(), window(...usual, lines(5, timeout))), [])
})

test('where the usual statements are wild, more is asked of an error', () => {
  const counts = [10, 60, 20, 50, 30, 40, 15, 55, 25, 45]
  const usual = (all: readonly number[]) => all.map((count, at) => lines(count, (n) => `INFO ${'step '.repeat(at + 1)}of order ${n} done`))
  const quiet = told(window(...usual(counts), lines(10, timeout)), window(...usual(counts), lines(36, timeout)))
  assert.deepEqual(quiet, ['grown 10->36 upstream timeout request <*>'])
  assert.deepEqual(told(window(...usual(counts), lines(10, timeout)), window(...usual(counts.toReversed()), lines(36, timeout))), [])
})

test('three thousand lines are compared in well under a tenth of a second', () => {
  const many = Array.from({ length: 60 }, (_, kind) =>
    lines(25, (n) => `INFO kind${'x'.repeat(kind)} of request ${n} id ${n * 7919} took ${n} ms`),
  )
  changedPatterns(window(...many), window(...many))
  const start = performance.now()
  changedPatterns(window(...many), window(...many))
  assert.ok(performance.now() - start < 150)
})
