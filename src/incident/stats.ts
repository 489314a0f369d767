import { sql } from 'kysely'
import type { Db } from '../db/connection.ts'
import type { InvestigationStatus } from '../db/schema.ts'

/** Counters over everything that is stored. */
export type Stats = {
  /** `in`: each time an alert was handed in and belonged to an incident, repeats included; `firing`: now, without people's questions. */
  readonly alerts: { readonly in: number; readonly firing: number }
  readonly incidents: { readonly opened: number; readonly open: number; readonly resolved: number }
  readonly investigations: Readonly<Record<InvestigationStatus, number>>
  readonly tokens: { readonly in: number; readonly out: number }
  /** US dollars; the day is the one of UTC, and an investigation counts when it was created. */
  readonly usd: { readonly today: number; readonly total: number }
}

/** Reads all counters in one statement, so that they agree with each other. */
export const stats = async (db: Db): Promise<Stats> => {
  const { rows } = await sql<Row>`
    select
      (select coalesce(sum(count), 0) from alert)::int as alerts_in,
      (select count(*) from alert where open and status = 'firing' and source <> 'mention')::int as firing,
      (select count(*) from incident)::int as opened,
      (select count(*) from incident where status <> 'resolved')::int as open,
      (select json_object_agg(status, n) from (select status, count(*) as n from investigation group by status) s) as investigations,
      coalesce(sum(tokens_in), 0)::float8 as tokens_in,
      coalesce(sum(tokens_out), 0)::float8 as tokens_out,
      coalesce(sum(usd), 0) as total,
      coalesce(sum(usd) filter (where created_at >= date_trunc('day', vigil_now(), 'UTC')), 0) as today
    from investigation`.execute(db)
  const row = rows[0]
  const opened = row?.opened ?? 0
  const open = row?.open ?? 0
  return {
    alerts: { in: row?.alerts_in ?? 0, firing: row?.firing ?? 0 },
    incidents: { opened, open, resolved: opened - open },
    investigations: { ...none, ...row?.investigations },
    tokens: { in: row?.tokens_in ?? 0, out: row?.tokens_out ?? 0 },
    usd: { today: row?.today ?? 0, total: row?.total ?? 0 },
  }
}

type Row = {
  alerts_in: number
  firing: number
  opened: number
  open: number
  investigations: Partial<Record<InvestigationStatus, number>> | null
  tokens_in: number
  tokens_out: number
  total: number
  today: number
}

const none: Record<InvestigationStatus, number> = {
  pending: 0,
  in_progress: 0,
  complete: 0,
  failed: 0,
  error: 0,
  max_turns: 0,
  budget_exceeded: 0,
}
