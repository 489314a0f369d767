import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { Investigation } from '../db/schema.ts'
import { PermanentError } from '../errors.ts'
import type { Spending, TimelineEntry } from '../incident/timeline.ts'
import { beginHeldBack } from './again.ts'
import type { Analysis } from './analysis.ts'
import { takeQuestion } from './ask.ts'
import type { Ledger } from './budget.ts'
import { startChallenge } from './challenge.ts'
import type { Concluded } from './conclude.ts'
import type { Outcome } from './goal/goal.ts'
import type { Owner } from './transcript.ts'

export const spendingOf = (ledger: Ledger): Spending => ({
  tool_calls: ledger.toolCalls,
  failed_calls: ledger.failedCalls,
  tokens_in: ledger.tokensIn,
  tokens_out: ledger.tokensOut,
  usd: ledger.usd,
  model_ms: Math.round(ledger.modelMs),
  tool_ms: Math.round(ledger.toolMs),
  models: ledger.models,
})

type Finished = {
  readonly severity: string
  readonly investigation: Pick<Investigation, 'id' | 'number' | 'about' | 'question'>
  readonly concluded: Concluded
  readonly ledger: Ledger
  readonly seconds: number
}

/** Whether a second look tries to refute it unasked: of a cause that a model found, for the severities that are configured. */
const isDoubted = ({ config }: Context, severity: string, { by, cause }: Analysis): boolean => {
  const { severities } = config.challenge
  return by === 'model' && cause !== null && (severities.includes('*') || severities.includes(severity))
}

/** What the outcome leaves in the timeline, from which Slack and every page are drawn. */
const entryOf = (
  { id, number, about, question }: Finished['investigation'],
  outcome: Outcome,
  cost: { spending: Spending; seconds: number },
): TimelineEntry => {
  const told = { investigation: number, investigation_id: id, ...cost }
  switch (outcome.kind) {
    case 'analysis':
      return { type: 'analysed', ...told, analysis: outcome.analysis }
    case 'answer':
      if (question === null) throw new PermanentError(`investigation ${id} answers a question that it does not have`)
      return { type: 'answered', ...told, question, answer: outcome.answer }
    case 'challenge':
      return { type: 'challenged', ...told, of: about ?? 0, challenge: outcome.challenge, analysis: outcome.analysis }
    case 'gate':
      throw new PermanentError('a gate is no investigation of its own')
  }
}

/** What it proposes becomes cards, and cards that rest on what was refuted end. */
const callsForCards = (outcome: Outcome): boolean =>
  (outcome.kind === 'analysis' && (outcome.analysis.by === 'rules' || outcome.analysis.proposals.length > 0)) ||
  (outcome.kind === 'challenge' && outcome.challenge.verdict === 'refuted')

/** Ends the investigation, moves the incident and records the outcome: one statement and the job that draws it, in one transaction. */
export const finish = async (context: Context, owner: Owner, finished: Finished): Promise<'finished' | 'superseded'> => {
  const { investigation, concluded, ledger, seconds } = finished
  const { outcome } = concluded
  const spending = spendingOf(ledger)
  const entry = entryOf(investigation, outcome, { spending, seconds })
  const isAnalysis = outcome.kind === 'analysis'
  const done = await context.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ held: number }>`
      with held as (select id from incident where id = ${owner.incident} and epoch = ${owner.epoch} for update),
      ended as (
        update investigation set status = ${concluded.status}, reason = ${concluded.reason}, analysis = ${'analysis' in outcome ? jsonbText(outcome.analysis) : null}::jsonb,
          answer = ${outcome.kind === 'answer' ? jsonbText(outcome.answer) : null}::jsonb,
          challenge = ${outcome.kind === 'challenge' ? jsonbText(outcome.challenge) : null}::jsonb, ended_at = vigil_now(),
          tool_calls = ${ledger.toolCalls}, tokens_in = ${ledger.tokensIn}, tokens_out = ${ledger.tokensOut}, usd = ${ledger.usd},
          model_ms = ${spending.model_ms}, tool_ms = ${spending.tool_ms}
        from held where investigation.id = ${owner.investigation}),
      moved as (update incident set status = 'analysed' from held where incident.id = held.id and incident.status in ('open', 'investigating') and ${isAnalysis}
        and not exists (select 1 from alert a where a.incident_id = held.id and a.source = 'mention')),
      -- A question is over with its answer: nothing fires that could resolve it.
      answered as (update incident set status = 'resolved', resolved_at = vigil_now() from held where incident.id = held.id and incident.status in ('open', 'investigating') and ${isAnalysis}
        and exists (select 1 from alert a where a.incident_id = held.id and a.source = 'mention')),
      happened as (insert into timeline (incident_id, type, data) select held.id, ${entry.type}::text, ${jsonbText(entry)}::jsonb from held)
      select (select count(*) from held)::int as held`.execute(trx)
    if (rows[0]?.held !== 1) return false
    await context.queue.send(trx, 'deliver', [{ incident: owner.incident }])
    if (callsForCards(outcome)) await context.queue.send(trx, 'propose', [{ incident: owner.incident }])
    const begun = !isAnalysis && (await beginHeldBack(context, trx, owner.incident))
    const asked = begun || (await takeQuestion(context, trx, owner.incident))
    if (!asked && outcome.kind === 'analysis' && isDoubted(context, finished.severity, outcome.analysis))
      await startChallenge(context, trx, { incident: owner.incident, about: investigation.number, requestedBy: null })
    return true
  })
  if (!done) return 'superseded'
  context.telemetry.investigationEnded({
    status: concluded.status,
    model: ledger.models[0] ?? 'none',
    ms: seconds * 1000,
    modelMs: ledger.modelMs,
    toolMs: ledger.toolMs,
    tokensIn: ledger.tokensIn,
    tokensOut: ledger.tokensOut,
    toolCalls: ledger.toolCalls,
  })
  return 'finished'
}
