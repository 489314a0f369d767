import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { type Clock, type Context, systemClock } from '../../src/context.ts'
import { openSources } from '../../src/datasources/index.ts'
import type { Reply, Script } from '../../src/demo/model/script.ts'
import { type ModelServer, type RawRequest, startModelServer } from '../../src/demo/model/server.ts'
import { blocksOf, type MessagesRequest } from '../../src/demo/model/wire.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { investigate } from '../../src/investigation/investigate.ts'
import { anthropic } from '../../src/llm/anthropic.ts'
import { metered } from '../../src/llm/metered.ts'
import type { Block, Model } from '../../src/llm/model.ts'
import { onlyModel, testContext } from '../context.ts'
import { type Asked, serve, type Wire } from '../datasources/wire.ts'

/** Tells what a data source answers; undefined leaves it to the usual answer. */
type Answering = (asked: Asked, response: ServerResponse) => boolean

export type Stage = {
  readonly context: Context
  readonly server: ModelServer
  /** The ratio of errors is 2 % and, from `brokenAt` (seconds) on, 25 % in version v2. */
  readonly source: Wire & { answer: Answering | undefined; brokenAt: number }
  /** An incident with its alert and a waiting investigation, as an intake leaves them. */
  open(alert?: OpenAlert): Promise<string>
  /** Plays the script against one investigation and gives what is stored of it. */
  play(script: Script, more?: { id?: string; signal?: AbortSignal; context?: Context }): Promise<Ended>
  ended(id: string): Promise<Ended>
}

export type OpenAlert = {
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly expression?: string | null
  readonly source?: string
  readonly startsAt?: Date
  readonly severity?: string
  readonly subject?: string | null
}

/** A context over a real database, a model server and one data source that is Prometheus and Loki at once. */
export const stage = async (t: TestContext, env: Record<string, string> = {}, more: StageOptions = {}): Promise<Stage> => {
  const clock = more.clock ?? systemClock
  const server = await startModelServer()
  const source: Stage['source'] = Object.assign(
    await serve(t, (asked, response) => {
      if (source.answer?.(asked, response) !== true)
        json(response, { status: 'success', data: dataOf(asked.path, asked.params, source.brokenAt) })
    }),
    { answer: undefined, brokenAt: Math.floor(clock.now().getTime() / 1000) - 600 },
  )
  const fetch = globalThis.fetch
  const name = more.model ?? 'claude-haiku-5-5'
  const { context: made, close } = await testContext(
    { VIGIL_PROMETHEUS_ENDPOINT: source.url, VIGIL_LOKI_ENDPOINT: source.url, ...env },
    { clock },
  )
  const claude = anthropic({ apiKey: server.apiKey, baseUrl: server.url, model: name, fetch, clock })
  const model: Model = metered(claude, { clock, onCall: made.telemetry.modelCalled })
  const context: Context = { ...made, models: onlyModel(model), sources: openSources(made.config, { fetch, clock }), ...more.overrides }
  t.after(async () => {
    await close()
    await server.close()
  })
  const ended = (id: string) => endedOf(context, id)
  return {
    context,
    server,
    source,
    open: (alert) => open(context, alert),
    ended,
    play: async (script, options = {}) => {
      const id = options.id ?? (await open(context))
      server.script(script)
      await investigate(options.context ?? context, id, options.signal ?? new AbortController().signal)
      return ended(id)
    },
  }
}

export type StageOptions = { readonly clock?: Clock; readonly model?: string; readonly overrides?: Partial<Context> }

/** A clock on which every wait is `times` shorter than it says. */
export const fastClock = (times: number): Clock => {
  const began = performance.now()
  const start = new Date('2026-11-20T22:00:00Z').getTime()
  const monotonic = () => (performance.now() - began) * times
  return {
    now: () => new Date(start + monotonic()),
    monotonic,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
    after: (ms, run) => systemClock.after(ms / times, run),
  }
}

let opened = 0

const open = async (context: Context, alert: OpenAlert = {}): Promise<string> => {
  const id = `incident-${++opened}`
  const labels = { alertname: 'HighErrorRate', service: 'checkout', severity: 'high', ...alert.labels }
  const subject = alert.subject === undefined ? 'checkout' : alert.subject
  const { severity = 'high', source = 'alertmanager' } = alert
  await context.db
    .insertInto('incident')
    .values({ id, title: 'HighErrorRate', severity, cluster: 'default', subject, alertname: labels.alertname })
    .execute()
  await context.db
    .insertInto('alert')
    .values({
      id: `alert-${opened}`,
      incident_id: id,
      fingerprint: `f${opened}`,
      cluster: 'default',
      source,
      status: 'firing',
      labels: JSON.stringify(labels),
      annotations: JSON.stringify(alert.annotations ?? {}),
      starts_at: alert.startsAt ?? context.clock.now(),
      expression: alert.expression === undefined ? 'error_ratio > 0.05' : alert.expression,
      confirmed: true,
    })
    .execute()
  await context.db
    .insertInto('investigation')
    .values({ id: `investigation-${opened}`, incident_id: id, number: 1 })
    .execute()
  return id
}

