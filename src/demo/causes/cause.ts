import type { Answered } from '../answers.ts'

/** One cause that the scripted model can recognise: by the words of the errors, as a person does, and then by what it asks about them. */
export type Cause = {
  /** What the errors say where this may be it. */
  readonly sign: RegExp
  /** What to ask next; the cluster only where it can be asked. */
  questions(asking: { readonly cluster: boolean }): readonly Question[]
  /** What is considered while those are asked. */
  readonly considered: string
  /** What to hand in; null: the answers do not carry it after all. */
  conclude(known: Known): unknown
}

export type Question = readonly [name: string, tool: string, input: Record<string, unknown>]

/** The answers by the names of their questions, and what may be proposed. */
export type Known = {
  answer(name: string): Answered | undefined
  offers(action: string): boolean
}

export const SERVICE = 'service="checkout"'

/** Asked first, whatever it is. */
export const firstQuestions: readonly Question[] = [
  [
    'errors',
    'query_metrics_range',
    {
      query: `sum by (version) (rate(http_requests_total{${SERVICE},code=~"5.."}[1m])) / sum by (version) (rate(http_requests_total{${SERVICE}}[1m]))`,
      start: '-20m',
      step: '30s',
      why: 'Errors by version',
    },
  ],
  ['logs', 'query_logs', { query: `{${SERVICE}} |= "level=error"`, start: '-10m', limit: 200, why: 'What the errors say' }],
  ['deploys', 'query_logs', { query: `{${SERVICE}} |= "deploy "`, start: '-1h', limit: 5, why: 'Was anything deployed?' }],
]

export const poolQuestion: Question = [
  'pools',
  'query_metrics',
  { query: `max by (version) (db_pool_max{${SERVICE}})`, why: 'Size of the database pool by version' },
]

export const databaseQuestion: Question = [
  'database',
  'query_metrics_range',
  { query: 'sum(pg_stat_activity_count{service="payments-db"})', start: '-20m', step: '30s', why: 'Is the database busy?' },
]

export const trafficQuestion: Question = [
  'traffic',
  'query_metrics_range',
  { query: `sum(rate(http_requests_total{${SERVICE}}[1m]))`, start: '-20m', step: '30s', why: 'More traffic than before?' },
]

type Version = { readonly version: string; readonly last: number }

/** Versions with their newest value, highest first, as the tool wrote them. */
export const versions = (answer: Answered | undefined): Version[] =>
  [...(answer?.text ?? '').matchAll(/version="([^"]+)"[^}]*\}\s+(?:last )?([\d.e+-]+)/g)]
    .map((found) => ({ version: found[1] ?? '', last: Number(found[2]) }))
    .sort((a, b) => b.last - a.last)

export const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`

/** The version that fails most, with its share. */
export const failing = ({ answer }: Known): { readonly share: string; readonly claim: readonly unknown[] } => {
  const [worst] = versions(answer('errors'))
  if (worst === undefined) return { share: 'Some', claim: [] }
  const receipts = [statistic(answer('errors'), { version: worst.version }, 'last', worst.last)]
  const text = `${percent(worst.last)} of the requests to ${worst.version} fail`
  return { share: percent(worst.last), claim: [{ text, kind: 'observation', receipts }] }
}

/** The newest deploy that the pipeline tells of, and what it changed. */
export const deployIn = (answer: Answered | undefined) => {
  const text = (answer?.text ?? '').replaceAll('\\"', '"')
  const deploy = /deploy (\S+): (\S+) -> (v[\w.]+)/.exec(text)
  const change = /change="(\S+) (\S+) -> ([^"\s]+)"/.exec(text)
  return { deploy, change }
}

export const observed = (text: string, ...receipts: readonly unknown[]) => ({ text, kind: 'observation', receipts })

/** A quote that stands there; nothing where it does not. */
export const seen = (answer: Answered | undefined, words: string, text: string) =>
  answer?.text.includes(words) === true ? [observed(text, quote(answer, words))] : []

export const ruledOutDeploy = ({ answer }: Known) => {
  const deploys = answer('deploys')
  return deploys === undefined || /deploy \w/.test(deploys.text)
    ? []
    : [{ text: 'A deploy: none in the last hour', receipts: [{ evidence: deploys.evidence, absent: 'deploy checkout' }] }]
}

export const ruledOutTraffic = ({ answer }: Known) =>
  whereAsked(answer('traffic'), (last) => `More traffic: ${last.toFixed(1)} requests per second now`)

export const ruledOutDatabase = ({ answer }: Known) => whereAsked(answer('database'), (last) => `The database: ${last} connections now`)

export const lastOf = (answer: Answered | undefined): number => Number(/last ([\d.e+-]+)/.exec(answer?.text ?? '')?.[1] ?? 'NaN')

/** Whoever stops it early is told of what was asked until then, and of nothing else. */
export const whereAsked = (answer: Answered | undefined, say: (last: number) => string) =>
  Number.isNaN(lastOf(answer)) ? [] : [{ text: say(lastOf(answer)), receipts: [statistic(answer, undefined, 'last', lastOf(answer))] }]

export const quote = (answer: Answered | undefined, words: string) => ({ evidence: answer?.evidence ?? 'E0', quote: words })

export const statistic = (...[answer, series, name, value]: StatisticOf) => ({
  evidence: answer?.evidence ?? 'E0',
  ...(series === undefined ? {} : { series }),
  statistic: name,
  value,
})

type StatisticOf = [answer: Answered | undefined, series: Readonly<Record<string, string>> | undefined, name: string, value: number]

export const NO_TRACES = 'Traces: none are configured'

export const checkout = { kind: 'Deployment', namespace: 'shop', name: 'checkout' }
