import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Receipt, SubmittedAnalysis } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import { checkAnalysis, checkReceipt, locate } from '../../../src/investigation/receipts/check.ts'
import * as cache from './cache.ts'
import { evidence, given, r } from './evidence.ts'
import * as lag from './lag.ts'
import * as locks from './locks.ts'
import * as login from './login.ts'
import { isStillTrue, liesOf, type World } from './mutations.ts'
import * as names from './names.ts'
import * as queue from './queue.ts'
import { trueSentences } from './sentences.ts'
import * as volume from './volume.ts'

const pool: World = { evidence, given, trueSentences }
const worlds: readonly World[] = [pool, lag, cache, login, queue]

/** Of the last three the true sentences and the lies alone: the generated ones are many as they are. */
const told: readonly World[] = [...worlds, locks, volume, names]

const submit = (over: Partial<SubmittedAnalysis> = {}): SubmittedAnalysis => ({
  verdict: 'action_required',
  summary: 'checkout fails.',
  confidence: 90,
  urgency: 'now',
  cause: null,
  chain: [],
  claims: [],
  ruled_out: [],
  data_gaps: [],
  next_steps: [],
  proposals: [],
  ...over,
})

const claim = (text: string, ...receipts: Receipt[]): SubmittedAnalysis['claims'][number] => ({ text, kind: 'observation', receipts })

/** The reasons for which a sentence fails as a claim; none when it passes. */
const faults = (world: World, text: string, receipts: readonly Receipt[]): readonly string[] =>
  checkAnalysis(submit({ claims: [claim(text, ...receipts)] }), world.evidence, world.given)
    .failures.filter(({ where }) => where === 'claims[0]')
    .map(({ reason }) => reason)

const one = (id: string): Evidence => evidence.find((each) => each.id === id)!

test('true sentences in natural wording pass', () => {
  const failed = told.flatMap((world) =>
    world.trueSentences.flatMap(([text, ...receipts]) => {
      const reasons = faults(world, text, receipts)
      return reasons.length > 0 ? [`${text}: ${reasons.join('; ')}`] : []
    }),
  )
  const all = told.reduce((count, world) => count + world.trueSentences.length, 0)
  console.log(`${all - failed.length} of ${all} true sentences pass`)
  assert.ok(all >= 620)
  assert.deepEqual(failed, [])
})

test('lies that people would tell with the same receipts fail', () => {
  const liars = [cache, login, queue, locks, volume, names]
  const passed = liars.flatMap((world) =>
    world.lies.filter(([text, receipts]) => faults(world, text, receipts).length === 0).map(([text]) => text),
  )
  assert.ok(liars.reduce((count, { lies }) => count + lies.length, 0) >= 305)
  assert.deepEqual(passed, [])
})

test('nothing that a lie was made of passes', () => {
  const counts = new Map<string, { made: number; passed: number }>()
  const escaped: string[] = []
  for (const world of worlds) {
    const lies = liesOf(world).filter((lie) => !isStillTrue(lie))
    for (let from = 0; from < lies.length; from += 200) {
      const some = lies.slice(from, from + 200)
      const { failures } = checkAnalysis(
        submit({ claims: some.map((lie) => claim(lie.text, ...lie.receipts)) }),
        world.evidence,
        world.given,
      )
      const failed = new Set(failures.map(({ where }) => where))
      some.forEach((lie, index) => {
        const count = counts.get(lie.kind) ?? { made: 0, passed: 0 }
        counts.set(lie.kind, count)
        count.made++
        if (failed.has(`claims[${index}]`)) return
        count.passed++
        escaped.push(`${lie.kind}: ${lie.text} ${JSON.stringify(lie.receipts)}`)
      })
    }
  }
  for (const [kind, { made, passed }] of counts) console.log(`${kind}: ${passed} of ${made} lies pass`)
  assert.ok([...counts.values()].reduce((sum, { made }) => sum + made, 0) >= 2000)
  assert.deepEqual(escaped, [])
})

