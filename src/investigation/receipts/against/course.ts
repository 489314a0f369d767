import { entriesFor } from '../cover/agree.ts'
import type { Cover, Entry } from '../cover/cover.ts'
import { wordsBefore } from '../read/around.ts'
import type { Mentions } from '../read/mentions.ts'
import type { Quantity } from '../read/quantity.ts'
import { clauseAt, down, up } from '../read/verbs.ts'
import { moved } from './steady.ts'
import { meantBy } from './subject.ts'

/**
 * What a sentence says against the course of what was measured, as a reason: up for down, the later value for the earlier one, a part that is more than its whole.
 */
export const againstCourse = (mentions: Mentions, covers: readonly Cover[]): string | null =>
  pairTurned(mentions, covers) ??
  direction(mentions, covers) ??
  order(mentions, covers) ??
  part(mentions, covers) ??
  ended(mentions, covers) ??
  moved(mentions, covers) ??
  againstThen(mentions, covers)

/** Changes that somebody made: of these the two numbers tell the direction, not a series. */
const raised = /\b(?:rais(?:ed|es|ing)|scaled up|bumped|enlarged|add(?:s|ed|ing))\b/i
const lowered = /\b(?:cut|cuts|cutting|lower(?:ed|s|ing)|reduc\w*|scaled down|shortened|remov\w*|trimm?\w*|slash\w*)\b/i
const maybe = /\b(?:would|could|may|might|should|will|if|whether|expected)\b/i

