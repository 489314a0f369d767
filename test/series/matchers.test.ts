import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../../src/errors.ts'
import { labelMatcher, matchesAll } from '../../src/series/matchers.ts'

const fits = (text: string, labels: Record<string, string>): boolean => labelMatcher(text)(labels)

test('the four operators, with a missing label as the empty string', () => {
  assert.ok(fits('team="a"', { team: 'a' }) && !fits('team="a"', { team: 'b' }) && !fits('team="a"', {}))
  assert.ok(fits('team!="a"', { team: 'b' }) && fits('team!="a"', {}) && !fits('team!="a"', { team: 'a' }))
  assert.ok(fits('team=~"a|b"', { team: 'b' }) && !fits('team=~"a|b"', {}) && fits('team=~".*"', {}))
  assert.ok(fits('team!~"a|b"', { team: 'c' }) && fits('team!~"a|b"', {}) && !fits('team!~"a|b"', { team: 'a' }))
  assert.ok(fits('team=""', {}) && !fits('team=""', { team: 'a' }))
})

test('patterns are anchored at both ends', () => {
  assert.ok(!fits('team=~"a"', { team: 'ab' }) && !fits('team=~"a|b"', { team: 'xb' }))
})

test('is read as Alertmanager reads it: with and without quotes and blanks, with its escapes and those of patterns', () => {
  assert.ok(fits('team=a', { team: 'a' }) && fits(' team =~ "a" ', { team: 'a' }))
  assert.ok(fits(String.raw`team="say \"a\""`, { team: 'say "a"' }))
  assert.ok(fits(String.raw`team="a\nb"`, { team: 'a\nb' }))
  assert.ok(fits(String.raw`team="a\\b"`, { team: String.raw`a\b` }))
  assert.ok(fits(String.raw`ip=~"10\.0\..*"`, { ip: '10.0.3.4' }) && !fits(String.raw`ip=~"10\.0\..*"`, { ip: '10x0.3.4' }))
  assert.ok(fits('team="a=b!~c"', { team: 'a=b!~c' }))
})

test('knows the flags that Go patterns begin with', () => {
  assert.ok(fits('env=~"(?i)prod"', { env: 'PROD' }) && !fits('env=~"prod"', { env: 'PROD' }))
})

test('what every object inherits is no label', () => {
  assert.ok(fits('constructor=""', {}) && fits('toString=~""', {}) && fits('constructor="x"', { constructor: 'x' } as never))
})

test('all of a list must fit, and an empty list fits everything', () => {
  const list = ['a="1"', 'b=~"2|3"']
  assert.ok(matchesAll(list, { a: '1', b: '3' }) && !matchesAll(list, { a: '1' }) && matchesAll([], {}))
})

test('says how to write one', () => {
  for (const text of ['', 'team', '="a"', '1a="b"', 'team~"a"']) {
    assert.throws(
      () => labelMatcher(text),
      (error: unknown) => error instanceof InputError && error.message.includes('team="payments"'),
      text,
    )
  }
  assert.throws(
    () => labelMatcher('team=~"("'),
    (error: unknown) => error instanceof InputError && error.message.includes('cannot be read'),
  )
})

test('ten thousand alerts against twenty patterns take less than a second', () => {
  const list = Array.from({ length: 20 }, (_, i) => `service=~"(svc|other)-.*-(${i}|a|b|c)?.*"`)
  const began = performance.now()
  for (let i = 0; i < 10_000; i++) matchesAll(list, { service: `svc-${i}-x` })
  assert.ok(performance.now() - began < 1000)
})