test('a value passes in every rounding and unit in which it is honestly written, and in no other', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.0002, max: 0.9, noNaN: true }), fc.integer({ min: 0, max: 3 }), (value, decimals) => {
      const world: World = {
        ...pool,
        evidence: [{ ...one('E1'), output: { kind: 'series', series: [{ labels: {}, points: [[1_772_593_200, value]] }] } }],
      }
      const written = (value * 100).toFixed(decimals)
      // What rounds to 0 is not said of a value that is not.
      if (Number(written) === 0) return
      const receipt: Receipt = { evidence: 'E1', statistic: 'last', value: Number((value * 100).toFixed(6)), unit: '%' }
      assert.deepEqual(faults(world, `The error ratio is ${written} %.`, [receipt]), [])
      const off = (Number(written) + 2.1 * 10 ** -decimals).toFixed(decimals)
      assert.notDeepEqual(faults(world, `The error ratio is ${off} %.`, [receipt]), [], `${off} passes for ${value}`)
    }),
    { numRuns: 300 },
  )
})

test('a quote is found across typographic marks, case and line ends, and not when a number is cut', () => {
  const shown = (text: string): Evidence => ({ ...one('E10'), shown: text })
  const quote = (text: string, words: string): boolean => checkReceipt({ evidence: 'E10', quote: words }, shown(text)).ok
  assert.ok(quote('Pool  "payments"\n  is — full', 'pool “payments” is – FULL'))
  assert.ok(quote('wait\u00a0time 5\u202fs', 'wait time 5 s'))
  assert.ok(!quote('1,204 timeouts', '204 timeouts'))
  assert.ok(!quote('ratio 12.4', 'ratio 12'))
  assert.ok(!quote('from v2.14.0 on', 'from v2.14'))
  assert.ok(!quote('one two three four', 'one ... four'))
  assert.ok(!quote('41 of 200', '41'))
})

test('a receipt without its evidence, of the wrong shape or of a cut answer supports nothing', () => {
  const reason = (receipt: Receipt, of: Evidence | undefined): string => {
    const result = checkReceipt(receipt, of)
    return result.ok ? '' : result.reason
  }
  assert.match(reason(r.deploy, undefined), /no evidence E10/)
  assert.match(reason({ evidence: 'E10', statistic: 'last', value: 1 }, one('E10')), /no time series/)
  assert.match(reason({ evidence: 'E14', absent: 'panic' }, one('E14')), /was cut/)
  assert.match(reason({ evidence: 'E14', count: 0, matching: 'panic' }, one('E14')), /cannot show/)
  assert.match(reason({ evidence: 'E14', count: 600, matching: 'timeout' }, one('E14')), /has 500/)
  assert.match(reason({ evidence: 'E3', absent: 'timeout' }, one('E3')), /does stand in/)
  assert.match(reason({ ...r.timeouts, count: 1205 }, one('E3')), /has 1204/)
  assert.match(reason({ evidence: 'E2', statistic: 'last', value: 12.4, unit: '%' }, one('E2')), /several series.*v2\.14\.0.*v2\.13\.4/)
  assert.match(reason({ ...r.v214, series: { version: 'v2.15.0' } }, one('E2')), /no series.*v2\.14\.0/)
  assert.match(reason({ ...r.v214, value: 14.2 }, one('E2')), /says last 0\.1237/)
  assert.match(reason({ ...r.p99, value: 309, unit: 's' }, one('E4')), /not 309 s/)
})

test('samples that are no numbers support nothing', () => {
  const broken: Evidence = {
    ...one('E1'),
    output: {
      kind: 'series',
      series: [
        {
          labels: {},
          points: [
            [1, 0.1],
            [2, Number.NaN],
          ],
        },
      ],
    },
  }
  assert.ok(!checkReceipt({ evidence: 'E1', statistic: 'last', value: 0.1 }, broken).ok)
  assert.ok(checkReceipt({ evidence: 'E1', statistic: 'max', value: 0.1 }, broken).ok)
})

test('a value at a time is the sample nearest to it', () => {
  const at = (clock: string, value: number): boolean =>
    checkReceipt({ evidence: 'E4', statistic: 'at', at: clock, value, unit: 'ms' }, one('E4')).ok
  assert.ok(at('2026-03-04T03:10:10Z', 309))
  assert.ok(at('02:55', 40))
  assert.ok(!at('02:55', 309))
  assert.ok(!at('12:00', 309))
})

