import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import type { TimelineEntry } from '../../src/incident/timeline.ts'
import { fitted } from '../../src/slack/check.ts'
import type { DesiredMessage } from '../../src/slack/drawing.ts'
import { draw } from '../../src/slack/thread.ts'
import { analysed, answered, asked, brief, started } from './story.ts'
import { alert, viewOf } from './view.ts'

const opened: TimelineEntry = { type: 'opened', source: 'alertmanager', fingerprint: 'f1', labels: {}, previous: null }
const briefed = (more: Parameters<typeof brief>[0] = {}): TimelineEntry => ({ type: 'briefed', brief: brief(more) })
const checked = (outcome: 'recovered' | 'cannot_tell' | 'still_firing' | 'not_confirmed', value: string | null = null): TimelineEntry => ({
  type: 'recovery_checked',
  outcome,
  detail: 'the alert went quiet, but so did its metric',
  value,
  evidence: 'E12',
})

const message = (view: ReturnType<typeof viewOf>, name: string): DesiredMessage => {
  const found = draw(view).messages.find(({ key }) => key.endsWith(`:${name}`))
  assert.ok(found, `there is a message ${name}`)
  assert.deepEqual(faultsOf({ blocks: found.blocks }), [], 'Slack would take it')
  assert.deepEqual(fitted(found).faults, [], 'our own check agrees')
  assert.ok(found.text.length > 0 && found.text.length <= 110, found.text)
  return found
}

/** The words of a message, one line a block. */
const words = ({ blocks }: DesiredMessage): string =>
  blocks
    .flatMap((block) => [block['text'], block['title'], ...(Array.isArray(block['elements']) ? block['elements'] : []), block['accessory']])
    .map((part: unknown) => (typeof part === 'string' ? part : partWords(part)))
    .filter((part) => part !== '')
    .join('\n')
    .replaceAll('\u00a0', ' ')

const partWords = (part: unknown): string => {
  const { text, type } = (part ?? {}) as { text?: string | { text: string }; type?: string }
  if (typeof text === 'string') return text
  return text === undefined ? (type === 'overflow' ? '[⋯]' : '') : `[${text.text}]`
}

