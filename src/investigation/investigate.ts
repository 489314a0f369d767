import { z } from 'zod'
import type { Context } from '../context.ts'
import type { InvestigationStatus } from '../db/schema.ts'
import { takeOver } from '../incident/incident.ts'
import type { Message, Model, ToolSpec } from '../llm/model.ts'
import { defaultPrices, type Price, priceOf } from '../llm/price.ts'
import { redacting } from '../llm/redacting.ts'
import { cut } from '../text/cut.ts'
import { createRedactor } from '../text/redact.ts'
import type { SubmittedAnalysis } from './analysis.ts'
import { NOT_USABLE } from './answer.ts'
import { addTurn, emptyLedger, type Ledger } from './budget.ts'
import { asGiven, asSeen } from './checked-as-seen.ts'
import { byRules, conclusionOf, finish } from './conclude.ts'
import { permitted, think } from './loop.ts'
import { firstMessage, systemPrompt } from './prompt.ts'
import { checkAnalysis } from './receipts/check.ts'
import { push, type Run } from './run.ts'
import { admission } from './spend.ts'
import { submitTool } from './submit.ts'
import { toolsFor } from './tools/index.ts'
import type { Tool } from './tools/tool.ts'
import { loadTranscript, type Owner, storeStep, type Transcript } from './transcript.ts'

/** Runs the model over an incident until it ends, from wherever the stored transcript stands. Safe to run again after a crash. */
export const investigate = async (context: Context, id: string, signal: AbortSignal): Promise<void> => {
  const taken = await takeOne(context, id)
  if (taken === undefined) return
  const { transcript, owner } = taken
  // Asked again here, since many can be let in before the first of them has spent anything.
  const { next, reason } = admission(context, transcript.incident, transcript.turns.length === 0 ? transcript.spent : 0)
  const model = context.models.main
  if (model === undefined || transcript.alert === null || next !== 'investigating') {
    const status = next === 'budget_spent' ? 'budget_exceeded' : 'complete'
    return endByRules(context, taken, { status, reason: next === 'investigating' ? 'rules only: its alert is gone' : reason })
  }
  const run = prepare(context, model, { transcript, owner, signal })
  const begun = transcript.turns.length > 0 ? undefined : await begin(context, run, transcript)
  const end = begun ?? (await think(run))
  if (end.end === 'superseded') return
  if (end.end === 'handed_over') {
    // The process was asked to stop: another one goes on from the transcript.
    await context.queue.sendNow('investigate', { incident: id })
    return
  }
  await finish(context, owner, {
    number: transcript.investigation.number,
    concluded: conclusionOf(run, end, transcript.brief),
    ledger: run.ledger,
    seconds: Math.round((context.clock.monotonic() - run.startedAt) / 1000),
  })
}

/** After the last try: the investigation ends with what the rules know, and says why. */
export const giveUp = async (context: Context, id: string, error: unknown): Promise<void> => {
  const taken = await takeOne(context, id)
  if (taken === undefined) return
  // The error may quote what it stumbled over.
  const text = createRedactor({ key: id }).redact(error instanceof Error ? error.message : String(error))
  await endByRules(context, taken, { status: 'error', reason: `Vigil itself failed here: ${cut(text, 300)}` })
}

type Taken = { readonly transcript: Transcript; readonly owner: Owner }

/** Takes the incident over and reads what is there. Undefined: nothing waits to be investigated. */
const takeOne = async (context: Context, id: string): Promise<Taken | undefined> => {
  const incident = await takeOver(context.db, id)
  if (incident === undefined) return undefined
  const transcript = await loadTranscript(context.db, incident, context.config.budgets.investigation.usd)
  if (transcript === undefined) return undefined
  return { transcript, owner: { incident: id, investigation: transcript.investigation.id, epoch: incident.epoch } }
}

const endByRules = async (
  context: Context,
  { transcript, owner }: Taken,
  { status, reason }: { status: InvestigationStatus; reason: string },
): Promise<void> => {
  const ledger = ledgerOf(transcript, priceFor(context, context.models.main?.id ?? ''))
  await finish(context, owner, {
    number: transcript.investigation.number,
    concluded: { status, reason, analysis: byRules(reason, transcript.brief, gapsOf(transcript)) },
    ledger,
    seconds: Math.round((ledger.modelMs + ledger.toolMs) / 1000),
  })
}

