/** What a number measures. Counts, rates per second and everything without a unit are plain. */
export type Dimension = 'plain' | 'ratio' | 'time' | 'bytes'

/** One way to read a written number: `factor` turns it into the base of its dimension (a share of 1, seconds, bytes). */
export type Reading = { readonly dimension: Dimension; readonly factor: number }

const of = (dimension: Dimension, ...factors: readonly number[]): readonly Reading[] => factors.map((factor) => ({ dimension, factor }))

const percent = of('ratio', 0.01)
const perMinute = of('plain', 1 / 60, 1)
const perHour = of('plain', 1 / 3600, 1)
/** GB is written for both powers; either may be meant. */
const bytes = (power: number): readonly Reading[] => of('bytes', 1000 ** power, 1024 ** power)

const written: ReadonlyMap<string, readonly Reading[]> = new Map(
  Object.entries({
    '%': percent,
    percent,
    'per cent': percent,
    '% points': percent,
    'percentage points': percent,
    'percentage point': percent,
    pp: percent,
    points: percent,
    ns: of('time', 1e-9),
    us: of('time', 1e-6),
    µs: of('time', 1e-6),
    μs: of('time', 1e-6),
    microseconds: of('time', 1e-6),
    ms: of('time', 1e-3),
    msec: of('time', 1e-3),
    millisecond: of('time', 1e-3),
    milliseconds: of('time', 1e-3),
    s: of('time', 1),
    sec: of('time', 1),
    secs: of('time', 1),
    second: of('time', 1),
    seconds: of('time', 1),
    m: [...of('time', 60), ...of('plain', 1e-3, 1e6)],
    min: of('time', 60),
    mins: of('time', 60),
    minute: of('time', 60),
    minutes: of('time', 60),
    h: of('time', 3600),
    hr: of('time', 3600),
    hrs: of('time', 3600),
    hour: of('time', 3600),
    hours: of('time', 3600),
    d: of('time', 86400),
    day: of('time', 86400),
    days: of('time', 86400),
    w: of('time', 604800),
    week: of('time', 604800),
    weeks: of('time', 604800),
    B: of('bytes', 1),
    byte: of('bytes', 1),
    bytes: of('bytes', 1),
    kB: bytes(1),
    KB: bytes(1),
    MB: bytes(2),
    GB: bytes(3),
    TB: bytes(4),
    Ki: of('bytes', 1024),
    KiB: of('bytes', 1024),
    Mi: of('bytes', 1024 ** 2),
    MiB: of('bytes', 1024 ** 2),
    Gi: of('bytes', 1024 ** 3),
    GiB: of('bytes', 1024 ** 3),
    'B/s': of('bytes', 1),
    'kB/s': bytes(1),
    'KB/s': bytes(1),
    'MB/s': bytes(2),
    'GB/s': bytes(3),
    'KiB/s': of('bytes', 1024),
    'MiB/s': of('bytes', 1024 ** 2),
    'GiB/s': of('bytes', 1024 ** 3),
    Ti: of('bytes', 1024 ** 4),
    TiB: of('bytes', 1024 ** 4),
    k: of('plain', 1e3),
    K: of('plain', 1e3),
    M: of('plain', 1e6),
    G: of('plain', 1e9),
    bn: of('plain', 1e9),
    thousand: of('plain', 1e3),
    million: of('plain', 1e6),
    billion: of('plain', 1e9),
    cores: of('plain', 1),
    millicores: of('plain', 1e-3),
    '/s': of('plain', 1),
    rps: of('plain', 1),
    qps: of('plain', 1),
    'req/s': of('plain', 1),
    'per second': of('plain', 1),
    '/min': perMinute,
    rpm: perMinute,
    'req/min': perMinute,
    'per minute': perMinute,
    '/h': perHour,
    'per hour': perHour,
  }),
)

/** Folded texts have "gib" and "mb". */
const table: ReadonlyMap<string, readonly Reading[]> = new Map([
  ...[...written].filter(([name]) => name.length > 1).map(([name, readings]) => [name.toLowerCase(), readings] as const),
  ...written,
])

/** How a unit may be read; undefined for words that are no unit ("errors", "connections"). */
export const readingsOf = (unit: string): readonly Reading[] | undefined => table.get(unit) ?? table.get(unit.toLowerCase())

/** Units in the order in which they are tried at a number: the longest first. */
export const unitNames: readonly string[] = [...table.keys()].sort((a, b) => b.length - a.length)

/** What the samples of a query measure, as far as its text says it: for each dimension the factors to its base. */
export type Scale = Partial<Readonly<Record<Dimension, readonly number[]>>>

/**
 * Reads the scale off the names and the arithmetic of a query, after Prometheus' naming (base units in the name:
 * https://prometheus.io/docs/practices/naming/). Null when nothing says it: then numbers are compared as they stand, whatever their unit.
 */
export const scaleOf = (query: string): Scale | null => {
  const bare = query.replace(/\{[^}]*\}/g, ' ').replace(/\[[^\]]*\]/g, ' ')
  const times = (factor: string): boolean => new RegExp(`\\*\\s*${factor}(?![\\d.])|(?<![\\d.])${factor}\\s*\\*`).test(bare)
  const scaled = /\/\s*\(?\s*\d/.test(bare)
  const average = /_sum\b[\s\S]*\/[\s\S]*_count\b/.test(bare)
  if (times('100') || /percent|_pct\b/i.test(bare)) return { ratio: [0.01] }
  if (!average && /\/\s*(?!\(?\s*\d)/.test(bare)) return { ratio: [1] }
  if (/_ratio\b/.test(bare)) return { ratio: [1] }
  if (/_seconds_total\b/.test(bare)) return /\b(?:i?rate|deriv)\s*\(/.test(bare) ? { ratio: [1] } : { ratio: [1], time: [1] }
  if (/_seconds(_bucket|_sum)?\b/.test(bare)) {
    if (scaled) return null
    return { time: times('(?:1000|1e3)') ? [1, 1e-3] : [1] }
  }
  if (/_(milliseconds|millis|ms)(_bucket|_sum)?\b/.test(bare)) return { time: [1e-3] }
  if (/_bytes(_total|_sum)?\b/.test(bare)) return scaled ? null : { bytes: [1] }
  if (/\b(i?rate|increase|count|count_over_time)\s*(by\s*\([^)]*\)\s*)?\(/.test(bare)) return {}
  if (/_(?:count|total|connections|replicas\w*|pods|sessions|files|fds|length|lag|messages|jobs|workers|threads|restarts)\b/.test(bare))
    return {}
  return null
}

/** What a query measures, in words: 1 minus what is free is what is used. */
export const measuredBy = (query: string): string => {
  const rest = /(?:^|[^\d.])(?:1|100)\s*-/.test(query)
  const idle = /\bmode="idle"/.test(query)
  const free = /_avail|_free|MemAvailable|MemFree/.test(query) || idle
  const words = query.replace(/mode!="idle"/g, ' used ').replace(/[_.]/g, ' ')
  return free && rest ? words.replace(/avail\p{L}*|free|idle/giu, ' used ') : words
}
