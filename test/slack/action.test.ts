import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import type { TimelineEntry } from '../../src/incident/timeline.ts'
import { digestOf } from '../../src/remediation/offer.ts'
import type { DesiredMessage, ThreadView } from '../../src/slack/drawing.ts'
import { draw } from '../../src/slack/thread.ts'
import { act, approved, begun, checked, offer, proposed, ran, restart } from './acts.ts'
import { analysed, brief } from './story.ts'
import { viewOf } from './view.ts'

const opening: TimelineEntry[] = [{ type: 'briefed', brief: brief() }, analysed()]
const NAMES = { U0ANA: 'ana', U0TOM: 'tom', S0PAY: 'payments-oncall' }
const viewed = (told: readonly TimelineEntry[], more: Parameters<typeof viewOf>[1] = {}): ThreadView =>
  viewOf([...opening, ...told], { names: NAMES, ...more })

const find = (view: ThreadView, name: string): DesiredMessage | undefined =>
  draw(view).messages.find(({ key }) => key === `0190-incident:${name}`)

const message = (view: ThreadView, name: string): DesiredMessage => {
  const found = find(view, name)
  assert.ok(found, `there is a message ${name}`)
  assert.deepEqual(faultsOf({ blocks: found.blocks }), [])
  assert.ok(found.text.length <= 110, found.text)
  return found
}

type Element = { text?: { text: string }; action_id?: string; value?: string; options?: { text: { text: string }; value: string }[] }

const elements = ({ blocks }: DesiredMessage): Element[] => blocks.flatMap((block) => (block['elements'] as Element[] | undefined) ?? [])
const words = ({ blocks }: DesiredMessage): string =>
  blocks
    .map(
      (block) =>
        (block as Element).text?.text ??
        (block['elements'] as { type: string; text: string }[] | undefined)?.find(({ type }) => type === 'mrkdwn')?.text ??
        '',
    )
    .filter((text) => text !== '')
    .join('\n')
const pressable = (drawn: DesiredMessage): string[] =>
  elements(drawn).flatMap(({ action_id, options }) => (options === undefined ? (action_id ?? []) : options.map(({ text }) => text.text)))

