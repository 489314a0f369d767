import type { Context } from '../context.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import { expressionFor } from '../incident/alerts.ts'
import { readExpression } from '../incident/expression.ts'
import type { Model } from '../llm/model.ts'
import { clean } from '../text/clean.ts'
import { duration } from '../text/number.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { historyOf } from './alert-history.ts'
import type { Evidence } from './evidence.ts'
import { spendingOf } from './finish.ts'
import { gateGoal } from './goal/gate.ts'
import { type History, usuallyGoes } from './history.ts'
import { hold, type Word } from './hold.ts'
import { think } from './loop.ts'
import { runOf } from './prepare.ts'
import { gateMessage } from './prompt.ts'
import { elapsed, type Run } from './run.ts'
import { checkOf, givenOf } from './task.ts'
import type { Owner, Transcript } from './transcript.ts'
import { inMemory } from './transcript.ts'

/** `went`: the gate's word for it was stored just now. */
export type Passed = 'go' | 'went' | 'ignored' | 'held' | 'over' | 'superseded'

export type AtGate = { readonly transcript: Transcript; readonly alert: StoredAlert; readonly owner: Owner; readonly signal: AbortSignal }

/**
 * Before an investigation: waits for what usually goes by itself, and asks a small model whether it is worth one. `go`: it is, or nobody
 * can tell; `held`: it waits, or was left alone, and the thread says why; `over`: it went by itself while it was waited for.
 */
export const passGate = async (context: Context, at: AtGate): Promise<Passed> => {
  const { transcript, alert } = at
  const { investigation, held } = transcript
  if (investigation.kind !== 'alert' || investigation.forced || transcript.turns.length > 0 || alert.source === 'mention') return 'go'
  if (held?.type === 'waiting') return afterWait(context, at, held.until)
  if (held !== null || !isGated(context, transcript.incident)) return 'go'
  const history = await historyOf(context, transcript.incident, alert, at.signal)
  const waiting = history === undefined ? undefined : waitOf(context, alert, history)
  if (waiting !== undefined && history !== undefined) return hold(context, at, { word: waiting, answers: [history.answer] })
  const model = context.models.small ?? context.models.main
  return model === undefined ? 'go' : askModel(context, model, { ...at, history })
}

const isGated = ({ config }: Context, { severity }: Pick<Incident, 'severity'>): boolean =>
  config.gate.severities.includes('*') || config.gate.severities.includes(severity)

/** Less than this is over before anybody reads that it is waited for. */
const LEAST_WAIT_MS = 30_000

const waitOf = ({ config, clock }: Context, alert: StoredAlert, history: History): Extract<Word, { word: 'wait' }> | undefined => {
  const usual = usuallyGoes(history, config.gate.wait_minutes * 60)
  if (usual === null) return undefined
  const until = new Date(alert.starts_at.getTime() + (usual.withinSeconds + history.stepSeconds) * 1000)
  if (until.getTime() - clock.now().getTime() < LEAST_WAIT_MS) return undefined
  const reason = `${usual.times} of ${usual.of} times in 14 days it was over within ${duration(usual.withinSeconds)} (median ${duration(usual.medianSeconds)})`
  return { word: 'wait', until, reason, cites: 'all' }
}

/** Woken: over means that the expression says so; what cannot be asked is investigated. */
const afterWait = async (context: Context, { transcript, alert, signal }: AtGate, until: string): Promise<'go' | 'held' | 'over'> => {
  if (transcript.incident.status === 'resolved') return 'over'
  if (context.clock.now().getTime() < Date.parse(until)) return 'held'
  const { prometheus } = context.sources(transcript.incident.cluster)
  if (prometheus === undefined) return 'go'
  try {
    const { expression } = await expressionFor(alert, prometheus, signal)
    if (expression === null) return 'go'
    const { side } = await readExpression(prometheus, { expression, labels: alert.labels, signal, at: context.clock.now() })
    return side === 'healthy' ? 'over' : 'go'
  } catch (error) {
    context.log.info({ err: error }, "an alert's expression could not be read after the wait")
    return 'go'
  }
}

/** The same loop with a small model and a small budget. Nothing of it is stored before its end: a crash asks it again. */
const askModel = async (context: Context, model: Model, at: AtGate & { readonly history: History | undefined }): Promise<Passed> => {
  const { transcript, alert, history, signal } = at
  const { redact } = redactorFor(context.config, transcript.incident.id)
  const input = { context, transcript, alert, redact }
  const first = Number(transcript.evidence.at(-1)?.id.slice(1) ?? 0) + 1
  const known: Evidence[] = history === undefined ? [] : [{ ...history.answer, id: `E${first}`, at: context.clock.now().toISOString() }]
  const asked = { ...transcript, evidence: [...transcript.evidence, ...known], plan: null, interim: true, news: [] }
  const { severities: _severities, wait_minutes: _wait, ...budget } = context.config.gate
  const task = {
    goal: gateGoal(checkOf(input)),
    limits: { ...budget, parallel_tools: context.config.budgets.investigation.parallel_tools, max_tokens: 1500 },
    first: (nonce: string) => gateMessage(givenOf({ ...input, transcript: asked }, nonce)),
  }
  const run: Run = runOf(context, model, { transcript: asked, task, redact, signal, store: inMemory, tell: () => Promise.resolve() })
  run.messages.push(task.first(run.nonce))
  const end = await think(run)
  if (end.end === 'handed_over') {
    await context.queue.sendNow('investigate', { incident: transcript.incident.id })
    return 'superseded'
  }
  const answers = run.evidence.slice(transcript.evidence.length)
  // Where nobody answered at all, the time that went is what the investigation has less.
  const gone = run.ledger.models.length === 0 ? Math.round(elapsed(run)) : undefined
  const spending = { ...spendingOf(run.ledger), ...(gone === undefined ? {} : { model_ms: gone }) }
  const outcome = end.end === 'submitted' && end.outcome.kind === 'gate' ? end.outcome : undefined
  if (outcome === undefined) {
    const reason = `the gate gave no answer (${end.end === 'without_outcome' ? end.reason : end.end}), so it is investigated`
    return hold(context, at, { word: { word: 'gated', decision: 'triage', reason, cites: [], spending }, answers })
  }
  const { decision, reason, evidence: cites } = outcome
  return hold(context, at, { word: { word: 'gated', decision, reason: redact(clean(reason)), cites, spending }, answers })
}
