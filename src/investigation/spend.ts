import { type RawBuilder, sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import type { Db, Trx } from '../db/connection.ts'
import type { Incident } from '../db/schema.ts'
import type { Brief } from '../incident/timeline.ts'

/** What models used in the last 24 hours: US dollars and tokens everywhere, and dollars for incidents of one channel. */
export type Spent = { readonly usd: number; readonly tokens: number; readonly channel_usd: number }

export const nothingSpent: Spent = { usd: 0, tokens: 0, channel_usd: 0 }

type Asked = {
  /** SQL of the channel whose part is wanted. */
  readonly channel: RawBuilder<unknown>
  /** US dollars with which an investigation counts that still runs. */
  readonly running: number
  /** SQL condition on the investigation `o` that is not counted. */
  readonly except?: RawBuilder<unknown>
}

/** A scalar subquery that gives a `Spent` as JSON, so that it costs no round trip of its own. */
export const spentSql = ({ channel, running, except = sql`false` }: Asked): RawBuilder<unknown> => sql`(
  select json_build_object('usd', coalesce(sum(s.usd), 0), 'tokens', coalesce(sum(s.tokens), 0),
    'channel_usd', coalesce(sum(s.usd) filter (where s.channel = ${channel}), 0))
  from (
    select case when o.status = 'in_progress' then greatest(o.usd, ${running}::float8) else o.usd end as usd, o.tokens_in + o.tokens_out as tokens, w.channel
    from investigation o join incident w on w.id = o.incident_id
    where coalesce(o.ended_at, o.started_at, o.created_at) > vigil_now() - interval '24 hours' and not (${except})) s)`

/** What was spent in 24 hours; `channel_usd` is that of the incident's channel. */
export const spentToday = async (db: Db | Trx, incident?: string): Promise<Spent> => {
  const channel = sql`(select c.channel from incident c where c.id = ${incident ?? null})`
  const { rows } = await sql<{ spent: Spent }>`select ${spentSql({ channel, running: 0 })} as spent`.execute(db)
  return rows[0]?.spent ?? nothingSpent
}

export type Admission = {
  readonly next: Brief['next']
  readonly reason: string
  /** So much of the money is gone that the cheaper model has to do. */
  readonly cheaper: boolean
}

/**
 * Whether a model may think about an incident, and if not why: without a model, or with the money or tokens of 24 hours gone, for all or
 * for its channel, the rules answer alone. `forced`: a person goes on past a spent budget.
 */
export const admission = (
  { config, models }: Pick<Context, 'config' | 'models'>,
  incident: Pick<Incident, 'severity'>,
  spent: Spent,
  forced = false,
): Admission => {
  if (models.main === undefined) return { next: 'no_model', reason: 'rules only: no model is configured', cheaper: false }
  const shares = sharesOf(config.budgets, incident, spent)
  const over = shares.find(({ share }) => share >= 1)
  if (over !== undefined && !forced)
    return { next: 'budget_spent', reason: `rules only: ${over.words} for 24 hours are spent`, cheaper: true }
  return { next: 'investigating', reason: '', cheaper: shares.some(({ share }) => share >= config.budgets.day.cheaper_at) }
}

const sharesOf = ({ day, channel }: Config['budgets'], { severity }: Pick<Incident, 'severity'>, spent: Spent) => {
  const part = severity === 'critical' ? 1 : 1 - day.reserved_for_critical
  const used = (amount: number, limit: number): number => (limit <= 0 ? 1 : amount / limit)
  return [
    { share: used(spent.usd, day.usd * part), words: `$${spent.usd.toFixed(2)} of $${(day.usd * part).toFixed(2)}` },
    ...(day.tokens === undefined
      ? []
      : [{ share: used(spent.tokens, day.tokens * part), words: `${spent.tokens} of ${Math.floor(day.tokens * part)} tokens` }]),
    ...(channel.usd === undefined
      ? []
      : [
          {
            share: used(spent.channel_usd, channel.usd),
            words: `$${spent.channel_usd.toFixed(2)} of this channel's $${channel.usd.toFixed(2)}`,
          },
        ]),
  ]
}
