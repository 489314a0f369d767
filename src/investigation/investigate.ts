import { z } from 'zod'
import type { Context } from '../context.ts'
import { splitComparison } from '../datasources/comparison.ts'
import { takeOver } from '../incident/incident.ts'
import type { Message, Model, ToolSpec } from '../llm/model.ts'
import { defaultPrices, type Price, priceOf } from '../llm/price.ts'
import { redacting } from '../llm/redacting.ts'
import { createRedactor } from '../text/redact.ts'
import type { SubmittedAnalysis } from './analysis.ts'
import { addTurn, emptyLedger, type Ledger } from './budget.ts'
import { byRules, conclusionOf, finish } from './conclude.ts'
import { think } from './loop.ts'
import { firstMessage, systemPrompt } from './prompt.ts'
import { checkAnalysis, type Given } from './receipts.ts'
import { push, type Run } from './run.ts'
import { submitTool } from './submit.ts'
import { toolsFor } from './tools/index.ts'
import type { Tool } from './tools/tool.ts'
import { loadTranscript, type Owner, storeStep, type Transcript } from './transcript.ts'

/** Runs the model over an incident until it ends, from wherever the stored transcript stands. Safe to run again after a crash. */
export const investigate = async (context: Context, id: string, signal: AbortSignal): Promise<void> => {
  const incident = await takeOver(context.db, id)
  if (incident === undefined || context.model === undefined) return
  const transcript = await loadTranscript(context.db, incident)
  if (transcript === undefined || transcript.alert === null) return
  const owner: Owner = { incident: id, investigation: transcript.investigation.id, epoch: incident.epoch }
  const run = prepare(context, context.model, { transcript, owner, signal })
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
  const incident = await takeOver(context.db, id)
  const transcript = incident === undefined ? undefined : await loadTranscript(context.db, incident)
  if (incident === undefined || transcript === undefined) return
  const reason = `Vigil itself failed here: ${error instanceof Error ? error.message : String(error)}`
  const ledger = ledgerOf(transcript, priceFor(context, context.model?.id ?? ''))
  await finish(
    context,
    { incident: id, investigation: transcript.investigation.id, epoch: incident.epoch },
    {
      number: transcript.investigation.number,
      concluded: { status: 'error', reason, analysis: byRules(reason, transcript.brief, []) },
      ledger,
      seconds: 0,
    },
  )
}

type Prepared = { transcript: Transcript; owner: Owner; signal: AbortSignal }

const prepare = (context: Context, model: Model, { transcript, owner, signal }: Prepared): Run => {
  const { incident } = transcript
  const redactor = createRedactor({ key: incident.id })
  const sources = context.sources(incident.cluster)
  const tools = toolsFor(sources)
  const price = priceFor(context, model.id)
  const ledger = ledgerOf(transcript, price)
  return {
    model: redacting(model, redactor.redact),
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
    redact: redactor.redact,
    check: (submitted: SubmittedAnalysis, evidence) => checkAnalysis(submitted, evidence, givenOf(context, transcript)),
    store: (step) => storeStep(context, owner, step),
    onTool: context.telemetry.toolCalled,
    messages: transcript.turns.map(({ role, content }): Message => ({ role, content })),
    evidence: [...transcript.evidence],
    ledger,
    // Time that was spent before a crash counts, the time in between does not.
    startedAt: context.clock.monotonic() - ledger.modelMs - ledger.toolMs,
    stoppedBy: transcript.investigation.stopped_by,
    concluding: null,
    gaps: [],
  }
}

const begin = (context: Context, run: Run, { incident, alert, brief, evidence, investigation }: Transcript) => {
  if (alert === null) return Promise.resolve(undefined)
  const redacted = evidence.map((one) => ({ ...one, shown: run.redact(one.shown) }))
  const message = firstMessage({ incident, alert, brief, evidence: redacted, now: context.clock.now(), nonce: run.nonce })
  return push(run, message, {
    begin: { model: run.model.id, system: run.system },
    entries: [
      {
        type: 'investigation_started',
        investigation: investigation.number,
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

/** What a sentence may say without a receipt: Vigil's own checked facts about the alert. */
const givenOf = (context: Context, { alert, incident }: Transcript): Given => {
  const split = alert?.expression == null ? undefined : splitComparison(alert.expression)
  return {
    alert: {
      labels: alert?.labels ?? {},
      ...(alert?.expression == null ? {} : { expression: alert.expression }),
      ...(split !== undefined && 'threshold' in split ? { threshold: split.threshold } : {}),
      startsAt: (alert?.starts_at ?? context.clock.now()).toISOString(),
      ...(incident.onset === null ? {} : { onset: incident.onset.toISOString() }),
    },
    now: context.clock.now(),
  }
}
