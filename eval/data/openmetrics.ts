import type { Labels } from '../../src/series/series.ts'
import type { Samples } from './recording.ts'

/** What `promtool tsdb create-blocks-from openmetrics` reads: a metric's samples stand together. */
export const openMetrics = (series: readonly Samples[]): string => {
  const byMetric = [...Map.groupBy(series, ({ metric }) => metric)]
  const text = byMetric.flatMap(([metric, all]) => [
    // Of a gauge nothing is demanded; what is a counter says so by its name.
    metric.endsWith('_total') ? `# TYPE ${metric.slice(0, -6)} counter` : `# TYPE ${metric} gauge`,
    ...all.flatMap(({ labels, points }) => {
      const head = `${metric}${labelled(labels)}`
      return points.map(([at, value]) => `${head} ${value} ${at}`)
    }),
  ])
  return `${text.join('\n')}\n# EOF\n`
}

/** A column's name as a metric's: what Prometheus does not allow becomes `_`. */
export const metricName = (text: string): string => {
  const name = text.replaceAll(/[^a-zA-Z0-9_]+/g, '_').replaceAll(/^_+|_+$/g, '')
  return /^[a-zA-Z]/.test(name) ? name : `m_${name}`
}

const labelled = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join(',')}}`
