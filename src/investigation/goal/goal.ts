import { z } from 'zod'
import type { GateDecision } from '../../incident/timeline.ts'
import type { ToolSpec } from '../../llm/model.ts'
import type { Analysis, SubmittedAnalysis } from '../analysis.ts'
import type { Challenge, QuestionAnswer } from '../conversation.ts'
import type { Evidence, EvidenceId } from '../evidence.ts'
import type { Checked, Failure } from '../receipts/check.ts'

/** What a run of the loop is to end with: the tool that hands it in, and how code judges what was handed in. */
export type Goal = {
  readonly id: 'analysis' | 'answer' | 'challenge' | 'gate'
  /** Static text: byte-stable, so that it can be cached. */
  readonly system: string
  readonly submit: ToolSpec
  /** What to hand in where the evidence carries nothing; said when the model is told to conclude. */
  readonly otherwise: string
  /** Reads what the model handed in and checks it against the evidence. The faults and failures tell it what to mend. */
  hand(input: unknown, evidence: readonly Evidence[]): Handed
}

export type Handed =
  | { readonly ok: true; readonly outcome: Outcome; readonly failures: readonly Failure[] }
  | { readonly ok: false; readonly faults: string }

/** What was handed in, after the check: only what the evidence supports is among its findings. */
export type Outcome =
  | { readonly kind: 'analysis'; readonly analysis: Analysis }
  | { readonly kind: 'answer'; readonly answer: QuestionAnswer }
  | { readonly kind: 'challenge'; readonly challenge: Challenge; readonly analysis: Analysis }
  | { readonly kind: 'gate'; readonly decision: GateDecision; readonly reason: string; readonly evidence: readonly EvidenceId[] }

/** The receipt check of one incident: its facts and its redaction are in it. */
export type CheckAgainst = (submitted: SubmittedAnalysis, evidence: readonly Evidence[]) => Checked

/** A schema's input form as JSON Schema, which is what providers take. */
export const inputSchema = (schema: z.ZodType): Record<string, unknown> =>
  z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as Record<string, unknown>

/** What cannot be used of an input, in words that tell the model what to mend; at most 12 faults. */
export const faultsOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 12)
    .map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
    .join('\n')
