import type { Labels } from '../../../series/series.ts'
import type { ShopLogs } from '../logs.ts'
import { matchesAll } from '../matcher.ts'
import { drop, keep, signature } from '../promql/labels.ts'
import type { Labelled, LogQuery, MetricQuery } from './query.ts'

/** Lines in [from, to), newest or oldest first, at most `limit`. */
export const selectLines = (logs: ShopLogs, query: LogQuery, { from, to, limit, newestFirst }: LineSpan): Labelled[] => {
  const found: Labelled[] = []
  const [first, last] = [Math.floor(Number(from / billion)), Math.floor(Number((to - 1n) / billion))]
  for (let index = 0; index <= last - first && found.length < limit; index += 1) {
    const second = newestFirst ? last - index : first + index
    const lines = linesOf(logs, query, second).filter(({ nanoseconds }) => nanoseconds >= from && nanoseconds < to)
    lines.sort((a, b) => (newestFirst ? -1 : 1) * Number(a.nanoseconds - b.nanoseconds))
    found.push(...lines)
  }
  return found.slice(0, limit)
}

/** A metric query at each of the instants (seconds). */
export const evaluateMetric = (logs: ShopLogs, query: MetricQuery, instants: readonly number[]): Counted[] => {
  if (query.kind === 'aggregate') return aggregated(query, evaluateMetric(logs, query.of, instants))
  const first = instants[0] ?? 0
  const last = instants.at(-1) ?? 0
  const series = new Map<string, { labels: Labels; times: number[]; sizes: number[] }>()
  for (let second = Math.floor(first - query.seconds); second <= Math.floor(last); second += 1)
    for (const entry of linesOf(logs, query.log, second)) {
      const key = signature(entry.labels)
      const known = series.get(key) ?? { labels: entry.labels, times: [], sizes: [] }
      series.set(key, known)
      known.times.push(Number(entry.nanoseconds) / 1e9)
      known.sizes.push(query.op.startsWith('bytes') ? Buffer.byteLength(entry.line) : 1)
    }
  const per = query.op === 'rate' || query.op === 'bytes_rate' ? query.seconds : 1
  return [...series.values()].map(({ labels, times, sizes }) => ({
    labels,
    // A window is open at its beginning and closed at its end; without a line there is no sample.
    values: instants.map((at) => {
      const total = times.reduce((sum, time, index) => sum + (time > at - query.seconds && time <= at ? (sizes[index] ?? 0) : 0), 0)
      return total === 0 ? undefined : total / per
    }),
  }))
}

const billion = 1_000_000_000n

const linesOf = (logs: ShopLogs, { matchers, stages }: LogQuery, second: number): Labelled[] =>
  logs
    .second(second, (labels) => matchesAll(labels, matchers))
    .flatMap(({ labels, nanoseconds, line }) => {
      let entry: Labelled | undefined = { stream: labels, labels, nanoseconds, line }
      for (const stage of stages) entry = entry === undefined ? undefined : stage(entry)
      return entry === undefined ? [] : [entry]
    })

const aggregated = (query: Extract<MetricQuery, { kind: 'aggregate' }>, members: readonly Counted[]): Counted[] => {
  const groups = new Map<string, { labels: Labels; members: Counted[] }>()
  for (const member of members) {
    const labels = query.without ? drop(member.labels, query.labels) : keep(member.labels, query.labels)
    const key = signature(labels)
    const group = groups.get(key) ?? { labels, members: [] }
    groups.set(key, group)
    group.members.push(member)
  }
  if (query.op === 'topk' || query.op === 'bottomk') return [...groups.values()].flatMap((group) => best(query, group.members))
  return [...groups.values()].map(({ labels, members: all }) => ({
    labels,
    values: (all[0]?.values ?? []).map((_, index) =>
      combine(
        query.op,
        all.flatMap(({ values }) => values[index] ?? []),
      ),
    ),
  }))
}

const best = (query: Extract<MetricQuery, { kind: 'aggregate' }>, members: readonly Counted[]): Counted[] => {
  const sign = query.op === 'topk' ? -1 : 1
  const kept = members.map(({ labels, values }) => ({ labels, values: values.map((): number | undefined => undefined) }))
  for (const index of members[0]?.values.keys() ?? []) {
    const ranked = [...members.entries()].filter(([, { values }]) => values[index] !== undefined)
    ranked.sort(([, a], [, b]) => sign * ((a.values[index] ?? 0) - (b.values[index] ?? 0)))
    for (const [place, { values }] of ranked.slice(0, query.param ?? 1)) {
      const row = kept[place]
      if (row !== undefined) row.values[index] = values[index]
    }
  }
  return kept.filter(({ values }) => values.some((value) => value !== undefined))
}

const combine = (op: string, values: readonly number[]): number | undefined => {
  if (values.length === 0) return undefined
  const sum = values.reduce((total, value) => total + value, 0)
  if (op === 'avg') return sum / values.length
  if (op === 'min') return Math.min(...values)
  if (op === 'max') return Math.max(...values)
  return op === 'count' ? values.length : sum
}

/** Nanoseconds since the epoch. */
type LineSpan = { readonly from: bigint; readonly to: bigint; readonly limit: number; readonly newestFirst: boolean }

/** One series; `values` stand at the asked instants, undefined where there is no sample. */
type Counted = { readonly labels: Labels; readonly values: readonly (number | undefined)[] }
