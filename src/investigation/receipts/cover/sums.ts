import { fits, type Quantity } from '../read/quantity.ts'
import { sameSeries } from './agree.ts'
import type { Entry } from './cover.ts'
import type { Cues } from './cues.ts'

/** Pairs are compared two by two; a sentence with more covered numbers than this is not about a difference of two of them. */
export const POOL = 16

/** Each of another series. */
const apart = (all: readonly Entry[]): boolean => all.every((one, index) => !all.slice(index + 1).some((other) => sameSeries(one, other)))

/** "More than twice as much as both together". */
export const isMultipleOfSum = (quantity: Quantity, pool: readonly Entry[]): boolean => {
  const values = pool
    .filter(({ from, statistic }) => from === 'statistic' && statistic !== 'change')
    .map(({ numerals }) => numerals[0] ?? 0)
  const total = values.reduce((sum, value) => sum + value, 0)
  return quantity.form === 'ratio' && values.length > 2 && values.some((value) => total > value && fits(quantity, value / (total - value)))
}

/** "The roughly 11,900 queries a second" of two replicas: all cited series of one answer, of the same statistic, where three digits say so. */
export const isSumOfCited = (quantity: Quantity, pool: readonly Entry[]): boolean => {
  if (String(quantity.value).replace(quantity.bound === 'about' ? /\D|0+$/g : /\D/g, '').length < (quantity.bound === 'about' ? 3 : 2))
    return false
  const cited = pool.filter(({ from, place }) => from === 'statistic' && place === undefined)
  return cited.some(({ evidence, statistic, numerals }) => {
    // Of changes those that go the same way.
    const same = cited.filter(
      (one) =>
        one.evidence === evidence &&
        one.statistic === statistic &&
        (statistic !== 'change' || Math.sign(one.numerals[0] ?? 0) === Math.sign(numerals[0] ?? 0)),
    )
    return apart(same) && same.length > 1 && fitsTotal(quantity, same)
  })
}

/** "Nearly a third of all requests" of a part and the others that were measured beside it. */
export const isPartOfSum = (quantity: Quantity, { percent, part }: Cues, pool: readonly Entry[]): boolean => {
  if (!(quantity.form === 'share' || (percent && part))) return false
  const factor = quantity.form === 'share' ? 1 : 0.01
  const measured = pool.filter(
    ({ from, statistic, place, bases }) =>
      from === 'statistic' &&
      statistic !== undefined &&
      statistic !== 'change' &&
      place === undefined &&
      bases.every(({ dimension }) => dimension === 'plain'),
  )
  return measured.some(({ evidence }) => {
    const beside = measured.filter((one) => one.evidence === evidence).map(({ bases }) => bases[0]?.base ?? 0)
    const total = beside.reduce((sum, one) => sum + one, 0)
    return (
      apart(measured.filter((one) => one.evidence === evidence)) &&
      beside.length > 1 &&
      total > 0 &&
      beside.every((one) => one >= 0) &&
      beside.some((one) => fits(quantity, one / total / factor))
    )
  })
}

/** "A quarter of the capacity is gone" of four cited series of which one is 0. */
export const isShareOfNone = (quantity: Quantity, pool: readonly Entry[]): boolean => {
  const values = pool.filter(({ from, statistic, place }) => from === 'statistic' && statistic !== 'change' && place === undefined)
  return (
    quantity.form === 'share' &&
    values.some(({ evidence }) => {
      const beside = values.filter((one) => one.evidence === evidence)
      const none = beside.filter(({ numerals }) => numerals[0] === 0).length
      return none > 0 && beside.length > 2 && fits({ ...quantity, step: 0 }, none / beside.length)
    })
  )
}

/** "32 logins fail every second": the share that fails of so many a second. */
export const isShareOfRate = (quantity: Quantity, sentence: string, pool: readonly Entry[]): boolean => {
  if (quantity.form !== 'number' && quantity.form !== 'word') return false
  if (!/\b(?:per|each|every|a) (?:second|minute)\b|\/(?:s|min)\b|\breq\/s\b|\brps\b/i.test(sentence)) return false
  const shares = pool.flatMap(({ bases }) => bases.filter(({ dimension, base }) => dimension === 'ratio' && base > 0 && base < 1))
  const rates = pool
    .filter(({ rate, from }) => rate === true && from === 'statistic')
    .flatMap(({ bases }) => bases.filter(({ dimension }) => dimension === 'plain'))
  const units = quantity.readings.length === 0 ? [1] : quantity.readings.flatMap((one) => (one.dimension === 'plain' ? [one.factor] : []))
  return shares.some((part) =>
    rates.some((whole) => units.some((unit) => whole.base > 1 && fits(quantity, (part.base * whole.base) / unit))),
  )
}

/** Of all, or of two, in the unit in which it is written. */
export const fitsSum = (quantity: Quantity, pool: readonly Entry[]): boolean =>
  fitsTotal(quantity, pool) ||
  inUnits(quantity, pool).some(
    ({ values, factor }) =>
      values.length <= POOL && values.some((a, first) => values.some((b, second) => second > first && fits(quantity, (a + b) / factor))),
  )

const fitsTotal = (quantity: Quantity, pool: readonly Entry[]): boolean =>
  inUnits(quantity, pool).some(
    ({ values, factor }) => values.length > 1 && fits(quantity, values.reduce((sum, value) => sum + value, 0) / factor),
  )

/** The values in each unit in which the quantity may be read. What the query has per second is not read as it stands "per minute". */
const inUnits = ({ readings }: Quantity, pool: readonly Entry[]): { values: number[]; factor: number }[] => {
  const isRate = pool.some(({ rate }) => rate)
  const paced = readings.filter(({ dimension, factor }) => !isRate || dimension !== 'plain' || factor !== 1 || readings.length === 1)
  const units = paced.length > 0 ? paced : [{ dimension: 'plain' as const, factor: 1 }]
  return units.map(({ dimension, factor }) => ({
    values: pool.map(({ bases }) => bases.find((one) => one.dimension === dimension)?.base).filter((value) => value !== undefined),
    factor,
  }))
}
