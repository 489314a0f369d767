import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import type { TimelineEntry } from '../../src/incident/timeline.ts'
import type { Challenge, QuestionAnswer } from '../../src/investigation/conversation.ts'
import { fitted } from '../../src/slack/check.ts'
import type { DesiredMessage } from '../../src/slack/drawing.ts'
import { draw } from '../../src/slack/thread.ts'
import { analysed, analysis, answered, asked, brief, spending, started } from './story.ts'
import { viewOf } from './view.ts'

const opened: TimelineEntry = { type: 'opened', source: 'alertmanager', fingerprint: 'f1', labels: {}, previous: null }
const briefed = (more: Parameters<typeof brief>[0] = {}): TimelineEntry => ({ type: 'briefed', brief: brief(more) })
const names = (view: ReturnType<typeof viewOf>): string[] => draw(view).messages.map(({ key }) => key.replace('0190-incident:', ''))

const message = (view: ReturnType<typeof viewOf>, name: string): DesiredMessage => {
  const { messages, copy } = draw(view)
  const found = [...messages, ...(copy === undefined ? [] : [copy])].find(({ key }) => key.endsWith(`:${name}`))
  assert.ok(found, `there is a message ${name}`)
  assert.deepEqual(faultsOf({ blocks: found.blocks }), [], 'Slack would take it')
  assert.deepEqual(fitted(found).faults, [], 'our own check agrees')
  assert.ok(found.text.length > 0 && found.text.length <= 110, found.text)
  return found
}

type Element = {
  text?: { text: string } | string
  action_id?: string
  value?: string
  options?: { text: { text: string }; value: string }[]
}

const elementsOf = ({ blocks }: DesiredMessage): Element[] =>
  blocks.flatMap((block) => [
    ...((block['elements'] as Element[] | undefined) ?? []),
    ...(block['accessory'] === undefined ? [] : [block['accessory'] as Element]),
  ])

/** The words of a message, a line each; buttons in brackets. */
const words = (drawn: DesiredMessage): string =>
  drawn.blocks
    .flatMap((block) => [block, ...((block['elements'] as Element[] | undefined) ?? [])])
    .map((part) => {
      const { text } = part as Element
      if (typeof text === 'string') return text
      return text === undefined ? '' : (part as Element).action_id === undefined ? text.text : `[${text.text}]`
    })
    .filter((text) => text !== '')
    .join('\n')
    .replaceAll('\u00a0', ' ')

const menu = (drawn: DesiredMessage): string[] => elementsOf(drawn).flatMap(({ options }) => options?.map(({ text }) => text.text) ?? [])
const buttonOf = (drawn: DesiredMessage, action: string): Element | undefined => elementsOf(drawn).find((one) => one.action_id === action)

const gated = (decision: 'ignore' | 'auto_resolve' | 'triage'): TimelineEntry => ({
  type: 'gated',
  investigation: 1,
  decision,
  reason: 'log rotation, over by itself on 41 of 41 nights',
  evidence: ['E5'],
  spending: spending({ tool_calls: 2, usd: 0.01, models: ['claude-haiku-5-5'] }),
})
const waits: TimelineEntry = {
  type: 'waiting',
  investigation: 1,
  until: '2026-11-20T03:10:02.000Z',
  reason: 'it was over within 4 min 41 of 41 times in 14 days',
  evidence: ['E5'],
}
const forced = (past: 'gate' | 'waiting' | 'budget', investigation = 2): TimelineEntry => ({
  type: 'forced',
  investigation,
  user: 'U0ANA',
  past,
})
const rule: TimelineEntry = {
  type: 'better_rule',
  rule: { change: 'for', now: 'for: 2m', better: 'for: 15m', days: 14, fired: 16, would_have_fired: 2, kept: 2, real: 2 },
  evidence: 'E6',
}

