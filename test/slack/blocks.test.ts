import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import type { TimelineEntry } from '../../src/incident/timeline.ts'
import type { Analysis } from '../../src/investigation/analysis.ts'
import { bold, knownLink, label, line, push } from '../../src/slack/blocks/text.ts'
import { fitted } from '../../src/slack/check.ts'
import type { DesiredMessage } from '../../src/slack/drawing.ts'
import { reduced } from '../../src/slack/reduced.ts'
import { draw } from '../../src/slack/thread.ts'
import { act, approved, begun, checked, proposed, ran, restart } from './acts.ts'
import { analysis, brief, spending } from './story.ts'
import { alert, viewOf } from './view.ts'

/** What people, models and logs write, and what an attacker would. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        '<!channel>',
        '<!here|x>',
        '@channel ',
        '@everyone',
        '<@U0ANA>',
        '<#C0ALERTS>',
        '<!subteam^S1>',
        '<!date^1^{date}|x>',
        'https://evil.example/x?q=1 ',
        '<https://evil.example|click>',
        '[click](https://evil.example)',
        '![p](http://evil.example/p.png)',
        'https://prom.example/graph ',
        '| a | b |\n|---|---|\n| 1 | 2 |',
        '`',
        '```',
        '*',
        '_',
        '~',
        '&amp;',
        '&lt;!channel&gt;',
        '&',
        '<',
        '>',
        '👩‍👩‍👧‍👦',
        '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
        'é',
        '\u202e',
        '\u0000',
        '\n',
        '\n\n',
        ' ',
        'checkout ',
        '12.4 % ',
        ':fire:',
        'www.evil.example ',
        'mailto:a@evil.example ',
      ),
      { minLength: 1, maxLength: 40 },
    )
    .map((parts) => parts.join('')),
)
const texts = (max: number) => fc.array(hostile, { maxLength: max })
const receipts = [{ evidence: 'E3', quote: 'x' }]

const anyAnalysis: fc.Arbitrary<Analysis> = fc
  .record({
    verdict: fc.constantFrom('no_action' as const, 'action_suggested' as const, 'action_required' as const, 'inconclusive' as const),
    summary: hostile,
    cause: fc.option(hostile.map((text) => ({ text, category: 'unknown' as const, receipts }))),
    claims: texts(20).map((list) =>
      list.map((text, i) => ({ text, kind: i % 2 === 0 ? ('observation' as const) : ('inference' as const), receipts })),
    ),
    ruled_out: texts(8).map((list) => list.map((text) => ({ text, receipts }))),
    data_gaps: texts(8),
    next_steps: texts(10),
    unsupported: texts(4),
    partial_reason: fc.option(hostile),
  })
  .map((parts) => analysis({ ...parts, partial: parts.partial_reason !== null }))

const RULE = { change: 'for' as const, days: 14, fired: 16, would_have_fired: 2, kept: 2, real: 2 }

const answerOf = (text: string) => ({
  answer: text,
  claims: [{ text, kind: 'inference' as const, receipts }],
  data_gaps: [text],
  next_steps: [text],
  unsupported: [text],
  partial: true,
  partial_reason: text,
  by: 'model' as const,
})

const challengeOf = (text: string, verdict: 'stands' | 'weakened' | 'refuted', partial_reason: string | null) => ({
  verdict,
  summary: text,
  objections: [
    { against: 'cause', text, receipts },
    { against: text, text, receipts: [] },
  ],
  confidence: 40,
  unsupported: [text],
  partial: partial_reason !== null,
  partial_reason,
})

/** An action through every end that it can have, with a hostile text wherever one could stand. */
const actsOf = (text: string): TimelineEntry[][] => {
  const refused: TimelineEntry = { type: 'action_refused', wanted: `undo of ${text}`, reason: text }
  const words = {
    title: text,
    change: Array.from({ length: 12 }, () => text),
    why: [text, text],
    notes: [text, text, text],
    command: text,
    cluster: text,
  }
  const because = { text, evidence: ['E3' as const] }
  const card = proposed({ ...words, risk: 'HIGH', approvals: 2 }, { because, reasons: [text, text] })
  const ways = { action: 'a2', number: 2 }
  const undo = proposed({ ...words, action: 'a2', undo: null }, { ...ways, because, undo_of: 1 })
  const ran_ = (outcome: 'succeeded' | 'failed' | 'outcome_unknown' | 'dry_run') => [
    card,
    approved('U0TOM', 1),
    approved(),
    begun(text),
    ran(outcome, text),
  ]
  const chart = {
    title: text,
    points: [
      [1, 1],
      [2, Number.NaN],
      [3, 2],
    ] as const,
    limit: 1,
    at: 2,
  }
  return [
    [card],
    [proposed({ ...restart, ...words, undo: null, dryRun: true }, { route: 'escalate', reasons: [text] })],
    [card, approved('U0TOM', 1)],
    [card, approved(null)],
    [card, act('action_rejected', { version: 1, by: 'U0TOM', reason: text })],
    [card, approved(), begun(text), act('action_progress', { text })],
    ...(['failed', 'outcome_unknown', 'dry_run', 'succeeded'] as const).map(ran_),
    ...(['expired', 'superseded', 'cancelled', 'blocked', 'changed', 'self_healed'] as const).map((how) => [
      card,
      approved(),
      act('action_ended', { how, reason: text, by: 'U0TOM' }),
    ]),
    ...(['verified', 'no_change', 'worsened', 'cannot_tell'] as const).flatMap((outcome) => [
      [...ran_('succeeded'), checked(outcome, { detail: text, before: text, after: text, chart })],
      [...ran_('succeeded'), checked(outcome, { detail: text, before: null, after: text, chart: null }), undo],
      [...ran_('succeeded'), checked(outcome), act('action_ineffective', { detail: text }), refused],
    ]),
  ]
}

