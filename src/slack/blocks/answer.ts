import { duration, usd } from '../../text/number.ts'
import type { Block, Drawn, ThreadView } from '../drawing.ts'
import type { Run } from '../thread-runs.ts'
import type { Answered } from '../thread-state.ts'
import { evidenceButton } from './buttons.ts'
import { fold, type Part } from './fold.ts'
import { queries } from './spending.ts'
import { actions, bold, button, context, line, modelNames, push, refs, section } from './text.ts'

/** The answer to a person's question: whose question in half a line, the answer, its proof, what could not be seen. */
export const answerMessage = (view: ThreadView, answered: Answered, run: Run | undefined): Drawn => {
  const { question, answer } = answered
  const { hosts } = view.settings
  const isKnown = answer.by === 'model'
  const head = isKnown ? bold(answer.answer, hosts, 500) : `⚪ ${line(answer.answer, hosts, 500)}`
  const { body } = fold(head, partsOf(answered, hosts))
  const unsupported = answer.unsupported[0]
  return {
    text: push([isKnown ? answer.answer : `No answer to ${question.name}'s question`, `To: ${question.text}`]),
    blocks: [
      context(`${line(question.name, hosts, 40)} asked: ${line(question.text, hosts, 90)}`),
      section(body === '' ? head : `${head}\n${body}`),
      ...(unsupported === undefined
        ? []
        : [context(`*Not supported by the evidence, so not part of the answer:* ${line(unsupported, hosts, 150)}`)]),
      ...actions([...(answer.claims.length === 0 ? [] : evidenceButton(view)), ...stepsButton(view, run)]),
      context(footer(view, answered)),
    ],
  }
}

/** What was asked of the data for it. */
export const stepsButton = ({ incident }: ThreadView, run: Run | undefined): Block[] =>
  run === undefined || run.calls.length === 0
    ? []
    : [button({ text: 'Show steps', action: 'steps', value: `${incident.id}:${run.number}` })]

const partsOf = ({ answer }: Answered, hosts: readonly string[]): Part[] => {
  const gaps = answer.data_gaps.map((gap) => line(gap, hosts))
  const steps = answer.next_steps.map((step) => line(step, hosts))
  return [
    ...answer.claims.map(
      ({ text, kind, receipts }, i): Part => ({
        text: `• ${kind === 'inference' ? '_Inferred:_ ' : ''}${line(text, hosts)}`,
        tail: `  ${refs(receipts.map(({ evidence }) => evidence))}`,
        rank: i < 3 ? i : 5 + i,
      }),
    ),
    ...(gaps.length === 0 ? [] : [{ text: `*Could not see:* ${gaps.join(' · ')}`, rank: 3 }]),
    ...(steps.length === 0 ? [] : [{ text: `*Next:* ${steps.join(' · ')}`, rank: 4 }]),
  ]
}

const footer = ({ settings: { hosts } }: ThreadView, { answer, spending, seconds }: Answered): string =>
  [
    ...(answer.partial_reason === null ? [] : [`*Partial: ${line(answer.partial_reason, hosts, 120)}*`]),
    duration(seconds),
    queries(spending),
    usd(spending.usd),
    answer.by === 'rules' ? 'rules only' : modelNames(spending.models),
  ].join(' · ')
