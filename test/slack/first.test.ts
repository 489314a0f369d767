import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Brief, TimelineEntry } from '../../src/incident/timeline.ts'
import { categories } from '../../src/investigation/categories.ts'
import type { Finding } from '../../src/investigation/rules/rule.ts'
import { type Suspect, suspectsOf } from '../../src/investigation/suspects.ts'
import { draw } from '../../src/slack/thread.ts'
import { analysed, brief, started } from './story.ts'
import { viewOf } from './view.ts'

const opened: TimelineEntry = { type: 'opened', source: 'alertmanager', fingerprint: 'f1', labels: {}, previous: null }

const textsOf = (view: ReturnType<typeof viewOf>, name: string): { push: string; sections: string[]; all: string } => {
  const message = draw(view).messages.find(({ key }) => key.endsWith(`:${name}`)) ?? assert.fail(`no ${name}`)
  const sections = message.blocks.flatMap((block) => (block.type === 'section' ? [String((block['text'] as { text: string }).text)] : []))
  return { push: message.text, sections, all: JSON.stringify(message.blocks) }
}

const words = (max: number) =>
  fc.string({ unit: fc.constantFrom(...'abcdefg  hijk-./<&'), minLength: 12, maxLength: max }).map((text) => `${text}.`)
const object = fc.record({ kind: fc.constantFrom('service', 'Pod', 'Node'), namespace: words(30), name: words(60) })

const finding: fc.Arbitrary<Finding> = fc.record({
  rule: fc.constantFrom('recent-deploy', 'pod-oom', 'error-spike', 'what-changed', 'known-incident'),
  severity: fc.constantFrom('info', 'low', 'medium', 'high', 'critical'),
  confidence: fc.constantFrom('low', 'medium', 'high'),
  summary: words(390),
  suggestion: words(200),
  object,
  category: fc.constantFrom(...categories),
  weight: fc.constantFrom(0, 0.3, 0.5, 0.7, 0.9),
  evidence: fc.constantFrom(['E1'], ['E2', 'E3', 'E4', 'E5', 'E6']),
}) as fc.Arbitrary<Finding>

const anyBrief: fc.Arbitrary<Brief> = fc
  .record({
    findings: fc.array(finding, { maxLength: 14 }),
    gaps: fc.array(
      words(200).map((text) => `logs (${text})`),
      { maxLength: 8 },
    ),
    late: fc.array(
      words(60).map((gap) => ({ rule: 'x', gap })),
      { maxLength: 20 },
    ),
    state: fc.option(words(60)),
  })
  .map(({ findings, ...more }) => {
    const suspects = suspectsOf(findings)
    return brief({ ...more, findings, suspects, headline: suspects[0]?.why ?? 'Nothing stands out yet', chart: null })
  })

test('whatever the rules say, the first reply is at most 12 lines and 900 characters, its push at most 110, and no finding is lost unsaid', () => {
  fc.assert(
    fc.property(anyBrief, (told) => {
      const { push, sections } = textsOf(viewOf([opened, { type: 'briefed', brief: told }]), 'first')
      const text = sections.join('\n')
      assert.ok(text.length <= 900, `${text.length} characters:\n${text}`)
      assert.ok(text.split('\n').length <= 12, text)
      assert.ok(push.length <= 110, push)
      const bullets = text.split('\n').filter((line) => line.startsWith('• '))
      assert.ok(bullets.length <= 6 && bullets.length >= (told.suspects?.length ?? 0))
      const counted = Number(/(\d+) more under Evidence/.exec(text)?.[1] ?? 0)
      const behind = new Set(
        told.findings.filter((one) =>
          told.suspects?.some(({ rules, object: of }) => rules.includes(one.rule) && JSON.stringify(of) === JSON.stringify(one.object)),
        ),
      )
      const rest = told.findings.filter((one) => !behind.has(one))
      assert.equal(bullets.length - (told.suspects?.length ?? 0) + counted, rest.length, text)
    }),
    { numRuns: 150 },
  )
})

const suspect = (name: string, weight: number, category: Suspect['category'] = 'bad_deploy'): Suspect => ({
  ...{ object: { kind: 'service', namespace: 'shop', name }, category, why: `${name} was changed.`, confidence: 'high', weight },
  ...{ rules: ['recent-deploy'], explains: [], evidence: ['E1'] },
})

const firstOf = (suspects: readonly Suspect[]) =>
  textsOf(
    viewOf([opened, { type: 'briefed', brief: brief({ suspects, findings: [], headline: 'x', looked_at: ['logs'] }) }]),
    'first',
  ).sections.join('\n')

test('two suspects about equally likely are said to be so, one that is ahead is not, and below a suspect nothing is listed as looked at', () => {
  assert.match(
    firstOf([suspect('checkout', 0.8), suspect('cart', 0.75)]),
    /^\*Two suspects, about equally likely: a deploy of shop\/checkout, or a deploy of shop\/cart\*/,
  )
  const clear = firstOf([suspect('checkout', 0.9), suspect('cart', 0.5)])
  assert.match(clear, /^\*Suspect: a deploy of shop\/checkout\*/)
  assert.doesNotMatch(clear, /Looked at/)
})

test('the analysis says whether the first look held, and an older one keeps the suspects of its own look', () => {
  const cause = (name: string, category: Suspect['category'] = 'bad_deploy') =>
    ({
      text: `${name} it was`,
      category,
      object: { kind: 'Deployment', namespace: 'shop', name },
      receipts: [{ evidence: 'E8', quote: 'DB_POOL_MAX=10' }],
    }) as never
  const told = (suspects: readonly Suspect[]): TimelineEntry => ({ type: 'briefed', brief: brief({ suspects }) })
  const said = (name: string, category?: Suspect['category']) =>
    textsOf(
      viewOf([
        opened,
        told([suspect('checkout', 0.9)]),
        started(),
        analysed({ cause: cause(name, category) }),
        told([suspect('mail', 0.9)]),
      ]),
      'analysis:1',
    ).all
  assert.match(said('checkout'), /\*First look:\* held \(a deploy of shop\/checkout\)/)
  assert.match(said('checkout', 'memory'), /\*First look:\* right about where, not about why: it suspected a deploy of shop\/checkout/)
  assert.match(said('cart'), /\*First look:\* did not hold: it suspected a deploy of shop\/checkout/)
  const none = textsOf(viewOf([opened, told([]), started(), analysed({ cause: cause('cart') })]), 'analysis:1').all
  assert.doesNotMatch(none, /First look/)
})
