import type { Labels, Series } from './series.ts'
import { summarise, thin } from './summary.ts'

export type SeriesTextOptions = {
  /** Lines at most; the rest is counted in a last line. Default 20. */
  readonly maxSeries?: number
  /** Points shown of each series. Default 6. */
  readonly maxPoints?: number
  /** So many, those that changed most, with their points; the others with their statistics alone. Default: all. */
  readonly whole?: number
  /** Something more to be said of a series. */
  readonly note?: (series: Series) => string
}

/**
 * Series as a model reads them: what all share in a first line, then one line for each: labels, statistics, when it changed, and few points
 * with their times in UTC. Numbers have six significant digits, whole ones all: enough to be computed again within their rounding.
 */
export const toText = (seriesList: readonly Series[], options: SeriesTextOptions = {}): string => {
  if (seriesList.length === 0) return 'no series'
  const shown = seriesList.slice(0, options.maxSeries ?? 20)
  const shared = seriesList.length > 1 ? sharedLabels(seriesList) : {}
  const rest = seriesList.length - shown.length
  const whole = new Set(mostChanged(shown, options.whole ?? shown.length))
  return [
    ...(seriesList.length > 1
      ? [`${seriesList.length} series${Object.keys(shared).length > 0 ? `, all with ${labelText(shared)}` : ''}`]
      : []),
    ...shown.map((series) => line(series, shared, whole.has(series) ? (options.maxPoints ?? 6) : 0, options.note?.(series) ?? '')),
    ...(rest > 0 ? [`… ${rest} more series not shown`] : []),
  ].join('\n')
}

/** By how far the last value is from the mean, in the series' own spread. */
const mostChanged = (seriesList: readonly Series[], count: number): readonly Series[] => {
  if (seriesList.length <= count) return seriesList
  const moved = (series: Series): number => {
    const { last, mean, min, max, changedAt } = summarise(series)
    const spread = max - min
    return Number.isFinite(spread) && spread > 0 ? Math.abs(last - mean) / spread + (changedAt === undefined ? 0 : 1) : 0
  }
  const ranked = seriesList.map((series) => ({ series, moved: moved(series) })).toSorted((a, b) => b.moved - a.moved)
  return ranked.slice(0, count).map(({ series }) => series)
}

const line = (series: Series, shared: Labels, maxPoints: number, note: string): string => {
  const own = Object.fromEntries(Object.entries(series.labels).filter(([name]) => !(name in shared)))
  const summary = summarise(series)
  if (summary.points === 0) return `${labelText(own)} no points`
  if (summary.points === 1) return `${labelText(own)} ${number(summary.last)} at ${moment(summary.to)}`
  const statistics = (['last', 'min', 'max', 'mean', 'change'] as const).map((name) => `${name} ${number(summary[name])}`)
  const notes = [
    ...(summary.changedAt === undefined ? [] : [`changed at ${moment(summary.changedAt)}`]),
    ...(note === '' ? [] : [note]),
    ...(summary.gaps === 0 ? [] : [`${summary.gaps} ${summary.gaps === 1 ? 'gap' : 'gaps'}`]),
  ]
  const day = moment(summary.from).slice(0, 11)
  const points = thin(series.points, maxPoints).map(([seconds, value]) => `${moment(seconds).replace(day, '')} ${number(value)}`)
  if (maxPoints === 0) return [`${labelText(own)} ${statistics.join(', ')}`, ...notes].join('; ')
  const span = `${summary.points} points ${moment(summary.from)} to ${moment(summary.to)}`
  return [`${labelText(own)} ${statistics.join(', ')}`, ...notes, span, points.join(', ')].join('; ')
}

const sharedLabels = (seriesList: readonly Series[]): Labels =>
  Object.fromEntries(
    Object.entries(seriesList[0]?.labels ?? {}).filter(([name, value]) => seriesList.every((series) => series.labels[name] === value)),
  )

/** Labels in PromQL's notation, by name as Prometheus sends them: what comes out of a jsonb column has another order, and is the same series. */
export const labelText = ({ __name__: name = '', ...others }: Labels): string => {
  const pairs = Object.entries(others)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return pairs.length > 0 || name === '' ? `${name}{${pairs.join(', ')}}` : name
}

const number = (value: number): string => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6))))

// Times outside of what a Date holds occur in broken series; they must not stop the text.
const moment = (seconds: number): string => {
  const date = new Date(Math.round(seconds * 1000))
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000Z', 'Z')
}