test('what several labels share is not said of one of them', () => {
  const lines = ['checkout', 'search', 'checkout'].map((app, index) => ({
    at: `2026-03-04T03:0${index}:00Z`,
    line: 'pool timeout',
    labels: { app },
  }))
  const world: World = { ...pool, evidence: [{ ...one('E3'), query: '{namespace="shop"}', output: { kind: 'lines', lines } }, one('E12')] }
  const count: Receipt = { evidence: 'E3', count: 3, matching: 'timeout' }
  assert.deepEqual(faults(world, 'checkout and search logged 3 timeouts.', [count]), [])
  assert.notDeepEqual(faults(world, 'search logged 3 timeouts.', [count]), [])
})

test('the reason names what is wrong and what the evidence says instead', () => {
  assert.match(
    faults(pool, '14.2 % of the requests of v2.14.0 fail.', [r.v214])[0] ?? '',
    /the number 14\.2 % stands in no receipt.*E2 says last 0\.1237/,
  )
  assert.match(faults(pool, '12.4 % of the requests of v2.15.0 fail.', [r.v214])[0] ?? '', /the name v2\.15\.0/)
  assert.match(faults(pool, 'v2.14.0 was deployed at 02:01.', [r.deploy])[0] ?? '', /the time 02:01.*03:01:52/)
})

test('claims without support leave the findings, cap the confidence and are kept apart', () => {
  const { analysis, failures } = checkAnalysis(
    submit({
      claims: [claim('12.4 % of the requests of v2.14.0 fail.', r.v214), claim('14.2 % of the requests of v2.14.0 fail.', r.v214)],
      ruled_out: [
        { text: 'Traffic: +2 % on yesterday', receipts: [r.traffic, r.yesterday] },
        { text: 'The network is fine', receipts: [] },
      ],
      cause: {
        text: 'v2.14.0 cut the pool from 50 to 10',
        category: 'bad_deploy',
        receipts: [r.pool, r.deploy],
        object: { kind: 'Deployment', name: 'checkout' },
      },
    }),
    evidence,
    given,
  )
  assert.deepEqual(
    analysis.claims.map(({ text }) => text),
    ['12.4 % of the requests of v2.14.0 fail.'],
  )
  assert.deepEqual(
    analysis.ruled_out.map(({ text }) => text),
    ['Traffic: +2 % on yesterday'],
  )
  assert.deepEqual(analysis.unsupported, ['14.2 % of the requests of v2.14.0 fail.', 'The network is fine'])
  assert.equal(analysis.verdict, 'action_required')
  assert.equal(analysis.cause?.object?.name, 'checkout')
  // 4 of 6 sentences stand (the summary among them): 67, below the cap of 70.
  assert.equal(analysis.confidence, 67)
  assert.equal(analysis.model_confidence, 90)
  assert.equal(analysis.recomputed, 2 / 5)
  assert.deepEqual(
    failures.map(({ where }) => where),
    ['claims[1]', 'ruled_out[1]'],
  )
})

test('an analysis that is supported throughout keeps the confidence of the model', () => {
  const { analysis, failures } = checkAnalysis(
    submit({
      summary: '12.4 % of the requests of v2.14.0 fail since 03:04. The limit is 5 %.',
      cause: { text: 'v2.14.0 cut the pool from 50 to 10', category: 'bad_deploy', receipts: [r.pool, r.deploy] },
      claims: [claim('12.4 % of the requests of v2.14.0 fail.', r.v214)],
      chain: [
        {
          from: { kind: 'Version', name: 'v2.14.0' },
          to: { kind: 'Deployment', name: 'checkout' },
          relation: 'caused',
          receipts: [r.deploy],
        },
      ],
    }),
    evidence,
    given,
  )
  assert.deepEqual(failures, [])
  assert.equal(analysis.confidence, 90)
  assert.equal(analysis.chain.length, 1)
})

