import type { z } from 'zod'
import type { Clock, Fetch } from '../../context.ts'
import type { Sources } from '../../datasources/sources.ts'
import { cut } from '../../text/cut.ts'

/** What a check may use. Where it looks is in the configuration alone. */
export type Checking = {
  readonly sources: Sources
  readonly fetch: Fetch
  readonly clock: Clock
  /** Where a browser listens; undefined: none is configured. */
  readonly browser: string | undefined
  /** When the deed was done: samples from before say nothing of it. */
  readonly since: Date
  /** Values of the variables that the configuration names for commands and pages. */
  readonly named: Readonly<Record<string, string>>
  /** A text as it may be stored and shown: cleaned and redacted. */
  readonly redact: (text: string) => string
  readonly signal: AbortSignal
}

/** `unknown`: it could not be seen, which is neither good nor bad. `detail` is for people. */
export type CheckResult = { readonly outcome: 'good' | 'bad' | 'unknown'; readonly detail: string }

/** One kind of look after a deed. Never throws for what the other side answers. */
export type Check<I> = {
  readonly kind: string
  readonly input: z.ZodType<I>
  run(input: I, checking: Checking): Promise<CheckResult>
}

/** A check with its type closed over, as the register holds it. */
export type AnyCheck = {
  readonly kind: string
  /** What is wrong with what the configuration says, or null. */
  fault(input: unknown): string | null
  run(input: unknown, checking: Checking): Promise<CheckResult>
}

export const check = <I>(own: Check<I>): AnyCheck => ({
  kind: own.kind,
  fault: (input) =>
    own.input
      .safeParse(input)
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ') ?? null,
  run: async (input, checking) => {
    const read = own.input.safeParse(input)
    if (!read.success) return unknown(`the check ${own.kind} is not configured as it must be`)
    const seen = await own
      .run(read.data, checking)
      .catch((error: unknown) => unknown(`${own.kind}: ${error instanceof Error ? error.message : String(error)}`))
    return { ...seen, detail: cut(checking.redact(seen.detail).replace(/\s+/g, ' ').trim(), LONGEST) }
  },
})

/** One sentence of a message in the thread. */
const LONGEST = 300

export const good = (detail: string): CheckResult => ({ outcome: 'good', detail })
export const bad = (detail: string): CheckResult => ({ outcome: 'bad', detail })
export const unknown = (detail: string): CheckResult => ({ outcome: 'unknown', detail })
