import { cut } from '../../text/cut.ts'
import type { Block, ThreadView } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import { lineChart, MOST_POINTS } from './chart-lines.ts'

/** Before and after in one small chart; none where there are not two points. */
export const actionChart = ({ incident }: ThreadView, { verified }: ActionState): Block[] => {
  const chart = verified?.chart ?? null
  if (chart === null) return []
  const points = thinned(chart.points.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value)))
  if (points.length < 2) return []
  const { limit } = chart
  const share = limit !== null && limit <= 1 && / %/.test(verified?.after ?? verified?.before ?? '')
  const scale = share ? 100 : 1
  const lines = [
    { name: 'measured', valueAt: (i: number) => (points[i]?.[1] ?? 0) * scale },
    ...(limit === null ? [] : [{ name: 'limit', valueAt: () => limit * scale }]),
  ]
  const done = new Date(chart.at * 1000).toISOString().slice(11, 16)
  return [
    lineChart(
      share ? `${cut(incident.alertname, 46)}, %` : incident.alertname,
      points.map(([at]) => at),
      { lines, below: `UTC; before, and after it was done ${done}` },
    ),
  ]
}

/** First and last stay, and what lies between them evenly. */
const thinned = <T>(points: readonly T[]): T[] => {
  if (points.length <= MOST_POINTS) return [...points]
  const step = (points.length - 1) / (MOST_POINTS - 1)
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round(i * step)]).filter((point) => point !== undefined)
}
