import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guardPromql } from '../../src/datasources/promql.ts'

const good: [query: string, metricNames: string[]][] = [
  ['up', ['up']],
  ['up{job=~".*"}', ['up']],
  ['{__name__="up"}', ['up']],
  ['{"http.server.duration", "service.name"="checkout"}', ['http.server.duration']],
  ['{job="api"}', []],
  ['{job=~"api|web"}', []],
  ['{namespace=~"(?:prod|stage)"}', []],
  ['{pod=~"checkout-.*"}', []],
  ['{pod=~"^(checkout|pay)$"}', []],
  ['{instance=~"10\\\\.0\\\\.0\\\\.1:.+"}', []],
  [
    'sum by (code) (rate(http_requests_total{job="api"}[5m])) / ignoring (code) group_left sum(rate(http_requests_total[5m]))',
    ['http_requests_total'],
  ],
  ['histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))', ['x_bucket']],
  ['a offset 1w > 2 * b', ['a', 'b']],
  ['rate(a[7d])', ['a']],
  ['rate(a[60 * 5])', ['a']],
  ['rate(a[1h + 30m])', ['a']],
  ['max_over_time(rate(a[5m])[1d:1m])', ['a']],
  ['max_over_time(rate(a[5m])[1d:])', ['a']],
  ['topk(5, sum by (pod) (a)) # the worst', ['a']],
  ['a{b=`x`}', ['a']],
  ["a{b='it\\'s'}", ['a']],
]

const bad: [query: string, reason: RegExp][] = [
  ['', /not PromQL, from its end/],
  ['sum(', /not PromQL, from its end/],
  ['a b', /not PromQL, from character 3 on: b/],
  ['rate(a[5m]) > > 3', /not PromQL, from character 15/],
  ['drop_tables(a)', /not PromQL/],
  ['a; b', /not PromQL/],
  ['a{b="c', /not PromQL|quote/],
  ['"a text', /quote is not closed/],
  ['{__name__=~".+"}', /would read everything/],
  ['{job=~".*"}', /would read everything/],
  ['{job=~"^$"}', /would read everything/],
  ['{job=~"^.*$"}', /would read everything/],
  ['{job=~".+|api"}', /would read everything/],
  ['{job=~"a.*"}', /would read everything/],
  ['{job=~"abc*"}', /would read everything/],
  ['{job=~"(?i)checkout"}', /would read everything/],
  ['{job=~"[a-z]+"}', /would read everything/],
  ['{job=~""}', /would read everything/],
  ['{job!="api"}', /would read everything/],
  ['{job!~"api"}', /would read everything/],
  ['{job=""}', /would read everything/],
  ['{}', /would read everything/],
  ['up + on () group_left {__name__=~".+"}', /would read everything/],
  ['count({__name__=~".+"}) by (__name__)', /would read everything/],
  ['time()', /names no metric/],
  ['42', /names no metric/],
  ['vector(1)', /names no metric/],
  ['rate(a[8d])', /range of 8d is longer than 7d/],
  ['rate(a[1y])', /longer than 7d/],
  ['rate(a[5d + 5d])', /longer than 7d/],
  ['rate(a[range()])', /plain duration/],
  ['max_over_time(a[8d:1h])', /longer than 7d/],
  ['max_over_time(a[7d:1s])', /604800 points/],
  ['max_over_time(a[7d:1ms])', /points/],
  ['max_over_time(a[1h:0s])', /step of a subquery/],
  ['max_over_time(max_over_time(a[1d:1m])[1d:1m])', /2073600 points/],
  [`${'abs('.repeat(30)}a${')'.repeat(30)}`, /nested deeper than 20/],
  [`a{b="${'x'.repeat(4000)}"}`, /4007 characters/],
]

test('a query that names what it wants and keeps to the limits may be asked', async (t) => {
  for (const [query, metricNames] of good) {
    await t.test(query, () => {
      const guarded = guardPromql(query)
      assert.deepEqual(guarded.ok ? guarded.metricNames : guarded.reason, metricNames)
    })
  }
})

test('a query that would cost too much, or is no PromQL, is refused with its reason', async (t) => {
  for (const [query, reason] of bad) {
    await t.test(query.slice(0, 60) || 'nothing', () => {
      const guarded = guardPromql(query)
      assert.match(guarded.ok ? 'allowed' : guarded.reason, reason)
    })
  }
})

test('the matchers of each selector are given back as the server would read them', () => {
  const guarded = guardPromql('a{b="c\\n\\u00e9",d!~`x\\d`} / {"e.f", "g h"!="i"}')
  assert.deepEqual(guarded.ok && guarded.selectors, [
    [
      { label: '__name__', operator: '=', value: 'a' },
      { label: 'b', operator: '=', value: 'c\né' },
      { label: 'd', operator: '!~', value: 'x\\d' },
    ],
    [
      { label: '__name__', operator: '=', value: 'e.f' },
      { label: 'g h', operator: '!=', value: 'i' },
    ],
  ])
})

test('limits can be set', () => {
  assert.equal(guardPromql('rate(a[2h])', { rangeSeconds: 3600 }).ok, false)
  assert.equal(guardPromql('rate(a[30d])', { rangeSeconds: 30 * 86_400 }).ok, true)
})