/** Every message that one hostile text could get into. */
const everything = (text: string, concluded: Analysis): DesiredMessage[] => {
  const question = { text, user: 'U0ANA', name: text, channel: 'C0ALERTS', ts: '1.4' }
  const entries: TimelineEntry[] = [
    { type: 'opened', source: 'alertmanager', fingerprint: 'f1', labels: {}, previous: null },
    {
      type: 'briefed',
      brief: brief({
        headline: text,
        state: text,
        gaps: [text],
        looked_at: [text],
        findings: brief().findings.map((one) => ({ ...one, summary: text })),
        chart: {
          title: text,
          points: [
            [1, 1],
            [1, 2],
            [61, Number.NaN],
            [62, 3],
          ],
          limit: 2,
        },
      }),
    },
    { type: 'owned', user: 'U0ANA' },
    { type: 'investigation_started', investigation: 1, kind: 'alert', model: text, limit: 15, usd_limit: 1 },
    { type: 'tool_started', investigation: 1, call: text, tool: text, question: text },
    { type: 'tool_started', investigation: 1, call: `${text}2`, tool: text, question: text },
    { type: 'tool_answered', investigation: 1, call: text, ok: true, summary: text, ms: 10, evidence: 'E3', usd: 0.1 },
  ]
  const hypotheses = [{ text, status: 'checking' as const }]
  const thoughts: TimelineEntry[] = [
    { type: 'planned', investigation: 1, plan: { hypotheses } },
    { type: 'interim', investigation: 1, interim: { lead: text, evidence: ['E3'], hypotheses } },
    { type: 'fell_back', investigation: 1, from: text, to: text, because: text },
    { type: 'said', user: 'U0ANA', name: text, text, kind: 'correction', channel: 'C0ALERTS', ts: '1.3' },
    { type: 'said', kind: 'question', ...question },
    { type: 'investigation_started', investigation: 2, kind: 'question', model: text, limit: 6, usd_limit: 0.3 },
  ]
  const paid = { spending: spending({ models: [text, text] }), seconds: 3 }
  const talk: TimelineEntry[] = [
    { type: 'answered', investigation: 2, investigation_id: 'i2', question, answer: answerOf(text), ...paid },
    { type: 'investigation_started', investigation: 3, kind: 'challenge', model: text, limit: 6, usd_limit: 0.3 },
    ...(['stands', 'weakened', 'refuted'] as const).map(
      (verdict, i): TimelineEntry => ({
        type: 'challenged',
        investigation: 3 + i,
        investigation_id: `i${3 + i}`,
        of: 1,
        challenge: challengeOf(text, verdict, concluded.partial_reason),
        analysis: concluded,
        ...paid,
      }),
    ),
    { type: 'better_rule', rule: { ...RULE, now: text, better: text }, evidence: 'E3' },
  ]
  const held: TimelineEntry[] = [
    { type: 'gated', investigation: 1, decision: 'ignore', reason: text, evidence: ['E3'], spending: paid.spending },
    { type: 'better_rule', rule: { ...RULE, now: text, better: text }, evidence: 'E3' },
  ]
  const waits: TimelineEntry = { type: 'waiting', investigation: 1, until: '2026-11-20T03:10:00Z', reason: text, evidence: ['E3'] }
  const more: TimelineEntry[] = [
    { type: 'posted_again', channel: 'C0ALERTS', ts: '1.2', count: 1 },
    { type: 'failed', what: text, reason: text },
    { type: 'recovery_checked', outcome: 'cannot_tell', detail: text, value: text, evidence: 'E3' },
    { type: 'analysed', investigation: 1, investigation_id: 'i1', analysis: concluded, spending: spending({ models: [text] }), seconds: 3 },
  ]
  const shape = {
    incident: { title: text, alertname: text, cluster: text, anchor: 'own' as const },
    alerts: { newest: { ...alert({ a: text, namespace: text }), generator_url: text } },
  }
  return [
    viewOf(entries, shape),
    viewOf([...entries, ...more], shape),
    viewOf([...entries, ...more], { ...shape, incident: { ...shape.incident, subject: null } }),
    viewOf([...entries, ...thoughts], shape),
    viewOf([...entries, ...thoughts, ...more, ...talk], shape),
    viewOf([...entries.slice(0, 2), ...held], shape),
    viewOf([...entries.slice(0, 2), waits], shape),
    viewOf([...entries, ...more, { type: 'action_refused', wanted: text, reason: text }], shape),
    viewOf([...entries, ...more, ...talk], { ...shape, settings: { mode: 'shadow', shadowChannel: 'C0TRIAL' } }),
  ].flatMap((view) => {
    const { messages, anchorCard, copy } = draw(view)
    return [...messages, ...(anchorCard === undefined ? [] : [anchorCard]), ...(copy === undefined ? [] : [copy])]
  })
}

