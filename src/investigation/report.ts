import type { Db } from '../db/connection.ts'
import type { Investigation } from '../db/schema.ts'
import type { Block, Usage } from '../llm/model.ts'
import type { Analysis } from './analysis.ts'
import type { EvidenceId } from './evidence.ts'

/** One investigation in full, a triage in the API's words. Times are RFC 3339. */
export type InvestigationReport = Pick<
  Investigation,
  | 'id'
  | 'number'
  | 'kind'
  | 'status'
  | 'requested_by'
  | 'model'
  | 'wanted_model'
  | 'forced'
  | 'question'
  | 'answer'
  | 'about'
  | 'challenge'
  | 'system_prompt'
  | 'reason'
> & {
  readonly incident: string
  readonly created_at: string
  readonly started_at: string | null
  readonly ended_at: string | null
  /** Null while it runs, and when it ended without one. */
  readonly analysis: Analysis | null
  /** Names of the tools that were called, in the order of their first use. */
  readonly tools_used: readonly string[]
  readonly tool_calls: readonly ReportedCall[]
  /** The whole conversation, as far as it is stored. */
  readonly turns: readonly ReportedTurn[]
  readonly spending: {
    readonly tool_calls: number
    readonly tokens_in: number
    readonly tokens_out: number
    readonly usd: number
    readonly model_ms: number
    readonly tool_ms: number
  }
}

/** Undefined when there is no such investigation. */
export const investigationReport = async (db: Db, id: string): Promise<InvestigationReport | undefined> => {
  const found = await db.selectFrom('investigation').selectAll().where('id', '=', id).executeTakeFirst()
  if (found === undefined) return undefined
  const [turns, calls] = await Promise.all([
    db.selectFrom('turn').selectAll().where('investigation_id', '=', id).orderBy('number').execute(),
    db.selectFrom('tool_call').selectAll().where('investigation_id', '=', id).orderBy('turn').orderBy('at').orderBy('call_id').execute(),
  ])
  const { number, kind, status, requested_by, model, system_prompt, reason, analysis } = found
  const { wanted_model, forced, question, answer, about, challenge } = found
  const { tool_calls, tokens_in, tokens_out, usd, model_ms, tool_ms } = found
  return {
    id,
    incident: found.incident_id,
    number,
    kind,
    status,
    requested_by,
    model,
    wanted_model,
    forced,
    question,
    answer,
    about,
    challenge,
    system_prompt,
    reason,
    created_at: found.created_at.toISOString(),
    started_at: found.started_at?.toISOString() ?? null,
    ended_at: found.ended_at?.toISOString() ?? null,
    analysis,
    tools_used: [...new Set(calls.map((call) => call.name))],
    tool_calls: calls.map(({ investigation_id: _id, call_id, at, evidence, ...call }) => ({
      id: call_id,
      ...call,
      evidence: evidence === null ? null : (`E${evidence}` as const),
      at: at.toISOString(),
    })),
    turns: turns.map(({ investigation_id: _id, at, ...turn }) => ({ ...turn, at: at.toISOString() })),
    spending: { tool_calls, tokens_in, tokens_out, usd, model_ms, tool_ms },
  }
}

type ReportedTurn = {
  readonly number: number
  readonly role: 'user' | 'assistant'
  readonly content: readonly Block[]
  readonly stop: string | null
  readonly usage: Usage | null
  readonly model: string | null
  readonly ms: number
  readonly at: string
}

type ReportedCall = {
  readonly id: string
  readonly turn: number
  readonly name: string
  readonly input: unknown
  /** What the model was given. */
  readonly result: string
  readonly is_error: boolean
  readonly evidence: EvidenceId | null
  readonly input_bytes: number
  readonly output_bytes: number
  readonly ms: number
  readonly at: string
}
