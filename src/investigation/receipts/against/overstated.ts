import type { Cover } from '../cover/cover.ts'
import type { Mentions } from '../read/mentions.ts'
import { failures, negations } from './negation.ts'

/** What a sentence says more, or better, or the opposite of than its receipts, as a reason: all of a part, healthy of a failure, added of removed. */
export const saysMore = (mentions: Mentions, covers: readonly Cover[]): string | null =>
  everyOne(mentions, covers) ??
  praised(mentions, covers) ??
  overstated(mentions, covers) ??
  opposite(mentions, covers) ??
  noneOfCounted(mentions, covers)

const fails =
  /^(?:\S+ ){1,6}?(?:fails?|errors?|time out|return|get|end|crash|are (?:failing|down|affected|broken|rejected)|is (?:failing|down|affected|broken|rejected))\b/i

/** "All requests fail" of a share of them, "every query takes longer" of a quantile. */
const everyOne = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const gone =
    /\b(?:all|every|each)\b[^,;.]*\b(?:gone|lost|dead|down|disconnected|missing|vanished)\b|\b(?:no|none|nothing)\b[^,;.]*\b(?:left|remain\w*|alive)\b/i.exec(
      text,
    )
  const last = covers.flatMap(({ course }) => course?.points.at(-1)?.[1] ?? [])
  if (gone && last.length > 0 && last.every((value) => value !== 0) && !/\b(?:but|except|almost|nearly|not)\b/i.test(text))
    return `it says "${gone[0]}", but the last sample is not 0`
  const both = /\bboth\b(?![^,;.]* and )/i.test(text) && covers.length === 1
  if (
    both &&
    covers.every(
      ({ entries, together }) =>
        together.every(({ length }) => length !== 2) &&
        entries.every(
          ({ numerals, from }) => !numerals.includes(2) || (from === 'structure' && covers.every(({ shows }) => shows === 'value')),
        ),
    )
  )
    return '"both" needs receipts of two'
  const said =
    /(?<!\bof )(?:\b(?:all|every|each)\b(?! \w+ (?:pods?|versions?|nodes?|instances?))(?: (?:of )?(?:the|its|their))?(?: [\p{L}\d.-]+){0,3}? (?:logins?|requests?|calls?|quer(?:y|ies)|responses?|transactions?|orders?|users?|customers?|lookups?|messages?|traffic)\b|\beverything\b|\b(?:completely|totally|entirely) (?:down|failing|broken))/iu.exec(
      text,
    )
  if (!said || quantities.some(({ form, readings }) => form === 'share' || readings.some(({ dimension }) => dimension === 'ratio')))
    return null
  const values = covers.filter(({ shows }) => shows === 'value')
  const quantile = values.length > 0 && values.every(({ context }) => /quantile/.test(context))
  const universal = values.length > 0 && values.length === covers.length && fails.test(text.slice(said.index))
  const share =
    values.length > 0 &&
    values.every(({ entries }) => entries.some(({ bases }) => bases.some(({ dimension, base }) => dimension === 'ratio' && base < 0.97)))
  return quantile ||
    share ||
    (universal &&
      !values.some(({ entries }) =>
        entries.some(({ bases }) => bases.some(({ dimension, base }) => dimension === 'ratio' && base >= 0.97)),
      ))
    ? `"${said[0].trim()}" says more than its receipts, which measure a part`
    : null
}

const works =
  /\b(?:could|can|able to|managed to|successfully|succeed\w*|works?|worked|working|healthy|fine|reachable|connected|restored|recover(?:s|ed)|resumed|re-?established|came back|responds?|responded|ready)\b/gi