const assertSafe = ({ key, text, blocks }: DesiredMessage): void => {
  assert.deepEqual(faultsOf({ blocks }), [], key)
  assert.deepEqual(fitted({ text, blocks }).faults, [], key)
  assert.ok(text.length > 0 && text.length <= 110, `${key}: ${text}`)
  const said = `${text}\n${stringsIn(blocks).join('\n')}`
  const alive = [...said.matchAll(/<(?![\s\d=])([^>\n]*)>/g)].map(([, token = '']) => token)
  for (const token of alive)
    assert.match(
      token,
      /^(!date\^\d+\^\{time\}\|\d\d:\d\d UTC|@U0ANA|https:\/\/(prom\.example|acme\.slack\.com)[/|][^>]*|https:\/\/prom\.example\/?)$/,
      key,
    )
  assert.ok(alive.filter((token) => token.startsWith('@')).length <= 1, `${key} calls one person at most`)
  // A longer word that was cut there is none of these words, and without `parse: full` none of them calls anybody.
  assert.doesNotMatch(said, /@(channel|here|everyone)\b(?!…)/i, key)
  for (const shown of [text, ...stringsIn(blocks)])
    assert.doesNotMatch(
      // Nothing in code can be clicked, and a fence that was cut is closed on a line of its own.
      shown.replaceAll(/<https:[^>]*>|```[\s\S]*?```|`[^`\n]*`/g, ''),
      /(?<![a-z])https?:\/\/evil|(?<!\[\.\])\bwww\.evil/i,
      key,
    )
}

const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) =>
    name === 'value' || name === 'block_id' || name === 'task_id' ? [] : stringsIn(part),
  )
}

describe('what goes out', () => {
  it('is valid, calls nobody that Vigil did not mean, and links nowhere foreign, whatever the text', () => {
    fc.assert(
      fc.property(hostile, anyAnalysis, (text, concluded) => {
        for (const message of everything(text, concluded)) {
          assertSafe(message)
          for (const level of [1, 2]) {
            const plainer = reduced(message, level)
            assert.deepEqual(faultsOf({ blocks: plainer.blocks }), [])
            assert.ok(plainer.text.length > 0 && plainer.text.length <= 4000)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is so for every card and every end of an action', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const names = { U0TOM: text, S0PAY: text }
        const frozen = { by: 'U0TOM', reason: text, at: new Date(0) }
        const brief_: TimelineEntry = { type: 'briefed', brief: brief() }
        for (const told of actsOf(text))
          for (const view of [viewOf([brief_, { type: 'owned', user: 'U0ANA' }, ...told]), viewOf([brief_, ...told], { names, frozen })]) {
            const drawn = draw(view).messages.filter(({ key }) => key.includes(':action:'))
            assert.ok(drawn.length > 0)
            for (const message of drawn) {
              assertSafe(message)
              for (const level of [1, 2]) assert.deepEqual(faultsOf({ blocks: reduced(message, level).blocks }), [])
            }
          }
      }),
      { numRuns: 40 },
    )
  })

  it('takes an analysis of 10,000 characters with emoji, tables, calls and links, and keeps a way to all of it', () => {
    const bad = 'A 👩‍👩‍👧‍👦 table | a | b |\n| 1 | 2 | <!channel> <https://evil.example|here> https://evil.example/ @here '.repeat(6)
    const concluded = analysis({
      claims: Array.from({ length: 10 }, () => ({ text: bad.slice(0, 600), kind: 'observation' as const, receipts })),
      next_steps: Array.from({ length: 8 }, () => bad.slice(0, 600)),
    })
    assert.ok([...concluded.claims.map(({ text }) => text), ...concluded.next_steps].join('').length > 10_000)
    const messages = everything('x', concluded)
    for (const message of messages) assertSafe(message)
    const found = messages.find(({ key }) => key.endsWith(':analysis:1'))
    assert.match(JSON.stringify(found?.blocks), /"action_id":"details"/)
  })
})

describe('foreign text', () => {
  it('links only to known hosts, in their normal form', () => {
    assert.equal(
      line('see https://prom.example/graph and https://evil.example/x', ['prom.example']),
      'see <https://prom.example/graph> and `hxxps://evil.example/x`',
    )
    assert.equal(knownLink('https://prom.example/graph?a=1&b=2', ['prom.example']), 'https://prom.example/graph?a=1&amp;b=2')
    for (const url of [
      'https://evil.example/',
      'javascript:alert(1)',
      'https://prom.example@evil.example/',
      'https://u:p@prom.example/',
      '',
      null,
    ])
      assert.equal(knownLink(url, ['prom.example']), undefined, String(url))
  })

  it('cannot swallow what stands behind it', () => {
    assert.equal(line('a ` b', []), "a ' b")
    assert.equal(line('a `b` c', []), 'a `b` c')
    assert.equal(line('a ``` b', []).split('`').length % 2, 1)
    assert.equal(bold('a *b* c', []), '*a b c*')
    assert.equal(line(' \n ', []), 'nothing')
  })

  it('is no markup in fields that are plain text', () => {
    assert.equal(label('<!channel> rate < 5 @here', 100), '‹!channel> rate < 5 @ here')
    assert.equal(label('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 12), '👩‍👩‍👧‍👦…')
    assert.equal(label('a < b', 4), 'a ‹…')
  })

  it('fits a phone: whole sentences, the first one cut if it must be', () => {
    assert.equal(push(['Act now: x.', 'y'.repeat(120), 'Investigating']), 'Act now: x. Investigating.')
    assert.match(push(['z'.repeat(200)]), /^z{100,108}…$/)
    assert.equal(push(['', '  ']), 'Vigil has news.')
  })
})

