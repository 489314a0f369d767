import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { shellWord } from '../../src/text/shell.ts'

test('whatever a word is made of, a shell reads it back as that one word and runs nothing of it', () => {
  const words = [
    'prod-eu',
    'a b',
    "it's",
    '$(id)',
    '`id`',
    ';id',
    '&&',
    '|',
    '>x',
    '*',
    '~',
    '#',
    '!',
    '\\',
    "'",
    "''",
    '"',
    'a\nb',
    '',
    '-x',
    '=a',
    '{a,b}',
  ]
  const read = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], { encoding: 'utf8' })
  assert.deepEqual(read.split('\0').slice(0, -1), words)
  assert.equal(shellWord('alertname="High"'), `'alertname="High"'`)
})
