import type { Context } from '../context.ts'
import type { Prometheus } from '../datasources/prometheus.ts'
import type { Sources } from '../datasources/sources.ts'
import { TransientError } from '../errors.ts'
import type { ClusterState } from '../kubernetes/state.ts'
import type { CallGraph } from '../traces/call-graph.ts'
import { readClusterState } from './cluster-state.ts'
import { logsAround } from './logs-around.ts'
import { once } from './once.ts'
import type { Surroundings } from './rules/rule.ts'
import { tracesAround } from './traces-around.ts'

export type Around = {
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
  const graph = once(() => callGraphSoon(around))
  return {
    callGraph: graph,
    clusterState: once(() => clusterState(around)),
    logs: once(() => logsAround({ ...around, graph })),
    traces: once(() => tracesAround({ ...around, tempo: around.sources.tempo })),
  }
}

/**
 * Logs and traces are read with the call graph and stand without it as well: a Prometheus that hangs must not take Loki's answer along. Whoever
 * needs the graph itself is late with it.
 */
const callGraphSoon = async (around: Around): Promise<CallGraph> => {
  const { context, signal, ms } = around
  const soft = new AbortController()
  const cancel = context.clock.after(ms * GRAPH_SHARE, () => soft.abort())
  try {
    return await callGraph({ ...around, signal: AbortSignal.any([signal, soft.signal]) })
  } catch (error) {
    if (!soft.signal.aborted || signal.aborted) throw error
    throw new TransientError(`Prometheus named no calls in ${Math.round(ms * GRAPH_SHARE) / 1000} s`, { cause: error })
  } finally {
    cancel()
  }
}

const GRAPH_SHARE = 0.4

/** The objects around an alert, asked for at once: for them the onset need not be known. `end` stops what is still being read. */
export const beginClusterState = (
  around: Omit<Around, 'onset' | 'signal'>,
): { clusterState: Surroundings['clusterState']; end: () => void } => {
  const stop = new AbortController()
  const reading = clusterState({ ...around, onset: around.context.clock.now(), signal: stop.signal })
  // Whoever asks for it gets the failure; nobody may.
  reading.catch(() => undefined)
  return {
    clusterState: () => reading,
    end: () => stop.abort(new Error('the look is over')),
  }
}

const clusterState = async ({ context: { clock }, sources: { kubernetes }, about, ms, signal }: Around): Promise<ClusterState | null> =>
  kubernetes === undefined ? null : readClusterState({ kubernetes, clock, signal, ms, ...about })

/**
 * As Tempo's metrics generator and the collector's service graph connector name it. Of an hour: a service that is down is called by nobody any
 * more, and samples may be minutes apart.
 */
const SERVICE_GRAPH = 'group by (client, server) (last_over_time(traces_service_graph_request_total[1h]))'

const callGraph = async ({ context, sources: { prometheus }, signal }: Around): Promise<CallGraph> => {
  const told = Object.entries(context.config.calls).flatMap(([from, all]) => all.map((to) => ({ from, to })))
  const seen = prometheus === undefined ? [] : await seenCalls(context, { prometheus, signal, needed: told.length === 0 })
  const edges = new Map(
    [...told, ...seen].filter(({ from, to }) => from !== to).map((edge) => [JSON.stringify([edge.from, edge.to]), edge]),
  )
  return { edges: [...edges.values()] }
}

type Asked = { readonly prometheus: Prometheus; readonly signal: AbortSignal; readonly needed: boolean }

/** Where the configuration says something, that stands also while Prometheus is silent. */
const seenCalls = async ({ clock }: Context, { prometheus, signal, needed }: Asked): Promise<CallGraph['edges']> => {
  try {
    const { series } = await prometheus.instant(SERVICE_GRAPH, { at: clock.now(), signal, limit: 5000 })
    return series.flatMap(({ labels: { client, server } }) => (client && server ? [{ from: client, to: server }] : []))
  } catch (error) {
    if (needed) throw error
    return []
  }
}
