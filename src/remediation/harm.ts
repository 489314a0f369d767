import type { Brief } from '../incident/timeline.ts'
import type { Analysis, ObjectRef } from '../investigation/analysis.ts'
import type { Category } from '../investigation/categories.ts'
import { isPodOf } from '../kubernetes/names.ts'
import type { Offer, Target } from './offer.ts'

type Known = { readonly brief: Pick<Brief, 'suspects'> | undefined; readonly analysis: Pick<Analysis, 'cause'> }

/** What more callers make worse. A backlog is not among it: more consumers are what helps there. */
const EXHAUSTED: readonly Category[] = ['saturation', 'database', 'dependency', 'external']

/**
 * Why the deed would make the cause worse; null: nothing says so. More pods of one service press harder on what it depends on, where that is
 * what is exhausted.
 */
export const harmOf = ({ change, target }: Pick<Offer, 'change' | 'target'>, { brief, analysis }: Known): string | null => {
  if (!isScaleOut(change)) return null
  const [suspect] = brief?.suspects ?? []
  const named = [
    ...(analysis.cause?.object === undefined ? [] : [{ object: analysis.cause.object, category: analysis.cause.category }]),
    ...(suspect === undefined ? [] : [suspect]),
  ]
  const found = named.find(({ object, category }) => EXHAUSTED.some((one) => one === category) && !isOf(target, object))
  return found === undefined
    ? null
    : `more pods of ${target.name} would press harder on ${found.object.name}, which is what is at its limit (${found.category})`
}

/** As the dry run shows it: a number of pods, or an autoscaler's limit, that gets larger. */
const isScaleOut = (change: readonly string[]): boolean => {
  const counts = change.flatMap((line) => {
    const [, sign, field, value] = /^([-+]) spec\.(replicas|minReplicas|maxReplicas): (\d+)$/.exec(line) ?? []
    return sign === undefined || field === undefined ? [] : [{ sign, field, value: Number(value) }]
  })
  return counts.some(
    ({ sign, field, value }) =>
      sign === '+' && value > (counts.find((other) => other.sign === '-' && other.field === field)?.value ?? Number.POSITIVE_INFINITY),
  )
}

/** The workload itself, by whatever kind it is called, or one of its pods. */
const isOf = (target: Target, { kind, name }: ObjectRef): boolean =>
  name === target.name || (kind.toLowerCase() === 'pod' && isPodOf(name, target.name))
