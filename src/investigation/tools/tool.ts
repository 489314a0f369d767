import type { ZodType } from 'zod'
import type { Clock } from '../../context.ts'
import type { Sources } from '../../datasources/sources.ts'
import type { Cited, Evidence } from '../evidence.ts'
import type { Deploy } from '../rules/rule.ts'

/** What a tool may use. `signal` aborts at the investigation's end or at the tool's own time-out. */
export type ToolContext = {
  readonly sources: Sources
  readonly clock: Clock
  readonly signal: AbortSignal
  /** What was pushed of the incident's cluster, newest first. Absent where nothing is stored. */
  readonly deploys?: (window: { from: Date; to: Date; limit: number }) => Promise<readonly Deploy[]>
  /** What was stored under a number, E3, whole; undefined when there is no such evidence. */
  readonly evidence: (id: string) => Evidence | undefined
  /** Takes secrets and personal data out of a text. To be used before a text is cut: half a secret is no longer known as one. */
  readonly redact: (text: string) => string
}

/** A tool's failure is an answer to the model and a data gap of the analysis, never an exception of the loop. */
export type ToolAnswer =
  | {
      readonly ok: true
      readonly cited: Cited /** A few words for the progress message: "3 series, last 12.4" */
      readonly summary: string
    }
  | {
      readonly ok: false
      /** For the model: the exact query, what came back and what would mend it. */
      readonly error: string
      /** For people, a few words: "Loki gave no answer in 30 s". */
      readonly gap: string
    }

/** A read-only question that the model may ask. */
export type Tool<I = unknown> = {
  readonly name: string
  readonly description: string
  readonly input: ZodType<I>
  /** Offered only where its source is configured; null: wherever there is any other tool. */
  readonly needs: keyof Sources | null
  /** The short question that the progress message shows: "Requests per second by version". */
  question(input: I): string
  run(input: I, context: ToolContext): Promise<ToolAnswer>
}
