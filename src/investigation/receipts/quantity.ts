import { type Reading, readingsOf, unitNames } from './units.ts'

/** A number as it is written in a text, with what it says of its own precision. */
export type Quantity = {
  readonly from: number
  readonly to: number
  readonly text: string
  /** As written, without its unit; signed only when the sign is written. */
  readonly value: number
  /** The last digit's place: 12.4 has 0.1, 12 has 1. What is rounded lies within half of it. */
  readonly step: number
  /** Empty: no unit. Several where the unit is ambiguous. */
  readonly readings: readonly Reading[]
  /** The unit stands only at the next number ("40 to 310 ms"): it may or may not be meant. */
  readonly inherited?: true
  readonly sign: '+' | '-' | null
  readonly bound: 'about' | 'least' | 'most' | 'over' | 'under' | null
  /** 'ratio': "3 times", "doubled"; 'share': "half of", "a third of"; 'word': "three". */
  readonly form: 'number' | 'ratio' | 'share' | 'word'
}

/** All numbers of a text, in order: digits with their units, and the few that are written as words. */
export const quantitiesIn = (text: string): readonly Quantity[] => {
  const inWords = spelled(text)
  const inDigits = written(text).filter(({ from, to }) => !inWords.some((other) => from < other.to && to > other.from))
  const found = [...inDigits, ...inWords].sort((a, b) => a.from - b.from)
  return inheritUnits(joinDurations(found.map(during), text), text)
}

/** "Over 41 minutes" is as often how long it took as more than that. */
const during = (quantity: Quantity): Quantity =>
  quantity.bound === 'over' && quantity.readings.some(({ dimension }) => dimension === 'time') ? { ...quantity, bound: 'least' } : quantity

/** A number that came as a number: its precision is read off its shortest writing (12.4 says one decimal). */
export const quantityOf = (value: number, unit: string | undefined): Quantity => {
  const readings = unit === undefined ? [] : (readingsOf(unit.trim()) ?? [])
  return {
    from: 0,
    to: 0,
    text: String(value),
    value,
    step: stepOf(String(Math.abs(value))),
    readings,
    sign: null,
    bound: null,
    form: 'number',
  }
}

/**
 * Whether `x`, in the unit in which the quantity is written, is what was written. Rounding: within half of the last digit; a bound
 * ("more than 1,000") reaches up to one more of its last digit that is not 0; "about" up to half of that or 10 %, whichever is less.
 */
export const fits = (quantity: Quantity, x: number): boolean => {
  if (!Number.isFinite(x)) return false
  const { value, bound } = quantity
  const place = Math.max(lastPlace(Math.abs(value)), quantity.step < 1 ? quantity.step : 0)
  const half = value === 0 ? Math.min(quantity.step / 2, 0.05) : quantity.step / 2
  const slack = half + Math.max(Math.abs(value), Math.abs(x)) * 1e-9
  if (quantity.step === 0) {
    // Words such as "doubled" and "half" are coarse: within a tenth, "more than twice" up to half as much again.
    if (bound === 'least' || bound === 'over') return x >= value && x <= value * 1.5
    return Math.abs(x - value) <= value * (quantity.form === 'share' ? 0.2 : bound === 'about' ? 0.15 : 0.1)
  }
  if (bound === 'over') return x > value && x <= value + place
  if (bound === 'under') return x < value && x >= (round.test(String(value)) ? 0 : value - place)
  if (Math.abs(x - value) <= slack) return true
  if (bound === 'about') return Math.abs(x - value) <= Math.min(Math.max(place / 2, half), Math.max(Math.abs(value) * 0.1, half))
  if (bound === 'least') return x >= value && x <= value + place
  // A round limit is an honest way to say "small": below 1 % for 0.1 %. An odd one (below 1.3 %) must be near.
  if (bound === 'most') return x <= value && x >= value * 0.9
  return false
}

const round = /^[125]0*$/

