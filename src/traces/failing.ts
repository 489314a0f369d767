import type { Trace } from './self-time.ts'
import type { Span } from './span.ts'

/** Where failing traces fail first: the spans with an error of which no span below has one. */
export type FailsIn = {
  readonly service: string
  /** Of how many traces, and how many of those that were read. */
  readonly traces: number
  readonly of: number
  /** The first of them. */
  readonly span: Span
}

/** The services in which failing traces fail deepest down, those of most traces first. Each trace counts once: what failed first in it. */
export const failingIn = (traces: readonly Trace[]): FailsIn[] => {
  const first = traces.flatMap(({ spans }) => deepest(spans).slice(0, 1))
  return [...Map.groupBy(first, ({ service }) => service)]
    .flatMap(([service, spans]) => (spans[0] === undefined ? [] : [{ service, traces: spans.length, of: first.length, span: spans[0] }]))
    .sort((a, b) => b.traces - a.traces || (a.service < b.service ? -1 : 1))
}

/** In order of time. */
const deepest = (spans: readonly Span[]): Span[] => {
  const failed = spans.filter(({ error }) => error !== null)
  const above = new Set<string>()
  const byId = new Map(spans.map((span) => [span.id, span]))
  for (const span of failed) {
    for (let up = byId.get(span.parent ?? ''); up !== undefined && !above.has(up.id); up = byId.get(up.parent ?? '')) above.add(up.id)
  }
  return failed.filter(({ id }) => !above.has(id)).sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1))
}
