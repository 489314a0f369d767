import { wordsAfter, wordsBefore } from '../read/around.ts'
import type { Moment } from '../read/moments.ts'
import { fits, type Quantity } from '../read/quantity.ts'
import type { Support } from './covering.ts'

/** A written duration with its sentence. */
export type Spoken = { readonly quantity: Quantity; readonly text: string; readonly moments: readonly Moment[] }

/**
 * Whether a written duration is a window of the question, or lies between two times that are covered, or that the sentence itself names.
 * Between which ones, its neighbours say: "ago" counts from now, "before the alert" from when it fired. Without a word of time around it
 * a duration is none of these.
 */
export const durationCovered = ({ quantity, text, moments }: Spoken, { covers, given }: Pick<Support, 'covers' | 'given'>): boolean => {
  const before = wordsBefore(text, quantity.from, 40)
  const after = wordsAfter(text, quantity.to, 60)
  const unit = quantity.readings.find(({ dimension }) => dimension === 'time')?.factor ?? 1
  // People cut durations as often as they round them: 26 h of 26 h 50 min.
  const same = (seconds: number): boolean => {
    const written = Math.abs(seconds) / unit
    return (
      fits(quantity, written) ||
      (quantity.step > 0 && quantity.value > 0 && Math.floor(written / quantity.step) * quantity.step === quantity.value)
    )
  }
  const asked = /^[\s-]*(?:window|rate|average|range|of (?:history|data|logs?)|period|interval)/i.test(after)
  const windowed = asked || window.test(before)
  if (windowed && (covers.some(({ windows }) => windows.some(same)) || (asked && given.windows.some(same)))) return true
  if (asked) return false
  // Asked for with an offset.
  if (unit >= 86_400 && covers.some(({ windows }) => windows.some(same))) return true
  const times = timesOf({ text, moments, unit }, { covers, given })
  const gaps = (left: readonly number[], right: readonly number[]): boolean =>
    left.some((a) =>
      right.some((b) => a !== b && (same((a - b) / 1000) || (unit === DAY && Math.abs(dayOf(a) - dayOf(b)) === quantity.value))),
    )
  const { now, own, onset, fired } = times
  const alert = [...onset, ...fired]
  if (/^\s*(?:ago|old)\b/i.test(after) || /\b(?:last|past)\s*$/i.test(before))
    return gaps(now, own.length > 0 && !/\b(?:alert|fired|firing|page|onset)\b/i.test(text) ? own : [...own, ...alert])
  if (isWrongWay(quantity, { text, moments }, { own, now: now[0] ?? 0, same })) return false
  if (lasting.test(before) || /^\s*(?:now|so far|already|and counting|straight|in a row)\b/i.test(after)) {
    if (gaps(now, [...times.begun, ...alert]) || gaps(own, own)) return true
  }
  if (
    /\b(?:in|within|over)\s*(?:about |under |over |less than |just |only |the |some |barely )*$/i.test(before) &&
    /\b(?:has|have) (?:been|already)\b|\bso far\b/i.test(text) &&
    gaps(now, times.begun)
  )
    return true
  // "Before the alert" is before it fired, which is later than its onset.
  if (/^\s*\w+ (?:the |this )?(?:alert|page)(?:'s)? (?:onset|began|start\w*)\b/i.test(after)) return gaps(own, onset)
  if (/^\s*\w+ (?:the |this |it )?(?:alert|page|fir(?:ed|ing))\b/i.test(after) || /\b(?:alert|page|fired)\b[^,;.]*$/i.test(before))
    return gaps([...own, ...onset], fired)
  if (/^\s*\w+ (?:the |its |this )?(?:alert's )?onset\b/i.test(after) || /\bonset\b[^,;.]*$/i.test(before))
    return gaps([...own, ...fired], onset)
  if (/^\s*\w+ (?:the |this |that )?(?:incident|outage|problem|trouble|failures?|errors?)\b/i.test(after) && gaps(own, alert)) return true
  if (!related.test(`${wordsBefore(before, before.length, 28)} # ${after}`)) return false
  // The alert's own times lie near to everything: they count where it is spoken of, or where the receipts know but one event.
  const spoken = /\b(?:alert|onset|fir(?:ed|ing|es)|paged?|threshold|limit)\b/i.test(text)
  const symptom =
    /\b(?:errors?|fail\w*|latency|slow\w*|incident|problem|symptoms?|impact|outage|spike\w*|degrad\w*|it (?:began|started)|breach\w*)\b/i.test(
      text,
    )
  const events = symptom ? covers.filter(({ times: all }) => all.some(({ place }) => place === 'first' || place === 'point')).length : 2
  const received = covers.flatMap(({ times: all }) => all)
  const others = moments.filter((moment) => !received.some(({ at }) => moment.fits(at))).length
  return gaps(own, own) || (spoken && gaps(alert, alert)) || ((spoken || events + others < 2) && gaps(own, alert))
}

/** "At 02:05:12, 11 s after the kill": the time that is named must lie on that side of another one. */
const isWrongWay = (
  quantity: Quantity,
  { text, moments }: Pick<Spoken, 'text' | 'moments'>,
  { own, now, same }: { own: readonly number[]; now: number; same: (seconds: number) => boolean },
): boolean => {
  const moment = moments.findLast(({ to }) => to <= quantity.from && /^[\s,(]{1,3}(?:\p{L}+ ){0,2}$/u.test(text.slice(to, quantity.from)))
  const way = /^\s*(before|after|later|earlier)\b/i.exec(text.slice(quantity.to))?.[1]?.toLowerCase()
  if (!moment || way === undefined || /^\s*\w+ [^,;.]{0,24}\b(?:alert|onset|page|fir(?:ed|ing))\b/i.test(text.slice(quantity.to)))
    return false
  const at = moment.resolve(now)
  const others = own.filter((other) => Math.abs(other - at) > moment.precision && same((other - at) / 1000))
  // "At 00:26, gone a minute later" counts on from the time, "at 02:05, 11 s before the kill" up to the other one.
  return others.length > 0 && others.every((other) => (/before|later/.test(way) ? other < at : other > at))
}

/** Seconds. */
const DAY = 86_400
/** Days are counted by the calendar as often as by the clock. */
const dayOf = (at: number): number => Math.floor(at / 1000 / DAY)

const window = /\b(?:last|past|previous|over|window|within|in|for|every|per|recent|trailing|during|the)(?:\s+[\p{L}-]+){0,2}\s*$/iu
const lasting =
  /\b(?:for|since|lasted|lasting|lasts|after|running|ongoing|going on)\s*(?:about|over|more than|at least|the last|almost|nearly|the past|roughly|around|some|well over|just over|just under)?\s*$/i
const related =
  /\b(?:before|after|earlier|later|apart|between|delay|prior|preced\w*|follow\w*|into|from|until|long|elapsed|older|newer|ahead|within|by|took|takes?|taken|needed|in|for|lasted|lag\w*|gap|behind|span\w*|over|during|stretch|period|window|course|head start|sooner|past|of|separat\w*|pass\w*|less than|continu\w*|kept|every)\b/i

type Times = {
  readonly now: readonly number[]
  readonly own: readonly number[]
  /** Those of them that are no ends. */
  readonly begun: readonly number[]
  readonly onset: readonly number[]
  readonly fired: readonly number[]
}

const timesOf = (
  { moments, unit }: { text: string; moments: readonly Moment[]; unit: number },
  { covers, given }: Pick<Support, 'covers' | 'given'>,
): Times => {
  const givenAs = (which: 'now' | 'onset' | 'startsAt'): number[] => given.times.filter(({ of }) => of === which).map(({ at }) => at)
  const now = givenAs('now')
  const received = covers.flatMap(({ times }) =>
    times.filter(({ place }) =>
      place === 'line' ? times.length < 12 : place === 'date' ? unit >= 86_400 : place === 'point' || place === 'first' || place === 'last',
    ),
  )
  const named = moments.map((moment) => moment.resolve(now[0] ?? given.times[0]?.at ?? 0))
  return {
    now,
    begun: [...received.filter(({ place }) => place !== 'last').map(({ at }) => at), ...named],
    own: [...new Set([...received.map(({ at }) => at), ...named])].slice(0, 24),
    onset: givenAs('onset'),
    fired: givenAs('startsAt'),
  }
}

/** Whether a written time is one of the receipts' or of the alert's; a beginning must be the first of what was counted. */
export const timeCovered = (moment: Moment, text: string, { covers, given }: Support): boolean => {
  const times = covers.flatMap((cover) => cover.times)
  const before = wordsBefore(text, moment.from, 50)
  if (given.times.some(({ at, of }) => of !== 'now' && moment.fits(at))) return true
  const firsts = times.filter(({ place }) => place === 'first')
  const lasts = times.filter(({ place }) => place === 'last')
  const ends = /\b(?:last|latest|final|most recent|stopp\w*|end(?:ed|s|ing)?|until|ceased|newest)\b(?:\s+[\p{L}'-]+){0,6}[\s(:,]*$/iu.test(
    before,
  )
  const begins =
    !ends &&
    (/\b(?:since|first|earliest|began|begun|begins|started|starts|starting|beginning|onset|from)\b(?:\s+(?!after\b|before\b)[\p{L}'-]+){0,5}[\s(:]*$/iu.test(
      before.replace(/\bfrom\s*$/i, ''),
    ) ||
      (/\bfrom\s*$/i.test(before) && /^\s*on\b/i.test(text.slice(moment.to))))
  const asked = /\b(?:between|from|until|till|to|and|through|by|window|as of|now)\s*$|[-,]\s*$/i.test(before) && !begins
  const whole = moment.precision > 6 * 3_600_000
  const earliest = times.filter(({ place }) => place === 'sample').reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY)
  // Of many lines one stands at any minute.
  const many = times.filter(({ place }) => place === 'line').length > 12 && moment.precision > 1000
  const fitting = times.filter(({ at, place }) => (whole || place !== 'date') && !(many && place === 'line') && moment.fits(at))
  // "42 failures between A and B": from the first one to the last one, or over the whole window that was asked for.
  const opens = /\b(?:between|from)\s*$/i.test(before) && !ends
  const closes = /\b(?:between|from)\b[^,;]{3,30}\b(?:and|to|until|till)\s*$|\b(?:between|from)\b[^,;]{3,30}-\s*$/i.test(before)
  if (firsts.length > 0 && (opens || closes)) return fitting.some(({ place }) => place !== 'line' && place !== (opens ? 'last' : 'first'))
  if (begins && firsts.length > 0) return fitting.some(({ place }) => place === 'first' || place === 'point')
  if (ends && lasts.length > 0 && !/until\s*$/i.test(before)) return lasts.some(({ at }) => moment.fits(at))
  if (/\b(?:until|till)\s*$/i.test(before) && firsts.some(({ at }) => moment.fits(at))) return lasts.some(({ at }) => moment.fits(at))
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
