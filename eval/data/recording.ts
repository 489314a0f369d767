import type { Labels } from '../../src/series/series.ts'
import type { Span } from '../../src/traces/span.ts'

/** One series; times in seconds since the epoch, ascending. */
export type Samples = { readonly metric: string; readonly labels: Labels; readonly points: readonly (readonly [number, number])[] }

export type AlertRule = { readonly alert: string; readonly expression: string; readonly forSeconds: number; readonly labels: Labels }

/** What one Prometheus holds: recordings of one time and system may share it. */
export type Metrics = {
  readonly name: string
  readonly series: () => readonly Samples[]
  readonly intervalSeconds: number
  readonly rules: readonly AlertRule[]
}

export type Line = { readonly nanoseconds: bigint; readonly labels: Labels; readonly line: string; readonly trace: string }
export type Trace = { readonly id: string; readonly spans: readonly Span[] }

/** Lines ascending in time. */
export type Both = { readonly lines: readonly Line[]; readonly traces: readonly Trace[] }

/**
 * What was recorded of logs and traces. Only minutes were kept; a real system has been running before them, so from `since` on (seconds) until
 * the first recorded second the fault-free stretches of the same system are there, in turn, again and again.
 */
export type Written = Both & { readonly since: number; readonly usual: readonly Both[] }

/** One incident, or one hour in which nothing was wrong, in the form in which all sets are measured. */
export type Recording = {
  readonly set: 'nezha' | 'petshop'
  readonly name: string
  readonly alert: { readonly labels: Labels; readonly expression: string; readonly startsAt: Date }
  /** When Vigil looks: nothing of later is shown to it. */
  readonly now: Date
  readonly metrics: Metrics
  readonly written?: () => Written
  /** Null: nothing was wrong, and nothing may be accused. Names under which the right answer is known: the service and its pods. */
  readonly expected: { readonly service: string; readonly names: readonly string[] } | null
}
