import type { Point } from './series.ts'

/** How far one series left its own past. */
export type Departure = {
  /** Times farther than the past ever went from its own middle; 1 is as far as it has been before. Free of units. */
  readonly ratio: number
  readonly direction: 1 | -1
  /** The middle of the past. */
  readonly before: number
  /** The middle of what lies on that side since then. */
  readonly after: number
  /** First point of the departure, seconds since the epoch. */
  readonly since: number
  /** 0 to 1: how much past there is to be measured against. */
  readonly trust: number
}

/** A series cut at the time in question, measured once for lasting and once for the newest point alone. */
export type Excursion = {
  readonly middle: number
  /** Points of the past. */
  readonly past: number
  /** Points of the past for each that the span of time has room for: below 1 where there are gaps. */
  readonly coverage: number
  readonly lasting: Far | null
  readonly newest: Far
}

/** The farthest run of points after the cut, and of the past. */
export type Far = {
  readonly far: number
  readonly usual: number
  readonly after: number
  readonly since: number
}

/** Points that must lie on one side, one after the other, where there are enough to ask it: a single scrape is often wrong. */
const RUN = 2

/** Of the past at least: of fewer points nobody can say what is usual. */
const LEAST_PAST = 2

/**
 * What one series did before and since about `onset` (seconds). The past is measured as the present is: the farthest that a run of points went
 * from the past's middle. Null where there is no past or no present. `step` is the usual distance of points.
 */
export const excursionOf = (points: readonly Point[], onset: number): Excursion | null => {
  const step = stepOf(points)
  const cut = cutAt(points, onset, step)
  if (cut < 1 || cut >= points.length) return null
  // Arrays of numbers, made once: of 20,000 series everything else is work for the garbage collector.
  const far = new Float64Array(points.length)
  for (let at = 0; at < points.length; at += 1) far[at] = points[at]?.[1] ?? 0
  const middle = middleOf(far.slice(0, cut))
  for (let at = 0; at < far.length; at += 1) far[at] = (far[at] ?? 0) - middle
  const parts = { far, cut, points, middle }
  const span = ((points[cut - 1]?.[0] ?? 0) - (points[0]?.[0] ?? 0)) / Math.max(step, 1)
  const isLong = points.length - cut > RUN
  return {
    middle,
    past: cut,
    coverage: Math.min(1, cut / (span + 1)),
    lasting: isLong ? farOf(parts, RUN, cut) : null,
    newest: farOf(parts, 1, isLong ? points.length - 1 : cut),
  }
}

/** The middle value; sorts what it is given. */
const middleOf = (values: Float64Array): number => {
  values.sort()
  const half = values.length >> 1
  const upper = values[half] ?? Number.NaN
  return values.length % 2 === 1 ? upper : ((values[half - 1] ?? upper) + upper) / 2
}

/** Steps that are looked at: they are all alike, but for gaps. */
const STEPS = 24

/** The shorter of the distances of points: a gap is no step. */
const stepOf = (points: readonly Point[]): number => {
  const stride = Math.max(1, Math.floor((points.length - 1) / STEPS))
  const steps: number[] = []
  for (let at = 1; at < points.length; at += stride) steps.push((points[at]?.[0] ?? 0) - (points[at - 1]?.[0] ?? 0))
  steps.sort((a, b) => a - b)
  return steps[Math.floor(steps.length / 4)] ?? 0
}

/** The onset is known to minutes, and a sample is stamped with either end of its interval. Where little is known of before, less of it is doubted. */
const cutAt = (points: readonly Point[], onset: number, step: number): number => {
  let first = -1
  for (const slack of [Math.max(SLACK_SECONDS, 1.9 * step), Math.max(SLACK_SECONDS / 2, 0.9 * step), 0]) {
    const cut = points.findIndex(([at]) => at >= onset - slack)
    if (cut >= LEAST_PAST) return cut
    if (first < 1) first = cut
  }
  return first
}

const SLACK_SECONDS = 300

