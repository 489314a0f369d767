import type { Context } from '../context.ts'
import type { StoredAlert } from '../db/schema.ts'
import { recordNow } from '../incident/timeline.ts'
import type { Message, Model, ToolSpec } from '../llm/model.ts'
import { defaultPrices, type Price, priceOf } from '../llm/price.ts'
import { redacting } from '../llm/redacting.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { NOT_USABLE } from './answer.ts'
import { addTurn, emptyLedger, type Ledger } from './budget.ts'
import { CONTEXT_FULL, isSqueezed } from './compact.ts'
import { deploysIn } from './deploys.ts'
import { inputSchema } from './goal/goal.ts'
import { permitted } from './loop.ts'
import { planTool } from './plan-tool.ts'
import type { Run } from './run.ts'
import { type Task, taskOf } from './task.ts'
import { toolsFor } from './tools/index.ts'
import type { Tool } from './tools/tool.ts'
import { type Owner, storeStep, type Transcript } from './transcript.ts'

export type Prepared = {
  readonly transcript: Transcript
  readonly alert: StoredAlert
  readonly owner: Owner
  readonly signal: AbortSignal
}

/** A run as it stands in the transcript: at its beginning, or wherever a crash left it. */
export const prepare = (context: Context, model: Model, { transcript, alert, owner, signal }: Prepared): { run: Run; task: Task } => {
  const { incident } = transcript
  const { redact } = redactorFor(context.config, incident.id)
  const task = taskOf({ context, transcript, alert, redact })
  const run = runOf(context, model, {
    transcript,
    task,
    redact,
    signal,
    store: (step) => storeStep(context, owner, step),
    tell: (entry) =>
      recordNow(context, incident.id, [entry], owner.epoch).catch((error: unknown) =>
        context.log.info({ err: error }, 'the thread could not be told between two steps'),
      ),
  })
  run.concluding = concludingBefore(run, ledgerOf({ ...transcript, turns: transcript.turns.slice(0, -1) }, run.priceOf))
  return { run, task }
}

export type RunInput = Pick<Run, 'store' | 'tell' | 'signal' | 'redact'> & { readonly transcript: Transcript; readonly task: Task }

/** Everything that the loop needs, from the incident's sources and the configuration. */
export const runOf = (context: Context, model: Model, { transcript, task, redact, signal, store, tell }: RunInput): Run => {
  const { incident, investigation } = transcript
  const sources = context.sources(incident.cluster)
  const tools = toolsFor(sources)
  const { goal, limits } = task
  const prices = pricesOf(context)
  const ledger = ledgerOf(transcript, prices)
  return {
    model: redacting(model, redact),
    goal,
    specs: [...tools.map(specOf), ...(goal.id === 'analysis' ? [planTool] : []), goal.submit],
    tools,
    tooling: { sources, clock: context.clock, deploys: (window) => deploysIn(context.db, incident.cluster, window) },
    limits,
    priceOf: prices,
    dearest: dearestOf([model.id, ...(model.fallsBackTo ?? [])], prices),
    clock: context.clock,
    signal,
    number: investigation.number,
    nonce: Buffer.from(context.random.bytes(9)).toString('base64url'),
    redact,
    store,
    tell,
    onTool: context.telemetry.toolCalled,
    messages: transcript.turns.map(({ role, content }): Message => ({ role, content })),
    lastStop: transcript.turns.findLast((turn) => turn.usage !== null)?.stop ?? null,
    evidence: [...transcript.evidence],
    lastEvidence: Number(transcript.evidence.at(-1)?.id.slice(1) ?? 0),
    ledger,
    // Time that was spent before a crash counts, the time in between does not.
    startedAt: context.clock.monotonic() - ledger.modelMs - ledger.toolMs,
    goneMs: transcript.held?.type === 'gated' && transcript.held.spending.models.length === 0 ? transcript.held.spending.model_ms : 0,
    stoppedBy: investigation.stopped_by,
    concluding: null,
    concludingAsks: 0,
    gaps: gapsOf(transcript),
    plan: transcript.plan,
    fellTo: null,
    interim: transcript.interim,
    news: transcript.news,
  }
}

/** How a tool is offered to a model. */
export const specOf = ({ name, description, input }: Tool): ToolSpec => ({ name, description, input_schema: inputSchema(input) })

/** Whether the model's last answer was already asked for as the conclusion: it is then judged as one, and marked partial. */
const concludingBefore = (run: Run, ledger: Ledger): Run['concluding'] => {
  if (isSqueezed(run.messages)) return CONTEXT_FULL
  if (run.messages.at(-1)?.role !== 'assistant') return null
  const startedAt = run.clock.monotonic() - ledger.modelMs - ledger.toolMs
  const permission = permitted({ ...run, ledger, startedAt, messages: run.messages.slice(0, -1) })
  return permission.may === 'ask' ? null : permission.because
}

export const gapsOf = ({ gaps }: Pick<Transcript, 'gaps'>): string[] => [...new Set(gaps)].filter((gap) => gap !== NOT_USABLE)

/** Of each bucket the highest price that is known; undefined: none is. */
const dearestOf = (ids: readonly string[], prices: (model: string) => Price | undefined): Price | undefined =>
  ids.reduce<Price | undefined>((dearest, id) => {
    const price = prices(id)
    if (price === undefined || dearest === undefined) return price ?? dearest
    const highest = (bucket: keyof Price): number => Math.max(dearest[bucket], price[bucket])
    return { input: highest('input'), output: highest('output'), cache_read: highest('cache_read'), cache_write: highest('cache_write') }
  }, undefined)

/** The price of a model, with or without its provider in front. */
export const pricesOf =
  ({ config }: Pick<Context, 'config'>) =>
  (model: string): Price | undefined =>
    priceOf(model.includes('/') ? model.slice(model.indexOf('/') + 1) : model, { ...defaultPrices, ...config.claude.prices })

/** What was used so far, the gate's part included. */
export const ledgerOf = (
  { turns, calls, held }: Pick<Transcript, 'turns' | 'calls' | 'held'>,
  prices: (model: string) => Price | undefined,
): Ledger => {
  const ledger = emptyLedger()
  for (const { usage, model, ms } of turns) {
    if (usage !== null) addTurn(ledger, { usage, model: model ?? 'unknown', ms }, prices(model ?? ''))
  }
  if (held?.type === 'gated') {
    ledger.usd += held.spending.usd
    ledger.tokensIn += held.spending.tokens_in
    ledger.tokensOut += held.spending.tokens_out
    ledger.models.push(...held.spending.models.filter((model) => !ledger.models.includes(model)))
  }
  ledger.toolCalls = calls.length
  ledger.failedCalls = calls.filter((call) => call.is_error).length
  ledger.toolMs = calls.reduce((sum, call) => sum + call.ms, 0)
  return ledger
}