describe('what is not investigated', () => {
  it('by the gate: says why with proof and by whom, offers to do it all the same, and calls for nobody', () => {
    const view = viewOf([opened, briefed({ chart: null }), gated('ignore'), rule])
    const first = message(view, 'first')
    const said = words(first)
    assert.match(said, /^💤 \*Not investigated: log rotation, over by itself on 41 of 41 nights\* {2}`E5`\n12\.4 % \(limit 5 %\)/)
    assert.match(said, /• Deploy v2\.14\.0 of checkout, 3 min before the errors {2}`E2`/, 'what the rules found stands below')
    assert.match(
      said,
      /\*Better rule:\* `for: 15m` instead of `for: 2m` would have fired 2 times in 14 days, not 16, and kept both that were real {2}`E6`/,
    )
    assert.match(said, /Left alone by the gate \(2 queries, \$0\.01, claude-haiku-5-5\)\./)
    assert.match(said, /\[Investigate anyway\]\n\[Copy the rule\]\n\[Evidence\]$/)
    assert.doesNotMatch(said, /Nobody has taken/)
    assert.deepEqual(menu(first), ["I'm on it", 'Wrong service?', 'Why? What was decided'])
    assert.equal(buttonOf(first, 'force')?.value, '0190-incident')
    assert.equal(draw(view).reaction, 'zzz')
    assert.equal(first.final, true)
  })

  it('after "Investigate anyway" is investigated like all else', () => {
    const view = viewOf([opened, briefed(), gated('ignore'), forced('gate')])
    assert.match(
      words(message(view, 'first')),
      /^\*Deploy v2\.14\.0[\s\S]*Investigating all the same, at most 3 min\. Nobody has taken this yet\./,
    )
    assert.equal(draw(view).reaction, 'mag')
    assert.equal(draw(viewOf([opened, briefed(), gated('triage')])).reaction, 'mag')
    assert.equal(buttonOf(message(viewOf([opened, briefed(), gated('triage')]), 'first'), 'force'), undefined)
  })

  it('while it is waited for: each reader’s own clock counts, nothing is edited, and a phone reads for how long', () => {
    const entries = [opened, briefed(), waits]
    const first = message(viewOf(entries), 'first')
    const until = Date.parse('2026-11-20T03:10:02Z') / 1000
    assert.match(
      words(first),
      new RegExp(`^💤 \\*Usually over by itself: I look again at <!date\\^${until}\\^\\{time\\}\\|03:10 UTC>\\*\\n`),
    )
    assert.match(words(first), /• It was over within 4 min 41 of 41 times in 14 days {2}`E5`/)
    assert.match(words(first), /\[Investigate now\]\n\[I'm on it\]\n\[Evidence\]$/)
    assert.equal(first.text, 'CheckoutHighErrorRate at 12.4 % (limit 5 %). Usually over by itself, I look again in 4 min.')
    assert.equal(draw(viewOf(entries)).reaction, 'zzz')
    assert.equal(draw(viewOf([...entries, started()])).reaction, 'mag', 'until it is over and investigated')
    assert.match(words(message(viewOf([...entries, started()]), 'first')), /Investigating, at most 3 min/)
    const question: TimelineEntry = { ...started(2), kind: 'question' } as TimelineEntry
    assert.equal(draw(viewOf([...entries, question])).reaction, 'zzz', 'a question does not end the wait')
    assert.equal(draw(viewOf([opened, briefed(), gated('auto_resolve'), waits])).reaction, 'zzz')
  })

  it('with the day’s money spent: says what was spent and what going on would cost', () => {
    const entries = [opened, briefed({ next: 'budget_spent' })]
    const first = message(viewOf(entries), 'first')
    assert.match(
      words(first),
      /\*Today's \$50 are spent\*, so rules only\. First thing to do: kubectl rollout undo deploy\/checkout\. Nobody has taken this yet\./,
    )
    assert.match(words(first), /\[Go on, up to \$1\.00\]/)
    assert.match(JSON.stringify(buttonOf(first, 'force')), /It takes up to 3 min and up to \$1\.00, beyond the \$50 that are spent\./)
    assert.equal(draw(viewOf(entries)).reaction, 'zzz')
    assert.equal(draw(viewOf([...entries, forced('budget')])).reaction, 'mag')
    assert.match(
      words(message(viewOf(entries, { settings: { dayUsd: null } }), 'first')),
      /\*Today's budget is spent\*/,
      'which of several is not known',
    )
  })

  it('let in and then too late for the money is the same, and no analysis of its own', () => {
    const late = analysed({
      by: 'rules',
      verdict: 'inconclusive',
      cause: null,
      partial: true,
      partial_reason: 'rules only: $50.10 of $50.00 for 24 hours are spent',
    })
    const view = viewOf([opened, briefed(), late])
    assert.deepEqual(names(view), ['first'])
    assert.match(words(message(view, 'first')), /\[Go on, up to \$1\.00\]/)
    assert.equal(draw(view).reaction, 'zzz')
    const on = viewOf([opened, briefed(), late, forced('budget'), started(2)])
    assert.deepEqual(names(on), ['first', 'progress:1'])
    assert.match(words(message(on, 'first')), /Looking again, at most 3 min/)
  })

  it('what went by itself while it was waited for needs nobody', () => {
    const went = analysed({ by: 'rules', verdict: 'no_action', cause: null, summary: 'It went by itself: it usually does.' })
    const first = message(viewOf([opened, briefed(), waits, went, rule]), 'first')
    assert.match(words(first), /^🟢 \*No action needed: It went by itself: it usually does\*\n/)
    assert.match(words(first), /Better rule/)
    assert.doesNotMatch(words(first), /stands below|Nobody has taken|I'm on it/)
  })
})

describe('the progress', () => {
  const plan: TimelineEntry = {
    type: 'planned',
    investigation: 1,
    plan: {
      hypotheses: [
        { text: 'the deploy', status: 'supported' },
        { text: 'the database', status: 'ruled_out' },
        { text: 'more traffic', status: 'checking' },
        { text: 'a bad node', status: 'open' },
      ],
    },
  }

  it('shows what it might be, the lead after a minute, and once that another model goes on', () => {
    const view = viewOf([
      opened,
      briefed(),
      started(),
      plan,
      asked('c1', 'Errors by version?'),
      { type: 'fell_back', investigation: 1, from: 'anthropic/claude-sonnet-5-5', to: 'openai/qwen3:32b', because: 'overloaded' },
      { type: 'interim', investigation: 1, interim: { lead: 'Only v2.14.0 fails.', evidence: ['E5'], hypotheses: [] } },
    ])
    const said = words(message(view, 'progress:1'))
    assert.match(
      said,
      /· qwen3:32b\nIs it the deploy\? \*yes so far\* · the database\? \*no\* · more traffic\? \*checking\* · a bad node\? \*not looked at yet\*\n/,
    )
    assert.match(said, /\*After 4 s:\* best lead, not a conclusion: Only v2\.14\.0 fails {2}`E5`\n/)
    assert.match(said, /⚠ claude-sonnet-5-5 gave no answer \(overloaded\), so I asked qwen3:32b instead/)
  })

  it('asks after things alone, and says when there is no lead with proof', () => {
    const sentence: TimelineEntry = {
      ...plan,
      plan: { hypotheses: [{ text: 'v2.14.0 cut the pool.', status: 'checking' }] },
    } as TimelineEntry
    const none: TimelineEntry = { type: 'interim', investigation: 1, interim: { lead: null, evidence: [], hypotheses: [] } }
    const said = words(message(viewOf([opened, briefed(), started(), sentence, none]), 'progress:1'))
    assert.match(said, /\nv2\.14\.0 cut the pool: \*checking\*\n\*After 2 s:\* no lead with proof yet\n/)
  })

  it('of a question or a challenge leaves that of the alert where it is', () => {
    const view = viewOf([
      opened,
      briefed(),
      started(),
      asked('c1', 'Why?'),
      answered('c1', 'so'),
      analysed(),
      { type: 'said', kind: 'question', ...question('was it the deploy?') },
      { ...started(2), kind: 'question' } as TimelineEntry,
    ])
    assert.deepEqual(names(view), ['first', 'progress:1', 'analysis:1', 'aside:2'])
    assert.match(words(message(view, 'progress:1')), /^🔎 Investigated in 58 s/)
    assert.match(words(message(view, 'aside:2')), /^💬 \*Answering ana's question\* · 0 s · 0 of 15 queries/)
    const challenge = viewOf([opened, briefed(), started(), analysed(), { ...started(2), kind: 'challenge' } as TimelineEntry])
    assert.match(words(message(challenge, 'aside:2')), /^⚔ \*Trying to refute the analysis\*/)
    assert.equal(buttonOf(message(challenge, 'analysis:1'), 'challenge'), undefined, 'one at a time')
  })
})

const question = (text: string) => ({ text, user: 'U0ANA', name: 'ana', channel: 'C0ALERTS', ts: '1795144100.000100' })

describe('an answer', () => {
  const answer: QuestionAnswer = {
    answer: 'No: the database is calm.',
    claims: [{ text: '41 of 200 connections', kind: 'observation', receipts: [{ evidence: 'E6', quote: '41' }] }],
    data_gaps: ['slow queries'],
    next_steps: [],
    unsupported: [],
    partial: false,
    partial_reason: null,
    by: 'model',
  }
  const told = (more: Partial<QuestionAnswer> = {}): TimelineEntry => ({
    type: 'answered',
    investigation: 2,
    investigation_id: 'i2',
    question: question('was it the database?'),
    answer: { ...answer, ...more },
    spending: spending({ tool_calls: 1, usd: 0.03 }),
    seconds: 12,
  })
  const run: TimelineEntry[] = [
    { type: 'said', kind: 'question', ...question('was it the database?') },
    { ...started(2), kind: 'question' } as TimelineEntry,
    asked('q1', 'Connections', 2),
  ]

  it('is one message of its own: whose question, the answer, its proof, what could not be seen, what it cost', () => {
    const view = viewOf([opened, briefed(), started(), analysed(), ...run, told()])
    assert.deepEqual(names(view), ['first', 'progress:1', 'analysis:1', 'aside:2', 'answer:2'])
    const drawn = message(view, 'answer:2')
    assert.equal(
      words(drawn),
      [
        'ana asked: was it the database?',
        '*No: the database is calm.*\n• 41 of 200 connections  `E6`\n*Could not see:* slow queries',
        '[Evidence]',
        '[Show steps]',
        '12 s · 1 query · $0.03 · claude-sonnet-5-5',
      ].join('\n'),
    )
    assert.equal(drawn.text, 'No: the database is calm. To: was it the database?')
    assert.match(words(message(view, 'aside:2')), /^💬 Answered below, after 12 s\.$/)
    assert.match(words(message(view, 'first')), /the analysis stands below/)
  })

  it('that could not be given says why, and what is set apart', () => {
    const none = told({
      by: 'rules',
      answer: 'I could not look into it.',
      claims: [],
      partial: true,
      partial_reason: 'the provider gave no answer',
    })
    const said = words(message(viewOf([opened, briefed(), ...run, none]), 'answer:2'))
    assert.match(said, /⚪ I could not look into it\./)
    assert.match(said, /\*Partial: the provider gave no answer\* · 12 s · 1 query · \$0\.03 · rules only/)
    const apart = words(message(viewOf([opened, briefed(), ...run, told({ unsupported: ['It was DNS'] })]), 'answer:2'))
    assert.match(apart, /\*Not supported by the evidence, so not part of the answer:\* It was DNS/)
  })

  it('is heard in a quiet channel, since somebody asked', () => {
    const quiet = { settings: { mode: 'quiet' as const }, incident: { severity: 'warning' } }
    assert.deepEqual(names(viewOf([opened, briefed(), ...run, told()], quiet)), ['aside:2', 'answer:2'])
  })

  it('and what people say is acknowledged in the first reply', () => {
    const says: TimelineEntry = { type: 'said', kind: 'correction', ...question('it was the cache.') }
    assert.match(words(message(viewOf([opened, briefed(), says]), 'first')), /ana says: it was the cache\. Weighed in the next look\./)
    assert.match(
      words(message(viewOf([opened, briefed(), says, started(), analysed()]), 'first')),
      /it was the cache\. Weighed in the newest look\./,
    )
  })
})

describe('a challenge', () => {
  const told = (more: Partial<Challenge> = {}, left = analysis()): TimelineEntry => ({
    type: 'challenged',
    investigation: 2,
    investigation_id: 'i2',
    of: 1,
    challenge: {
      verdict: 'stands',
      summary: 'Nothing else explains it.',
      objections: [],
      confidence: 87,
      unsupported: [],
      partial: false,
      partial_reason: null,
      ...more,
    },
    analysis: left,
    spending: spending({ tool_calls: 4, usd: 0.06 }),
    seconds: 28,
  })
  const entries = (...more: TimelineEntry[]) => [
    opened,
    briefed(),
    started(),
    analysed(),
    { ...started(2), kind: 'challenge' } as TimelineEntry,
    ...more,
  ]

  it('that finds nothing says that the analysis stands, there and in its footer', () => {
    const view = viewOf(entries(told()))
    assert.match(
      words(message(view, 'challenge:2')),
      /^🛡 \*Tried to prove it wrong: it stands\* {3}87 % confidence\nNothing else explains it\./,
    )
    const above = message(view, 'analysis:1')
    assert.match(words(above), /a second look could not refute it · 58 s/)
    assert.equal(buttonOf(above, 'challenge'), undefined)
    assert.ok(!menu(above).includes('Prove me wrong'), 'it was tried')
  })

  it('that weakens it says by how much and why, and the analysis above is what is left', () => {
    const objections = [
      { against: 'cause', text: 'Errors began before the deploy', receipts: [{ evidence: 'E10', quote: 'x' }] },
      { against: 'claims[2]', text: 'May be an effect', receipts: [] },
    ]
    const left = analysis({ confidence: 55, confidence_why: 'a second look weakened it' })
    const view = viewOf(entries(told({ verdict: 'weakened', confidence: 55, objections }, left)))
    const said = words(message(view, 'challenge:2'))
    assert.match(
      said,
      /^🔻 \*Weaker now: 87 → 55 % confidence\*\nNothing else explains it\.\n\*Against it\*\n• Errors began before the deploy {2}`E10`\n• _A doubt, without proof of its own:_ May be an effect\n/,
    )
    assert.match(
      words(message(view, 'analysis:1')),
      /55 % confidence[\s\S]*\*A second look weakened this\*, 87 → 55 %: what it found stands below\./,
    )
    assert.match(message(view, 'challenge:2').text, /^Weaker now: the analysis of shop\/checkout, 87 → 55 %\./)
  })

  it('that refutes it leaves no cause, and no steps that were meant for it', () => {
    const left = analysis({
      verdict: 'inconclusive',
      cause: null,
      confidence: 40,
      summary: 'No proven cause: a second look refuted the one that stood here.',
      unsupported: ['The pool was cut'],
    })
    const view = viewOf(entries(told({ verdict: 'refuted', confidence: 40 }, left)))
    assert.match(
      words(message(view, 'challenge:2')),
      /^❌ \*Refuted:\* \*v2\.14\.0 cut checkout's database pool from 50 to 10\* does not hold\n/,
    )
    const above = words(message(view, 'analysis:1'))
    assert.match(above, /^⚪ \*No proven cause\.\* A second look refuted the one that stood here\n/)
    assert.match(above, /\*Not a finding any more:\* The pool was cut/)
    assert.doesNotMatch(above, /Roll back|confidence/)
    assert.match(words(message(view, 'first')), /^⚪ \*No proven cause\.\*/)
    assert.equal(draw(view).reaction, 'white_circle')
  })

  it('that was cut short says nothing about the analysis, and can be tried again', () => {
    const view = viewOf(entries(told({ partial: true, partial_reason: 'the provider gave no answer' })))
    assert.match(
      words(message(view, 'challenge:2')),
      /^⚪ \*Tried to prove it wrong, not to the end:\* the provider gave no answer\nThe analysis above is unchanged/,
    )
    assert.ok(buttonOf(message(view, 'analysis:1'), 'challenge'))
  })
})

describe('the analysis', () => {
  const drawn = (more: Parameters<typeof analysed>[0] = {}, ...entries: TimelineEntry[]) =>
    message(viewOf([opened, briefed(), started(), analysed(more), ...entries]), 'analysis:1')

  it('has at most three buttons in a row, by the verdict, and the rest in a menu', () => {
    const row = (...given: Parameters<typeof drawn>) => words(drawn(...given)).match(/\[[^\]]+\]/g)
    assert.deepEqual(row(), ['[Evidence]', '[Prove me wrong]'])
    assert.deepEqual(menu(drawn()), ['Full analysis', 'Look again', 'Why? What was decided'])
    assert.deepEqual(row({ verdict: 'inconclusive', cause: null }), ['[Evidence]', '[Look again]'])
    const fine = { verdict: 'no_action' as const, cause: null }
    assert.deepEqual(row(fine, rule), ['[Evidence]', '[Copy the rule]'])
    assert.deepEqual(menu(drawn(fine, rule)), ['Full analysis', 'Investigate anyway', 'Prove me wrong', 'Why? What was decided'])
    assert.deepEqual(row({ unsupported: ['x'] }), ['[Full analysis]', '[Evidence]', '[Prove me wrong]'])
  })

  it('of what needs no action names the better rule and calls nobody', () => {
    const said = words(drawn({ verdict: 'no_action', cause: null, summary: 'Log rotation. It clears at 03:30.' }, rule))
    assert.match(said, /^🟢 \*No action needed: Log rotation\*/)
    assert.match(said, /\*Better rule:\* `for: 15m`/)
    assert.doesNotMatch(said, /<@/)
    assert.doesNotMatch(words(drawn({}, rule)), /Better rule/, 'real trouble has no better rule')
  })

  it('says why its confidence is lower than the model’s own', () => {
    const said = words(drawn({ confidence: 55, model_confidence: 87, confidence_why: '2 of 7 sentences had no proof' }))
    assert.match(said, / {3}55 % confidence\n[\s\S]*\*Confidence lowered:\* 2 of 7 sentences had no proof\./)
    assert.doesNotMatch(said, /87 %/)
  })

  it('names the step of the ladder that answered', () => {
    const fell: TimelineEntry = {
      type: 'fell_back',
      investigation: 1,
      from: 'anthropic/claude-sonnet-5-5',
      to: 'openai/qwen3:32b',
      because: 'overloaded',
    }
    const said = words(message(viewOf([opened, briefed(), started(), fell, analysed()]), 'analysis:1'))
    assert.match(said, /\$0\.14 · qwen3:32b as 2nd model: claude-sonnet-5-5 gave no answer \(overloaded\) · INC-214/)
  })

  it('without a proven cause puts the lead beside the verdict, and its confidence with it', () => {
    const said = words(
      drawn({
        verdict: 'inconclusive',
        cause: null,
        confidence: 38,
        summary: 'No proven cause. Best lead: slow answers of payments-db. It is steady.',
      }),
    )
    assert.match(said, /^⚪ \*No proven cause\.\* Best lead: slow answers of payments-db · 38 % confidence\nIt is steady\./)
  })
})

describe('a channel of the mode shadow', () => {
  const trial = { settings: { mode: 'shadow' as const, shadowChannel: 'C0TRIAL' } }

  it('hears nothing; the trial channel has one living copy with a link and the rating, that calls nobody', () => {
    const owned: TimelineEntry = { type: 'owned', user: 'U0ANA' }
    const view = viewOf([opened, briefed(), owned, started(), analysed()], trial)
    const drawing = draw(view)
    assert.deepEqual([drawing.messages, drawing.reaction, drawing.postReactions], [[], null, []])
    const copy = message(view, 'copy')
    assert.deepEqual([copy.channel, copy.threadTs], ['C0TRIAL', null])
    assert.match(
      words(copy),
      /^👁 Trial: I would have said this under <https:\/\/acme\.slack\.com\/archives\/C0ALERTS\/p1795144000000100\|this alert> \(\*CheckoutHighErrorRate\*\)/,
    )
    assert.match(words(copy), /🔴 \*Act now: v2\.14\.0 cut/)
    assert.deepEqual(words(copy).match(/\[[^\]]+\]/g), ['[Evidence]', '[Full analysis]'])
    assert.ok(buttonOf(copy, 'feedback'))
    assert.doesNotMatch(JSON.stringify(copy.blocks), /<@/)
    assert.match(copy.text, /^Trial: Act now: v2\.14\.0 cut/)
  })

  it('has a copy from the first look on, under one key, and none where there is no trial channel', () => {
    const first = message(viewOf([opened, briefed()], trial), 'copy')
    assert.match(words(first), /Deploy v2\.14\.0 of checkout/)
    assert.doesNotMatch(words(first), /I'm on it/)
    assert.equal(first.key, message(viewOf([opened, briefed(), started(), analysed()], trial), 'copy').key)
    assert.equal(draw(viewOf([opened, briefed()], { settings: { mode: 'shadow' } })).copy, undefined)
    assert.equal(draw(viewOf([opened, briefed()], { settings: { shadowChannel: 'C0TRIAL' } })).copy, undefined)
  })
})
