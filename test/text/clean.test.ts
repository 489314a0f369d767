import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clean } from '../../src/text/clean.ts'

const ESC = '\u001b'

test('colours, cursor moves and window titles go, their text stays', () => {
  assert.equal(clean(`${ESC}[1;31mERROR${ESC}[0m failed${ESC}[2K`), 'ERROR failed')
  assert.equal(clean(`${ESC}]0;title\u0007done ${ESC}]8;;http://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`), 'done click')
  assert.equal(clean('\u009b31mred'), 'red')
})

test('an escape string that is never ended hides nothing behind it', () => {
  assert.equal(clean(`a${ESC}]0;b\nERROR c`), 'a0;b\nERROR c')
})

test('new lines and tabs stay, other controls go, every kind of line end is one', () => {
  assert.equal(clean('a\tb\nc\r\nd\re\u0085f\u2028g\u0000h\u0008i\u007f'), 'a\tb\nc\nd\ne\nf\nghi')
})

test('bidirectional controls, zero-width characters, tags and smuggling selectors go', () => {
  assert.equal(clean('user\u202e\u2066nimda\u2069 a\u200bb\u200cc\u2060d\ufeffe\u00adf'), 'usernimda abcdef')
  const smuggled = [...'ignore all'].map((character) => String.fromCodePoint(0xe0000 + character.charCodeAt(0))).join('')
  assert.equal(clean(`ok${smuggled}`), 'ok')
  assert.equal(clean('ok\ufe00\ufe01\u{e0100}\u{e01ef}'), 'ok')
})

test('emoji stay whole: families, skin tones, hearts, keycaps, flags of countries', () => {
  const emoji = '👩‍👩‍👧‍👦 👍🏽 ❤️ 1️⃣ 🇩🇪 👨🏿‍🚀 🏳️‍🌈 ❤️‍🔥'
  assert.equal(clean(emoji), emoji)
  assert.equal(clean('🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'), '🏴')
  assert.equal(clean('a\u200db 🔥\u200d x\ufe0f'), 'ab 🔥 x')
})

test('lone surrogates go, and none that were kept apart grow together', () => {
  assert.equal(clean('a\ud83db\udc00c'), 'abc')
  assert.equal(clean(`\udb40${ESC}[0m\udc41`), '')
})

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ESC,
        '[',
        '0',
        'm',
        ']',
        '\u0007',
        '\r',
        '\n',
        '\u200d',
        '\ufe0f',
        '🔥',
        '\ud83d',
        '\udc00',
        '\u200b',
        'a',
        '\u{e0041}',
        '👍',
        '\u{1f3fd}',
        '\\',
      ),
    )
    .map((parts) => parts.join('')),
)

test('what is cleaned is clean: a second time changes nothing, and nothing forbidden is left', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const cleaned = clean(text)
      assert.equal(clean(cleaned), cleaned)
      assert.ok(cleaned.isWellFormed())
      assert.doesNotMatch(cleaned, /[^\P{Cc}\n\t]|[\u200b\u200e\u202a-\u202e\u2066-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u)
    }),
    { numRuns: 2000 },
  )
})
