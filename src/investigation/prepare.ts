import type { Context } from '../context.ts'
import type { StoredAlert } from '../db/schema.ts'
import { recordNow } from '../incident/timeline.ts'
import type { Message, Model } from '../llm/model.ts'
import { defaultPrices, type Price, priceOf } from '../llm/price.ts'
import { redacting } from '../llm/redacting.ts'
import { createRedactor } from '../text/redact.ts'
import { NOT_USABLE } from './answer.ts'
import { addTurn, emptyLedger, type Ledger } from './budget.ts'
import { inputSchema } from './goal/goal.ts'
import { permitted } from './loop.ts'
import { planTool } from './plan-tool.ts'
import type { Run } from './run.ts'
import { type Task, taskOf } from './task.ts'
import { toolsFor } from './tools/index.ts'
import { type Owner, storeStep, type Transcript } from './transcript.ts'

export type Prepared = {
  readonly transcript: Transcript
  readonly alert: StoredAlert
  readonly owner: Owner
  readonly signal: AbortSignal
}

/** A run as it stands in the transcript: at its beginning, or wherever a crash left it. */
export const prepare = (context: Context, model: Model, { transcript, alert, owner, signal }: Prepared): { run: Run; task: Task } => {
  const { incident, investigation } = transcript
  const { redact } = createRedactor({ key: incident.id })
  const sources = context.sources(incident.cluster)
  const tools = toolsFor(sources)
  const task = taskOf({ context, transcript, alert, redact })
  const { goal, limits } = task
  const prices = pricesOf(context)
  const ledger = ledgerOf(transcript, prices)
  const run: Run = {
    model: redacting(model, redact),
    goal,
    specs: [
      ...tools.map(({ name, description, input }) => ({ name, description, input_schema: inputSchema(input) })),
      ...(goal.id === 'analysis' ? [planTool] : []),
      goal.submit,
    ],
    tools,
    tooling: { sources, clock: context.clock },
    limits,
    priceOf: prices,
    dearest: prices(model.id),
    clock: context.clock,
    signal,
    number: investigation.number,
    nonce: Buffer.from(context.random.bytes(9)).toString('base64url'),
    redact,
    store: (step) => storeStep(context, owner, step),
    tell: (entry) =>
      recordNow(context, incident.id, [entry], owner.epoch).catch((error: unknown) =>
        context.log.info({ err: error }, 'the thread could not be told between two steps'),
      ),
    onTool: context.telemetry.toolCalled,
    messages: transcript.turns.map(({ role, content }): Message => ({ role, content })),
    lastStop: transcript.turns.findLast((turn) => turn.usage !== null)?.stop ?? null,
    evidence: [...transcript.evidence],
    lastEvidence: Number(transcript.evidence.at(-1)?.id.slice(1) ?? 0),
    ledger,
    // Time that was spent before a crash counts, the time in between does not.
    startedAt: context.clock.monotonic() - ledger.modelMs - ledger.toolMs,
    stoppedBy: investigation.stopped_by,
    concluding: null,
    concludingAsks: 0,
    gaps: gapsOf(transcript),
    plan: transcript.plan,
    fellTo: null,
    interim: transcript.interim,
    news: transcript.news,
  }
  run.concluding = concludingBefore(run, ledgerOf({ ...transcript, turns: transcript.turns.slice(0, -1) }, prices))
  return { run, task }
}

/** Whether the model's last answer was already asked for as the conclusion: it is then judged as one, and marked partial. */
const concludingBefore = (run: Run, ledger: Ledger): Run['concluding'] => {
  if (run.messages.at(-1)?.role !== 'assistant') return null
  const startedAt = run.clock.monotonic() - ledger.modelMs - ledger.toolMs
  const permission = permitted({ ...run, ledger, startedAt, messages: run.messages.slice(0, -1) })
  return permission.may === 'ask' ? null : permission.because
}

export const gapsOf = ({ gaps }: Pick<Transcript, 'gaps'>): string[] => [...new Set(gaps)].filter((gap) => gap !== NOT_USABLE)

/** The price of a model, with or without its provider in front. */
export const pricesOf =
  ({ config }: Pick<Context, 'config'>) =>
  (model: string): Price | undefined =>
    priceOf(model.includes('/') ? model.slice(model.indexOf('/') + 1) : model, { ...defaultPrices, ...config.claude.prices })

export const ledgerOf = ({ turns, calls }: Pick<Transcript, 'turns' | 'calls'>, prices: (model: string) => Price | undefined): Ledger => {
  const ledger = emptyLedger()
  for (const { usage, model, ms } of turns) {
    if (usage !== null) addTurn(ledger, { usage, model: model ?? 'unknown', ms }, prices(model ?? ''))
  }
  ledger.toolCalls = calls.length
  ledger.failedCalls = calls.filter((call) => call.is_error).length
  ledger.toolMs = calls.reduce((sum, call) => sum + call.ms, 0)
  return ledger
}