describe('the first reply', () => {
  it('says what is known, what could not be seen, what follows, and has the chart and three ways on', () => {
    const first = message(viewOf([opened, briefed()]), 'first')
    assert.equal(
      words(first),
      [
        '*Deploy v2.14.0 of checkout, 3 min before the errors*  `E2`   medium confidence',
        `12.4 % (limit 5 %) since <!date^${Date.UTC(2026, 10, 20, 3, 4) / 1000}^{time}|03:04 UTC> · shop/checkout · prod-eu  \`E1\``,
        '• New in the logs: "timeout acquiring connection from pool", 71 % of errors  `E3`',
        '• 3rd time in 90 days; last was INC-41: a rollback ended it in 6 min.  `E4`',
        'Could not see: traces (Tempo gave no answer in 3 s)',
        'CheckoutHighErrorRate, %',
        'Investigating, at most 3 min. Nobody has taken this yet.',
        "[I'm on it]",
        '[Evidence]',
        '[⋯]',
      ].join('\n'),
    )
    assert.equal(first.text, 'CheckoutHighErrorRate at 12.4 % (limit 5 %). Deploy v2.14.0 of checkout, 3 min before the errors.')
  })

  it('says what was looked at when nothing stands out', () => {
    const first = message(
      viewOf([
        opened,
        briefed({
          headline: 'Nothing stands out yet for shop/checkout',
          findings: brief().findings.slice(0, 1),
          gaps: [],
          confidence: null,
        }),
      ]),
      'first',
    )
    assert.match(words(first), /^\*Nothing stands out yet for shop\/checkout\*\n/)
    assert.match(words(first), /Looked at: the alert's own expression · deploys 2 h · logs 30 min/)
    assert.doesNotMatch(words(first), /Could not see/)
  })

  it('never guesses a service', () => {
    const labels = { alertname: 'KafkaConsumerLag', topic: 'orders.v2', group: 'g-117' }
    const first = message(
      viewOf([opened, briefed({ headline: 'I could not tie this alert to a service', findings: [], state: null, chart: null })], {
        incident: { subject: null, alertname: 'KafkaConsumerLag' },
        alerts: { newest: alert(labels) },
      }),
      'first',
    )
    assert.match(words(first), /Its labels are only: topic=orders\.v2, group=g-117\. I have not assumed a service\./)
    assert.equal(first.text, 'KafkaConsumerLag fired. Its labels name no service I know. I look only at the alert.')
  })

  it('offers the nearest names as buttons, without the names in them, and says what tied it to one', () => {
    const entry = briefed({
      headline: 'I could not tie this alert to a service',
      findings: [],
      state: null,
      chart: null,
      nearest: ['order-worker', 'order-api'],
    })
    const first = message(viewOf([opened, entry], { incident: { subject: null, alertname: 'KafkaConsumerLag' } }), 'first')
    assert.match(words(first), /Nearest by name: order-worker, order-api\. I have not assumed either\./)
    assert.equal(first.text, 'KafkaConsumerLag fired. Its labels name no service I know. Tell me which, or I look only at the alert.')
    const sent = JSON.stringify(first.blocks)
    assert.match(sent, /"action_id":"subject:0","text":\{[^}]*"text":"order-worker"/)
    assert.doesNotMatch(sent, /"value":"[^"]*order-worker/)
    assert.match(sent, /Name the service/)
    const set = { type: 'subject_set', subject: 'checkout', before: null, by: 'U0ANA', basis: 'person', why: '' } as const
    const after = message(viewOf([opened, entry, set]), 'first')
    assert.match(words(after), /About \*checkout\*: <@U0ANA> says so\. The next alert like it comes with that\./)
    assert.doesNotMatch(JSON.stringify(after.blocks), /subject:0/)
  })

  it('says of a lost heartbeat what it means and what to look at', () => {
    const headline = 'Watchdog of prod-eu has been silent for 6 min: alerts from there may not reach you'
    const entry = briefed({ headline, next: 'heartbeat', findings: [], suspects: [], looked_at: [], gaps: [], state: null, chart: null })
    const first = message(
      viewOf([opened, entry], { incident: { subject: 'Watchdog', alertname: 'HeartbeatLost', cluster: 'prod-eu' } }),
      'first',
    )
    assert.equal(first.text, `${headline}.`)
    assert.match(words(first), /^\*Watchdog of prod-eu has been silent for 6 min/)
    assert.match(words(first), /I believe nothing there that says it is over/)
    assert.doesNotMatch(words(first), /Nothing stands out|could not tie/)
  })

  it('is the whole answer without a model, and says so', () => {
    const drawing = draw(viewOf([opened, briefed({ next: 'no_model' })]))
    assert.deepEqual(
      drawing.messages.map(({ key }) => key.split(':')[1]),
      ['first'],
    )
    assert.match(
      words(message(viewOf([opened, briefed({ next: 'no_model' })]), 'first')),
      /Rules only: no model is configured\._ First thing to do: kubectl rollout undo deploy\/checkout\./,
    )
    assert.equal(drawing.reaction, 'white_circle')
  })

  it('counts a storm, names the owner, and says when it fired again', () => {
    const view = viewOf(
      [
        opened,
        briefed(),
        checked('recovered'),
        { type: 'reopened', source: 'alertmanager', fingerprint: 'f1' },
        briefed(),
        { type: 'owned', user: 'U0ANA' },
      ],
      {
        alerts: { total: 12, firing: 3 },
      },
    )
    const said = words(message(view, 'first'))
    assert.match(said, /\*12 alerts, 3 firing\*/)
    assert.match(said, /<@U0ANA> is on it\./)
    assert.match(said, /Fired again <!date\^\d+\^\{time\}\|03:06 UTC>, 1 s after it was over\./)
    assert.doesNotMatch(said, /I'm on it/)
    assert.match(words(message(view, 'outcome')), /It fired again/)
  })

  it('is not there before the rules have answered, and says so when they could not', () => {
    assert.deepEqual(draw(viewOf([opened])).messages, [])
    assert.equal(draw(viewOf([opened])).reaction, 'mag')
    const failed = viewOf([opened, { type: 'failed', what: 'The first look', reason: 'the database was away' }])
    assert.match(words(message(failed, 'first')), /I could not look at this alert yet[\s\S]*The first look: the database was away/)
    assert.equal(draw(failed).reaction, 'warning')
  })
})

describe('the progress', () => {
  it('has a line for each step, with what came of it, and a way to stop', () => {
    const view = viewOf([
      opened,
      briefed(),
      started(),
      asked('c1', 'Errors by version?'),
      answered('c1', 'only v2.14.0 fails, 12.4 % against 0.1 %'),
      asked('c2', 'Traces'),
      answered('c2', 'no answer in 15 s', { ok: false, evidence: null, ms: 15_000, usd: 0.09 }),
      asked('c3', 'Requests per second'),
    ])
    const progress = message(view, 'progress:1')
    assert.match(
      words(progress),
      /🔎 \*Investigating shop\/checkout\* · 5 s · 2 of 15 queries · \$0\.09 of \$1\.00 · claude-sonnet-5-5\nRequests per second …\n\[Stop and conclude\]/,
    )
    const plan = progress.blocks.find(({ type }) => type === 'plan')
    assert.deepEqual(
      ((plan?.['tasks'] ?? []) as { title: string; status: string }[]).map(({ title, status }) => `${status}: ${title}`),
      [
        'complete: Errors by version: only v2.14.0 fails, 12.4 % against 0.1 %  (1.2 s · E5)',
        'error: Traces: no answer in 15 s  (15 s)',
        'in_progress: Requests per second …',
      ],
    )
    assert.equal(progress.final, false)
  })

  it('is one line when it is done', () => {
    const progress = message(viewOf([opened, briefed(), started(), asked('c1', 'Why?'), answered('c1', 'so'), analysed()]), 'progress:1')
    assert.equal(words(progress), '🔎 Investigated in 58 s · 8 queries, 1 failed · $0.14 · claude-sonnet-5-5\n[Show steps]')
    assert.equal(progress.final, true)
  })
})

describe('the analysis', () => {
  it('begins with the verdict and its proof, and says what was not it, not seen, and to be done', () => {
    const view = viewOf([opened, briefed(), { type: 'owned', user: 'U0ANA' }, started(), analysed()])
    const analysis = message(view, 'analysis:1')
    assert.equal(
      words(analysis),
      [
        "🔴 *Act now: v2.14.0 cut checkout's database pool from 50 to 10*   87 % confidence",
        '12.4 % of requests fail (limit 5 %) since 03:04 and it does not recover by itself. <@U0ANA>',
        '*Why*',
        '• Only pods of v2.14.0 fail: 12.4 %; v2.13.4: 0.1 %  `E5`',
        '• DB_POOL_MAX is 10 in v2.14.0 and was 50  `E8`',
        '• 1,204 times "timeout acquiring connection from pool", first at 03:02:10  `E3`',
        '• _Inferred:_ Requests wait for a connection and then time out  `E3`',
        '*Not it:* the database: 41 of 200 connections `E6` · traffic: +2 % on yesterday `E7`',
        '*Could not see:* traces (Tempo down) · whether v2.14.0 migrated the schema',
        '*Next*',
        '1. Roll back to v2.13.4: `kubectl -n shop rollout undo deploy/checkout`',
        '2. Or set DB_POOL_MAX to 50',
        '[Evidence]',
        '[Prove me wrong]',
        '[⋯]',
        '58 s · 8 queries, 1 failed · 31k tokens · $0.14 · claude-sonnet-5-5 · INC-214',
      ].join('\n'),
    )
    assert.equal(analysis.text, "Act now: v2.14.0 cut checkout's database pool from 50 to 10.")
    assert.equal(draw(view).reaction, 'raised_hand')
    assert.match(words(message(view, 'first')), /^🔴 \*Act now: v2\.14\.0 cut checkout's database pool/)
  })

  it('shows no cause where none is proved, and sets apart what the evidence does not support', () => {
    const analysis = message(
      viewOf([
        opened,
        briefed(),
        started(),
        analysed({
          verdict: 'inconclusive',
          cause: null,
          confidence: 38,
          partial: true,
          partial_reason: 'logs missing',
          unsupported: ['The pool has 96 waiting clients'],
        }),
      ]),
      'analysis:1',
    )
    const said = words(analysis)
    assert.match(said, /^⚪ \*No proven cause\.\* 12\.4 % of requests fail .* · partial\n/)
    assert.match(said, /\*Not supported by the evidence, so not a finding:\* The pool has 96 waiting clients/)
    assert.doesNotMatch(said, /• The pool has 96/)
    assert.match(said, /\*What would settle it\*\n1\. /)
    assert.match(said, /\*Partial: logs missing\* · 58 s/)
    assert.match(said, /\[Full analysis\]\n\[Evidence\]\n\[Look again\]/)
  })

  it('calls nobody when nothing is wrong, and nobody at all where it is not asked for', () => {
    const owned: TimelineEntry = { type: 'owned', user: 'U0ANA' }
    const fine = analysed({ verdict: 'no_action', cause: null })
    assert.doesNotMatch(words(message(viewOf([opened, briefed(), owned, started(), fine]), 'analysis:1')), /<@/)
    const quiet = { notify: { mention: [], on: ['action_required' as const], severity: ['critical'] } }
    assert.doesNotMatch(words(message(viewOf([opened, briefed(), owned, started(), analysed()], { settings: quiet }), 'analysis:1')), /<@/)
    const warning = { incident: { severity: 'warning' } }
    assert.doesNotMatch(
      words(message(viewOf([opened, briefed(), owned, started(), analysed({ verdict: 'action_suggested' })], warning), 'analysis:1')),
      /<@/,
    )
    assert.match(words(message(viewOf([opened, briefed(), owned, started(), analysed()], warning), 'analysis:1')), /<@U0ANA>/)
    const later = message(viewOf([opened, briefed(), started(), analysed(), owned]), 'analysis:1')
    assert.doesNotMatch(words(later), /<@/, 'who takes it later is not called by an edit')
  })

  it('keeps to 12 lines and 900 characters however much there is, with the rest one press away', () => {
    const claims = Array.from({ length: 30 }, (_, i) => ({
      text: `Claim ${i} ${'says a lot of words about it '.repeat(10)}`,
      kind: 'observation' as const,
      receipts: [{ evidence: `E${i}`, quote: 'x' }],
    }))
    const analysis = message(
      viewOf([
        opened,
        briefed(),
        started(),
        analysed({ claims, next_steps: Array.from({ length: 9 }, (_, i) => `Step ${i} ${'and more '.repeat(40)}`) }),
      ]),
      'analysis:1',
    )
    const before = analysis.blocks.filter(({ type }) => type === 'section').map((block) => (block['text'] as { text: string }).text)
    assert.ok(before.join('\n').length <= 901, `${before.join('\n').length}`)
    assert.ok(before.join('\n').split('\n').length <= 12)
    assert.match(words(analysis), /\[Full analysis\]/)
    assert.match(before.join('\n'), /1\. Step 0/)
    assert.match(before.join('\n'), /• Claim 0 .*… {2}`E0`/)
  })

  it('says that a newer one stands below', () => {
    const view = viewOf([opened, briefed(), started(), analysed({ summary: 'One.' }), started(2), analysed({ summary: 'Two.' }, 2)])
    assert.match(words(message(view, 'analysis:1')), /^A newer analysis stands below\./)
    assert.doesNotMatch(words(message(view, 'analysis:2')), /newer/)
  })
})

describe('the outcome', () => {
  const ended = (...entries: TimelineEntry[]) =>
    viewOf([opened, briefed(), { type: 'owned', user: 'U0ANA' }, started(), analysed(), ...entries])

  it('is recovery only where the data says so', () => {
    const over = ended(checked('recovered', '0.2 % (limit 5 %)'), { type: 'resolved', how: 'recovered', detail: '', by: null })
    assert.match(words(message(over, 'outcome')), /^🟢 \*It is over\.\* 0\.2 % \(limit 5 %\), the alert went quiet/)
    assert.equal(draw(over).reaction, 'large_green_circle')
    assert.match(words(message(over, 'first')), /^🟢 \*Over: v2\.14\.0 cut[\s\S]*🟢 Over since/)
  })

  it('says that a silent metric is not a healthy one, and calls the owner', () => {
    const silent = ended(checked('cannot_tell'))
    const said = words(message(silent, 'outcome'))
    assert.match(
      said,
      /^⚠ \*Cannot tell whether it is over\.\* The alert went quiet, but so did its metric\. {2}`E12` <@U0ANA>\nA silent metric is not a healthy one\./,
    )
    assert.equal(draw(silent).reaction, 'raised_hand')
    assert.equal(
      message(silent, 'outcome').text,
      'Cannot tell whether shop/checkout is over. The alert went quiet, but so did its metric. Please look.',
    )
  })

  it('tells apart what was not confirmed, what still fires and what a person closed', () => {
    assert.match(words(message(ended(checked('not_confirmed')), 'outcome')), /^⚪ \*Closed, not confirmed\.\*/)
    assert.match(
      words(message(ended(checked('still_firing', '12 % (limit 5 %)')), 'outcome')),
      /^🔴 \*Not over\.\* .*12 % \(limit 5 %\) {2}`E12`/,
    )
    const closed = ended({ type: 'resolved', how: 'by_person', detail: '', by: 'U0TOM' })
    assert.doesNotMatch(words(message(closed, 'outcome')), /<@/)
    assert.match(words(message(closed, 'first')), /⚪ Closed .* by <@U0TOM>, not confirmed by data\./)
  })
})

describe('drawing', () => {
  it('gives the same bytes for the same history, and new block ids for a new one', () => {
    const entries = [opened, briefed(), started(), analysed()]
    assert.equal(JSON.stringify(draw(viewOf(entries))), JSON.stringify(draw(viewOf(entries))))
    const ids = (drawn: DesiredMessage): unknown[] => drawn.blocks.map((block) => block['block_id'])
    const [before, after] = [viewOf([opened, briefed()]), viewOf([opened, briefed(), { type: 'owned', user: 'U0ANA' }])].map((view) =>
      message(view, 'first'),
    )
    assert.equal(ids(before!).filter((id) => ids(after!).includes(id)).length, 0)
  })

  it('says nothing in a channel that is only being tried, and little in a quiet one', () => {
    const entries = [opened, briefed(), started(), analysed({ verdict: 'action_suggested' })]
    const names = (mode: 'shadow' | 'quiet', severity: string) =>
      draw(viewOf(entries, { settings: { mode }, incident: { severity } })).messages.map(({ key }) => key.split(':')[1])
    assert.deepEqual(names('shadow', 'critical'), [])
    assert.deepEqual(names('quiet', 'warning'), ['analysis'])
    assert.deepEqual(names('quiet', 'critical'), ['first', 'analysis'])
    const fine = [opened, briefed(), started(), analysed({ verdict: 'no_action', cause: null })]
    assert.deepEqual(draw(viewOf(fine, { settings: { mode: 'quiet' }, incident: { severity: 'warning' } })).messages, [])
  })
})
