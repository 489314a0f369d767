import type { Labels, Point, Series } from '../../../series/series.ts'
import type { Receipt } from '../../analysis.ts'
import type { Evidence } from '../../evidence.ts'
import { momentsIn } from '../read/moments.ts'
import { fold } from '../read/passage.ts'
import { fits, type Quantity, quantityOf } from '../read/quantity.ts'
import { type Reading, readingsOf, type Scale, scaleOf } from '../read/units.ts'

export type StatisticReceipt = Extract<Receipt, { statistic: unknown }>
export type Statistic = StatisticReceipt['statistic']

/** What a statistic came to when code computed it again. Times are milliseconds since the epoch. */
export type Computed = {
  readonly labels: Labels
  readonly value: number
  /** When the value was: of `last`, `min`, `max` and `at`; null for `mean` and `change`. */
  readonly at: number | null
  readonly series: Series
  readonly first: Point
  readonly last: Point
}

type Failed = { readonly ok: false; readonly reason: string }

/** Computes a statistic again from the stored series; fails when the series is ambiguous, has no samples or says another value. */
export const recomputeStatistic = (receipt: StatisticReceipt, evidence: Evidence): { ok: true; computed: Computed } | Failed => {
  if (evidence.output.kind !== 'series') return failed(`${evidence.id} holds no time series; cite it with a quote, a count or an absence`)
  const selected = selectSeries(evidence.output.series, receipt.series)
  if (selected.length === 0)
    return failed(`${evidence.id} has no series ${write(receipt.series ?? {})}; it has ${list(evidence.output.series)}`)
  const scale = scaleOf(evidence.query)
  const relative = isRelative(receipt, selected, scale)
  const computed = selected.map((series) => compute(series, receipt, relative)).filter((one) => one !== null)
  const [one] = computed
  if (!one || computed.length < selected.length)
    return failed(`${evidence.id} has no usable sample for ${receipt.statistic} ${receipt.at ?? ''}`.trim())
  const wrong = computed.find((other) => !agrees(receipt, other.value, relative ? { ratio: [1] } : scale))
  if (wrong && computed.length > 1) return failed(`${evidence.id} has several series; name one of them in "series": ${list(selected)}`)
  if (wrong) {
    const unit = receipt.unit === undefined ? '' : ` ${receipt.unit}`
    return failed(`${evidence.id} says ${receipt.statistic} ${short(wrong.value)} for ${write(wrong.labels)}, not ${receipt.value}${unit}`)
  }
  return { ok: true, computed: { ...one, labels: common(selected.map((series) => series.labels)) } }
}

/** A value is written in the unit of its series, or in one that its query lets it be turned into. */
const agrees = (receipt: StatisticReceipt, raw: number, scale: Scale | null): boolean => {
  const quantity = quantityOf(receipt.value, receipt.unit)
  const same = (x: number): boolean =>
    fits(quantity, x) || (receipt.statistic === 'change' && receipt.value >= 0 && fits(quantity, Math.abs(x)))
  if (receipt.unit !== undefined && quantity.readings.length > 0) return unitFits(quantity, raw, scale, same)
  if (same(raw)) return true
  const silent =
    scale === null
      ? ['%']
      : [...(scale.ratio ? ['%'] : []), ...(scale.time ? ['ms', 'us', 'min', 'h'] : []), ...(scale.bytes ? ['MB', 'GB', 'KB'] : [])]
  return silent.some((unit) => unitFits({ ...quantity, readings: readingsOf(unit) ?? [] }, raw, scale, same))
}

const unitFits = (quantity: Quantity, raw: number, scale: Scale | null, same: (x: number) => boolean): boolean =>
  quantity.readings.some(({ dimension, factor }: Reading) => {
    const bases =
      scale === null
        ? bareBases(raw, dimension, factor)
        : (scale[dimension] ?? (dimension === 'plain' ? [1] : [])).map((each) => raw * each)
    return bases.some((base) => same(base / factor))
  })

/** Nothing says the scale: the number as it stands, a share as a percentage, base units (seconds, bytes) in another unit. */
const bareBases = (raw: number, dimension: Reading['dimension'], factor: number): number[] =>
  dimension === 'ratio' && Math.abs(raw) > 1.5 ? [raw * factor] : [raw, raw * factor]

/** The series that carry all of these labels; the one that carries no others, where there is one. */
export const selectSeries = (all: readonly Series[], labels: Labels | undefined): readonly Series[] => {
  if (!labels) return all
  const wanted = Object.entries(labels)
  const matching = all.filter((series) => wanted.every(([key, value]) => series.labels[key] === value))
  const exact = matching.filter((series) => Object.keys(series.labels).length === wanted.length)
  return exact.length > 0 ? exact : matching
}

