import { fits, type Quantity } from '../read/quantity.ts'
import type { Entry } from './cover.ts'

/** The entries that a written number agrees with, without deriving anything. */
export const entriesFor = (quantity: Quantity, entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((entry) => agrees(quantity, entry))

/** Whether a written number is this one, without deriving anything. */
export const agrees = (quantity: Quantity, entry: Entry): boolean => {
  if (entry.least && quantity.bound !== 'least' && quantity.bound !== 'over') return false
  // An order of magnitude is no count.
  if (
    quantity.form === 'ratio' &&
    (quantity.range || quantity.bound === 'under' || (entry.from === 'statistic' && !entry.numerals.some(Number.isInteger)))
  )
    return false
  const same = (x: number): boolean =>
    fits(quantity, x) || (entry.statistic === 'change' && quantity.sign === null && fits(quantity, Math.abs(x)))
  // A share is not compared with what is written as a percentage: 0.1 % is not one in ten.
  const bare = quantity.form !== 'share' && (quantity.readings.length === 0 || quantity.inherited)
  if (bare && entry.numerals.some(same)) return true
  // "Per minute" of what the query has per second is sixty times as much.
  const paced = entry.rate === true && isPaced(quantity)
  if (
    isPaced(quantity) &&
    entry.from === 'quote' &&
    !/\bper\b|\/\s?(?:m|h|s)|\b(?:rate|rps|rpm|qps|second|minute|hour)\b/.test(entry.measures ?? '')
  )
    return false
  const readings = paced ? quantity.readings.filter(({ dimension, factor }) => dimension !== 'plain' || factor < 1) : quantity.readings
  if (readings.some(({ dimension, factor }) => entry.bases.some((one) => one.dimension === dimension && same(one.base / factor))))
    return true
  if (paced) return false
  if (entry.from === 'quote' && !entry.united && inBaseUnit(quantity, entry)) return true
  // 0.6 of nobody knows what is not "1 %".
  return (
    entry.bare &&
    quantity.readings.length > 0 &&
    entry.numerals.some((x) => same(x) && (Math.abs(x) >= 1 || x === 0 || quantity.step < 1) && !(Math.abs(x) > 100 && percent(quantity)))
  )
}

/** Programs write bytes, seconds and milliseconds without a unit: `size 1073741824` is 1 GiB, `took=0.31` 310 ms. */
const inBaseUnit = (quantity: Quantity, { numerals, bare }: Entry): boolean =>
  quantity.readings.some(({ dimension, factor }) =>
    dimension === 'bytes'
      ? numerals.some((x) => x >= 1024 && fits(quantity, x / factor))
      : bare && dimension === 'time' && numerals.some((x) => fits(quantity, x / factor) || fits(quantity, x / 1000 / factor)),
  )

/** "For half an hour", "within a minute of", "an hour later" are spans of time. */
export const perMinute =
  /\b(?:(?:per|each|every) (?:minute|hour)|(?<!\b(?:half|quarter of|for|within|over|in|about|nearly|almost|under|than|after|roughly|around|of|lasted|took|just|by|least|past|last|only|not even|some) )an? (?:minute|hour)(?! (?:before|after|later|earlier|ago|prior|long|or|apart|of|and|into)))\b/i

/** Whether two values are of one series of one answer. */
export const sameSeries = (a: Entry, b: Entry): boolean =>
  a.evidence === b.evidence && (a.names === b.names || (a.names.size === b.names.size && [...a.names].every((name) => b.names.has(name))))

/** Written per minute or hour. */
export const isPaced = ({ readings }: Quantity): boolean =>
  readings.some(({ dimension, factor }) => dimension === 'plain' && (factor === 1 / 60 || factor === 1 / 3600))

/** Written as a percentage. */
export const percent = ({ readings }: Quantity): boolean => readings.some(({ dimension }) => dimension === 'ratio')
