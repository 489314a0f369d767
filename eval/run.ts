import { loadConfig } from '../src/config.ts'
import { type Clock, type Context, systemClock, systemRandom } from '../src/context.ts'
import { loki } from '../src/datasources/loki.ts'
import { prometheus } from '../src/datasources/prometheus.ts'
import type { Investigation, StoredAlert } from '../src/db/schema.ts'
import { startModelServer } from '../src/demo/model/server.ts'
import type { Analysis } from '../src/investigation/analysis.ts'
import { conclusionOf } from '../src/investigation/conclude.ts'
import { think } from '../src/investigation/loop.ts'
import { ownState } from '../src/investigation/own-state.ts'
import { runOf } from '../src/investigation/prepare.ts'
import type { Check } from '../src/investigation/receipts/check.ts'
import { taskOf } from '../src/investigation/task.ts'
import type { Tool } from '../src/investigation/tools/tool.ts'
import type { Step, Stored, Transcript } from '../src/investigation/transcript.ts'
import { anthropic } from '../src/llm/anthropic.ts'
import type { Model } from '../src/llm/model.ts'
import { createLog } from '../src/telemetry/log.ts'
import { createTelemetry } from '../src/telemetry/telemetry.ts'
import type { Case } from './case.ts'
import { readerOf } from './reader.ts'
import { type Score, score } from './score.ts'
import { NOW, startCase } from './world.ts'

/** What is tried in the place of Vigil's own, to see what it would change. */
export type Trial = {
  readonly model?: Model
  readonly system?: string
  readonly check?: Check
  readonly tools?: (tools: readonly Tool[]) => readonly Tool[]
  /** Of the rules' look at the alert's own expression. */
  readonly own?: typeof ownState
}

export type Ran = {
  readonly name: string
  readonly analysis: Analysis
  readonly score: Score
  readonly calls: number
  readonly tokens: number
  readonly usd: number
  readonly seconds: number
}

/** Everything stands still at the moment of the case, but waits are real. */
const clock: Clock = { ...systemClock, now: () => NOW }

/** Runs one case through the real loop, tools and receipts, over HTTP to the case's own Prometheus and Loki. */
export const runCase = async (one: Case, trial: Trial = {}): Promise<Ran> => {
  const world = await startCase(one)
  const script = trial.model === undefined ? await startModelServer() : undefined
  try {
    script?.script((request) => {
      const round = request.messages.filter(({ role }) => role === 'assistant').length
      const questions = one.asks[round]
      if (questions !== undefined)
        return { content: questions.map(([name, input], i) => ({ type: 'tool_use', id: `q${round}_${i}`, name, input })) }
      return { content: [{ type: 'tool_use', id: `s${round}`, name: 'submit_analysis', input: one.conclude(readerOf(request)) }] }
    })
    const model =
      trial.model ?? anthropic({ apiKey: script?.apiKey ?? '', baseUrl: script?.url ?? '', model: 'claude-haiku-5-5', fetch, clock })
    const context = contextOf(world)
    const transcript = transcriptOf(one)
    const alert = alertOf(one)
    const redact = (text: string): string => text
    const task = taskOf({
      context,
      transcript,
      alert,
      redact,
      ...(trial.system === undefined ? {} : { system: trial.system }),
      ...(trial.check === undefined ? {} : { check: trial.check }),
    })
    const signal = new AbortController().signal
    const plain = runOf(context, model, { transcript, task, redact, signal, store: inMemory, tell: () => Promise.resolve() })
    const run = trial.tools === undefined ? plain : { ...plain, tools: trial.tools(plain.tools) }
    run.messages.push(task.first(run.nonce))
    const end = await think(run)
    if (end.end !== 'submitted' && end.end !== 'without_outcome') throw new Error(`${one.name} ended ${end.end}`)
    const { outcome } = conclusionOf(run, end, transcript)
    if (outcome.kind !== 'analysis') throw new Error(`${one.name} ended with ${outcome.kind}`)
    const { ledger } = run
    return {
      name: one.name,
      analysis: outcome.analysis,
      score: score(outcome.analysis, one.expected),
      calls: ledger.toolCalls,
      tokens: ledger.tokensIn + ledger.tokensOut,
      usd: ledger.usd,
      seconds: (clock.monotonic() - run.startedAt) / 1000,
    }
  } finally {
    await Promise.all([world.close(), script?.close()])
  }
}

