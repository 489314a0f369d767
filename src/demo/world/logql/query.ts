import type { Labels } from '../../../series/series.ts'
import type { Matcher } from '../matcher.ts'

/** A line on its way through a pipeline: `stream` as stored, `labels` with what parsers added. */
export type Labelled = { readonly stream: Labels; readonly labels: Labels; readonly nanoseconds: bigint; readonly line: string }

/** Undefined drops the line. */
export type Stage = (entry: Labelled) => Labelled | undefined

export type LogQuery = { readonly kind: 'log'; readonly matchers: readonly Matcher[]; readonly stages: readonly Stage[] }

export type MetricQuery =
  | { readonly kind: 'range'; readonly op: string; readonly log: LogQuery; readonly seconds: number }
  | {
      readonly kind: 'aggregate'
      readonly op: string
      readonly of: MetricQuery
      readonly param: number | undefined
      readonly labels: readonly string[]
      readonly without: boolean
    }

/** What Loki answers with 400 and plain text. */
export class LogqlError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'LogqlError'
  }
}
