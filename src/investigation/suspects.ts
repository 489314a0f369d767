import { objectKey } from '../kubernetes/objects.ts'
import { thingsOf } from '../kubernetes/same-thing.ts'
import { compare } from '../text/compare.ts'
import type { ObjectRef } from './analysis.ts'
import type { Category } from './categories.ts'
import type { EvidenceId } from './evidence.ts'
import type { Finding } from './rules/rule.ts'

/** Something that may have caused the alert, as all findings together say. */
export type Suspect = {
  readonly object: ObjectRef
  readonly category: Category
  /** The summary of its strongest finding. */
  readonly why: string
  readonly confidence: Finding['confidence']
  /** 0 to 1: how much of the alert its findings explain together. */
  readonly weight: number
  /** The rules whose findings are behind it, strongest first. */
  readonly rules: readonly string[]
  readonly explains: readonly ObjectRef[]
  readonly evidence: readonly EvidenceId[]
}

/** More than three nobody weighs at 3 AM. */
const MOST = 3

/** Below this nothing is accused: no suspect is a valid answer. */
const LEAST = 0.4

/**
 * At most three suspects, the likeliest first. Findings about one thing count together as independent hints do: 1 - product of
 * (1 - weight), the strongest of each rule alone; the category is that of the strongest. What a stronger suspect explains counts for less.
 * Ties go by name: same input, same bytes.
 */
export const suspectsOf = (findings: readonly Finding[]): Suspect[] => {
  const accused = findings.flatMap((finding) => {
    const { category, weight = 0, object } = finding
    return category === undefined || object === undefined || weight <= 0 ? [] : [{ finding, object }]
  })
  const thing = thingsOf(accused.flatMap(({ object, finding: { explains = [] } }) => [object, ...explains]))
  const suspects = [...Map.groupBy(accused, ({ object }) => thing(object)).values()].flatMap(
    (about) => suspectOf(about.map(({ finding }) => finding)) ?? [],
  )
  return unexplained(suspects.toSorted(strongestFirst), thing)
    .filter(({ weight }) => weight >= LEAST)
    .toSorted(strongestFirst)
    .slice(0, MOST)
}

const strongestFirst = (a: Suspect, b: Suspect): number => b.weight - a.weight || compare(objectKey(a.object), objectKey(b.object))

/** Of what is left of a suspect that a stronger one explains: it shows the trouble, it need not be its cause. */
const EXPLAINED = 0.6

const unexplained = (suspects: readonly Suspect[], thing: (object: ObjectRef) => string): Suspect[] =>
  suspects.map((suspect, at) => {
    const isExplained = suspects
      .slice(0, at)
      .some(
        ({ object, explains }) => thing(object) !== thing(suspect.object) && explains.some((one) => thing(one) === thing(suspect.object)),
      )
    return isExplained ? { ...suspect, weight: Number((suspect.weight * EXPLAINED).toFixed(4)) } : suspect
  })

const suspectOf = (about: readonly Finding[]): Suspect | undefined => {
  const ranked = about.toSorted((a, b) => (b.weight ?? 0) - (a.weight ?? 0) || compare(a.rule, b.rule))
  const strongest = ranked.filter(({ rule }, at) => ranked.findIndex((other) => other.rule === rule) === at)
  const [head] = strongest
  if (head?.object === undefined || head.category === undefined) return undefined
  const weight = 1 - strongest.reduce((left, finding) => left * (1 - (finding.weight ?? 0)), 1)
  return {
    object: head.object,
    category: head.category,
    why: head.summary,
    confidence: head.confidence,
    weight: Number(weight.toFixed(4)),
    rules: strongest.map(({ rule }) => rule),
    explains: uniqueBy(
      ranked.flatMap(({ explains = [] }) => explains),
      objectKey,
    ),
    evidence: [...new Set(strongest.flatMap(({ evidence }) => evidence))],
  }
}

const uniqueBy = <T>(all: readonly T[], key: (one: T) => string): T[] => [...new Map(all.map((one) => [key(one), one])).values()]
