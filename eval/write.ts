import type { Category } from '../src/investigation/categories.ts'
import type { Question } from './case.ts'
import type { Reader, Sentence } from './reader.ts'

/** Questions as an engineer would ask them: an hour of a metric, two hours of logs, a value now. */
export const ask = {
  course: (query: string, why: string): Question => ['query_metrics_range', { query, start: '-1h', step: '1m', why }],
  logs: (query: string, why: string): Question => ['query_logs', { query, start: '-2h', limit: 200, why }],
  now: (query: string, why: string): Question => ['query_metrics', { query, why }],
}

type Found = {
  readonly verdict?: 'no_action' | 'action_suggested' | 'action_required'
  /** What the logs or the numbers say is the cause; undefined where they do not. */
  readonly cause?:
    | { readonly text: string; readonly object: string; readonly category: Category; readonly receipts: readonly object[] }
    | undefined
  readonly claims: readonly Sentence[]
  readonly ruledOut?: readonly { readonly text: string; readonly receipts: readonly object[] }[]
  readonly gaps?: readonly string[]
  readonly next?: readonly string[]
  readonly summary?: string
}

/** An analysis of what was found; without a cause it is inconclusive, unless nothing needs to be done. */
export const handIn = ({
  verdict,
  cause,
  claims,
  ruledOut = [],
  gaps = [],
  next = [],
  summary,
}: Found): Readonly<Record<string, unknown>> => ({
  verdict: verdict ?? (cause === undefined ? 'inconclusive' : 'action_required'),
  summary: summary ?? (cause === undefined ? 'No cause is proven.' : `${cause.text}.`),
  confidence: cause === undefined && verdict === undefined ? 30 : 85,
  urgency: verdict === 'no_action' ? 'can_wait' : 'now',
  cause:
    cause === undefined
      ? null
      : { text: cause.text, object: { kind: 'Service', name: cause.object }, category: cause.category, receipts: cause.receipts },
  claims,
  ruled_out: ruledOut,
  data_gaps: gaps,
  next_steps: next,
})

/** A cause in words that stand in an answer; undefined where the pattern is not found. */
export const causeFrom = (read: Reader, question: number, { pattern, text, also = [], ...rest }: Cause): Found['cause'] => {
  const found = read.find(question, pattern)
  if (found === undefined) return undefined
  return { ...rest, text: text(found.match), receipts: [found.receipt, ...also.flatMap(({ receipts }) => receipts)] }
}

type Cause = {
  readonly pattern: RegExp
  readonly text: (match: RegExpExecArray) => string
  readonly object: string
  readonly category: Category
  /** What else the cause rests on. */
  readonly also?: readonly Sentence[]
}

/** How the deploys of these clusters are logged. */
export const deployed = /deploy (\S+): (\S+) -> ([\w.]+)/

/** Error ratio of a service over five minutes. */
export const errorRatio = (service: string): string =>
  `sum(rate(http_requests_total{service="${service}",code=~"5.."}[5m])) / sum(rate(http_requests_total{service="${service}"}[5m]))`

/** Requests of a service: so many well a second, and the failing ones before and after the trouble began (minutes before now). */
export const requests = (
  service: string,
  well: number,
  failing: readonly [before: number, after: number, at: number],
  labels: Readonly<Record<string, string>> = {},
) => [
  { metric: 'http_requests_total', labels: { service, code: '200', ...labels }, before: well, counter: true },
  {
    metric: 'http_requests_total',
    labels: { service, code: '500', ...labels },
    before: failing[0],
    after: failing[1],
    at: failing[2],
    counter: true,
  },
]

export const id = (n: number): string => ((n * 2654435761) >>> 0).toString(16).padStart(8, '0')
