import type { Reply } from '../../src/demo/model/script.ts'
import { blocksOf, type MessagesRequest } from '../../src/demo/model/wire.ts'

/**
 * Plays the model over the exporters of peers.ts: asks for the error ratio now and over time, and hands in what the real answers
 * say. It knows no number: each is read from an answer.
 */
export const measure = (request: MessagesRequest): Reply => {
  const service = serviceOf(request)
  const results = toolResults(request)
  const query = `demo_error_ratio{service="${service}"}`
  if (results.length === 0) {
    return {
      content: [
        use('now', 'query_metrics', { query, why: 'How many requests fail now?' }),
        use('course', 'query_metrics_range', { query, start: '-2m', step: '1s', why: 'Since when do they fail?' }),
      ],
    }
  }
  return { content: [use('submit', 'submit_analysis', conclude(service, results))] }
}

/** What the tools answered, as the model was given it. */
export const toolResults = (request: MessagesRequest): { evidence: string; text: string; isError: boolean }[] =>
  request.messages.flatMap(({ content }) =>
    blocksOf(content).flatMap((block) => {
      if (block.type !== 'tool_result') return []
      const text = typeof block.content === 'string' ? block.content : JSON.stringify(block.content)
      return [{ evidence: /^E\d+/.exec(text)?.[0] ?? '', text, isError: block.is_error === true }]
    }),
  )

/** The service that an investigation is about: its alert stands in the first message. */
export const serviceOf = (request: MessagesRequest): string =>
  /"service":"([\w-]+)"/.exec(JSON.stringify(request.messages[0]).replaceAll('\\"', '"'))?.[1] ?? ''

const use = (id: string, name: string, input: unknown) => ({ type: 'tool_use', id: `toolu_${id}`, name, input }) as const

type Result = ReturnType<typeof toolResults>[number]

const conclude = (service: string, [now, course]: readonly Result[]) => {
  const value = numberIn(now, /\}\s+([\d.e+-]+)/)
  const highest = numberIn(course, /max ([\d.e+-]+)/)
  const lowest = numberIn(course, /min ([\d.e+-]+)/)
  const current = { evidence: now?.evidence ?? 'E0', series: { route: '/pay' }, statistic: 'last', value }
  return {
    verdict: 'action_suggested',
    summary: `${percent(value)} of the requests of ${service} to /pay fail.`,
    confidence: 60,
    urgency: 'now',
    cause: null,
    claims: [
      { text: `${percent(value)} of the requests to /pay fail now`, kind: 'observation', receipts: [current] },
      {
        text: `The share rose from ${percent(lowest)} to ${percent(highest)}`,
        kind: 'observation',
        receipts: [
          { evidence: course?.evidence ?? 'E0', statistic: 'min', value: lowest },
          { evidence: course?.evidence ?? 'E0', statistic: 'max', value: highest },
        ],
      },
    ],
    data_gaps: ['Logs: none are configured'],
    next_steps: [`Look at the newest change of ${service}`],
  }
}

const numberIn = (result: Result | undefined, pattern: RegExp): number => {
  const found = pattern.exec((result?.text ?? '').replaceAll('\\"', '"'))?.[1]
  if (found === undefined) throw new Error(`no number by ${pattern} in: ${result?.text}`)
  return Number(found)
}

const percent = (ratio: number): string => `${Number((ratio * 100).toFixed(1))} %`
