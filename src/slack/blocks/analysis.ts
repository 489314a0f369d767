import { firstHeld } from '../../incident/first-held.ts'
import { incidentName } from '../../incident/incident.ts'
import type { Analysis, Receipt } from '../../investigation/analysis.ts'
import { amount, duration, usd } from '../../text/number.ts'
import type { Block, Drawn, ThreadView } from '../drawing.ts'
import type { Challenged, Concluded, ThreadState } from '../thread-state.ts'
import { againButton, challengeButton, copyRuleButton, detailsButton, evidenceButton } from './buttons.ts'
import { wasTried } from './challenge.ts'
import { fold, type Part } from './fold.ts'
import { calls } from './mention.ts'
import { betterRuleLine } from './rule.ts'
import { queriesAndFailed } from './spending.ts'
import { phraseOf } from './suspects.ts'
import { actions, context, line, modelName, modelNames, overflow, push, refs, section } from './text.ts'
import { answerOf, verdictLine, verdictWords } from './verdict.ts'

/** An analysis with what was said about it since. `superseded`: a newer one stands below. */
type Shown = { readonly concluded: Concluded; readonly superseded: boolean }

/** The analysis: verdict, proof, what was ruled out, what could not be seen, what to do. All of it is one press away. */
export const analysisMessage = (view: ThreadView, state: ThreadState, { concluded, superseded }: Shown): Drawn => {
  const { analysis } = concluded
  const { hosts } = view.settings
  const rule = analysis.verdict === 'no_action' ? betterRuleLine(state, hosts) : null
  const challenged = state.challenges.findLast((one) => one.of === concluded.number && wasTried(one))
  const refuted = challenged?.challenge.verdict === 'refuted'
  const { head, body, folded } = fold(headOf(view, concluded), partsOf(analysis, { rule, refuted }, hosts))
  const asides = [
    ...firstLookLine(concluded, hosts),
    ...unsupportedLine(analysis, refuted, hosts),
    ...confidenceLine(analysis, hosts, challenged),
    ...(superseded ? [] : refusedLine(state, hosts)),
  ]
  return {
    text: pushOf(view, analysis),
    blocks: [
      ...(superseded ? [context('A newer analysis stands below.')] : []),
      section(head),
      ...(body === '' ? [] : [section(body)]),
      ...(asides.length === 0 ? [] : [context(asides.join('\n'))]),
      ...actions(buttons(view, state, { concluded, folded, rule: rule !== null })),
      ...(analysis.by === 'model' ? [feedback(concluded.id)] : []),
      context(footer(view, state, { concluded, challenged })),
    ],
  }
}

const headOf = (view: ThreadView, { analysis, owner }: Concluded): string => {
  const { hosts, notify } = view.settings
  const { first, proof } = verdictLine(analysis, verdictWords[analysis.verdict], hosts)
  const kind = analysis.verdict === 'action_required' ? 'action_required' : null
  // Nobody is called because nothing is wrong.
  const mention = analysis.verdict === 'no_action' ? '' : calls(notify, { kind, severity: view.incident.severity, owner })
  const second = `${proof === null ? '' : line(proof, hosts, 240)}${mention}`.trim()
  return second === '' ? first : `${first}\n${second}`
}

