import { formatDuration } from '../datasources/time.ts'
import { type Episode, episodes } from '../series/episodes.ts'
import type { Point } from '../series/series.ts'

/** A rule that would have told real trouble from noise, by what the alert did in its history. */
export type BetterRule = {
  readonly change: 'for' | 'threshold'
  /** As it stands: `for: 2m`, `> 0.8`. */
  readonly now: string
  /** As it should be. */
  readonly better: string
  /** Days that were looked at. */
  readonly days: number
  /** How often it fired in them, and would have fired with the better rule. */
  readonly fired: number
  readonly would_have_fired: number
  /** Of those that lasted or were acted upon, how many the better rule would have kept. */
  readonly kept: number
  readonly real: number
}

/** `for` as people write it in rules, seconds. */
const STEPS = [60, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200]
/** A longer `for` is worth a word only when it spares so much. */
const SPARED = 0.8
/** Fewer firings are no noise. */
const NOISE = 5

export type RuleHistory = {
  /** Of the rule as it stands, seconds. */
  readonly forSeconds: number
  /** Seconds for which it fired each time, without the `for` before. */
  readonly lasted: readonly number[]
  /** Of those, the ones that were real trouble. */
  readonly real: readonly number[]
  readonly days: number
}

/**
 * The shortest `for` that would have kept every real one and fired at most a fifth as often in the history. An episode that fires for d
 * seconds after `for: f` is over the limit for f + d, so it would have fired with `for: g` when f + d > g. Null: there is none.
 */
export const betterRule = ({ forSeconds, lasted, real, days }: RuleHistory): BetterRule | null => {
  if (lasted.length < NOISE) return null
  const fires = (all: readonly number[], wanted: number): number => all.filter((seconds) => forSeconds + seconds > wanted).length
  const better = STEPS.find(
    (step) => step > forSeconds && fires(lasted, step) <= (1 - SPARED) * lasted.length && fires(real, step) === real.length,
  )
  if (better === undefined) return null
  return {
    change: 'for',
    now: `for: ${formatDuration(forSeconds)}`,
    better: `for: ${formatDuration(better)}`,
    days,
    fired: lasted.length,
    would_have_fired: fires(lasted, better),
    kept: fires(real, better),
    real: real.length,
  }
}

export type LevelHistory = {
  readonly operator: '>' | '>=' | '<' | '<='
  readonly threshold: number
  /** The expression's value over the history, without its comparison. */
  readonly points: readonly Point[]
  readonly stepSeconds: number
  readonly forSeconds: number
  /** When the real ones fired. */
  readonly real: readonly Episode[]
  readonly days: number
}

/** Steps on which people set limits, of each power of ten. */
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]
/** A limit further off than this would be another alert. */
const FURTHEST = 2

/**
 * The threshold nearest to the present one that would have kept every real firing and fired at most a fifth as often in the history. With a
 * threshold, an alert fires where the value stays beyond it for `forSeconds`. Null: there is none within twice (or half) the present one.
 */
export const betterThreshold = (history: LevelHistory): BetterRule | null => {
  const { operator, threshold, real, days } = history
  const now = firings(history, threshold)
  if (now.length < NOISE) return null
  for (const better of rounder(operator, threshold)) {
    const then = firings(history, better)
    const kept = real.filter((one) => then.some((other) => overlap(one, other))).length
    if (then.length > (1 - SPARED) * now.length || kept < real.length) continue
    return {
      change: 'threshold',
      now: `${operator} ${threshold}`,
      better: `${operator} ${better}`,
      days,
      fired: now.length,
      would_have_fired: then.length,
      kept,
      real: real.length,
    }
  }
  return null
}

/** Where the value stayed beyond a threshold long enough to fire. */
const firings = ({ operator, points, stepSeconds, forSeconds }: LevelHistory, threshold: number): Episode[] => {
  const end = points.at(-1)?.[0] ?? 0
  const beyond = points.filter(([, value]) => (operator.startsWith('>') ? value > threshold : value < threshold))
  return episodes(beyond, { step: stepSeconds, end }).filter(({ from, until }) => (until ?? end) - from >= forSeconds)
}

const overlap = (a: Episode, b: Episode): boolean =>
  a.from <= (b.until ?? Number.POSITIVE_INFINITY) && b.from <= (a.until ?? Number.POSITIVE_INFINITY)

/** Round limits beyond the present one, the nearest first. */
const rounder = (operator: LevelHistory['operator'], threshold: number): number[] => {
  if (!(threshold > 0)) return []
  const power = Math.floor(Math.log10(threshold))
  const all = [power - 1, power, power + 1].flatMap((exponent) => ROUND.map((digits) => Number((digits * 10 ** exponent).toPrecision(2))))
  return operator.startsWith('>')
    ? all.filter((one) => one > threshold && one <= threshold * FURTHEST)
    : all.filter((one) => one < threshold && one >= threshold / FURTHEST).toReversed()
}
