import type { Cover } from '../cover/cover.ts'
import type { GivenCover } from '../cover/covering.ts'
import type { Mentions } from '../read/mentions.ts'
import { fits } from '../read/quantity.ts'
import { meantBy, speaksOf } from './subject.ts'

/**
 * Whether a sentence puts two events in the wrong order or distance, as a reason: "A happened 51 s before B". Only where both sides are
 * told apart: each by a time of its own, as the alert or its onset, or by words that one receipt alone has.
 */
export const outOfSequence = (mentions: Mentions, covers: readonly Cover[], given: GivenCover): string | null => {
  const { text, moments } = mentions
  const span = backwards(text, moments, given)
  if (span !== null) return span
  for (const match of text.matchAll(connectors)) {
    // "After 200 failed logins" counts, and names no time.
    if (
      /^\s*(?:about |some |only )?\d[\d,]*\s+(?!(?:s|ms|sec\w*|min\w*|hours?|days?)\b)\p{L}/u.test(
        text.slice(match.index + match[0].length),
      )
    )
      continue
    // Where the quoted words themselves say so, nothing has to be worked out.
    if (covers.some(({ quote = '' }) => quote.includes(` ${match[0].toLowerCase()} `))) continue
    const earlier = /^(?:before|prior|ahead|earlier|preced|(?:was |were |is )followed|followed by|until)/i.test(match[0])
    const [left, right] = sides(text, match.index, match.index + match[0].length)
    const [one, other] = [eventIn(left, mentions, { covers, given }), eventIn(right, mentions, { covers, given })]
    const [subject, reference] = [
      one ?? otherThan(other, covers, left, text),
      other ?? (isSpokenOf(right, text, covers) ? otherThan(one, covers, right, text) : null),
    ]
    if (!subject || !reference || subject.of === reference.of) continue
    const [s, r] = [subject.at, reference.at]
    if (s.some((one) => r.some((other) => Math.abs(one - other) < 1000))) continue
    const wrong = earlier ? Math.min(...s) >= Math.max(...r) : Math.max(...s) <= Math.min(...r)
    if (wrong) return `it says "${match[0]}", but ${clock(s)} is ${earlier ? 'after' : 'before'} ${clock(r)}`
    const distance = mentions.quantities.find(
      ({ to, readings }) =>
        readings.some(({ dimension }) => dimension === 'time') && to <= match.index && /^\s*$/.test(text.slice(to, match.index)),
    )
    const unit = distance?.readings.find(({ dimension }) => dimension === 'time')?.factor ?? 1
    const same = (gap: number): boolean =>
      distance !== undefined &&
      (fits(distance, gap) || (distance.step > 0 && Math.floor(gap / distance.step) * distance.step === distance.value))
    if (distance && !s.some((a) => r.some((b) => same(Math.abs(a - b) / 1000 / unit))))
      return `${distance.text} is not the time between ${clock(s)} and ${clock(r)}`
  }
  return null
}

/** Six hours: what goes over midnight is further. */
const SAME_DAY = 6 * 3_600_000

/** "Between 09:22 and 09:20". */
const backwards = (text: string, moments: Mentions['moments'], { times }: GivenCover): string | null => {
  const now = times.find(({ of }) => of === 'now')?.at ?? 0
  for (const [index, one] of moments.entries()) {
    const next = moments[index + 1]
    if (
      !next ||
      !/\b(?:between|from)\s+$/i.test(text.slice(0, one.from)) ||
      !/^\s*(?:UTC )?(?:and|to|until|till|-|,)\s*$/.test(text.slice(one.to, next.from))
    )
      continue
    const length = next.resolve(now) - one.resolve(now)
    if (length <= 0 && length > -SAME_DAY) return `${one.text} is not before ${next.text}`
  }
  return null
}

const connectors =
  /\b(?:before|prior to|ahead of|earlier than|preced(?:es?|ed|ing)|after|following|(?:was |were |is )?followed(?: by)?|follows|later than)\b/gi

type Side = { readonly from: number; readonly to: number }

/** What stands before and after a connector; "After the deploy, errors rose" has both after it. */
const sides = (text: string, from: number, to: number): [Side, Side] => {
  const stop = /;|:(?!\d)|,(?!\d)|\.\s|\.$|\b(?:while|whereas|but|and|because|which|when)\b/gi
  stop.lastIndex = to
  const end = stop.exec(text)?.index ?? text.length
  const open = [...text.slice(0, from).matchAll(/;|:(?!\d)|\.\s+(?=\p{Lu})|,\s+so\b/gu)].reduce(
    (last, { index }) => Math.max(last, index + 1),
    0,
  )
  const left = { from: open, to: from }
  return /\p{L}{3,}/u.test(text.slice(open, from).replace(measures, '')) ? [left, { from: to, to: end }] : fronted(text, to, end)
}

