import type { CallGraph } from '../traces/call-graph.ts'

/** A service that shows something: how sure that is, 0 to 1, and since when. */
export type Sign = {
  readonly service: string
  readonly score: number
  /** Seconds since the epoch. */
  readonly since: number
  /** What of it accuses the service itself, where that is less: the alert's own metric accuses nobody of whom it is. */
  readonly own?: number
}

export type Culprit = {
  readonly service: string
  /** How well it explains the subject: 0 to a bit above 1. */
  readonly rank: number
  /** From the subject to it, along calls; itself alone where nothing leads to it. */
  readonly path: readonly string[]
  /** Services that call it, directly or through others, and show something that it explains. */
  readonly explains: readonly string[]
}

/**
 * Who explains the subject, the likeliest first. Trouble goes from the called to the caller, so of those who show something it is the deepest that
 * the subject reaches; one that calls someone who shows as much is explained by it. Without calls, whoever shows most.
 */
export const culpritsOf = (signs: readonly Sign[], graph: CallGraph, subject: string | null): Culprit[] => {
  const shown = new Map(signs.map((sign) => [sign.service, sign]))
  const callees = neighbours(graph.edges.map(({ from, to }) => [from, to]))
  const callers = neighbours(graph.edges.map(({ from, to }) => [to, from]))
  const scoreOf = (name: string): number => shown.get(name)?.score ?? 0
  const paths = subject === null ? new Map<string, readonly string[]>() : pathsFrom(subject, callees, scoreOf)
  return signs
    .map((sign): Culprit => {
      const { service, score, own = score } = sign
      const path = paths.get(service)
      const explains = explainedBy(service, callers, scoreOf)
      const below = Math.max(0, ...[...(callees.get(service) ?? [])].map((name) => explained(sign, shown.get(name))))
      // Nothing is known of who calls whom, or nothing of this one: that it could matter to the subject is not excluded.
      const reach = path !== undefined ? pathWeight(path, scoreOf) : graph.edges.length === 0 || subject === null ? 1 : UNREACHED
      const breadth = 1 + BREADTH * Math.min(3, explains.length)
      return { service, rank: own * (1 - below) * reach * breadth * (isAddress(service) ? ADDRESS : 1), path: path ?? [service], explains }
    })
    .toSorted((a, b) => b.rank - a.rank || sinceOf(shown, a) - sinceOf(shown, b) || (a.service < b.service ? -1 : 1))
}

const UNREACHED = 0.5
/** For each caller that it explains, up to three. */
const BREADTH = 0.08
/** A host or URL that a caller saw from outside: where a service with a name explains as much, that is who is meant. */
const ADDRESS = 0.8
const isAddress = (name: string): boolean => /(^|\/\/|@)[\w-]+(\.[\w-]+)+/.test(name)

/** From here on a service is seen to be in trouble. */
const SEEN = 0.3

const sinceOf = (shown: ReadonlyMap<string, Sign>, { service }: Culprit): number => shown.get(service)?.since ?? 0

/** How much of a service's trouble is that of one it calls: none, when that began clearly later or is much less. */
const explained = ({ score, since }: Sign, callee: Sign | undefined): number => {
  if (callee === undefined || callee.score < SEEN || callee.since > since + LATER_SECONDS) return 0
  const share = Math.min(1, callee.score / score)
  return share < LEAST_SHARE ? 0 : MOST_EXPLAINED * share
}

const LATER_SECONDS = 300
const LEAST_SHARE = 0.6
const MOST_EXPLAINED = 0.8

/** A service between that shows nothing makes the path doubtful: it may just not be measured. */
const pathWeight = (path: readonly string[], scoreOf: (name: string) => number): number =>
  path.slice(1, -1).reduce((left, name) => left * (scoreOf(name) >= SEEN ? 1 : 0.75), 1)

const explainedBy = (service: string, callers: Neighbours, scoreOf: (name: string) => number): string[] => {
  const found = new Set([service])
  for (const name of found) for (const caller of callers.get(name) ?? []) if (scoreOf(caller) >= SEEN) found.add(caller)
  return [...found].slice(1)
}

/** Calls further away than this are no neighbours. */
const DEEPEST = 8

/** The shortest path to each service that the subject reaches; of equal ones that over the service which shows more. */
const pathsFrom = (subject: string, callees: Neighbours, scoreOf: (name: string) => number): Map<string, readonly string[]> => {
  const paths = new Map<string, readonly string[]>([[subject, [subject]]])
  for (const [name, path] of paths) {
    if (path.length > DEEPEST) continue
    const next = [...(callees.get(name) ?? [])].toSorted((a, b) => scoreOf(b) - scoreOf(a))
    for (const callee of next) if (!paths.has(callee)) paths.set(callee, [...path, callee])
  }
  return paths
}

/** All that the subject calls, directly and through others, and who calls it. */
export const reachOf = (graph: CallGraph, subject: string): string[] => {
  const callees = neighbours(graph.edges.map(({ from, to }) => [from, to]))
  const direct = graph.edges.filter(({ to }) => to === subject).map(({ from }) => from)
  return [...new Set([...pathsFrom(subject, callees, () => 0).keys(), ...direct.sort()])]
}

type Neighbours = ReadonlyMap<string, readonly string[]>

const neighbours = (pairs: readonly (readonly [string, string])[]): Neighbours => {
  const sorted = pairs.toSorted(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0))
  return new Map([...Map.groupBy(sorted, ([from]) => from)].map(([from, to]) => [from, [...new Set(to.map(([, name]) => name))]]))
}
