import type { Around, Support } from './covering.ts'
import type { Moment } from './moments.ts'
import { fits, type Quantity } from './quantity.ts'

/** Whether a written duration is a window of the question, or lies between two times that are covered, or that the sentence itself names. */
export const durationCovered = (
  quantity: Quantity,
  { before, after, moments }: Around & { moments: readonly Moment[] },
  { covers, given }: Pick<Support, 'covers' | 'given'>,
): boolean => {
  const factor = quantity.readings.find(({ dimension }) => dimension === 'time')?.factor ?? 1
  // People cut durations as often as they round them: 26 h of 26 h 50 min.
  const same = (seconds: number): boolean => {
    const written = Math.abs(seconds) / factor
    return (
      fits(quantity, written) ||
      (quantity.step > 0 && Math.floor(written / quantity.step) * quantity.step === quantity.value && quantity.value > 0)
    )
  }
  const near = before.slice(-24)
  if (
    /\b(?:last|past|previous|over|window|within|in|for|every|per|recent|trailing)\b/i.test(near) ||
    /^[\s-]*(?:window|rate|average|range|of (?:history|data))/i.test(after)
  ) {
    if (covers.some(({ windows }) => windows.some(same)) || given.windows.some(same)) return true
  }
  const now = given.times.filter(({ of }) => of === 'now').map(({ at }) => at)
  const received = covers.flatMap(({ times }) =>
    times.filter(({ place }) =>
      place === 'line'
        ? times.length < 12
        : place === 'date'
          ? factor >= 86_400
          : place === 'point' || place === 'first' || place === 'last',
    ),
  )
  const named = moments.map((moment) => moment.resolve(now[0] ?? given.times[0]?.at ?? 0))
  const own = unique([...received.map(({ at }) => at), ...named])
  // "Before the alert" is before it fired, which is later than its onset.
  const fired = /^\s*\w+ (?:the |this )?(?:alert|page)\b/i.test(after) || /\b(?:alert|page)\b[^,;.]*$/i.test(near)
  const alert = given.times.filter(({ of }) => (fired ? of === 'startsAt' : of !== 'now')).map(({ at }) => at)
  const gaps = (left: readonly number[], right: readonly number[]): boolean =>
    left.some((a) => right.some((b) => a !== b && same((a - b) / 1000)))
  if (
    /^\s*ago\b/i.test(after) ||
    /\b(?:for|since|lasted|lasting)\s*(?:about|over|more than|at least|the last|almost|nearly|the past)?\s*$/i.test(near)
  ) {
    if (gaps(now, [...own, ...alert]) || gaps(own, own)) return true
  }
  if (
    /^\s*(?:before|after|earlier|later|apart|between|delay|prior|into|from|until|long|elapsed|older|newer|ahead)\b/i.test(after) ||
    /\b(?:within|after|by|took|takes|needed|in|for|lasted|delay of|lag of|later by)\s*(?:about|only|just|less than|at least)?\s*$/i.test(
      near,
    )
  ) {
    return gaps(own, [...own, ...alert]) || gaps(alert, alert)
  }
  return false
}

const unique = (times: readonly number[]): number[] => [...new Set(times)].slice(0, 24)

/** Whether a written time is one of the receipts' or of the alert's; a beginning must be the first of what was counted. */
export const timeCovered = (moment: Moment, text: string, { covers, given }: Support): boolean => {
  const times = covers.flatMap((cover) => cover.times)
  const before = text.slice(Math.max(0, moment.from - 50), moment.from)
  if (given.times.some(({ at, of }) => of !== 'now' && moment.fits(at))) return true
  const begins =
    /\b(?:since|first|began|begun|begins|started|starts|starting|onset)\b(?:\s+(?!after\b|before\b)[\p{L}'-]+){0,5}[\s(:]*$/iu.test(
      before,
    ) ||
    (/\bfrom\s*$/i.test(before) && /^\s*on\b/i.test(text.slice(moment.to)))
  const ends = /\b(?:last|latest|stopped|ended|ends|until)\b(?:\s+[\p{L}'-]+){0,6}[\s(:]*$/iu.test(before)
  const asked = /\b(?:between|from|until|till|to|and|through|by|window|as of|now)\s*$|[-,]\s*$/i.test(before) && !begins
  const firsts = times.filter(({ place }) => place === 'first')
  const lasts = times.filter(({ place }) => place === 'last')
  const whole = moment.precision > 6 * 3_600_000
  const earliest = times.filter(({ place }) => place === 'sample').reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY)
  const fitting = times.filter(({ at, place }) => (whole || place !== 'date') && moment.fits(at))
  // "42 failures between A and B": from the first one to the last one, or over the whole window that was asked for.
  const opens = /\b(?:between|from)\s*$/i.test(before)
  const closes = /\b(?:between|from)\b[^,;]{3,30}\b(?:and|to|until|till)\s*$|\b(?:between|from)\b[^,;]{3,30}-\s*$/i.test(before)
  if (firsts.length > 0 && (opens || closes)) return fitting.some(({ place }) => place !== 'line' && place !== (opens ? 'last' : 'first'))
  if (begins && firsts.length > 0) return fitting.some(({ place }) => place === 'first' || place === 'point')
  if (ends && lasts.length > 0 && !/until\s*$/i.test(before)) return lasts.some(({ at }) => moment.fits(at))
  return (
    fitting.some(
      ({ at, place }) =>
        place !== 'window' && (place !== 'sample' || asked || (/\bsince\s*$/i.test(before) ? at === earliest : !turn.test(before))),
    ) ||
    (asked && fitting.length > 0 && /\b(?:between|from|window|range|until|till|as of|now|searched|looked|up to)\b/i.test(text))
  )
}

/** When a series was last sampled is not when it rose. */
const turn = /\b(?:rose|fell|jumped|dropped|grew|climbed|increased|decreased|went|spiked|slowed|changed)\b|→/i
