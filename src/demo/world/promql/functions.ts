import type { ValueType } from './ast.ts'

/** What goes in and comes out of a function; the last `optional` arguments may be left out. */
type Signature = { readonly args: readonly ValueType[]; readonly optional?: number; readonly returns: ValueType }

/** The samples of one series inside a range, staleness markers gone; milliseconds. */
export type Window = {
  readonly times: readonly number[]
  readonly values: readonly number[]
  readonly start: number
  readonly end: number
}

/** Undefined for a function that this world does not know. */
export const signatureOf = (name: string): Signature | undefined => {
  if (name in special) return special[name]
  if (name in elementFunctions)
    return {
      args: ['instant vector', ...scalars(elementArguments[name] ?? 0)],
      optional: name === 'round' ? 1 : 0,
      returns: 'instant vector',
    }
  if (name in rangeFunctions) return { args: ['range vector'], returns: 'instant vector' }
  return undefined
}

const scalars = (count: number): ValueType[] => Array.from({ length: count }, () => 'scalar' as const)

const special: Readonly<Record<string, Signature>> = {
  time: { args: [], returns: 'scalar' },
  pi: { args: [], returns: 'scalar' },
  scalar: { args: ['instant vector'], returns: 'scalar' },
  vector: { args: ['scalar'], returns: 'instant vector' },
  absent: { args: ['instant vector'], returns: 'instant vector' },
  absent_over_time: { args: ['range vector'], returns: 'instant vector' },
  timestamp: { args: ['instant vector'], returns: 'instant vector' },
  sort: { args: ['instant vector'], returns: 'instant vector' },
  sort_desc: { args: ['instant vector'], returns: 'instant vector' },
  histogram_quantile: { args: ['scalar', 'instant vector'], returns: 'instant vector' },
  quantile_over_time: { args: ['scalar', 'range vector'], returns: 'instant vector' },
  predict_linear: { args: ['range vector', 'scalar'], returns: 'instant vector' },
  label_replace: { args: ['instant vector', 'string', 'string', 'string', 'string'], returns: 'instant vector' },
}

const elementArguments: Readonly<Record<string, number>> = { round: 1, clamp_min: 1, clamp_max: 1, clamp: 2 }

/** Functions of one value; NaN of a clamp with its limits crossed is answered by the caller with nothing. */
export const elementFunctions: Readonly<Record<string, (value: number, args: readonly number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: Math.sign,
  round: (value, [nearest = 1]) => Math.floor(value * (1 / nearest) + 0.5) / (1 / nearest),
  clamp_min: (value, [least = Number.NaN]) => Math.max(value, least),
  clamp_max: (value, [most = Number.NaN]) => Math.min(value, most),
  clamp: (value, [least = Number.NaN, most = Number.NaN]) => Math.max(least, Math.min(most, value)),
}

/** Functions of a range; undefined: no sample comes out. */
export const rangeFunctions: Readonly<Record<string, (window: Window) => number | undefined>> = {
  rate: (window) => extrapolated(window, { counter: true, perSecond: true }),
  increase: (window) => extrapolated(window, { counter: true, perSecond: false }),
  delta: (window) => extrapolated(window, { counter: false, perSecond: false }),
  irate: (window) => {
    const [before, last, seconds] = lastTwo(window)
    return seconds === undefined ? undefined : (last < before ? last : last - before) / seconds
  },
  idelta: (window) => {
    const [before, last, seconds] = lastTwo(window)
    return seconds === undefined ? undefined : last - before
  },
  deriv: (window) => (window.values.length < 2 ? undefined : line(window, window.times[0] ?? 0).slope),
  changes: ({ values }) => steps(values, (before, after) => before !== after),
  resets: ({ values }) => steps(values, (before, after) => after < before),
  sum_over_time: ({ values }) => sum(values),
  count_over_time: ({ values }) => values.length,
  avg_over_time: ({ values }) => sum(values) / values.length,
  min_over_time: ({ values }) => values.reduce((least, value) => Math.min(least, value)),
  max_over_time: ({ values }) => values.reduce((most, value) => Math.max(most, value)),
  last_over_time: ({ values }) => values.at(-1),
  present_over_time: () => 1,
  stddev_over_time: ({ values }) => Math.sqrt(variance(values)),
  stdvar_over_time: ({ values }) => variance(values),
}

/** The value of a straight line through the window, `seconds` after `at`. */
export const predict = (window: Window, at: number, seconds: number): number | undefined => {
  if (window.values.length < 2) return undefined
  const { slope, intercept } = line(window, at)
  return intercept + slope * seconds
}

/** The quantile of unsorted values by linear interpolation between ranks. */
export const quantile = (q: number, values: readonly number[]): number => {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const sorted = values.toSorted((a, b) => a - b)
  const rank = q * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (sorted[lower] ?? 0) * (1 - weight) + (sorted[upper] ?? 0) * weight
}

export const variance = (values: readonly number[]): number => {
  const mean = sum(values) / values.length
  return sum(values.map((value) => (value - mean) ** 2)) / values.length
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const steps = (values: readonly number[], counts: (before: number, after: number) => boolean): number => {
  let total = 0
  for (let index = 1; index < values.length; index += 1) if (counts(values[index - 1] ?? 0, values[index] ?? 0)) total += 1
  return total
}

const lastTwo = ({ times, values }: Window): [before: number, last: number, seconds: number | undefined] => {
  const before = values.at(-2)
  const last = values.at(-1)
  const seconds = ((times.at(-1) ?? 0) - (times.at(-2) ?? 0)) / 1000
  return before === undefined || last === undefined || seconds === 0 ? [0, 0, undefined] : [before, last, seconds]
}

/**
 * Prometheus's rule for the part of a range that no sample covers: extend to an end of the range that is nearer than 1.1 mean intervals, else
 * by half an interval; a counter is not extended below zero (https://prometheus.io/docs/prometheus/latest/querying/functions/#rate).
 */
const extrapolated = ({ times, values, start, end }: Window, kind: { counter: boolean; perSecond: boolean }): number | undefined => {
  const first = values[0]
  const last = values.at(-1)
  const from = times[0]
  const to = times.at(-1)
  if (values.length < 2 || first === undefined || last === undefined || from === undefined || to === undefined) return undefined
  let difference = last - first
  if (kind.counter)
    for (let index = 1; index < values.length; index += 1) {
      const before = values[index - 1] ?? 0
      if ((values[index] ?? 0) < before) difference += before
    }
  const sampled = (to - from) / 1000
  const between = sampled / (values.length - 1)
  let atStart = (from - start) / 1000
  const atEnd = (end - to) / 1000
  if (kind.counter && difference > 0 && first >= 0) atStart = Math.min(atStart, sampled * (first / difference))
  const reach = between * 1.1
  const covered = sampled + (atStart < reach ? atStart : between / 2) + (atEnd < reach ? atEnd : between / 2)
  const whole = difference * (covered / sampled)
  return kind.perSecond ? whole / ((end - start) / 1000) : whole
}

/** Least squares; `intercept` is the line's value at `at` (milliseconds). */
const line = ({ times, values }: Window, at: number): { slope: number; intercept: number } => {
  const xs = times.map((time) => (time - at) / 1000)
  const meanX = sum(xs) / xs.length
  const meanY = sum(values) / values.length
  const spread = sum(xs.map((x) => (x - meanX) ** 2))
  const together = sum(xs.map((x, index) => (x - meanX) * ((values[index] ?? 0) - meanY)))
  const slope = together / spread
  return { slope, intercept: meanY - slope * meanX }
}