type Parts = { readonly far: Float64Array; readonly cut: number; readonly points: readonly Point[]; readonly middle: number }

const farOf = ({ far, cut, points, middle }: Parts, run: number, first: number): Far => {
  const found = farthestRun(far, { from: first, to: far.length, run })
  const past = farthestRun(far, { from: 0, to: cut, run: cut < SHORT ? 1 : run })
  const side = far.slice(found.at).filter((value) => value * found.far > 0)
  return {
    far: found.far,
    usual: Math.abs(past.far),
    after: middle + (side.length === 0 ? 0 : middleOf(side)),
    since: points[startOf(far, found, cut)]?.[0] ?? Number.NaN,
  }
}

/** In so short a past no two points may have been on one side of their middle, by chance alone: then single ones are what is usual. */
const SHORT = 8

type Run = { readonly at: number; readonly far: number }

/** The run of points on one side that stays farthest away: as far as its nearest point. */
const farthestRun = (far: Float64Array, { from, to, run }: { from: number; to: number; run: number }): Run => {
  let best: Run = { at: from, far: 0 }
  for (let at = from; at + run <= to; at += 1) {
    let least = far[at] ?? 0
    for (let next = at + 1; next < at + run; next += 1) {
      const value = far[next] ?? 0
      if (value * least <= 0) least = 0
      else if (Math.abs(value) < Math.abs(least)) least = value
    }
    if (Math.abs(least) > Math.abs(best.far)) best = { at, far: least }
  }
  return best
}

/** Back from the farthest run to the first point that was half as far. */
const startOf = (all: Float64Array, { at, far }: Run, cut: number): number => {
  let first = at
  while (first > cut && (all[first - 1] ?? 0) / far >= 0.5) first -= 1
  return first
}

/** What is usual for a kind of series, as a share of their middle; and the middle of those middles that are not zero. */
export type Usual = { readonly lasting: number; readonly newest: number; readonly level: number }

/**
 * How far it went in terms of what is usual. Few points say little about a series' own noise, so what is usual for its kind counts as much as
 * `PRIOR` points of its past.
 */
export const departureOf = (excursion: Excursion, kind: Usual): Departure => {
  const { middle, past, coverage, lasting, newest } = excursion
  const floor = LEAST_SHARE * (middle === 0 ? LEAST_OF_NOTHING * kind.level : Math.abs(middle))
  const measured = [...(lasting === null ? [] : [{ one: lasting, usual: kind.lasting }]), { one: newest, usual: kind.newest }].map(
    ({ one, usual }) => ({ one, ratio: ratioOf(one, { past, floor, kind: usual * Math.abs(middle) }) }),
  )
  const [first, second] = measured
  const best = second === undefined || (first !== undefined && first.ratio >= second.ratio * LONE) ? first : second
  const { one, ratio } = best ?? { one: newest, ratio: 0 }
  return {
    ratio,
    direction: one.far < 0 ? -1 : 1,
    before: middle,
    after: one.after,
    since: one.since,
    trust: coverage * (past / (past + TRUSTED)),
  }
}

const ratioOf = (one: Far, { past, kind, floor }: { past: number; kind: number; floor: number }): number => {
  const scale = (1 + FEW / past) * Math.sqrt((past * one.usual ** 2 + PRIOR * kind ** 2) / (past + PRIOR))
  return Math.min(MOST, Math.abs(one.far) / Math.max(scale, floor, Number.MIN_VALUE))
}

/** A newest point alone says half as much as what lasts. */
const LONE = 0.5
/** Points of the past that make it half trusted. */
const TRUSTED = 6
const PRIOR = 8
/** The farthest of few points is nearer than the farthest of many will be. */
const FEW = 3
/** Below two thousandths of its level it is rounding. */
const LEAST_SHARE = 0.002
/** What was nothing is compared with others of its kind: a hundredth of them is little. */
const LEAST_OF_NOTHING = 2.5
/** What was constant left its past infinitely far: no more telling than this. */
const MOST = 20
