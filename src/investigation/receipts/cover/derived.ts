import { fits, type Quantity } from '../read/quantity.ts'
import type { Dimension } from '../read/units.ts'
import { sameSeries } from './agree.ts'
import type { Entry } from './cover.ts'
import { type Cues, cuesAround } from './cues.ts'
import { isRest } from './rest.ts'
import { fitsSum, isMultipleOfSum, isPartOfSum, isShareOfNone, isShareOfRate, isSumOfCited, POOL } from './sums.ts'

/**
 * Whether a number is a difference, a ratio, a share, a sum, a pace or the rest to a whole of covered numbers, of the values as stored or
 * as written in the receipts. Each needs a word that says so, since a number that merely happens to be some ratio is not supported; only
 * the two ends of one change may be set against each other without.
 */
export const derives = (quantity: Quantity, sentence: string, { entries, implied }: Sources): boolean => {
  const cues = cuesAround(quantity, sentence)
  if (isPace(quantity, sentence, [...entries, ...implied]) || isRest(quantity, sentence, entries)) return true
  const pool = entries.filter(
    (entry) => entry.from === 'statistic' || entry.from === 'count' || entry.from === 'quote' || (entry.from === 'limit' && cues.limit),
  )
  // What it came to, what it came from and what is left are ends of a change, not how far they lie apart.
  const isEnd = quantity.form !== 'ratio' && quantity.form !== 'share' && (cues.to || cues.from || cues.stays)
  if (isEnd) return isSumOfCited(quantity, pool)
  if (pairs(pool).some((pair) => oneChange(pair) && fitsChange(quantity, { ...cues, change: true }, pair))) return true
  const ends = implied.filter(({ place }) => place !== undefined)
  if (cues.changed && pairs(ends).some((pair) => oneChange(pair) && fitsChange(quantity, cues, pair))) return true
  if (
    pool.length <= POOL &&
    pairs(pool).some(
      (pair) =>
        ofLimit(pair) &&
        oneKind(pair) &&
        suits(pair, cues) &&
        !sameChange(pair) &&
        !(quantity.form === 'share' && oneChange(pair)) &&
        fitsPair(quantity, cues, pair),
    )
  )
    return true
  return (
    (cues.sum && (fitsSum(quantity, pool) || isMultipleOfSum(quantity, pool))) ||
    isSumOfCited(quantity, pool) ||
    isPartOfSum(quantity, cues, pool) ||
    isShareOfNone(quantity, pool) ||
    isShareOfRate(quantity, sentence, pool)
  )
}

/** The covered numbers, and those of the cited series that were not cited. */
export type Sources = { readonly entries: readonly Entry[]; readonly implied: readonly Entry[] }

type Pair = readonly [Entry, Entry]

const pairs = (all: readonly Entry[]): Pair[] => all.flatMap((a, first) => all.slice(first + 1).map((b): Pair => [a, b]))

/** "5 MiB a minute", "two lines a minute": a change or a count by the time that it took. */
const isPace = (quantity: Quantity, sentence: string, entries: readonly Entry[]): boolean => {
  const per = /^\s*(?:[\p{L}-]+\s+){0,3}?(?:per|a|an|each|every|\/)\s*(second|sec|minute|min|hour|day)\b/iu
    .exec(sentence.slice(quantity.to))?.[1]
    ?.toLowerCase()
  const fixed = /^\s*(?:[\p{L}-]+\s+){0,3}?(hourly|daily)\b/iu.exec(sentence.slice(quantity.to))?.[1]?.toLowerCase()
  const unit = per ?? fixed
  if (unit === undefined) return false
  const seconds = unit.startsWith('s') ? 1 : unit.startsWith('m') ? 60 : unit.startsWith('h') ? 3600 : 86400
  const paced = quantity.readings.filter(({ dimension, factor }) => dimension !== 'plain' || factor >= 1)
  const units = paced.length > 0 ? paced : [{ dimension: 'plain' as const, factor: 1 }]
  const fitsOver = (amount: readonly Base[], span: number): boolean =>
    units.some(({ dimension, factor }) =>
      amount.some((one) => one.dimension === dimension && fits(quantity, (Math.abs(one.base) / span / factor) * seconds)),
    )
  return (
    entries.some(({ spans = [], bases }) => spans.some((span) => fitsOver(bases, span))) ||
    pairs(entries.filter(({ at }) => at !== undefined)).some(([a, b]) => {
      const span = Math.abs((b.at ?? 0) - (a.at ?? 0)) / 1000
      return sameSeries(a, b) && span > 0 && fitsOver(apart(a, b), span)
    })
  )
}

