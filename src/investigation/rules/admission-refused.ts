import { slipOf } from '../../kubernetes/missing.ts'
import { nameOf, refOf } from '../../kubernetes/objects.ts'
import { type Refusal, type Refused, refusalOf, refusedNow } from '../../kubernetes/refusals.ts'
import type { ClusterState } from '../../kubernetes/state.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { eventLine, explainedBy } from '../../kubernetes/telling.ts'
import { closest, findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Category } from '../categories.ts'
import type { Rule } from './rule.ts'

/** Pods that the API refuses to make: no such service account, a policy, a limit range, a webhook. A quota that is used up has its own rule. */
export const admissionRefused: Rule = {
  id: 'admission-refused',
  looksAt: 'refused pods',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('admission-refused', input, ({ around: { state, concerned } }) =>
      refusedNow(state).flatMap((refused) => {
        const refusal = refusalOf(state, refused)
        return refusal.why === 'quota' ? [] : [troubleOf(state, concerned, { refused, refusal })]
      }),
    ),
}

type Both = { readonly refused: Refused; readonly refusal: Exclude<Refusal, { why: 'quota' }> }

const troubleOf = (state: ClusterState, concerned: Concerned, { refused, refusal }: Both): Trouble => {
  const { workload, controller, message, wanted, made, since, event } = refused
  const slip = refusal.why === 'missing' ? slipOf(state, workload, refusal.missing) : null
  const seat = refusal.why === 'missing' ? (slip === null ? refusal.missing.object : null) : refusal.seat
  const object = seat ?? workload
  return {
    object,
    relation: closest([concerned.relationOf(object), concerned.relationOf(workload)]),
    category: CATEGORIES[refusal.why],
    severity: made === 0 ? 'critical' : 'high',
    weight: 0.92,
    summary: `The API refuses pods of ${nameOf(workload)}: ${refusal.words}${slip === null ? '' : `; ${slip}`}; ${made} of ${wanted} pods exist${sinceWords(state, since)}.`,
    suggestion: `kubectl -n ${controller.metadata.namespace ?? 'default'} describe ${controller.kind.toLowerCase()} ${controller.metadata.name}; ${NEXT[refusal.why]}`,
    since,
    explains: [...explainedBy(state, workload, []), ...(seat === null ? [] : [seat])],
    objects: [controller, ...(event === null ? [] : [event.object])],
    shown: [
      `${nameOf(refOf(controller))} of ${nameOf(workload)}: ${made} of ${wanted} pods exist`,
      message,
      refusal.words,
      ...(slip === null ? [] : [slip]),
      ...(event === null ? [] : [eventLine(event)]),
      `since${sinceWords(state, since)}`,
    ],
  }
}

const CATEGORIES: Readonly<Record<Both['refusal']['why'], Category>> = {
  missing: 'permissions',
  'webhook-down': 'dependency',
  'webhook-denied': 'permissions',
  'pod-security': 'permissions',
  'limit-range': 'quota',
  invalid: 'config_change',
  forbidden: 'permissions',
  other: 'permissions',
}

const NEXT: Readonly<Record<Both['refusal']['why'], string>> = {
  missing: 'create what is missing, or mend its name in the workload',
  'webhook-down': "look at the webhook's pods; its failurePolicy decides whether pods pass without it",
  'webhook-denied': 'change the workload to what the policy wants',
  'pod-security': "change the workload's securityContext, or the namespace's label pod-security.kubernetes.io/enforce",
  'limit-range': 'kubectl describe limitrange; change the requests and limits of the workload',
  invalid: "mend the workload's pod template",
  forbidden: 'kubectl auth can-i create pods',
  other: 'look at the message of the API server',
}
