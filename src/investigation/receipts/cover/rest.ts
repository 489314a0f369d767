import { fits, type Quantity } from '../read/quantity.ts'
import type { Entry } from './cover.ts'

/** What is left of a whole goes by another name than its part: who misses does not hit. */
const opposites: readonly (readonly [RegExp, RegExp])[] = [
  [/\bmiss(?:es|ed|ing)?\b|\buncached\b|\bevict\w*/i, /\bhits?\b|cached/i],
  [
    /\bsucce\w*|\b(?:un|not )affected|\bok\b|\bfine\b|\bhealthy\b|\bavailab\w*|\bgo(?:es)? through\b|\bserved\b|\banswered\b|\bcomplete\w*\b|\bpass(?:es|ed)?\b|\bget through\b/i,
    /\berrors?\b|\bfail\w*|5\.\.|5xx|code=/i,
  ],
  [
    /\bfree\b|\bleft\b|\bavailable\b|\bheadroom\b|\bunused\b|\bidle\b|\bspare\b|\bremain\w*|\bto go\b|\broom\b/i,
    /\bus(?:ed|age|es|e|ing)\b|\butil\w*|\bfull\b|\bbusy\b|\bfilled\b/i,
  ],
]

/** A share that the query measures of one side, said of the other: "31 % miss" of a hit ratio of 31 %. */
export const wrongSide = (quantity: Quantity, sentence: string, { measures = '' }: Entry): boolean => {
  const around = clauseOf(sentence, quantity)
  return opposites.some(([a, b]) =>
    [[a, b] as const, [b, a] as const].some(([one, other]) => isOther(around, measures, one, other) && !other.test(around)),
  )
}

const clauseOf = (sentence: string, { from, to }: Quantity): string => {
  const before =
    sentence
      .slice(Math.max(0, from - 40), from)
      .split(/[;:]|,(?!\d)|\b(?:but|while|and|so)\b/)
      .at(-1) ?? ''
  const after = sentence.slice(to, to + 40).split(/[;:]|,(?!\d)|\b(?:but|while|and|so)\b/)[0] ?? ''
  return `${before} # ${after}`
}

export const isRest = (quantity: Quantity, sentence: string, entries: readonly Entry[]): boolean => {
  if (quantity.form !== 'share' && !quantity.readings.some(({ dimension }) => dimension === 'ratio')) return false
  const around = sentence.slice(Math.max(0, quantity.from - 60), quantity.to + 60)
  const factor = quantity.form === 'share' ? 1 : 0.01
  return entries.some(({ from, bases, measures = '' }) => {
    if (from !== 'statistic' && from !== 'quote') return false
    const part = bases.find(({ dimension, base }) => dimension === 'ratio' && base > 0 && base < 1)?.base
    if (part === undefined || !fits(quantity, (1 - part) / factor)) return false
    return opposites.some(([a, b]) => isOther(around, measures, a, b) || isOther(around, measures, b, a))
  })
}

/** The sentence speaks of the one, and the query measures the other one (first). */
const isOther = (said: string, measured: string, one: RegExp, other: RegExp): boolean => {
  if (!one.test(said)) return false
  const [at, against] = [measured.search(other), measured.search(one)]
  return at >= 0 && (against < 0 || at < against)
}