/** "rose from 50 to 10", and "lowered to 50" of what was lowered to 10. */
const pairTurned = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const denied =
    /(?:\b(?:not|never)|n't)\s+(?:\p{L}+ )?(?:rise|fall|grow|drop|increase|decrease|climb|jump|shrink|go (?:up|down)|change)\s+(?:sharply |again )?from\s+$/iu.exec(
      text.slice(0, quantities[0]?.from ?? 0),
    )
  const named = denied ? pairIn(text, quantities) : null
  if (named && named.from !== named.to) return `it denies the change that it names: ${named.text}`
  const told = text.replace(/(?:\b(?:not|never|no)|n't)\s+(?:\p{L}+ )?\p{L}+/giu, ' ')
  const both = { up: told.search(up) >= 0 || raised.test(told), down: told.search(down) >= 0 || lowered.test(told) }
  const pair = pairIn(text, quantities)
  const [low, high] = between(quantities, text)
  if (low !== undefined && high !== undefined && low > high) return 'a range is named from its lower end'
  const times = quantities.find(({ form, bound }) => form === 'ratio' && bound === 'under')
  if (pair && times && pair.from > 0 && pair.to > 0 && Math.max(pair.to / pair.from, pair.from / pair.to) >= times.value)
    return `${pair.text} is not less than ${times.text}`
  if (pair && pair.from === pair.to) return `${pair.text} is no change`
  if (both.up === both.down) return null
  if (pair && (both.up ? pair.from > pair.to : pair.from < pair.to))
    return `it says ${both.up ? 'up' : 'down'}, but ${pair.text} is the other way`
  const entries = covers.flatMap((cover) => cover.entries)
  const target = quantities.find(({ from }) => /(?:\bto|→|\bnow)\s+(?:about |only )?$/i.test(text.slice(0, from)))
  const reached = target && entries.find(({ place, numerals }) => place === 'last' && numerals.some((x) => near(x, target.value)))
  if (reached?.other !== undefined && (both.up ? reached.other > (reached.numerals[0] ?? 0) : reached.other < (reached.numerals[0] ?? 0)))
    return `it says ${both.up ? 'up' : 'down'}, but ${target?.text} came after ${reached.other}`
  // "Added four": the quoted change took them away.
  const changed = entries.filter(({ from, place }) => from === 'quote' && place === 'last')
  const moved = changed.find(({ other = 0, numerals }) => (numerals[0] ?? 0) !== other)
  if (!moved || covers.some(({ slopes }) => slopes.length > 0) || maybe.test(text)) return null
  const rose = (moved.numerals[0] ?? 0) > (moved.other ?? 0)
  const verb = both.up
    ? /\b(?:add(?:s|ed|ing)|gain(?:s|ed)|rais(?:es|ed)|increas(?:es|ed)|grew|scaled (?:up|out))\b/i
    : /\b(?:remov(?:es|ed)|lost|lower(?:s|ed)|reduc(?:es|ed)|shrank|scaled (?:down|in)|cut)\b/i
  return rose !== both.up && verb.test(text) && changed.length === 1
    ? `it says ${both.up ? 'up' : 'down'}, but the quoted words go from ${moved.other} to ${moved.numerals[0]}`
    : null
}

/** "Between 607 and 611 MiB". */
const between = (quantities: readonly Quantity[], text: string): number[] => {
  const index = quantities.findIndex(({ from }) => /\bbetween\s+(?:about |roughly )?$/i.test(text.slice(0, from)))
  const [one, next] = [quantities[index], quantities[index + 1]]
  return one &&
    next &&
    /^\s*and\s+(?:about |roughly )?$/i.test(text.slice(one.to, next.from)) &&
    (one.inherited || one.readings[0]?.factor === next.readings[0]?.factor)
    ? [one.value, next.value]
    : []
}

/** Each verb of change against the series that its clause is about. */
const direction = (mentions: Mentions, covers: readonly Cover[]): string | null => {
  const { text } = mentions
  if (maybe.test(text) || covers.every(({ slopes }) => slopes.length === 0)) return null
  const verbs = [...verbsIn(text, up, true), ...verbsIn(text, down, false)].sort((a, b) => a.at - b.at)
  const pair = pairIn(text, mentions.quantities)
  for (const verb of verbs) {
    // "Down from 52 to 1.8": two values of the course, whatever its ends are.
    if (
      pair !== null &&
      covers.every(({ entries }) => entries.every(({ statistic }) => statistic !== 'change')) &&
      pair.from !== pair.to &&
      pair.from < pair.to === verb.rises &&
      !verb.negated
    )
      continue
    const rival = verbs.some((other) => other.rises !== verb.rises)
    const clause = clauseAt(text, verb.at)
    const about = meantBy(
      clause,
      covers.filter(({ slopes }) => slopes.length > 0),
    )
    // With both directions in one sentence only a clause that names its series can be held to it.
    if (rival && about.length !== 1) continue
    // A disk fills up while its free space falls.
    const spoken = about.filter(
      ({ context }) => !/avail|free/.test(context) || /\b(?:free|avail\w*|left|space|headroom|remain\w*)\b/i.test(clause),
    )
    const slopes = spoken.flatMap((cover) => cover.slopes)
    const named = mentions.names.map((name) => name.text.toLowerCase())
    const meant = slopes.filter((slope) => named.some((name) => slope.names.has(name)))
    const relevant = meant.length > 0 ? meant : slopes
    if (relevant.length === 0) continue
    const goes = (slope: Cover['slopes'][number]): boolean => (verb.rises ? slope.up : slope.down)
    const consistent = relevant.some((slope) => (verb.negated ? !goes(slope) || (slope.up && slope.down) || slope.flat : goes(slope)))
    const opposite = relevant.some((slope) => slope.up || slope.down) || covers.every(({ shows }) => shows === 'value')
    if (!consistent && opposite)
      return `it says ${verb.negated ? 'not ' : ''}"${verb.word}", but the cited series went the other way or stayed`
  }
  return null
}

type Verb = { readonly at: number; readonly word: string; readonly rises: boolean; readonly negated: boolean }

/** "DROP INDEX", "dropping idx_orders": something else than a value goes. */
const dropsThing =
  /^\s+(?:the |an? )?(?:\p{L}+ )?(?:index|table|column|constraint|view|trigger|database|packets?|connections?|requests?|messages?|frames?|support|privileges?)\b|^\s+`?\p{L}+_/iu

const verbsIn = (text: string, pattern: RegExp, rises: boolean): Verb[] =>
  [...text.matchAll(pattern)]
    .filter((match) => !(/^drop/i.test(match[0]) && dropsThing.test(text.slice(match.index + match[0].length))))
    .map((match) => ({
      at: match.index,
      word: match[0],
      rises,
      negated: /\b(?:not|n't|never|no|nor|neither|without|hardly|barely)\s+(?:\w+\s+){0,2}$/i.test(text.slice(0, match.index)),
    }))

/** "40 to 310 ms", "85 ms → 1.42 s": two numbers of one dimension, in its base unit. */
const pairIn = (text: string, quantities: Mentions['quantities']): { from: number; to: number; text: string } | null => {
  for (const [index, one] of quantities.entries()) {
    const next = quantities[index + 1]
    if (
      !next ||
      !/^\s*(?:(?!(?:compared|relative|close|equal|due|next|similar|thanks|and|limited|restricted|capped|set|or)\b)[\p{L}/-]+ ){0,3}(?:at \d{1,2}:\d{2}(?::\d{2})?(?: UTC)? )?(?:→|to)\s*(?:about |over |nearly |almost |only |just )?$/u.test(
        text.slice(one.to, next.from),
      )
    )
      continue
    const [left, right] = [one.readings[0], next.readings[0]]
    if (left && right && left.dimension !== right.dimension) continue
    // "40 to 310 ms" has one unit for both, "180,000 to 4.9 million" has not.
    const own = left !== undefined || right?.dimension === 'plain'
    const inBase = {
      from: one.value * (one.inherited && right?.dimension === 'plain' ? 1 : (left?.factor ?? 1)),
      to: next.value * (own ? (right?.factor ?? 1) : 1),
    }
    return { ...inBase, text: text.slice(one.from, next.to) }
  }
  return null
}

const hedge = '(?:only |about |at |just |around |roughly |a |some |over |under |nearly |almost )*'
const beforeCue = new RegExp(
  `\\b(?:was|were|from|previously|formerly|before|used to \\w+|instead of|rather than|had been|down from|up from)\\s*${hedge}$`,
  'i',
)
const afterCue = new RegExp(
  `\\b(?:is|are|now|to|became|stands at|currently|now at|now(?: (?:it|they|may|can|is|are|has|have|holds?|allows?|takes?)){1,3})\\s*${hedge}$|[→=]\\s*$`,
  'i',
)
const nowCue = new RegExp(`\\b(?:now|currently|today)\\b(?: it)?(?: is| are| at| has| have| takes?| stands at)?\\s*${hedge}$`, 'i')

const afterwards = new RegExp(
  `\\b(after|before) (?:the|that|this|its) [\\p{L}-]+(?: [\\p{L}-]+)?,? (?:it |they |\\p{L}+ )?(?:was|were|is|are|had|has)\\s*${hedge}$`,
  'iu',
)

/** "is 10 and was 50": where a receipt knows which value came first, the sentence must not turn them round. */
const order = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const entries = covers.flatMap((cover) => [...cover.entries, ...cover.implied.filter(({ place }) => place !== undefined)])
  const places = (value: number): Set<string> =>
    new Set(entries.filter(({ place, numerals }) => place && numerals.some((x) => near(x, value))).map(({ place }) => place ?? ''))
  const placesOf = (one: Quantity): Set<string> => {
    const fitting = entriesFor(one, entries)
    return fitting.length > 0 && fitting.every(({ place }) => place !== undefined)
      ? new Set(fitting.map(({ place }) => place ?? ''))
      : places(one.value)
  }
  const turned = quantities.filter((quantity) => {
    const { from } = quantity
    const before = wordsBefore(text, from, 32)
    const [only, other] = [...placesOf(quantity)]
    if (only === undefined || other !== undefined) return false
    return (
      (beforeCue.test(before) && only === 'last') ||
      (afterCue.test(before) && only === 'first' && !/\bfrom\b[^,;.]*\bto\s*$/i.test(before.replace(/\bto\s*$/, '')))
    )
  })
  const pair = quantities.find((one, index) => {
    const next = quantities[index + 1]
    const between = next ? text.slice(one.to, next.from) : ''
    if (!next || !/^\s*(?:→|to)\s*(?:about |over |nearly |almost |only |just )?$/.test(between)) return false
    return only(entriesFor(one, entries), 'last') && only(entriesFor(next, entries), 'first')
  })
  if (pair) return `it turns round which value came first: ${pair.text} was the later one`
  // "now it is 0.2 %" of what was 0.2 % first needs no second number to be wrong.
  const now = quantities.find((one) => nowCue.test(text.slice(0, one.from)) && only(entriesFor(one, entries), 'first'))
  if (now) return `${now.text} is the earlier value`
  const aside = quantities.find((one) => {
    const after = text.slice(one.to, one.to + 24)
    if (/^\s*(?:before|earlier|previously|initially|at first)\b\s*(?:[).,;]|$)/i.test(after)) return only(entriesFor(one, entries), 'last')
    return /^\s*(?:now|today|currently)\b/i.test(after) && only(entriesFor(one, entries), 'first')
  })
  if (aside) return `${aside.text} is the ${only(entriesFor(aside, entries), 'last') ? 'later' : 'earlier'} value`
  const then = quantities.find((one) => {
    const said = afterwards.exec(text.slice(0, one.from))?.[1]?.toLowerCase()
    return said !== undefined && only(entriesFor(one, entries), said === 'after' ? 'first' : 'last')
  })
  if (then) return `${then.text} is not the value ${afterwards.exec(text.slice(0, then.from))?.[1]} that`
  const formerly = turned.find(({ from }) => /\b(?:up from|down from|previously|formerly|used to be)\s*$/i.test(text.slice(0, from)))
  if (formerly) return `${formerly.text} is the later value`
  return turned.length >= 2 ? `it turns round which value came first: ${turned.map((one) => one.text).join(', ')}` : null
}

const only = (entries: readonly Entry[], place: 'first' | 'last'): boolean =>
  entries.length > 0 && entries.every((entry) => entry.place === place)

const near = (x: number, value: number): boolean => [x, x * 100].some((each) => Math.abs(each - value) <= Math.abs(value) * 0.02)

/** "41 of 200": a part is not more than its whole; "below the limit (41 vs 200)": nor is what is below it. */
const part = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const below = /\b(?:below|under|within)\b[^,;]*\b(?:limit|maximum|threshold|capacity)\b/i.test(text)
  const ends = covers.flatMap(({ entries }) => entries.filter(({ place, other, numerals }) => place !== undefined && other !== numerals[0]))
  const whole = quantities.find((one, index) => {
    const next = quantities[index + 1]
    const same =
      next && one.value === next.value && /^\s*(?:\p{L}+ )?(?:out )?of (?:the |its |their |all )?$/u.test(text.slice(one.to, next.from))
    return same && ends.some(({ numerals }) => numerals[0] === one.value)
  })
  if (whole) return `${whole.text} is one end of a change, not all of it`
  const wrong = quantities.find((one, index) => {
    const next = quantities[index + 1]
    return (
      next &&
      (one.form === 'number' || one.form === 'word') &&
      one.readings.length === 0 &&
      next.readings.length === 0 &&
      one.value > next.value &&
      (/^\s*(?:(?!instead)\p{L}+ )?(?:out )?of (?:the |its |their |all )?$/u.test(text.slice(one.to, next.from)) ||
        (below && /^\s*(?:vs\.?|versus|against|\/)\s*$/i.test(text.slice(one.to, next.from))))
    )
  })
  return wrong ? `${wrong.text} is more than what it is said to be a part of` : null
}

/** "The errors stopped after 48 minutes" of what is as high as ever. */
const ended = ({ text }: Mentions, covers: readonly Cover[]): string | null => {
  const said =
    /\b(?:stopped|ceased|ended(?! (?:in|with|up|as)\b)|recovered|went away|disappeared|resolved|subsided|back to normal|no longer (?:high|elevated|failing|slow|rising|above|firing))\b/i.exec(
      text,
    )
  if (!said || /(?:\b(?:not|never|nothing|hardly)|n't)\s+(?:\w+\s+){0,2}$/i.test(text.slice(0, said.index))) return null
  const high = meantBy(
    clauseAt(text, said.index),
    covers.filter(({ course }) => course !== undefined),
  ).filter(({ course }) => {
    const values = (course?.points ?? []).map(([, value]) => value).filter(Number.isFinite)
    const most = values.reduce((a, b) => Math.max(a, b), 0)
    return values.length > 1 && most > 2 * (values[0] ?? 0) && (values.at(-1) ?? 0) > most * 0.8
  })
  return high.length > 0 && covers.every(({ shows }) => shows === 'value')
    ? `it says "${said[0]}", but the last sample is as high as ever`
    : null
}

/** "Higher than yesterday" of what was higher then. */
const againstThen = ({ text }: Mentions, covers: readonly Cover[]): string | null => {
  const found =
    /\b(higher|more|greater|above|up|busier|lower|less|fewer|below|down|quieter)\b[^,;.]*\b(?:yesterday|last week|(?:a|one) (?:day|week) (?:ago|earlier)|the day before|the same time|usual)\b/i.exec(
      text,
    )
  const values = covers.flatMap(({ entries }) => entries.filter(({ from, statistic }) => from === 'statistic' && statistic !== 'change'))
  const [then, now] = [values.filter(({ past }) => past), values.filter(({ past }) => !past)]
  if (!found || then.length !== 1 || now.length !== 1 || /\b(?:not|no|n't|never|hardly)\b/i.test(text)) return null
  const rose = (now[0]?.numerals[0] ?? 0) > (then[0]?.numerals[0] ?? 0)
  const said = /^(?:higher|more|greater|above|up|busier)$/i.test(found[1] ?? '')
  return rose === said ? null : `it says ${found[1]}, but ${now[0]?.says} and then ${then[0]?.says}`
}
