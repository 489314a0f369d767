import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut, splitInto } from '../../src/text/cut.ts'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const pieces = (text: string): string[] => [...graphemes.segment(text)].map(({ segment }) => segment)

const written = fc
  .array(
    fc.constantFrom(
      'a',
      'bc ',
      '\n',
      '\n\n',
      '👩‍👩‍👧‍👦',
      '👍🏽',
      'é',
      '🇩🇪',
      '&amp;',
      '&lt;',
      '`',
      '```',
      ' ',
      '<https://grafana.corp/d|E3>',
      'word',
      '한',
      '&',
      '<',
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(''))

test('what fits stays, what does not ends with the suffix', () => {
  assert.equal(cut('abcdef', 6), 'abcdef')
  assert.equal(cut('abcdef', 5), 'abcd…')
  assert.equal(cut('abcdef', 5, ' (more)'), ' (mor')
  assert.equal(cut('abcdef', 0), '')
})

test('a cut tears no grapheme and keeps the limit', () => {
  fc.assert(
    fc.property(written, fc.integer({ min: 0, max: 80 }), (text, max) => {
      const result = cut(text, max)
      assert.ok(result.length <= max)
      if (result === text) return
      const kept = result.replace(/…$/, '')
      assert.ok(text.startsWith(kept))
      assert.equal(pieces(text).slice(0, pieces(kept).length).join(''), kept)
    }),
    { numRuns: 2000 },
  )
})

test('in mrkdwn a cut tears no entity and no link, and closes code it cuts open', () => {
  const options = { mrkdwn: true }
  assert.equal(cut('a &amp; b', 6, '…', options), 'a …')
  assert.equal(cut('see <https://grafana.corp/d|E3> now', 20, '…', options), 'see …')
  assert.equal(cut('run `kubectl get pods` now', 15, '…', options), 'run `kubec`…')
  assert.equal(cut('```\nline one\nline two\n```', 18, '…', options), '```\nline one\n```…')
  fc.assert(
    fc.property(written, fc.integer({ min: 0, max: 80 }), (text, max) => {
      const result = cut(text, max, '…', options)
      assert.ok(result.length <= max)
      if (result === text || result === '') return
      const kept = result.slice(0, -1)
      assert.equal(kept.split('```').length % 2, 1, 'fences are closed')
      if (text.startsWith(kept) && /&\w*$/.test(kept))
        assert.doesNotMatch(text.slice(kept.lastIndexOf('&')), /^&(?:amp|lt);/, 'entities are whole')
      assert.doesNotMatch(kept, /<https:[^>]*$/)
    }),
    { numRuns: 2000 },
  )
})

test('pieces joined are the text, each within the limit, none empty', () => {
  fc.assert(
    fc.property(fc.oneof(written, fc.string({ unit: 'binary' })), fc.integer({ min: 2, max: 60 }), fc.boolean(), (text, max, mrkdwn) => {
      const parts = splitInto(text, max, { mrkdwn })
      assert.equal(parts.join(''), text)
      for (const part of parts) assert.ok(part.length <= max)
      assert.ok(text === '' || parts.every((part) => part !== ''))
    }),
    { numRuns: 3000 },
  )
})

test('pieces break between graphemes where any fits', () => {
  fc.assert(
    fc.property(written, fc.integer({ min: 16, max: 60 }), (text, max) => {
      assert.deepEqual(splitInto(text, max).flatMap(pieces).join('|'), pieces(text).join('|'))
    }),
    { numRuns: 2000 },
  )
})

test('pieces break at paragraphs, else lines, else words', () => {
  assert.deepEqual(splitInto('one two\n\nthree four\nfive', 12), ['one two\n\n', 'three four\n', 'five'])
  assert.deepEqual(splitInto('one two three', 9), ['one two ', 'three'])
  assert.deepEqual(splitInto('', 9), [''])
  assert.deepEqual(splitInto('aaaa &amp; b', 8, { mrkdwn: true }), ['aaaa ', '&amp; b'])
})

test('a megabyte is split in a moment', () => {
  for (const unit of ['a', '&', '<', '👍🏽', '\n', '`', 'word ']) {
    const start = performance.now()
    const parts = splitInto(unit.repeat(Math.ceil(1_000_000 / unit.length)), 3000, { mrkdwn: true })
    assert.ok(parts.length >= 300)
    assert.ok(performance.now() - start < 1000, unit)
  }
})
