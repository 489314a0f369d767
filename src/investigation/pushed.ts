import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { parseDuration } from '../datasources/time.ts'
import { jsonbText } from '../db/jsonb.ts'
import { placed } from './placed.ts'

/** `at`: when it was written or began. */
export type PushedLog = {
  readonly cluster: string | null
  readonly service: string
  readonly level: string | null
  readonly message: string
  readonly at: Date
}

export type PushedTrace = {
  readonly cluster: string | null
  readonly trace: string
  readonly service: string
  readonly operation: string | null
  readonly error: string | null
  /** Milliseconds, or a text with its unit. */
  readonly duration: number | string
  readonly at: Date
}

/** Keeps pushed log lines, in one statement. Throws InputError, with nothing kept, for an unknown cluster and for a time in the future. */
export const recordLogs = async (context: Context, logs: readonly PushedLog[]): Promise<void> => {
  const rows = placed(context, logs, REFUSAL)
  await sql`
    insert into pushed_log (cluster, service, level, message, at)
    select cluster, service, level, message, at from jsonb_to_recordset(${jsonbText(rows)}::jsonb)
      as r (cluster text, service text, level text, message text, at timestamptz)`.execute(context.db)
}

/** The same for trace samples. */
export const recordTraces = async (context: Context, traces: readonly PushedTrace[]): Promise<void> => {
  const rows = placed(context, traces, REFUSAL).map((one) => ({
    ...one,
    ms: typeof one.duration === 'number' ? one.duration : (parseDuration(one.duration) ?? 0) * 1000,
  }))
  await sql`
    insert into pushed_trace (cluster, trace, service, operation, error, ms, at)
    select cluster, trace, service, operation, error, ms, at from jsonb_to_recordset(${jsonbText(rows)}::jsonb)
      as r (cluster text, trace text, service text, operation text, error text, ms double precision, at timestamptz)`.execute(context.db)
}

const REFUSAL = { title: 'It cannot be used', whenAhead: 'check the zone' }
