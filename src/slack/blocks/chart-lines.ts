import type { Block } from '../drawing.ts'
import { label } from './text.ts'

/** A native line chart holds 20 points, and labels of 20 characters. https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block */
export const MOST_POINTS = 20

type Line = { readonly name: string; readonly valueAt: (index: number) => number }

/** Lines over the same moments, in seconds; at most 20 of them. */
export const lineChart = (title: string, times: readonly number[], { lines, below }: { lines: readonly Line[]; below: string }): Block => {
  const labels = labelsOf(times)
  const series = lines.map(({ name, valueAt }) => ({ name, data: labels.map((text, i) => ({ label: text, value: short(valueAt(i)) })) }))
  return {
    type: 'data_visualization',
    title: label(title, 50),
    chart: { type: 'line', series, axis_config: { categories: labels, x_label: label(below, 50) } },
  }
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
