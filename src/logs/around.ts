import type { Pattern } from './patterns.ts'

/** Logs of one service around the onset. */
export type ServiceLogs = {
  readonly service: string
  /** What has changed in them, the most telling first. */
  readonly patterns: readonly Pattern[]
}

/** Logs of a service and of what it calls, around the onset. */
export type LogsAround = {
  /** 'loki', or 'vigil' for lines that were pushed to us. */
  readonly source: 'loki' | 'vigil'
  /** Fit to be pasted into the source's own page. */
  readonly query: string
  readonly from: Date
  /** The end of the window before and the start of the one after: a little ahead of the onset, which is seen late. */
  readonly split: Date
  readonly to: Date
  /** False when a limit cut the lines. */
  readonly complete: boolean
  /** The subject first, then by name. */
  readonly services: readonly ServiceLogs[]
  /** Every service that the source has logs of. */
  readonly known: readonly string[]
}