/** What the rules alone say of a case: whether it is still wrong, and since when. Faults are for people. */
export const runRules = async (one: Case, { own = ownState }: Trial = {}): Promise<{ name: string; faults: readonly string[] }> => {
  const world = await startCase(one)
  try {
    const source = prometheus({ endpoint: world.prometheusUrl, fetch, clock })
    const found = await own({ alert: alertOf(one), prometheus: source, clock, signal: new AbortController().signal })
    const { firing, onset } = one.expected.rules
    const faults: string[] = []
    if (found === null) faults.push('the rule was not found')
    else {
      if (found.firing !== firing) faults.push(`firing ${found.firing}, expected ${firing}`)
      const ago = (NOW.getTime() - found.onset.getTime()) / 60_000
      if (onset !== null && Math.abs(ago - onset) > 1) faults.push(`began ${ago.toFixed(1)} min ago, expected ${onset}`)
    }
    return { name: one.name, faults }
  } finally {
    await world.close()
  }
}

const inMemory = (_step: Step): Promise<Stored> => Promise.resolve({ stored: 'yes', stoppedBy: null, news: [] })

const contextOf = (world: { prometheusUrl: string; lokiUrl: string }): Context => {
  const options = (endpoint: string) => ({ endpoint, fetch, clock })
  const sources = { prometheus: prometheus(options(world.prometheusUrl)), loki: loki(options(world.lokiUrl)) }
  const context: Pick<Context, 'config' | 'clock' | 'random' | 'log' | 'telemetry' | 'sources'> = {
    config: loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} }),
    clock,
    random: systemRandom(clock),
    log: createLog({ log_level: 'silent' }),
    telemetry: createTelemetry('eval'),
    sources: () => sources,
  }
  // The loop has no database, no queue and no doors: nothing else of the context is touched.
  return context as Context
}

const alertOf = ({ alert }: Case): StoredAlert => {
  const startsAt = new Date(NOW.getTime() - alert.started * 60_000)
  return {
    id: 'eval',
    incident_id: 'eval',
    fingerprint: 'eval',
    cluster: 'default',
    source: 'alertmanager',
    status: 'firing',
    labels: { alertname: alert.alertname, service: alert.service, severity: alert.severity ?? 'critical', ...alert.labels },
    annotations: {},
    starts_at: startsAt,
    ends_at: null,
    expression: alert.expression,
    generator_url: null,
    group_key: null,
    receiver: null,
    confirmed: true,
    count: 1,
    first_seen: startsAt,
    last_seen: startsAt,
    open: true,
  }
}

const transcriptOf = (one: Case): Transcript => {
  const { alert } = one
  const investigation = { id: 'eval', number: 1, kind: 'alert', stopped_by: null, question: null, about: null } as Investigation
  return {
    incident: {
      id: 'eval',
      number: 1,
      status: 'investigating',
      title: alert.alertname,
      severity: alert.severity ?? 'critical',
      cluster: 'default',
      subject: alert.service,
      alertname: alert.alertname,
      onset: null,
    } as Transcript['incident'],
    investigation,
    alert: alertOf(one),
    brief: undefined,
    turns: [],
    calls: [],
    gaps: [],
    spent: { usd: 0, tokens: 0, channel_usd: 0 },
    evidence: [],
    plan: null,
    interim: true,
    statements: [],
    newest: 0,
    news: [],
    earlier: [],
    held: null,
    known: null,
  }
}
