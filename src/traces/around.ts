import type { FailsIn } from './failing.ts'
import type { Slower, Trace } from './self-time.ts'

/** Milliseconds of traces, shortest first, and the spans of some of them. */
export type TraceWindow = { readonly durations: readonly number[]; readonly traces: readonly Trace[] }

/** Traces through one service, around the onset. */
export type TracesAround = {
  /** 'tempo', or 'vigil' for samples that were pushed to us. */
  readonly source: 'tempo' | 'vigil'
  readonly query: string
  readonly from: Date
  /** The end of the window before and the start of the one after: a little ahead of the onset, which is seen late. */
  readonly split: Date
  readonly to: Date
  readonly before: TraceWindow
  readonly after: TraceWindow
  /** Where the extra time went, the most first. */
  readonly slower: readonly Slower[]
  /** How many traces with an error there were in each window, null where more than are counted, of how many the spans were read, and where those fail first. */
  readonly failing: { readonly before: number | null; readonly after: number; readonly read: number; readonly in: readonly FailsIn[] }
  /** False when the search found more than it names. */
  readonly complete: boolean
}
