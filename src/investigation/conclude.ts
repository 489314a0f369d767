import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { InvestigationStatus } from '../db/schema.ts'
import type { Brief, Spending, TimelineEntry } from '../incident/timeline.ts'
import type { Analysis } from './analysis.ts'
import type { Ledger } from './budget.ts'
import { draftOf } from './judge.ts'
import type { Checked } from './receipts/check.ts'
import type { End, Run } from './run.ts'
import type { Owner } from './transcript.ts'

export type Concluded = { readonly status: InvestigationStatus; readonly reason: string | null; readonly analysis: Analysis }

/** Turns every way out into an analysis: the model's, marked partial where something else ended it, or else what the rules carry. */
export const conclusionOf = (
  run: Run,
  end: Extract<End, { end: 'submitted' | 'without_analysis' }>,
  brief: Brief | undefined,
): Concluded => {
  if (end.end === 'without_analysis') {
    const { status, reason } = end
    const draft = draftOf(run)
    return { status, reason, analysis: draft === undefined ? byRules(reason, brief, run.gaps) : partial(run, draft, reason) }
  }
  if (run.concluding === null) return { status: 'complete', reason: null, analysis: withGaps(run, end.checked) }
  const { limit, reason } = run.concluding
  const status = limit === 'tool_calls' || limit === 'rounds' ? 'max_turns' : limit === 'stopped' ? 'complete' : 'budget_exceeded'
  return { status, reason, analysis: partial(run, end.checked, reason) }
}

const partial = (run: Run, checked: Checked, reason: string): Analysis => ({
  ...withGaps(run, checked),
  partial: true,
  partial_reason: reason,
})

const withGaps = (run: Run, { analysis }: Checked): Analysis => {
  const gaps = run.gaps.filter((gap) => !analysis.data_gaps.some((known) => known.includes(gap)))
  return { ...analysis, data_gaps: [...analysis.data_gaps, ...gaps] }
}

/** The best conclusion without a model: what the rules know, no cause, and what to look at next. */
export const byRules = (reason: string, brief: Brief | undefined, gaps: readonly string[]): Analysis => ({
  verdict: 'inconclusive',
  summary: brief === undefined ? 'No proven cause.' : `No proven cause. ${brief.headline}${/[.!?]$/.test(brief.headline) ? '' : '.'}`,
  confidence: 0,
  urgency: 'now',
  cause: null,
  chain: [],
  claims: [],
  ruled_out: [],
  data_gaps: [...new Set([...(brief?.gaps ?? []), ...gaps])],
  next_steps: (brief?.findings ?? []).map((finding) => finding.suggestion),
  proposals: [],
  partial: true,
  partial_reason: reason,
  unsupported: [],
  model_confidence: null,
  confidence_why: null,
  recomputed: 0,
  by: 'rules',
})

const spendingOf = (ledger: Ledger): Spending => ({
  tool_calls: ledger.toolCalls,
  failed_calls: ledger.failedCalls,
  tokens_in: ledger.tokensIn,
  tokens_out: ledger.tokensOut,
  usd: ledger.usd,
  model_ms: Math.round(ledger.modelMs),
  tool_ms: Math.round(ledger.toolMs),
  models: ledger.models,
})

type Finished = { readonly number: number; readonly concluded: Concluded; readonly ledger: Ledger; readonly seconds: number }

/** Ends the investigation, moves the incident and records the analysis: one statement and the job that draws it, in one transaction. */
export const finish = async (context: Context, owner: Owner, finished: Finished): Promise<'finished' | 'superseded'> => {
  const { concluded, ledger } = finished
  const spending = spendingOf(ledger)
  const entry: TimelineEntry = {
    type: 'analysed',
    investigation: finished.number,
    investigation_id: owner.investigation,
    analysis: concluded.analysis,
    spending,
    seconds: finished.seconds,
  }
  const done = await context.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ held: number }>`
      with held as (select id from incident where id = ${owner.incident} and epoch = ${owner.epoch} for update),
      ended as (
        update investigation set status = ${concluded.status}, reason = ${concluded.reason}, analysis = ${jsonbText(concluded.analysis)}::jsonb, ended_at = vigil_now(),
          tool_calls = ${ledger.toolCalls}, tokens_in = ${ledger.tokensIn}, tokens_out = ${ledger.tokensOut}, usd = ${ledger.usd},
          model_ms = ${spending.model_ms}, tool_ms = ${spending.tool_ms}
        from held where investigation.id = ${owner.investigation}),
      moved as (update incident set status = 'analysed' from held where incident.id = held.id and incident.status in ('open', 'investigating')
        and not exists (select 1 from alert a where a.incident_id = held.id and a.source = 'mention')),
      -- A question is over with its answer: nothing fires that could resolve it.
      answered as (update incident set status = 'resolved', resolved_at = vigil_now() from held where incident.id = held.id and incident.status in ('open', 'investigating')
        and exists (select 1 from alert a where a.incident_id = held.id and a.source = 'mention')),
      happened as (insert into timeline (incident_id, type, data) select held.id, 'analysed', ${jsonbText(entry)}::jsonb from held)
      select (select count(*) from held)::int as held`.execute(trx)
    if (rows[0]?.held !== 1) return false
    await context.queue.send(trx, 'deliver', [{ incident: owner.incident }])
    return true
  })
  if (!done) return 'superseded'
  context.telemetry.investigationEnded({
    status: concluded.status,
    model: ledger.models[0] ?? 'none',
    ms: finished.seconds * 1000,
    modelMs: ledger.modelMs,
    toolMs: ledger.toolMs,
    tokensIn: ledger.tokensIn,
    tokensOut: ledger.tokensOut,
    toolCalls: ledger.toolCalls,
  })
  return 'finished'
}
