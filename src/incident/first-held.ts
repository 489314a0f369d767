import type { Analysis, ObjectRef } from '../investigation/analysis.ts'
import type { Category } from '../investigation/categories.ts'
import type { Suspect } from '../investigation/suspects.ts'
import { thingsOf } from '../kubernetes/same-thing.ts'

/** Whether what the rules suspected at first is what an investigation ended with. */
export type FirstHeld = {
  /** `place`: the right object, for another reason than was suspected. */
  readonly held: 'yes' | 'place' | 'no'
  /** The suspect that the cause confirms; where none does, the likeliest. */
  readonly object: ObjectRef
  readonly category: Category
  /** Its place among the suspects, first 1. */
  readonly rank: number
}

/**
 * Compares the suspects of the first look with the cause of an analysis: the same thing by name (a service, its workload and its pods are
 * one), or one of those that the suspect explains. Null where there is nothing to compare: no suspect, no cause, no object of the cause that is
 * named, or an analysis that the rules made themselves.
 */
export const firstHeld = (suspects: readonly Suspect[], { by, cause }: Pick<Analysis, 'by' | 'cause'>): FirstHeld | null => {
  const [likeliest] = suspects
  if (likeliest === undefined || by === 'rules' || cause?.object === undefined) return null
  const { object, category } = cause
  const thing = thingsOf([object, ...suspects.flatMap((one) => [one.object, ...one.explains])])
  const isIt = (other: ObjectRef): boolean => thing(other) === thing(object)
  const isSoNamed = (one: Suspect): boolean => one.category === category || one.category === 'unknown' || category === 'unknown'
  const told = (held: FirstHeld['held'], one: Suspect): FirstHeld => ({
    ...{ held, object: one.object, category: one.category },
    rank: suspects.indexOf(one) + 1,
  })
  const named = suspects.filter((one) => isIt(one.object))
  const right = named.find(isSoNamed) ?? suspects.find((one) => one.category === category && one.explains.some(isIt))
  if (right !== undefined) return told('yes', right)
  return named[0] === undefined ? told('no', likeliest) : told('place', named[0])
}
