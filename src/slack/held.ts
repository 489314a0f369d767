import type { Spending } from '../incident/timeline.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import { isOver } from './thread-outcome.ts'
import { causeRuns } from './thread-runs.ts'
import { type ThreadState, verdictNow } from './thread-state.ts'

/** What keeps an incident from being investigated, until a person says "Investigate anyway". */
export type Held =
  | {
      readonly by: 'waiting'
      readonly at: Date
      readonly until: Date
      readonly reason: string
      readonly evidence: readonly EvidenceId[]
    }
  | { readonly by: 'gate'; readonly reason: string; readonly evidence: readonly EvidenceId[]; readonly spending: Spending }
  | { readonly by: 'budget' }

/** Null: nothing does, it is investigated, or it is over. */
export const heldBack = (state: ThreadState): Held | null => {
  const { waiting, gate, forced, brief, outcome } = state
  if (isOver(outcome) || brief === null || causeRuns(state.runs).some((run) => run.done === null)) return null
  if (waiting !== null) return { by: 'waiting', ...waiting }
  if (gate?.decision === 'ignore') return { by: 'gate', ...gate }
  return forced === null && (brief.next === 'budget_spent' || endedUnpaid(state)) ? { by: 'budget' } : null
}

/** Many may be let in before the first of them has spent anything; those that come too late then end by the rules, and say so. */
const endedUnpaid = (state: ThreadState): boolean => {
  const analysis = verdictNow(state)?.analysis
  return analysis?.by === 'rules' && /^rules only: .* for 24 hours are spent$/.test(analysis.partial_reason ?? '')
}
