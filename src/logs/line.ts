import type { Labels } from '../series/series.ts'

/** One log line. `at` is RFC 3339 in UTC with as many digits as the source had (nanoseconds in Loki). */
export type LogLine = { readonly at: string; readonly line: string; readonly labels: Labels }
