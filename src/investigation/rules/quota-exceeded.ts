import { quotaTroubles } from '../../kubernetes/quota-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** A quota or a limit range that refuses the pods, claims or jobs of a workload now. */
export const quotaExceeded: Rule = {
  id: 'quota-exceeded',
  looksAt: 'quotas and limit ranges',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('quota-exceeded', input, quotaTroubles),
}
