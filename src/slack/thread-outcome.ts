import type { RecoveryOutcome } from '../incident/timeline.ts'
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
