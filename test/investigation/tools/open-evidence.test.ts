import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import type { Answer, Evidence } from '../../../src/investigation/evidence.ts'
import { openEvidence } from '../../../src/investigation/tools/open-evidence.ts'
import type { ToolAnswer } from '../../../src/investigation/tools/tool.ts'
import { cited } from '../../contracts/tool.ts'

const stored = (output: Answer, complete = true): Evidence => ({
  id: 'E3',
  at: '2026-11-20T22:00:00Z',
  source: 'loki',
  query: '{app="checkout"}',
  range: { from: '2026-11-20T21:00:00Z', to: '2026-11-20T22:00:00Z' },
  output,
  shown: 'few',
  complete,
})

const at = (n: number): string => new Date(Date.UTC(2026, 10, 20, 21, 0, n)).toISOString()

const lines: Answer = {
  kind: 'lines',
  lines: Array.from({ length: 100 }, (_, n) => ({
    at: at(n),
    line: n % 10 === 0 ? `rare ana@example.com ${n}` : `common ${n}`,
    labels: { pod: n % 2 === 0 ? 'a' : 'b' },
  })),
}

const run = (input: object, evidence: Evidence | undefined): Promise<ToolAnswer> =>
  openEvidence.run(openEvidence.input.parse({ evidence: 'E3', ...input }), {
    sources: {},
    clock: { ...systemClock, now: () => new Date('2026-11-20T22:00:00Z') },
    signal: new AbortController().signal,
    evidence: (id) => (id === 'E3' ? evidence : undefined),
    redact: (text) => text.replaceAll('ana@example.com', '<email-1>'),
  })

test('lines are found by text, label and time, and are evidence of their own that says what it is', async () => {
  const rare = cited(await run({ contains: 'RARE' }, stored(lines)))
  assert.equal(rare.output.kind === 'lines' && rare.output.lines.length, 10)
  assert.match(rare.shown, /^10 of 100 lines of E3\n2026-11-20T21:00:00\.000Z {pod="a"} rare <email-1> 0\n/)
  assert.equal(rare.query, '{app="checkout"} # E3 containing "RARE"')
  assert.deepEqual([rare.source, rare.complete], ['loki', true])
  assert.equal(cited(await run({ contains: '<email-1> 10' }, stored(lines))).output.kind === 'lines', true, 'pseudonyms are found')
  const few = cited(await run({ labels: { pod: 'b' }, from: at(90), to: at(95) }, stored(lines)))
  assert.match(few.shown, /^3 of 100 lines of E3\n/)
})

test('what does not fit, or was cut before, is not complete: nothing can be said to be absent', async () => {
  const many = cited(await run({}, stored(lines)))
  assert.match(many.shown, /^100 of 100 lines of E3, the first 30\n/)
  assert.equal(many.shown.split('\n').length, 31)
  assert.equal(many.complete, false)
  assert.equal(cited(await run({ contains: 'nothing like it' }, stored(lines))).complete, true)
  assert.equal(cited(await run({ contains: 'rare' }, stored(lines, false))).complete, false)
})

test('series come with more of their points, objects and texts by what they contain', async () => {
  const points = Array.from({ length: 50 }, (_, n) => [1_000_000 + n, n] as const)
  const series = stored({
    kind: 'series',
    series: [
      { labels: { v: '1' }, points },
      { labels: { v: '2' }, points },
    ],
  })
  const one = cited(await run({ labels: { v: '2' } }, series))
  assert.match(one.shown, /^1 of 2 series of E3\n{v="2"} last 49/)
  assert.ok((one.shown.match(/:\d\dZ \d+/g) ?? []).length >= 30)
  const objects = stored({
    kind: 'objects',
    objects: [
      { span: 'pool acquire', ms: 900 },
      { span: 'render', ms: 2 },
    ],
  })
  assert.match(cited(await run({ contains: 'pool' }, objects)).shown, /^1 of 2 objects of E3\n{"span":"pool acquire","ms":900}$/)
  assert.match(cited(await run({ contains: 'two' }, stored({ kind: 'text', text: 'one\ntwo' }))).shown, /^1 of 2 lines of text of E3\ntwo$/)
})

test('what is not there, or a time that is none, is answered with what would mend it', async () => {
  const unknown = await run({ evidence: 'E9' }, stored(lines))
  assert.match(unknown.ok ? '' : unknown.error, /there is no evidence E9/)
  const time = await run({ from: 'soon' }, stored(lines))
  assert.match(time.ok ? '' : time.error, /neither RFC 3339 nor relative/)
  assert.equal(openEvidence.input.safeParse({ evidence: 'three' }).success, false)
})