export type Ended = Awaited<ReturnType<typeof endedOf>>

const endedOf = async (context: Context, id: string) => {
  const investigation = await context.db
    .selectFrom('investigation')
    .selectAll()
    .where('incident_id', '=', id)
    .orderBy('number', 'desc')
    .executeTakeFirstOrThrow()
  const turns = await context.db.selectFrom('turn').selectAll().where('investigation_id', '=', investigation.id).orderBy('number').execute()
  const calls = await context.db.selectFrom('tool_call').selectAll().where('investigation_id', '=', investigation.id).execute()
  const evidence = await context.db.selectFrom('evidence').selectAll().where('incident_id', '=', id).orderBy('number').execute()
  const incident = await context.db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return { id, incident, investigation, turns, calls, evidence, timeline: await timelineOf(context.db, id) }
}

export const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id, name, input })

let asked = 0
/** A question that was not asked before. */
export const metrics = (query = `error_ratio{n="${++asked}"}`, id = `q${++asked}`): Block => use(id, 'query_metrics', { query })

export const text = (words: string): Block => ({ type: 'text', text: words })

/** An analysis in which there is nothing to prove. */
const submission = (over: object = {}) => ({
  verdict: 'inconclusive',
  summary: 'No cause is proven.',
  confidence: 20,
  urgency: 'today',
  cause: null,
  ...over,
})

export const submit = (over: object = {}, id = `s${++asked}`): Block => use(id, 'submit_analysis', submission(over))

/** A turn of the given blocks. */
export const turn = (...content: Block[]): Reply => ({ content })

/** What came back for the newest calls, as the model was sent it. */
export const resultsIn = (request: MessagesRequest | undefined): { id: string; content: string; isError: boolean }[] =>
  blocksOf(request?.messages.at(-1)?.content).flatMap((block) =>
    block.type === 'tool_result'
      ? [{ id: block.tool_use_id ?? '', content: typeof block.content === 'string' ? block.content : '', isError: block.is_error === true }]
      : [],
  )

/** Every call of a stored history is answered in the next turn, roles alternate, and the model server refused nothing. */
export const assertValid = ({ turns, investigation }: Ended): void => {
  assert.doesNotMatch(investigation.reason ?? '', /refused the request/)
  for (const [at, { role, content, number }] of turns.entries()) {
    assert.equal(number, at)
    assert.equal(role, at % 2 === 0 ? 'user' : 'assistant')
    if (role !== 'assistant' || at === turns.length - 1) continue
    const calls = content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
    const answers = turns[at + 1]?.content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []))
    assert.deepEqual(answers, calls)
  }
}

/** Requests that the model server was sent for one investigation; its messages begin with the same text. */
export const requestsOf = (server: ModelServer, ended: Ended): RawRequest[] => {
  const first = ended.turns[0]?.content[0]
  const begin = first?.type === 'text' ? first.text : assert.fail('nothing was stored')
  return server.requests.filter(({ body }) => blocksOf(body?.messages[0]?.content)[0]?.text === begin)
}

const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const labels = (version: string) => ({ __name__: 'error_ratio', service: 'checkout', version })

const dataOf = (path: string, params: Record<string, string>, brokenAt: number): unknown => {
  if (path.endsWith('/rules')) return { groups: [{ name: 'shop', interval: 15, rules: [rule] }] }
  // No label names a service: the rules see no logs, the tools ask for what they like.
  if (path.startsWith('/loki/api/v1/label')) return []
  if (path.startsWith('/loki')) {
    const end = BigInt(params['end'] ?? '0')
    const values = Array.from({ length: 30 }, (_, i) => [String(end - BigInt(i + 1) * 1_000_000_000n), `level=error msg="timeout ${i}"`])
    return { resultType: 'streams', result: [{ stream: { service: 'checkout' }, values }] }
  }
  // It knows this one metric: what the rules ask of others it has not.
  if (/kube_|probe_|x509_|certmanager|traces_service_graph|__name__|_bucket|up == 0/.test(params['query'] ?? ''))
    return { resultType: path.endsWith('/query_range') ? 'matrix' : 'vector', result: [] }
  if (path.endsWith('/query_range')) {
    const [start, end, step] = [Number(params['start']), Number(params['end']), Number(params['step'])]
    const points = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step)
    return { resultType: 'matrix', result: [{ metric: labels('v2'), values: points.map((at) => [at, at < brokenAt ? '0.02' : '0.25']) }] }
  }
  const at = Number(params['time'] ?? 0)
  const now = (params['query'] ?? '').startsWith('timestamp(') ? String(at - 3) : '0.25'
  return {
    resultType: 'vector',
    result: [
      { metric: labels('v1'), value: [at, '0.02'] },
      { metric: labels('v2'), value: [at, now] },
    ],
  }
}

const rule = { type: 'alerting', name: 'HighErrorRate', query: 'error_ratio > 0.05', duration: 120, labels: {}, annotations: {} }