describe('the card of an action', () => {
  it('shows what would be done, why, its risk, its way back, who may approve, until when, and which version', () => {
    const card = message(viewed([proposed()]), 'action:1')
    assert.equal(card.text, 'Approve? Roll back shop/checkout to revision 41 (checkout:v2.13.4) (prod-eu). Risk medium, can be undone.')
    const said = words(card)
    assert.match(said, /^🛠 \*Roll back shop\/checkout to revision 41 \(checkout:v2\.13\.4\)\* · prod-eu · risk \*MEDIUM\*$/m)
    assert.match(said, /```\n- DB_POOL_MAX: "10"\n\+ DB_POOL_MAX: "50"\n/)
    assert.match(said, /\*Why:\* v2\.14\.0 cut the pool .* {2}`E8`/)
    assert.match(said, /\*Risk:\* reversible: the present revision stays; 12 pods/)
    assert.match(said, /• Not known: whether the newer version changed data/)
    assert.match(said, /\*Undo:\* one press, .*\*Check:\* the alert's own query and the target, up to 10 min, on fresh data only/)
    assert.match(
      said,
      new RegExp(`\\*May approve:\\* payments-oncall · until <!date\\^.*03:21 UTC> · v1 \`${digestOf(offer()).slice(0, 6)}\``),
    )
    assert.match(said, /\*Not automatic:\* confidence 87 % · its entry does not allow it without a press · no runbook matches/)
    assert.deepEqual(pressable(card), ['approve', 'reject', 'Edit', 'Copy the command', 'All of it'])
    const approve = elements(card).find(({ action_id }) => action_id === 'approve')
    assert.equal(approve?.value, `${offer().action}:1:${digestOf(offer())}`)
    const { title, text, confirm } = (approve as { confirm?: Record<string, { text: string }> }).confirm ?? {}
    assert.deepEqual([title?.text, confirm?.text], ['Roll back shop/checkout?', 'Roll back'])
    assert.equal(
      text?.text,
      'Roll back shop/checkout to revision 41 (checkout:v2.13.4) in prod-eu. Risk MEDIUM. It can be undone. It runs at once, and once.',
    )
    assert.equal(draw(viewed([proposed()])).reaction, 'raised_hand')
  })

  it('says of what did not fit that there is more of it, and of what fits nothing', () => {
    const notes = Array.from({ length: 20 }, (_, i) => `Not known: thing ${i} of twenty`)
    assert.match(words(message(viewed([proposed({ notes })]), 'action:1')), /^… and more, which did not fit here: All of it$/m)
    const change = Array.from({ length: 30 }, (_, i) => `+ line ${i} <!channel> \u202e \`\`\` ${'x'.repeat(300)}`)
    const long = words(message(viewed([proposed({ change })]), 'action:1'))
    assert.match(long, /^… and 22 more: All of it$/m)
    assert.ok(!/<!channel>|\u202e/.test(long) && long.split('```').length === 3)
    assert.doesNotMatch(words(message(viewed([proposed()]), 'action:1')), /did not fit/)
  })

  it('of a restart says that it cannot be undone; of a HIGH one that it takes two people, and who was the first', () => {
    assert.match(words(message(viewed([proposed(restart)]), 'action:1')), /risk \*LOW\*[\s\S]*\*Undo:\* it cannot be undone/)
    const high = message(viewed([proposed({ risk: 'HIGH', approvals: 2 }), approved('U0TOM', 1)]), 'action:1')
    assert.match(words(high), /risk \*HIGH, 2 people\*/)
    assert.match(words(high), /\*1 of 2:\* approved by tom .*\. One more is needed\./)
    assert.match(high.text, /^One more approval\?/)
    assert.ok(pressable(high).includes('approve'))
  })

  it('says that nothing runs while frozen, and where nobody may approve offers no press but the command', () => {
    const frozen = { by: 'U0TOM', reason: 'DB migration until 04:00', at: new Date(Date.UTC(2026, 10, 20, 2, 50)) }
    assert.match(
      words(message(viewed([proposed()], { frozen }), 'action:1')),
      /🧊 \*Frozen\* since .*02:50 UTC> by tom \(DB migration until 04:00\): nothing runs until `unfreeze`/,
    )
    const alone = message(viewed([proposed({ approvers: { users: [], usergroups: [] } }, { route: 'escalate' })]), 'action:1')
    assert.deepEqual(pressable(alone), ['copy_command', 'whole_action'])
    assert.match(words(alone), /nobody is configured \(`slack\.approvers`/)
  })

  it('shows more lines than eight only one press away, and says so', () => {
    const change = Array.from({ length: 11 }, (_, i) => `+ line ${i}`)
    assert.match(words(message(viewed([proposed({ change })]), 'action:1')), /\+ line 7\n… and 3 more: All of it\n```/)
  })

  it('is the same message while it starts, runs and is checked, without a way to press twice', () => {
    const starting = viewed([proposed(), approved()])
    assert.match(words(message(starting, 'action:1')), /approved by ana .*\n▸ Checking once more/)
    assert.deepEqual(pressable(message(starting, 'action:1')), ['cancel_action', 'copy_command'])
    const running = viewed([proposed(), approved(), begun(), act('action_progress', { text: '5 of 12 pods ready' })])
    assert.match(
      words(message(running, 'action:1')),
      /✓ Checked again: nothing has changed since v1 · before: 12\.4 % \(limit 5 %\)\n▸ 5 of 12 pods ready/,
    )
    assert.deepEqual(pressable(message(running, 'action:1')), [])
    const checking = viewed([proposed(), approved(), begun(), ran()])
    assert.match(words(message(checking, 'action:1')), /✓ Done in 41 s: 12 of 12 pods ready\n▸ Checking whether it helped/)
    for (const view of [starting, running, checking]) {
      assert.equal(draw(view).reaction, 'hammer_and_wrench')
      assert.equal(find(view, 'action:1:outcome'), undefined)
    }
  })

  it('is over when it is done where no cause was taken away, and offers the undo there', () => {
    const silence = { watched: false, title: 'Silence HighErrorRate for 60 minutes' }
    assert.match(words(message(viewed([proposed(silence)]), 'action:1')), /Check:\* none, it takes no cause away/)
    const done = viewed([proposed(silence), approved(), begun(), ran()])
    assert.match(words(message(done, 'action:1')), /✅ .*Silence HighErrorRate.*\n\*Done:\* 12 of 12 pods ready/)
    assert.deepEqual(pressable(message(done, 'action:1')), ['offer_undo', 'copy_command'])
    assert.equal(find(done, 'action:1:outcome'), undefined)
  })

  it('says by whom it was rejected and why, and how it ended otherwise, with a way on where there is one', () => {
    const rejected = message(
      viewed([proposed(), act('action_rejected', { version: 1, by: 'U0TOM', reason: 'the schema moved' })]),
      'action:1',
    )
    assert.match(words(rejected), /✋ .*\n\*Rejected\* by tom .*: the schema moved\. Nothing was changed\./)
    assert.deepEqual(pressable(rejected), ['copy_command'])
    const ends = [
      ['expired', /⌛ .*\n\*This offer ended\* at .*03:21 UTC>: x\. Nothing was changed\./, ['offer_anew', 'copy_command']],
      ['blocked', /\*Not run, nothing was changed:\* x\./, ['offer_anew', 'copy_command']],
      ['changed', /\*Not run, nothing was changed:\* x\./, ['offer_anew', 'copy_command']],
      ['cancelled', /\*Taken back\* by ana /, ['copy_command']],
      ['self_healed', /🟢 .*\n\*Not needed any more, nothing was changed:\* x\./, ['copy_command']],
      ['superseded', /\*Withdrawn:\* x\./, ['copy_command']],
    ] as const
    for (const [how, said, buttons] of ends) {
      const view = viewed([proposed(), act('action_ended', { how, reason: 'x', by: how === 'cancelled' ? 'U0ANA' : null })])
      assert.match(words(message(view, 'action:1')), said, how)
      assert.deepEqual(pressable(message(view, 'action:1')), buttons, how)
      assert.equal(find(view, 'action:1:outcome'), undefined, `${how}: nobody believed that it runs`)
    }
  })

  it('begins anew with a new version, in the same message', () => {
    const ended = act('action_ended', { how: 'expired', reason: 'x', by: null })
    const card = message(viewed([proposed(), ended, proposed({ version: 2 })]), 'action:1')
    assert.match(words(card), /· v2 `/)
    assert.ok(pressable(card).includes('approve'))
  })
})

