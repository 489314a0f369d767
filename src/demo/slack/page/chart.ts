import { type Html, html } from './html.ts'

/** docs.slack.dev/reference/block-kit/blocks/data-visualization-block; not yet in @slack/types 3.2.0. */
export type ChartBlock = {
  type: 'data_visualization'
  block_id?: string
  title: string
  chart: SeriesChart | { type: 'pie'; segments: Point[] }
}

type Point = { label: string; value: number }
type Series = { name: string; data: Point[] }
type SeriesChart = {
  type: 'line' | 'bar' | 'area'
  series: Series[]
  axis_config: { categories: string[]; x_label?: string; y_label?: string }
}

export const chart = (block: ChartBlock): Html =>
  html`<figure class="chart"><figcaption>${block.title}</figcaption>${block.chart.type === 'pie' ? pie(block.chart.segments) : plot(block.chart)}</figure>`

const width = 520
const height = 150
const left = 44
const bottom = 22
const top = 8
const inner = { width: width - left - 8, height: height - top - bottom }

const plot = (shown: SeriesChart): Html => {
  const values = shown.series.flatMap((series) => series.data.map((point) => point.value))
  const ticks = tickValues(Math.min(0, ...values), Math.max(...values, 1e-9))
  const [low = 0] = ticks
  const high = ticks.at(-1) ?? 1
  const y = (value: number): number => round(top + inner.height * (1 - (value - low) / (high - low)))
  const count = shown.axis_config.categories.length
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${summary(shown)}">
    ${ticks.map((tick) => html`<line class="grid" x1="${left}" x2="${width - 8}" y1="${y(tick)}" y2="${y(tick)}" /><text class="y" x="${left - 6}" y="${y(tick) + 3}">${short(tick)}</text>`)}
    ${shown.axis_config.categories.map((name, i) => isLabelled(i, count) && html`<text class="x${i === count - 1 && shown.type !== 'bar' && ' end'}" x="${across(shown.type, i, count)}" y="${height - 6}">${name}</text>`)}
    ${shown.series.map((series, i) => drawn({ type: shown.type, of: shown.series.length, index: i, count, y, low }, series))}</svg>
    <div class="legend">${shown.series.map((series, i) => html`<span><i class="dot c${i % 6}"></i>${series.name}</span>`)}${
      shown.axis_config.y_label !== undefined && html`<span class="unit">${shown.axis_config.y_label}</span>`
    }</div>${shown.axis_config.x_label !== undefined && html`<p class="axis">${shown.axis_config.x_label}</p>`}`
}

type Frame = { type: SeriesChart['type']; of: number; index: number; count: number; y: (value: number) => number; low: number }

const drawn = (frame: Frame, series: Series): Html => {
  const colour = `c${frame.index % 6}`
  if (frame.type === 'bar') {
    const slot = inner.width / frame.count
    const thick = (slot * 0.7) / frame.of
    return html`${series.data.map((point, i) => {
      const x = round(left + slot * i + slot * 0.15 + thick * frame.index)
      return html`<rect class="${colour}" x="${x}" y="${frame.y(point.value)}" width="${round(thick)}" height="${round(frame.y(frame.low) - frame.y(point.value))}"><title>${`${series.name} ${point.label}: ${point.value}`}</title></rect>`
    })}`
  }
  const points = series.data.map((point, i) => `${across(frame.type, i, frame.count)},${frame.y(point.value)}`)
  const line = html`<polyline class="line ${colour}" points="${points.join(' ')}"><title>${series.name}</title></polyline>`
  if (frame.type === 'line') return line
  const base = frame.y(frame.low)
  const [firstX, lastX] = [across(frame.type, 0, frame.count), across(frame.type, series.data.length - 1, frame.count)]
  return html`<polygon class="area ${colour}" points="${firstX},${base} ${points.join(' ')} ${lastX},${base}" />${line}`
}

const pie = (segments: readonly Point[]): Html => {
  const sum = segments.reduce((total, segment) => total + segment.value, 0) || 1
  let from = 0
  const rects = segments.map((segment, i) => {
    const x = from
    from += (segment.value / sum) * width
    return html`<rect class="c${i % 6}" x="${round(x)}" y="0" width="${round(from - x)}" height="18" />`
  })
  return html`<svg viewBox="0 0 ${width} 18" role="img">${rects}</svg><div class="legend">${segments.map(
    (segment, i) => html`<span><i class="dot c${i % 6}"></i>${segment.label} ${Math.round((segment.value / sum) * 100)} %</span>`,
  )}</div>`
}

const across = (type: SeriesChart['type'], index: number, count: number): number =>
  round(type === 'bar' ? left + (inner.width * (index + 0.5)) / count : left + (inner.width * index) / Math.max(count - 1, 1))

/** At most about seven names fit under the axis. */
const isLabelled = (index: number, count: number): boolean => index % Math.ceil(count / 7) === 0

const tickValues = (low: number, high: number): readonly number[] => {
  const rough = (high - low) / 3
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough
  const ticks: number[] = []
  for (let tick = Math.floor(low / step) * step; tick < high + step; tick += step) ticks.push(Number(tick.toPrecision(6)))
  return ticks
}

const short = (value: number): string =>
  new Intl.NumberFormat('en', { notation: Math.abs(value) >= 10_000 ? 'compact' : 'standard', maximumSignificantDigits: 3 }).format(value)

const summary = (shown: SeriesChart): string =>
  shown.series.map((series) => `${series.name}: from ${series.data[0]?.value} to ${series.data.at(-1)?.value}`).join('; ')

const round = (value: number): number => Math.round(value * 10) / 10
