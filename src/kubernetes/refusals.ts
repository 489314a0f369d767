import { conditionOf } from './condition.ts'
import { eventsAbout, type KubeEvent } from './events.ts'
import { type Missing, missingIn } from './missing.ts'
import { keyOf, ofKind, type Ref, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { numberAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** A controller that wants pods and is not given them by the API. */
export type Refused = {
  readonly controller: KubeObject
  readonly workload: Ref
  readonly message: string
  readonly wanted: number
  readonly made: number
  readonly since: Date | null
  readonly event: KubeEvent | null
}

/** Controllers try again after 16 minutes at the latest. */
const RETRIED_MS = 30 * 60_000

/** What is refused now: fewer pods than wanted, and the last word is a failure. */
export const refusedNow = (state: ClusterState): readonly Refused[] => {
  const found = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'Deployment'].flatMap((kind) =>
    ofKind(state, kind).flatMap((controller) => refusedOf(state, controller)),
  )
  // A Deployment repeats what its replica set says.
  return found.filter(({ workload }, at) => found.findIndex((other) => keyOf(other.workload) === keyOf(workload)) === at)
}

const refusedOf = (state: ClusterState, controller: KubeObject): readonly Refused[] => {
  const [wanted, made] = counts(controller)
  if (made >= wanted) return []
  const failure = conditionOf(controller, 'ReplicaFailure')
  const [newest] = eventsAbout(state, controller).filter(({ reason }) => reason === 'FailedCreate' || reason === 'SuccessfulCreate')
  const event = newest?.reason === 'FailedCreate' && (newest.last?.getTime() ?? 0) >= state.at.getTime() - RETRIED_MS ? newest : null
  if (event === null && failure?.status !== 'True') return []
  const message = event?.message ?? failure?.message ?? ''
  const since = (failure?.status === 'True' ? failure.since : null) ?? event?.first ?? null
  return [{ controller, workload: workloadOf(state, controller), message, wanted, made, since, event }]
}

const counts = (controller: KubeObject): readonly [wanted: number, made: number] => {
  const of = (...path: string[]): number => numberAt(controller, ...path) ?? 0
  if (controller.kind === 'DaemonSet') return [of('status', 'desiredNumberScheduled'), of('status', 'currentNumberScheduled')]
  if (controller.kind !== 'Job') return [numberAt(controller, 'spec', 'replicas') ?? 1, of('status', 'replicas')]
  const isOver = ['Complete', 'Failed', 'Suspended'].some((type) => conditionOf(controller, type)?.status === 'True')
  return isOver ? [0, 0] : [1, of('status', 'active') + of('status', 'succeeded')]
}

export type Refusal =
  | { readonly why: 'quota' }
  | { readonly why: 'missing'; readonly missing: Missing; readonly words: string }
  | {
      readonly why: 'webhook-down' | 'webhook-denied' | 'pod-security' | 'limit-range' | 'invalid' | 'forbidden' | 'other'
      readonly words: string
      readonly seat: Ref | null
    }

/** What refuses, from the API server's words. */
export const refusalOf = (state: ClusterState, { message, controller, workload }: Refused): Refusal => {
  if (/exceeded quota|failed quota/i.test(message)) return { why: 'quota' }
  const isRanged = ofKind(state, 'LimitRange').some(({ metadata }) => metadata.namespace === controller.metadata.namespace)
  if (isRanged && RANGED.test(message)) return { why: 'quota' }
  const missing = missingIn(message, controller.metadata.namespace)
  if (missing !== null) return { why: 'missing', missing, words: `${missing.object.kind} ${missing.object.name} does not exist` }
  const calling = /failed calling webhook "([^"]+)"/.exec(message)?.[1]
  if (calling !== undefined) {
    const url = /Post "?https?:\/\/([^/"?:\s]+)/.exec(message)?.[1]
    const reason =
      /"?: ((?:dial|context|x509|no endpoints|service|net\/http|tls|EOF|remote|could not|an error|the server)[^\n]*)$/.exec(message)?.[1] ??
      'no answer'
    return { why: 'webhook-down', words: `the admission webhook ${calling} cannot be asked (${reason})`, seat: seatOf(state, calling, url) }
  }
  const denied = /admission webhook "([^"]+)" denied the request:? ?([\s\S]*)/.exec(message)
  if (denied !== null) return { why: 'webhook-denied', words: `the admission webhook ${denied[1]} denies it: ${denied[2]}`, seat: null }
  const security = /violates PodSecurity "([^"]+)": ?([\s\S]*)/.exec(message)
  if (security !== null)
    return { why: 'pod-security', words: `the namespace's PodSecurity level ${security[1]} forbids it: ${security[2]}`, seat: null }
  const limits = /\[?((?:maximum|minimum|max|min)\b[^\]]*? (?:per|ratio)[\s\S]*)/i.exec(message)?.[1]
  if (limits !== undefined) return { why: 'limit-range', words: `a LimitRange forbids it: ${limits.replace(/\]$/, '')}`, seat: null }
  if (/ is invalid: /.test(message))
    return { why: 'invalid', words: `the API refuses its pods as invalid: ${message.replace(/^[\s\S]* is invalid: /, '')}`, seat: null }
  const why = /forbidden/i.test(message) ? ('forbidden' as const) : ('other' as const)
  return { why, words: message.replace(/^Error creating: /, ''), seat: workload.kind === 'Pod' ? refOf(controller) : null }
}

/** Refusals of a limit range, which the rule about quotas knows more of. */
const RANGED = /(?:maximum|minimum) [\w./-]+ usage per |max limit to request ratio per|must be less than or equal to (?:cpu|memory) limit/

/** Who answers for a webhook: the service behind its address, else its configuration. */
const seatOf = (state: ClusterState, webhook: string, host: string | undefined): Ref | null => {
  const [name, namespace, svc] = host?.split('.') ?? []
  if (name !== undefined && namespace !== undefined && svc === 'svc') return { kind: 'Service', namespace, name }
  const configuration = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']
    .flatMap((kind) => ofKind(state, kind))
    .find(
      (one) =>
        Array.isArray(one['webhooks']) &&
        one['webhooks'].some((hook: unknown) => typeof hook === 'object' && hook !== null && 'name' in hook && hook.name === webhook),
    )
  return configuration === undefined ? null : refOf(configuration)
}
