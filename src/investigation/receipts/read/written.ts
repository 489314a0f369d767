import { wordsBefore } from './around.ts'
import { boundOf } from './bounds.ts'
import { anyNumeral, foldWords, inWords, numeralValue, partNames, partsNamed } from './numerals.ts'
import { lastPlace, plain, type Quantity, stepOf } from './quantity.ts'
import { during, inheritUnits, joinDurations } from './together.ts'
import { type Reading, readingsOf, unitNames } from './units.ts'

/** All numbers of a text, in order: digits with their units, numbers in words, fractions, multiples and vague ones ("hundreds of"). */
export const quantitiesIn = (text: string): readonly Quantity[] => {
  const found: Quantity[] = []
  const lower = text.toLowerCase()
  for (const [pattern, read, needs] of shapes) {
    if (needs !== undefined && !needs.some((word) => lower.includes(word))) continue
    for (const match of text.matchAll(pattern)) {
      const [from, to] = [match.index, match.index + match[0].length]
      if (found.some((other) => from < other.to && to > other.from)) continue
      const made = read(match, text)
      if (made) found.push(made)
    }
  }
  found.sort((a, b) => a.from - b.from)
  return inheritUnits(joinDurations(found.map(during), text), text)
}

type Rest = Pick<Quantity, 'value' | 'step'> & Partial<Quantity>

const at = (text: string, from: number, to: number, rest: Rest): Quantity => ({
  ...plain,
  bound: boundOf(wordsBefore(text, from, 90), text.slice(to, to + 16)),
  ...rest,
  from,
  to,
  text: text.slice(from, to),
})

const whole = (match: RegExpMatchArray, text: string, rest: Rest): Quantity =>
  at(text, match.index ?? 0, (match.index ?? 0) + match[0].length, rest)

const timeUnit = '(?:second|sec|minute|min|hour|day|week)s?'
const start = '(?<![\\p{L}\\p{N}_.-])'

/** `needs`: one of these stands wherever it fits, in small letters; looking for a word is much quicker than for the pattern. */
type Shape = readonly [RegExp, (match: RegExpMatchArray, text: string) => Quantity | null, needs?: readonly string[]]

