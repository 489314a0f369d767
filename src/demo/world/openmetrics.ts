import { catalogue } from './catalogue.ts'
import type { Storage } from './promql/evaluate.ts'
import { formatValue } from './promql/number.ts'

/** Everything stored in [from, to] (milliseconds) as an OpenMetrics text, to load the world into a real Prometheus (`promtool tsdb create-blocks-from openmetrics`). */
export const openMetrics = (storage: Storage, from: number, to: number): string => {
  const families = new Map<string, string[]>()
  for (const { labels, times, values } of storage.select([], from, to)) {
    const { __name__: name = '', ...rest } = labels
    const family = familyOf(name)
    const lines = families.get(family) ?? []
    families.set(family, lines)
    const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    for (const [index, time] of times.entries()) {
      const value = values[index] ?? Number.NaN
      // OpenMetrics has no staleness marker.
      if (!Number.isNaN(value)) lines.push(`${name}{${pairs.join(',')}} ${formatValue(value)} ${time / 1000}`)
    }
  }
  const parts = [...families].map(([family, lines]) => [`# TYPE ${family.replace(/_total$/, '')} ${typeOf(family)}`, ...lines].join('\n'))
  return `${parts.join('\n')}\n# EOF\n`
}

const familyOf = (name: string): string => {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  return catalogue[base]?.type === 'histogram' ? base : name
}

const typeOf = (family: string): string => catalogue[family]?.type ?? 'gauge'
