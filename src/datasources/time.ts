/** Seconds of a duration as Prometheus and Loki write it (`5m`, `1h30m`, `500ms`, `2d`); undefined for anything else. */
export const parseDuration = (text: string): number | undefined => {
  if (!/^(\d+(\.\d+)?(ms|[smhdwy]))+$/.test(text)) return undefined
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)) seconds += Number(amount) * (units[unit ?? ''] ?? 0)
  return seconds
}

/** A length of time in the largest units that fit, `90` -> `1m30s`; fit to be put back into a query. */
export const formatDuration = (seconds: number): string => {
  let left = Math.round(seconds)
  let text = ''
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = units[unit] ?? 1
    if (left >= size) text += `${Math.floor(left / size)}${unit}`
    left %= size
  }
  return text || '0s'
}

/** A point in time: `now`, `-1h` or `now-1h` (before `now`), or RFC 3339, in UTC where no zone is given; undefined for anything else. */
export const parseMoment = (text: string, now: Date): Date | undefined => {
  if (text === 'now') return now
  const back = /^(?:now)?-(.+)$/.exec(text)?.[1]
  if (back !== undefined) {
    const seconds = parseDuration(back)
    return seconds === undefined ? undefined : new Date(now.getTime() - seconds * 1000)
  }
  const absolute = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?$/i.exec(text)
  if (!absolute) return undefined
  const moment = new Date(`${absolute[1]}T${absolute[2]}${absolute[3]?.toUpperCase() ?? 'Z'}`)
  return Number.isNaN(moment.getTime()) ? undefined : moment
}

/** A year is 365 days, as in Prometheus. */
const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 }