/** "After the deploy, errors rose", or without the comma: then the first words are the reference. */
const fronted = (text: string, to: number, end: number): [Side, Side] => {
  const split = text[end] === ',' ? end : to + (/^(?:\s+[^\s,;]+){1,3}/.exec(text.slice(to))?.[0].length ?? 0)
  return [
    { from: split + 1, to: text.length },
    { from: to, to: split },
  ]
}

/** Words that only say how long. */
const measures =
  /\b(?:just|only|right|shortly|soon|about|some|seconds?|minutes?|hours?|half|one|two|three|four|five|six|seven|eight|nine|ten|long|little|over|than|less|more|within|later|earlier|almost|nearly|roughly)\b/gi

/** "After it began": what was spoken of before. */
const pronoun = /^\s*(?:it|that|this|they)\s+(?:had |has |was |were )?(?:been )?(?:\p{L}+ed|began|begun|came|went)?\s*[.)]?\s*$/iu

type Event = { readonly at: readonly number[]; readonly of: unknown }

const eventIn = (
  side: Side,
  { text, moments }: Mentions,
  { covers, given }: { covers: readonly Cover[]; given: GivenCover },
): Event | null => {
  const phrase = text.slice(side.from, side.to)
  if (!/\p{L}{3,}/u.test(phrase.replace(measures, '')) || pronoun.test(phrase)) return null
  const now = given.times.find(({ of }) => of === 'now')?.at ?? 0
  const named = moments.filter(({ from, to }) => from >= side.from && to <= side.to)
  if (named.length > 1) return null
  // A date alone is before and after everything of its day.
  if (named[0] && named[0].precision > 3_600_000) return null
  if (named[0]) return { at: [named[0].resolve(now)], of: named[0] }
  const crossed =
    /\b(?:threshold|limit)\b[^,;]*\b(?:cross|exceed|breach|pass|reach|violat)\w*|\b(?:cross|exceed|breach|pass|reach|violat)\w*[^,;]*\b(?:threshold|limit)\b/i.test(
      phrase,
    )
  const alert =
    crossed || /\bonset\b/i.test(phrase) ? 'onset' : /\b(?:alert|page|paged|fired|firing|went off)\b/i.test(phrase) ? 'startsAt' : null
  const known = given.times.find(({ of }) => of === alert)
  if (known) return { at: [known.at], of: alert }
  if (alert !== null) return null
  const timed = covers.filter((cover) => eventTimes(cover, phrase).length > 0)
  const onset = given.times.find(({ of }) => of === 'onset')
  const candidates = onset ? [...timed, given.symptom] : timed
  const meant = candidates.length > 1 ? meantBy(phrase.replace(measures, ''), candidates) : []
  const [one, other] = meant.length > 1 ? meant.filter((cover) => cover !== given.symptom) : meant
  if (!one || other || meant.length === candidates.length) return null
  return one === given.symptom && onset ? { at: [onset.at], of: 'onset' } : { at: eventTimes(one, phrase), of: one }
}

/** "Before the sale" of which no receipt has a word is before something else. */
const isSpokenOf = ({ from, to }: Side, text: string, covers: readonly Cover[]): boolean => {
  const phrase = text.slice(from, to)
  return pronoun.test(phrase) || covers.some((cover) => speaksOf(cover, phrase))
}

/** Where one side is known, the other one is of what else the receipts show. */
const otherThan = (known: Event | null, covers: readonly Cover[], side: Side, text: string): Event | null => {
  const phrase = text.slice(side.from, side.to)
  if (!known || !/\p{L}{3,}/u.test(phrase.replace(measures, '')) || /\b(?:onset|alert|paged?|fired|firing)\b/i.test(phrase)) return null
  // Two receipts of one series show one event: its turn.
  const rest = covers.filter((cover) => cover !== known.of && !isSameCourse(cover, known.of))

  const at = rest.flatMap((cover) => eventTimes(cover, phrase)).filter((one) => !known.at.includes(one))
  return at.length > 0 ? { at, of: rest } : null
}

const isSameCourse = (cover: Cover, of: unknown): boolean =>
  cover.course !== undefined &&
  typeof of === 'object' &&
  of !== null &&
  'course' in of &&
  (of as Cover).course?.points === cover.course.points

/** When what a receipt shows happened: the first of what was counted (or the last), a turn of a series, a time beside a quote. */
const eventTimes = ({ times }: Cover, phrase: string): number[] => {
  const place = /\b(?:last|latest|final)\b/i.test(phrase) ? 'last' : 'first'
  const ends = times.filter((time) => time.place === place).map(({ at }) => at)
  return ends.length > 0 ? ends : times.filter((time) => time.place === 'point').map(({ at }) => at)
}

const clock = (times: readonly number[]): string => new Date(times[0] ?? 0).toISOString().slice(11, 19)
