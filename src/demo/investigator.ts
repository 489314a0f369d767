import type { Block } from '../llm/model.ts'
import { type Answered, answersIn, NOTED } from './answers.ts'
import {
  type Cause,
  databaseQuestion,
  deployIn,
  firstQuestions,
  type Known,
  NO_TRACES,
  observed,
  percent,
  poolQuestion,
  type Question,
  quote,
  ruledOutDeploy,
  statistic,
  trafficQuestion,
  versions,
  whereAsked,
} from './causes/cause.ts'
import { causes } from './causes/index.ts'
import type { Reply } from './model/script.ts'
import type { MessagesRequest } from './model/wire.ts'

/** The name that every message of the demo shows instead of a Claude model. */
export const SCRIPTED_MODEL = 'scripted-demo-model'

/**
 * Plays the model's part in the demo without a key: asks what an engineer would ask, reads the answers, and hands in what they
 * carry. It knows the shop's metrics by name but none of its numbers: every figure it writes was read from a tool's answer.
 */
export const investigator = (request: MessagesRequest): Reply => {
  const answers = answersIn(request)
  const asked = request.messages.filter((message) => message.role === 'assistant').length
  const cause = causes.find(({ sign }) => sign.test(answers[1]?.text ?? ''))
  const questions = [...firstQuestions, ...secondQuestions(request, cause)]
  const isForced = request.tool_choice?.name === 'submit_analysis'
  if (asked === 0 && !isForced) return turn(firstQuestions, firstPlan, 3000)
  if (asked === 1 && !isForced) return turn(secondQuestions(request, cause), secondPlan(answers, cause), 3500)
  const known: Known = {
    answer: (name) => answers[questions.findIndex(([one]) => one === name)],
    // By its name in the catalogue, where it is enabled.
    offers: (action) => JSON.stringify(request.messages[0]).includes(action),
  }
  return { content: [use('submit', 'submit_analysis', cause?.conclude(known) ?? unclear(known))], delayMs: 3000 }
}

const secondQuestions = ({ tools }: MessagesRequest, cause: Cause | undefined): readonly Question[] =>
  cause?.questions({ cluster: tools?.some(({ name }) => name === 'kubernetes_get') === true }) ?? [
    poolQuestion,
    databaseQuestion,
    trafficQuestion,
  ]

const firstPlan = [
  { text: 'A deploy', status: 'checking' },
  { text: 'The database', status: 'open' },
  { text: 'More traffic', status: 'open' },
]

const secondPlan = (answers: readonly Answered[], cause: Cause | undefined) => {
  const { deploy, change } = deployIn(answers[2])
  const deployed =
    deploy !== null
      ? { text: `The deploy of ${deploy[3]}`, status: 'supported' }
      : change !== null
        ? { text: `The change of ${change[1]}`, status: 'supported' }
        : { text: 'A deploy', status: 'ruled_out' }
  const considered = cause?.considered ?? 'The database'
  const isTraffic = considered.startsWith('More traffic')
  return [deployed, { text: considered, status: 'checking' }, ...(isTraffic ? [] : [{ text: 'More traffic', status: 'checking' }])]
}

const turn = (questions: readonly Question[], hypotheses: readonly unknown[], delayMs: number): Reply => ({
  content: [
    { type: 'tool_use', id: `${NOTED}-${delayMs}`, name: 'update_plan', input: { hypotheses } },
    ...questions.map(([, tool, input], i) => use(`${delayMs}-${i}`, tool, input)),
  ],
  delayMs,
})

const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id: `toolu_${id}`, name, input })

const unclear = (known: Known) => {
  const { answer } = known
  const [errors, logs] = [answer('errors'), answer('logs')]
  const [worst] = versions(errors)
  const message = firstMessageOf(logs)
  return {
    verdict: 'inconclusive',
    summary:
      worst === undefined
        ? 'No proven cause yet.'
        : `No proven cause yet: ${percent(worst.last)} of the requests to ${worst.version} fail.`,
    confidence: 40,
    urgency: 'now',
    cause: null,
    claims: [
      ...(worst === undefined
        ? []
        : [
            observed(
              `${percent(worst.last)} of the requests to ${worst.version} fail`,
              statistic(errors, { version: worst.version }, 'last', worst.last),
            ),
          ]),
      ...(message === '' ? [] : [observed(`The errors say "${message}"`, quote(logs, message))]),
    ],
    ruled_out: ruledOutDeploy(known),
    data_gaps: [NO_TRACES],
    next_steps: [
      ...whereAsked(answer('database'), (last) => `Look at the database: ${last} connections`),
      ...whereAsked(answer('traffic'), (last) => `Look at the traffic: ${last.toFixed(1)} requests per second`),
    ].map(({ text }) => text),
    proposals: [],
  }
}

const firstMessageOf = (logs: Answered | undefined): string =>
  /msg="([^"(]+?)(?: after | \(|")/.exec((logs?.text ?? '').replaceAll('\\"', '"'))?.[1]?.trim() ?? ''