/** The first shape that fits a place takes it. */
const shapes: readonly Shape[] = [
  [/(?<![\p{L}\p{N}_.])(?:\d+(?:d|h|m(?!s)))+(?:\d+(?:\.\d+)?s)?(?![\p{L}\p{N}])/giu, (match, text) => compound(match, text)],
  [
    new RegExp(`${start}(?:(half)|(three[- ]quarters|a quarter) of) an? (thousand|million|billion)\\b`, 'giu'),
    (match, text) => {
      const share = match[1] ? 0.5 : /^three/i.test(match[2] ?? '') ? 0.75 : 0.25
      return whole(match, text, { value: share * numeralValue(match[3] ?? ''), step: numeralValue(match[3] ?? '') / 50, form: 'word' })
    },
    ['half', 'quarter'],
  ],
  [
    new RegExp(
      `${start}(?:(half)|(three[- ]quarters|a quarter)) (?:of )?an? (${timeUnit}|percent|percentage point|point|core|cpu)\\b`,
      'giu',
    ),
    (match, text) =>
      whole(match, text, {
        value: match[1] ? 0.5 : /^three/i.test(match[2] ?? '') ? 0.75 : 0.25,
        step: match[1] ? 0.2 : 0.1,
        readings: readingsOf(match[3] ?? '') ?? [{ dimension: 'plain', factor: 1 }],
      }),
    ['half', 'quarter'],
  ],
  [
    new RegExp(`${start}(${anyNumeral}|an?)(?: (${timeUnit}))? and a half(?: (${timeUnit}|times|percentage points))?(?!\\p{L})`, 'giu'),
    (match, text) => {
      const unit = match[2] ?? match[3]
      const value = (/^an?$/i.test(match[1] ?? '') ? 1 : numeralValue(match[1] ?? '')) + 0.5
      return whole(match, text, {
        value,
        step: 0.5,
        ...(unit === 'times' ? { form: 'ratio' } : { readings: readingsOf(unit ?? '') ?? [] }),
      })
    },
    ['and a half'],
  ],
  [
    /(?<!\p{L})(?:(an?|one|two|three|four|five|six) )?orders? of magnitude\b/giu,
    (match, text) => {
      const ten = 10 ** (/^an?$/i.test(match[1] ?? 'a') ? 1 : numeralValue(match[1] ?? 'one'))
      return whole(match, text, { value: ten, step: 0, form: 'ratio', range: [ten / 1.6, ten * 5] })
    },
    ['magnitude'],
  ],
  [
    new RegExp(
      `(?<!\\bfrom (?:about )?)${start}(${anyNumeral}) to (?:1|one)(?=\\s*(?:[.;:)]|,(?!\\d)|$)|\\s+\\p{L})(?!\\s*(?:per|a|an|every|each|%|${timeUnit})\\b)(?!\\.\\d)`,
      'giu',
    ),
    (match, text) => whole(match, text, { value: numeralValue(match[1] ?? ''), step: 0, form: 'ratio' }),
    [' to 1', ' to one'],
  ],
  [
    /(?<!\p{L})(?:tens of |hundreds of )?(?:dozens|hundreds|thousands|millions)(?= of\b| more\b| (?!per\b)\p{L}+)/giu,
    (match, text) => {
      const value = vague[match[0].toLowerCase()] ?? 100
      return whole(match, text, { value, step: 0, form: 'word', range: [value * 1.5, value * 20], bound: null })
    },
    ['dozens', 'hundreds', 'thousands', 'millions'],
  ],
  [
    new RegExp(
      `${start}(${anyNumeral})(?: (?!of\\b)\\p{L}+)? (?:in|out of|in every|of every|out of every) (?:every )?(${anyNumeral})(?![\\p{L}\\d]|[.,]\\d| ?(?:%|percent|s\\b|ms\\b|${timeUnit}\\b))`,
      'giu',
    ),
    (match, text) => partOf(match, text),
    [' in ', ' out of ', ' of every '],
  ],
  [
    /(?<!\p{L})(?:every|each) (?:(second|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?= \p{L}))/giu,
    (match, text) => {
      const many = /^second$/i.test(match[1] ?? '') ? 2 : partsNamed(match[1] ?? '')
      const rated = many === 2 && /\d|requests|errors|messages/i.test(text.slice(Math.max(0, (match.index ?? 0) - 24), match.index))
      return rated ? null : whole(match, text, { value: 1 / many, step: 0, form: 'share' })
    },
    ['every ', 'each '],
  ],
  [
    new RegExp(
      `${start}(?:(a|the|one|two|three|four|five|six|seven|eight|nine|${anyNumeral})[ -])?(${partNames})(?=(?: of\\b|\\s*(?:[.,;:)!]|$)|(?: as\\b)| (?:the|its|that|their|full|lower|higher|less|more|fewer)\\b))`,
      'giu',
    ),
    (match, text) => {
      const count = match[1] === undefined || /^(?:a|the)$/i.test(match[1]) ? 1 : numeralValue(match[1])
      // "the second", "the fifth": an ordinal unless it is a part of something.
      if (
        (match[1] === undefined || /^the$/i.test(match[1])) &&
        !/^\s+of\b/.test(text.slice((match.index ?? 0) + match[0].length)) &&
        match[1] !== undefined
      )
        return null
      const value = count / partsNamed(match[2] ?? '')
      return value > 1 ? null : whole(match, text, { value, step: 0, form: 'share' })
    },
    ['third', 'quarter', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth', 'twentieth', 'hundredth'],
  ],
  [
    /(?<!\p{L})half(?=(?: of\b| the\b| its\b| as\b| that\b| their\b| full\b| (?:all|every)\b))/giu,
    (match, text) => whole(match, text, { value: 0.5, step: 0, form: 'share' }),
    ['half'],
  ],
  [
    /(?<!\p{L})(?:(twice|doubl(?:ed|es|ing)|double (?:the|that|its|what|as))|(tripl(?:ed|es|ing)|trebl(?:ed|es|ing)|triple (?:the|that|its|what)|thrice)|(quadrupl(?:ed|es|ing)|quadruple (?:the|that|its|what))|(halved|halves|halving)|(quintupled))(?!\p{L})/giu,
    (match, text) => whole(match, text, { value: match[1] || match[4] ? 2 : match[2] ? 3 : match[3] ? 4 : 5, step: 0, form: 'ratio' }),
    ['twice', 'doubl', 'tripl', 'trebl', 'thrice', 'quadrupl', 'halv', 'quintupled'],
  ],
  [
    new RegExp(`(?<!\\p{L})(${foldWords})fold\\b`, 'giu'),
    (match, text) => whole(match, text, { value: numeralValue(match[1] ?? ''), step: 0, form: 'ratio' }),
    ['fold'],
  ],
  [
    new RegExp(`${start}(${inWords})(?:-?fold\\b| times\\b(?! (?:in|over|within|since|between|per|a|an|each)\\b))`, 'giu'),
    (match, text) => whole(match, text, { value: numeralValue(match[1] ?? ''), step: 0, form: 'ratio' }),
    ['fold', ' times'],
  ],
  [new RegExp(`${start}${inWords}(?![\\p{L}\\p{N}_])`, 'giu'), (match, text) => words(match, text)],
  [
    /(?<!\p{L})one(?= (?:\p{L}+ )?(?:per|every|each|an?) (?:second|minute|hour)(?!\p{L}))/giu,
    (match, text) => whole(match, text, { value: 1, step: 1, form: 'word' }),
    ['one '],
  ],
  [
    new RegExp(
      `${start}(?:an?|one) (${timeUnit})(?= (?:later|earlier|before|after|ago|apart|prior|into|long|old|in|of|and (?:\\d|[a-z-]+ (?:seconds?|minutes?)))\\b)|(?<=\\b(?:within|for|than|over|under|about|almost|nearly|after|in|least|most|around|roughly|past|last|by) )(?:an?|one) (${timeUnit})(?!\\p{L})`,
      'giu',
    ),
    (match, text) => whole(match, text, { value: 1, step: 1, readings: readingsOf(match[1] ?? match[2] ?? '') ?? [] }),
  ],
  [/(?<![\p{L}\p{N}_.])([+-]?)(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(?:e([+-]?\d{1,3}))?/giu, (match, text) => digits(match, text)],
]

const vague: Readonly<Record<string, number>> = {
  dozens: 12,
  hundreds: 100,
  thousands: 1e3,
  millions: 1e6,
  'tens of thousands': 1e4,
  'hundreds of thousands': 1e5,
  'tens of millions': 1e7,
}

/** "39m52s", "1h20m": one duration, in its smallest unit. */
const compound = (match: RegExpMatchArray, text: string): Quantity | null => {
  const parts = [...match[0].matchAll(/(\d+(?:\.\d+)?)([dhms])/gi)].map(([, count, unit = '']) => ({
    count: Number(count),
    seconds: readingsOf(unit.toLowerCase())?.find(({ dimension }) => dimension === 'time')?.factor ?? 1,
  }))
  const smallest = parts.at(-1)?.seconds ?? 1
  if (parts.length < 2) return null
  const value = parts.reduce((sum, { count, seconds }) => sum + count * seconds, 0) / smallest
  return whole(match, text, { value, step: 1, readings: [{ dimension: 'time', factor: smallest }] })
}

/** "One in eight", "seven out of ten": a share, or two numbers. */
const partOf = (match: RegExpMatchArray, text: string): Quantity | null => {
  const [, part = '', all = ''] = match
  const [count, of] = [numeralValue(part), numeralValue(all)]
  if (!(count < of) || count === 0) return null
  const from = match.index ?? 0
  const after = from + match[0].length
  const number = (written: string, place: number): Quantity =>
    at(text, place, place + written.length, {
      value: numeralValue(written),
      step: stepOf(String(numeralValue(written))),
      form: /^\d/.test(written) ? 'number' : 'word',
    })
  const instead = [...(/^one$/i.test(part) ? [] : [number(part, from)]), number(all, after - all.length)]
  const slack = Math.min(0.5, count * 0.15) / of
  const [low, high] = count === 1 ? [1 / (of * 1.15), 1 / (of * 0.85)] : [count / of - slack, count / of + slack]
  // "One in three" is never two numbers, "one out of two" may be.
  const two = count === 1 && !/\bof\b/i.test(match[0]) ? {} : { instead }
  const made = whole(match, text, { value: count / of, step: 0, form: 'share', ...two })
  return made.bound === 'over' || made.bound === 'under' || made.bound === 'least' ? made : { ...made, range: [low, high] }
}

/** "one" alone is a pronoun more often than a number. */
const words = (match: RegExpMatchArray, text: string): Quantity | null => {
  const from = match.index ?? 0
  const end = from + match[0].length
  const unit = unitAt(text.slice(end, end + 60))
  // "Practically zero" is a word for little.
  if (
    /^one$/i.test(match[0]) ||
    (/^zero$/i.test(match[0]) && /\b(?:practically|virtually|nearly|almost|next to|close to|near)\s+$/i.test(text.slice(0, from)))
  )
    return null
  const value = numeralValue(match[0])
  return at(text, from, end + (unit?.length ?? 0), {
    value,
    step: value >= 100 ? lastPlace(value) / 10 : 1,
    readings: unit?.readings ?? [],
    form: 'word',
  })
}

const escaped = unitNames.map((name) => name.replace('/', '\\/'))
const unitAfter = new RegExp(`^(?:[ -]?(${escaped.join('|')})(?![\\p{L}\\p{N}_]))`, 'u')
const unitAfterAnyCase = new RegExp(`^(?:[ -]?(percent|${escaped.filter((name) => name.length > 3).join('|')})(?![\\p{L}\\p{N}_]))`, 'iu')
/** Units of one letter stand at the number: "5 m" and "4 k" are seldom a unit, "5 s", "3 h" and "2 d" often. */
const attachedOnly = new Set(['m', 'w', 'k', 'K', 'M', 'G', 'B', 'ki', 'mi', 'gi', 'ti'])
const rateAfter = /^(?:\s+[\p{L}/-]+){0,3}?\s*(?:\b(?:per|an?|each|every)\s+|\/\s*)(second|sec|s|minute|min|hour|h)\b/iu

const digits = (match: RegExpMatchArray, text: string): Quantity => {
  const [number, sign = '', integer = '', fraction = '', exponent] = match
  const from = match.index ?? 0
  const end = from + number.length
  const rest = text.slice(end, end + 60)
  // What runs on into letters without being a unit is part of a name; names were taken out before.
  const unit = unitAt(rest)
  const power = exponent === undefined ? 1 : 10 ** Number(exponent)
  const bare = integer.replaceAll(',', '')
  const times = /^(?:\s?[x×](?![\p{L}\p{N}])|[ -]?(?:times|fold)\b)/iu.exec(rest)
  return at(text, from, end + (times?.[0].length ?? unit?.length ?? 0), {
    value: Number(`${sign === '-' ? '-' : ''}${bare}${fraction}`) * power,
    step: stepOf(bare + fraction) * power,
    readings: unit?.readings ?? [],
    sign: sign === '+' || sign === '-' ? sign : null,
    form: times ? 'ratio' : 'number',
  })
}

const unitAt = (rest: string): { length: number; readings: readonly Reading[] } | null => {
  const match = unitAfter.exec(rest) ?? unitAfterAnyCase.exec(rest)
  const name = match?.[1]
  const apart = match !== null && name !== undefined && match[0].length > name.length
  if (match && name && !(attachedOnly.has(name) && apart && !/^ [kKM]$/.test(match[0]))) {
    // "1.2k requests per second" is still a plain number; "1,204 errors per minute" is read per second as well.
    return { length: match[0].length, readings: readingsOf(name) ?? [] }
  }
  const per = rateAfter.exec(rest)?.[1]?.toLowerCase()
  if (!per || /^\s*[,;:.]/.test(rest)) return null
  const key = per.startsWith('m') ? 'per minute' : per.startsWith('h') ? 'per hour' : 'per second'
  return { length: 0, readings: readingsOf(key) ?? [] }
}
