import { aroundOf } from '../../kubernetes/around.ts'
import { leaseTroubles } from '../../kubernetes/leases.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Leaders that change all the time, and leases that nobody renews. */
export const leaderThrash: Rule = {
  id: 'leader-thrash',
  looksAt: 'leader leases',
  needs: ['kubernetes'],
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    return around === null ? [] : findingsOf('leader-thrash', leaseTroubles({ around, onset }), { state: around.state, onset, cite })
  },
}
