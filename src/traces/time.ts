import type { Span } from './span.ts'

/** Part of a trace's duration, and the span that it was spent in. Milliseconds. */
export type Segment = { readonly span: Span; readonly ms: number }

/** The spans without a parent in the trace, the longest first. */
export const rootsOf = (spans: readonly Span[]): Span[] => {
  const ids = new Set(spans.map(({ id }) => id))
  return spans.filter(({ parent }) => parent === null || !ids.has(parent)).sort((a, b) => lengthOf(b) - lengthOf(a))
}

/** Spans whose parent was not found: the trace is not whole. */
export const orphansOf = (spans: readonly Span[]): Span[] => {
  const ids = new Set(spans.map(({ id }) => id))
  return spans.filter(({ parent }) => parent !== null && !ids.has(parent))
}

/** Children that begin before their parent by more than a millisecond: the clocks of two machines differ. Messages are no such case. */
export const skewedOf = (spans: readonly Span[]): Span[] => {
  const byId = new Map(spans.map((span) => [span.id, span]))
  return spans.filter(({ parent, start, kind }) => {
    const above = parent === null ? undefined : byId.get(parent)
    return above !== undefined && kind !== 'consumer' && start < above.start - 1
  })
}

/** Milliseconds of each span in which none of its children ran, in the order given; children outside of their parent count only inside it. */
export const selfTimes = (spans: readonly Span[]): Segment[] => {
  const children = childrenOf(spans)
  return spans.map((span) => ({ span, ms: lengthOf(span) - covered(span, children.get(span.id) ?? []) }))
}

/**
 * What the trace's end waited for: from the end of the root backwards, each time into the child that ended last. The parts add up to the
 * root's duration. In order of time.
 */
export const criticalPath = (spans: readonly Span[]): Segment[] => {
  const [root] = rootsOf(spans)
  if (root === undefined) return []
  const children = childrenOf(spans)
  const found: Segment[] = []
  const walk = (span: Span, from: number, until: number): void => {
    let cursor = until
    const below = (children.get(span.id) ?? []).toSorted((a, b) => b.end - a.end)
    for (const child of below) {
      const [begin, end] = [Math.max(child.start, from), Math.min(child.end, cursor)]
      if (end <= begin) continue
      add(found, span, cursor - end)
      walk(child, begin, end)
      cursor = begin
    }
    add(found, span, cursor - from)
  }
  walk(root, root.start, root.end)
  return found.toReversed()
}

/** Segments added up by whatever `key` names, the largest first. */
export const addUp = (segments: readonly Segment[], key: (span: Span) => string): { readonly key: string; readonly ms: number }[] => {
  const sums = new Map<string, number>()
  for (const { span, ms } of segments) sums.set(key(span), (sums.get(key(span)) ?? 0) + ms)
  return [...sums].map(([name, ms]) => ({ key: name, ms })).sort((a, b) => b.ms - a.ms || (a.key < b.key ? -1 : 1))
}

export const lengthOf = ({ start, end }: Span): number => Math.max(0, end - start)

const add = (found: Segment[], span: Span, ms: number): void => {
  if (ms > 0) found.push({ span, ms })
}

/** Without those that would be their own ancestors: a broken trace must not be walked for ever. */
const childrenOf = (spans: readonly Span[]): ReadonlyMap<string, readonly Span[]> => {
  const byId = new Map(spans.map((span) => [span.id, span]))
  const isLooped = (span: Span): boolean => {
    const seen = new Set([span.id])
    for (let above = byId.get(span.parent ?? ''); above !== undefined; above = byId.get(above.parent ?? '')) {
      if (seen.has(above.id)) return true
      seen.add(above.id)
    }
    return false
  }
  return Map.groupBy(
    spans.filter((span) => span.parent !== null && !isLooped(span)),
    ({ parent }) => parent ?? '',
  )
}

/** Milliseconds of a span in which at least one child ran. */
const covered = (span: Span, children: readonly Span[]): number => {
  let sum = 0
  let until = span.start
  for (const { start, end } of children.toSorted((a, b) => a.start - b.start)) {
    const [from, to] = [Math.max(start, until), Math.min(end, span.end)]
    if (to <= from) continue
    sum += to - from
    until = to
  }
  return sum
}
