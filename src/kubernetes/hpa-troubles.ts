import type { AroundAt } from './around.ts'
import { type Condition, conditionOf } from './condition.ts'
import { findObject, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { quantity } from './quantity.ts'
import { at, listAt, numberAt, recordAt, textAt } from './read.ts'
import type { KubeObject } from './state.ts'
import { closest, sinceWords, type Trouble } from './trouble.ts'

/** The autoscaler leaves a metric alone that is within a tenth of its target (--horizontal-pod-autoscaler-tolerance). */
const TOLERANCE = 1.1

/** What stands at its limit for longer than this does so every day. */
const USUAL_MS = 24 * 3600_000

/** Metrics lack for a while after every start of pods. */
const SETTLING_MS = 3 * 60_000

/** Autoscalers that would scale further and may not, or cannot tell whether they should. */
export const hpaTroubles = (given: AroundAt): readonly Trouble[] =>
  ofKind(given.around.state, 'HorizontalPodAutoscaler').flatMap((hpa) => {
    const blind = blindness(given, hpa)
    return blind === undefined ? atItsMaximum(given, hpa) : [blind]
  })

const atItsMaximum = (given: AroundAt, hpa: KubeObject): readonly Trouble[] => {
  const { state } = given.around
  const max = numberAt(hpa, 'spec', 'maxReplicas')
  const min = numberAt(hpa, 'spec', 'minReplicas') ?? 1
  const current = numberAt(hpa, 'status', 'currentReplicas')
  // What it saw before it lost its metrics is old.
  const isBlind = conditionOf(hpa, 'ScalingActive')?.status === 'False'
  if (max === null || current === null || current < max || isBlind) return []
  const metrics = metricsOf(hpa)
  const above = metrics.filter(({ ratio }) => ratio > TOLERANCE).toSorted((a, b) => b.ratio - a.ratio)
  const limited = conditionOf(hpa, 'ScalingLimited')
  const isLimited = limited?.status === 'True' && limited.reason === 'TooManyReplicas'
  if (metrics.length > 0 ? above.length === 0 : !isLimited) return []
  const since = isLimited ? limited.since : null
  const target = targetOf(hpa)
  const [worst] = above
  const metric = worst === undefined ? 'its metrics ask for more' : `${worst.name} is at ${worst.current} of a target of ${worst.target}`
  const fixed = min === max ? `, which is its minimum as well, so that it never scales` : ''
  const summary = `${nameOf(refOf(hpa))} holds ${nameOf(target)} at its maximum of ${max} replicas${fixed}${sinceWords(state, since)}, while ${metric}.`
  const isUsual = since !== null && since.getTime() < given.onset.getTime() - USUAL_MS
  return [
    {
      object: refOf(hpa),
      relation: relationTo(given, hpa),
      category: 'saturation',
      severity: 'high',
      weight: isUsual ? 0.5 : 0.78,
      summary,
      suggestion: `Raise maxReplicas if the nodes have room, or find where the load comes from: \`${describeOf(hpa)}\``,
      explains: [target],
      objects: [hpa],
      shown: [
        summary,
        ...(limited === undefined ? [] : [`ScalingLimited ${limited.status} ${limited.reason}: ${limited.message}`]),
        ...metrics.map(({ name, current: now, target: wanted }) => `${name}: ${now} of ${wanted}`),
      ],
    },
  ]
}

/** An autoscaler that finds no target or no metric. */
const blindness = (given: AroundAt, hpa: KubeObject): Trouble | undefined => {
  const { state } = given.around
  const bad = [conditionOf(hpa, 'AbleToScale'), conditionOf(hpa, 'ScalingActive')].find(
    (condition): condition is Condition =>
      condition?.status === 'False' && !/^(?:ScalingDisabled|BackoffBoth|BackoffDownscale|BackoffUpscale)$/.test(condition.reason),
  )
  if (bad === undefined || (bad.since !== null && state.at.getTime() - bad.since.getTime() < SETTLING_MS)) return undefined
  const target = targetOf(hpa)
  const pods = podsOf(state, target).filter(isLive)
  // Of pods that do not run there are no metrics: then they are the cause.
  const isVictim =
    bad.type === 'ScalingActive' &&
    (pods.length === 0 ? findObject(state, target) !== undefined : pods.filter(isReady).length * 2 < pods.length)
  const isLost = bad.type === 'AbleToScale'
  const what = isLost ? `cannot scale ${nameOf(target)}` : `cannot read the metrics by which it scales ${nameOf(target)}`
  const summary = `${nameOf(refOf(hpa))} ${what}${sinceWords(state, bad.since)} (${bad.reason}): "${bad.message.slice(0, 150)}".`
  return {
    object: refOf(hpa),
    relation: relationTo(given, hpa),
    category: isLost || /missing request/.test(bad.message) ? 'config_change' : 'missing_data',
    severity: 'high',
    weight: isVictim ? 0.25 : 0.65,
    since: bad.since,
    summary,
    suggestion: isLost
      ? `Correct scaleTargetRef: \`${describeOf(hpa)}\``
      : `See whether the metrics API answers: \`kubectl get apiservices | grep metrics\`, \`${describeOf(hpa)}\``,
    explains: [target],
    objects: [hpa],
    shown: [summary, `${bad.type} ${bad.status} ${bad.reason}: ${bad.message}`],
  }
}

const relationTo = ({ around: { state, concerned } }: AroundAt, hpa: KubeObject) => {
  const target = targetOf(hpa)
  // A target that is not there is looked for under the autoscaler's own name.
  const named = findObject(state, target) === undefined ? [{ ...target, name: hpa.metadata.name }] : []
  return closest([refOf(hpa), target, ...named].map((ref) => concerned.relationOf(ref)))
}

const targetOf = (hpa: KubeObject): Ref => {
  const { namespace } = hpa.metadata
  return {
    kind: textAt(hpa, 'spec', 'scaleTargetRef', 'kind') || 'Deployment',
    ...(namespace === undefined ? {} : { namespace }),
    name: textAt(hpa, 'spec', 'scaleTargetRef', 'name'),
  }
}

type Metric = { readonly name: string; readonly current: string; readonly target: string; readonly ratio: number }

const SOURCES = ['resource', 'containerResource', 'pods', 'object', 'external'] as const

/** Each metric of the specification with its current value, as far as both are known; autoscaling/v2, and the one of v1. */
const metricsOf = (hpa: KubeObject): readonly Metric[] => {
  const now = listAt(hpa, 'status', 'currentMetrics')
  const v1 = numberAt(hpa, 'status', 'currentCPUUtilizationPercentage')
  const wanted = numberAt(hpa, 'spec', 'targetCPUUtilizationPercentage')
  if (v1 !== null && wanted !== null && wanted > 0) return [{ name: 'cpu', current: `${v1} %`, target: `${wanted} %`, ratio: v1 / wanted }]
  return listAt(hpa, 'spec', 'metrics').flatMap((metric) =>
    SOURCES.flatMap((source) => {
      const spec = recordAt(metric, source)
      const name = textAt(spec, 'name') || textAt(spec, 'metric', 'name')
      const current = now.map((one) => recordAt(one, source)).find((one) => (textAt(one, 'name') || textAt(one, 'metric', 'name')) === name)
      return name === '' || current === undefined ? [] : comparison(name, at(spec, 'target'), at(current, 'current'))
    }),
  )
}

const comparison = (name: string, target: unknown, current: unknown): readonly Metric[] =>
  (['averageUtilization', 'averageValue', 'value'] as const).flatMap((field) => {
    const wanted = quantity(at(target, field))
    const is = quantity(at(current, field))
    if (wanted === null || is === null || wanted <= 0) return []
    const unit = field === 'averageUtilization' ? ' %' : ''
    return [{ name, current: `${textAt(current, field)}${unit}`, target: `${textAt(target, field)}${unit}`, ratio: is / wanted }]
  })

const describeOf = ({ metadata: { name, namespace = 'default' } }: KubeObject): string => `kubectl describe hpa ${name} -n ${namespace}`
