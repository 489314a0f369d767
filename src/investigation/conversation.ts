import { z } from 'zod'
import { receipt } from './analysis.ts'

/** What a person asked in an incident's thread. */
export type Question = {
  readonly text: string
  /** Slack user id. */
  readonly user: string
  readonly name: string
  readonly channel: string
  /** The message that asks. */
  readonly ts: string
}

/** What the model hands in through `submit_answer`. */
export const submittedAnswer = z.object({
  answer: z
    .string()
    .min(1)
    .max(600)
    .describe('At most two sentences, the answer first. Its numbers, times and names must be covered by the claims.'),
  claims: z
    .array(
      z.object({
        text: z.string().min(1).max(1000),
        kind: z.enum(['observation', 'inference']),
        receipts: z.array(receipt).min(1).max(20),
      }),
    )
    .max(12)
    .default([]),
  data_gaps: z.array(z.string().max(1000)).max(10).default([]),
  next_steps: z.array(z.string().max(2000)).max(6).default([]),
})

export type SubmittedAnswer = z.infer<typeof submittedAnswer>

/** An answer after the check: what has no valid receipt stands in `unsupported`. */
export type QuestionAnswer = SubmittedAnswer & {
  readonly unsupported: readonly string[]
  readonly partial: boolean
  readonly partial_reason: string | null
  readonly by: 'model' | 'rules'
}

/** What the model hands in through `submit_challenge`, after it tried to refute an analysis. */
export const submittedChallenge = z.object({
  verdict: z.enum(['stands', 'weakened', 'refuted']),
  summary: z.string().min(1).max(600).describe('At most two sentences: what speaks against it, or that nothing was found that does.'),
  objections: z
    .array(
      z.object({
        against: z.string().max(40).describe('What it speaks against: cause, summary, or claims[0], claims[1] …'),
        text: z.string().min(1).max(1000),
        receipts: z.array(receipt).max(20),
      }),
    )
    .max(12)
    .default([]),
  confidence: z.number().min(0).max(100).describe('What you would now bet on the analysis. It can only lower what stands.'),
})

export type SubmittedChallenge = z.infer<typeof submittedChallenge>

/** A challenge after the check: an objection counts only with receipts that hold. */
export type Challenge = SubmittedChallenge & {
  readonly unsupported: readonly string[]
  readonly partial: boolean
  readonly partial_reason: string | null
}
