import type { Entry } from './cover.ts'
import { type Cues, cuesAround } from './cues.ts'
import { fits, type Quantity } from './quantity.ts'
import type { Dimension } from './units.ts'

/** Pairs are compared two by two; a sentence with more covered numbers than this is not about a difference of two of them. */
const POOL = 16

/**
 * Whether a number is a difference, a ratio, a share, a sum, a pace or the rest to a whole of covered numbers, of the values as stored or
 * as written in the receipts. Each needs a word that says so, since a number that merely happens to be some ratio is not supported; only
 * the two ends of one change may be set against each other without.
 */
export const derives = (quantity: Quantity, sentence: string, { entries, implied }: Sources): boolean => {
  const cues = cuesAround(quantity, sentence)
  if (isPace(quantity, sentence, entries) || isRest(quantity, sentence, entries)) return true
  const pool = entries.filter(
    (entry) => entry.from === 'statistic' || entry.from === 'count' || entry.from === 'quote' || (entry.from === 'limit' && cues.limit),
  )
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
  return cues.sum && fitsSum(quantity, pool)
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
  return entries.some(({ spans = [], bases }) =>
    spans.some((span) =>
      units.some(({ dimension, factor }) =>
        bases.some((one) => one.dimension === dimension && fits(quantity, (Math.abs(one.base) / span / factor) * seconds)),
      ),
    ),
  )
}

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

const isRest = (quantity: Quantity, sentence: string, entries: readonly Entry[]): boolean => {
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
      (dimension !== 'ratio' || cues.asMany) &&
      x > 0 &&
      y >= 0 &&
      ((!taken && fits(quantity, y / x)) || (!kept && y < x && fits(quantity, (x - y) / x))),
  )
}

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
    if (quantity.form === 'share' && fits(quantity, part)) return true
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

/** Of all, or of two, in the unit in which it is written. */
const fitsSum = (quantity: Quantity, pool: readonly Entry[]): boolean => {
  const units = quantity.readings.length > 0 ? quantity.readings : [{ dimension: 'plain' as const, factor: 1 }]
  return units.some(({ dimension, factor }) => {
    const values = pool.map(({ bases }) => bases.find((one) => one.dimension === dimension)?.base).filter((value) => value !== undefined)
    if (values.length < 2) return false
    const total = values.reduce((sumOfAll, value) => sumOfAll + value, 0)
    const two =
      values.length <= POOL && values.some((a, first) => values.some((b, second) => second > first && fits(quantity, (a + b) / factor)))
    return two || fits(quantity, total / factor)
  })
}
