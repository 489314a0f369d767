import type { Cited } from '../investigation/evidence.ts'
import type { RuleInput, Surroundings } from '../investigation/rules/rule.ts'
import { reachOf } from '../series/culprit.ts'
import type { Movement } from '../series/movement.ts'
import { movementLine } from '../series/movement-text.ts'
import { type Suspicion, suspicionOf } from '../series/suspicion.ts'
import type { CallGraph } from '../traces/call-graph.ts'
import { type Nearby, nearby } from './nearby.ts'
import type { Prometheus } from './prometheus.ts'
import { guardPromql } from './promql.ts'

export type Seen = {
  /** By the name that metrics have. */
  readonly subject: string | null
  readonly suspicion: Suspicion
  readonly nearby: Nearby
  readonly graph: CallGraph
  readonly namespace: string | null
}

/**
 * What moved around an alert: in its namespace, or among the subject and whom it calls where the alert names none. Null where neither is known.
 * Asked once for all rules of one look.
 */
export const movedAround = (input: RuleInput, prometheus: Prometheus): Promise<Seen | null> => {
  const known = shared.get(input.surroundings)
  if (known !== undefined) return known
  const asked = see(input, prometheus)
  shared.set(input.surroundings, asked)
  return asked
}

const shared = new WeakMap<Surroundings, Promise<Seen | null>>()

const see = async (input: RuleInput, prometheus: Prometheus): Promise<Seen | null> => {
  const { subject: named, onset, clock, signal, surroundings } = input
  const { labels } = input.alert
  const now = clock.now()
  const namespace = labels['namespace'] ?? null
  // A workload is called "shop/orders"; a name with a slash of its own stays whole.
  const subject = namespace !== null && named?.startsWith(`${namespace}/`) ? named.slice(namespace.length + 1) : named
  if (namespace === null && subject === null) return null
  // Whoever knows no calls has metrics all the same.
  const graph = await surroundings.callGraph().catch((): CallGraph => ({ edges: [] }))
  const label = Object.keys(labels).find((name) => labels[name] === subject) ?? 'service'
  const services = subject === null ? [] : reachOf(graph, subject)
  const found = await nearby(prometheus, { namespace, label, services }, { onset, now, signal })
  const alertMetrics = metricsOf(input.own?.expression ?? input.alert.expression)
  const suspicion = suspicionOf(found.series, { onset: onset.getTime() / 1000, subject, label, alertMetrics, graph })
  return { subject, suspicion, nearby: found, graph, namespace }
}

const metricsOf = (expression: string | null): readonly string[] => {
  const guarded = expression === null ? null : guardPromql(expression)
  return guarded?.ok === true ? guarded.metricNames : []
}

/** The movements as evidence: a line each, with their points. */
export const movementsCited = (prometheus: Prometheus, { nearby: found, suspicion }: Seen, movements: readonly Movement[]): Cited => ({
  source: 'prometheus',
  query: found.selector,
  range: { from: found.from.toISOString(), to: found.to.toISOString() },
  output: { kind: 'series', series: movements.map(({ series }) => series) },
  shown: [
    `${movements.length} of ${suspicion.measured} series that were compared with their own past; counters per second; before → since the onset`,
    ...movements.map(movementLine),
  ].join('\n'),
  // The others were looked at and are not kept.
  complete: false,
  link: prometheus.link(found.selector, { from: found.from, to: found.to }),
})
