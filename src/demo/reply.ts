import type { Block } from '../llm/model.ts'
import { answersIn } from './answers.ts'
import { investigator } from './investigator.ts'
import type { Reply } from './model/script.ts'
import type { MessagesRequest } from './model/wire.ts'

/** Plays every part of the model in the demo: the investigation, a question in the thread, an attempt to refute the analysis. */
export const scriptedModel = (request: MessagesRequest): Reply => {
  const offers = (name: string): boolean => request.tools?.some((tool) => tool.name === name) === true
  if (offers('submit_answer')) return answerQuestion(request)
  if (offers('submit_challenge')) return challenge(request)
  return investigator(request)
}

const call = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id: `toolu_${id}`, name, input })

const errors = `sum by (version) (rate(http_requests_total{service="checkout",code=~"5.."}[1m])) / sum by (version) (rate(http_requests_total{service="checkout"}[1m]))`

/** Looks at the errors by version now, and says what stands there, whatever was asked: it understands no question. */
const answerQuestion = (request: MessagesRequest): Reply => {
  if (asked(request) === 0)
    return { content: [call('now', 'query_metrics', { query: errors, why: 'Errors by version now' })], delayMs: 1500 }
  const [answer] = answersIn(request)
  const versions = [...(answer?.text ?? '').matchAll(/version="([^"]+)"} ([\d.e+-]+)/g)].map(([, version = '', value = '']) => ({
    version,
    value: Number(value),
  }))
  const claims = versions.map(({ version, value }) => ({
    text: `${(value * 100).toFixed(1)} % of the requests to ${version} fail`,
    kind: 'observation',
    receipts: [{ evidence: answer?.evidence ?? 'E0', series: { version }, statistic: 'last', value }],
  }))
  const worst = versions.toSorted((a, b) => b.value - a.value)[0]
  const said =
    worst === undefined
      ? 'The metrics do not say.'
      : `As of now ${(worst.value * 100).toFixed(1)} % of the requests to ${worst.version} fail.`
  const gaps = [
    'I am the scripted model of the demo: I do not understand the question, and tell how it stands. With ANTHROPIC_API_KEY Claude answers it',
  ]
  return { content: [call('answer', 'submit_answer', { answer: said, claims, data_gaps: gaps })], delayMs: 1500 }
}

/** Compares the versions once more; what it finds speaks for the analysis. */
const challenge = (request: MessagesRequest): Reply => {
  if (asked(request) === 0)
    return {
      content: [
        call('again', 'query_metrics_range', { query: errors, start: '-20m', step: '30s', why: 'Did the other version fail as well?' }),
      ],
      delayMs: 2000,
    }
  const verdict = { verdict: 'stands', summary: 'Nothing was found that speaks against it.', objections: [], confidence: 100 }
  return { content: [call('stands', 'submit_challenge', verdict)], delayMs: 2000 }
}

const asked = (request: MessagesRequest): number => request.messages.filter(({ role }) => role === 'assistant').length
