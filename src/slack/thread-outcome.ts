import type { RecoveryOutcome, Stored } from '../incident/timeline.ts'
import type { EvidenceId } from '../investigation/evidence.ts'

export type Outcome = {
  readonly kind: RecoveryOutcome | 'by_person' | 'fired_again'
  readonly detail: string
  readonly value: string | null
  readonly evidence: EvidenceId | null
  readonly at: Date
  readonly by: string | null
  readonly owner: string | null
  /** An action that was seen to help ended it: its own message says so. */
  readonly byAction: boolean
}

/** Nothing more is expected of it unless it fires again. */
export const isOver = (outcome: Outcome | null): boolean =>
  outcome !== null && (outcome.kind === 'recovered' || outcome.kind === 'not_confirmed' || outcome.kind === 'by_person')

/** What a look at the alert's own expression makes of it. */
export const checked = (
  { outcome: kind, detail, value, evidence, at }: Extract<Stored, { type: 'recovery_checked' }>,
  owner: string | null,
): Outcome => ({ kind, detail, value, evidence, at, by: null, owner, byAction: false })

/** What "resolved" adds to the look at the expression that led to it: only who, or what, closed it. */
export const closed = (
  { how: kind, detail, at, by }: Extract<Stored, { type: 'resolved' }>,
  before: Outcome | null,
  { owner, byAction }: Pick<Outcome, 'owner' | 'byAction'>,
): Outcome =>
  before !== null && before.kind === kind
    ? before
    : { kind, detail, value: null, evidence: null, at, by, owner, byAction: kind === 'recovered' && byAction }
