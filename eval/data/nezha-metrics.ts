import type { Part } from './nezha-parts.ts'
import { NAMESPACE } from './nezha-written.ts'
import type { Samples, Trace, Written } from './recording.ts'

type Asked = {
  readonly parts: readonly Part[]
  readonly written: Written
  readonly entry: string
  readonly onset: number
  readonly now: number
  /** Of history. */
  readonly minutes: number
}

/** A sample a minute and column from the archives of the day, and what every cluster has beside it: where pods run, who calls whom, a probe. */
export const metricsOf = (asked: Asked): Samples[] => {
  const from = asked.onset - Math.max(asked.minutes, 5) * 60
  const columns = asked.parts
    .flatMap((part) => part.metrics())
    .map((one) => ({ ...one, points: one.points.filter(([at]) => at >= from && at <= asked.now) }))
  return [...merged(columns), ...placesOf(asked.written, from, asked.now), ...callsOf(asked, from), probeOf(asked, from)]
}

/** The same minute may stand in several archives. */
const merged = (all: readonly Samples[]): Samples[] =>
  [...Map.groupBy(all, ({ metric, labels }) => `${metric} ${JSON.stringify(labels)}`).values()].flatMap(([head, ...rest]) => {
    if (head === undefined) return []
    const points = new Map([head, ...rest].flatMap((one) => one.points.map((point) => [point[0], point] as const)))
    return points.size === 0 ? [] : [{ ...head, points: [...points.values()].toSorted(([a], [b]) => a - b) }]
  })

const SCRAPE_SECONDS = 15

const every = (from: number, to: number, seconds: number): number[] =>
  Array.from({ length: Math.floor((to - from) / seconds) + 1 }, (_, n) => from + n * seconds)

/** kube-state-metrics: the logs say on which node a pod runs. */
const placesOf = ({ lines, usual }: Written, from: number, to: number): Samples[] => {
  const nodes = new Map([...usual.flatMap((one) => one.lines), ...lines].map(({ labels }) => [labels['pod'] ?? '', labels['node'] ?? '']))
  const times = every(from, to, 60)
  return [...nodes].flatMap(([pod, node]) =>
    node === ''
      ? []
      : [{ metric: 'kube_pod_info', labels: { namespace: NAMESPACE, pod, node }, points: times.map((at) => [at, 1] as const) }],
  )
}

/** What the service graph of Tempo counts: calls from one service to another, minute by minute, the usual ones before the recording. */
const callsOf = ({ written, now }: Asked, from: number): Samples[] => {
  const usual = countsOf(written.usual[0]?.traces ?? [])
  const recorded = Map.groupBy(written.traces, ({ spans }) => Math.floor(((spans[0]?.start ?? 0) / 1000 - from) / 60))
  const minutes = new Map([...recorded].map(([minute, traces]) => [minute, countsOf(traces)]))
  const first = Math.min(...minutes.keys())
  const keys = [...new Set([...usual.keys(), ...[...minutes.values()].flatMap((counts) => [...counts.keys()])])].sort()
  return keys.map((key) => {
    const [client = '', server = ''] = JSON.parse(key) as string[]
    let total = 0
    const points = every(from, now, 60).map((at, n) => {
      const counts = n - 1 < first ? usual : minutes.get(n - 1)
      total += counts?.get(key) ?? 0
      return [at, total] as const
    })
    return { metric: 'traces_service_graph_request_total', labels: { client, server }, points }
  })
}

const countsOf = (traces: readonly Trace[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { spans } of traces) {
    const services = new Map(spans.map(({ id, service }) => [id, service]))
    for (const { parent, service } of spans) {
      const client = parent === null ? undefined : services.get(parent)
      if (client === undefined || client === service) continue
      const key = JSON.stringify([client, service])
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return counts
}

/** The alert's own series, the one thing here that nobody recorded: the probe of the entry fails from the onset on. */
const probeOf = ({ entry, onset, now }: Asked, from: number): Samples => ({
  metric: 'probe_success',
  labels: { service: entry, namespace: NAMESPACE },
  points: every(from, now, SCRAPE_SECONDS).map((at) => [at, at < onset ? 1 : 0] as const),
})
