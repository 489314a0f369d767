import { z } from 'zod'
import type { ToolSpec } from '../llm/model.ts'
import { analysis, type SubmittedAnalysis } from './analysis.ts'

export const SUBMIT = 'submit_analysis'

/** The one tool that ends an investigation. Its schema is made from the contract, so the two cannot drift apart. */
export const submitTool: ToolSpec = {
  name: SUBMIT,
  description:
    'Hand in the analysis and end the investigation. Call it once, alone, when further questions would not change what the reader does.',
  input_schema: z.toJSONSchema(analysis, { io: 'input', target: 'draft-7' }) as Record<string, unknown>,
}

export type Read = { readonly ok: true; readonly submitted: SubmittedAnalysis } | { readonly ok: false; readonly faults: string }

/** Reads what the model handed in; the faults tell it what to mend. */
export const readSubmission = (input: unknown): Read => {
  const parsed = analysis.safeParse(input)
  if (parsed.success) return { ok: true, submitted: parsed.data }
  const faults = parsed.error.issues.slice(0, 12).map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
  return { ok: false, faults: faults.join('\n') }
}
