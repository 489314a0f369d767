import type { Brief } from '../../incident/timeline.ts'
import { cut } from '../../text/cut.ts'
import type { Block } from '../drawing.ts'
import { lineChart, MOST_POINTS } from './chart-lines.ts'

/** The course of the alert's expression as Slack's native line chart. */
export const chartOf = (brief: Brief): Block[] => {
  const { chart } = brief
  const before = chart?.yesterday
  const all = chart?.points.map(([at, value], i) => [at, value, before?.[i] ?? Number.NaN] as const) ?? []
  const points = all.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value)).slice(-MOST_POINTS)
  if (chart === null || points.length < 2) return []
  const { limit } = chart
  // The state line says what unit the expression has; a share reads as per cent there and must here.
  const share = limit !== null && limit <= 1 && / %/.test(brief.state ?? '')
  const scale = share ? 100 : 1
  const lines = [
    { name: 'measured', valueAt: (i: number) => (points[i]?.[1] ?? 0) * scale },
    ...(limit === null ? [] : [{ name: 'limit', valueAt: () => limit * scale }]),
    ...(points.every(([, , value]) => Number.isFinite(value))
      ? [{ name: 'yesterday', valueAt: (i: number) => (points[i]?.[2] ?? 0) * scale }]
      : []),
  ]
  const title = share ? `${cut(chart.title, 46)}, %` : chart.title
  return [
    lineChart(
      title,
      points.map(([at]) => at),
      { lines, below: sinceOf(brief) },
    ),
  ]
}

/** What cannot be drawn into a line is said below it. */
const sinceOf = ({ onset, onset_seen: seen, chart }: Brief): string => {
  const since = onset === null ? [] : [`since ${seen ? '' : 'about '}${onset.slice(11, 16)}`]
  const marks = (chart?.marks ?? [])
    .slice(-2)
    .map(({ at, label: what }) => `${cut(what, 24)} ${new Date(at * 1000).toISOString().slice(11, 16)}`)
  return ['UTC', ...since, ...marks].join('; ')
}
