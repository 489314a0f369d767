import { incidentName } from '../../incident/incident.ts'
import type { Analysis, Receipt } from '../../investigation/analysis.ts'
import { amount, duration, usd } from '../../text/number.ts'
import type { Block, ThreadView } from '../drawing.ts'
import type { Concluded } from '../thread-state.ts'
import { fold, type Part } from './fold.ts'
import { calls } from './mention.ts'
import { actions, bold, button, confirm, context, line, modelName, push, refs, section } from './text.ts'
import { answerOf, confidenceOf, verdictWords } from './verdict.ts'

type Drawn = { readonly text: string; readonly blocks: readonly Block[] }

/** The analysis: verdict, proof, what was ruled out, what could not be seen, what to do. All of it is one press away. */
export const analysisMessage = (view: ThreadView, concluded: Concluded, superseded: boolean): Drawn => {
  const { analysis } = concluded
  const { head, body, folded } = fold(headOf(view, concluded), partsOf(analysis, view.settings.hosts))
  return {
    text: pushOf(view, analysis),
    blocks: [
      ...(superseded ? [context('A newer analysis stands below.')] : []),
      section(head),
      ...(body === '' ? [] : [section(body)]),
      ...(analysis.unsupported.length === 0 ? [] : [context(unsupportedLine(analysis, view.settings.hosts))]),
      ...actions(buttons(view, concluded, folded || analysis.unsupported.length > 0)),
      ...(analysis.by === 'model' ? [feedback(concluded.id)] : []),
      context(footer(view, concluded)),
    ],
  }
}

const headOf = (view: ThreadView, { analysis, owner }: Concluded): string => {
  const { hosts, notify } = view.settings
  const { sign, lead } = verdictWords[analysis.verdict]
  const { answer, proof } = answerOf(analysis)
  const kind = analysis.verdict === 'action_required' ? 'action_required' : null
  // Nobody is called because nothing is wrong.
  const mention = analysis.verdict === 'no_action' ? '' : calls(notify, { kind, severity: view.incident.severity, owner })
  const first = `${sign} ${bold(answer === null ? lead : `${lead}: ${answer}`, hosts, 170)}${confidenceOf(analysis)}`
  const second = `${proof === null ? '' : line(proof, hosts, 240)}${mention}`.trim()
  return second === '' ? first : `${first}\n${second}`
}

/** In reading order; `rank` says what must stay when not all fits. */
const partsOf = (analysis: Analysis, hosts: readonly string[]): Part[] => {
  const gaps = analysis.data_gaps.map((gap) => line(gap, hosts))
  const out = analysis.ruled_out.map(({ text, receipts }) => inBrackets(line(text.replace(/\.$/, ''), hosts), receipts))
  const settle = analysis.verdict === 'inconclusive'
  const steps = analysis.next_steps.map((step) => line(step, hosts))
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

/** Set apart and never a finding: sentences whose receipts failed twice. */
const unsupportedLine = ({ unsupported }: Analysis, hosts: readonly string[]): string => {
  const more = unsupported.length > 1 ? ` and ${unsupported.length - 1} more` : ''
  return `*Not supported by the evidence, so not a finding:* ${line(unsupported[0] ?? '', hosts, 150)}${more}`
}

const buttons = (view: ThreadView, { number }: Concluded, more: boolean): Block[] => {
  const { incident, evidence, settings } = view
  const cost = `It takes up to ${duration(settings.budget.seconds)} and ${usd(settings.budget.usd)}.`
  return [
    ...(more ? [button({ text: 'Full analysis', action: 'details', value: `${incident.id}:${number}` })] : []),
    ...(evidence === 0 ? [] : [button({ text: 'Evidence', action: 'evidence', value: incident.id })]),
    button(
      {
        text: 'Look again',
        action: 'again',
        value: incident.id,
      },
      { confirm: confirm({ title: 'Investigate again?', text: cost, yes: 'Investigate', no: 'Not now' }) },
    ),
  ]
}

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

const footer = (view: ThreadView, { analysis, spending, seconds }: Concluded): string => {
  const failed = spending.failed_calls === 0 ? '' : `, ${spending.failed_calls} failed`
  const tokens = spending.tokens_in + spending.tokens_out
  const reason = analysis.partial_reason === null ? '' : `: ${line(analysis.partial_reason, view.settings.hosts, 120)}`
  return [
    ...(analysis.partial ? [`*Partial${reason}*`] : []),
    duration(seconds),
    `${spending.tool_calls} ${spending.tool_calls === 1 ? 'query' : 'queries'}${failed}`,
    ...(tokens === 0 ? [] : [`${tokens < 1000 ? amount(tokens) : `${amount(Math.round(tokens / 1000))}k`} tokens`]),
    usd(spending.usd),
    analysis.by === 'rules' ? 'rules only' : modelName(spending.models.join(', ')),
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
