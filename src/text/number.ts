/** How numbers are written in messages: short, with their unit, the same in every locale. A value that is not a number is "no value". */

/** A ratio as a percentage: 0.1243 is "12.4 %", 0.05 is "5 %". What is not all or nothing is never rounded to 100 or 0: 0.99995 is "99.995 %". */
export const percent = (ratio: number): string => {
  if (!Number.isFinite(ratio)) return unusual(ratio)
  const value = ratio * 100
  const size = Math.abs(value)
  if (size >= 1000) return `${grouped(value, 0)} %`
  const rest = size < 100 && size > 99 ? 100 - size : size
  return `${trimmed(value, rest > 0 && rest < 0.1 ? decimalsFor(rest, 1) : 1)} %`
}

/** A bare number: whole ones in full up to 10^15 ("1,204"), others with three significant digits ("12.4", "0.00123"). */
export const amount = (value: number): string => {
  if (!Number.isFinite(value)) return unusual(value)
  const size = Math.abs(value)
  if (size >= 1e15) return value.toExponential(2)
  if (Number.isInteger(value) || size >= 1000) return grouped(value, 0)
  if (size < 1e-6) return value.toExponential(2)
  return trimmed(value, decimalsFor(size, 3))
}

/** A span of time in seconds: "40 ms", "1.2 s", "58 s", "3 min", "2 h 5 min", "3 d 4 h". Seconds up to two minutes, minutes up to two hours. */
export const duration = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return unusual(seconds)
  if (seconds < 0) return `-${duration(-seconds)}`
  if (seconds === 0) return '0 s'
  if (seconds < 0.001) return `${trimmed(seconds * 1000, decimalsFor(seconds * 1000, 2))} ms`
  if (seconds < 0.0995) return `${trimmed(seconds * 1000, seconds < 0.01 ? 1 : 0)} ms`
  if (seconds < 9.95) return `${trimmed(seconds, seconds < 0.995 ? 2 : 1)} s`
  if (seconds < 119.5) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  if (minutes < 48 * 60) return pair([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min'])
  const hours = Math.round(seconds / 3600)
  return pair([Math.floor(hours / 24), 'd'], [hours % 24, 'h'])
}

/** Money in US dollars, to the cent: "$0.14"; what would round to nothing is "under $0.01". */
export const usd = (dollars: number): string => {
  if (!Number.isFinite(dollars)) return unusual(dollars)
  if (dollars > 0 && dollars < 0.005) return 'under $0.01'
  return dollars < 0 ? `-$${grouped(-dollars, 2)}` : `$${grouped(dollars, 2)}`
}

/** A size in bytes with binary prefixes: 1536 is "1.5 KiB". */
export const bytes = (value: number): string => {
  if (!Number.isFinite(value)) return unusual(value)
  const size = Math.abs(value)
  // 1023.95 would round to "1,024": the next prefix takes over half a tenth earlier.
  const prefix = size < 1 ? 0 : BINARY.findIndex((_, power) => size < 1023.95 * 1024 ** power || power === BINARY.length - 1)
  return `${trimmed(value / 1024 ** prefix, 1)} ${BINARY[prefix]}`
}

/**
 * A metric's value with its unit, as messages show it. Known units: 'ratio' (0.124 becomes "12.4 %"), 'percent' (12.43 is already one), 'seconds',
 * 'bytes', 'bytes/s', 'usd'; any other is put behind the number ("12.4 req/s"). Prometheus's infinities stay "+Inf" and "-Inf".
 */
export const metricValue = (value: number, unit?: string): string => {
  if (!Number.isFinite(value)) return unusual(value)
  switch (unit) {
    case undefined:
    case '':
      return amount(value)
    case 'ratio':
      return percent(value)
    case 'percent':
      return percent(value / 100)
    case 'seconds':
      return duration(value)
    case 'bytes':
      return bytes(value)
    case 'bytes/s':
      return `${bytes(value)}/s`
    case 'usd':
      return usd(value)
    default:
      return `${amount(value)} ${unit}`
  }
}

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

const unusual = (value: number): string => {
  if (Number.isNaN(value)) return 'no value'
  return value > 0 ? '+Inf' : '-Inf'
}

/** How many decimals show `digits` significant ones of a number below 1000. */
const decimalsFor = (size: number, digits: number): number => Math.min(20, Math.max(0, digits - 1 - Math.floor(Math.log10(size))))

const trimmed = (value: number, decimals: number): string => {
  const text = grouped(value, decimals)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

const grouped = (value: number, decimals: number): string => {
  const [whole = '', fraction] = value.toFixed(decimals).split('.')
  const separated = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  const text = fraction === undefined ? separated : `${separated}.${fraction}`
  return /[1-9]/.test(text) ? text : text.replace('-', '')
}

const pair = ([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`

/** "1st", "2nd", "11th". */
export const ordinal = (n: number): string => {
  const tail = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${tail}`
}
