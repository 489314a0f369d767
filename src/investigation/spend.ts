import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db } from '../db/connection.ts'
import type { Incident } from '../db/schema.ts'
import type { Brief } from '../incident/timeline.ts'

/** US dollars that investigations spent in the last 24 hours. */
export const spentToday = async (db: Db): Promise<number> => {
  const { usd } = await db
    .selectFrom('investigation')
    .select(sql<number>`coalesce(sum(usd), 0)::float8`.as('usd'))
    .where(sql<boolean>`coalesce(ended_at, started_at, created_at) > vigil_now() - interval '24 hours'`)
    .executeTakeFirstOrThrow()
  return usd
}

/**
 * Whether a model may think about an incident, and if not why: without a model, or with the day's money gone, the rules answer alone.
 * `spent` is what `spentToday` gives, in US dollars.
 */
export const admission = (
  { config, models }: Pick<Context, 'config' | 'models'>,
  incident: Pick<Incident, 'severity'>,
  spent: number,
): { next: Brief['next']; reason: string } => {
  if (models.main === undefined) return { next: 'no_model', reason: 'rules only: no model is configured' }
  const { usd, reserved_for_critical } = config.budgets.day
  const limit = incident.severity === 'critical' ? usd : usd * (1 - reserved_for_critical)
  if (spent >= limit)
    return { next: 'budget_spent', reason: `rules only: $${spent.toFixed(2)} of $${limit.toFixed(2)} for 24 hours are spent` }
  return { next: 'investigating', reason: '' }
}
