import type { Peer, Span } from './span.ts'
import { criticalPath } from './time.ts'

export type Trace = { readonly id: string; readonly spans: readonly Span[] }

/**
 * Where the traces after a moment waited longer than those before it. `ms` is the extra time a trace, added up over the critical path;
 * `share` its part of all extra time. `own` is time inside the service; `edges` time between a client's span and the server's under it.
 */
export type Slower = {
  readonly service: string
  readonly ms: number
  readonly share: number
  /** In how many of the traces some call of it took longer than nine of ten did before. */
  readonly traces: number
  /** Set where it writes no spans itself, and is known from its callers'. */
  readonly peer: Peer['kind'] | null
  readonly own: number
  readonly edges: readonly { readonly from: string; readonly to: string; readonly ms: number }[]
  /** Of the place that gained most: milliseconds of one call in the middle, before and after. */
  readonly place: Place
}

export type Place = { readonly name: string; readonly before: number; readonly after: number; readonly calls: number }

/**
 * The services by the extra time that they explain, the most first. Calls are compared with calls of the same operation, so that another
 * mix of requests is no slowness. Time between two services belongs to both until the others tell: a service that is slow to reach has it on all its edges.
 */
export const slowerServices = (before: readonly Trace[], after: readonly Trace[]): Slower[] => {
  if (before.length === 0 || after.length === 0) return []
  const usual = Map.groupBy(before.flatMap(stepsOf), keyOf)
  const gained = [...Map.groupBy(after.flatMap(stepsOf), keyOf)].flatMap(([key, steps]) => gainOf(usual.get(key), steps, after.length))
  const total = gained.reduce((sum, { ms }) => sum + ms, 0)
  return [...new Set(gained.flatMap(({ step }) => (step.to === null ? [step.service] : [step.service, step.to])))]
    .flatMap((service) => slowerOf(service, gained, total))
    .sort((a, b) => blame(b) - blame(a) || (a.service < b.service ? -1 : 1))
}

/** One edge alone is the called one's: it is known that the caller waited, not that it dawdled. */
const blame = ({ service, own, edges }: Slower): number =>
  own + edges.reduce((sum, { to, ms }) => sum + (to === service ? ms : 0.9 * ms), 0)

/** Time of one span on the critical path of its trace; `to` is the service whose span is below a client's, or whom the client says it calls. */
type Step = {
  readonly trace: string
  readonly service: string
  readonly name: string
  readonly kind: Span['kind']
  readonly to: string | null
  readonly peer: Peer['kind'] | null
  readonly ms: number
}

const stepsOf = ({ id: trace, spans }: Trace): Step[] => {
  const below = new Map<string, string>()
  const byId = new Map(spans.map((span) => [span.id, span]))
  for (const { parent, service } of spans) {
    const above = byId.get(parent ?? '')
    if (above !== undefined && above.service !== service && !below.has(above.id)) below.set(above.id, service)
  }
  const sums = new Map<Span, number>()
  for (const { span, ms } of criticalPath(spans)) sums.set(span, (sums.get(span) ?? 0) + ms)
  return [...sums].map(([{ id, service, name, kind, peer }, ms]) => {
    const served = below.get(id)
    const to = served ?? peer?.name ?? null
    return { trace, service, name, kind, to: to === service ? null : to, peer: served === undefined ? (peer?.kind ?? null) : null, ms }
  })
}

const keyOf = ({ service, name, kind, to }: Step): string => JSON.stringify([service, name, kind, to])

type Gain = {
  readonly step: Step
  readonly ms: number
  readonly before: number
  readonly after: number
  readonly calls: number
  readonly slow: readonly string[]
}

/** So many calls before, and the middle of them is the usual. */
const LEAST_CALLS = 3

const gainOf = (usual: readonly Step[] | undefined, steps: readonly Step[], traces: number): Gain[] => {
  const [step] = steps
  if (step === undefined || usual === undefined || usual.length < LEAST_CALLS) return []
  const expected = usual.map(({ ms }) => ms).sort((a, b) => a - b)
  // What is wild already counts less: beyond its usual tenth of slow calls only.
  const high = expected[Math.floor(0.9 * (expected.length - 1))] ?? 0
  const middle = expected[Math.floor(expected.length / 2)] ?? 0
  const extra = steps.reduce((sum, { ms }) => sum + (ms > high ? ms - middle : 0), 0)
  const allowed = usual.reduce((sum, { ms }) => sum + (ms > high ? ms - middle : 0), 0) * (steps.length / usual.length)
  const now = steps.map(({ ms }) => ms).sort((a, b) => a - b)
  if (extra <= allowed) return []
  const after = now[Math.floor(0.9 * (now.length - 1))] ?? 0
  const slow = steps.flatMap(({ trace, ms }) => (ms > high ? [trace] : []))
  return [{ step, ms: (extra - allowed) / traces, before: middle, after, calls: steps.length, slow }]
}

const slowerOf = (service: string, gained: readonly Gain[], total: number): Slower[] => {
  const own = gained.filter(({ step }) => step.to === null && step.service === service)
  const between = gained.filter(({ step }) => step.to !== null && (step.service === service || step.to === service))
  const sum = (gains: readonly Gain[]): number => gains.reduce((ms, gain) => ms + gain.ms, 0)
  const ms = sum(own) + sum(between)
  const [most] = [...own, ...between].sort((a, b) => b.ms - a.ms)
  if (most === undefined) return []
  return [
    {
      service,
      ms,
      share: ms / total,
      traces: new Set([...own, ...between].flatMap(({ slow }) => slow)).size,
      peer: own.length > 0 ? null : (between.find(({ step }) => step.to === service)?.step.peer ?? null),
      own: sum(own),
      edges: edgesOf(between),
      place: {
        name: `${most.step.service}: ${most.step.name}${most.step.to === null ? '' : ` to ${most.step.to}`}`,
        before: most.before,
        after: most.after,
        calls: most.calls,
      },
    },
  ]
}

/** One for each pair of services, the most time first. */
const edgesOf = (gains: readonly Gain[]): Slower['edges'] =>
  [...Map.groupBy(gains, ({ step }) => JSON.stringify([step.service, step.to]))]
    .map(([pair, all]) => {
      const [from, to] = JSON.parse(pair) as [string, string]
      return { from, to, ms: all.reduce((sum, { ms }) => sum + ms, 0) }
    })
    .sort((a, b) => b.ms - a.ms || (a.from + a.to < b.from + b.to ? -1 : 1))