const HTTP = { outcome: 'bad', detail: 'https://shop.example/cart: 503' } as const
const BAD = { improved: false, fully_fixed: false, each: [{ check: 'http', before: HTTP, after: HTTP }] }

const OUTCOMES: [name: string, told: TimelineEntry[], push: RegExp, said: RegExp, buttons: string[]][] = [
  [
    'failed',
    [ran('failed', 'the API refused it')],
    /^Failed: Roll back shop\/checkout/,
    /❌ \*It failed\.\* \*Roll back .*: the API refused it/,
    ['copy_command'],
  ],
  [
    'worked',
    [ran(), checked('verified')],
    /^Worked: shop\/checkout 12\.4 % → 0\.2 % \(limit 5 %\)\./,
    /✅ \*It worked\.\* 12\.4 % → 0\.2 % \(limit 5 %\): its own expression .* {2}`E14`\n.*approved by ana .*, done in 41 s\. The incident is over\./,
    [],
  ],
  [
    'no change',
    [ran(), checked('no_change', { after: '12.1 % (limit 5 %)', detail: 'its own expression is still on the wrong side' })],
    /^No change: shop\/checkout 12\.4 % → 12\.1 %/,
    /➖ \*No change\.\* .*\n.*The problem is still there: this thread stays open\./,
    ['offer_undo', 'copy_command'],
  ],
  [
    'worse',
    [
      ran(),
      checked('worsened', { after: '31 % (limit 5 %)' }),
      proposed({ action: 'a2', title: 'Roll back shop/checkout to revision 42' }, { action: 'a2', number: 2, undo_of: 1 }),
    ],
    /^Worse: shop\/checkout 12\.4 % → 31 % \(limit 5 %\)\. Undo is ready to approve\./,
    /🔻 \*It got worse\.\* .*\n.*The undo is below: one press takes it back\./,
    ['copy_command'],
  ],
  [
    'cannot tell',
    [ran(), checked('cannot_tell', { after: null, detail: 'the alert went quiet, but so did its metric' })],
    /^Cannot tell whether it helped: shop\/checkout\. the alert went quiet/,
    /⚠ \*Cannot tell whether it helped\.\* .*\n.*A silent metric is not a healthy one/,
    ['offer_undo', 'evidence', 'copy_command'],
  ],
  [
    'a check that is bad',
    [ran(), checked('cannot_tell', { detail: 'its own expression is healthy, but not everything is', checks: BAD })],
    /^Cannot tell whether it helped/,
    /healthy, but not everything is.*\n.*Not all that was checked is well: this thread stays open/,
    ['offer_undo', 'evidence', 'copy_command'],
  ],
]

