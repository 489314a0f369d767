import type { CallGraph } from './call-graph.ts'

/**
 * What a service calls, directly or through others, the nearest first and by name where equally near; with `callers` also who calls it
 * directly. At most `most` in all, without itself.
 */
export const reachOf = ({ edges }: CallGraph, service: string, { most, callers }: { most: number; callers: boolean }): string[] => {
  const found = new Set([service])
  for (let ring = [service]; ring.length > 0 && found.size <= most; ) {
    const at = new Set(ring)
    ring = [...new Set(edges.flatMap(({ from, to }) => (at.has(from) && !found.has(to) ? [to] : [])))].sort()
    for (const one of ring) found.add(one)
  }
  if (callers) for (const one of edges.flatMap(({ from, to }) => (to === service ? [from] : [])).sort()) found.add(one)
  return [...found].slice(1, most + 1)
}
