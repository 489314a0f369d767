import type { Context } from '../context.ts'
import type { Sources } from '../datasources/sources.ts'
import type { ClusterState } from '../kubernetes/state.ts'
import type { CallGraph } from '../traces/call-graph.ts'
import { readClusterState } from './cluster-state.ts'
import { logsAround } from './logs-around.ts'
import type { Surroundings } from './rules/rule.ts'
import { tracesAround } from './traces-around.ts'

type Around = {
  readonly context: Context
  readonly sources: Sources
  readonly cluster: string
  readonly subject: string | null
  readonly namespace: string | null
  readonly onset: Date
  readonly signal: AbortSignal
  /** How long the rules have. */
  readonly ms: number
  /** What the alert says of itself. */
  readonly about: { readonly labels: Readonly<Record<string, string>>; readonly subject: string | null }
}

/** What the rules of one brief share. */
export const surroundingsOf = (around: Around): Surroundings => {
  const graph = once(() => callGraph(around))
  return {
    callGraph: graph,
    clusterState: once(() => clusterState(around)),
    logs: once(() => logsAround({ ...around, graph })),
    traces: once(() => tracesAround({ ...around, tempo: around.sources.tempo })),
  }
}

const clusterState = async ({ context: { clock }, sources: { kubernetes }, about, ms, signal }: Around): Promise<ClusterState | null> =>
  kubernetes === undefined ? null : readClusterState({ kubernetes, clock, signal, ms, ...about })

/** Both clients of one call are known to the metrics generator of Tempo and to the collector's service graph connector. */
const SERVICE_GRAPH = 'group by (client, server) (traces_service_graph_request_total)'

const callGraph = async ({ context, sources: { prometheus }, signal }: Around): Promise<CallGraph> => {
  if (prometheus === undefined) return { edges: [] }
  const { series } = await prometheus.instant(SERVICE_GRAPH, { at: context.clock.now(), signal, limit: 5000 })
  const edges = series.flatMap(({ labels: { client, server } }) =>
    client === undefined || server === undefined || client === server ? [] : [{ from: client, to: server }],
  )
  return { edges }
}

const once = <T>(run: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | undefined
  return () => {
    running ??= run()
    return running
  }
}
