import { z } from 'zod'
import { receipt } from './analysis.ts'

/** What the model keeps of its own thinking, for itself and for the people who watch. */
export const plan = z.object({
  hypotheses: z
    .array(
      z.object({
        text: z.string().min(1).max(120).describe('A possible cause in a few plain words: "the deploy", "more traffic".'),
        status: z.enum(['open', 'checking', 'supported', 'ruled_out']),
      }),
    )
    .min(1)
    .max(6),
  lead: z
    .object({ text: z.string().min(1).max(300), receipts: z.array(receipt).min(1).max(5) })
    .optional()
    .describe('The best lead so far with its receipts, once there is one: it is shown when the conclusion takes long.'),
})

export type Plan = z.infer<typeof plan>
export type Hypothesis = Plan['hypotheses'][number]

/** What stands after a minute, before the end: checked like a conclusion, but not one. */
export type Interim = {
  /** Null: nothing has proof yet. */
  readonly lead: string | null
  readonly evidence: readonly string[]
  readonly hypotheses: readonly Hypothesis[]
}
