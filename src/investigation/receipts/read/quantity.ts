import { type Reading, readingsOf } from './units.ts'

/** A number as it is written in a text, with what it says of its own precision. */
export type Quantity = {
  readonly from: number
  readonly to: number
  readonly text: string
  /** As written, without its unit; signed only when the sign is written. */
  readonly value: number
  /** The last digit's place: 12.4 has 0.1, 12 has 1. What is rounded lies within half of it. 0: coarse, as words such as "doubled" are. */
  readonly step: number
  /** Empty: no unit. Several where the unit is ambiguous. */
  readonly readings: readonly Reading[]
  /** The unit stands only at the next number ("40 to 310 ms"): it may or may not be meant. */
  readonly inherited?: true
  readonly sign: '+' | '-' | null
  readonly bound: 'about' | 'least' | 'most' | 'over' | 'under' | null
  /** 'ratio': "3 times", "doubled"; 'share': "half of", "seven in ten"; 'word': "three". */
  readonly form: 'number' | 'ratio' | 'share' | 'word'
  /** "41 out of 200" may also be two numbers: covered when each of these is. */
  readonly instead?: readonly Quantity[]
  /** "Hundreds", "an order of magnitude": between these. */
  readonly range?: readonly [number, number]
}

/** A number that came as a number: its precision is read off its shortest writing (12.4 says one decimal). */
export const quantityOf = (value: number, unit: string | undefined): Quantity => ({
  ...plain,
  text: String(value),
  value,
  step: stepOf(String(Math.abs(value))),
  readings: unit === undefined ? [] : (readingsOf(unit.trim()) ?? []),
})

/**
 * Whether `x`, in the unit in which the quantity is written, is what was written. Rounding: within half of the last digit; a bound
 * ("more than 1,000") must hold, and be no further off than half as much again; "about" reaches half of the last digit that is not 0
 * or 10 %, whichever is less.
 */
export const fits = (quantity: Quantity, x: number): boolean => {
  if (!Number.isFinite(x)) return false
  const { value, bound, range } = quantity
  if (range) return x >= range[0] && x <= range[1]
  const place = Math.max(lastPlace(Math.abs(value)), quantity.step < 1 ? quantity.step : 0)
  const half = value === 0 ? Math.min(quantity.step / 2, 0.05) : quantity.step / 2
  const slack = half + Math.max(Math.abs(value), Math.abs(x)) * 1e-9
  const time = quantity.readings.some(({ dimension }) => dimension === 'time')
  // Times are many and near each other; words such as "twice" are coarse already.
  const far = quantity.step === 0 ? value * 1.5 : time ? value + place : Math.max(value + place, value * FAR)
  if (bound === 'over') return x > value && x <= far
  if (bound === 'under') return x < value && x >= (round.test(String(value)) ? 0 : Math.min(value - place, value / FAR))
  if (bound === 'least') return x >= value - slack && x <= far
  // Words such as "doubled" and "half" are coarse: within a tenth.
  if (quantity.step === 0) return Math.abs(x - value) <= value * (quantity.form === 'share' ? 0.2 : bound === 'about' ? 0.15 : 0.1)
  if (Math.abs(x - value) <= slack) return true
  // "Roughly 88k" is said of 88,520: from 50 on within one of the last written place, which is two per cent at most there.
  const near = !time && Math.abs(value) >= 50 ? place : place / 2
  if (bound === 'about') return Math.abs(x - value) <= Math.min(Math.max(near, half), Math.max(Math.abs(value) * 0.1, half))
  // A round limit is an honest way to say "small": below 1 % for 0.1 %. An odd one (below 1.3 %) must be near.
  if (bound === 'most') return x <= value && x >= value * (time ? 0.4 : 0.9)
  return false
}

/** "More than 50 %" is said of 70, not of 90. */
const FAR = 1.5

const round = /^[125]0*$/

/** Trailing zeros of a large number are rounding: 1,300,000,000 has two digits. Below 100,000 every digit counts. */
export const stepOf = (digitsOnly: string): number => {
  const [, fraction = ''] = digitsOnly.split('.')
  const exponent = /e([+-]?\d+)$/i.exec(digitsOnly)?.[1]
  if (exponent !== undefined) {
    const mantissa = digitsOnly.replace(/e.*$/i, '')
    return 10 ** (Number(exponent) - (mantissa.split('.')[1]?.length ?? 0))
  }
  if (fraction !== '') return 10 ** -fraction.length
  const value = Number(digitsOnly)
  // Two digits at least are meant: 9,200 of 9,204, but not 1,000 of 1,400.
  return value >= 1000 && /00$/.test(digitsOnly) ? Math.min(lastPlace(value), 10 ** (Math.floor(Math.log10(value)) - 1)) : 1
}

/** 1200 has 100; 0 where there is none. */
export const lastPlace = (value: number): number => {
  if (!Number.isInteger(value) || value === 0) return 0
  let place = 1
  while (value % (place * 10) === 0 && place < 1e15) place *= 10
  return place
}

/** What most numbers are. */
export const plain = { from: 0, to: 0, readings: [], sign: null, bound: null, form: 'number' } as const