test('a cause whose receipts fail becomes null and the verdict inconclusive', () => {
  for (const receipts of [[], [{ evidence: 'E10', quote: 'DB_POOL_MAX: 50 -> 5' }], [{ evidence: 'E99', quote: 'DB_POOL_MAX' }]]) {
    const { analysis } = checkAnalysis(
      submit({
        claims: [claim('12.4 % of the requests of v2.14.0 fail.', r.v214)],
        cause: { text: 'The pool was cut', category: 'config_change', receipts },
      }),
      evidence,
      given,
    )
    assert.equal(analysis.cause, null)
    assert.equal(analysis.verdict, 'inconclusive')
    assert.ok(analysis.confidence <= 40)
    assert.ok(analysis.unsupported.includes('The pool was cut'))
  }
})

test('a cause keeps only an object that its receipts or the alert name', () => {
  const of = (name: string): string | undefined =>
    checkAnalysis(
      submit({
        cause: {
          text: 'v2.14.0 cut the pool from 50 to 10',
          category: 'config_change',
          receipts: [r.pool, r.deploy],
          object: { kind: 'Deployment', name },
        },
      }),
      evidence,
      given,
    ).analysis.cause?.object?.name
  assert.equal(of('checkout'), 'checkout')
  assert.equal(of('search'), undefined)
})

test('a receipt that fails is taken from a claim that stands without it, and reported', () => {
  const { analysis, failures } = checkAnalysis(
    submit({ claims: [claim('12.4 % of the requests of v2.14.0 fail.', r.v214, { evidence: 'E3', quote: 'disk is full' })] }),
    evidence,
    given,
  )
  assert.deepEqual(analysis.claims[0]?.receipts, [r.v214])
  assert.match(failures[0]?.reason ?? '', /disk is full/)
})

test('a chain is dropped unless it is connected, proved and ends at the object of the alert', () => {
  const link = (from: string, to: string, ...receipts: Receipt[]): SubmittedAnalysis['chain'][number] => ({
    from: { kind: 'Object', name: from },
    to: { kind: 'Object', name: to },
    relation: 'caused',
    receipts,
  })
  const kept = (...chain: SubmittedAnalysis['chain']): number => checkAnalysis(submit({ chain }), evidence, given).analysis.chain.length
  assert.equal(kept(link('v2.14.0', 'checkout', r.deploy)), 1)
  assert.equal(kept(link('v2.14.0', 'payments-db', r.deploy, r.deadlineQuote), link('payments-db', 'checkout', r.deadlineQuote)), 2)
  assert.equal(kept(link('v2.14.0', 'payments-db', r.deploy, r.deadlineQuote), link('search', 'checkout', r.deadlineQuote)), 0)
  assert.equal(kept(link('checkout', 'payments-db', r.deadlineQuote)), 0)
  assert.equal(kept(link('v2.14.0', 'checkout')), 0)
  assert.equal(kept(link('search-db', 'checkout', r.deploy)), 0)
})

test('the summary keeps the sentences that the analysis proves, and falls back to its best finding', () => {
  const summary = (text: string): string =>
    checkAnalysis(submit({ summary: text, claims: [claim('12.4 % of the requests of v2.14.0 fail.', r.v214)] }), evidence, given).analysis
      .summary
  assert.equal(summary('v2.14.0 fails 12.4 % of its requests. It costs 4,000 orders an hour.'), 'v2.14.0 fails 12.4 % of its requests.')
  assert.equal(summary('It costs 4,000 orders an hour.'), '12.4 % of the requests of v2.14.0 fail.')
})

test('what is not known stays in the summary without a receipt, what is claimed beside it does not', () => {
  const summary = (text: string): string =>
    checkAnalysis(submit({ summary: text, claims: [claim('12.4 % of the requests of v2.14.0 fail.', r.v214)] }), evidence, given).analysis
      .summary
  for (const hedge of [
    'No cause is proven.',
    'The root cause is unknown.',
    'The evidence is inconclusive.',
    'Why is not clear from the evidence.',
  ])
    assert.equal(summary(hedge), hedge)
  assert.notEqual(
    summary('The cause is not known, but 40 % of the orders are lost.'),
    'The cause is not known, but 40 % of the orders are lost.',
  )
})

