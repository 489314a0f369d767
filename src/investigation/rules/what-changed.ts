import { movedAround, movementsCited, type Seen } from '../../datasources/moved.ts'
import type { Prometheus } from '../../datasources/prometheus.ts'
import { serviceIn } from '../../kubernetes/objects.ts'
import { categoryOf } from '../../series/category.ts'
import { clockText, movementText } from '../../series/movement-text.ts'
import { confidenceOf, LEAST_RANK, type Suspected } from '../../series/suspicion.ts'
import { cut } from '../../text/cut.ts'
import type { Rule, RuleFinding, RuleInput } from './rule.ts'

/** Of all metrics around the subject, those that left their own past when the alert began: who moved most and explains it is named. */
export const whatChanged: Rule = {
  id: 'what-changed',
  looksAt: 'what the metrics around it did',
  needs: ['prometheus'],
  evaluate: async (input) => {
    const { prometheus } = input.sources
    if (prometheus === undefined) return []
    const seen = await movedAround(input, prometheus)
    const named = seen?.suspicion.suspected.filter(({ rank }) => rank >= LEAST_RANK).slice(0, MOST) ?? []
    return seen === null ? [] : named.map((one, place) => findingOf(input, { prometheus, seen, one, place }))
  },
}

/** More than three nobody weighs at 3 AM. */
const MOST = 3
/** Lines of each that are kept as evidence. */
const MOST_MOVEMENTS = 5

type Found = { readonly prometheus: Prometheus; readonly seen: Seen; readonly one: Suspected; readonly place: number }

const findingOf = ({ cite }: RuleInput, { prometheus, seen, one, place }: Found): RuleFinding => {
  const { subject } = seen
  const { service, rank, moved, explains } = one
  const movements = moved.movements.slice(0, MOST_MOVEMENTS)
  const own = service === subject ? [] : (seen.suspicion.subject?.movements.slice(0, 1) ?? [])
  const others = explains.filter((name) => name !== service).map((name) => serviceIn(seen.namespace, name))
  return {
    rule: 'what-changed',
    severity: 'medium',
    confidence: confidenceOf(rank),
    summary: summaryOf(seen, one),
    suggestion: suggestionOf(one),
    object: serviceIn(seen.namespace, service),
    category: categoryOf(telling(one)) ?? (service === subject ? 'unknown' : 'dependency'),
    weight: weightOf(rank, place),
    since: new Date(moved.since * 1000).toISOString(),
    ...(others.length === 0 ? {} : { explains: others }),
    evidence: [cite(movementsCited(prometheus, seen, [...movements, ...own]))],
  }
}

/** Metrics alone never settle it; the second and third are hints beside the first. */
const weightOf = (rank: number, place: number): number =>
  Number((Math.min(0.7, 0.4 + 0.5 * (rank - LEAST_RANK)) * (place === 0 ? 1 : 0.85)).toFixed(3))

/** The kinds of its movements that say as much as the strongest. */
const telling = ({ moved: { movements } }: Suspected): string[] =>
  movements.filter(({ score }) => score >= 0.6 * (movements[0]?.score ?? 0)).map(({ kind }) => kind)

const summaryOf = (seen: Seen, { service, moved, explains }: Suspected): string => {
  const [first] = moved.movements
  if (first === undefined) return `${cut(service, 80)} moved.`
  const others = seen.suspicion.suspected.filter((other) => other.service !== service && other.moved.score >= 0.3)
  const isFirst = others.length > 0 && others.every((other) => other.moved.since > moved.since)
  const head = `${cut(service, 80)} moved ${isFirst ? 'first' : 'most'}: ${movementText(first)}`
  const follow = explains.filter((name) => name !== service).slice(0, 2)
  const names = follow.map((name) => cut(name, 60)).join(' and ')
  if (follow.length === 1) return `${head}; ${names}, which depends on it, follows.`
  if (follow.length > 1) return `${head}; ${names}, which depend on it, follow.`
  if (service === seen.subject) return `${head}; nothing that it calls explains it.`
  return `${head}.`
}

const suggestionOf = ({ service, moved }: Suspected): string =>
  `Look at ${cut(service, 80)} from ${clockText(moved.since - 300)} on: its logs, its deploys, and the metrics that moved`
