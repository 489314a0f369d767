import type { Intake } from '../src/alert/intake.ts'
import { createReceive } from '../src/alert/receive.ts'
import { sources } from '../src/alert/sources/index.ts'
import type { Context } from '../src/context.ts'
import { openSources } from '../src/datasources/index.ts'
import { shopRules } from '../src/demo/world/shop-rules.ts'
import { startWorld } from '../src/demo/world/world.ts'
import { brief } from '../src/investigation/brief.ts'
import { investigate } from '../src/investigation/investigate.ts'
import type { Block, Model } from '../src/llm/model.ts'
import { onlyModel, testContext } from '../test/context.ts'
import { type Aim, atMost, counted, type Measured } from './measure.ts'
import { describe, type Statement, statementsOf } from './statements.ts'

/** Round trips to the database, counted at the pg client. Rooms are called directly: no worker, no door, so nothing else is counted. */
export const roundTrips = async (): Promise<Measured[]> => [...(await perIntake()), ...(await perInvestigation())]

const perIntake = async (): Promise<Measured[]> => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  const measure = async (what: string, intakes: readonly Intake[], aim: Aim | null): Promise<Measured> => {
    // What waits while one transaction runs shares the next: the first is not of interest here.
    const blocker = intakes.length > 1 ? receive(intakeOf('Blocker', 1)) : undefined
    const statements = await statementsOf(() => Promise.all(intakes.map(receive)))
    await blocker
    explain(`intake, ${what}`, statements)
    const begin = statements.findIndex(({ text }) => /^begin/i.test(text))
    return counted(`round trips of an intake transaction: ${what}`, statements.length - begin, aim, `(+ ${begin} read before it)`)
  }
  try {
    const measured: Measured[] = []
    for (const size of [1, 10, 500]) {
      const name = `Bench${size}`
      measured.push(await measure(`${size} new`, [intakeOf(name, size)], atMost(4, '')))
      measured.push(await measure(`${size} repeated`, [intakeOf(name, size)], atMost(4, '')))
      measured.push(await measure(`${size} resolved`, [intakeOf(name, size, 'resolved')], atMost(4, '')))
    }
    return measured
  } finally {
    await close()
  }
}

const intakeOf = (name: string, size: number, status = 'firing'): Intake => ({
  alerts: sources.alertmanager.parse({
    groupKey: `{}:{alertname="${name}"}`,
    receiver: 'vigil',
    groupLabels: {},
    alerts: Array.from({ length: size }, (_, i) => ({
      status,
      labels: { alertname: name, service: `service-${i}` },
      annotations: { summary: 'Error ratio 25 %' },
      startsAt: new Date().toISOString(),
      ...(status === 'resolved' ? { endsAt: new Date().toISOString() } : {}),
    })),
  }),
  post: null,
  asked: null,
})

const perInvestigation = async (): Promise<Measured[]> => {
  const world = await startWorld({})
  world.break()
  const { context, close } = await testContext(
    {
      VIGIL_PROMETHEUS_ENDPOINT: world.prometheusUrl,
      VIGIL_LOKI_ENDPOINT: world.lokiUrl,
    },
    { models: onlyModel(threeRounds) },
  )
  const asked: Context = { ...context, sources: openSources(context.config, context) }
  try {
    const incident = await openIncident(asked)
    const first = await statementsOf(() => brief(asked, incident))
    const loop = await statementsOf(() => investigate(asked, incident, new AbortController().signal))
    explain('brief', first)
    explain('investigation', loop)
    const ended = await context.db.selectFrom('investigation').select(['status', 'tool_calls']).executeTakeFirstOrThrow()
    if (ended.status !== 'complete' || ended.tool_calls !== 4) throw new Error(`the investigation ended as ${JSON.stringify(ended)}`)
    const own = (statements: readonly Statement[]): number => statements.filter(({ owner }) => owner === 'vigil').length
    return [
      counted('round trips of the rules (brief)', own(first), null),
      counted('round trips of an investigation of 3 rounds', own(loop), null),
      counted('round trips of both together', own(first) + own(loop), atMost(17, '')),
    ]
  } finally {
    await close()
    await world.close()
  }
}

const openIncident = async (context: Context): Promise<string> => {
  const [rule] = shopRules({ forSeconds: 30, windowSeconds: 60 })
  const alerts = [
    {
      status: 'firing',
      labels: { alertname: rule?.name ?? '', service: 'checkout', severity: 'critical' },
      annotations: {},
      startsAt: new Date().toISOString(),
      generatorURL: `http://prometheus/graph?g0.expr=${encodeURIComponent(rule?.expression ?? '')}&g0.tab=1`,
    },
  ]
  const received = await createReceive(context)({
    alerts: sources.alertmanager.parse({ groupKey: 'one', receiver: 'vigil', groupLabels: {}, alerts }),
    post: null,
    asked: null,
  })
  return received.accepted[0]?.incident ?? ''
}

/** Two rounds of two questions each, then the analysis. */
const threeRounds: Model = {
  id: 'bench/three-rounds',
  complete: async ({ messages }) => {
    const round = messages.filter((message) => message.role === 'assistant').length
    const ask = (n: number, name: string, query: string): Block => ({
      type: 'tool_use',
      id: `t${round}-${n}`,
      name,
      input: { query, why: 'bench' },
    })
    const content: Block[] =
      round < 2
        ? // Not the same question twice: that would be answered from the stored evidence.
          [
            ask(1, 'query_metrics', `up offset ${round + 1}m`),
            ask(2, 'query_logs', `{service="checkout"} |= "${round === 0 ? 'error' : 'deploy'}"`),
          ]
        : [{ type: 'tool_use', id: 'submit', name: 'submit_analysis', input: inconclusive }]
    return { content, stop: 'tool_use', usage: { input: 1000, output: 100, cache_read: 0, cache_write: 0 }, model: 'three-rounds', ms: 1 }
  },
}

const inconclusive = {
  verdict: 'inconclusive',
  summary: 'No cause was found.',
  confidence: 10,
  urgency: 'today',
  cause: null,
  claims: [],
  next_steps: [],
}

/** With VIGIL_BENCH_EXPLAIN each statement that was counted is printed. */
const explain = (what: string, statements: readonly Statement[]): void => {
  if (process.env['VIGIL_BENCH_EXPLAIN'] !== undefined) console.log(`\n${what}:\n${describe(statements)}`)
}
