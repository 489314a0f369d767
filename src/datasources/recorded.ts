import { OWN_RULE } from './newest.ts'
import { guardPromql } from './promql.ts'

/**
 * Seconds for which a series that a recording rule writes may go on after the samples behind it have ended; 0: the expression reads none. Its own
 * samples are as new as the rule's last look, so only the window of that look tells: by convention it stands at the end of the name, of which only recorded
 * ones have a colon (https://prometheus.io/docs/practices/rules/).
 */
export const recordedSeconds = (expression: string): number => {
  const guarded = guardPromql(expression, OWN_RULE)
  if (!guarded.ok) return 0
  const names = guarded.selectors.flatMap((matchers) => matchers.filter(({ label }) => label === '__name__').map(({ value }) => value))
  return Math.max(0, ...names.filter((name) => name.includes(':')).map(windowOf))
}

const windowOf = (name: string): number => {
  const [, count, unit = 'm'] = /(\d{1,4})([smhd])$/.exec(name) ?? []
  return count === undefined ? USUAL : Number(count) * (SECONDS[unit] ?? 60)
}

/** The window of most rules, where the name tells none. */
const USUAL = 300
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