/** "Could connect", where the words tell of a failure; "ready" of 0/1. */
const praised = ({ text }: Mentions, covers: readonly Cover[]): string | null => {
  const quotes = covers.flatMap(({ quote }) => quote ?? [])
  const shares = quotes.flatMap((quote) =>
    [...quote.matchAll(/(?<![\d/])(\d+)\/(\d+)(?![\d/])/g)].map(([, ready, all]) => [Number(ready), Number(all)] as const),
  )
  const ready = /\b(?:ready|up|available)\b/i.test(text) && shares.length > 0
  const no = /(?:\b(?:not|never|no|none|neither|nor|only|without|hardly|barely|un\w+)\b|n't)/i.test(text)
  const unready =
    /(?:\b(?:not|never|no|none|neither|nor|only|without|hardly|barely)\b|n't)[^,;.]*\b(?:ready|up|available)\b|\bunready\b|\bunavailable\b/i.test(
      text,
    )
  if (ready && !unready && shares.every(([some, all]) => some < all))
    return `it says ready, but the quoted words say ${shares[0]?.join('/')}`
  if (ready && /\b(?:none|no|neither)\b/i.test(text) && shares.some(([some, all]) => some === all && all > 0))
    return 'one of them is ready by the quoted words'
  if (quotes.length === 0 || quotes.length < covers.length || no || (text.match(failures) ?? []).length > 0) return null
  const praise = [...text.matchAll(works)].filter(({ 0: word }) => !/^ready$/i.test(word))
  return praise.length > 0 &&
    quotes.every((quote) => (quote.match(failures) ?? []).length > 0 && !/\b(?:ok|healthy|recovered|success\w*|succeeded)\b/.test(quote))
    ? `it says "${praise[0]?.[0]}", but the quoted words tell of a failure`
    : null
}

const extreme = /\b(?:saturated|maxed out|pegged|exhausted|overloaded|completely full|at (?:its|the) limit|starved)\b/i

/** "Saturated" of 22 %, "keep restarting" of a count of 0. */
const overstated = ({ text }: Mentions, covers: readonly Cover[]): string | null => {
  if (
    covers.length === 0 ||
    covers.some(({ shows }) => shows !== 'value') ||
    negations.test(text) ||
    /\b(?:0|not|far from|rather than)\b/.test(text)
  )
    return null
  const values = covers.flatMap(({ entries }) => entries.filter(({ from }) => from === 'statistic'))
  const shares = values.flatMap(({ bases }) => bases.filter(({ dimension }) => dimension === 'ratio').map(({ base }) => base))
  const word = extreme.exec(text)?.[0]
  if (word !== undefined && shares.length > 0 && shares.length === values.length && shares.every((share) => share < 0.6))
    return `"${word}" says more than ${values[0]?.says}`
  if (
    /\b(?:plenty|ample|lots|enough|many|several|numerous|frequent)\b/i.test(text) &&
    values.length > 0 &&
    values.every(({ numerals }) => numerals[0] === 0)
  )
    return `the value is 0: ${values[0]?.says}`
  const event = /\b(?:restart\w*|crash\w*|fail(?:s|ed|ing)?|errors?|timeouts?|evict\w*|drop(?:s|ped))\b/i.exec(text)?.[0]
  const counted = covers.every(({ context }) => /restart|error|fail|5\.\.|timeout|evict|drop|crash|exception/.test(context))
  return event !== undefined && counted && values.length > 0 && values.every(({ numerals }) => numerals[0] === 0)
    ? `it speaks of "${event}", but the value is 0`
    : null
}

/** Deeds that undo each other. */
const deeds: readonly (readonly [RegExp, RegExp])[] = [
  [/\badd(?:s|ed|ing)?\b/i, /\bremov(?:es?|ed|ing)\b|\bdrop(?:s|ped)\b/i],
  [/\benabl(?:es?|ed|ing)\b|\b(?:switched|turned) on\b/i, /\bdisabl(?:es?|ed|ing)\b|\b(?:switched|turned) off\b/i],
  [/\bopen(?:s|ed|ing)?\b/i, /\bclos(?:es?|ed|ing)\b/i],
  [/\bcreat(?:es?|ed|ing)\b/i, /\bdelet(?:es?|ed|ing)\b/i],
  [/\bacquir(?:es?|ed)\b/i, /\breleas(?:es?|ed) (?:the |its |a )?(?:lock|connection|lease)/i],
  [/\b(?:joins?|joined)\b/i, /\b(?:leaves?|left) (?:the )?(?:cluster|group|ring)/i],
  [/\bmount(?:s|ed)\b/i, /\bunmount(?:s|ed)\b/i],
  [/\bstarted\b|\bstarting\b/i, /\bstopped\b|\bstopping\b/i],
]

const opposite = ({ text }: Mentions, covers: readonly Cover[]): string | null => {
  const quotes = covers.flatMap(({ quote }) => quote ?? [])
  if (quotes.length === 0 || quotes.length < covers.length || negations.test(text)) return null
  for (const [one, other] of deeds.flatMap(([a, b]) => [[a, b] as const, [b, a] as const])) {
    const said = one.exec(text)?.[0]
    if (said !== undefined && !other.test(text) && quotes.some((quote) => other.test(quote)) && !quotes.some((quote) => one.test(quote)))
      return `it says "${said}", but the quoted words say the opposite`
  }
  return null
}

/** "No pod is running", where two were counted; "without restarts" of seven. */
const noneOfCounted = ({ text }: Mentions, covers: readonly Cover[]): string | null => {
  const none = /\b(?:no|none|neither|never|without|zero)\b((?:\s+[\p{L}-]+){1,5})/iu.exec(text)?.[1]?.toLowerCase()
  if (none === undefined) return null
  const counted = covers.find(({ entries, quote = '' }) => {
    const [word = ''] = quote.match(/\p{L}{4,}/u) ?? []
    return (
      word !== '' &&
      /^\S+$/.test(quote) &&
      none.includes(word) &&
      entries.some(({ from, numerals }) => from === 'count' && (numerals[0] ?? 0) > 0)
    )
  })
  if (counted) return `"${counted.quote}" was counted`
  const again = /\brestart/.test(none) ? covers.find(({ quote = '' }) => /\brestarts?\s*[=:]?\s*[1-9]/.test(quote)) : undefined
  return again ? `the quoted words say "${/restarts?\s*[=:]?\s*\d+/.exec(again.quote ?? '')?.[0]}"` : null
}
