import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { accuracy, columns } from '../../bench/logs.ts'
import { cluster, clustering } from '../../src/logs/cluster.ts'
import type { LogLine } from '../../src/logs/line.ts'
import { mask } from '../../src/logs/mask.ts'

const at = (index: number): string => `2026-02-03T03:00:${String(index % 60).padStart(2, '0')}.${String(index).padStart(9, '0')}Z`
const lines = (texts: readonly string[]): LogLine[] => texts.map((line, index) => ({ at: at(index), line, labels: {} }))
const texts = (of: readonly string[]): string[] => cluster(lines(of)).map(({ text }) => text)

test('values are masked: numbers, hexadecimal, ids, addresses, paths; lists of them are one', () => {
  assert.equal(mask('took 12.5ms for 0x1f at 10.0.0.1:8080'), 'took <*> for <*> at <*>')
  assert.equal(mask('user=ana id=7f3c, trace=[4bf92f35] (try 2/3)'), 'user=ana id=<*>, trace=[<*>] (try <*>)')
  assert.equal(mask('read /var/log/app.log by ana@example.com from 1,2,3'), 'read <*> by <*> from <*>')
  assert.equal(mask('log4j and jk2_init() stay, a / b too'), 'log4j and jk2_init() stay, a / b too')
  assert.equal(mask(''), '')
})

test('lines of one statement are one template, with its number, times and an example', () => {
  const [first, second] = cluster(
    lines(['conn 1 from 10.0.0.1 closed', 'cache miss', 'conn 22 from 10.0.0.2 closed', 'conn 3 from 10.0.0.3 closed']),
  )
  assert.equal(first?.text, 'conn <*> from <*> closed')
  assert.deepEqual([first?.count, first?.share, first?.first, first?.last], [3, 0.75, at(0), at(3)])
  assert.equal(first?.example.line, 'conn 1 from 10.0.0.1 closed')
  assert.equal(second?.text, 'cache miss')
})

test('many words at one place are values, few are different statements', () => {
  const users = ['ana', 'ben', 'eve', 'bob', 'mallory', 'trent', 'peggy', 'victor']
  assert.deepEqual(texts(users.map((user) => `session opened for user ${user} by root`)), ['session opened for user <*> by root'])
  assert.deepEqual(texts(['VM Started (Lifecycle Event)', 'VM Stopped (Lifecycle Event)', 'VM Paused (Lifecycle Event)']).length, 3)
})

test('the unit of a size belongs to its value', () => {
  assert.deepEqual(texts(['stored (size 1.2 KB, free 3 MB)', 'stored (size 80 B, free 3 MB)']), ['stored (size <*>, free <*>)'])
})

test('a value in the first word does not split a statement', () => {
  const hosts = ['a.example:80', 'b.example:443', 'c.example:80', 'd.example:80', 'e.example:80', 'f.example:80', 'g.example:80']
  assert.deepEqual(texts(hosts.map((host, index) => `${host} close, ${index} bytes sent, ${index} bytes received`)), [
    '<*> close, <*> bytes sent, <*> bytes received',
  ])
})

test('times of different precision are compared as times', () => {
  const [template] = cluster(
    ['2026-02-03T03:00:05.1Z', '2026-02-03T03:00:05Z', '2026-02-03T03:00:04.9Z'].map((time) => ({ at: time, line: 'x', labels: {} })),
  )
  assert.deepEqual([template?.first, template?.last], ['2026-02-03T03:00:04.9Z', '2026-02-03T03:00:05.1Z'])
})

const line = fc
  .array(fc.constantFrom('user', 'ana', '12', '/a/b', 'x=1', '(ok)', 'failed', '\t', 'é', '<*>'), { maxLength: 8 })
  .map((words) => words.join(' '))

test('every line is in one template, whatever the order of lines', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 60 }), (all) => {
      const { templates, of } = clustering(lines(all))
      assert.equal(
        templates.reduce((sum, { count }) => sum + count, 0),
        all.length,
      )
      for (const text of all) assert.ok(templates.includes(of(text) as never))
      const again = (order: readonly string[]): string[] =>
        cluster(lines(order))
          .map(({ text, count }) => `${count} ${text}`)
          .sort()
      assert.deepEqual(again(all.toReversed()), again(all))
    }),
    { numRuns: 300 },
  )
})

test('hostile lines end in a moment', () => {
  const words = (index: number): string => Array.from({ length: 100 }, (_, at) => 'abcdefghij'[(index * (at + 7) * 31 + at) % 10]).join(' ')
  for (const all of [
    Array.from({ length: 5000 }, (_, index) => words(index)),
    ['a'.repeat(1_000_000)],
    ['1,'.repeat(500_000)],
    [' '.repeat(1_000_000)],
  ]) {
    const start = performance.now()
    cluster(lines(all))
    assert.ok(performance.now() - start < 2000)
  }
})

const LOGHUB = join(import.meta.dirname, '../../../shared/data/loghub')
const systems = existsSync(LOGHUB) ? readdirSync(LOGHUB, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : []

test('recorded logs of four systems are grouped as people did, in mean 92 of 100 lines', {
  skip: systems.length === 0 && 'data/loghub is not here',
}, (context) => {
  const scores = systems.map(({ name }) => {
    const { contents, events } = columns(readFileSync(join(LOGHUB, name, 'structured.csv'), 'utf8'))
    const score = accuracy(contents, events)
    context.diagnostic(`${name}: GA ${score.ga.toFixed(3)}, FGA ${score.fga.toFixed(3)}`)
    return score
  })
  const mean = (of: 'ga' | 'fga'): number => scores.reduce((sum, score) => sum + score[of], 0) / scores.length
  assert.ok(mean('ga') >= 0.92)
  assert.ok(mean('fga') >= 0.88)
})
