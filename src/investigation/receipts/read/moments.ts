/** A point in time as it is written in a text, at the precision in which it is written. */
export type Moment = {
  readonly from: number
  readonly to: number
  readonly text: string
  /** Whether a time, in milliseconds since the epoch, is what was written. */
  readonly fits: (at: number) => boolean
  /** Milliseconds since the epoch; a clock time is placed on the day that leads up to `near`. */
  readonly resolve: (near: number) => number
  /** Half of the last written unit. */
  readonly precision: number
}

/**
 * All times of a text: ISO 8601, Slack's date tokens, clock times with or without a zone, dates. A clock time without a zone is UTC,
 * as everything is that Vigil shows: any other reading would let a time that is an hour off pass.
 */
export const momentsIn = (text: string): readonly Moment[] => {
  const found: Moment[] = []
  const taken = (from: number, to: number): boolean => found.some((other) => from < other.to && to > other.from)
  for (const [pattern, read] of shapes) {
    for (const match of text.matchAll(pattern)) {
      const from = match.index
      const to = from + match[0].length
      const moment = taken(from, to) ? null : read(match)
      if (moment) found.push({ from, to, text: match[0], ...moment })
    }
  }
  return found.sort((a, b) => a.from - b.from)
}

type Read = Pick<Moment, 'fits' | 'resolve' | 'precision'>

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Written times are cut or rounded to their last unit: both are honest. */
const within = (difference: number, unit: number): boolean => difference >= -unit / 2 && difference < unit

const instant = (at: number, unit: number): Read => ({ fits: (other) => within(other - at, unit), resolve: () => at, precision: unit / 2 })

const clock = (ofDay: number, unit: number, zone: string | undefined): Read => {
  const ranges = (at: number): readonly number[] => offsets(zone, at)
  return {
    fits: (at) =>
      ranges(at).some((offset) => {
        const difference = modulo(at + offset - ofDay, day)
        return within(difference, unit) || within(difference - day, unit)
      }),
    resolve: (near) => {
      const offset = ranges(near)[0] ?? 0
      const local = near + offset
      const same = local - modulo(local, day) + ofDay
      return (same > local + 12 * hour ? same - day : same < local - 12 * hour ? same + day : same) - offset
    },
    precision: unit / 2,
  }
}

/** A date is compared as a whole; noon stands for it. */
const date = (month: number, dayOfMonth: number, year: number | null): Read => ({
  fits: (at) => {
    const utc = new Date(at)
    return utc.getUTCMonth() === month && utc.getUTCDate() === dayOfMonth && (year === null || utc.getUTCFullYear() === year)
  },
  resolve: (near) => Date.UTC(year ?? new Date(near).getUTCFullYear(), month, dayOfMonth, 12),
  precision: day / 2,
})

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthPattern = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:[a-z]{0,6})'
const zonePattern =
  '(?:\\s?(Z\\b|(?:UTC|GMT)[+-]\\d{1,2}(?::?\\d{2})?\\b|\\+\\d{1,2}(?::?\\d{2})?\\b|(?<=:\\d{2}:\\d{2}(?:[.,]\\d+)?)-\\d{1,2}(?::?\\d{2})?\\b|(?:UTC|GMT|CET|CEST|BST|WET|WEST|EET|EEST|MSK|IST|SGT|JST|AEST|AEDT|EST|EDT|CST|CDT|MST|MDT|PST|PDT)\\b|[A-Z][a-z]+\\/[A-Z][A-Za-z_]+))?'

