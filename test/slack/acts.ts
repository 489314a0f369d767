import type { TimelineEntry } from '../../src/incident/timeline.ts'
import type { ActionEntry, Proposed } from '../../src/remediation/entries.ts'
import { digestOf, type Offer } from '../../src/remediation/offer.ts'

/** A rollback as it would be offered. */
export const offer = (more: Partial<Offer> = {}): Offer => ({
  action: '01900000-0000-7000-8000-000000000001',
  incident: '0190-incident',
  version: 1,
  cluster: 'prod-eu',
  entry: 'rollback_workload',
  kind: 'rollback_workload',
  params: { namespace: 'shop', name: 'checkout' },
  target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
  title: 'Roll back shop/checkout to revision 41 (checkout:v2.13.4)',
  change: ['- DB_POOL_MAX: "10"', '+ DB_POOL_MAX: "50"', '- image: checkout:v2.14.0', '+ image: checkout:v2.13.4'],
  risk: 'MEDIUM',
  why: ['reversible: the present revision stays', '12 pods are replaced a few at a time'],
  notes: ['Not known: whether the newer version changed data or a schema that the older one cannot read'],
  preconditions: { uid: 'u1', generation: 7 },
  steps: [{ runner: 'kubernetes', request: { method: 'PATCH', kind: 'Deployment', namespace: 'shop', name: 'checkout' } }],
  undo: { entry: 'rollback_workload', params: { namespace: 'shop', name: 'checkout', revision: 42 } },
  command: 'kubectl --context prod-eu -n shop rollout undo deployment/checkout --to-revision=41',
  approvals: 1,
  approvers: { users: [], usergroups: ['S0PAY'] },
  timeout: 300,
  idempotent: false,
  dryRun: false,
  watched: true,
  ...more,
})

/** Restarting is LOW, cannot be undone and need not be. */
export const restart: Partial<Offer> = {
  kind: 'restart_workload',
  entry: 'restart_workload',
  title: 'Restart shop/checkout',
  change: ['~ 12 pods start anew, a few at a time'],
  risk: 'LOW',
  why: ['rolling, the others serve meanwhile', 'cannot be undone, and need not be: the template stays the same'],
  notes: ['A restart empties memory and caches: if something leaks it comes back, and its traces are gone'],
  undo: null,
  command: 'kubectl --context prod-eu -n shop rollout restart deployment/checkout',
}

export const proposed = (of: Partial<Offer> = {}, more: Partial<Proposed> = {}): TimelineEntry => {
  const made = offer(of)
  return {
    type: 'action_proposed',
    action: made.action,
    number: 1,
    offer: made,
    digest: digestOf(made),
    expires: '2026-11-20T03:21:00.000Z',
    because: { text: 'v2.14.0 cut the pool from 50 to 10 and a rollback brings the 50 back.', evidence: ['E8'] },
    route: 'approval',
    reasons: ['its entry does not allow it without a press', 'no runbook matches', 'risk is MEDIUM'],
    by: null,
    undo_of: null,
    ...more,
  }
}

type Type = Exclude<ActionEntry['type'], 'action_proposed' | 'action_refused'>
type Rest<T extends Type> = Omit<Extract<ActionEntry, { type: T }>, 'type' | 'action' | 'number'>

/** What happens to that action, number 1 unless said otherwise. */
export const act = <T extends Type>(type: T, rest: Rest<T>, of: { action?: string; number?: number } = {}): TimelineEntry =>
  ({ type, action: of.action ?? offer().action, number: of.number ?? 1, ...rest }) as unknown as TimelineEntry

export const approved = (by: string | null = 'U0ANA', missing = 0): TimelineEntry => act('action_approved', { version: 1, by, missing })
export const begun = (before: string | null = '12.4 % (limit 5 %)'): TimelineEntry => act('action_started', { attempt: 1, before })
export const ran = (
  outcome: 'succeeded' | 'failed' | 'outcome_unknown' | 'dry_run' = 'succeeded',
  detail = '12 of 12 pods ready',
): TimelineEntry => act('action_done', { outcome, detail, seconds: 41 })

type Verified = Rest<'action_verified'>

export const checked = (outcome: Verified['outcome'], more: Partial<Verified> = {}): TimelineEntry => {
  const at = Math.round(Date.UTC(2026, 10, 20, 3, 10) / 1000)
  return act('action_verified', {
    outcome,
    detail: 'its own expression has been on the healthy side for 10 min, on fresh samples',
    before: '12.4 % (limit 5 %)',
    after: '0.2 % (limit 5 %)',
    evidence: 'E14',
    chart: {
      title: 'Roll back shop/checkout to revision 41 (checkout:v2.13.4)',
      limit: 0.05,
      at,
      points: Array.from({ length: 30 }, (_, i) => [at - 20 + i * 20, i < 2 ? 0.124 : i < 6 ? 0.12 - i * 0.02 : 0.002] as const),
    },
    ...more,
  })
}