type Prepared = Taken & { readonly signal: AbortSignal }

const prepare = (context: Context, model: Model, { transcript, owner, signal }: Prepared): Run => {
  const { incident } = transcript
  const { redact } = createRedactor({ key: incident.id })
  const sources = context.sources(incident.cluster)
  const tools = toolsFor(sources)
  const price = priceFor(context, model.id)
  const ledger = ledgerOf(transcript, price)
  const given = asGiven(transcript, context.clock.now(), redact)
  const run: Run = {
    model: redacting(model, redact),
    system: systemPrompt,
    specs: [...tools.map(specOf), submitTool],
    tools,
    tooling: { sources, clock: context.clock },
    limits: { ...context.config.budgets.investigation, max_tokens: context.config.claude.max_tokens },
    price,
    clock: context.clock,
    signal,
    number: transcript.investigation.number,
    nonce: Buffer.from(context.random.bytes(9)).toString('base64url'),
    redact,
    check: (submitted: SubmittedAnalysis, evidence) => checkAnalysis(submitted, asSeen(evidence, redact), given),
    store: (step) => storeStep(context, owner, step),
    onTool: context.telemetry.toolCalled,
    messages: transcript.turns.map(({ role, content }): Message => ({ role, content })),
    lastStop: transcript.turns.findLast((turn) => turn.usage !== null)?.stop ?? null,
    evidence: [...transcript.evidence],
    lastEvidence: Number(transcript.evidence.at(-1)?.id.slice(1) ?? 0),
    ledger,
    // Time that was spent before a crash counts, the time in between does not.
    startedAt: context.clock.monotonic() - ledger.modelMs - ledger.toolMs,
    stoppedBy: transcript.investigation.stopped_by,
    concluding: null,
    concludingAsks: 0,
    gaps: gapsOf(transcript),
  }
  run.concluding = concludingBefore(run, ledgerOf({ ...transcript, turns: transcript.turns.slice(0, -1) }, price))
  return run
}

/** Whether the model's last answer was already asked for as the conclusion: it is then judged as one, and marked partial. */
const concludingBefore = (run: Run, ledger: Ledger): Run['concluding'] => {
  if (run.messages.at(-1)?.role !== 'assistant') return null
  const startedAt = run.clock.monotonic() - ledger.modelMs - ledger.toolMs
  const permission = permitted({ ...run, ledger, startedAt, messages: run.messages.slice(0, -1) })
  return permission.may === 'ask' ? null : permission.because
}

const gapsOf = ({ gaps }: Transcript): string[] => [...new Set(gaps)].filter((gap) => gap !== NOT_USABLE)

const begin = (context: Context, run: Run, { incident, alert, brief, evidence, investigation }: Transcript) => {
  if (alert === null) return Promise.resolve(undefined)
  const shown = evidence.map((one) => ({ ...one, shown: run.redact(one.shown) }))
  const now = context.clock.now()
  const message = firstMessage({ incident, alert, brief, evidence: shown, now, nonce: run.nonce, redact: run.redact })
  return push(run, message, {
    begin: { model: run.model.id, system: run.system },
    entries: [
      {
        type: 'investigation_started',
        investigation: investigation.number,
        kind: investigation.kind,
        model: run.model.id,
        limit: run.limits.tool_calls,
        usd_limit: run.limits.usd,
      },
    ],
  })
}

const specOf = (tool: Tool): ToolSpec => ({
  name: tool.name,
  description: tool.description,
  input_schema: z.toJSONSchema(tool.input, { io: 'input', target: 'draft-7' }) as Record<string, unknown>,
})

const priceFor = (context: Context, model: string): Price | undefined => {
  const name = model.includes('/') ? model.slice(model.indexOf('/') + 1) : model
  return priceOf(name, { ...defaultPrices, ...context.config.claude.prices })
}

const ledgerOf = ({ turns, calls }: Transcript, price: Price | undefined): Ledger => {
  const ledger = emptyLedger()
  for (const { usage, model, ms } of turns) if (usage !== null) addTurn(ledger, { usage, model: model ?? 'unknown', ms }, price)
  ledger.toolCalls = calls.length
  ledger.failedCalls = calls.filter((call) => call.is_error).length
  ledger.toolMs = calls.reduce((sum, call) => sum + call.ms, 0)
  return ledger
}
