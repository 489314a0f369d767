import type { Entry } from './cover.ts'
import { fits, type Quantity } from './quantity.ts'
import type { Dimension } from './units.ts'

/** Pairs are compared two by two; a sentence with more covered numbers than this is not about a difference of two of them. */
const POOL = 12

/**
 * Whether a number is a difference, a ratio, a share or a sum of covered numbers, of the values as stored or as written in the
 * receipts. Each needs a word that says so: a number that merely happens to be some ratio is not supported.
 */
export const derives = (quantity: Quantity, sentence: string, entries: readonly Entry[]): boolean => {
  const cues = cuesAround(quantity, sentence)
  if (isPace(quantity, sentence, entries)) return true
  const pool = entries.filter(
    (entry) => entry.from === 'statistic' || entry.from === 'count' || entry.from === 'quote' || (entry.from === 'limit' && cues.limit),
  )
  if (pool.length < 2 || pool.length > POOL) return cues.sum && fitsSum(quantity, pool)
  for (let first = 0; first < pool.length; first++) {
    for (let second = first + 1; second < pool.length; second++) {
      const [a, b] = [pool[first], pool[second]]
      if (a && b && !sameChange(a, b) && fitsPair(quantity, cues, [a, b])) return true
    }
  }
  return cues.sum && fitsSum(quantity, pool)
}

/** "5 MiB a minute": a change by the time that it took. */
const isPace = (quantity: Quantity, sentence: string, entries: readonly Entry[]): boolean => {
  const per = /^\s*(?:[\p{L}-]+\s+){0,2}?(?:per|a|an|each|every|\/)\s*(second|sec|minute|min|hour|day)\b/iu
    .exec(sentence.slice(quantity.to))?.[1]
    ?.toLowerCase()
  if (per === undefined) return false
  const seconds = per.startsWith('s') ? 1 : per.startsWith('m') ? 60 : per.startsWith('h') ? 3600 : 86400
  const units = quantity.readings.length > 0 ? quantity.readings : [{ dimension: 'plain' as const, factor: 1 }]
  return entries.some(({ span, bases }) => {
    if (span === undefined) return false
    return units.some(({ dimension, factor }) =>
      bases.some((one) => one.dimension === dimension && fits(quantity, (Math.abs(one.base) / span / factor) * seconds)),
    )
  })
}

type Cues = {
  readonly change: boolean
  readonly share: boolean
  readonly ratio: boolean
  readonly sum: boolean
  readonly limit: boolean
  readonly to: boolean
  readonly percent: boolean
}

const change =
  /\b(?:by|more|less|fewer|higher|lower|longer|shorter|slower|faster|earlier|later|up|down|above|below|over|under|difference|delta|gap|rose|risen|rises?|fell|falls?|fallen|grew|grown|grows?|drop(?:s|ped)?|increased?s?|decreased?s?|jump(?:s|ed)?|climb(?:s|ed)?|gained?|lost|shrank|shrunk|change[ds]?|moved?|differs?|on (?:yesterday|last|the day)|than|compared|against|versus|vs|improved|worsened|left|free|unused|available|idle|unassigned|remain(?:s|ing)?|spare|missing|apart|within)\b/i
