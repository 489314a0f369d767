import { readWebhook } from '../src/alert/sources/alertmanager.ts'
import type { Context } from '../src/context.ts'
import { loki } from '../src/datasources/loki.ts'
import { prometheus } from '../src/datasources/prometheus.ts'
import { PermanentError } from '../src/errors.ts'
import { takeOver } from '../src/incident/incident.ts'
import { type Brief, latest, timelineOf } from '../src/incident/timeline.ts'
import type { Analysis } from '../src/investigation/analysis.ts'
import { brief } from '../src/investigation/brief.ts'
import { conclusionOf } from '../src/investigation/conclude.ts'
import { finish } from '../src/investigation/finish.ts'
import { think } from '../src/investigation/loop.ts'
import { pin } from '../src/investigation/pinned.ts'
import { runOf } from '../src/investigation/prepare.ts'
import type { Check } from '../src/investigation/receipts/check.ts'
import { loadRecorded, type Recorded } from '../src/investigation/replay/recorded.ts'
import type { Rule } from '../src/investigation/rules/rule.ts'
import { push } from '../src/investigation/run.ts'
import { taskOf } from '../src/investigation/task.ts'
import type { Tool } from '../src/investigation/tools/tool.ts'
import { loadTranscript, storeStep } from '../src/investigation/transcript.ts'
import type { Model } from '../src/llm/model.ts'
import { redactorFor } from '../src/text/redactor-for.ts'
import { type Bench, startScripted } from './bench.ts'
import type { Case } from './case.ts'
import { startCase, webhookOf } from './world.ts'

/** What is tried in the place of Vigil's own, to see what it would change. */
export type Trial = {
  /** Without one the case's scripted model. */
  readonly model?: Model
  readonly rulesOnly?: boolean
  readonly check?: Check
  readonly tools?: (tools: readonly Tool[]) => readonly Tool[]
  readonly rules?: readonly Rule[]
}

export type Ran = {
  readonly brief: Brief
  /** Null with the rules alone. */
  readonly thought: {
    readonly analysis: Analysis
    /** As it is stored, fit to be replayed. */
    readonly recorded: Recorded
    readonly calls: number
    readonly tokens: number
    readonly usd: number
    readonly seconds: number
  } | null
}

/** The rules have two seconds, which a busy machine may take from them: what they find is measured here, not how fast. */
const PATIENCE = 10

/**
 * Walks one case's alert down the road: Alertmanager's webhook, the database, the rules, and the loop with its tools and receipts, over HTTP
 * to the case's own Prometheus and Loki.
 */
export const runCase = async (bench: Bench, one: Case, trial: Trial = {}): Promise<Ran> => {
  const world = await startCase(one)
  const scripted = trial.model === undefined && trial.rulesOnly !== true ? await startScripted(one) : undefined
  const model = trial.rulesOnly === true ? undefined : (trial.model ?? scripted?.model)
  try {
    const { clock } = bench.context
    const options = (endpoint: string) => ({ endpoint, fetch, clock })
    const sources = { prometheus: prometheus(options(world.prometheusUrl)), loki: loki(options(world.lokiUrl)) }
    const context: Context = { ...bench.context, sources: () => sources, models: { main: model, small: model, named: () => model } }
    const { accepted } = await bench.receive({ alerts: readWebhook(webhookOf(one)).alerts, post: null, asked: null })
    const [{ incident } = { incident: '' }] = accepted
    const patient = { ...context, clock: { ...clock, after: (ms: number, run: () => void) => clock.after(PATIENCE * ms, run) } }
    await (trial.rules === undefined ? brief(patient, incident) : brief(patient, incident, trial.rules))
    const briefed = latest(await timelineOf(context.db, incident), 'briefed')
    if (briefed === undefined) throw new PermanentError(`${one.name}: the rules said nothing`)
    const thought = model === undefined ? null : await investigate(context, incident, { model, trial })
    return { brief: briefed.brief, thought }
  } finally {
    await Promise.all([world.close(), scripted?.close()])
  }
}

/** As the job does it, but with what is tried, and without the gate. */
const investigate = async (context: Context, id: string, { model, trial }: { model: Model; trial: Trial }): Promise<Ran['thought']> => {
  const incident = await takeOver(context.db, id)
  const transcript = incident === undefined ? undefined : await loadTranscript(context.db, incident, 0)
  if (incident === undefined || transcript?.alert == null) throw new PermanentError(`incident ${id} does not wait for an investigation`)
  const { investigation, alert } = transcript
  const owner = { incident: id, investigation: investigation.id, epoch: incident.epoch }
  const { redact } = redactorFor(context.config, id)
  const task = taskOf({
    context,
    transcript,
    alert,
    redact,
    ...(trial.check === undefined ? {} : { check: trial.check }),
  })
  const signal = new AbortController().signal
  const store = (step: Parameters<typeof storeStep>[2]) => storeStep(context, owner, step)
  const plain = runOf(context, model, { transcript, task, redact, signal, store, tell: () => Promise.resolve() })
  const run = trial.tools === undefined ? plain : { ...plain, tools: trial.tools(plain.tools) }
  await push(run, task.first(run.nonce), { begin: { model: model.id, system: task.goal.system, pinned: pin(run) }, entries: [] })
  const end = await think(run)
  if (end.end !== 'submitted' && end.end !== 'without_outcome') throw new PermanentError(`the investigation ended ${end.end}`)
  const concluded = conclusionOf(run, end, transcript)
  const { ledger } = run
  const seconds = (run.clock.monotonic() - run.startedAt) / 1000
  await finish(context, owner, { investigation, severity: incident.severity, concluded, ledger, seconds: Math.round(seconds) })
  const [recorded] = await loadRecorded(context.db, { investigation: investigation.id })
  if (concluded.outcome.kind !== 'analysis') throw new PermanentError(`the investigation ended with ${concluded.outcome.kind}`)
  const { analysis } = concluded.outcome
  if (recorded === undefined) throw new PermanentError(concluded.reason ?? 'the investigation ended without an analysis of a model')
  return { analysis, recorded, calls: ledger.toolCalls, tokens: ledger.tokensIn + ledger.tokensOut, usd: ledger.usd, seconds }
}
