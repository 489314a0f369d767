import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grown, profileOf } from '../../src/profiles/compare.ts'

/** total 100: main 100 (self 10) calls acquire 60 (self 60) and render 30 (self 10), which calls itself, 20. */
const flames = {
  names: ['total', 'main', 'acquire', 'render'],
  levels: [
    [0, 100, 0, 0],
    [0, 100, 10, 1],
    [0, 60, 60, 2, 0, 30, 10, 3],
    [60, 20, 20, 3],
  ],
}

test('a flame graph gives each function its own time and that with what it called; recursion counts once', () => {
  const { total, functions } = profileOf(flames)
  assert.equal(total, 100)
  assert.deepEqual(Object.fromEntries(functions), {
    main: { self: 10, total: 100 },
    acquire: { self: 60, total: 60 },
    render: { self: 30, total: 30 },
  })
})

test('what grew is named by its share, the most first, also what was not there before', () => {
  const before = profileOf({
    names: ['total', 'main', 'render'],
    levels: [
      [0, 50, 0, 0],
      [0, 50, 25, 1],
      [0, 25, 25, 2],
    ],
  })
  const changes = grown(profileOf(flames), before)
  assert.deepEqual(
    changes.map(({ name, self, selfBefore }) => [name, self, selfBefore]),
    [['acquire', 0.6, 0]],
  )
  assert.deepEqual(grown(before, before), [])
})

test('nothing, and bars that fit nowhere, give nothing', () => {
  assert.deepEqual(profileOf({ names: [], levels: [] }), { total: 0, functions: new Map() })
  assert.equal(
    profileOf({
      names: ['total'],
      levels: [
        [0, 5, 0, 0],
        [0, 5, 5, 7],
        [1, 2],
      ],
    }).functions.size,
    0,
  )
  assert.deepEqual(grown(profileOf({ names: [], levels: [] }), profileOf(flames)), [])
})