const share =
  /\b(?:of|share|full|used|use|uses|usage|utili[sz]\w*|capacity|quota|limit|busy|taken|occupied|filled|saturat\w*|account\w*|make up|makes up|free|left|fraction|ratio)\b|\(/i
const ratio = /\b(?:times|fold|factor|ratio|as (?:many|much|often|high|long|slow|fast|large|big)|x)\b|×/i
const sum = /\b(?:total|together|combined|sum|altogether|in all|overall)\b/i

const cuesAround = (quantity: Quantity, sentence: string): Cues => {
  const around = `${sentence.slice(Math.max(0, quantity.from - 60), quantity.from)} # ${sentence.slice(quantity.to, quantity.to + 45)}`
  return {
    change: change.test(around) || quantity.sign !== null,
    share: share.test(around),
    ratio: quantity.form === 'ratio' || ratio.test(around),
    sum: sum.test(around),
    to: /\bto\s+(?:about |only |just )?$/i.test(sentence.slice(0, quantity.from)),
    limit: /\b(?:limit|threshold|target|budget|allowed|SLO)\b/i.test(around),
    percent: quantity.readings.some(({ dimension }) => dimension === 'ratio'),
  }
}

const fitsPair = (quantity: Quantity, cues: Cues, pair: readonly [Entry, Entry]): boolean =>
  operands(pair).some(([x, y, dimension]) => {
    const factors = quantity.readings.filter((reading) => reading.dimension === dimension).map(({ factor }) => factor)
    const units = factors.length > 0 ? factors : quantity.readings.length === 0 || quantity.inherited ? [1] : []
    const signed = (value: number): boolean => fits(quantity, quantity.sign === '-' ? -Math.abs(value) : Math.abs(value))
    if (
      cues.change &&
      quantity.form !== 'share' &&
      !(cues.percent && dimension !== 'ratio') &&
      units.some((factor) => signed((y - x) / factor))
    ) {
      return signAllows(quantity, pair, y - x)
    }
    if (cues.ratio && !cues.percent && x !== 0 && y !== 0 && (fits(quantity, y / x) || fits(quantity, x / y))) return true
    const part =
      Math.max(Math.abs(x), Math.abs(y)) === 0 ? Number.NaN : Math.min(Math.abs(x), Math.abs(y)) / Math.max(Math.abs(x), Math.abs(y))
    if (quantity.form === 'share' && fits(quantity, part)) return true
    if (!cues.percent) return false
    // A share of two shares, or how much a share grew relative to itself, is not what a percentage is read as.
    if (dimension === 'ratio') return false
    if (cues.share && (pair.some(({ place }) => place === undefined) || cues.to) && fits(quantity, part * 100)) return true
    return cues.change && relative(x, y, pair).some((value) => signed(value * 100) && signAllows(quantity, pair, value))
  })

/** A change and the values that it lies between say the same thing. */
const sameChange = (a: Entry, b: Entry): boolean =>
  a.evidence === b.evidence && ((a.statistic === 'change' && b.place !== undefined) || (b.statistic === 'change' && a.place !== undefined))

/** A sign must be the one of the change where it is known which value came first. */
const signAllows = (quantity: Quantity, [a, b]: readonly [Entry, Entry], difference: number): boolean =>
  quantity.sign === null || !ordered(a, b) || (quantity.sign === '+' ? difference >= 0 : difference <= 0)

const relative = (x: number, y: number, [a, b]: readonly [Entry, Entry]): number[] => {
  const forward = x === 0 ? [] : [(y - x) / Math.abs(x)]
  return ordered(a, b) || y === 0 ? forward : [...forward, (x - y) / Math.abs(y)]
}

const ordered = (a: Entry, b: Entry): boolean =>
  (a.place !== undefined && b.place !== undefined) || (a.at !== undefined && b.at !== undefined && a.at !== b.at)

/** The two values in one dimension, the earlier one first: as stored, and as the receipts write them. */
const operands = ([a, b]: readonly [Entry, Entry]): readonly (readonly [number, number, Dimension])[] => {
  const swap = a.place === 'last' || b.place === 'first' || (a.place === undefined && b.place === undefined && (a.at ?? 0) > (b.at ?? 0))
  const [early, late] = swap ? [b, a] : [a, b]
  const found: (readonly [number, number, Dimension])[] = []
  for (const one of early.bases) {
    for (const other of late.bases) if (one.dimension === other.dimension) found.push([one.base, other.base, one.dimension])
  }
  const shares = found.some(([, , dimension]) => dimension === 'ratio')
  const kept = shares ? found.filter(([, , dimension]) => dimension !== 'plain') : found
  const [x, y] = [early.numerals.at(-1), late.numerals.at(-1)]
  if (x === undefined || y === undefined || kept.length === 0) return kept
  // As written: the difference of "12.4 %" and "0.1 %" is 12.3 points, whatever the samples behind them are.
  return [...kept, shares ? [x / 100, y / 100, 'ratio'] : [x, y, 'plain']]
}

const fitsSum = (quantity: Quantity, pool: readonly Entry[]): boolean => {
  const values = pool.map(({ bases }) => bases.find(({ dimension }) => dimension === 'plain')?.base).filter((value) => value !== undefined)
  if (values.length < 2) return false
  if (
    fits(
      quantity,
      values.reduce((total, value) => total + value, 0),
    )
  )
    return true
  return values.length <= POOL && values.some((a, first) => values.some((b, second) => second > first && fits(quantity, a + b)))
}