test('a proposal needs a receipt and a reason that the analysis proves', () => {
  const kept = (why: string, ...receipts: Receipt[]): number =>
    checkAnalysis(
      submit({ proposals: [{ action: 'rollback', params: { deployment: 'checkout', to: 'v2.13.4' }, why, receipts }] }),
      evidence,
      given,
    ).analysis.proposals.length
  assert.equal(kept('v2.13.4 still has a pool of 50', r.pool, r.deploy), 1)
  assert.equal(kept('search is down', r.pool, r.deploy), 0)
  assert.equal(kept('v2.13.4 is the version before'), 0)
})

test('nothing at all that is supported is inconclusive', () => {
  const { analysis } = checkAnalysis(
    submit({ verdict: 'no_action', claims: [claim('41 of 300 connections are used.', r.connections)] }),
    evidence,
    given,
  )
  assert.equal(analysis.verdict, 'inconclusive')
  assert.equal(analysis.claims.length, 0)
})

test('annotations and evidence ids are not covered numbers', () => {
  const annotated = { ...given, alert: { ...given.alert, annotations: { summary: '77 % of requests fail' } } }
  const { analysis } = checkAnalysis(submit({ claims: [claim('77 % of requests fail.', r.ratio)] }), evidence, annotated)
  assert.equal(analysis.claims.length, 0)
  assert.deepEqual(faults(pool, '12.4 % of the requests of v2.14.0 fail [E2].', [r.v214]), [])
})

test('the passage of a receipt is found in what was shown', () => {
  const passage = (receipt: Receipt): string | null => {
    const { shown } = one(receipt.evidence)
    const span = locate(receipt, one(receipt.evidence))
    return span && shown.slice(span.from, span.to)
  }
  assert.equal(passage(r.pool), 'env DB_POOL_MAX: 50 -> 10')
  assert.equal(passage({ evidence: 'E10', quote: 'ENV  “db_pool_max”' }), null)
  assert.equal(passage({ evidence: 'E10', quote: 'Env db_pool_max: 50' }), 'env DB_POOL_MAX: 50')
  assert.match(passage(r.v213) ?? '', /^\{version="v2\.13\.4"\} last/)
  assert.equal(passage(r.timeouts), 'timeout acquiring connection from pool')
  assert.equal(passage(r.noOom), null)
})

test('a passage is found in 100 kB of any script within 100 ms', () => {
  for (const line of ['2026-03-04 timeout acquiring connection from pool\n', 'Zeitüberschreitung – “Pool” ist voll, né\u0301e\n']) {
    const shown = `${line.repeat(Math.ceil(100_000 / line.length))} the needle`
    const long: Evidence = { ...one('E10'), shown }
    locate({ evidence: 'E10', quote: 'the needle' }, long)
    const start = performance.now()
    const span = locate({ evidence: 'E10', quote: 'the needle' }, long)
    const took = performance.now() - start
    assert.equal(span && shown.slice(span.from, span.to), 'the needle')
    assert.ok(took < 100, `${took} ms`)
  }
})

test('a longer analysis takes longer in proportion, not more', () => {
  const told = [...trueSentences, ...trueSentences]
  const long = (sentences: number): SubmittedAnalysis =>
    submit({
      claims: Array.from({ length: sentences / 5 }, (_, index) => {
        const part = told.slice(index * 5, index * 5 + 5)
        return claim(part.map(([text]) => text).join(' '), ...part.flatMap(([, ...receipts]) => receipts))
      }),
    })
  const best = (analysis: SubmittedAnalysis): number =>
    Math.min(
      ...Array.from({ length: 15 }, () => {
        const start = performance.now()
        checkAnalysis(analysis, evidence, given)
        return performance.now() - start
      }),
    )
  const [half, whole] = [long(100), long(200)]
  const characters = whole.claims.reduce((sum, { text }) => sum + text.length, 0)
  assert.ok(characters >= 10_000)
  checkAnalysis(whole, evidence, given)
  const [one, two] = [best(half), best(whole)]
  console.log(`${characters} characters in ${two.toFixed(1)} ms, half of them in ${one.toFixed(1)} ms`)
  assert.ok(two <= 4 * one, `${two} ms against ${one} ms`)
})