const shapes: readonly (readonly [RegExp, (match: RegExpMatchArray) => Read | null])[] = [
  [/<!date\^(\d{9,11})\^[^>]*>/g, ([, epoch]) => instant(Number(epoch) * second, minute)],
  [
    /(\d{4})-(\d{2})-(\d{2})(?:[T ]|,? at )(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z\b|UTC\b|[+-]\d{2}:?\d{2})?/g,
    ([, y, mo, d, h, mi, s, fraction, zone]) => {
      const at =
        Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s ?? 0)) + Number(`0.${fraction ?? 0}`) * second
      const unit = s === undefined ? minute : fraction === undefined ? second : Math.max(1, second / 10 ** fraction.length)
      return instant(at - (offsets(zone, at)[0] ?? 0), unit)
    },
  ],
  [
    new RegExp(
      `(?:(?<![\\d.:-]|\\d-)|(?<=\\d:\\d{2}-))(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?(?!\\d|:\\d|\\.\\d)(?:\\s?([ap]\\.?m\\b))?${zonePattern}`,
      'gi',
    ),
    ([, h, mi, s, fraction, half, zone]) => {
      const hours = twelve(Number(h), half)
      if (hours > 23 || Number(mi) > 59) return null
      const ofDay = hours * hour + Number(mi) * minute + Number(s ?? 0) * second + Number(`0.${fraction ?? 0}`) * second
      return clock(ofDay, s === undefined ? minute : fraction === undefined ? second : second / 10, zone)
    },
  ],
  [
    new RegExp(`(?<![\\w.:-])(\\d{1,2})\\s?([ap]\\.?m)\\b\\.?${zonePattern}`, 'gi'),
    ([, h, half, zone]) => clock(twelve(Number(h), half) * hour, hour, zone),
  ],
  [/(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])/g, ([, y, mo, d]) => date(Number(mo) - 1, Number(d), Number(y))],
  [
    new RegExp(`(?<![\\w.])(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${monthPattern}\\b(?:,? (\\d{4})\\b)?`, 'gi'),
    ([, d, mo, y]) => date(months.indexOf((mo ?? '').toLowerCase()), Number(d), y === undefined ? null : Number(y)),
  ],
  [
    new RegExp(`\\b${monthPattern} (\\d{1,2})(?:st|nd|rd|th)?\\b(?!:)(?:,? (\\d{4})\\b)?`, 'gi'),
    ([, mo, d, y]) => date(months.indexOf((mo ?? '').toLowerCase()), Number(d), y === undefined ? null : Number(y)),
  ],
]

const twelve = (hours: number, half: string | undefined): number =>
  half === undefined ? hours : (hours % 12) + (/^p/i.test(half) ? 12 : 0)

const modulo = (value: number, by: number): number => ((value % by) + by) % by

/** Hours from UTC; several where an abbreviation is used in several places. */
const abbreviations: Readonly<Record<string, readonly number[]>> = {
  z: [0],
  utc: [0],
  gmt: [0],
  wet: [0],
  west: [1],
  cet: [1],
  cest: [2],
  bst: [1],
  eet: [2],
  eest: [3],
  msk: [3],
  ist: [5.5, 1, 2],
  sgt: [8],
  jst: [9],
  aest: [10],
  aedt: [11],
  est: [-5],
  edt: [-4],
  cst: [-6, 8],
  cdt: [-5],
  mst: [-7],
  mdt: [-6],
  pst: [-8],
  pdt: [-7],
}

/** Milliseconds to add to UTC for the wall clock of a zone; UTC where none is named. */
const offsets = (zone: string | undefined, at: number): readonly number[] => {
  if (zone === undefined) return [0]
  const known = abbreviations[zone.toLowerCase()]
  if (known) return known.map((hours) => hours * hour)
  const numeric = /([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone)
  if (numeric) return [(numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * hour + Number(numeric[3] ?? 0) * minute)]
  return [regionOffset(zone, at)]
}

/** The offset of a zone such as Europe/Berlin; a name that is none is read as UTC. */
const regionOffset = (zone: string, at: number): number => {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at)
    const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
    const match = /([+-])(\d{2}):(\d{2})/.exec(name)
    return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * hour + Number(match[3]) * minute) : 0
  } catch {
    return 0
  }
}
