import type { LogLine } from '../logs/line.ts'

/** A read-only client of Loki's HTTP API. Throws TransientError or PermanentError. */
export type Loki = {
  readonly endpoint: string
  /** Newest first. `complete` is false when `limit` or the size cap cut the answer. */
  lines(
    query: string,
    options: { from: Date; to: Date; limit: number; signal?: AbortSignal },
  ): Promise<{ readonly lines: readonly LogLine[]; readonly complete: boolean }>
  labelNames(options: { signal?: AbortSignal }): Promise<readonly string[]>
}
