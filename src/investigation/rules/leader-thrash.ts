import { leaseTroubles } from '../../kubernetes/leases.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Leaders that change all the time, and leases that nobody renews. */
export const leaderThrash: Rule = {
  id: 'leader-thrash',
  looksAt: 'leader leases',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('leader-thrash', input, leaseTroubles),
}
