import type { Incident } from '../db/schema.ts'
import type { Brief } from '../incident/timeline.ts'
import type { Analysis, ObjectRef } from '../investigation/analysis.ts'
import { isPodOf } from '../kubernetes/names.ts'
import type { Labels } from '../series/series.ts'
import type { Target } from './offer.ts'

export type Known = {
  readonly incident: Pick<Incident, 'subject'>
  readonly labels: Labels
  readonly brief: Brief | undefined
  readonly analysis: Pick<Analysis, 'cause'> | null
}

/**
 * Whether a target is a thing of this incident: its subject, what a rule's finding or suspect names, or what the checked analysis calls the
 * cause. What a model merely mentions is none of these, nor is anything in another namespace.
 */
export const belongs = (target: Target, { incident, labels, brief, analysis }: Known): boolean => {
  const own = labels['namespace']
  const seen: ObjectRef[] = [
    ...(incident.subject === null ? [] : [{ kind: 'service', name: incident.subject, ...(own === undefined ? {} : { namespace: own }) }]),
    ...(brief?.findings ?? []).flatMap(({ object, category }) => (object === undefined || category === undefined ? [] : [object])),
    ...(brief?.suspects ?? []).map(({ object }) => object),
    // Only with receipts does an object come this far.
    ...(analysis?.cause?.object === undefined ? [] : [analysis.cause.object]),
    ...LABELS.flatMap(([label, kind]) =>
      labels[label] === undefined ? [] : [{ kind, name: labels[label], ...(own === undefined ? {} : { namespace: own }) }],
    ),
  ]
  return seen.some((one) => isOf(target, one, own))
}

/** What an alert itself names. */
const LABELS = [
  ['deployment', 'deployment'],
  ['statefulset', 'statefulset'],
  ['daemonset', 'daemonset'],
  ['pod', 'pod'],
  ['node', 'node'],
  ['horizontalpodautoscaler', 'horizontalpodautoscaler'],
  ['alertname', 'alert'],
] as const

/** A subject is called without its kind; a pod belongs to the workload whose name it bears. */
const isOf = (target: Target, seen: ObjectRef, own: string | undefined): boolean => {
  if (target.kind === 'Alert' || seen.kind === 'alert') return target.kind === 'Alert' && seen.kind === 'alert' && seen.name === target.name
  const place = seen.namespace ?? own
  if (target.namespace !== undefined && place !== undefined && target.namespace !== place) return false
  // With neither the alert's nor the object's namespace known, any object of that name would do: that is a guess.
  if (target.namespace !== undefined && place === undefined) return false
  if (seen.name === target.name) return true
  if (target.kind === 'Pod') return isPodOf(target.name, seen.name)
  return seen.kind.toLowerCase() === 'pod' && target.kind !== 'Node' && isPodOf(seen.name, target.name)
}
