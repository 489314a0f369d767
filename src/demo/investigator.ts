import type { Block } from '../llm/model.ts'
import { answersIn, NOTED, type Answered as Result } from './answers.ts'
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
  if (request.tool_choice?.name === 'submit_analysis') return handIn(request, answers)
  if (asked === 0) return turn(firstQuestions, firstPlan, 3000)
  if (asked === 1) return turn(secondQuestions, secondPlan(answers), 3500)
  return handIn(request, answers)
}

const handIn = (request: MessagesRequest, answers: readonly Result[]): Reply => ({
  content: [use('submit', 'submit_analysis', conclude(answers, JSON.stringify(request.messages[0]).includes(ROLLBACK)))],
  delayMs: 3000,
})

/** The action by its name in the catalogue, where it is enabled. */
const ROLLBACK = 'rollback_workload'

const service = 'service="checkout"'

const firstQuestions: Question[] = [
  [
    'query_metrics_range',
    {
      query: `sum by (version) (rate(http_requests_total{${service},code=~"5.."}[1m])) / sum by (version) (rate(http_requests_total{${service}}[1m]))`,
      start: '-20m',
      step: '30s',
      why: 'Errors by version',
    },
  ],
  ['query_logs', { query: `{${service}} |= "level=error"`, start: '-10m', limit: 200, why: 'What the errors say' }],
  ['query_logs', { query: `{${service}} |= "deploy "`, start: '-1h', limit: 5, why: 'Was anything deployed?' }],
]

const secondQuestions: Question[] = [
  ['query_metrics', { query: `max by (version) (db_pool_max{${service}})`, why: 'Size of the database pool by version' }],
  [
    'query_metrics_range',
    { query: 'sum(pg_stat_activity_count{service="payments-db"})', start: '-20m', step: '30s', why: 'Is the database busy?' },
  ],
  [
    'query_metrics_range',
    { query: `sum(rate(http_requests_total{${service}}[1m]))`, start: '-20m', step: '30s', why: 'More traffic than before?' },
  ],
]

type Question = [tool: string, input: Record<string, unknown>]

const firstPlan = [
  { text: 'A deploy', status: 'checking' },
  { text: 'The database', status: 'open' },
  { text: 'More traffic', status: 'open' },
]

const secondPlan = ([, logs, deploys]: readonly Result[]) => {
  const deployed = /deploy (\S+): (\S+) -> ([\w.]+)/.exec(deploys?.text ?? '')
  return [
    deployed === null ? { text: 'A deploy', status: 'ruled_out' } : { text: `The deploy of ${deployed[3]}`, status: 'supported' },
    {
      text: /timeout acquiring connection/.test(logs?.text ?? '') ? 'The database, for its pool is waited for' : 'The database',
      status: 'checking',
    },
    { text: 'More traffic', status: 'checking' },
  ]
}

const turn = (questions: readonly Question[], hypotheses: readonly unknown[], delayMs: number): Reply => ({
  content: [
    { type: 'tool_use', id: `${NOTED}-${delayMs}`, name: 'update_plan', input: { hypotheses } },
    ...questions.map(([name, input], i) => use(`${delayMs}-${i}`, name, input)),
  ],
  delayMs,
})

const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id: `toolu_${id}`, name, input })

const conclude = (results: readonly Result[], canRollBack: boolean) => {
  const [errors, logs, deploys, pools, database, traffic] = results
  const worst = versions(errors)[0]
  const change = /change="?\\?"?([A-Z_]+) (\d+) -> (\d+)/.exec(deploys?.text ?? '')
  const deploy = /deploy (\S+): (\S+) -> ([\w.]+)/.exec(deploys?.text ?? '')
  const pool = versions(pools)
  const timeouts = /timeout acquiring connection from pool/.test(logs?.text ?? '')
  const isDeploy = deploy !== null && worst !== undefined && deploy[3] === worst.version && timeouts
  return isDeploy
    ? badDeploy({ errors, logs, deploys, pools, database, traffic }, { worst, deploy, change, pool, canRollBack })
    : unclear({ errors, logs, deploys, database, traffic }, worst)
}

type Sources = Partial<Record<'errors' | 'logs' | 'deploys' | 'pools' | 'database' | 'traffic', Result | undefined>>
type Version = { version: string; last: number }