describe('who is asked to decide', () => {
  it('is called once and live, a person or a group and nothing else, and the message says when it waits no more', () => {
    const asked = (whom: string) => act('action_asked', { by: 'U0TOM', whom })
    const live = message(viewed([proposed(), asked('U0ANA')]), 'action:1:asked')
    assert.match(live.text, /^Can you decide\? Roll back shop\/checkout/)
    assert.match(
      words(live),
      /^🙋 <@U0ANA> tom asks you to decide: \*Roll back .*\*, risk \*MEDIUM\*, until <!date.*03:21 UTC>\. Its card is above\.$/,
    )
    assert.match(words(message(viewed([proposed(), asked('S0PAY')]), 'action:1:asked')), /^🙋 <!subteam\^S0PAY> tom/)
    assert.match(words(message(viewed([proposed(), asked('!channel')]), 'action:1:asked')), /^🙋 somebody tom/)
    const over = words(message(viewed([proposed(), asked('U0ANA'), approved()]), 'action:1:asked'))
    assert.match(over, /was asked by tom to decide: .*It waits no more/)
    assert.ok(
      find(viewed([proposed(), asked('U0ANA')], { settings: { mode: 'quiet' }, incident: { severity: 'warning' } }), 'action:1:asked'),
    )
  })
})

describe('a deed outside of Vigil', () => {
  const told = (more: object = {}): TimelineEntry => ({
    ...{ type: 'deed_told', deed: 'restart', target: 'shop/checkout', status: 'completed', detail: 'by <!here> hand', by: 'ana' },
    ...{ done_at: '2026-11-20T03:09:00.000Z', ...more },
  })

  it('is one short reply that says that Vigil did not do it, with nothing to press', () => {
    const view = viewed([told(), told({ status: 'failed', by: null, detail: '' })])
    const reply = message(view, `deed:${opening.length + 1}`)
    assert.equal(reply.text, 'Done outside of Vigil: restart of shop/checkout.')
    assert.match(
      words(reply),
      /^✍ \*Done outside of Vigil:\* \*restart of shop\/checkout\* by ana <!date.*03:09 UTC>\nby &lt;!here&gt; hand\n.*did not do it/,
    )
    assert.deepEqual(pressable(reply), [])
    assert.match(words(message(view, `deed:${opening.length + 2}`)), /^✍ \*Failed outside of Vigil:\* \*restart of shop\/checkout\* <!date/)
    assert.equal(find(view, 'action:1'), undefined)
  })

  it('is not said more than twenty times', () => {
    const many = draw(viewed(Array.from({ length: 30 }, (_, i) => told({ deed: `restart ${i}` })))).messages
    assert.equal(many.filter(({ key }) => key.includes(':deed:')).length, 20)
  })
})