type Base = Entry['bases'][number]

const apart = (a: Entry, b: Entry): Base[] =>
  a.bases.flatMap(({ dimension, base }) =>
    b.bases.filter((other) => other.dimension === dimension).map((other) => ({ dimension, base: other.base - base })),
  )

/** The two ends of one change. */
const oneChange = ([a, b]: Pair): boolean =>
  a.evidence === b.evidence &&
  a.place !== undefined &&
  b.place !== undefined &&
  a.place !== b.place &&
  a.other === b.numerals[0] &&
  b.other === a.numerals[0]

/** Two numbers of one quote are set against each other only where both have a unit or neither. */
const oneKind = ([a, b]: Pair): boolean =>
  a.from !== 'quote' || b.from !== 'quote' || a.evidence !== b.evidence || (a.united ?? false) === (b.united ?? false)

/** A limit is compared with what it is a limit of: its metric, or at least its unit. */
const ofLimit = ([a, b]: Pair): boolean => {
  const [limit, other] = a.from === 'limit' ? [a, b] : [b, a]
  if (limit.from !== 'limit' || !limit.query) return true
  if (limit.query.split(' ').every((metric) => other.query?.includes(metric))) return true
  return limit.bases.some(({ dimension }) => dimension !== 'plain' && other.bases.some((one) => one.dimension === dimension))
}

/** "Times the limit" is a multiple of a limit; "longer" is not said of counts. */
const suits = (pair: Pair, { ofLimit: limited, lasting }: Cues): boolean =>
  (!limited || pair.some(({ from, query = '' }) => from === 'limit' || from === 'quote' || /limit|max|quota|capacity/.test(query))) &&
  (!limited || pair.some(({ from }) => from !== 'quote')) &&
  (!lasting || pair.every(({ from }) => from !== 'count'))

/** How much, by how much of what was, to how much of it. */
const fitsChange = (quantity: Quantity, cues: Cues, pair: Pair): boolean => {
  if (quantity.form !== 'share') return fitsPair(quantity, cues, pair)
  if (!cues.changed && !cues.part) return false
  const [taken, kept] = [cues.taken && !cues.kept, cues.kept && !cues.taken]
  return operands(pair).some(
    ([x, y, dimension]) =>
      (dimension !== 'ratio' || cues.asMany || pair.every(isCores)) &&
      x > 0 &&
      y >= 0 &&
      ((!taken && fits(quantity, y / x)) ||
        (!kept && y < x && fits(quantity, (x - y) / x)) ||
        (cues.by && y > x && fits(quantity, (y - x) / x))),
  )
}

/** Seconds of CPU a second may be more than all of one. */
const isCores = ({ query = '' }: Entry): boolean => /cpu/.test(query)

const fitsPair = (quantity: Quantity, cues: Cues, pair: Pair): boolean =>
  operands(pair).some(([x, y, dimension]) => {
    const paced = pair.every(({ rate }) => rate) && quantity.readings.some(({ dimension: of, factor }) => of === 'plain' && factor < 0.1)
    const factors = quantity.readings
      .filter((reading) => reading.dimension === dimension && !(paced && reading.factor === 1))
      .map(({ factor }) => factor)
    const units = factors.length > 0 ? factors : quantity.readings.length === 0 || quantity.inherited ? [1] : []
    const signed = (value: number): boolean => fits(quantity, quantity.sign === '-' ? -Math.abs(value) : Math.abs(value))
    if (
      cues.change &&
      quantity.form !== 'share' &&
      quantity.form !== 'ratio' &&
      !(cues.percent && dimension !== 'ratio') &&
      units.some((factor) => signed((y - x) / factor))
    ) {
      return signAllows(quantity, cues, pair, y - x)
    }
    if (
      cues.each &&
      dimension === 'plain' &&
      !quantity.readings.some((reading) => reading.dimension !== 'plain' || reading.factor < 1) &&
      x !== 0 &&
      y !== 0 &&
      (fits(quantity, y / x) || fits(quantity, x / y))
    )
      return true
    if (cues.ratio && quantity.readings.length === 0 && x !== 0 && y !== 0 && fitsRatio(quantity, cues, [x, y, ordered(...pair)]))
      return true
    const part =
      Math.max(Math.abs(x), Math.abs(y)) === 0 ? Number.NaN : Math.min(Math.abs(x), Math.abs(y)) / Math.max(Math.abs(x), Math.abs(y))
    if (quantity.form === 'share' && (fits(quantity, part) || (cues.by && sameSeries(...pair) && fits(quantity, 1 - part)))) return true
    if (!cues.percent) return false
    // A share of two shares, or how much a share grew relative to itself, is not what a percentage is read as.
    if (dimension === 'ratio') return false
    const rest = cues.free && !pair.some(({ measures = '' }) => /free|avail|idle|unused|remain/i.test(measures))
    if (cues.share && (pair.some(({ place }) => place === undefined) || cues.to) && fits(quantity, (rest ? 1 - part : part) * 100))
      return true
    return cues.change && relative(x, y, pair).some((value) => signed(value * 100) && signAllows(quantity, cues, pair, value))
  })

