import { chance } from '../../src/demo/world/noise.ts'

/** Throws that are the same for ever for one seed, one after the other. */
export type Dice = {
  /** From `low` to below `high`. */
  between(low: number, high: number): number
  /** The same on a scale of ratios: as many between 1 and 10 as between 10 and 100. */
  scaled(low: number, high: number): number
  whole(low: number, high: number): number
  one<T>(all: readonly T[]): T
  often(share: number): boolean
}

export const diceOf = (seed: string): Dice => {
  const throwOf = chance(seed)
  let thrown = 0
  const next = (): number => {
    thrown += 1
    return throwOf(thrown)
  }
  const between = (low: number, high: number): number => low + next() * (high - low)
  const whole = (low: number, high: number): number => Math.min(high, Math.floor(between(low, high + 1)))
  return {
    between,
    whole,
    scaled: (low, high) => Math.exp(between(Math.log(low), Math.log(high))),
    one: (all) => {
      const found = all[whole(0, all.length - 1)]
      if (found === undefined) throw new RangeError('nothing to choose from')
      return found
    },
    often: (share) => next() < share,
  }
}
