import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesBetween } from '../../src/text/changed-lines.ts'

const between = (before: string, after: string) => linesBetween(before.replaceAll(' ', '\n'), after.replaceAll(' ', '\n')).join(' ')

test('lines that go and come are told in their order, and nothing that differs is left out', () => {
  assert.equal(between('a b c', 'a x c'), '- b + x')
  assert.equal(between('a b c d e', 'a x c d y'), '- b + x - e + y')
  assert.equal(between('a b', 'b a'), '- a + a', 'a place alone')
  assert.equal(between('a a b', 'a b'), '- a', 'one of two alike')
  assert.equal(between('a b', 'a b'), '')
  assert.equal(between('', 'a'), '-  + a')
  const many = Array.from({ length: 600 }, (_, i) => `l${i}`)
  const lines = linesBetween(`x\n${many.join('\n')}\ny`, `z\n${many.join('\n')}\nw`)
  assert.equal(lines.length, 2 * (600 + 2))
})
