import type { Brief } from '../../incident/timeline.ts'
import { cut } from '../../text/cut.ts'
import type { Block } from '../drawing.ts'
import { label } from './text.ts'

const MOST_POINTS = 20

/**
 * The course of the alert's expression as Slack's native line chart: at most 20 points and labels of 20 characters.
 * https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
 */
export const chartOf = (brief: Brief): Block[] => {
  const { chart } = brief
  const before = chart?.yesterday
  const all = chart?.points.map(([at, value], i) => [at, value, before?.[i] ?? Number.NaN] as const) ?? []
  const points = all.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value)).slice(-MOST_POINTS)
  if (chart === null || points.length < 2) return []
  const labels = labelsOf(points.map(([at]) => at))
  const line = (name: string, valueAt: (index: number) => number): Block =>
    ({
      name,
      data: labels.map((text, i) => ({ label: text, value: short(valueAt(i)) })),
    }) as unknown as Block
  const { limit } = chart
  // The state line says what unit the expression has; a share reads as per cent there and must here.
  const share = limit !== null && limit <= 1 && / %/.test(brief.state ?? '')
  const scale = share ? 100 : 1
  const series = [
    line('measured', (i) => (points[i]?.[1] ?? 0) * scale),
    ...(limit === null ? [] : [line('limit', () => limit * scale)]),
    ...(points.every(([, , value]) => Number.isFinite(value)) ? [line('yesterday', (i) => (points[i]?.[2] ?? 0) * scale)] : []),
  ]
  return [
    {
      type: 'data_visualization',
      title: label(share ? `${cut(chart.title, 46)}, %` : chart.title, 50),
      chart: { type: 'line', series, axis_config: { categories: labels, x_label: sinceOf(brief) } },
    },
  ]
}

/** What cannot be drawn into a line is said below it. */
const sinceOf = ({ onset, onset_seen: seen, chart }: Brief): string => {
  const since = onset === null ? [] : [`since ${seen ? '' : 'about '}${onset.slice(11, 16)}`]
  const marks = (chart?.marks ?? [])
    .slice(-2)
    .map(({ at, label: what }) => `${cut(what, 24)} ${new Date(at * 1000).toISOString().slice(11, 16)}`)
  return label(['UTC', ...since, ...marks].join('; '), 50)
}

/** Minutes where they tell the points apart, else seconds; never one twice, which Slack refuses. */
const labelsOf = (times: readonly number[]): string[] => {
  const written = (length: number): string[] => times.map((at) => new Date(at * 1000).toISOString().slice(11, length))
  const minutes = written(16)
  if (new Set(minutes).size === times.length) return minutes
  return written(19).map((text, i, all) => (all.indexOf(text) === i ? text : `${text} ${i}`))
}

/** Four digits are more than the eye reads off a line. */
const short = (value: number): number => Number(value.toPrecision(4))
