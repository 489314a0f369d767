import { formatDuration } from '../datasources/time.ts'

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
