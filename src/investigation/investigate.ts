import type { Context } from '../context.ts'
import type { InvestigationStatus } from '../db/schema.ts'
import { takeOver } from '../incident/incident.ts'
import { cut } from '../text/cut.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { chooseModel } from './choice.ts'
import { byItself, byRules, conclusionOf } from './conclude.ts'
import { finish } from './finish.ts'
import { passGate } from './gate.ts'
import { think } from './loop.ts'
import { pin } from './pinned.ts'
import { gapsOf, ledgerOf, prepare, pricesOf } from './prepare.ts'
import { proposeRule } from './propose-rule.ts'
import { push, type Run } from './run.ts'
import { admission, nothingSpent } from './spend.ts'
import type { Task } from './task.ts'
import { loadTranscript, type Owner, type Transcript } from './transcript.ts'

/** Runs the model over an incident until it ends, from wherever the stored transcript stands. Safe to run again after a crash. */
export const investigate = async (context: Context, id: string, signal: AbortSignal): Promise<void> => {
  const taken = await takeOne(context, id)
  if (taken === undefined) return
  const { transcript, owner } = taken
  const { incident, investigation, alert } = transcript
  const begins = transcript.turns.length === 0
  // Asked again here, since many can be let in before the first of them has spent anything.
  const { next, reason, cheaper } = admission(context, incident, begins ? transcript.spent : nothingSpent, investigation.forced)
  const model = chooseModel(context, { incident, investigation, cheaper })
  if (model === undefined || alert === null || next !== 'investigating') {
    const status = next === 'budget_spent' ? 'budget_exceeded' : 'complete'
    return endByRules(context, taken, { status, reason: next === 'investigating' ? 'rules only: its alert is gone' : reason })
  }
  const passed = await passGate(context, { transcript, alert, owner, signal })
  if (passed === 'held' || passed === 'superseded') return
  // The gate has stored its word and evidence: they are read with all else.
  if (passed === 'went') return investigate(context, id, signal)
  if (passed === 'ignored' || passed === 'over') {
    if (passed === 'over') await endByItself(context, taken)
    return proposeRule(context, incident, alert, signal)
  }
  const { run, task } = prepare(context, model, { transcript, alert, owner, signal })
  const begun = begins ? await begin(run, task, transcript) : undefined
  const end = begun ?? (await think(run))
  if (end.end === 'superseded') return
  if (end.end === 'handed_over') {
    // The process was asked to stop: another one goes on from the transcript.
    await context.queue.sendNow('investigate', { incident: id })
    return
  }
  const concluded = conclusionOf(run, end, transcript)
  const finished = await finish(context, owner, {
    investigation,
    severity: incident.severity,
    concluded,
    ledger: run.ledger,
    seconds: Math.round((context.clock.monotonic() - run.startedAt) / 1000),
  })
  const { outcome } = concluded
  if (finished === 'finished' && outcome.kind === 'analysis' && outcome.analysis.verdict === 'no_action')
    await proposeRule(context, incident, alert, signal)
}

/** After the last try: the investigation ends with what the rules know, and says why. */
export const giveUp = async (context: Context, id: string, error: unknown): Promise<void> => {
  const taken = await takeOne(context, id)
  if (taken === undefined) return
  // The error may quote what it stumbled over.
  const text = redactorFor(context.config, id).redact(error instanceof Error ? error.message : String(error))
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
  const ledger = ledgerOf(transcript, pricesOf(context))
  await finish(context, owner, {
    investigation: transcript.investigation,
    severity: transcript.incident.severity,
    concluded: { status, reason, outcome: byRules(transcript, reason, gapsOf(transcript)) },
    ledger,
    seconds: Math.round((ledger.modelMs + ledger.toolMs) / 1000),
  })
}

/** What was waited for is over, as its expression says; the incident itself is closed by the check for recovery. */
const endByItself = (context: Context, { transcript, owner }: Taken) =>
  finish(context, owner, {
    investigation: transcript.investigation,
    severity: transcript.incident.severity,
    concluded: { status: 'complete', reason: 'it went by itself', outcome: byItself(transcript) },
    ledger: ledgerOf(transcript, pricesOf(context)),
    seconds: 0,
  })

const begin = (run: Run, task: Task, { investigation, newest }: Transcript) =>
  push(run, task.first(run.nonce), {
    begin: { model: run.model.id, system: run.goal.system, pinned: pin(run) },
    // What was said before stands in the first message.
    told: newest,
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