/** Versions with their newest value, highest first, as the tool wrote them. */
const versions = (result: Result | undefined): Version[] =>
  [...(result?.text ?? '').matchAll(/version="([^"]+)"[^}]*\}\s+(?:last )?([\d.e+-]+)/g)]
    .map((found) => ({ version: found[1] ?? '', last: Number(found[2]) }))
    .sort((a, b) => b.last - a.last)

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`

type Facts = { worst: Version; deploy: RegExpExecArray; change: RegExpExecArray | null; pool: Version[]; canRollBack: boolean }

const badDeploy = ({ errors, logs, deploys, pools, database, traffic }: Sources, { worst, deploy, change, pool, canRollBack }: Facts) => {
  const [, name = '', before = '', after = ''] = deploy
  const from = change?.[2] ?? ''
  const to = change?.[3] ?? ''
  const deployed = quote(deploys, deploy[0])
  const changed = change === null ? deployed : quote(deploys, `${change[1]} ${from} -> ${to}`)
  const failing = statistic(errors, { version: after }, 'last', worst.last)
  return {
    verdict: 'action_required',
    summary: `${after} cut ${name}'s database pool from ${from} to ${to}. ${percent(worst.last)} of its requests fail, and it does not recover by itself.`,
    confidence: 87,
    urgency: 'now',
    cause: {
      text: `${after} of ${name} set ${change?.[1]} from ${from} to ${to}`,
      object: { kind: 'Deployment', namespace: 'shop', name },
      category: 'bad_deploy',
      receipts: [deployed, changed],
    },
    claims: [
      { text: `${percent(worst.last)} of the requests to ${after} fail`, kind: 'observation', receipts: [failing] },
      ...pool.map(({ version, last }) => ({
        text: `The pool of ${version} has ${last} connections`,
        kind: 'observation',
        receipts: [statistic(pools, { version }, 'last', last)],
      })),
      {
        text: 'The errors are "timeout acquiring connection from pool"',
        kind: 'observation',
        receipts: [quote(logs, 'timeout acquiring connection from pool')],
      },
      {
        text: `The pool of ${after} is too small for the load that ${before} carried`,
        kind: 'inference',
        receipts: [deployed, changed, failing],
      },
    ],
    ruled_out: [
      ...whereAsked(database, (last) => `The database: ${last} connections now`),
      ...whereAsked(traffic, (last) => `More traffic: ${last.toFixed(1)} requests per second now`),
    ],
    data_gaps: ['Traces: none are configured', `Whether ${after} migrated a schema`],
    next_steps: [`Roll back: kubectl -n shop rollout undo deployment/${name}`, `Or set ${change?.[1]} to ${from} and deploy`],
    proposals: canRollBack
      ? [
          {
            action: ROLLBACK,
            params: { namespace: 'shop', name },
            why: `${after} brought the errors: ${before} carried the same load.`,
            receipts: [deployed],
          },
        ]
      : [],
  }
}

const unclear = ({ errors, logs, deploys, database, traffic }: Sources, worst: Version | undefined) => ({
  verdict: 'inconclusive',
  summary:
    worst === undefined ? 'No proven cause yet.' : `No proven cause yet: ${percent(worst.last)} of the requests to ${worst.version} fail.`,
  confidence: 40,
  urgency: 'now',
  cause: null,
  claims: [
    ...(worst === undefined
      ? []
      : [
          {
            text: `${percent(worst.last)} of the requests to ${worst.version} fail`,
            kind: 'observation',
            receipts: [statistic(errors, { version: worst.version }, 'last', worst.last)],
          },
        ]),
    ...(firstMessageOf(logs) === ''
      ? []
      : [{ text: `The errors say "${firstMessageOf(logs)}"`, kind: 'observation', receipts: [quote(logs, firstMessageOf(logs))] }]),
  ],
  ruled_out: /deploy /.test(deploys?.text ?? '')
    ? []
    : [{ text: 'A deploy: none in the last hour', receipts: [{ evidence: deploys?.evidence ?? 'E0', absent: 'deploy checkout' }] }],
  data_gaps: ['Traces: none are configured'],
  next_steps: [
    ...whereAsked(database, (last) => `Look at the database: ${last} connections`),
    ...whereAsked(traffic, (last) => `Look at the traffic: ${last.toFixed(1)} requests per second`),
  ].map(({ text }) => text),
  proposals: [],
})

const firstMessageOf = (logs: Result | undefined): string =>
  /msg="([^"(]+?)(?: after | \(|")/.exec((logs?.text ?? '').replaceAll('\\"', '"'))?.[1]?.trim() ?? ''

const lastOf = (result: Result | undefined): number => Number(/last ([\d.e+-]+)/.exec(result?.text ?? '')?.[1] ?? 'NaN')

/** Whoever stops it early is told of what was asked until then, and of nothing else. */
const whereAsked = (result: Result | undefined, say: (last: number) => string) =>
  Number.isNaN(lastOf(result)) ? [] : [{ text: say(lastOf(result)), receipts: [statistic(result, undefined, 'last', lastOf(result))] }]

const quote = (result: Result | undefined, words: string) => ({ evidence: result?.evidence ?? 'E0', quote: words })

const statistic = (result: Result | undefined, series: Record<string, string> | undefined, name: string, value: number) => ({
  evidence: result?.evidence ?? 'E0',
  ...(series === undefined ? {} : { series }),
  statistic: name,
  value,
})