const compute = (series: Series, receipt: StatisticReceipt, relative: boolean): Computed | null => {
  const points = series.points.filter(([, value]) => Number.isFinite(value))
  const [first] = points
  const last = points.at(-1)
  if (!first || !last) return null
  const made = (value: number, point: Point | null): Computed => ({
    labels: series.labels,
    value,
    at: point && point[0] * 1000,
    series,
    first,
    last,
  })
  const extreme = (better: (a: number, b: number) => boolean): Point =>
    points.reduce((best, point) => (better(point[1], best[1]) ? point : best))
  switch (receipt.statistic) {
    case 'last': {
      const newest = series.points.at(-1)
      return newest && Number.isFinite(newest[1]) ? made(last[1], last) : null
    }
    case 'min': {
      const point = extreme((a, b) => a < b)
      return made(point[1], point)
    }
    case 'max': {
      const point = extreme((a, b) => a > b)
      return made(point[1], point)
    }
    case 'mean':
      return made(points.reduce((sum, [, value]) => sum + value, 0) / points.length, null)
    case 'change':
      return relative ? (first[1] === 0 ? null : made((last[1] - first[1]) / Math.abs(first[1]), null)) : made(last[1] - first[1], null)
    case 'at': {
      const point = pointAt(points, receipt.at)
      return point && made(point[1], point)
    }
  }
}

/** A change in % is of the first value, unless the series itself is a share and the value is its difference. */
const isRelative = (receipt: StatisticReceipt, selected: readonly Series[], scale: Scale | null): boolean => {
  if (receipt.statistic !== 'change' || !/^(%|percent)$/.test(receipt.unit ?? '')) return false
  if (scale !== null && !scale.ratio) return true
  return !selected.every((series) => {
    const one = compute(series, receipt, false)
    return one !== null && agrees(receipt, one.value, scale)
  })
}

/** The sample nearest to a written time, at most one step of the series away. */
const pointAt = (points: readonly Point[], at: string | undefined): Point | null => {
  const [first] = points
  const last = points.at(-1)
  if (at === undefined || !first || !last) return null
  const epoch = /^\d{9,10}(\.\d+)?$/.test(at) ? Number(at) * 1000 : momentsIn(at)[0]?.resolve(last[0] * 1000)
  if (epoch === undefined || epoch === null) return null
  const distance = (point: Point): number => Math.abs(point[0] * 1000 - epoch)
  const nearest = points.reduce((best, point) => (distance(point) < distance(best) ? point : best))
  const step = points.length > 1 ? ((last[0] - first[0]) * 1000) / (points.length - 1) : 60_000
  return distance(nearest) <= step ? nearest : null
}

/** The labels that all have. */
export const common = (all: readonly Labels[]): Labels =>
  Object.fromEntries(Object.entries(all[0] ?? {}).filter(([key, value]) => all.every((labels) => labels[key] === value)))

/** What can be counted or searched in an answer, one folded text for each line or object, with labels and time where there are some. */
export type Item = { readonly text: string; readonly labels: Labels; readonly at: number | null }

export const itemsOf = (evidence: Evidence): readonly Item[] => {
  const { output } = evidence
  switch (output.kind) {
    case 'lines':
      return output.lines.map((line) => ({ text: fold(line.line), labels: line.labels, at: Date.parse(line.at) || null }))
    case 'objects':
      return output.objects.map((object) => ({ text: fold(JSON.stringify(object) ?? ''), labels: {}, at: null }))
    case 'series':
      return output.series.map((series) => ({ text: fold(write(series.labels)), labels: series.labels, at: null }))
    case 'text':
      return output.text.split('\n').map((line) => ({ text: fold(line), labels: {}, at: null }))
  }
}

/** Items that carry a text. `<*>` stands for anything, because log templates are shown with it. */
export const matching = (items: readonly Item[], text: string): readonly Item[] => {
  const parts = text
    .split('<*>')
    .map(fold)
    .filter((part) => part !== '')
  if (parts.length === 0) return []
  return items.filter((item) => {
    let from = 0
    for (const part of parts) {
      const at = item.text.indexOf(part, from)
      if (at < 0) return false
      from = at + part.length
    }
    return true
  })
}

/** Labels as Prometheus writes them. */
export const write = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(', ')}}`

/** A number for people, four digits. */
export const short = (value: number): string => String(Number(value.toPrecision(4)))

const list = (series: readonly Series[]): string => {
  const shown = series.slice(0, 5).map(({ labels }) => write(labels))
  return shown.join(', ') + (series.length > shown.length ? ` and ${series.length - shown.length} more` : '')
}

const failed = (reason: string): Failed => ({ ok: false, reason })
