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
}

/** Nothing more is expected of it unless it fires again. */
export const isOver = (outcome: Outcome | null): boolean =>
  outcome !== null && (outcome.kind === 'recovered' || outcome.kind === 'not_confirmed' || outcome.kind === 'by_person')

type Before = { readonly outcome: Outcome | null; readonly owner: string | null }

export const checked = (
  { owner }: Before,
  { outcome, detail, value, evidence, at }: Extract<Stored, { type: 'recovery_checked' }>,
): Outcome => ({ kind: outcome, detail, value, evidence, at, by: null, owner })

/** What "resolved" adds to the look at the expression that led to it: only who closed it. */
export const closed = ({ outcome, owner }: Before, entry: Extract<Stored, { type: 'resolved' }>): Outcome => {
  if (outcome !== null && outcome.kind === entry.how) return outcome
  return { kind: entry.how, detail: entry.detail, value: null, evidence: null, at: entry.at, by: entry.by, owner }
}
