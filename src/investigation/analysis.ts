import { z } from 'zod'
import { categories } from './categories.ts'

const labels = z.record(z.string(), z.string())

const object = z.object({ kind: z.string().max(60), namespace: z.string().max(253).optional(), name: z.string().max(253) })

const evidence = z.string().regex(/^E\d+$/, 'an evidence id such as E3')

/** What supports a claim. Code computes it again from the stored evidence: see receipts/check.ts. */
export const receipt = z.union([
  z.object({ evidence, quote: z.string().min(1).max(2000) }),
  z.object({
    evidence,
    series: labels.optional(),
    statistic: z.enum(['last', 'min', 'max', 'mean', 'change', 'at']),
    at: z.string().max(40).optional(),
    value: z.number(),
    unit: z.string().max(20).optional(),
  }),
  z.object({ evidence, count: z.number().int().min(0), matching: z.string().min(1).max(500) }),
  z.object({ evidence, absent: z.string().min(1).max(500) }),
])

const receipts = z.array(receipt).max(20)

const claim = z.object({
  text: z.string().min(1).max(1000),
  kind: z.enum(['observation', 'inference']),
  receipts: receipts.min(1),
})

/** What the model hands in through the tool `submit_analysis`. */
export const analysis = z.object({
  verdict: z.enum(['no_action', 'action_suggested', 'action_required', 'inconclusive']),
  summary: z.string().min(1).max(1200),
  confidence: z.number().min(0).max(100),
  urgency: z.enum(['now', 'today', 'can_wait']),
  cause: z.object({ text: z.string().min(1).max(1000), object: object.optional(), category: z.enum(categories), receipts }).nullable(),
  chain: z
    .array(
      z.object({
        from: object,
        to: object,
        relation: z.enum(['caused', 'overloaded', 'starved', 'blocked', 'changed']),
        receipts,
      }),
    )
    .max(20)
    .default([]),
  claims: z.array(claim).max(40).default([]),
  ruled_out: z
    .array(z.object({ text: z.string().min(1).max(1000), receipts }))
    .max(20)
    .default([]),
  data_gaps: z.array(z.string().max(1000)).max(20).default([]),
  next_steps: z.array(z.string().max(2000)).max(20).default([]),
  proposals: z
    .array(z.object({ action: z.string().max(60), params: z.record(z.string(), z.unknown()), why: z.string().max(1000), receipts }))
    .max(2)
    .default([]),
})

export type Receipt = z.infer<typeof receipt>
export type ObjectRef = z.infer<typeof object>
/** The analysis as the model gave it, before any of it was checked. */
export type SubmittedAnalysis = z.infer<typeof analysis>
export type Verdict = SubmittedAnalysis['verdict']

/** The analysis after the check: what has no valid receipt is out of the findings and in `unsupported`. */
export type Analysis = SubmittedAnalysis & {
  /** True when a limit, a failure or a person ended the investigation before the model did. */
  readonly partial: boolean
  /** Why it is partial, for people: "budget of 15 calls used up". */
  readonly partial_reason: string | null
  /** Sentences whose receipts failed twice: shown apart as "not supported by the evidence". */
  readonly unsupported: readonly string[]
  /** What the model claimed; `confidence` is the capped one. */
  readonly model_confidence: number | null
  /** Why `confidence` is below the model's own, for people: "2 of 7 sentences had no proof"; null when it is not. */
  readonly confidence_why: string | null
  /** Share of the submitted sentences that code could compute again, 0 to 1. */
  readonly recomputed: number
  /** The sentence in the evidence that each receipt points at is found again by `evidence` and `quote`. */
  readonly by: 'model' | 'rules'
}