describe('how an action ended', () => {
  for (const [name, told, push, said, buttons] of OUTCOMES)
    it(`is a message of its own, because people must hear of it: ${name}`, () => {
      const outcome = message(viewed([proposed(), approved(), begun(), ...told]), 'action:1:outcome')
      assert.match(outcome.text, push)
      assert.match(words(outcome), said)
      assert.deepEqual(pressable(outcome), buttons)
    })

  it('is a question to a person where nobody knows, which stays with its answer; whether it helped is a message of its own', () => {
    const asked = [proposed(), approved(), begun(), ran('outcome_unknown', 'the connection was cut')]
    const answer = (said: 'done' | 'not_done', more: object = {}): TimelineEntry =>
      act('action_found', { said, outcome: said === 'done' ? 'succeeded' : 'failed', unsent: 0, by: 'U0TOM', detail: '', ...more })
    const question = message(viewed(asked), 'action:1:unknown')
    assert.match(question.text, /^Was it done\? Roll back shop\/checkout/)
    assert.match(
      words(question),
      /⚠ \*Was this done\?\* \*Roll back .*\* · prod-eu\nI do not know, and I do not run it again: the connection was cut\nPlease look at shop\/checkout itself/,
    )
    assert.match(words(question), /```\n- DB_POOL_MAX: "10"\n.*```\n\*May say so:\* payments-oncall/s)
    assert.deepEqual(pressable(question), ['was_done', 'was_not_done'])
    assert.ok(elements(question).every(({ value }) => value?.startsWith(offer().action)))
    assert.deepEqual(pressable(message(viewed(asked), 'action:1')), ['was_done', 'was_not_done'])
    assert.equal(find(viewed(asked), 'action:1:outcome'), undefined)
    assert.equal(draw(viewed(asked)).reaction, 'raised_hand')
    assert.ok(find(viewed(asked, { settings: { mode: 'quiet' }, incident: { severity: 'warning' } }), 'action:1:unknown'))

    const was = viewed([...asked, answer('done')])
    assert.match(
      words(message(was, 'action:1:unknown')),
      /^✅ \*Roll back .*\*\n\*It was done\*, as tom found <!date.*>\. I check whether it helped\.$/,
    )
    assert.match(words(message(was, 'action:1')), /✓ Done, as tom found .*\n▸ Checking whether it helped/)
    assert.deepEqual(pressable(message(was, 'action:1')), ['copy_command'])
    assert.equal(draw(was).reaction, 'hammer_and_wrench')
    const helped = viewed([...asked, answer('done', { by: null }), checked('verified')])
    assert.match(words(message(helped, 'action:1:unknown')), /It was done\*, as the API said .*Whether it helped stands below\./s)
    assert.match(words(message(helped, 'action:1:outcome')), /✅ \*It worked\.\* .*done, as the API said/s)

    const not = viewed([...asked, answer('not_done', { detail: 'v1.4.0 <still> runs.' })])
    assert.match(
      words(message(not, 'action:1:unknown')),
      /^❌ \*Roll back .*\n\*It was not done\*, as tom found .*: v1\.4\.0 &lt;still&gt; runs\. Nothing more/,
    )
    assert.match(words(message(not, 'action:1')), /❌ .*\n\*It was not done\*, as tom found/)
    assert.match(message(not, 'action:1').text, /^Not done: Roll back/)
    for (const name of ['action:1', 'action:1:unknown']) assert.deepEqual(pressable(message(not, name)), ['offer_anew', 'copy_command'])
    assert.equal(find(not, 'action:1:outcome'), undefined, 'who was asked knows it')
    const partly = viewed([...asked, answer('done', { outcome: 'failed', unsent: 1 })])
    assert.match(
      words(message(partly, 'action:1:unknown')),
      /❌ .*\n\*Not all of it was done\*, as tom found .*: step 1 of 1 was never sent\./,
    )
  })

  it('has before and after in one small chart of at most 20 points', () => {
    const { blocks } = message(viewed([proposed(), approved(), begun(), ran(), checked('verified')]), 'action:1:outcome')
    const chart = blocks.find(({ type }) => type === 'data_visualization') as unknown as {
      title: string
      chart: { series: { name: string; data: { value: number }[] }[]; axis_config: { x_label: string } }
    }
    assert.deepEqual(
      chart.chart.series.map(({ name }) => name),
      ['measured', 'limit'],
    )
    assert.equal(chart.chart.series[0]?.data.length, 20)
    assert.deepEqual([chart.chart.series[0]?.data[0]?.value, chart.chart.series[0]?.data.at(-1)?.value], [12.4, 0.2])
    assert.match(chart.chart.axis_config.x_label, /03:10/)
  })

  it('calls the owner where that is asked for, once, and nobody else', () => {
    const owned: TimelineEntry = { type: 'owned', user: 'U0ANA' }
    const notify = { mention: ['owner' as const], on: ['approval' as const, 'worse' as const, 'cannot_tell' as const], severity: [] }
    const told = (outcome: 'worsened' | 'cannot_tell' | 'verified', settings: object = { notify }) =>
      viewed([owned, proposed(), approved(), begun(), ran(), checked(outcome)], { settings })
    assert.match(words(message(viewed([owned, proposed()], { settings: { notify } }), 'action:1')), /risk \*MEDIUM\* <@U0ANA>$/m)
    assert.match(words(message(told('worsened'), 'action:1:outcome')), /It got worse\.\*.*<@U0ANA>/)
    assert.match(words(message(told('cannot_tell'), 'action:1:outcome')), /<@U0ANA>/)
    assert.doesNotMatch(words(message(told('verified'), 'action:1:outcome')), /<@/)
    assert.doesNotMatch(words(message(told('worsened', { notify: { ...notify, mention: [] } }), 'action:1:outcome')), /<@/)
  })

  it('has the undo right below, with a press of its own', () => {
    const [, told] = OUTCOMES.find(([name]) => name === 'worse') ?? ['', []]
    const keys = draw(viewed([proposed(), approved(), begun(), ...told])).messages.map(({ key }) => key.split(':').slice(1).join(':'))
    assert.deepEqual(keys.slice(-3), ['action:1', 'action:1:outcome', 'action:2'])
    const undo = message(viewed([proposed(), approved(), begun(), ...told]), 'action:2')
    assert.equal(elements(undo)[0]?.text?.text, 'Undo now')
  })

  it('is said once: what helped closes the incident, what was over before is not told again', () => {
    const resolved: TimelineEntry = { type: 'resolved', how: 'recovered', detail: 'x', by: null }
    const helped = [proposed(), approved(), begun(), ran(), checked('verified'), resolved]
    assert.equal(find(viewed(helped), 'outcome'), undefined)
    assert.ok(find(viewed(helped), 'action:1:outcome'))
    assert.equal(draw(viewed(helped)).reaction, 'large_green_circle')
    const again: TimelineEntry = { type: 'reopened', source: 'alertmanager', fingerprint: 'f1' }
    const refired = viewed([...helped, again])
    assert.match(words(message(refired, 'action:1:outcome')), /\*It fired again\* <!date/)
    assert.equal(find(refired, 'outcome'), undefined)
    assert.equal(draw(refired).reaction, 'mag', 'it is looked at anew')
    const before = [proposed(), approved(), begun(), ran(), resolved, checked('verified')]
    assert.ok(find(viewed(before), 'outcome'))
    assert.equal(find(viewed(before), 'action:1:outcome'), undefined)
    assert.ok(
      message(viewed(before), 'action:1').blocks.some(({ type }) => type === 'data_visualization'),
      'its card has the chart then',
    )
  })

  it('is told to whoever approved what was not run after all; a later version has an end of its own', () => {
    const ended = act('action_ended', { how: 'changed', reason: 'it went from 12 to 16 pods', by: null })
    const outcome = message(viewed([proposed(), approved(), ended]), 'action:1:outcome')
    assert.match(outcome.text, /^Not run: Roll back .*\. it went from 12 to 16 pods/)
    assert.deepEqual(pressable(outcome), ['offer_anew', 'copy_command'])
    const anew = [
      proposed(),
      approved(),
      ended,
      proposed({ version: 2 }),
      { ...approved(), version: 2 } as TimelineEntry,
      begun(),
      ran('failed', 'x'),
    ]
    assert.ok(find(viewed(anew), 'action:1:outcome:v2'))
    assert.equal(find(viewed(anew), 'action:1:outcome'), undefined)
  })

  it('is heard in a quiet channel, and not said in one that is only being tried', () => {
    const told = [proposed(), approved(), begun(), ran(), checked('verified')]
    const quiet = draw(viewed(told, { settings: { mode: 'quiet' }, incident: { severity: 'warning' } })).messages.map(({ key }) => key)
    assert.ok(quiet.some((key) => key.endsWith(':action:1')) && quiet.some((key) => key.endsWith(':action:1:outcome')))
    assert.deepEqual(draw(viewed(told, { settings: { mode: 'shadow' } })).messages, [])
  })

  it('of what did not last is taken back where it stood', () => {
    const told = [
      proposed(),
      approved(),
      begun(),
      ran(),
      checked('verified'),
      act('action_ineffective', { detail: 'It fired again after 3 h' }),
    ]
    assert.match(words(message(viewed(told), 'action:1:outcome')), /^↩ \*It did not last:\* it fired again after 3 h/)
  })
})

it('what was wanted and is not offered stands under the analysis, with the reason', () => {
  const refused: TimelineEntry = { type: 'action_refused', wanted: 'scale_workload', reason: 'replicas 90 is above 20' }
  const view = viewOf([
    opening[0]!,
    { type: 'investigation_started', investigation: 1, kind: 'alert', model: 'm', limit: 1, usd_limit: 1 },
    analysed(),
    refused,
  ])
  assert.match(words(message(view, 'analysis:1')), /\*Not offered:\* scale_workload, replicas 90 is above 20/)
})