/** A change and the values that it lies between say the same thing. */
const sameChange = ([a, b]: Pair): boolean =>
  a.evidence === b.evidence && ((a.statistic === 'change' && b.place !== undefined) || (b.statistic === 'change' && a.place !== undefined))

/** A sign must be the one of the change where it is known which value came first. */
const signAllows = ({ sign }: Quantity, { way }: Cues, [a, b]: Pair, difference: number): boolean => {
  const said = sign ?? way
  return said === null || !ordered(a, b) || (said === '+' ? difference >= 0 : difference <= 0)
}

/** "Twice" is more than once, whichever of two is named first; of an earlier and a later value the words say which is the greater. */
const fitsRatio = (quantity: Quantity, { way }: Cues, [x, y, known]: readonly [number, number, boolean]): boolean => {
  const greater = Math.max(Math.abs(x / y), Math.abs(y / x))
  if (known && way !== null && quantity.value > 1 && Math.abs(y) > Math.abs(x) !== (way === '+')) return false
  // A multiple is coarser than its digits: 70 times for 70.5.
  if (quantity.bound === null && quantity.value > 1 && Math.abs(greater - quantity.value) <= quantity.value * 0.03) return true
  return fits(quantity, quantity.value > 1 ? greater : 1 / greater)
}

const relative = (x: number, y: number, [a, b]: Pair): number[] => {
  const forward = x === 0 ? [] : [(y - x) / Math.abs(x)]
  return ordered(a, b) || y === 0 ? forward : [...forward, (x - y) / Math.abs(y)]
}

const ordered = (a: Entry, b: Entry): boolean =>
  (a.past ?? false) !== (b.past ?? false) ||
  (a.place !== undefined && b.place !== undefined) ||
  (a.at !== undefined && b.at !== undefined && a.at !== b.at)

/** The two values in one dimension, the earlier one first: as stored, and as the receipts write them. */
const operands = ([a, b]: Pair): readonly (readonly [number, number, Dimension])[] => {
  const swap =
    (b.past === true && a.past !== true) ||
    a.place === 'last' ||
    b.place === 'first' ||
    (a.place === undefined && b.place === undefined && (a.at ?? 0) > (b.at ?? 0))
  const [early, late] = swap ? [b, a] : [a, b]
  // A share and a number of things have no difference and no ratio.
  const isShare = ({ bases, bare }: Entry): boolean => !bare && bases.some(({ dimension }) => dimension === 'ratio')
  if (isShare(early) !== isShare(late) && !early.bare && !late.bare) return []
  const found: (readonly [number, number, Dimension])[] = []
  for (const one of early.bases) {
    for (const other of late.bases) if (one.dimension === other.dimension) found.push([one.base, other.base, one.dimension])
  }
  const shares = found.some(([, , dimension]) => dimension === 'ratio')
  const kept = shares ? found.filter(([, , dimension]) => dimension !== 'plain') : found
  const [x, y] = [early.numerals.at(-1), late.numerals.at(-1)]
  const raw = [early, late].some((entry) => entry.place !== undefined && entry.from === 'statistic')
  if (x === undefined || y === undefined || kept.length === 0 || raw) return kept
  // As written: the difference of "12.4 %" and "0.1 %" is 12.3 points, whatever the samples behind them are.
  return [...kept, shares ? [x / 100, y / 100, 'ratio'] : [x, y, 'plain']]
}