describe("our own check of Slack's limits", () => {
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })

  it('cuts between graphemes and says where the rest is', () => {
    const { payload, faults } = fitted({ text: 'x', blocks: [section('👩‍👩‍👧‍👦 '.repeat(400))] })
    const { text } = (payload.blocks[0]?.['text'] ?? { text: '' }) as { text: string }
    assert.ok(text.length <= 3000, String(text.length))
    assert.match(text, /^(?:👩‍👩‍👧‍👦 ?)+ … more under Evidence$/u)
    assert.equal(faults.length, 1)
  })

  it('leaves out what Slack would refuse whole, and names it', () => {
    const button = (value: string, action = 'a') => ({
      type: 'button',
      action_id: action,
      text: { type: 'plain_text', text: 'T'.repeat(90) },
      value,
    })
    const { payload, faults } = fitted({
      text: '',
      blocks: [...Array.from({ length: 60 }, (_, i) => section(String(i)))]
        .slice(0, 40)
        .concat([
          { type: 'actions', elements: [button('x'), button('y'), button('z'.repeat(2001), 'b')] } as never,
          { type: 'context', elements: [] } as never,
          { type: 'video', text: {} } as never,
          section(''),
          { type: 'data_visualization', title: 'x'.repeat(60), chart: {} } as never,
          { type: 'plan', title: '', tasks: [{ task_id: '', title: 'x'.repeat(300), status: 'complete' }] } as never,
          { type: 'divider', block_id: 'same' } as never,
          { type: 'divider', block_id: 'same' } as never,
        ]),
    })
    assert.deepEqual(faultsOf(payload), [])
    assert.equal(payload.text, 'Vigil has news.')
    assert.ok(faults.length >= 8, faults.join('\n'))
  })

  it('agrees with what Slack refuses, block for block', () => {
    const many = fitted({ text: 'x', blocks: Array.from({ length: 80 }, (_, i) => section(String(i))) })
    assert.deepEqual(faultsOf(many.payload), [])
    assert.equal(many.payload.blocks.length, 50)
    assert.match(JSON.stringify(many.payload.blocks.at(-1)), /more under Evidence/)
  })
})