/** In reading order; `rank` says what must stay when not all fits. */
const partsOf = (analysis: Analysis, { rule, refuted }: { rule: string | null; refuted: boolean }, hosts: readonly string[]): Part[] => {
  const gaps = analysis.data_gaps.map((gap) => line(gap, hosts))
  const out = analysis.ruled_out.map(({ text, receipts }) => inBrackets(line(text.replace(/\.$/, ''), hosts), receipts))
  const settle = analysis.verdict === 'inconclusive'
  // They were meant for the cause that does not hold any more.
  const steps = refuted ? [] : analysis.next_steps.map((step) => line(step, hosts))
  return [
    ...analysis.claims.map(
      (claim, i): Part => ({
        heading: settle ? '*Seen*' : '*Why*',
        text: `• ${claim.kind === 'inference' ? '_Inferred:_ ' : ''}${line(claim.text, hosts)}`,
        tail: `  ${refs(claim.receipts.map((receipt) => receipt.evidence))}`,
        // The proof of the cause is worth more than the fourth thing that was seen.
        rank: i < 2 ? 1 + i : 6 + i,
      }),
    ),
    ...joined(settle ? '*Ruled out:*' : '*Not it:*', out, 5),
    ...joined('*Could not see:*', gaps, 4),
    ...(rule === null ? [] : [{ text: rule, rank: 0 }]),
    ...(steps.length === 1
      ? [{ text: `*Next:* ${steps[0]}`, rank: 0 }]
      : steps.map(
          (step, i): Part => ({
            heading: settle ? '*What would settle it*' : '*Next*',
            text: `${i + 1}. ${step}`,
            rank: i === 0 ? 0 : 3 + i,
          }),
        )),
  ]
}

const joined = (heading: string, items: readonly string[], rank: number): Part[] =>
  items.length === 0 ? [] : [{ text: `${heading} ${items.join(' · ')}`, rank }]

const inBrackets = (text: string, receipts: readonly Receipt[]): string =>
  receipts.length === 0 ? text : `${text} ${refs(receipts.map((receipt) => receipt.evidence))}`

/** Whether what the first reply suspected is what was found: who has read that must not go on with it. */
const firstLookLine = ({ analysis, suspects }: Concluded, hosts: readonly string[]): string[] => {
  const first = firstHeld(suspects, analysis)
  if (first === null) return []
  const phrase = line(phraseOf(first), hosts, 100)
  switch (first.held) {
    case 'yes':
      return [`*First look:* held (${first.rank === 1 ? '' : `its suspect ${first.rank}: `}${phrase})`]
    case 'place':
      return [`*First look:* right about where, not about why: it suspected ${phrase}`]
    case 'no':
      return [`*First look:* did not hold: it suspected ${phrase}`]
  }
}

/** Set apart and never a finding: sentences whose receipts failed twice. */
const unsupportedLine = ({ unsupported }: Analysis, refuted: boolean, hosts: readonly string[]): string[] => {
  if (unsupported.length === 0) return []
  const more = unsupported.length > 1 ? ` and ${unsupported.length - 1} more` : ''
  return [
    `*${refuted ? 'Not a finding any more' : 'Not supported by the evidence, so not a finding'}:* ${line(unsupported[0] ?? '', hosts, 150)}${more}`,
  ]
}

/** What would have been a card, and why it is none; why there is no undo is said where one was wanted. */
const refusedLine = ({ refusedActions }: ThreadState, hosts: readonly string[]): string[] => {
  const refused = refusedActions.filter(({ wanted }) => !wanted.startsWith('undo of '))
  const last = refused.at(-1)
  if (last === undefined) return []
  const more = refused.length > 1 ? ` and ${refused.length - 1} more (\`@vigil why\`)` : ''
  return [`*Not offered:* ${line(last.wanted, hosts, 60)}, ${line(last.reason.replace(/\.$/, ''), hosts, 200)}${more}`]
}

/** Why the number beside the verdict is lower than the model's own; that one stands in the full analysis. */
const confidenceLine = (
  { confidence, confidence_why: why }: Analysis,
  hosts: readonly string[],
  challenged: Challenged | undefined,
): string[] => {
  const before = challenged?.before?.confidence
  if (challenged?.challenge.verdict === 'refuted') return ['What the second look found stands below.']
  if (challenged?.challenge.verdict === 'weakened') {
    const from = before === undefined ? '' : `, ${Math.round(before)} → ${Math.round(confidence)} %`
    return [`*A second look weakened this*${from}: what it found stands below.`]
  }
  return why == null || why === '' ? [] : [`*Confidence lowered:* ${line(why.replace(/\.$/, ''), hosts, 160)}.`]
}

type Pressable = { readonly concluded: Concluded; readonly folded: boolean; readonly rule: boolean }

