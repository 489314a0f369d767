import type { CallGraph } from '../traces/call-graph.ts'
import { type Culprit, culpritsOf, type Sign } from './culprit.ts'
import { type Moved, type Movement, type Movements, movementsOf } from './movement.ts'
import { ownersOf } from './owner.ts'
import type { Series } from './series.ts'

export type Asked = {
  /** Seconds since the epoch. */
  readonly onset: number
  readonly subject: string | null
  /** The label by which the alert names its subject. */
  readonly label: string
  /** The metrics that the alert's expression reads. */
  readonly alertMetrics: readonly string[]
  readonly graph: CallGraph
}

export type Suspected = Culprit & { readonly moved: Moved }

export type Suspicion = {
  /** The likeliest first. */
  readonly suspected: readonly Suspected[]
  /** What the subject itself shows; null where nothing of it left its past. */
  readonly subject: Moved | null
  /** Series that had a past to be measured against. */
  readonly measured: number
}

/** From here on someone is named: of 98 hours in which nothing was wrong, none to two have a service above it (docs/bench.md). */
export const LEAST_RANK = 0.3

/** How sure a rule may be of someone with this rank. */
export const confidenceOf = (rank: number): 'high' | 'medium' | 'low' => (rank >= 0.8 ? 'high' : rank >= 0.6 ? 'medium' : 'low')

/** Who of all moved most and explains the subject. Same series, same answer, in whatever order they come. */
export const suspicionOf = (series: readonly Series[], { onset, subject, label, alertMetrics: read, graph }: Asked): Suspicion => {
  const alertMetrics = read.flatMap(measuredBy)
  const owner = ownersOf(series, label)
  const { moved, owners, measured, loads } = movementsOf(series, { onset, owner, subject: subject ?? undefined, alertMetrics })
  const byOwner = new Map(moved.map((one) => [one.owner, one]))
  const own = subject === null ? undefined : byOwner.get(subject)
  const signs = moved.map((one): Sign => {
    const sign = { service: one.owner, score: one.score, since: one.since }
    return one.owner === subject ? { ...sign, own: ownScore(one, alertMetrics) } : sign
  })
  // The subject can be measured and is as ever: then what others do has little to do with it.
  const still = subject !== null && owners.has(subject) && own === undefined
  const suspected = culpritsOf(signs, graph, subject).flatMap((culprit): Suspected[] => {
    const one = byOwner.get(culprit.service)
    return one === undefined
      ? []
      : [{ ...culprit, rank: culprit.rank * (still ? STILL : 1) * loadWeight(loads, subject, culprit.service), moved: one }]
  })
  suspected.sort((a, b) => b.rank - a.rank)
  return { suspected, subject: own ?? null, measured }
}

const STILL = 0.75

/** Who gets a tenth of the subject's requests explains less of what befalls them than who gets all; by the kinds of load that both have. */
const loadWeight = (loads: Movements['loads'], subject: string | null, service: string): number => {
  const [own, others] = [loads.get(subject ?? ''), loads.get(service)]
  const shares = [...(own ?? [])].flatMap(([kind, load]) => {
    const other = others?.get(kind)
    return other === undefined || load === 0 ? [] : [other / load]
  })
  return shares.length === 0 ? 1 : Math.max(LEAST_LOAD, Math.min(1, Math.max(...shares)) ** 0.15)
}
const LEAST_LOAD = 0.6

/** A quantile is read from a histogram's buckets, which nobody asks for here: its sum and its mean move with it. */
const measuredBy = (metric: string): string[] => {
  const stem = /^(.+)_(?:bucket|sum)$/.exec(metric)?.[1]
  return stem === undefined ? [metric] : [metric, `${stem}_sum`, `${stem}_mean`]
}

/** What the subject shows beyond what the alert is about: that this moved everybody knows. */
const ownScore = ({ movements }: Moved, alertMetrics: readonly string[]): number =>
  movements.reduce((most, one) => (isOfAlert(one, alertMetrics) ? most : Math.max(most, one.score)), 0)

const isOfAlert = ({ series }: Movement, alertMetrics: readonly string[]): boolean => alertMetrics.includes(series.labels['__name__'] ?? '')
