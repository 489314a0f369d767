import type { Series } from '../series/series.ts'

/** One alerting rule as `/api/v1/rules` gives it; `for` in seconds. */
export type AlertingRule = {
  readonly name: string
  readonly group: string
  readonly expression: string
  readonly forSeconds: number
  readonly intervalSeconds: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** `complete` is false when a cap cut the answer; `total` counts the series before the cut. */
export type SeriesAnswer = { readonly series: readonly Series[]; readonly complete: boolean; readonly total: number }

/** A read-only client of the Prometheus HTTP API (also Mimir, Thanos, VictoriaMetrics). Throws TransientError or PermanentError. */
export type Prometheus = {
  readonly endpoint: string
  /** Instant query; `at` defaults to the server's now. A scalar comes as one series without labels. */
  instant(query: string, options: { at?: Date; signal?: AbortSignal; limit?: number }): Promise<SeriesAnswer>
  range(query: string, options: { from: Date; to: Date; stepSeconds: number; signal?: AbortSignal; limit?: number }): Promise<SeriesAnswer>
  rules(options: { signal?: AbortSignal }): Promise<readonly AlertingRule[]>
  /** Version as the server names it. */
  version(options: { signal?: AbortSignal }): Promise<string>
  /** The server's own page for a query. */
  link(query: string, range?: { from: Date; to: Date }): string
}