/** At most three in a row by the verdict: what a reader of it does next. The rest is in the menu. */
const buttons = (view: ThreadView, state: ThreadState, { concluded, folded, rule }: Pressable): Block[] => {
  const { number, analysis } = concluded
  const { id } = view.incident
  const more = folded || analysis.unsupported.length > 0
  const challengeable = isChallengeable(state, concluded)
  const next =
    analysis.verdict === 'no_action'
      ? rule
        ? [copyRuleButton(view)]
        : []
      : analysis.verdict === 'inconclusive' || !challengeable
        ? [againButton(view)]
        : [challengeButton(view, number)]
  const row = [...(more ? [detailsButton(view, number)] : []), ...evidenceButton(view), ...next]
  const has = (action: string): boolean => row.some((one) => one['action_id'] === action)
  const menu = [
    ...(has('details') ? [] : [{ text: 'Full analysis', value: `details:${id}:${number}` }]),
    ...(has('again') ? [] : [{ text: analysis.verdict === 'no_action' ? 'Investigate anyway' : 'Look again', value: `again:${id}` }]),
    ...(has('challenge') || !challengeable ? [] : [{ text: 'Prove me wrong', value: `challenge:${id}:${number}` }]),
    { text: 'Why? What was decided', value: `why:${id}` },
  ]
  return [...row, overflow('more', menu)]
}

/** What the rules say has nothing that could be refuted; what was tried once, or is being tried, is not offered again. */
const isChallengeable = ({ challenges, runs }: ThreadState, { number, analysis }: Concluded): boolean =>
  analysis.by === 'model' &&
  (analysis.cause !== null || analysis.verdict !== 'inconclusive') &&
  !runs.some(({ kind, done }) => kind === 'challenge' && done === null) &&
  !challenges.some((one) => one.of === number && wasTried(one))

const feedback = (investigation: string): Block => ({
  type: 'context_actions',
  elements: [
    {
      type: 'feedback_buttons',
      action_id: 'feedback',
      positive_button: {
        text: { type: 'plain_text', text: '👍' },
        value: `${investigation}:good`,
        accessibility_label: 'This analysis helped',
      },
      negative_button: {
        text: { type: 'plain_text', text: '👎' },
        value: `${investigation}:bad`,
        accessibility_label: 'This analysis is wrong',
      },
    },
  ],
})

const footer = (
  view: ThreadView,
  state: ThreadState,
  { concluded: { number, analysis, spending, seconds }, challenged }: { concluded: Concluded; challenged: Challenged | undefined },
): string => {
  const { hosts } = view.settings
  const tokens = spending.tokens_in + spending.tokens_out
  const reason = analysis.partial_reason === null ? '' : `: ${line(analysis.partial_reason, hosts, 120)}`
  const fell = state.runs.find((run) => run.number === number)?.fellBack.at(-1)
  // The step of the ladder that answered, and why not the one before.
  const model =
    fell === undefined
      ? modelNames(spending.models)
      : `${modelName(fell.to)} as 2nd model: ${modelName(fell.from)} gave no answer (${line(fell.because, hosts, 60)})`
  return [
    ...(analysis.partial ? [`*Partial${reason}*`] : []),
    ...(challenged?.challenge.verdict === 'stands' ? ['a second look could not refute it'] : []),
    duration(seconds),
    queriesAndFailed(spending),
    ...(tokens === 0 ? [] : [`${tokens < 1000 ? amount(tokens) : `${amount(Math.round(tokens / 1000))}k`} tokens`]),
    usd(spending.usd),
    analysis.by === 'rules' ? 'rules only' : model,
    incidentName(view.incident),
  ].join(' · ')
}

const pushOf = (view: ThreadView, analysis: Analysis): string => {
  const lead = verdictWords[analysis.verdict].push
  const { answer, proof } = answerOf(analysis)
  const subject = view.incident.subject ?? view.incident.alertname
  if (answer === null) return push([`${lead} for ${subject} yet`, proof ?? ''])
  const names = answer.toLowerCase().slice(0, 45).includes(subject.toLowerCase())
  return push([`${lead}: ${names ? '' : `${subject}: `}${answer}`, proof ?? ''])
}