const number = /(?<![\p{L}\p{N}_.])([+-]?)(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(?:e([+-]?\d{1,3}))?/giu
const escaped = unitNames.map((name) => name.replace('/', '\\/'))
const unitAfter = new RegExp(`^(?:[ -]?(${escaped.join('|')})(?![\\p{L}\\p{N}_]))`, 'u')
const unitAfterAnyCase = new RegExp(`^(?:[ -]?(percent|${escaped.filter((name) => name.length > 3).join('|')})(?![\\p{L}\\p{N}_]))`, 'iu')
/** Units of one letter stand at the number: "5 m" and "4 k" are seldom a unit, "5 s", "3 h" and "2 d" often. */
const attachedOnly = new Set(['m', 'w', 'k', 'K', 'M', 'G', 'B', 'ki', 'mi', 'gi', 'ti'])
const rateAfter = /^(?:\s+[\p{L}/-]+){0,3}?\s*(?:\bper|\ba|\ban|\beach|\bevery|\/)\s*(second|sec|s|minute|min|hour|h)\b/iu

const written = (text: string): Quantity[] => {
  const found: Quantity[] = []
  for (const match of text.matchAll(number)) {
    const [whole, sign = '', integer = '', fraction = '', exponent] = match
    const from = match.index
    const at = from + whole.length
    const rest = text.slice(at, at + 60)
    // What runs on into letters without being a unit is part of a name; names were taken out before.
    const unit = unitAt(rest)
    const power = exponent === undefined ? 1 : 10 ** Number(exponent)
    const digits = integer.replaceAll(',', '')
    const times = /^(?:\s?[x×](?![\p{L}\p{N}])|[ -]?(?:times|fold)\b)/iu.exec(rest)
    found.push({
      from,
      to: at + (times?.[0].length ?? unit?.length ?? 0),
      text: whole + (times?.[0] ?? unit?.text ?? ''),
      value: Number(`${sign === '-' ? '-' : ''}${digits}${fraction}`) * power,
      step: stepOf(digits + fraction) * power,
      readings: unit?.readings ?? [],
      sign: sign === '+' || sign === '-' ? sign : null,
      bound: boundBefore(text.slice(Math.max(0, from - 28), from)) ?? (/^\+(?!\d)/.test(rest.slice(unit?.length ?? 0)) ? 'least' : null),
      form: times ? 'ratio' : 'number',
    })
  }
  return found
}

const unitAt = (rest: string): { text: string; length: number; readings: readonly Reading[] } | null => {
  const match = unitAfter.exec(rest) ?? unitAfterAnyCase.exec(rest)
  const name = match?.[1]
  if (match && name && !(attachedOnly.has(name) && match[0].length > name.length)) {
    const readings = readingsOf(name) ?? []
    // "1.2k requests per second" is still a plain number; "1,204 errors per minute" is read per second as well.
    return { text: match[0], length: match[0].length, readings }
  }
  const per = rateAfter.exec(rest)?.[1]?.toLowerCase()
  if (!per || /^\s*[,;:.]/.test(rest)) return null
  const key = per.startsWith('m') ? 'per minute' : per.startsWith('h') ? 'per hour' : 'per second'
  return { text: '', length: 0, readings: readingsOf(key) ?? [] }
}

/** Trailing zeros of a large number are rounding: 1,300,000,000 has two digits. Below 100,000 every digit counts. */
const stepOf = (digits: string): number => {
  const [, fraction = ''] = digits.split('.')
  const exponent = /e([+-]?\d+)$/i.exec(digits)?.[1]
  if (exponent !== undefined) {
    const mantissa = digits.replace(/e.*$/i, '')
    return 10 ** (Number(exponent) - (mantissa.split('.')[1]?.length ?? 0))
  }
  if (fraction !== '') return 10 ** -fraction.length
  const value = Number(digits)
  return value >= 1e5 && /[1-9].*[1-9]0+$/.test(digits) ? lastPlace(value) : 1
}

const lastPlace = (value: number): number => {
  if (!Number.isInteger(value) || value === 0) return 0
  let place = 1
  while (value % (place * 10) === 0 && place < 1e15) place *= 10
  return place
}

const about =
  /(?:\babout|\bapprox(?:imately|\.)?|\baround|\broughly|\bcirca|\bnearly|\balmost|\bsome|\bclose to|\bjust (?:over|under|above|below)|\bslightly (?:over|under|above|below)|[~≈])\s*$/i
const least = /(?:\bat least|\bno (?:less|fewer) than|\bupwards of|>=|≥)\s*(?:(?:the|its|a|an|their) )?$/i
const most = /(?:\bat most|\b(?:no|not|never)\s+(?:\w+\s+)?(?:more than|over|above)|<=|≤)\s*(?:(?:the|its|a|an|their) )?$/i
const over = /(?:\bmore than|\bover|\babove|\bbeyond|\bexceed(?:s|ed|ing)?|\bgreater than|>)\s*(?:(?:the|its|a|an|their) )?$/i
const under = /(?:\bless than|\bfewer than|\bunder|\bbelow|<)\s*(?:(?:the|its|a|an|their) )?$/i

const boundBefore = (before: string): Quantity['bound'] => {
  if (about.test(before)) return 'about'
  if (most.test(before)) return 'most'
  if (least.test(before)) return 'least'
  return over.test(before) ? 'over' : under.test(before) ? 'under' : null
}

const words = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve']
const spelledOut =
  /(?<![\p{L}\p{N}-])(?:(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|zero)(-?fold\b| times\b)?(?=[\s,.;:)-]|$)|(twice)\b|(half an hour)\b|(half) (?:of|the|its|as)\b|(doubl(?:ed|es|ing)|double (?:the|that|its|what|as))\b|(tripled|trebled|triple (?:the|that|its))\b|(quadrupled)\b|(halved|halves)\b|(?:every (second|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b)|(?:(?:a|one|two|three|the) )?(third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?(?: of\b|(?=\s*(?:[.,;:)]|$)))|(?:one|1) (?:\p{L}+ )?(?:in|out of) (?:every )?(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+)\b)/giu

const spelled = (text: string): Quantity[] =>
  [...text.matchAll(spelledOut)].map((match) => {
    const [whole, word, fold, twice, halfHour, half, double, triple, quadruple, halved, every, part, oneIn] = match
    const from = match.index
    const made = (value: number, form: Quantity['form'], step: number): Quantity => {
      const unit = form === 'word' ? unitAt(text.slice(from + whole.length, from + whole.length + 30)) : null
      const bound = boundBefore(text.slice(Math.max(0, from - 28), from))
      const to = from + whole.length + (unit?.length ?? 0)
      return { from, to, text: text.slice(from, to), value, step, readings: unit?.readings ?? [], sign: null, bound, form }
    }
    if (word) return made(wordValue(word), fold ? 'ratio' : 'word', fold ? 0 : 1)
    if (twice) return made(2, 'ratio', 0)
    if (halfHour) return { ...made(30, 'number', 10), readings: readingsOf('min') ?? [] }
    if (half) return made(0.5, 'share', 0)
    if (double || halved) return made(2, 'ratio', 0)
    if (triple) return made(3, 'ratio', 0)
    if (quadruple) return made(4, 'ratio', 0)
    if (oneIn) return made(1 / (Number(oneIn) || wordValue(oneIn)), 'share', 0)
    if (every) return made(1 / (fractions[every.toLowerCase()] ?? 2), 'share', 0)
    const parts = /^two/i.test(whole) ? 2 : /^three/i.test(whole) ? 3 : 1
    return made(parts / (fractions[part?.toLowerCase() ?? ''] ?? 1), 'share', 0)
  })

const fractions: Readonly<Record<string, number>> = {
  third: 3,
  quarter: 4,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
}

const wordValue = (word: string): number => {
  const tens = ['twenty', 'thirty', 'forty', 'fifty'].indexOf(word.toLowerCase())
  if (tens >= 0) return (tens + 2) * 10
  const at = words.indexOf(word.toLowerCase())
  return at < 0 ? 0 : at + 2
}

/** "4m30s" and "1 h 20 min" are one duration. */
const joinDurations = (found: readonly Quantity[], text: string): Quantity[] => {
  const joined: Quantity[] = []
  for (const quantity of found) {
    const last = joined.at(-1)
    const big = last?.readings.find((reading) => reading.dimension === 'time')
    const small = quantity.readings.find((reading) => reading.dimension === 'time')
    if (last && big && small && small.factor < big.factor && /^(\s|\sand\s)?$/.test(text.slice(last.to, quantity.from))) {
      const value = (last.value * big.factor) / small.factor + quantity.value
      joined[joined.length - 1] = { ...quantity, from: last.from, text: text.slice(last.from, quantity.to), value, bound: last.bound }
    } else joined.push(quantity)
  }
  return joined
}

/** "from 40 to 310 ms": the first number has the second one's unit. */
const inheritUnits = (found: readonly Quantity[], text: string): Quantity[] =>
  found.map((quantity, index) => {
    const next = found[index + 1]
    if (!next || quantity.readings.length > 0 || next.readings.length === 0 || quantity.form !== 'number') return quantity
    const between = text.slice(quantity.to, next.from)
    return /^\s*(?:to|→|->|-|and|or|vs\.?|versus|against|up to|then)\s*$/i.test(between)
      ? { ...quantity, readings: next.readings, inherited: true }
      : quantity
  })
