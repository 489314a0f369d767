import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { parseDuration } from '../datasources/time.ts'
import { jsonbText } from '../db/jsonb.ts'
import { InputError } from '../errors.ts'

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
  const rows = kept(context, logs)
  await sql`
    insert into pushed_log (cluster, service, level, message, at)
    select cluster, service, level, message, at from jsonb_to_recordset(${jsonbText(rows)}::jsonb)
      as r (cluster text, service text, level text, message text, at timestamptz)`.execute(context.db)
}

/** The same for trace samples. */
export const recordTraces = async (context: Context, traces: readonly PushedTrace[]): Promise<void> => {
  const rows = kept(context, traces).map((one) => ({
    ...one,
    ms: typeof one.duration === 'number' ? one.duration : (parseDuration(one.duration) ?? 0) * 1000,
  }))
  await sql`
    insert into pushed_trace (cluster, trace, service, operation, error, ms, at)
    select cluster, trace, service, operation, error, ms, at from jsonb_to_recordset(${jsonbText(rows)}::jsonb)
      as r (cluster text, trace text, service text, operation text, error text, ms double precision, at timestamptz)`.execute(context.db)
}

/** Clocks of machines differ; what is further ahead has another zone. */
const AHEAD_MS = 5 * 60_000

const kept = <T extends { readonly cluster: string | null; readonly at: Date }>({ config, clock }: Context, given: readonly T[]) => {
  const known = [DEFAULT_CLUSTER, ...config.clusters.map(({ name }) => name)]
  const now = clock.now()
  const rows = given.map((one) => ({ ...one, cluster: one.cluster ?? DEFAULT_CLUSTER }))
  const faults = rows.flatMap(({ cluster, at }, i) => [
    ...(known.includes(cluster) ? [] : [`${i}.cluster: there is no cluster ${cluster}; there are: ${known.join(', ')}`]),
    ...(at.getTime() > now.getTime() + AHEAD_MS
      ? [`${i}.when: ${at.toISOString()} is in the future (it is ${now.toISOString()}); check the zone`]
      : []),
  ])
  if (faults.length > 0) throw new InputError('It cannot be used', faults.slice(0, 10))
  return rows
}
