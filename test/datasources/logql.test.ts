import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guardLogql } from '../../src/datasources/logql.ts'

const good: string[] = [
  '{app="checkout"}',
  '{app="checkout", pod=~".*"} |= "error" != "health" | json | level="error" | line_format "{{.msg}}"',
  '{app=~"checkout|payments"} |~ `time(d)? ?out`',
  '{namespace=~"prod-.+"} | logfmt | duration > 10s',
  '{app="checkout"} |= "a" or "b"',
  '{app="checkout"} |> "<_> failed <_>"',
]

const bad: [query: string, reason: RegExp][] = [
  ['', /not LogQL/],
  ['error', /not LogQL/],
  ['{}', /not LogQL/],
  ['{app="checkout"', /not LogQL/],
  ['{app="checkout"} |= error', /not LogQL/],
  ['{app=~".+"}', /would read every stream/],
  ['{app=~".*"} |= "error"', /would read every stream/],
  ['{app!="x"}', /would read every stream/],
  ['{app=""}', /would read every stream/],
  ['{app=~".+"} | json | level="error"', /would read every stream/],
  ['rate({app="checkout"}[5m])', /metric query/],
  ['sum(count_over_time({app="checkout"} |= "error" [1h]))', /metric query/],
  [`{app="checkout"}${' |= "a"'.repeat(21)}`, /more than 20 line filters/],
  [`{app="checkout"} |= "a"${' or "b"'.repeat(20)}`, /more than 20 line filters/],
  [`{app="checkout"}${' | a="b"'.repeat(31)}`, /more than 30 pipeline stages/],
  [`{app="${'x'.repeat(4000)}"}`, /4008 characters/],
]

test('a log query with a selective stream selector may be asked', async (t) => {
  for (const query of good) {
    await t.test(query, () => {
      const guarded = guardLogql(query)
      assert.equal(guarded.ok ? 'allowed' : guarded.reason, 'allowed')
    })
  }
})

test('a query over every stream, a metric query and what is no LogQL are refused with the reason', async (t) => {
  for (const [query, reason] of bad) {
    await t.test(query.slice(0, 60) || 'nothing', () => {
      const guarded = guardLogql(query)
      assert.match(guarded.ok ? 'allowed' : guarded.reason, reason)
    })
  }
})

test('the matchers are those of the stream selector alone', () => {
  const guarded = guardLogql('{app="checkout", pod!~`a\\d`} | json | level="error"')
  assert.deepEqual(guarded.ok && guarded.matchers, [
    { label: 'app', operator: '=', value: 'checkout' },
    { label: 'pod', operator: '!~', value: 'a\\d' },
  ])
})
