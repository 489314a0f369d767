/** A float as Prometheus writes it into JSON: shortest digits, never an exponent. */
export const formatValue = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const [mantissa, exponent] = text.split('e')
  if (mantissa === undefined || exponent === undefined) return text
  const negative = mantissa.startsWith('-')
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  const plain = point > 0 ? digits.padEnd(point, '0') : `0.${'0'.repeat(-point)}${digits}`
  return negative ? `-${plain}` : plain
}

/** The form that `/api/v1/alerts` and `/rules` use for an alert's value: `2.5e-01`, at least two digits of exponent. */
export const formatExponent = (value: number): string => {
  if (!Number.isFinite(value)) return formatValue(value)
  const [mantissa, exponent = '+0'] = value.toExponential().split('e')
  return `${mantissa}e${exponent.startsWith('-') ? '-' : '+'}${exponent.replace(/[+-]/, '').padStart(2, '0')}`
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 31_536e6 }

/** Milliseconds of `1h30m`; undefined when it is no duration. */
export const parseDuration = (text: string): number | undefined => {
  if (!/^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text) || text === '') return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) total += Number(amount) * (units[unit ?? ''] ?? 0)
  return total
}

/** What a PromQL number literal means; undefined for anything else. */
export const parseNumber = (text: string): number | undefined => {
  const plain = text.replaceAll('_', '').toLowerCase()
  const [, sign, rest] = /^([+-]?)(.*)$/.exec(plain) ?? []
  const value =
    rest === 'inf' ? Number.POSITIVE_INFINITY : rest === 'nan' ? Number.NaN : rest === '' || rest === undefined ? undefined : Number(rest)
  if (value === undefined || (Number.isNaN(value) && rest !== 'nan')) return undefined
  return sign === '-' ? -value : value
}
