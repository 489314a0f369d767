import { ownerOfPod, withoutHash } from '../kubernetes/names.ts'
import { objectKey } from '../text/object-key.ts'
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

/** Kinds that are one thing to people: a service by its name in logs and metrics, the workload that runs it, its pods. */
const RUNS = new Set(['service', 'deployment', 'statefulset', 'daemonset', 'replicaset', 'pod'])

/**
 * The name of the thing that an object is: logs and traces know a service without its namespace, Kubernetes knows its deployment and pods. Where
 * one name stands in several namespaces, one without a namespace is a thing of its own.
 */
const thingsOf = (objects: readonly ObjectRef[]): ((object: ObjectRef) => string) => {
  const nameOf = ({ kind, name }: ObjectRef): string => {
    const lower = kind.toLowerCase()
    if (!RUNS.has(lower)) return `${lower} ${name}`
    return `runs ${lower === 'pod' ? ownerOfPod(name) : lower === 'replicaset' ? withoutHash(name) : name}`
  }
  const namespaces = Map.groupBy(
    objects.filter(({ namespace }) => namespace !== undefined),
    nameOf,
  )
  return (object) => {
    const name = nameOf(object)
    const known = new Set((namespaces.get(name) ?? []).map(({ namespace }) => namespace))
    const [only = ''] = known.size === 1 ? known : []
    return `${name} ${object.namespace ?? only}`
  }
}

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

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
